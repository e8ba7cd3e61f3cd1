"""How an answer travels: headers, gzip, ETag, and the faults of transport. One connection, many requests."""

from __future__ import annotations

import gzip
import hashlib
import socket
import struct
import sys
from email.utils import formatdate
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

from velib_insights.simulator.feeds.endpoints import Feeds, HttpResponse
from velib_insights.simulator.feeds.faults import TRANSPORT_FAULTS, Fault, FaultKind, FaultPlan

_HANG_AT_MOST_S = 3600.0
_DRIBBLE_BYTES_A_SECOND = 4000.0
_DRIBBLE_PAUSE_S = 0.05


class Simulator(Protocol):
    """What a connection asks of the server that it belongs to."""

    feeds: Feeds
    faults: FaultPlan
    stopping: Event

    @property
    def base_url(self) -> str: ...
    @property
    def now(self) -> int: ...
    def note(self, path: str, status: int) -> None: ...
    def rate_limit(self) -> dict[str, str]: ...


class QuietHTTPServer(ThreadingHTTPServer):
    """Says nothing on the terminal, and can drop its connections."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    simulator: Simulator

    def __init__(self, address: tuple[str, int]) -> None:
        self._open: set[socket.socket] = set()
        self._lock = Lock()
        super().__init__(address, Answering)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error; all else is shown."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def close_all(self) -> None:
        self.server_close()
        with self._lock:
            left = list(self._open)
        for connection in left:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the client was faster


class Answering(BaseHTTPRequestHandler):
    """One connection. GET and HEAD, HTTP/1.1 with keep-alive."""

    protocol_version = "HTTP/1.1"
    server_version = "VelibSimulator"
    disable_nagle_algorithm = True
    _date_skew = 0.0

    def do_GET(self) -> None:
        simulator = cast(QuietHTTPServer, self.server).simulator
        now = simulator.now
        faults = simulator.faults.take_due(now, urlsplit(self.path).path)
        skews = (fault.value_or(-7200) for fault in faults if fault.kind is FaultKind.DATE_SKEW)
        self._date_skew = next(skews, 0.0)
        transport = next((fault for fault in faults if fault.kind in TRANSPORT_FAULTS), None)
        if transport is not None and transport.kind is FaultKind.HANG:
            simulator.note(self.path, 0)
            simulator.stopping.wait(transport.value_or(_HANG_AT_MOST_S))
            self.close_connection = True
            return
        if transport is not None and transport.kind is FaultKind.STATUS:
            self._refuse(simulator, transport)
            return
        answer = simulator.feeds.answer(self.path, now, simulator.base_url, faults)
        self._answer(simulator, answer, transport)

    do_HEAD = do_GET

    def date_time_string(self, timestamp: float | None = None) -> str:  # noqa: ARG002 - as http.server calls it
        """Simulated time, also in the Date header."""
        return formatdate(cast(QuietHTTPServer, self.server).simulator.now + self._date_skew, usegmt=True)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by http.server
        """Requests are noted by the simulator, not printed."""

    def _refuse(self, simulator: Simulator, fault: Fault) -> None:
        status = int(fault.value_or(503))
        body = b'{"error_code": "SimulatedFault", "message": "refused on purpose"}'
        headers = {"Content-Type": "application/json; charset=utf-8"}
        if fault.retry_after_s is not None:
            headers["Retry-After"] = str(fault.retry_after_s)
        self._head(simulator, status, headers, len(body))
        self._send(body)

    def _answer(self, simulator: Simulator, answer: HttpResponse, transport: Fault | None) -> None:
        headers = {"Content-Type": answer.content_type, "Vary": "Accept-Encoding"}
        if answer.is_rate_limited:
            headers |= simulator.rate_limit()
        body = answer.body
        if answer.status == 200:
            headers["ETag"] = etag = _etag(body)
            if etag in self.headers.get("If-None-Match", ""):
                self._head(simulator, 304, headers, None)
                return
        if "gzip" in self.headers.get("Accept-Encoding", "") and len(body) > 500:
            headers["Content-Encoding"] = "gzip"
            body = _gzipped(body)
        self._head(simulator, answer.status, headers, len(body))
        if transport is None:
            self._send(body)
        elif transport.kind is FaultKind.RESET:
            self._send(body[: len(body) // 2])
            self._reset()
        else:
            self._dribble(simulator.stopping, body, transport.value_or(_DRIBBLE_BYTES_A_SECOND))

    def _head(self, simulator: Simulator, status: int, headers: dict[str, str], length: int | None) -> None:
        simulator.note(self.path, status)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def _send(self, body: bytes) -> None:
        if self.command != "HEAD":
            self.wfile.write(body)

    def _dribble(self, stopping: Event, body: bytes, bytes_a_second: float) -> None:
        piece = max(1, int(bytes_a_second * _DRIBBLE_PAUSE_S))
        for at in range(0, len(body), piece):
            if stopping.wait(_DRIBBLE_PAUSE_S):
                self.close_connection = True
                return
            self._send(body[at : at + piece])

    def _reset(self) -> None:
        """End the connection with RST: with a linger time of 0, closing does not wait for unsent bytes."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True


@lru_cache(maxsize=16)
def _gzipped(body: bytes) -> bytes:
    return gzip.compress(body, 6, mtime=0)


@lru_cache(maxsize=16)
def _etag(body: bytes) -> str:
    return f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
