"""What every request passes: the host it names, how much it sends and how slowly, and what browsers may do with us."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.responses import Response

from velib_insights.dashboard.responses import error_response
from velib_insights.pages.basemap import NO_BASEMAP, Basemap
from velib_insights.pages.csp import content_security_policy
from velib_insights.pages.origins import NOT_SHARED, Sharing

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_BODY_BYTES = 64_000
MAX_HEAD_BYTES = 16_384
MAX_TARGET_BYTES = 4_000
BODY_S = 10.0

_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(self), payment=()"),
]
_OPEN_TO_SCRIPTS = ("/api/", "/data/")
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST",
    "Access-Control-Allow-Headers": "Content-Type",
    "Access-Control-Max-Age": "600",
}
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]", "::1")


class Guards:
    """ASGI around the application. With `hosts`, a request that names another host is refused: a page elsewhere
    could point a name of its own at this machine and read what it serves.
    """

    def __init__(
        self,
        app: App,
        hosts: tuple[str, ...] | None = None,
        basemap: Basemap = NO_BASEMAP,
        body_s: float = BODY_S,
        sharing: Sharing = NOT_SHARED,
    ) -> None:
        self._sharing = sharing
        self._body_s = body_s
        self._app = app
        self._hosts = hosts
        # Those who serve tiles to anyone want to know what page asks for them.
        referrer = b"strict-origin-when-cross-origin" if basemap.origins else b"no-referrer"
        rules = f"{content_security_policy(basemap)}; frame-ancestors {sharing.frame_ancestors}".encode()
        self._headers = [
            (b"content-security-policy", rules),
            (b"referrer-policy", referrer),
            *_HEADERS,
        ]
        if not sharing.frames:  # for browsers that do not know the rule of the policy; it has no list
            self._headers.append((b"x-frame-options", b"DENY"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        wants_head = scope["method"] == "HEAD"
        is_told = False

        async def send_guarded(message: dict[str, Any]) -> None:
            nonlocal is_told
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *self._headers, *self._cors(scope)]
            elif wants_head and message["type"] == "http.response.body":
                if is_told:
                    return
                is_told, message = True, {"type": "http.response.body", "body": b""}
            await send(message)

        refusal = self._refusal(scope)
        if refusal is None and scope["method"] == "OPTIONS" and self._cors(scope):
            # Whether a script of another site may ask: the headers say it.
            refusal = Response(status_code=204, headers=_PREFLIGHT)
        if refusal is None:
            try:
                body = await asyncio.wait_for(_body(receive), self._body_s)
            except TimeoutError:
                refusal = error_response(408, "RequestTimeout", "the body came too slowly")
            else:
                if body is None:
                    refusal = error_response(413, "TooLarge", f"a body may have {MAX_BODY_BYTES} bytes")
        if refusal is not None:
            await refusal(scope, receive, send_guarded)
            return
        asked = scope | {"method": "GET"} if wants_head else scope
        await self._app(asked, _once(body or b"", receive), send_guarded)

    def _cors(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        """For scripts of other sites that may ask the API and read the page's data."""
        if not self._sharing.scripts or not scope["path"].startswith(_OPEN_TO_SCRIPTS):
            return []
        origin = dict(scope["headers"]).get(b"origin", b"").decode("latin-1")
        told = [(b"vary", b"Origin")]
        if origin and self._sharing.lets(origin):
            told += [
                (b"access-control-allow-origin", origin.encode("latin-1")),
                (b"access-control-expose-headers", b"X-Total-Count, X-As-Of, Retry-After"),
            ]
        return told

    def _refusal(self, scope: Scope) -> Any:
        headers = dict(scope["headers"])
        if self._hosts is not None:
            host = headers.get(b"host", b"").decode("latin-1").rpartition(":")
            name = (host[0] if host[2].isdigit() else "".join(host)).lower()
            if name not in self._hosts:
                return error_response(
                    421,
                    "MisdirectedRequest",
                    f"this server is not {name[:100]!r}",
                    "Use the address that it prints when it starts.",
                )
        if len(scope["raw_path"]) + len(scope["query_string"]) > MAX_TARGET_BYTES:
            return error_response(414, "TooLarge", f"an address may have {MAX_TARGET_BYTES} bytes")
        if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEAD_BYTES:
            return error_response(431, "TooLarge", f"the head of a request may have {MAX_HEAD_BYTES} bytes")
        if b"transfer-encoding" in headers and b"content-length" in headers:
            # A proxy before us might read it the other way, and take a part of it for another request.
            return error_response(400, "BadRequest", "the body's length is told in two ways")
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > MAX_BODY_BYTES:
            return error_response(413, "TooLarge", f"a body may have {MAX_BODY_BYTES} bytes")
        return None


def hosts_for(host: str) -> tuple[str, ...] | None:
    """The names by which a server bound to `host` may be called; None for any."""
    return _LOOPBACK if host in _LOOPBACK else None


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None where it is too large."""
    body: bytes = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return body
        part: bytes = message.get("body", b"")
        body += part
        if len(body) > MAX_BODY_BYTES:
            return None
        if not message.get("more_body", False):
            return body


def _once(body: bytes, receive: Receive) -> Receive:
    """The body that was read, then whatever comes after it."""
    told = False

    async def receive_again() -> dict[str, Any]:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again
