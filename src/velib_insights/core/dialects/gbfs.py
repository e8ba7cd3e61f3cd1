"""The GBFS dialects: Vélib' Métropole's 1.0 with its own marks, and 1.x, 2.x and 3.x of any other system."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from velib_insights.core.dialects.gbfs_information import (
    INFORMATION,
    Information,
    InformationReader,
    attributes_of,
    filled,
    no_information,
    read_information,
    stations_of,
)
from velib_insights.core.dialects.instants import Epochs, epoch_of
from velib_insights.core.dialects.rows import (
    Count,
    StationOrder,
    TypedRows,
    as_json,
    convert_rows,
    parse_json,
)
from velib_insights.core.dialects.vehicle_types import (
    Named,
    TypeCount,
    VehicleTypes,
    available,
    split_by_name,
)
from velib_insights.core.dialects.verdict import judge
from velib_insights.core.observations import Columns, Decoded, Refusal, UnreadableBody
from velib_insights.core.rules import (
    NO_STATUS,
)

STATUS, VEHICLE_TYPES = "station_status", "vehicle_types"
_READ = (STATUS, INFORMATION, VEHICLE_TYPES)
_YES_NO: dict[bool | int | None, bool] = {
    0: False,
    1: True,
}  # false and true too; any other number says nothing


class StatusRow(msgspec.Struct, gc=False):
    station_id: str | int | None = None
    stationCode: str | int | None = None
    num_bikes_available: Count | None = None
    numBikesAvailable: Count | None = None
    num_vehicles_available: Count | None = None
    num_ebikes_available: Count | None = None
    num_bikes_available_types: Named | None = None
    vehicle_types_available: list[TypeCount] | None = None
    num_docks_available: Count | None = None
    numDocksAvailable: Count | None = None
    num_bikes_disabled: Count | None = None
    num_vehicles_disabled: Count | None = None
    num_docks_disabled: Count | None = None
    is_installed: bool | int | None = None
    is_renting: bool | int | None = None
    is_returning: bool | int | None = None
    last_reported: int | float | str | None = None


_STATUS_NEEDED = frozenset(
    {"station_id", "num_bikes_available", "num_vehicles_available", "num_docks_available"}
)


class _Stations(msgspec.Struct):
    stations: list[StatusRow]


class _StatusBody(msgspec.Struct):
    data: _Stations
    last_updated: int | float | str | None = None
    lastUpdatedOther: int | float | str | None = None


_STATUS_DECODER = msgspec.json.Decoder(_StatusBody)
T = TypeVar("T")


class GbfsDecoder:
    """Decodes fetch after fetch of a network; remembers its stations and the last station_information."""

    def __init__(self) -> None:
        self._epochs = Epochs()
        self._order: StationOrder[StatusRow] = StationOrder()
        self._information = InformationReader()

    def decode(self, bodies: Mapping[str, bytes], borrowed: Mapping[str, bytes]) -> Decoded[Columns]:
        """Decode `bodies`: station_status and, where they came, the other files; `borrowed` are earlier ones.

        Raises UnreadableBody where station_status is missing or cannot be read. Every other file may be missing:
        without station_information there are no attributes, without vehicle_types no types.
        """
        if STATUS not in bodies:
            raise UnreadableBody(f"no station_status among {sorted(bodies)}")
        typed, clock = _typed_status(bodies[STATUS])
        own = _read(self._information.read, bodies.get(INFORMATION)) or no_information()
        information = own if own.rows else _read(self._information.read, borrowed.get(INFORMATION)) or own
        types = _read(VehicleTypes.of, bodies.get(VEHICLE_TYPES))
        used_types = _read(VehicleTypes.of, borrowed.get(VEHICLE_TYPES)) if types is None else types
        missing = {feed for feed in bodies if feed not in _READ and _read(_document, bodies[feed]) is None}
        missing |= {INFORMATION} if not own.rows else set()
        missing |= {VEHICLE_TYPES} if types is None and _needs_types(bodies, typed.rows) else set()
        ids = self._order.sort(typed, "station_id", text="stationCode")
        known = information.rows
        further = _without_status(own, set(ids)) if own.rows else []
        columns = _columns(typed, ids, information, used_types or VehicleTypes(), self._epochs)
        seen, expected = len(ids), len(known) if known else None
        incomplete = None
        if expected and 2 * seen < expected:
            incomplete = f"{seen} stations in station_status, {expected} in station_information"
        return judge(
            typed,
            columns,
            incomplete=incomplete,
            seen=seen,
            expected=expected,
            feed_clock=None if clock is None else datetime.fromtimestamp(clock, UTC),
            further=[*own.refusals, *further],
            missing=tuple(sorted(missing)),
        )


def is_usable_attributes(feed: str, body: bytes) -> bool:
    """Whether another fetch, which lacks this file, could use this body of it."""
    if feed == INFORMATION:
        information = _read(read_information, body)
        return information is not None and bool(information.rows)
    return bool(_read(VehicleTypes.of, body))


def _needs_types(bodies: Mapping[str, bytes], rows: Sequence[StatusRow]) -> bool:
    """Whether the file is there, or the counts by type mean nothing without it."""
    return VEHICLE_TYPES in bodies or any(row.vehicle_types_available for row in rows)


def _read(reader: Callable[[bytes], T], body: bytes | None) -> T | None:
    """None where there is no body or it cannot be read."""
    try:
        return None if body is None else reader(body)
    except UnreadableBody:
        return None


def _document(body: bytes) -> dict[str, Any]:
    value = parse_json(body)
    if not isinstance(value, dict):
        raise UnreadableBody(f"expected an object, got {type(value).__name__}")
    return value


def _typed_status(body: bytes) -> tuple[TypedRows[StatusRow], int | None]:
    try:
        status = _STATUS_DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        rows, value = stations_of(STATUS, body)
        clock = epoch_of(value.get("last_updated")) or epoch_of(value.get("lastUpdatedOther"))
        return convert_rows(STATUS, rows, StatusRow, _STATUS_NEEDED), clock
    clock = epoch_of(status.last_updated) or epoch_of(status.lastUpdatedOther)
    return TypedRows(STATUS, status.data.stations, lambda: stations_of(STATUS, body)[0]), clock


def _without_status(information: Information, ids: set[str]) -> list[Refusal]:
    if ids >= information.rows.keys():
        return []
    return [
        Refusal(
            INFORMATION,
            information.numbers[station_id],
            NO_STATUS,
            f"station {station_id!r} is not in station_status",
            as_json(information.originals[information.numbers[station_id]]),
        )
        for station_id in information.rows
        if station_id not in ids
    ]


def _columns(
    typed: TypedRows[StatusRow], ids: list[str], information: Information, types: VehicleTypes, epochs: Epochs
) -> Columns:
    rows = typed.rows
    vehicles = filled(
        [row.num_bikes_available for row in rows],
        lambda: [row.num_vehicles_available for row in rows],
        lambda: [row.numBikesAvailable for row in rows],
    )
    docks = filled(
        [row.num_docks_available for row in rows],
        lambda: [row.numDocksAvailable for row in rows],
    )
    bikes, mechanical, ebikes, has_other, disagrees = _available(rows, vehicles, types)
    bikes_differ = _either(_differ([row.numBikesAvailable for row in rows], vehicles), disagrees)
    docks_differ = _differ([row.numDocksAvailable for row in rows], docks)
    attributes = attributes_of(information, ids, [row.stationCode for row in rows])
    return Columns(
        station_id=ids,
        station_code=attributes.codes,
        is_code_given=attributes.are_given,
        name=attributes.names,
        lat=attributes.lat,
        lon=attributes.lon,
        capacity=attributes.capacity,
        bikes=_unless(bikes_differ, bikes),
        mechanical=mechanical,
        ebikes=ebikes,
        docks=_unless(docks_differ, docks),
        bikes_disabled=_bikes_disabled(rows, types),
        docks_disabled=[row.num_docks_disabled for row in rows],
        is_installed=[_YES_NO.get(row.is_installed) for row in rows],
        is_renting=[_YES_NO.get(row.is_renting) for row in rows],
        is_returning=[_YES_NO.get(row.is_returning) for row in rows],
        last_reported=epochs.column([row.last_reported for row in rows]),
        counts_disagree=_either(bikes_differ, docks_differ),
        has_invalid=_either(typed.are_invalid(), attributes.are_invalid),
        has_other_vehicles=has_other,
    )


def _available(
    rows: Sequence[StatusRow], vehicles: list[int | None], types: VehicleTypes
) -> tuple[list[int | None], list[int | None], list[int | None], list[bool], list[bool]]:
    """The columns of Available, one entry a row."""
    by_type = [row.vehicle_types_available for row in rows]
    named = [row.num_bikes_available_types for row in rows]
    ebikes = [row.num_ebikes_available for row in rows]
    never = [False] * len(rows)
    if not types.has_bicycles:
        none: list[int | None] = [n and 0 for n in vehicles]
        return none, [0] * len(rows), [0] * len(rows), [bool(n) for n in vehicles], never
    if by_type.count(None) == ebikes.count(None) == len(rows):  # as Vélib' has it: by name or not at all
        splits = [(None, None) if entries is None else split_by_name(entries) for entries in named]
        return vehicles, [split[0] for split in splits], [split[1] for split in splits], never, never
    among_others = types.has_other
    found = [
        available(n, None if counts is None else types.counted(counts), entries, e, among_others=among_others)
        for n, counts, entries, e in zip(vehicles, by_type, named, ebikes, strict=True)
    ]
    return (
        [each.bikes for each in found],
        [each.mechanical for each in found],
        [each.ebikes for each in found],
        [each.has_other for each in found],
        [each.disagrees for each in found],
    )


def _differ(second: list[int | None], first: list[int | None]) -> list[bool]:
    """Whether a count that is given again is another."""
    if second == first:
        return [False] * len(first)
    return [again not in (None, count) for again, count in zip(second, first, strict=True)]


def _either(some: list[bool], others: list[bool]) -> list[bool]:
    return list(map(operator.or_, some, others)) if True in others else some


def _bikes_disabled(rows: Sequence[StatusRow], types: VehicleTypes) -> list[int | None]:
    """Unknown where other vehicles may be among them."""
    disabled = filled(
        [row.num_bikes_disabled for row in rows], lambda: [row.num_vehicles_disabled for row in rows]
    )
    return [n and None for n in disabled] if types.has_other else disabled


def _unless(conditions: list[bool], column: list[int | None]) -> list[int | None]:
    """The column, None where the condition holds."""
    if True not in conditions:
        return column
    return [None if condition else value for condition, value in zip(conditions, column, strict=True)]
