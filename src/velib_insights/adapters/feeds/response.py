"""What came back for one request, and its body on the way in: decompressed, counted, capped."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field

KEPT_HEADERS = (
    "age",
    "cache-control",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "etag",
    "last-modified",
    "retry-after",
    "server",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
)


@dataclass(frozen=True, slots=True)
class FeedResponse:
    """`error` says in words why no usable answer came (None: a whole one did); `again`: another try may help.

    `body` is there for a whole answer of status 200 only; `redirects` are the addresses it was passed on to.
    """

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    error: str | None = None
    retryable: bool = False
    redirects: tuple[str, ...] = ()


def kept_headers(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The headers worth keeping, lower-cased, in a fixed order, on one line each."""
    got = {name.lower(): value for name, value in headers}
    return {name: " ".join(got[name].split()) for name in KEPT_HEADERS if name in got}


class BodyRefused(Exception):
    """The body cannot be used, in words; `again`: another try may bring a better one."""

    def __init__(self, words: str, *, retryable: bool) -> None:
        super().__init__(words)
        self.words = words
        self.retryable = retryable


class Body:
    """A body as its bytes arrive. `received` counts bytes on the wire; at most `max_bytes` are ever held."""

    def __init__(self, encoding: str, max_bytes: int, *, length: int | None, has_end: bool) -> None:
        """`length` as announced, on the wire; without `has_end` the body ends where the connection does.

        Raises BodyRefused for a content encoding other than gzip or none, and for a length over the cap.
        """
        encoding = encoding.strip().lower()
        if encoding not in {"", "identity", "gzip", "x-gzip"}:
            raise BodyRefused(
                f"the body is encoded as {encoding!r}, which was not asked for", retryable=False
            )
        self.received = 0
        self._held = bytearray()
        self._max_bytes = max_bytes
        self._has_end = has_end
        self._gzip = _gzip_member() if "gzip" in encoding else None
        if length is not None and length > max_bytes:
            raise self._too_large()

    def add(self, chunk: bytes) -> None:
        """Raises BodyRefused when the body grows over the cap or is not the gzip it claims to be."""
        self.received += len(chunk)
        if self.received > self._max_bytes:
            raise self._too_large()
        if self._gzip is None:
            self._held += chunk
            return
        while chunk:
            if self._gzip.eof:
                # A gzip file may be several members in a row; what follows the last one is padding.
                if chunk[:2] not in {b"\x1f\x8b", b"\x1f"}:
                    return
                self._gzip = _gzip_member()
            try:
                self._held += self._gzip.decompress(chunk, self._max_bytes + 1 - len(self._held))
            except zlib.error:
                raise BodyRefused("the body is not valid gzip", retryable=True) from None
            if len(self._held) > self._max_bytes:
                raise self._too_large()
            chunk = self._gzip.unused_data

    def whole(self) -> bytes:
        """The body, once all has come. Raises BodyRefused where there are signs that more should have."""
        if not self.received and not self._has_end:
            # What http.client makes of headers that are cut short.
            raise BodyRefused("the answer stopped in its headers", retryable=True)
        if self._gzip is not None and not self._gzip.eof and self.received:
            raise BodyRefused(
                f"the gzip body stopped at {self.received:,} bytes, before its end", retryable=True
            )
        return bytes(self._held)

    def _too_large(self) -> BodyRefused:
        return BodyRefused(f"answer larger than {_size(self._max_bytes)}: refused", retryable=False)


def _gzip_member() -> zlib._Decompress:
    return zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)


def _size(count: int) -> str:
    return f"{count / 1e6:g} MB" if count >= 1_000_000 else f"{count:,} bytes"
