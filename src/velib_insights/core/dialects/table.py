"""The table dialect: rows of a CSV or Parquet archive, put together by the time at which they were observed.

A body is an object of our own, which an import writes from the rows of one time:

    {"table": 1, "columns": ["station_id", ...], "rows": [["16107", ...], ...]}

Every row has a value for each of COLUMNS, in their order. What the archive does not have is null; a value that is not
of the column's type stands as it was found, and is judged by the rules that judge a feed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from velib_insights.core.dialects.gbfs_information import unique_codes
from velib_insights.core.dialects.instants import Epochs
from velib_insights.core.dialects.rows import (
    Count,
    StationOrder,
    TypedRows,
    convert_rows,
    parse_json,
    station_keys,
)
from velib_insights.core.dialects.verdict import judge
from velib_insights.core.observations import Columns, Decoded, UnreadableBody

TABLE = "table"
VERSION = 1
COLUMNS = (
    "station_id",
    "station_code",
    "name",
    "lat",
    "lon",
    "capacity",
    "bikes",
    "mechanical",
    "ebikes",
    "docks",
    "bikes_disabled",
    "docks_disabled",
    "is_installed",
    "is_renting",
    "is_returning",
    "last_reported",
)


class _Row(msgspec.Struct, gc=False, array_like=True):
    station_id: str | int | None = None
    station_code: str | int | None = None
    name: str | None = None
    lat: float | None = None
    lon: float | None = None
    capacity: Count | None = None
    bikes: Count | None = None
    mechanical: Count | None = None
    ebikes: Count | None = None
    docks: Count | None = None
    bikes_disabled: Count | None = None
    docks_disabled: Count | None = None
    is_installed: bool | None = None
    is_renting: bool | None = None
    is_returning: bool | None = None
    last_reported: int | float | str | None = None


class _NamedRow(_Row, gc=False, array_like=False):
    """The same from an object, for a body with a value of another type."""


class _Body(msgspec.Struct):
    table: int
    columns: list[str]
    rows: list[_Row]


_DECODER = msgspec.json.Decoder(_Body)
_NEEDED = frozenset({"station_id", "bikes", "docks"})


class TableDecoder:
    """Decodes body after body; remembers the stations."""

    def __init__(self) -> None:
        self._epochs = Epochs()
        self._order: StationOrder[Any] = StationOrder()

    def decode(self, bodies: Mapping[str, bytes]) -> Decoded[Columns]:
        """Decode `bodies`, which hold `table`. Raises UnreadableBody."""
        typed = _typed_rows(bodies[TABLE])
        ids = self._order.sort(typed, "station_id", text="name")
        columns = _columns(typed, ids, self._epochs)
        return judge(typed, columns, incomplete=None, seen=len(columns), expected=None)


def _typed_rows(body: bytes) -> TypedRows[Any]:
    try:
        value = _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return convert_rows(TABLE, _named(body), _NamedRow, _NEEDED)
    _raise_if_unknown(value.table, value.columns)
    return TypedRows(TABLE, value.rows, lambda: _named(body))


def _named(body: bytes) -> list[dict[str, Any]]:
    value = parse_json(body)
    rows = value.get("rows") if isinstance(value, dict) else None
    if not isinstance(rows, list):
        raise UnreadableBody("expected a table with rows")
    _raise_if_unknown(value.get("table"), value.get("columns"))
    return [dict(zip(COLUMNS, row, strict=False)) if isinstance(row, list) else row for row in rows]


def _raise_if_unknown(version: object, columns: object) -> None:
    if version != VERSION or columns != list(COLUMNS):
        raise UnreadableBody(f"a table of version {version} with columns {columns}, and {VERSION} is known")


def _columns(typed: TypedRows[Any], ids: list[str], epochs: Epochs) -> Columns:
    rows = typed.rows
    wanted = station_keys([row.station_code for row in rows])
    codes = unique_codes(ids, wanted)
    never = [False] * len(rows)
    return Columns(
        station_id=ids,
        station_code=codes,
        is_code_given=[code != "" and code == used for code, used in zip(wanted, codes, strict=True)],
        name=[row.name for row in rows],
        lat=[row.lat for row in rows],
        lon=[row.lon for row in rows],
        capacity=[row.capacity for row in rows],
        bikes=[row.bikes for row in rows],
        mechanical=[row.mechanical for row in rows],
        ebikes=[row.ebikes for row in rows],
        docks=[row.docks for row in rows],
        bikes_disabled=[row.bikes_disabled for row in rows],
        docks_disabled=[row.docks_disabled for row in rows],
        is_installed=[row.is_installed for row in rows],
        is_renting=[row.is_renting for row in rows],
        is_returning=[row.is_returning for row in rows],
        last_reported=epochs.column([row.last_reported for row in rows]),
        counts_disagree=never,
        has_invalid=typed.are_invalid(),
        has_other_vehicles=never,
    )
