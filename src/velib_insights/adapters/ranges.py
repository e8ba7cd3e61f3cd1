"""Parts of a large file, from a disk or over HTTP, read as one file that may not change in between."""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol
from urllib.request import getproxies, proxy_bypass

from velib_insights.adapters.feeds import addresses
from velib_insights.core.errors import FeedChanged, FeedUnavailable, SettingsError
from velib_insights.core.masking import mask_urls_in, masked_url

_ATTEMPTS = 4
_RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)", re.ASCII)


class RangeReader(Protocol):
    """`name` may be shown: it holds no credentials."""

    name: str

    def read(self, offset: int, length: int) -> bytes:
        """So many bytes; fewer only where the file ends before."""


def range_reader(place: str) -> RangeReader:
    """For a local path or an http(s) URL. Raises SettingsError for one that cannot be read."""
    return HttpRanges(place) if "://" in place else FileRanges(place)


class FileRanges:
    def __init__(self, place: str) -> None:
        self.name = place
        self._path = Path(place)
        if not self._path.is_file():
            raise SettingsError(f"there is no file {place}", hint="Name a PMTiles file or its URL.")

    def read(self, offset: int, length: int) -> bytes:
        try:
            with self._path.open("rb") as file:
                file.seek(offset)
                return file.read(length)
        except OSError as error:
            raise SettingsError(f"{self.name} cannot be read: {error.strerror}") from error


class HttpRanges:
    """Range requests with retries. Raises FeedUnavailable where the server does not answer, FeedChanged where it
    ignores ranges or the file is replaced while it is read.
    """

    def __init__(self, url: str, *, sleep: Callable[[float], None] = time.sleep) -> None:
        import truststore
        import urllib3

        if wrong := addresses.what_is_wrong(url):
            raise SettingsError(f"{masked_url(url)!r} cannot be read: {wrong}")
        self.name = masked_url(url)
        self._url = addresses.without_credentials(url)
        self._sleep = sleep
        login = addresses.login(url)
        self._headers = {"Accept-Encoding": "identity", "User-Agent": "velib-insights"}
        self._headers |= {"Authorization": login} if login else {}
        self._seen: tuple[str, str] | None = None
        scheme, _, rest = self._url.partition("://")
        proxy = getproxies().get(scheme) or getproxies().get("all")
        tls = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if proxy and not proxy_bypass(rest.split("/", 1)[0]):
            proxy = proxy if "://" in proxy else f"http://{proxy}"
            if wrong := addresses.what_is_wrong(proxy):
                raise SettingsError(f"the proxy {masked_url(proxy)} cannot be used: {wrong}")
            proxy_login = addresses.login(proxy)
            self._pools: urllib3.PoolManager = urllib3.ProxyManager(
                addresses.without_credentials(proxy),
                proxy_headers={"Proxy-Authorization": proxy_login} if proxy_login else None,
                proxy_ssl_context=truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
                ssl_context=tls,
            )
        else:
            self._pools = urllib3.PoolManager(ssl_context=tls)

    def read(self, offset: int, length: int) -> bytes:
        reason = ""
        for attempt in range(_ATTEMPTS):
            if attempt:
                self._sleep(2.0 ** (attempt - 1))
            body, reason = self._ask(offset, length)
            if body is not None:
                return body
        raise FeedUnavailable(
            f"{self.name} did not give bytes {offset}-{offset + length - 1} in {_ATTEMPTS} attempts: {reason}",
            hint="Try again later. Nothing was written to the lake.",
        )

    def _ask(self, offset: int, length: int) -> tuple[bytes | None, str]:
        """The bytes, or why another attempt may bring them."""
        import urllib3

        asked = {**self._headers, "Range": f"bytes={offset}-{offset + length - 1}"}
        response = None
        try:
            response = self._pools.request(
                "GET",
                self._url,
                headers=asked,
                preload_content=False,
                timeout=urllib3.Timeout(connect=10, read=60),
                retries=urllib3.Retry(total=None, connect=0, read=0, status=0, other=0, redirect=5),
            )
            if response.status in _RETRIED:
                return None, f"HTTP {response.status}"
            told = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", ""))
            self._check(response.status, response.headers.get("etag", ""), told, offset)
            wanted = int(told[2]) + 1 - offset if told else 0
            body = response.read(length, decode_content=False)
            return (body, "") if len(body) == wanted <= length else (None, "the answer was cut short")
        except (urllib3.exceptions.HTTPError, OSError) as error:
            return None, mask_urls_in(str(error))
        finally:
            if response is not None:
                # A body that was read to its end has given its connection back already; another is closed.
                response.close()

    def _check(self, status: int, etag: str, told: re.Match[str] | None, offset: int) -> None:
        if status == 200:
            raise FeedChanged(
                f"{self.name}: the server ignores byte ranges and would send the whole file",
                hint="Fetch the file and name its path.",
            )
        if status != 206:
            raise FeedUnavailable(f"{self.name}: HTTP {status}", hint="Check the address.")
        if told is None or int(told[1]) != offset:
            raise FeedChanged(f"{self.name}: the server sent another range than the one asked for")
        seen = (etag, told[3])
        if self._seen not in (None, seen):
            raise FeedChanged(
                f"{self.name} was replaced while it was read",
                hint="Run it again. Nothing was written to the lake.",
            )
        self._seen = seen
