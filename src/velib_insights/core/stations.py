"""From the decoded columns of ticks to the rows of `source_velib`: typed, zoned, measured and flagged."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from velib_insights.core import rules
from velib_insights.core.arrow_columns import ArrowColumns
from velib_insights.core.catalogue.schema import arrow_schema
from velib_insights.core.catalogue.tables import SOURCE_VELIB
from velib_insights.core.positions import misplaced
from velib_insights.core.ticks.local_time import LocalTime
from velib_insights.core.ticks.tick import Tick
from velib_insights.core.zones import Zones

# Typed once: of a bare number pyarrow infers a type at each call, widens the column to it, and looks for dateutil.
_ZERO, _NO_INTEGER = pa.scalar(0, pa.int32()), pa.scalar(None, pa.int32())
_DAY_S, _HOUR_S = pa.scalar(86_400, pa.int64()), pa.scalar(3_600, pa.int64())
_MILLISECONDS = pa.scalar(1000, pa.int64())
_SCHEMA = arrow_schema(SOURCE_VELIB)


@dataclass(frozen=True, slots=True)
class TickObservations:
    """What one tick saw: when, and its decoded columns."""

    tick: Tick
    local: LocalTime
    fetched_at: datetime | None
    columns: ArrowColumns


class StationTables:
    """Makes tables of observations; remembers what does not change from tick to tick."""

    def __init__(self, source: str, zones: Zones) -> None:
        self._source = source
        self._zones = zones
        self._last_places: tuple[tuple[pa.Array, ...], tuple[pa.Array, ...]] = ((), ())

    def are_of(self, source: str, zones: Zones) -> bool:
        return (self._source, self._zones.digest) == (source, zones.digest)

    def table(self, ticks: Sequence[TickObservations]) -> pa.Table:
        """One row a station and tick, in the schema of `source_velib`, in the order of ticks and their columns."""
        bikes, mechanical, ebikes, docks = (
            _concat(ticks, name) for name in ("bikes", "mechanical", "ebikes", "docks")
        )
        given_types = pc.add(mechanical, ebikes)
        types_disagree = pc.fill_null(pc.not_equal(given_types, bikes), False)
        if types_disagree.true_count:
            mechanical, ebikes = (
                pc.if_else(types_disagree, _NO_INTEGER, column) for column in (mechanical, ebikes)
            )
        capacity = _concat(ticks, "capacity")
        installed = _concat(ticks, "is_installed")
        renting = _concat(ticks, "is_renting")
        returning = _concat(ticks, "is_returning")
        name, zone_code, zone_name, zone_kind, lat, lon, implausible, swapped = self._places(ticks)
        operative = pc.and_kleene(pc.and_kleene(installed, renting), returning)
        declared = pc.if_else(pc.equal(capacity, _ZERO), _NO_INTEGER, capacity)
        present = pc.add(bikes, docks)
        missing_docks = pc.subtract(declared, present)
        bikes_over = pc.greater(bikes, declared)
        epoch = _repeated(ticks, [o.tick.epoch for o in ticks], "snapshot_epoch")
        reported = _concat(ticks, "last_reported")
        flags = _flags(
            {
                rules.ATTRIBUTE_INVALID: _concat(ticks, "has_invalid"),
                rules.ATTRIBUTES_MISSING: _any(
                    name.is_null(), capacity.is_null(), lat.is_null(), lon.is_null()
                ),
                rules.BIKES_OVER_CAPACITY: bikes_over,
                rules.CAPACITY_ZERO: pc.equal(capacity, _ZERO),
                rules.COORDINATES_IMPLAUSIBLE: implausible,
                rules.COORDINATES_SWAPPED: swapped,
                rules.COUNTS_DISAGREE: _concat(ticks, "counts_disagree"),
                rules.COUNTS_MISSING: present.is_null(),
                rules.LAST_REPORTED_OLD: _any(
                    pc.less(reported, pc.subtract(epoch, _DAY_S)),
                    pc.greater(reported, pc.add(epoch, _HOUR_S)),
                ),
                rules.OPERATIVE_UNKNOWN: operative.is_null(),
                rules.OTHER_VEHICLES: _concat(ticks, "has_other_vehicles"),
                rules.OVER_CAPACITY: pc.less(missing_docks, _ZERO),
                rules.TYPES_DISAGREE: types_disagree,
                rules.TYPES_MISSING: pc.or_(mechanical.is_null(), ebikes.is_null()),
                rules.ZONE_UNKNOWN: zone_code.is_null(),
            },
        )
        values: dict[str, pa.Array] = {
            "source": _repeated(ticks, [self._source] * len(ticks), "source"),
            "snapshot_at": _repeated(ticks, [o.tick.at for o in ticks], "snapshot_at"),
            "fetched_at": _repeated(ticks, [o.fetched_at for o in ticks], "fetched_at"),
            "station_id": _concat(ticks, "station_id"),
            "station_code": _concat(ticks, "station_code"),
            "name": name,
            "lat": lat,
            "lon": lon,
            "zone_code": zone_code,
            "zone_name": zone_name,
            "zone_kind": zone_kind,
            "capacity": capacity,
            "bikes": bikes,
            "mechanical": mechanical,
            "ebikes": ebikes,
            "docks": docks,
            "bikes_disabled": _concat(ticks, "bikes_disabled"),
            "docks_disabled": _concat(ticks, "docks_disabled"),
            "is_installed": installed,
            "is_renting": renting,
            "is_returning": returning,
            "is_operative": operative,
            "fill_rate": _ratio(bikes, present),
            "occupancy": _ratio(bikes, pc.if_else(_any(bikes_over), _NO_INTEGER, declared)),
            "unavailable_docks": pc.max_element_wise(missing_docks, _ZERO, skip_nulls=False),
            "last_reported": pc.multiply(reported, _MILLISECONDS).cast(_SCHEMA.field("last_reported").type),
            "snapshot_epoch": epoch,
            "local_date": _repeated(ticks, [o.local.date for o in ticks], "local_date"),
            "local_hour": _repeated(ticks, [o.local.hour for o in ticks], "local_hour"),
            "local_weekday": _repeated(ticks, [o.local.weekday for o in ticks], "local_weekday"),
            "flags": flags,
        }
        return pa.Table.from_arrays([values[column] for column in _SCHEMA.names], schema=_SCHEMA)

    def _places(self, ticks: Sequence[TickObservations]) -> tuple[pa.Array, ...]:
        """name, zone_code, zone_name, zone_kind, lat, lon, and whether a position was implausible or swapped."""
        made = []
        for observed in ticks:
            columns = observed.columns
            key = (columns.station_code, columns.is_code_given, columns.name, columns.lat, columns.lon)
            last_key, last = self._last_places
            if not last_key or not all(a is b or a.equals(b) for a, b in zip(key, last_key, strict=True)):
                last = self._place(columns)
                self._last_places = (key, last)
            made.append(last)
        return tuple(pa.concat_arrays(arrays) for arrays in zip(*made, strict=True))

    def _place(self, columns: ArrowColumns) -> tuple[pa.Array, ...]:
        lat, lon, implausible, swapped = _positions(columns)
        codes = pc.if_else(columns.is_code_given, columns.station_code, pa.scalar(None, pa.string()))
        where = zip(codes.to_pylist(), lat.to_pylist(), lon.to_pylist(), strict=True)
        found = [self._zones.find(*station) for station in where]
        return (
            _names(columns.name),
            pa.array([zone and zone.code for zone in found], pa.string()),
            pa.array([zone and zone.name for zone in found], pa.string()),
            pa.array([zone and zone.kind for zone in found], pa.string()),
            lat,
            lon,
            implausible,
            swapped,
        )


class CountsHash:
    """A digest of what was counted where, whatever the order of the rows: 32 hexadecimal digits.

    Two ticks with the same digest show the same counts at the same stations: the network stood still. Stations
    seldom differ from tick to tick, so what they add to the digest, and their order, is kept.
    """

    def __init__(self) -> None:
        self._codes: pa.Array | None = None
        self._order: pa.Array | None = None
        self._begun = hashlib.blake2b(digest_size=16)

    def of(self, columns: ArrowColumns) -> str:
        if self._codes is None or not self._codes.equals(columns.station_code):
            codes = columns.station_code.to_pylist()
            ordered = sorted(codes)
            self._order = (
                None if codes == ordered else pa.array(sorted(range(len(codes)), key=codes.__getitem__))
            )
            self._begun = hashlib.blake2b("\n".join(ordered).encode(), digest_size=16)
            self._codes = columns.station_code
        digest = self._begun.copy()
        for column in columns.counts:
            known = column.fill_null(-1) if column.null_count else column
            if self._order is not None:
                known = known.take(self._order)
            digest.update(memoryview(known.buffers()[1])[4 * known.offset : 4 * (known.offset + len(known))])
        return digest.hexdigest()


def _concat(ticks: Sequence[TickObservations], column: str) -> pa.Array:
    """The decoded column, of all ticks."""
    return pa.concat_arrays([getattr(observed.columns, column) for observed in ticks])


def _repeated(ticks: Sequence[TickObservations], values: Sequence[object], column: str) -> pa.Array:
    """A value a tick, once for each of its stations."""
    kind = _SCHEMA.field(column).type
    sizes = [len(observed.columns) for observed in ticks]
    if all(value == values[0] for value in values):
        values, sizes = values[:1], [sum(sizes)]
    return pa.concat_arrays(
        pa.nulls(size, kind).fill_null(pa.scalar(value, kind))
        for value, size in zip(values, sizes, strict=True)
    )


def _names(names: pa.Array) -> pa.Array:
    trimmed = pc.utf8_trim_whitespace(names)
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)


def _positions(columns: ArrowColumns) -> tuple[pa.Array, pa.Array, pa.Array, pa.Array]:
    """Latitude and longitude, null where they cannot be right, and whether they were implausible or swapped."""
    found = misplaced(columns.lat.to_pylist(), columns.lon.to_pylist())
    implausible, swapped = pa.array(found.implausible, pa.bool_()), pa.array(found.swapped, pa.bool_())
    wrong = pc.or_(implausible, swapped)
    nothing = pa.scalar(None, pa.float64())
    lat, lon = (pc.if_else(wrong, nothing, column) for column in (columns.lat, columns.lon))
    return lat, lon, implausible, swapped


def _ratio(part: pa.Array, whole: pa.Array) -> pa.Array:
    """part / whole as a double; null where the whole is 0 or either is unknown."""
    positive = pc.if_else(pc.greater(whole, _ZERO), whole, _NO_INTEGER)
    return pc.divide(part.cast(pa.float64()), positive.cast(pa.float64()))


def _any(*conditions: pa.Array) -> pa.Array:
    whole, *others = (pc.fill_null(each, False) if each.null_count else each for each in conditions)
    for other in others:
        whole = pc.or_(whole, other)
    return whole


def _flags(conditions: dict[rules.Rule, pa.Array]) -> pa.Array:
    """The names of the flags that hold, in alphabetical order with one space between."""
    ids = sorted(conditions, key=lambda rule: rule.id)
    mask = pa.nulls(len(conditions[ids[0]]), pa.int32()).fill_null(_ZERO)
    for bit, rule in enumerate(ids):
        holds = conditions[rule]
        if holds.true_count:  # most flags hold nowhere
            weight = pa.scalar(1 << bit, pa.int32())
            mask = pc.add(mask, pc.multiply(pc.fill_null(holds, False).cast(pa.int32()), weight))
    encoded = mask.dictionary_encode()
    texts = [
        " ".join(rule.id for bit, rule in enumerate(ids) if combination >> bit & 1)
        for combination in encoded.dictionary.to_pylist()
    ]
    return pa.array(texts, pa.string()).take(encoded.indices)
