"""Bodies as the raw store keeps them: gzip, the same bytes for the same body.

Decompressing is a fifth of the work of cleaning with zlib; ISA-L does it five times as fast, where there is one for
this processor.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

_fast: Callable[[bytes], bytes] | None
_fast_compress: Callable[..., bytes] = gzip.compress
_FAILURES: tuple[type[Exception], ...] = (OSError, EOFError)
try:
    from isal import igzip, isal_zlib
except ImportError:
    _fast = None
else:
    _fast = igzip.decompress
    _fast_compress = igzip.compress
    _FAILURES = (*_FAILURES, isal_zlib.IsalError)  # type: ignore[arg-type] # its stub says an instance

_LEVEL = 6


class CorruptBody(ValueError):
    """The stored bytes cannot be decompressed; the text says why, in the words of zlib."""


def compress(body: bytes) -> bytes:
    return gzip.compress(body, _LEVEL, mtime=0)


def compress_fast(body: bytes) -> bytes:
    """For a while only: larger, in a tenth of the time, and not the same bytes on every machine."""
    return _fast_compress(body, 1)


def decompress(stored: bytes) -> bytes:
    """Raises CorruptBody."""
    if _fast is not None:
        try:
            return _fast(stored)
        except _FAILURES:
            pass  # zlib judges, so that a damaged body is told of in the same words everywhere
    try:
        return gzip.decompress(stored)
    except (OSError, EOFError, zlib.error) as error:
        raise CorruptBody(str(error)) from error
