"""The short way to a viewer: a piece of an answer that has begun, written straight to its socket, past the layers of ASGI."""

import asyncio
from collections.abc import Callable, Coroutine, MutableMapping
from typing import Any

from uvicorn.protocols.http.h11_impl import RequestResponseCycle

Send = Callable[[MutableMapping[str, Any]], Coroutine[None, None, None]]


class Wire:
    """The socket under an answer whose head and first piece have left, of a length that nobody said."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.write = transport.write

    @property
    def is_free(self) -> bool:
        """Whether everything before has gone to the kernel: who reads slowly is waited for, not written at."""
        return not self._transport.is_closing() and not self._transport.get_write_buffer_size()


def wire_of(scope: MutableMapping[str, Any], send: Any) -> Wire | None:
    """None where another server answers, or in a version of HTTP that knows no chunks: then the long way is the only one."""
    answering = getattr(send, "__self__", None)
    if not isinstance(answering, RequestResponseCycle) or scope["http_version"] != "1.1":
        return None
    return Wire(answering.transport)


def chunk(piece: bytes) -> bytes:
    """A piece as HTTP/1.1 frames one of an answer of unknown length (RFC 9112, 7.1)."""
    return b"%x\r\n%b\r\n" % (len(piece), piece)
