"""Sound bodies of exports/json read by exports.c, where the package was installed with it compiled.

The columns are those that opendatasoft.py makes, in a fifth of the time. Whatever calls for a judgement is left to it.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pyarrow as pa

from velib_insights.core.arrow_columns import KINDS, ArrowColumns
from velib_insights.core.dialects.opendatasoft import Geo
from velib_insights.core.observations import Decoded
from velib_insights.core.rules import PAGE_ROWS

LIBRARY = Path(__file__).with_name("exports.so")

# The columns that exports.c writes, in its order.
_WRITTEN = (
    "capacity", "docks", "bikes", "mechanical", "ebikes", "is_installed", "is_renting", "is_returning", "last_reported",
)  # fmt: skip
_SHORTEST_ROW = 100  # bytes; a body of shorter rows is left to Python
_ALIGNMENT = 64

_CODES = msgspec.json.Decoder(list[str])
_NAMES = msgspec.json.Decoder(list[str | None])
_GEOS = msgspec.json.Decoder(list[Geo | None])


class _Column(ctypes.Structure):
    _fields_ = (("values", ctypes.c_void_p), ("valid", ctypes.c_void_p), ("nulls", ctypes.c_int64))


_Texts = ctypes.c_void_p * 3
_Sizes = ctypes.c_int64 * 3
_Columns = _Column * len(_WRITTEN)


def load(library: Path = LIBRARY) -> CompiledExports | None:
    """None where the package was installed without a compiler, or for another kind of machine."""
    try:
        return CompiledExports(ctypes.CDLL(str(library)))
    except (OSError, AttributeError):
        return None


class CompiledExports:
    """Remembers the stations of the last body: most name the same ones at the same places."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._read = library.velib_read_exports
        self._read.restype = ctypes.c_int64
        self._read.argtypes = [
            ctypes.c_char_p,
            ctypes.c_int64,
            ctypes.c_void_p,
            ctypes.c_int64,
            ctypes.POINTER(ctypes.c_int64),
        ]
        self._write = library.velib_write_exports
        self._write.restype = None
        self._write.argtypes = [
            ctypes.c_char_p,
            ctypes.c_void_p,
            ctypes.c_int64,
            ctypes.c_int64,
            ctypes.POINTER(ctypes.c_void_p),
            ctypes.POINTER(_Column),
        ]
        library.velib_row_bytes.restype = ctypes.c_int64
        self._row_bytes: int = library.velib_row_bytes()
        self._stations: _Stations | None = None

    def decode(self, bodies: Mapping[str, bytes]) -> Decoded[ArrowColumns] | None:
        """None where the body is not sound and whole through and through: then Python judges it."""
        body = bodies.get("exports")
        if body is None:
            return None
        most = len(body) // _SHORTEST_ROW + 1
        room = pa.allocate_buffer(most * self._row_bytes)
        sizes = _Sizes()
        n = self._read(body, len(body), room.address, most, sizes)
        if n < 0 or n == PAGE_ROWS:
            return None
        block = _Block(n, sizes)
        self._write(body, room.address, most, n, block.text_addresses, block.columns)
        arrays = block.arrays()
        stations = self._stations_of(block.texts)
        if stations is None or 2 * arrays["bikes"].null_count > n:
            return None
        columns = ArrowColumns(
            station_id=stations.codes,
            station_code=stations.codes,
            is_code_given=stations.always,
            name=stations.names,
            lat=stations.lat,
            lon=stations.lon,
            bikes_disabled=stations.unknown,
            docks_disabled=stations.unknown,
            counts_disagree=stations.never,
            has_invalid=stations.never,
            has_other_vehicles=stations.never,
            **arrays,
        )
        return Decoded("ok", None, columns, stations_seen=n)

    def _stations_of(self, texts: list[pa.Buffer]) -> _Stations | None:
        stations = self._stations
        if stations is None or not all(map(pa.Buffer.equals, stations.texts, texts)):
            try:
                stations = self._stations = _Stations.of(texts)
            except (msgspec.DecodeError, UnicodeDecodeError):
                return None
        return stations


@dataclass(frozen=True, slots=True)
class _Stations:
    """What seldom changes, with the three JSON arrays it was made of."""

    texts: list[pa.Buffer]
    codes: pa.Array
    names: pa.Array
    lat: pa.Array
    lon: pa.Array
    unknown: pa.Array
    never: pa.Array
    always: pa.Array

    @classmethod
    def of(cls, texts: list[pa.Buffer]) -> _Stations:
        codes, names, geos = _CODES.decode(texts[0]), _NAMES.decode(texts[1]), _GEOS.decode(texts[2])
        return cls(
            texts,
            pa.array(codes, pa.string()),
            pa.array(names, pa.string()),
            pa.array([geo and geo.lat for geo in geos], pa.float64()),
            pa.array([geo and geo.lon for geo in geos], pa.float64()),
            pa.nulls(len(codes), pa.int32()),
            pa.repeat(pa.scalar(False), len(codes)),
            pa.repeat(pa.scalar(True), len(codes)),
        )


class _Block:
    """Memory for the columns of one body, and for the three texts."""

    def __init__(self, n: int, sizes: ctypes.Array[ctypes.c_int64]) -> None:
        self._n = n
        bits = _bytes_of(n)
        widths = [_bytes_of(n * KINDS[name].bit_width) for name in _WRITTEN]
        memory = pa.allocate_buffer(sum(widths) + bits * len(widths))
        ctypes.memset(memory.address, 0, memory.size)
        self.columns = _Columns()
        self._values, self._valid, at = [], [], 0
        for column, width in zip(self.columns, widths, strict=True):
            self._values.append(memory.slice(at, width))
            self._valid.append(memory.slice(at + width, bits))
            column.values, column.valid = memory.address + at, memory.address + at + width
            at += width + bits
        self.texts = [pa.allocate_buffer(size) for size in sizes]
        self.text_addresses = _Texts(*(text.address for text in self.texts))

    def arrays(self) -> dict[str, pa.Array]:
        """What was written, by the name of the column."""
        return {
            name: pa.Array.from_buffers(
                KINDS[name], self._n, [valid if column.nulls else None, values], column.nulls
            )
            for name, column, values, valid in zip(
                _WRITTEN, self.columns, self._values, self._valid, strict=True
            )
        }


def _bytes_of(bits: int) -> int:
    """Aligned as Arrow wants it."""
    return -(-bits // (8 * _ALIGNMENT)) * _ALIGNMENT
