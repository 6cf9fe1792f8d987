"""A document as a PDF, printed by a Chromium of this machine: the same page that a person would print.

A browser is the one program that already draws these pages, with the system's Chinese fonts; nothing is fetched and no
script runs in what it prints.
"""

import os
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
WAIT_S = 60
_ONE = threading.Semaphore(1)
"""A browser takes a core and some 200 MB; on a small machine they print one after the other."""


class NoPaper(Exception):
    """Why there is no PDF; the message is for a person."""


def browser(configured: str) -> str | None:
    """The program that prints: the configured one, else the first on the path."""
    if configured:
        return shutil.which(configured)
    return next((found for name in NAMES if (found := shutil.which(name))), None)


def pdf_of(document: str, configured: str = "") -> bytes:
    """The bytes of a PDF. Raises NoPaper when no browser is there or it fails; takes one to three seconds."""
    program = browser(configured)
    if program is None:
        raise NoPaper("no Chromium on this machine: install one, or name it in web.chromium")
    with _ONE, tempfile.TemporaryDirectory(prefix="paper-", ignore_cleanup_errors=True) as folder:
        here = Path(folder)
        (here / "page.html").write_text(document, encoding="utf-8")
        _print(program, here)
        printed = here / "page.pdf"
        if not printed.is_file():
            raise NoPaper("the browser printed nothing")
        return printed.read_bytes()


def _print(program: str, here: Path) -> None:
    alone = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    command = [
        program,
        "--headless",
        *alone,
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-extensions",
        "--disable-background-networking",
        "--no-first-run",
        "--host-resolver-rules=MAP * ~NOTFOUND",
        f"--user-data-dir={here / 'profile'}",
        "--no-pdf-header-footer",
        f"--print-to-pdf={here / 'page.pdf'}",
        (here / "page.html").as_uri(),
    ]
    try:
        subprocess.run(command, capture_output=True, check=True, timeout=WAIT_S, stdin=subprocess.DEVNULL)  # noqa: S603
    except (OSError, subprocess.SubprocessError) as error:
        raise NoPaper(f"the browser failed: {type(error).__name__}") from error
