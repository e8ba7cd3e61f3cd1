"""The server: uvicorn with limits for those who connect and say nothing, or too much."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from velib_insights.core.errors import SettingsError
from velib_insights.dashboard.app import create_app
from velib_insights.dashboard.guards import MAX_HEAD_BYTES, Guards, hosts_for
from velib_insights.dashboard.live_site import LiveSite
from velib_insights.dashboard.page import Page
from velib_insights.dashboard.sandbox.pool import MAX_WAIT_S, START_S, SandboxPool
from velib_insights.pages.basemap import NO_BASEMAP, Basemap
from velib_insights.pages.origins import NOT_SHARED, Sharing

KEEP_ALIVE_S = 15
MAX_CONNECTIONS = 500
_STOP_S = 5.0


@dataclass(frozen=True, slots=True)
class ClientTimeouts:
    """For how long a client may take to send the head of a request and its body, and to take the answer, in s."""

    head_s: float = 10.0
    body_s: float = 10.0
    request_s: float = 120.0


class TimeoutProtocol(H11Protocol):
    """Closes a connection that has not sent a whole request head in time, or not taken its answer.

    Uvicorn's own limit is on the pause between requests alone.
    """

    patience = ClientTimeouts()
    _deadline: asyncio.TimerHandle | None = None
    _awaits_head = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # Head and body are two writes, and the second would wait 40 ms for the first to be acknowledged. asyncio
        # sees to it only for sockets whose protocol number is told, which accepted ones need not have.
        connection = transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._set_deadline(self.patience.head_s)

    def data_received(self, data: bytes) -> None:
        served = self.cycle
        super().data_received(data)
        if self.cycle is not served:
            self._awaits_head = False
            self._set_deadline(self.patience.request_s)
        elif not self._awaits_head and served.response_complete:
            self._awaits_head = True  # the next request of the connection has begun
            self._set_deadline(self.patience.head_s)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        super().connection_lost(exc)

    def _set_deadline(self, seconds: float) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = self.loop.call_later(seconds, self._give_up)

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.abort()


class _Uvicorn(uvicorn.Server):
    """Takes a signal as the wish to stop, and lets who started it clean up; uvicorn would die of it afterwards.

    `on_stop` is called first, to end what would keep connections waiting.
    """

    def __init__(self, config: uvicorn.Config, on_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_stop = on_stop

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._on_stop()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        with super().capture_signals():
            yield
            self._captured_signals.clear()


def bind(host: str, port: int) -> socket.socket:
    """Raises SettingsError where the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=512)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SettingsError(
            f"cannot listen on {host}:{port}: {reason}",
            hint="Choose another port with --port; 0 takes a free one.",
        ) from error


class Server:
    """Serves until stopped. `every_s` is how often the lake is looked at for a new tick."""

    def __init__(
        self,
        site: LiveSite,
        pool: SandboxPool,
        listening: socket.socket,
        *,
        page: Page | None = None,
        basemap: Basemap = NO_BASEMAP,
        sharing: Sharing = NOT_SHARED,
        every_s: float = 2.0,
        patience: ClientTimeouts | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._site = site
        self._every_s = every_s
        self._socket = listening
        host = listening.getsockname()[0]
        # A query that may queue and run for longer is not cut off before it can answer.
        longest_s = pool.limits.timeout_s + MAX_WAIT_S + 2 * START_S
        patience = patience or ClientTimeouts(request_s=max(ClientTimeouts().request_s, longest_s))
        inner: Any = create_app(site, pool, page or Page(), clock)
        app = Guards(inner, hosts_for(host), basemap, patience.body_s, sharing)
        protocol = type("Protocol", (TimeoutProtocol,), {"patience": patience})

        def on_stop() -> None:
            site.is_stopping = True
            pool.stop()

        self._uvicorn = _Uvicorn(uvicorn.Config(app, http=protocol, **_CONFIG), on_stop)

    @property
    def url(self) -> str:
        host, port = self._socket.getsockname()[:2]
        shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "::1": "[::1]"}.get(host, host)  # noqa: S104
        return f"http://{shown}:{port}/"

    @property
    def is_ready(self) -> bool:
        return self._uvicorn.started

    def run(self) -> None:
        """Until SIGINT, SIGTERM or `stop`."""
        stop = threading.Event()
        watcher = threading.Thread(target=self._site.watch, args=(stop, self._every_s), daemon=True)
        watcher.start()
        try:
            self._uvicorn.run(sockets=[self._socket])
        finally:
            stop.set()
            watcher.join(timeout=_STOP_S)
            self._site.close()
            self._socket.close()

    def stop(self) -> None:
        self._uvicorn.should_exit = True


_CONFIG: dict[str, Any] = {
    "ws": "none",
    "lifespan": "off",
    "log_level": "warning",
    "access_log": False,
    "server_header": False,
    "proxy_headers": False,
    "timeout_keep_alive": KEEP_ALIVE_S,
    "timeout_graceful_shutdown": 3,
    "limit_concurrency": MAX_CONNECTIONS,
    "h11_max_incomplete_event_size": MAX_HEAD_BYTES,
}
