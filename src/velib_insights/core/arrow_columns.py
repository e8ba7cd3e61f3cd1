"""Decoded columns as Arrow arrays, which is what a table is made of."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import Any, cast

import pyarrow as pa

from velib_insights.core.observations import Columns


@dataclass(frozen=True, slots=True)
class ArrowColumns:
    """As `Columns`, each an Arrow array of the same length; unknown is null."""

    station_id: pa.Array
    station_code: pa.Array
    is_code_given: pa.Array
    name: pa.Array
    lat: pa.Array
    lon: pa.Array
    capacity: pa.Array
    bikes: pa.Array
    mechanical: pa.Array
    ebikes: pa.Array
    docks: pa.Array
    bikes_disabled: pa.Array
    docks_disabled: pa.Array
    is_installed: pa.Array
    is_renting: pa.Array
    is_returning: pa.Array
    last_reported: pa.Array
    counts_disagree: pa.Array
    has_invalid: pa.Array
    has_other_vehicles: pa.Array

    def __len__(self) -> int:
        return len(self.station_id)

    @property
    def counts(self) -> tuple[pa.Array, pa.Array, pa.Array, pa.Array]:
        """bikes, mechanical, ebikes and docks."""
        return self.bikes, self.mechanical, self.ebikes, self.docks


KINDS = {
    "station_id": pa.string(),
    "station_code": pa.string(),
    "is_code_given": pa.bool_(),
    "name": pa.string(),
    "lat": pa.float64(),
    "lon": pa.float64(),
    "capacity": pa.int32(),
    "bikes": pa.int32(),
    "mechanical": pa.int32(),
    "ebikes": pa.int32(),
    "docks": pa.int32(),
    "bikes_disabled": pa.int32(),
    "docks_disabled": pa.int32(),
    "is_installed": pa.bool_(),
    "is_renting": pa.bool_(),
    "is_returning": pa.bool_(),
    "last_reported": pa.int64(),
    "counts_disagree": pa.bool_(),
    "has_invalid": pa.bool_(),
    "has_other_vehicles": pa.bool_(),
}
_ALWAYS_NEW = {"bikes", "mechanical", "ebikes", "docks"}


class ToArrow:
    """Makes Arrow arrays of lists; keeps those of the last tick, as from tick to tick most columns stay the same."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[list[Any], pa.Array]] = {}

    def __call__(self, columns: Columns) -> ArrowColumns:
        made = {name: self._array(name, getattr(columns, name)) for name in KINDS}
        return ArrowColumns(**made)

    def _array(self, name: str, values: list[Any]) -> pa.Array:
        if name in _ALWAYS_NEW:
            return _integers(values)
        last = self._last.get(name)
        if last is not None and last[0] == values:
            return last[1]
        made = pa.array(values, KINDS[name])
        self._last[name] = (values, made)
        return made


def _integers(values: list[int | None]) -> pa.Array:
    """As 32-bit integers; without a null among them, three times as fast through a buffer."""
    try:
        buffer = array("i", cast("list[int]", values))
    except TypeError:
        return pa.array(values, pa.int32())
    return pa.Array.from_buffers(pa.int32(), len(values), [None, pa.py_buffer(buffer)])
