"""One gate before every request of every kind. What is not allowed here is refused, whoever asks and whatever answers.

Pages need a session; /api and /metrics a Bearer key and never the cookie; /live and /export either; what is below /wall/ the
key of a screen that was let in, and nothing else. Everything that leaves carries the security headers: refusals, and what
failed, included.
"""

import asyncio
import hmac
import ipaddress
import json
import logging
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any

from sqlalchemy import Engine

from clock import real_now
from config import Config
from dashboard.access import Lifetime, SignedIn, Viewer, signed_in, viewer_of_key
from dashboard.noted import deed_of, nameless, note_deed
from dashboard.parts.door import refused_page
from dashboard.rates import Rates, network_of
from dashboard.taken import named_for
from dashboard.walls import PairedWall, wall_of
from dashboard.wire import wire_of
from dashboard.words import language_of

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

log = logging.getLogger(__name__)

BODY_MOST = 262_144
REFUSALS_NOTED_PER_MIN = 60
"""Of one person or key, among the deeds; a program that runs wild must not fill the disk with them. The log has all."""
LONGER_BODIES = {"/act/registry/file": 5 * 1024 * 1024}
"""Where more than that may be sent: a file of sites."""
OPEN = re.compile(
    r"/healthz|/login|/login/code|/login/provider|/login/provider/back|/enter/[^/]+|/assets/.+|/public/v1/.+|/wall|/wall/pair|/wall/claim"
)
"""What anybody may ask for. What stands behind it answers without a viewer."""
KEY_IN_ADDRESS = re.compile(r"(?:^|&)(?:api_?key|key|token|access_token|authorization)=", re.IGNORECASE)
COOKIE, SECURE_COOKIE = "session", "__Host-session"
CSRF_COOKIE = "_csrf_token"
CSRF_HEADER = b"x-csrftoken"
WALL_COOKIE, SECURE_WALL_COOKIE = "wall", "__Host-wall"
FOR_WALLS = re.compile(r"/api/v1/live|/live|/metrics|/logout|/wall/.+")
"""All that somebody of the role `wall` gets, by key or by session: sums without persons."""
SAFE = ("GET", "HEAD", "OPTIONS")
SIGNS_IN = re.compile(r"/login(/.*)?|/enter/[^/]+")


