"""Room on disk for bodies that can be read once only, in a stream, and are needed twice."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from velib_insights.adapters.compression import compress_fast, decompress


class Spool:
    """One temporary file of compressed bodies, and a folder for archives inside archives; both end with it."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="velib-import-")
        self._file = (Path(self._folder.name) / "bodies").open("w+b")
        self._end = 0
        self._files = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._folder.cleanup()

    def keep(self, body: bytes) -> Callable[[], bytes]:
        """Store the body; the answer reads it."""
        packed = compress_fast(body)
        at, size = self._end, len(packed)
        self._file.seek(at)
        self._file.write(packed)
        self._end += size

        def read() -> bytes:
            self._file.seek(at)
            return decompress(self._file.read(size))

        return read

    def new_file(self) -> Path:
        """A path for an archive that has to be a file."""
        self._files += 1
        return Path(self._folder.name) / f"{self._files}"
