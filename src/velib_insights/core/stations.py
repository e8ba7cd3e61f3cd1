"""From the decoded columns of one tick to the rows of `source_velib`: typed, zoned, measured and flagged."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from velib_insights.core import rules
from velib_insights.core.local_time import LocalTime
from velib_insights.core.observations import Columns
from velib_insights.core.schema import arrow_schema
from velib_insights.core.tables import SOURCE_VELIB
from velib_insights.core.tick import Tick
from velib_insights.core.zones import Zones

_DAY_S, _HOUR_S = 86_400, 3_600
_SCHEMA = arrow_schema(SOURCE_VELIB)


def station_table(
    source: str, tick: Tick, local: LocalTime, fetched_at: datetime | None, columns: Columns, zones: Zones
) -> pa.Table:
    """One row a station in the schema of `source_velib`, in the order of `columns`."""
    n = len(columns)
    bikes, docks = _integers(columns.bikes), _integers(columns.docks)
    mechanical, ebikes = _integers(columns.mechanical), _integers(columns.ebikes)
    capacity = _integers(columns.capacity)
    lat, lon, misplaced = _positions(columns)
    installed, renting, returning = (
        pa.array(flag, pa.bool_())
        for flag in (columns.is_installed, columns.is_renting, columns.is_returning)
    )
    operative = pc.and_kleene(pc.and_kleene(installed, renting), returning)
    name = pc.utf8_trim_whitespace(pa.array(columns.name, pa.string()))
    declared = pc.if_else(pc.equal(capacity, 0), pa.scalar(None, pa.int32()), capacity)
    present = pc.add(bikes, docks)
    missing_docks = pc.subtract(declared, present)
    found = [
        zones.find(*key) for key in zip(columns.station_code, lat.to_pylist(), lon.to_pylist(), strict=True)
    ]
    reported = pa.array(columns.last_reported, pa.int64())
    flags = _flags(
        n,
        {
            rules.ATTRIBUTES_MISSING: _any(name.is_null(), capacity.is_null(), lat.is_null()),
            rules.BIKES_OVER_CAPACITY: pc.greater(bikes, declared),
            rules.CAPACITY_ZERO: pc.equal(capacity, 0),
            rules.COORDINATES_IMPLAUSIBLE: misplaced,
            rules.COUNTS_DISAGREE: pa.array(columns.counts_disagree),
            rules.COUNTS_MISSING: present.is_null(),
            rules.LAST_REPORTED_OLD: _any(
                pc.less(reported, tick.epoch - _DAY_S), pc.greater(reported, tick.epoch + _HOUR_S)
            ),
            rules.OPERATIVE_UNKNOWN: operative.is_null(),
            rules.OVER_CAPACITY: pc.less(missing_docks, 0),
            rules.TYPES_DISAGREE: pc.not_equal(pc.add(mechanical, ebikes), bikes),
            rules.TYPES_MISSING: pc.or_(mechanical.is_null(), ebikes.is_null()),
            rules.ZONE_UNKNOWN: pa.array([zone is None for zone in found]),
        },
    )
    values: dict[str, Any] = {
        "source": _repeat(source, n),
        "snapshot_at": _repeat(tick.at, n, "snapshot_at"),
        "fetched_at": _repeat(fetched_at, n, "fetched_at"),
        "station_id": pa.array(columns.station_id, pa.string()),
        "station_code": pa.array(columns.station_code, pa.string()),
        "name": pc.if_else(pc.equal(name, ""), pa.scalar(None, pa.string()), name),
        "lat": lat,
        "lon": lon,
        "zone_code": pa.array([zone and zone.code for zone in found], pa.string()),
        "zone_name": pa.array([zone and zone.name for zone in found], pa.string()),
        "zone_kind": pa.array([zone and zone.kind for zone in found], pa.string()),
        "capacity": capacity,
        "bikes": bikes,
        "mechanical": mechanical,
        "ebikes": ebikes,
        "docks": docks,
        "is_installed": installed,
        "is_renting": renting,
        "is_returning": returning,
        "is_operative": operative,
        "fill_rate": _ratio(bikes, present),
        "occupancy": _ratio(bikes, declared),
        "unavailable_docks": pc.max_element_wise(missing_docks, 0, skip_nulls=False),
        "last_reported": pc.multiply(reported, 1000).cast(_SCHEMA.field("last_reported").type),
        "snapshot_epoch": _repeat(tick.epoch, n, "snapshot_epoch"),
        "local_date": _repeat(local.date, n, "local_date"),
        "local_hour": _repeat(local.hour, n, "local_hour"),
        "local_weekday": _repeat(local.weekday, n, "local_weekday"),
        "flags": flags,
    }
    return pa.Table.from_arrays([values[column] for column in _SCHEMA.names], schema=_SCHEMA)


def counts_hash(observations: pa.Table) -> str:
    """A digest of what was counted where, whatever the order of the rows: 32 hexadecimal digits.

    Two ticks with the same digest show the same counts at the same stations: the network stood still.
    """
    ordered = observations.select(["station_code", "bikes", "mechanical", "ebikes", "docks"]).sort_by(
        "station_code"
    )
    digest = hashlib.blake2b(digest_size=16)
    digest.update("\n".join(ordered["station_code"].to_pylist()).encode())
    for name in ordered.column_names[1:]:
        counts = pc.fill_null(ordered[name], -1).combine_chunks()
        digest.update(memoryview(counts.buffers()[1])[: 4 * len(counts)])
    return digest.hexdigest()


def _integers(values: list[int | None]) -> pa.Array:
    return pa.array(values, pa.int32())


def _repeat(value: object, n: int, column: str | None = None) -> pa.Array:
    return pa.repeat(pa.scalar(value, _SCHEMA.field(column).type if column else pa.string()), n)


def _positions(columns: Columns) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Latitude and longitude, null where they cannot be a place, and whether they were implausible."""
    lat, lon = pa.array(columns.lat, pa.float64()), pa.array(columns.lon, pa.float64())
    off_globe = pc.or_(pc.greater(pc.abs(lat), 90.0), pc.greater(pc.abs(lon), 180.0))
    at_origin = pc.and_(pc.equal(lat, 0.0), pc.equal(lon, 0.0))
    misplaced = pc.fill_null(pc.or_(off_globe, at_origin), False)
    nowhere = pc.or_(misplaced, pc.or_(lat.is_null(), lon.is_null()))
    nothing = pa.scalar(None, pa.float64())
    return pc.if_else(nowhere, nothing, lat), pc.if_else(nowhere, nothing, lon), misplaced


