"""The other side of each channel, on loopback: takes what a robot or a mail server takes, and answers as they do."""

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Robot:
    """An HTTP server that remembers what it was told; `answers` are given in turn, the last one for ever."""

    def __init__(self) -> None:
        self.taken: list[dict] = []
        self.answers: list[tuple[int, dict]] = [(200, {"errcode": 0, "errmsg": "ok", "code": 0, "msg": "success"})]
        self.address = ""
        self.hangs_up = False
        """It takes what it is told, and parts without a word."""

    def answer(self) -> tuple[int, dict]:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def robot() -> Iterator[Robot]:
    made = Robot()

    class Hands(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._take(b"", None)

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["content-length"]))
            self._take(content, json.loads(content))

        def _take(self, content: bytes, body: object) -> None:
            made.taken.append({"path": self.path, "headers": dict(self.headers), "bytes": content, "body": body})
            if made.hangs_up:
                self.close_connection = True
                return
            status, said = made.answer()
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(said).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hands)
    made.address = f"http://127.0.0.1:{server.server_port}/robot/send?key=k-1"
    with _serving(server):
        yield made


class Mailbox:
    def __init__(self) -> None:
        self.letters: list[tuple[str, list[str], str]] = []
        self.refuses = False
        self.breaks = ""
        """`after_data`: takes the letter and hangs up; `at_quit`: says that it is taken, and parts rudely."""
        self.port = 0


@contextmanager
def mail_server() -> Iterator[Mailbox]:
    """Enough of SMTP for one letter a connection, with AUTH PLAIN."""
    made = Mailbox()

    class Postman(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            sender, receivers = "", []
            self._say("220 stand-in")
            for line in iter(self.rfile.readline, b""):
                word, _, rest = line.decode().strip().partition(" ")
                word = word.upper()
                if word == "EHLO":
                    self._say("250-stand-in", "250 AUTH PLAIN")
                elif word == "AUTH":
                    self._say("235 welcome")
                elif word == "MAIL":
                    sender = rest
                    self._say("451 later" if made.refuses else "250 ok")
                elif word == "RCPT":
                    receivers.append(rest)
                    self._say("250 ok")
                elif word == "DATA":
                    self._say("354 go on")
                    made.letters.append((sender, receivers, self._letter()))
                    if made.breaks == "after_data":
                        return
                    self._say("250 taken")
                elif word == "QUIT" and made.breaks == "at_quit":
                    self._say("451 not now")
                    return
                else:
                    self._say("221 bye" if word == "QUIT" else "250 ok")

        def _letter(self) -> str:
            return "".join(line.decode() for line in iter(self.rfile.readline, b".\r\n"))

        def _say(self, *lines: str) -> None:
            self.wfile.write("".join(line + "\r\n" for line in lines).encode())

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Postman)
    server.daemon_threads = True
    made.port = server.server_address[1]
    with _serving(server):
        yield made


@contextmanager
def _serving(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
