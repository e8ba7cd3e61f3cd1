"""A body as it is sent: its type, its tag, and its gzip where that pays."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from velib_insights.pages.media_types import media_type_of

_PACKED_ALREADY = ("parquet", "png", "ico", "woff2", "pmtiles")
_WORTH_PACKING = 1_000
_GZIP_LEVEL = 5


@dataclass(slots=True)
class File:
    """`etag` is weak, as the compressed body says the same in other bytes. `brotli` is the body compressed before."""

    body: bytes
    form: str
    brotli: bytes | None = None
    etag: str = field(init=False)
    _packed: bytes | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.etag = f'W/"{hashlib.sha256(self.body).hexdigest()[:20]}"'

    @property
    def media_type(self) -> str:
        return media_type_of(self.form)

    @property
    def weight(self) -> int:
        """Bytes in memory, about: the body, and the gzip of what is ten times smaller packed."""
        return len(self.body) * 5 // 4

    @property
    def packed(self) -> bytes | None:
        """The body as gzip; None where that would hardly be smaller."""
        if self.form in _PACKED_ALREADY or len(self.body) < _WORTH_PACKING:
            return None
        if self._packed is None:
            self._packed = gzip.compress(self.body, _GZIP_LEVEL, mtime=0)
        return self._packed


def file_of(name: str, body: bytes, brotli: bytes | None = None) -> File:
    return File(body, name.rpartition(".")[2].lower(), brotli)


class Kept:
    """Files by key, the ones longest unused forgotten first once they weigh more than `most_bytes` together."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._files: OrderedDict[Hashable, File] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> File | None:
        with self._lock:
            found = self._files.get(key)
            if found is not None:
                self._files.move_to_end(key)
            return found

    def keep(self, key: Hashable, file: File) -> None:
        with self._lock:
            self._drop(key)
            self._files[key] = file
            self._bytes += file.weight
            while self._bytes > self._most_bytes:
                self._drop(next(iter(self._files)))

    def forget(self, is_old: Callable[[Hashable], bool]) -> None:
        with self._lock:
            for key in [key for key in self._files if is_old(key)]:
                self._drop(key)

    def _drop(self, key: Hashable) -> None:
        file = self._files.pop(key, None)
        self._bytes -= file.weight if file else 0
