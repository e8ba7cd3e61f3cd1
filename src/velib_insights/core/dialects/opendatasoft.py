"""The Opendatasoft dialect: the Explore API's `exports/json` (an array) and `records` (a page with total_count).

Bodies of version 1 of that API are read too, whose rows have their values in `fields`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from velib_insights.core.dialects.instants import Epochs
from velib_insights.core.dialects.rows import (
    Count,
    MemoizedColumn,
    StationOrder,
    TypedRows,
    convert_rows,
    legible,
    parse_json,
)
from velib_insights.core.dialects.verdict import judge
from velib_insights.core.observations import Columns, Decoded, UnreadableBody
from velib_insights.core.rules import (
    MAX_COUNT,
    PAGE_ROWS,
)

FEEDS = ("exports", "records")


class Geo(msgspec.Struct, gc=False):
    lon: float | None = None
    lat: float | None = None


class Row(msgspec.Struct, gc=False):
    stationcode: str | int | None = None
    name: str | None = None
    is_installed: str | None = None
    capacity: Count | None = None
    numdocksavailable: Count | None = None
    numbikesavailable: Count | None = None
    mechanical: Count | None = None
    ebike: Count | None = None
    is_renting: str | None = None
    is_returning: str | None = None
    duedate: str | None = None
    coordonnees_geo: Geo | None = None
    fields: dict[str, Any] | None = None  # of version 1, which has all of these inside


_NEEDED = frozenset({"stationcode", "numbikesavailable", "numdocksavailable"})
_NOWHERE = Geo()
_OUI_NON: dict[str | None, bool] = {"OUI": True, "NON": False}
_DECODER = msgspec.json.Decoder(list[Row])


def _yes_no(texts: list[str | None]) -> list[bool | None]:
    return list(map(_OUI_NON.get, texts))


class OpendatasoftDecoder:
    """Decodes fetch after fetch; remembers the stations and the columns that seldom change."""

    def __init__(self) -> None:
        self._epochs = Epochs()
        self._order: StationOrder[Row] = StationOrder()
        self._installed = MemoizedColumn(_yes_no)
        self._renting = MemoizedColumn(_yes_no)
        self._returning = MemoizedColumn(_yes_no)
        self._reported: MemoizedColumn[str | None, int | None] = MemoizedColumn(self._epochs.column)

    def decode(self, bodies: Mapping[str, bytes]) -> Decoded[Columns]:
        """Decode `bodies`, which hold `exports` or `records`. Raises UnreadableBody."""
        feed = next((name for name in FEEDS if name in bodies), None)
        if feed is None:
            raise UnreadableBody(f"no Opendatasoft body among {sorted(bodies)}")
        typed, total = _typed_rows(feed, bodies[feed])
        codes = self._order.sort(typed, "stationcode", text="name")
        columns = self._columns(typed, codes)
        incomplete = None
        rows_in = len(typed.rows) + len(typed.refusals)
        if total is not None and total != rows_in:
            incomplete = f"{rows_in} rows of {total} announced"
        elif total is None and rows_in == PAGE_ROWS:
            incomplete = f"just {PAGE_ROWS} rows, the size of one page of the Explore API"
        return judge(typed, columns, incomplete=incomplete, seen=len(columns), expected=total)

    def _columns(self, typed: TypedRows[Row], codes: list[str]) -> Columns:
        rows = typed.rows
        geos = [row.coordonnees_geo or _NOWHERE for row in rows]
        return Columns(
            station_id=codes,
            station_code=codes,
            is_code_given=[True] * len(rows),
            name=[row.name for row in rows],
            lat=[geo.lat for geo in geos],
            lon=[geo.lon for geo in geos],
            capacity=[row.capacity for row in rows],
            bikes=[row.numbikesavailable for row in rows],
            mechanical=[row.mechanical for row in rows],
            ebikes=[row.ebike for row in rows],
            docks=[row.numdocksavailable for row in rows],
            bikes_disabled=[None] * len(rows),
            docks_disabled=[None] * len(rows),
            is_installed=self._installed([row.is_installed for row in rows]),
            is_renting=self._renting([row.is_renting for row in rows]),
            is_returning=self._returning([row.is_returning for row in rows]),
            last_reported=self._reported([row.duedate for row in rows]),
            counts_disagree=[False] * len(rows),
            has_invalid=typed.are_invalid(),
            has_other_vehicles=[False] * len(rows),
        )


def _typed_rows(feed: str, body: bytes) -> tuple[TypedRows[Row], int | None]:
    try:
        rows = _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        rows = None
    if rows is not None and not (rows and rows[0].fields):
        return TypedRows(feed, rows, lambda: parse_json(body)), None
    value = parse_json(body)
    found, total = _rows_of(value)
    return convert_rows(feed, found, Row, _NEEDED), total


def _rows_of(value: Any) -> tuple[list[object], int | None]:
    if isinstance(value, list):
        return list(map(_flat, value)), None
    for rows, count in (("results", "total_count"), ("records", "nhits")):
        if isinstance(value, dict) and isinstance(value.get(rows), list):
            total = value.get(count)
            known = total if type(total) is int and 0 <= total <= MAX_COUNT else None
            return list(map(_flat, value[rows])), known
    if isinstance(value, dict) and ("error_code" in value or "errorcode" in value):
        raise UnreadableBody(
            f"the publisher answered with an error: {legible(str(value.get('message', value))[:200])}"
        )
    raise UnreadableBody(f"expected an array of stations, got {type(value).__name__} {str(value)[:80]!r}")


def _flat(row: Any) -> Any:
    """A row of version 1 of the Explore API as one of version 2: its fields one level up, its position an object."""
    fields = row.get("fields") if isinstance(row, dict) else None
    if not isinstance(fields, dict):
        return row
    position = fields.get("coordonnees_geo")
    if isinstance(position, list) and len(position) == 2:
        return {**fields, "coordonnees_geo": {"lat": position[0], "lon": position[1]}}
    return fields
