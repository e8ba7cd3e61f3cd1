"""The same network as a standard GBFS system of version 1.1, 2.3 or 3.0 (gbfs.org, MobilityData/gbfs on GitHub).

1.1 has 0/1 flags and feeds keyed by language; 2.3 has booleans, vehicle types and feeds keyed by language; 3.0
has ISO 8601 times, localised texts, `num_vehicles_available` and no language level.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal

from velib_insights.simulator.world.timeline import Snapshot

Version = Literal["1.1", "2.3", "3.0"]
VERSIONS: tuple[Version, ...] = ("1.1", "2.3", "3.0")
LANGUAGE = "fr"
_TTL_S = 60

_FEEDS: dict[Version, tuple[str, ...]] = {
    "1.1": ("system_information", "station_information", "station_status"),
    "2.3": ("system_information", "vehicle_types", "station_information", "station_status"),
    "3.0": ("system_information", "vehicle_types", "station_information", "station_status"),
}


def gbfs_feed(version: Version, feed: str, snapshot: Snapshot, base_url: str) -> bytes | None:
    """The body of one feed file (without `.json`), or None if that version has no such feed."""
    if feed == "gbfs":
        data: dict[str, Any] = _discovery(version, base_url)
    elif feed in _FEEDS[version]:
        data = _DATA[feed](version, snapshot)
    else:
        return None
    stays = feed in ("gbfs", "vehicle_types", "system_information", "station_information")
    updated = snapshot.network_changed_at if stays else snapshot.feed_epoch // 60 * 60
    header = {"last_updated": _time(version, updated), "ttl": _TTL_S, "version": version}
    return json.dumps({**header, "data": data}, ensure_ascii=False, separators=(",", ":")).encode()


def _discovery(version: Version, base_url: str) -> dict[str, Any]:
    feeds = [{"name": feed, "url": f"{base_url}/gbfs/{version}/{feed}.json"} for feed in _FEEDS[version]]
    return {"feeds": feeds} if version == "3.0" else {LANGUAGE: {"feeds": feeds}}


def _system_information(version: Version, _snapshot: Snapshot) -> dict[str, Any]:
    names = {
        "system_id": "simulated_paris",
        "name": _text(version, "Vélib' Métropole (simulated)"),
        "operator": _text(version, "Simulator"),
        "timezone": "Europe/Paris",
    }
    if version == "3.0":
        opening = {"languages": [LANGUAGE], "opening_hours": "24/7", "feed_contact_email": "feed@example.org"}
        return {**names, **opening}
    return {**names, "language": LANGUAGE}


def _vehicle_types(version: Version, _snapshot: Snapshot) -> dict[str, Any]:
    types: list[dict[str, Any]] = [
        {"vehicle_type_id": "mechanical", "form_factor": "bicycle", "propulsion_type": "human"},
        {
            "vehicle_type_id": "ebike",
            "form_factor": "bicycle",
            "propulsion_type": "electric_assist",
            "max_range_meters": 50000,
        },
    ]
    named = [{**each, "name": _text(version, str(each["vehicle_type_id"]))} for each in types]
    return {"vehicle_types": named}


def _station_information(version: Version, snapshot: Snapshot) -> dict[str, Any]:
    stations = []
    for station, name in zip(snapshot.stations, snapshot.names, strict=True):
        row: dict[str, Any] = {
            "station_id": str(station.station_id),
            "name": _text(version, name),
            "short_name": _text(version, station.code),
            "lat": station.lat,
            "lon": station.lon,
            "capacity": station.capacity,
        }
        if station.takes_cards:
            row["rental_methods"] = ["CREDITCARD" if version == "1.1" else "creditcard"]
        stations.append(row)
    return {"stations": stations}


def _station_status(version: Version, snapshot: Snapshot) -> dict[str, Any]:
    kind = "vehicles" if version == "3.0" else "bikes"
    stations = []
    for station, m, e, docks, installed, renting, reported in zip(
        snapshot.stations,
        snapshot.mechanical,
        snapshot.ebikes,
        snapshot.docks,
        snapshot.is_installed,
        snapshot.is_renting,
        snapshot.last_reported,
        strict=True,
    ):
        row: dict[str, Any] = {"station_id": str(station.station_id), f"num_{kind}_available": m + e}
        if version == "1.1":
            row["num_ebikes_available"] = e  # an extension that many 1.1 feeds carry
        else:
            row["vehicle_types_available"] = [
                {"vehicle_type_id": "mechanical", "count": m},
                {"vehicle_type_id": "ebike", "count": e},
            ]
        out_of_use = max(0, station.capacity - m - e - docks)
        row |= {
            f"num_{kind}_disabled": out_of_use // 2,
            "num_docks_available": docks,
            "num_docks_disabled": out_of_use - out_of_use // 2,
            "is_installed": _flag(version, installed),
            "is_renting": _flag(version, renting),
            "is_returning": _flag(version, renting),
            "last_reported": _time(version, reported),
        }
        stations.append(row)
    return {"stations": stations}


_DATA: dict[str, Callable[[Version, Snapshot], dict[str, Any]]] = {
    "system_information": _system_information,
    "vehicle_types": _vehicle_types,
    "station_information": _station_information,
    "station_status": _station_status,
}


def _text(version: Version, text: str) -> str | list[dict[str, str]]:
    return [{"text": text, "language": LANGUAGE}] if version == "3.0" else text


def _flag(version: Version, on: bool) -> int | bool:
    return int(on) if version == "1.1" else on


def _time(version: Version, epoch: int) -> int | str:
    if version != "3.0":
        return epoch
    return datetime.fromtimestamp(epoch, UTC).isoformat().replace("+00:00", "Z")
