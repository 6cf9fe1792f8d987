"""python -m bench.streams PORT N: N viewers in one process, each a raw socket that reads its stream and throws it away."""

import os
import selectors
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bench.processes import CannotMeasure, Child, ours
from bench.web import Web

_KEY = "BENCH_KEY"


@contextmanager
def streams(web: Web, viewers: int) -> Iterator[None]:
    """All of them have had their first frame when this begins."""
    if not viewers:
        yield
        return
    arguments = ours("bench.streams", str(web.port), str(viewers))
    child = Child("streams", arguments, web.platform.folder, {_KEY: web.key()}, speaks=True)
    try:
        assert child.process.stdout
        if child.process.stdout.readline().strip() != "watching":
            raise CannotMeasure(f"the viewers could not watch: {child.last_words()}")
        yield
    finally:
        child.end()


def main() -> int:
    port, viewers = int(sys.argv[1]), int(sys.argv[2])
    asking = f"GET /live?view=overview HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {os.environ[_KEY]}\r\n\r\n"
    ready = selectors.DefaultSelector()
    for _ in range(viewers):
        stream = socket.create_connection(("127.0.0.1", port), 30)
        stream.sendall(asking.encode())
        ready.register(stream, selectors.EVENT_READ)
    first: set[int] = set()
    said = False
    while True:
        for key, _ in ready.select():
            piece = key.fileobj.recv(262_144)  # type: ignore[union-attr]
            if not piece or (key.fd not in first and not piece.startswith(b"HTTP/1.1 200")):
                print(f"a stream ended: {piece[:60]!r}", file=sys.stderr)
                return 1
            first.add(key.fd)
        if not said and len(first) == viewers:
            said = True
            print("watching", flush=True)


if __name__ == "__main__":
    sys.exit(main())
