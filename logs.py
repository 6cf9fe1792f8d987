"""How every process writes its log: one JSON line per unit of work, or one readable line on a terminal.

Counts and names of our own, never a payload, never a person. Values are JSON-escaped, so that nothing that came over the
wire can start a line of its own.
"""

import json
import logging
import os
import sys
import time
from typing import Any

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def begin(process: str, level: int = logging.INFO) -> None:
    """Send this process's log to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    readable = sys.stderr.isatty() or os.environ.get("LOGS") == "readable"
    handler.setFormatter(_Readable() if readable else _JsonLines(process))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for talkative in ("apscheduler", "alembic", "uvicorn", "amqtt", "transitions"):
        logging.getLogger(talkative).setLevel(logging.WARNING)


def _extra(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}


class _JsonLines(logging.Formatter):
    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{record.msecs:03.0f}Z",
            "level": record.levelname.lower(),
            "process": self._process,
            "what": record.getMessage(),
            **_extra(record),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class _Readable(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        said = " ".join(f"{name}={value}" for name, value in _extra(record).items())
        line = (
            f"{time.strftime('%H:%M:%S', time.localtime(record.created))} {record.levelname[0]} {record.getMessage()}"
        )
        trace = "\n" + self.formatException(record.exc_info) if record.exc_info else ""
        return json.dumps(f"{line} {said}".strip(), ensure_ascii=False)[1:-1] + trace