def _ratio(part: pa.Array, whole: pa.Array) -> pa.Array:
    """part / whole as a double; null where the whole is 0 or either is unknown."""
    positive = pc.if_else(pc.greater(whole, 0), whole, pa.scalar(None, pa.int32()))
    return pc.divide(part.cast(pa.float64()), positive.cast(pa.float64()))


def _any(*conditions: pa.Array) -> pa.Array:
    whole = pc.fill_null(conditions[0], False)
    for condition in conditions[1:]:
        whole = pc.or_(whole, pc.fill_null(condition, False))
    return whole


def _flags(n: int, conditions: dict[rules.Rule, pa.Array]) -> pa.Array:
    """The names of the flags that hold, in alphabetical order with one space between."""
    mask = pa.repeat(pa.scalar(0, pa.int32()), n)
    ids = sorted(conditions, key=lambda rule: rule.id)
    for bit, rule in enumerate(ids):
        holds = pc.fill_null(conditions[rule], False)
        mask = pc.add(mask, pc.multiply(holds.cast(pa.int32()), 1 << bit))
    encoded = mask.dictionary_encode()
    texts = [
        " ".join(rule.id for bit, rule in enumerate(ids) if combination >> bit & 1)
        for combination in encoded.dictionary.to_pylist()
    ]
    return pa.array(texts, pa.string()).take(encoded.indices)
