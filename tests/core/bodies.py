"""Small bodies in both dialects, made by hand, and what cleaning makes of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from velib_insights.core.clean import CleanHour, RawFetch, clean_hour
from velib_insights.core.fetch import FetchNote
from velib_insights.core.keys import FetchId, raw_body_key
from velib_insights.core.ticks.tick import Tick
from velib_insights.core.zones import Zones

TICK = Tick.parse("20261123T0815Z")
Bodies = dict[str, bytes]


def as_body(value: Any) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def ods_row(code: Any = "16107", **changes: Any) -> dict[str, Any]:
    """A sound row of the Opendatasoft export; a change to `...` leaves the field out."""
    row = {
        "stationcode": code,
        "name": "Benjamin Godard - Victor Hugo",
        "is_installed": "OUI",
        "capacity": 35,
        "numdocksavailable": 25,
        "numbikesavailable": 9,
        "mechanical": 5,
        "ebike": 4,
        "is_renting": "OUI",
        "is_returning": "OUI",
        "duedate": "2026-11-23T08:05:31+00:00",
        "coordonnees_geo": {"lon": 2.275725, "lat": 48.865983},
        "nom_arrondissement_communes": "Paris",
        "code_insee_commune": "75056",
        "station_opening_hours": None,
    }
    return _changed(row, changes)


def status_row(station_id: Any = 213688169, **changes: Any) -> dict[str, Any]:
    """A sound row of station_status as Vélib' writes it; a change to `...` leaves the field out."""
    row = {
        "station_id": station_id,
        "stationCode": "16107",
        "num_bikes_available": 9,
        "numBikesAvailable": 9,
        "num_bikes_available_types": [{"mechanical": 5}, {"ebike": 4}],
        "num_docks_available": 25,
        "numDocksAvailable": 25,
        "is_installed": 1,
        "is_renting": 1,
        "is_returning": 1,
        "last_reported": 1795421131,
    }
    return _changed(row, changes)


def information_row(station_id: Any = 213688169, **changes: Any) -> dict[str, Any]:
    row = {
        "station_id": station_id,
        "stationCode": "16107",
        "name": "Benjamin Godard - Victor Hugo",
        "lat": 48.865983,
        "lon": 2.275725,
        "capacity": 35,
    }
    return _changed(row, changes)


def _changed(row: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in (row | changes).items() if value is not ...}


def export(*rows: Any) -> Bodies:
    return {"exports": as_body(list(rows))}


def page(rows: Iterable[Any], total: int) -> Bodies:
    return {"records": as_body({"total_count": total, "results": list(rows)})}


def stations(rows: Iterable[Any], **header: Any) -> bytes:
    return as_body({**header, "data": {"stations": list(rows)}})


def gbfs(status: Any, information: Any = None, **further: Any) -> Bodies:
    """Lists of rows are wrapped as Vélib' wraps them; bytes and objects stand as they are."""
    bodies = {"station_status": _wrapped(status)}
    if information is not None:
        bodies["station_information"] = _wrapped(information)
    return bodies | {feed: as_body(value) for feed, value in further.items()}


def _wrapped(value: Any) -> bytes:
    return (
        stations(value, lastUpdatedOther=1795421690, ttl=3600) if isinstance(value, list) else as_body(value)
    )


def note_at(tick: Tick, fetched_at: datetime, **changes: Any) -> FetchNote:
    values: dict[str, Any] = {
        "source": "velib",
        "tick": tick.stamp,
        "cadence_s": 900,
        "timezone": "Europe/Paris",
        "dialect": "gbfs",
        "fetched_at": fetched_at,
        "outcome": "ok",
    }
    return FetchNote(**values | changes)


def raw_fetch(
    bodies: Bodies, tick: Tick = TICK, *, after_s: int = 4, refetch_suffix: str = "", **note: Any
) -> RawFetch:
    """One fetch as the raw store holds it, answered `after_s` seconds after its tick."""
    fetch_id = FetchId(tick, refetch_suffix)
    stored = {feed: raw_body_key("velib", fetch_id, feed) for feed in bodies}
    return RawFetch(fetch_id, note_at(tick, tick.at + timedelta(seconds=after_s), **note), bodies, stored)


def cleaned(*fetches: RawFetch | Bodies, zones: Zones | None = None) -> CleanHour:
    """The hour that these fetches make; a mapping of bodies is a fetch of the usual tick."""
    raw = [f if isinstance(f, RawFetch) else raw_fetch(f) for f in fetches]
    return clean_hour("velib", raw, zones or Zones())


def tick_row(hour: CleanHour) -> dict[str, Any]:
    """The ledger's row of an hour of one tick, after checking that no row went missing."""
    (row,) = hour.ticks.to_pylist()
    assert row["rows_in"] == row["rows_kept"] + row["rows_refused"]
    assert row["rows_kept"] == len(hour.observations)
    assert row["rows_refused"] == len(hour.quarantine)
    return row


def kept(hour: CleanHour) -> list[dict[str, Any]]:
    tick_row(hour)
    return hour.observations.to_pylist()


def only(hour: CleanHour) -> dict[str, Any]:
    """The one row that was kept."""
    (row,) = kept(hour)
    return row


def refused(hour: CleanHour) -> list[tuple[int, str]]:
    """(position, rule) of every refused row, in their order."""
    tick_row(hour)
    return [(row["row_number"], row["rule"]) for row in hour.quarantine.to_pylist()]


def flags_of(row: Mapping[str, Any]) -> set[str]:
    return set(row["flags"].split())
