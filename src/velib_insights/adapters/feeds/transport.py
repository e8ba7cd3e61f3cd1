"""One request and its answer over urllib3: TLS by the system's trust store, proxies, redirects, a hard stop.

Imports urllib3, so only an `HttpClient` in the making imports this module.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass

import truststore
import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from velib_insights.adapters.feeds import addresses
from velib_insights.adapters.feeds.credentials import Credentials
from velib_insights.adapters.feeds.errors import describe
from velib_insights.adapters.feeds.response import Body, BodyRefused, FeedResponse, kept_headers
from velib_insights.core.errors import SettingsError
from velib_insights.core.masking import masked_url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from velib_insights.adapters.feeds.limits import HttpLimits

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CHUNK = 65_536


class Transport:
    """Connections kept alive between requests. Proxies are read from the environment once, at creation.

    One request at a time: share it between feeds, not between threads. Raises SettingsError for a proxy that
    cannot be used.
    """

    def __init__(self, limits: HttpLimits, credentials: Credentials | None = None) -> None:
        self._limits = limits
        self._credentials = credentials or Credentials()
        self._tls = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._direct = self._watched(urllib3.PoolManager(ssl_context=self._tls))
        environment = getproxies()
        shared = environment.get("all")
        named = {scheme: environment.get(scheme) or shared for scheme in ("http", "https")}
        self._proxies = {scheme: self._through(proxy) for scheme, proxy in named.items() if proxy}
        self._stop: _HardStop | None = None

    def close(self) -> None:
        for pools in (self._direct, *self._proxies.values()):
            pools.clear()

    def ask(self, url: str, headers: Mapping[str, str], time_left_s: float) -> FeedResponse:
        """GET, following redirects; the whole exchange is over in `time_left_s`, whatever the server does.

        Whatever goes wrong on the network is in the answer, in words; nothing is raised for it.
        """
        return self._in_time(time_left_s, lambda stop: self._follow(url, headers, stop))

    def tell(self, url: str, headers: Mapping[str, str], body: bytes, time_left_s: float) -> FeedResponse:
        """POST: how it was answered, without the answer's body. Redirects are not followed."""
        login = addresses.login(url)
        secret = {"authorization": login} if login else {}
        return self._in_time(
            time_left_s, lambda stop: self._exchange(url, {**headers, **secret}, stop, sent=body)[0]
        )

    def _in_time(self, time_left_s: float, exchange: Callable[[_HardStop], FeedResponse]) -> FeedResponse:
        with _HardStop(time_left_s) as stop:
            self._stop = stop
            try:
                answer = exchange(stop)
            finally:
                self._stop = None
        # Even without an error: http.client takes headers that are cut short for complete ones.
        if stop.is_due:
            so_far = f": {answer.error}" if answer.status and answer.error else ""
            words = f"not complete within {self._limits.deadline_s:g} s{so_far}"
            return FeedResponse(answer.status, answer.headers, error=words)
        return answer

    def _follow(self, url: str, headers: Mapping[str, str], stop: _HardStop) -> FeedResponse:
        first, passed_on = url, list[str]()
        for _ in range(self._limits.max_redirects + 1):
            login = addresses.login(url)
            if login is None and addresses.same_origin(url, first):
                login = addresses.login(first)
            secret = {"authorization": login} if login else {}
            secret |= self._credentials.headers_for(url)
            answer, location = self._exchange(url, {**headers, **secret}, stop)
            if location is None:
                return replace(answer, redirects=tuple(passed_on))
            try:
                url = urljoin(url, location)
                wrong = addresses.what_is_wrong(url)
            except ValueError as error:
                wrong = str(error)
            if wrong:
                words = f"redirected to {masked_url(url)}, which cannot be asked for: {wrong}"
                return FeedResponse(answer.status, answer.headers, error=words)
            passed_on.append(masked_url(url))
        times = self._limits.max_redirects
        return FeedResponse(answer.status, answer.headers, error=f"redirected more than {times} times")

    def _exchange(
        self, url: str, headers: Mapping[str, str], stop: _HardStop, sent: bytes | None = None
    ) -> tuple[FeedResponse, str | None]:
        """One request to one URL: the answer, and where a redirect leads."""
        status: int | None = None
        kept: dict[str, str] = {}
        body: Body | None = None
        response: urllib3.BaseHTTPResponse | None = None
        connect_s = min(self._limits.connect_s, stop.left_s)
        timeout = urllib3.Timeout(connect=connect_s, read=self._limits.read_s)
        try:
            response = self._pools(url).urlopen(
                "GET" if sent is None else "POST",
                addresses.without_credentials(url),
                body=sent,
                headers=headers,
                timeout=timeout,
                retries=False,
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
            status, kept = response.status, kept_headers(response.headers.items())
            if sent is not None:
                return FeedResponse(status, kept), None
            if status in _REDIRECTS:
                return FeedResponse(status, kept), response.headers.get("location")
            if status == 304:
                response.release_conn()
            if status != 200:
                return FeedResponse(status, kept), None
            encoding, length = response.headers.get("content-encoding", ""), response.length_remaining
            has_end = length is not None or "transfer-encoding" in response.headers
            body = Body(encoding, self._limits.max_bytes, length=length, has_end=has_end)
            while chunk := response.read1(_CHUNK, decode_content=False):
                body.add(chunk)
            return FeedResponse(status, kept, body.whole()), None
        except BodyRefused as refusal:
            return FeedResponse(status, kept, error=refusal.words, retryable=refusal.retryable), None
        except (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError, ValueError) as error:
            words, retryable = describe(error, addresses.host_and_port(url), self._limits, body)
            return FeedResponse(status, kept, error=words, retryable=retryable), None
        finally:
            # A connection whose answer was not read to its end cannot carry another one.
            if response is not None and not response.closed:
                response.close()

    def _pools(self, url: str) -> urllib3.PoolManager:
        parts = urlsplit(url)
        proxy = self._proxies.get(parts.scheme)
        return self._direct if proxy is None or proxy_bypass(parts.netloc.rpartition("@")[2]) else proxy

    def _through(self, proxy: str) -> urllib3.PoolManager:
        address = proxy if "://" in proxy else f"http://{proxy}"
        if wrong := addresses.what_is_wrong(address):
            raise SettingsError(
                f"the proxy {masked_url(address)} cannot be used: {wrong}",
                hint="Set HTTP_PROXY and HTTPS_PROXY to an http:// or https:// address, or NO_PROXY for this host.",
            )
        login = addresses.login(address)
        return self._watched(
            urllib3.ProxyManager(
                addresses.without_credentials(address),
                proxy_headers={"Proxy-Authorization": login} if login else None,
                proxy_ssl_context=truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
                ssl_context=self._tls,
            )
        )

    def _watched(self, pools: urllib3.PoolManager) -> urllib3.PoolManager:
        """The same pools, whose connections are put under the hard stop of the request they carry."""
        transport = self

        class Plain(HTTPConnection):
            def connect(self) -> None:
                super().connect()
                transport._watch(self.sock)

            def request(self, *args: Any, **kwargs: Any) -> None:
                transport._watch(self.sock)
                super().request(*args, **kwargs)

        class Encrypted(HTTPSConnection):
            def connect(self) -> None:
                super().connect()
                transport._watch(self.sock)

            def request(self, *args: Any, **kwargs: Any) -> None:
                transport._watch(self.sock)
                super().request(*args, **kwargs)

        class PlainPool(urllib3.HTTPConnectionPool):
            ConnectionCls = Plain

        class EncryptedPool(urllib3.HTTPSConnectionPool):
            ConnectionCls = Encrypted

        pools.pool_classes_by_scheme = {"http": PlainPool, "https": EncryptedPool}
        return pools

    def _watch(self, connected: socket.socket | None) -> None:
        if self._stop is not None and connected is not None:
            self._stop.watch(connected)


class _HardStop:
    """Shuts the connection when the time is over.

    A socket's own time-out starts anew with every byte, so a server that dribbles would hold us for ever.
    """

    def __init__(self, seconds: float) -> None:
        self._due_at = time.monotonic() + seconds
        self._connected: socket.socket | None = None
        self._timer = threading.Timer(max(0.0, seconds), self._shut)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    @property
    def left_s(self) -> float:
        """Never 0, which sockets take for "do not wait at all"."""
        return max(0.001, self._due_at - time.monotonic())

    @property
    def is_due(self) -> bool:
        return time.monotonic() >= self._due_at

    def watch(self, connected: socket.socket) -> None:
        """Takes over from the connection watched before; one that comes too late is shut at once."""
        self._connected = connected
        if self.is_due:
            self._shut()

    def _shut(self) -> None:
        connected = self._connected
        # TLS inside TLS (an https proxy) is not a socket itself but holds one.
        connected = getattr(connected, "socket", connected)
        if isinstance(connected, socket.socket):
            with contextlib.suppress(OSError):  # closed already
                # Not SSLSocket's own shutdown, which would drop the TLS state under a reader's feet.
                socket.socket.shutdown(connected, socket.SHUT_RDWR)
