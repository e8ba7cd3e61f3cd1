"""Streams of documents that may be compressed by gzip, xz, zstd or bz2, told by their first bytes."""

from __future__ import annotations

import bz2
import io
import lzma
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Protocol, Self

import msgspec
import pyarrow as pa

_CHUNK = 1 << 18
_SMALL_PIECE = 256  # bytes: what a damaged piece would have held before the damage is lost with it


class _Decompressor(Protocol):
    @property
    def is_whole(self) -> bool: ...

    def decompress(self, data: bytes, /) -> bytes: ...


class _Gzip:
    """Members of gzip one after the other, as `cat` makes them."""

    def __init__(self) -> None:
        self._now = zlib.decompressobj(wbits=31)

    @property
    def is_whole(self) -> bool:
        return self._now.eof

    def decompress(self, data: bytes, /) -> bytes:
        found = [self._now.decompress(data)]
        while self._now.eof and self._now.unused_data.strip(b"\0"):
            rest = self._now.unused_data
            self._now = zlib.decompressobj(wbits=31)
            found.append(self._now.decompress(rest))
        return b"".join(found)


class _Restarting:
    """Streams of bz2 or xz one after the other."""

    def __init__(self, make: Any) -> None:
        self._make = make
        self._now = make()

    @property
    def is_whole(self) -> bool:
        return bool(self._now.eof)

    def decompress(self, data: bytes, /) -> bytes:
        found = []
        while data:
            found.append(self._now.decompress(data))
            if not self._now.eof:
                break
            data = self._now.unused_data
            if data:
                self._now = self._make()
        return b"".join(found)


_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "gzip"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"BZh", "bz2"),
)
_FAILURES = (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError)


class Stream(io.RawIOBase):
    """Reads a file and decompresses it. `damage` says why it ended early, where it did."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file
        head = file.read(8)
        file.seek(0)
        self.kind = next((kind for magic, kind in _MAGIC if head.startswith(magic)), "plain")
        self.damage = ""
        self._ahead = bytearray()
        self._at_end = False
        self._source: Any = None
        self._decompressor: _Decompressor | None = None
        if self.kind == "zstd":
            self._source = pa.CompressedInputStream(pa.PythonFile(file, "r"), "zstd")
        elif self.kind == "gzip":
            self._decompressor = _Gzip()
        elif self.kind in ("xz", "bz2"):
            self._decompressor = _Restarting(
                lzma.LZMADecompressor if self.kind == "xz" else bz2.BZ2Decompressor
            )

    @classmethod
    def of_bytes(cls, body: bytes) -> Self:
        return cls(io.BytesIO(body))

    @property
    def is_plain(self) -> bool:
        return self.kind == "plain"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        self._file.close()

    def readable(self) -> bool:
        return True

    def peek(self, size: int) -> bytes:
        """The next bytes, which stay to be read; fewer only at the end."""
        while len(self._ahead) < size and not self._at_end:
            self._fill()
        return bytes(self._ahead[:size])

    def read(self, size: int = -1) -> bytes:
        if size < 0:
            return self.read_to_end()
        found = self.peek(size)
        del self._ahead[: len(found)]
        return found

    def read_to_end(self, most: int = 1 << 62) -> bytes:
        """All that is left, up to `most` bytes."""
        while len(self._ahead) < most and not self._at_end:
            self._fill()
        found = bytes(self._ahead[:most])
        del self._ahead[: len(found)]
        return found

    def lines(self, most: int) -> Iterator[bytes]:
        """Line by line, with their ends. Raises ValueError for a line of more than `most` bytes."""
        looked = 0
        while True:
            end = self._ahead.find(b"\n", looked)
            if end >= 0:
                line = bytes(self._ahead[: end + 1])
                del self._ahead[: end + 1]
                looked = 0
                yield line
                continue
            looked = len(self._ahead)
            if looked > most:
                raise ValueError(f"a line of more than {most:,} bytes")
            if self._at_end:
                break
            self._fill()
        if self._ahead:
            line = bytes(self._ahead)
            self._ahead.clear()
            yield line

    def has_json_lines(self, most: int) -> bool:
        """Whether the first line is a whole JSON document and another one follows; nothing is taken."""
        end = -1
        while end < 0:
            end = self._ahead.find(b"\n")
            if end >= 0 or self._at_end or len(self._ahead) > most:
                break
            self._fill()
        first = bytes(self._ahead[:end]).strip() if end >= 0 else b""
        if first[-1:] not in (b"}", b"]"):
            return False
        try:
            msgspec.json.decode(first, type=msgspec.Raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return False
        while not self._at_end and not self._ahead[end:].strip():
            self._fill()
        return bytes(self._ahead[end:].lstrip()[:1]) in (b"{", b"[")

    def _fill(self) -> None:
        try:
            self._ahead += self._next()
        except _FAILURES as error:
            self.damage = str(error)
            self._at_end = True

    def _next(self) -> bytes:
        if self._source is not None:
            found: bytes = self._source.read(_CHUNK)
            self._at_end = not found
            return found
        data = self._file.read(_CHUNK)
        if not data:
            self._at_end = True
            if self._decompressor is not None and not self._decompressor.is_whole:
                self.damage = "it is cut short"
            return b""
        if self._decompressor is None:
            return data
        return self._piece_by_piece(self._decompressor, data)

    def _piece_by_piece(self, decompressor: _Decompressor, data: bytes) -> bytes:
        """Decompress; where the data are damaged, all that comes before the damage."""
        if self.kind != "gzip":
            return decompressor.decompress(data)
        found = bytearray()
        try:
            for start in range(0, len(data), _SMALL_PIECE):
                found += decompressor.decompress(data[start : start + _SMALL_PIECE])
        except zlib.error as error:
            self.damage = str(error)
            self._at_end = True
        return bytes(found)


def opened(path: Path) -> Stream:
    """Raises OSError."""
    return Stream(path.open("rb"))
