"""A TCP proxy between a client and a server that a test can hurt: pass, freeze, deafen, reset, delay."""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from enum import Enum
from typing import Any


class Mode(Enum):
    PASS = "everything goes through"
    FREEZE = "the link stands open and carries nothing"
    DEAF = "what the client says arrives; what the server answers does not"
    REFUSE = "nobody listens to newcomers, and who was connected is cut off"


class Proxy:
    """Listens on a free port of its own; bytes held back while frozen go on once it passes again."""

    def __init__(self, port: int) -> None:
        self._server_port = port
        self.delay_s = 0.0
        self.cut_when: Callable[[bytes], bool] | None = None
        """Asked with what a client has said so far: true, and the server still hears it, but the client gets no answer."""
        self.cuts = 0
        self.connections = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()
        self._flowing, self._answering = self._run(self._gates())
        self._mode = Mode.PASS
        self._server = self._run(asyncio.start_server(self._accept, "127.0.0.1", 0))
        self.port: int = self._server.sockets[0].getsockname()[1]

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        done: Future[Any] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return done.result(10)

    async def _gates(self) -> tuple[asyncio.Event, asyncio.Event]:
        gates = asyncio.Event(), asyncio.Event()
        for gate in gates:
            gate.set()
        return gates

    def mode(self, mode: Mode) -> None:
        self._run(self._switch(mode))

    async def _switch(self, mode: Mode) -> None:
        self._mode = mode
        _open(self._flowing, mode in (Mode.PASS, Mode.DEAF))
        _open(self._answering, mode is Mode.PASS)
        if mode is Mode.REFUSE:
            await self._cut()

    def reset(self) -> None:
        """Cut every connection, hard; the next ones are welcome."""
        self._run(self._cut())

    async def _cut(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._mode is Mode.REFUSE:
            writer.transport.abort()
            return
        self.connections += 1
        try:
            theirs, ours = await asyncio.open_connection("127.0.0.1", self._server_port)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, ours}
        line = Line(writer, self)
        await asyncio.gather(
            self._carry(reader, ours, self._flowing, line.hear),
            self._carry(theirs, writer, self._answering, line.answer),
        )
        self._writers -= {writer, ours}

    async def _carry(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        gate: asyncio.Event,
        passing: Callable[[bytes], bytes],
    ) -> None:
        with contextlib.suppress(OSError):
            while octets := await reader.read(65536):
                await gate.wait()
                if self.delay_s:
                    await asyncio.sleep(self.delay_s)
                writer.write(passing(octets))
                await writer.drain()
        writer.transport.abort()

    def close(self) -> None:
        self._run(self._cut())
        self._server.close()
        self._run(self._finish())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _finish(self) -> None:
        """Let no connection outlive the test."""
        rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)


class Line:
    """One client's connection: remembers what it said, and falls silent before it is cut."""

    def __init__(self, client: asyncio.StreamWriter, proxy: Proxy) -> None:
        self._client, self._proxy = client, proxy
        self._said = b""
        self._silent = False

    def hear(self, octets: bytes) -> bytes:
        if self._proxy.cut_when and not self._silent:
            self._said += octets
            if self._proxy.cut_when(self._said):
                self._proxy.cuts += 1
                self._silent = True
                # The server has the time to do what it was told.
                asyncio.get_running_loop().call_later(0.3, self._client.transport.abort)
        return octets

    def answer(self, octets: bytes) -> bytes:
        return b"" if self._silent else octets


def _open(gate: asyncio.Event, wide: bool) -> None:
    gate.set() if wide else gate.clear()
