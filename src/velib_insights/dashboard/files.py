"""A body as it is sent: its type, its tag, and its gzip where that pays."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass, field

from velib_insights.core.media_types import media_type_of

_PACKED_ALREADY = ("parquet", "png", "ico", "woff2")
_WORTH_PACKING = 1_000
_GZIP_LEVEL = 5


@dataclass(slots=True)
class File:
    """`etag` is weak, as the gzip says the same in other bytes."""

    body: bytes
    form: str
    etag: str = field(init=False)
    _packed: bytes | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.etag = f'W/"{hashlib.sha256(self.body).hexdigest()[:20]}"'

    @property
    def media_type(self) -> str:
        return media_type_of(self.form)

    @property
    def packed(self) -> bytes | None:
        """The body as gzip; None where that would hardly be smaller."""
        if self.form in _PACKED_ALREADY or len(self.body) < _WORTH_PACKING:
            return None
        if self._packed is None:
            self._packed = gzip.compress(self.body, _GZIP_LEVEL, mtime=0)
        return self._packed


def file_of(name: str, body: bytes) -> File:
    return File(body, name.rpartition(".")[2].lower())
