"""A snapshot as the two feeds of Vélib' Métropole write it, byte for byte.

GBFS is compact JSON in UTF-8; the Opendatasoft copy has spaces after colons and commas within an object, none
between objects, and non-ASCII letters escaped. Key orders are those recorded on 18 October 2025 and 5 November
2024; gbfs.json and system_information were not recorded and follow GBFS 1.0 with the same header.
"""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from velib_insights.simulator.world.seeding import seeded
from velib_insights.simulator.world.station import Station
from velib_insights.simulator.world.timeline import Snapshot

SYSTEM_PATH = "/opendata/Velib_Metropole"
MAX_PAGE_ROWS = 100


def gbfs_discovery(base_url: str) -> bytes:
    """gbfs.json, with absolute URLs under `base_url`."""
    names = ("system_information", "station_information", "station_status")
    feeds = [{"name": name, "url": f"{base_url}{SYSTEM_PATH}/{name}.json"} for name in names]
    return _compact({"lastUpdatedOther": 1_571_141_182, "ttl": 3600, "data": {"en": {"feeds": feeds}}})


def gbfs_system_information(epoch: int) -> bytes:
    data = {
        "system_id": "Paris",
        "language": "fr",
        "name": "Vélib' Métropole (simulated)",
        "operator": "Simulator",
        "timezone": "Europe/Paris",
    }
    return _compact({"lastUpdatedOther": _minute(epoch), "ttl": 3600, "data": data})


def gbfs_station_information(snapshot: Snapshot) -> bytes:
    """The same bytes from one instant to the next as long as the network does not change."""
    stations = [
        {
            "station_id": station.station_id,
            "stationCode": station.code,
            "name": name,
            "lat": station.lat,
            "lon": station.lon,
            "capacity": station.capacity,
            **({"rental_methods": ["CREDITCARD"]} if station.takes_cards else {}),
            "station_opening_hours": None,
        }
        for station, name in zip(snapshot.stations, snapshot.names, strict=True)
    ]
    header = {"lastUpdatedOther": snapshot.network_changed_at, "ttl": 3600}
    return _compact({**header, "data": {"stations": stations}})


def gbfs_station_status(snapshot: Snapshot) -> bytes:
    rows = ",".join(
        f'{{"station_id":{station.station_id},"num_bikes_available":{m + e},"numBikesAvailable":{m + e},'
        f'"num_bikes_available_types":[{{"mechanical":{m}}},{{"ebike":{e}}}],"num_docks_available":{docks},'
        f'"numDocksAvailable":{docks},"is_installed":{installed:d},"is_returning":{renting:d},'
        f'"is_renting":{renting:d},"last_reported":{reported},"stationCode":"{station.code}",'
        '"station_opening_hours":null}'
        for station, m, e, docks, installed, renting, reported in zip(
            snapshot.stations,
            snapshot.mechanical,
            snapshot.ebikes,
            snapshot.docks,
            snapshot.is_installed,
            snapshot.is_renting,
            snapshot.last_reported,
            strict=True,
        )
    )
    clock = _minute(snapshot.feed_epoch)
    return f'{{"lastUpdatedOther":{clock},"ttl":3600,"data":{{"stations":[{rows}]}}}}'.encode()


def opendatasoft_rows(snapshot: Snapshot, timezone: str = "UTC") -> list[str]:
    """One JSON object a station, as `exports/json` writes it; the order changes a little from hour to hour.

    Raises zoneinfo.ZoneInfoNotFoundError or ValueError for an unknown time zone.
    """
    zone = ZoneInfo(timezone)
    rows = []
    yes_no = ("NON", "OUI")
    for station, name, m, e, docks, installed, renting, reported in zip(
        snapshot.stations,
        snapshot.names,
        snapshot.mechanical,
        snapshot.ebikes,
        snapshot.docks,
        snapshot.is_installed,
        snapshot.is_renting,
        snapshot.last_reported,
        strict=True,
    ):
        head, tail = _opendatasoft_frame(station, name)
        rents = yes_no[renting]
        rows.append(
            f'{head}"is_installed": "{yes_no[installed]}", "capacity": {station.capacity}, '
            f'"numdocksavailable": {docks}, "numbikesavailable": {m + e}, "mechanical": {m}, "ebike": {e}, '
            f'"is_renting": "{rents}", "is_returning": "{rents}", '
            f'"duedate": "{_iso(reported, zone)}", {tail}'
        )
    order = _row_order(len(rows), snapshot.feed_epoch // 3600)
    return [rows[at] for at in order]


def opendatasoft_export(snapshot: Snapshot, timezone: str = "UTC") -> bytes:
    return ("[" + ",".join(opendatasoft_rows(snapshot, timezone)) + "]").encode()


def opendatasoft_records(
    snapshot: Snapshot, timezone: str = "UTC", limit: int = 10, offset: int = 0
) -> bytes:
    """One page. A `limit` of -1 gives the most a page may hold, 100 rows, whatever the total, as the real one."""
    rows = opendatasoft_rows(snapshot, timezone)
    count = MAX_PAGE_ROWS if limit == -1 else limit
    page = ", ".join(rows[offset : offset + count])
    return f'{{"total_count": {len(rows)}, "results": [{page}]}}'.encode()


@lru_cache(maxsize=8192)
def _opendatasoft_frame(station: Station, name: str) -> tuple[str, str]:
    head = f'{{"stationcode": {json.dumps(station.code)}, "name": {json.dumps(name)}, '
    place = {
        "coordonnees_geo": {"lon": station.lon, "lat": station.lat},
        "nom_arrondissement_communes": station.commune_name,
        "code_insee_commune": station.commune_code,
    }
    return head, json.dumps(place)[1:]


@lru_cache(maxsize=8)
def _row_order(count: int, hour: int) -> list[int]:
    rng = seeded("row order", hour)
    places = [at + rng.uniform(0.0, 30.0) for at in range(count)]
    return sorted(range(count), key=places.__getitem__)


@lru_cache(maxsize=65536)
def _iso(epoch: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(epoch, zone).isoformat()


def _minute(epoch: int) -> int:
    """The feed's own clock: it is set about once a minute and runs some seconds behind."""
    return epoch // 60 * 60 - 4


def _compact(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