@dataclass(frozen=True)
class Asked:
    """What the gate looks at."""

    path: str
    query: str
    method: str
    headers: dict[bytes, bytes]
    client: str
    https: bool

    @property
    def shown(self) -> str:
        """For the log: short, without the secret that a one-time link carries and without the token of a person."""
        return "/enter/…" if self.path.startswith("/enter/") else nameless(self.path)[:80]

    @property
    def is_open(self) -> bool:
        return OPEN.fullmatch(self.path) is not None

    @property
    def kind(self) -> str:
        """`api`, `stream` (session or key), `metrics`, `wall` or `page`."""
        first = self.path.split("/")[1] if "/" in self.path else ""
        kinds = {"api": "api", "live": "stream", "export": "stream", "metrics": "metrics", "wall": "wall"}
        return kinds.get(first, "page")

    @property
    def is_loopback(self) -> bool:
        try:
            return ipaddress.ip_address(self.client).is_loopback
        except ValueError:
            return False

    @property
    def is_local(self) -> bool:
        """From this machine itself, not through a proxy on it."""
        return self.is_loopback and not any(
            name in self.headers for name in (b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip")
        )

    def cookie(self, name: str) -> str | None:
        try:
            found = SimpleCookie(self.headers.get(b"cookie", b"").decode("latin-1")).get(name)
        except CookieError:
            return None
        return found.value if found else None

    @property
    def bearer(self) -> str | None:
        kind, _, key = self.headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        return key.strip() if kind.lower() == "bearer" and key.strip() else None


def lifetime_of(cfg: Config) -> Lifetime:
    return Lifetime(cfg.web.session_idle_min, cfg.web.session_hours)


def asked_of(scope: Scope) -> Asked:
    client = scope.get("client") or ("", 0)
    query = scope.get("query_string", b"").decode("latin-1")
    https = scope.get("scheme") == "https"
    return Asked(scope["path"], query, scope["method"], dict(scope["headers"]), client[0], https)


def wall_key_of(asked: Asked) -> str | None:
    return asked.cookie(SECURE_WALL_COOKIE if asked.https else WALL_COOKIE)


class Begun:
    """A `send` that knows how far an answer has come: once it has begun it is too late for another."""

    def __init__(self, send: Send) -> None:
        self._send, self.is_begun, self.is_done = send, False, False

    async def __call__(self, message: Message) -> None:
        self.is_begun = True
        await self._send(message)
        self.is_done = message["type"] == "http.response.body" and not message.get("more_body", False)


@dataclass(frozen=True)
class Refusal:
    """`why` is for the log and for programs; people get a page."""

    status: int
    why: str
    location: str | None = None
    retry_s: int = 0


class Gate:
    """ASGI middleware around everything."""

    def __init__(self, app: App, cfg: Config, engine: Engine, script_policy: Callable[[], str]) -> None:
        self._app, self._cfg, self._engine, self._script_policy = app, cfg, engine, script_policy
        # Of its own: neither slow pages nor waiting API calls keep anybody at the gate, nor the gate the feed's reader.
        self._threads = ThreadPoolExecutor(4, "gate")
        self._sign_ins, self._exports = Rates(cfg.web.sign_ins_per_min), Rates(cfg.web.exports_per_min)
        self._calls, self._acts = Rates(cfg.web.calls_per_min), Rates(cfg.web.acts_per_min)
        self._refusals = Rates(REFUSALS_NOTED_PER_MIN)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
                return
            await self._app(scope, receive, send)
            return
        asked = asked_of(scope)
        # Out here alone it is known what lies under the answer.
        scope.setdefault("state", {})["wire"] = wire_of(scope, send)
        begun = Begun(self._with_headers(send, asked))
        try:
            await self._answer(scope, receive, begun, asked)
        except Exception:
            log.exception("failed", extra={"path": asked.shown, "method": asked.method})
            if begun.is_begun and not begun.is_done:
                raise  # a body that breaks off must look broken
            if not begun.is_begun:
                await self._refuse(Refusal(500, "failed; the log says why"), asked, begun)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, asked: Asked) -> None:
        body, refusal = await _body(asked, receive)
        refusal = refusal or self._by_its_look(asked)
        if refusal is None and not (asked.is_open or (asked.kind == "metrics" and asked.is_local)):
            refusal = await self._by_viewer(scope, asked, body)
        send = self._noting(send, scope, asked)
        if refusal is not None:
            await self._refuse(refusal, asked, send)
            return
        await self._app(scope, _again(body, receive), send)

    def _noting(self, send: Send, scope: Scope, asked: Asked) -> Send:
        """A file leaves only once it is written down who took it; so is a refusal of somebody who is known."""
        state = scope.get("state", {})
        viewer: Viewer | None = state.get("viewer")
        if viewer is None:
            return send

        async def noted(message: Message) -> None:
            is_start = message["type"] == "http.response.start"
            deed = deed_of(asked, message["status"], state.get("withheld")) if is_start else None
            if deed is not None and not (deed.is_refusal and self._refusals.wait_s(viewer.name, time.monotonic())):
                loop = asyncio.get_running_loop()
                await loop.run_in_executor(self._threads, note_deed, self._engine, viewer, deed, real_now())
            await send(_marked(message, viewer) if deed is not None and not deed.is_refusal else message)

        return noted

    # -- the decision ---------------------------------------------------------------------------------------------------

    def _by_its_look(self, asked: Asked) -> Refusal | None:
        """What is refused whoever asks."""
        if not asked.https and not asked.is_loopback and not self._cfg.web.allow_plain_http:
            return Refusal(
                403, "plain http is for this machine only; put a TLS proxy in front, or set web.allow_plain_http"
            )
        if asked.method not in SAFE and asked.bearer is None and not _is_same_origin(asked):
            return Refusal(403, "a request from another site")
        if asked.method not in SAFE and SIGNS_IN.fullmatch(asked.path):
            return _too_often(self._sign_ins, network_of(asked.client))
        return None

    def _by_rate(self, asked: Asked, viewer: Viewer) -> Refusal | None:
        """Files, calls and forms cost much; pages and streams do not, and hundreds may come from behind one address."""
        if asked.path.startswith("/export/"):
            return _too_often(self._exports, viewer.name)
        if asked.path.startswith("/act/"):
            return _too_often(self._acts, viewer.name)
        return _too_often(self._calls, viewer.name) if asked.kind == "api" else None

    async def _by_viewer(self, scope: Scope, asked: Asked, body: bytes) -> Refusal | None:
        """None: go on. Leaves the viewer in the request's state; reads the database, in a thread."""
        try:
            found = await asyncio.get_running_loop().run_in_executor(self._threads, self._who, asked)
        except Exception:
            log.exception("nobody can be told apart: the database does not answer")
            return Refusal(503, "the database does not answer")
        if found is None:
            return _stranger(asked)
        viewer, session = found
        state = scope.setdefault("state", {})
        state["viewer"], state["session"] = viewer, session
        if viewer.role == "wall" and FOR_WALLS.fullmatch(asked.path) is None:
            return Refusal(403, "not for this role")
        if session and asked.method not in SAFE and not _has_token(asked, session):
            return Refusal(403, "the form's token is missing or old; open the page again")
        if asked.path == "/_dash-update-component" and not _is_callback(body):
            return Refusal(400, "not a callback's body")
        return self._by_rate(asked, viewer)

    def _who(self, asked: Asked) -> tuple[Viewer, SignedIn | None] | None:
        """Pages know sessions only, the API and the metrics keys only, streams both, walls their own keys."""
        if asked.kind == "wall":
            wall = self._wall(asked)
            return None if wall is None else (wall.viewer, None)
        session = self._session(asked) if asked.kind in ("page", "stream") else None
        if session is not None:
            return session.viewer, session
        viewer = self._key(asked) if asked.kind != "page" else None
        return None if viewer is None else (viewer, None)

    def _session(self, asked: Asked) -> SignedIn | None:
        token = asked.cookie(SECURE_COOKIE if asked.https else COOKIE)
        return signed_in(self._engine, token, real_now(), lifetime_of(self._cfg)) if token else None

    def _wall(self, asked: Asked) -> PairedWall | None:
        key = wall_key_of(asked)
        return wall_of(self._engine, key) if key else None

    def _key(self, asked: Asked) -> Viewer | None:
        return viewer_of_key(self._engine, asked.bearer, real_now()) if asked.bearer else None

    # -- the answer -----------------------------------------------------------------------------------------------------

    async def _refuse(self, refusal: Refusal, asked: Asked, send: Send) -> None:
        if refusal.status not in (303, 401):
            log.warning("refused", extra={"status": refusal.status, "why": refusal.why, "path": asked.shown})
        headers = [(b"location", refusal.location.encode())] if refusal.location else []
        headers += [(b"www-authenticate", b"Bearer")] if refusal.status == 401 else []
        headers += [(b"retry-after", str(refusal.retry_s).encode())] if refusal.retry_s else []
        is_read = asked.method in SAFE or (refusal.status == 429 and SIGNS_IN.fullmatch(asked.path))
        if asked.kind != "page" or not is_read:
            problem = {"type": "about:blank", "title": refusal.why, "status": refusal.status}
            body, kind = json.dumps(problem).encode(), b"application/problem+json"
        else:
            language = language_of(None, asked.cookie("lang"), _accepts(asked), self._cfg.time.language)
            body, kind = refused_page(language, refusal.status).encode(), b"text/html; charset=utf-8"
        headers += [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _with_headers(self, send: Send, asked: Asked) -> Send:
        async def guarded_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": _secured(message, asked, self._script_policy())}
            await send(message)

        return guarded_send


def _secured(start: Message, asked: Asked, script_policy: str) -> list[tuple[bytes, bytes]]:
    """Ours win over what the application said; `no-store` unless the answer is a file, or what everybody may know."""
    ours = {
        b"content-security-policy": (
            f"default-src 'self'; script-src 'self' {script_policy}; style-src 'self' 'unsafe-inline'; "
            "img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; connect-src 'self'; "
            "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
        ).encode(),
        b"x-content-type-options": b"nosniff",
        b"x-frame-options": b"DENY",
        b"referrer-policy": b"same-origin",
        b"cross-origin-opener-policy": b"same-origin",
        b"cross-origin-resource-policy": b"same-origin",
        b"permissions-policy": b"camera=(), microphone=(), geolocation=()",
    }
    if asked.https:
        ours[b"strict-transport-security"] = b"max-age=31536000"
    is_file = asked.path.startswith(("/assets/", "/_dash-component-suites/", "/public/v1/"))
    if not is_file or start["status"] >= 400:
        ours[b"cache-control"] = b"no-store"
    kept = [(name, value) for name, value in start["headers"] if name.lower() not in ours and name.lower() != b"server"]
    return kept + list(ours.items())


def _marked(start: Message, viewer: Viewer) -> Message:
    """A file bears the name of who took it."""
    headers = [
        (name, named_for(value.decode("latin-1"), viewer.name, real_now()).encode())
        if name.lower() == b"content-disposition"
        else (name, value)
        for name, value in start["headers"]
    ]
    return {**start, "headers": headers}


def _too_often(rates: Rates, who: str) -> Refusal | None:
    wait_s = rates.wait_s(who, time.monotonic())
    return Refusal(429, f"too often; try again in {wait_s} s", retry_s=wait_s) if wait_s else None


def _is_same_origin(asked: Asked) -> bool:
    site = asked.headers.get(b"sec-fetch-site")
    if site is not None:
        return site in (b"same-origin", b"none")
    origin = asked.headers.get(b"origin")
    if origin is None:
        return True  # no browser: nothing that a foreign page could have sent along
    return origin.partition(b"://")[2] == asked.headers.get(b"host", b"")


def _has_token(asked: Asked, session: SignedIn) -> bool:
    return hmac.compare_digest(asked.headers.get(CSRF_HEADER, b""), session.csrf_token.encode())


def _stranger(asked: Asked) -> Refusal:
    if _wants_page(asked):
        return Refusal(303, "sign in", "/login")
    if KEY_IN_ADDRESS.search(asked.query):
        return Refusal(401, "a key never stands in an address; send it in the header `Authorization: Bearer KEY`")
    return Refusal(401, "a key or a session is needed")


def _wants_page(asked: Asked) -> bool:
    return asked.kind == "page" and asked.method == "GET" and not asked.path.startswith("/_")


def _accepts(asked: Asked) -> str | None:
    return asked.headers.get(b"accept-language", b"").decode("latin-1") or None


def _is_callback(body: bytes) -> bool:
    """A callback's body: an object that names an output and a list of inputs. Anything else never reaches Dash."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return False
    if not isinstance(said, dict) or not isinstance(said.get("output"), str):
        return False
    lists = (said.get("inputs"), said.get("changedPropIds", []), said.get("state") or [])
    return all(isinstance(part, list) for part in lists)


async def _body(asked: Asked, receive: Receive) -> tuple[bytes, Refusal | None]:
    """The whole body, or a refusal when it is longer than anybody may send."""
    if asked.method in SAFE:
        return b"", None
    most = LONGER_BODIES.get(asked.path, BODY_MOST)
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b"", Refusal(400, "the body ended early")
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > most:
            return b"", Refusal(413, f"more than {most} bytes")
    return bytes(body), None


def _again(body: bytes, receive: Receive) -> Receive:
    """Gives the body that was read once more, then whatever comes."""
    given = False

    async def once_more() -> Message:
        nonlocal given
        if not given:
            given = True
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return once_more
