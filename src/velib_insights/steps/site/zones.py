"""Zone shapes on the page, where the lake has polygons: thinned for a screen, named as the stations' zones are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from velib_insights.adapters.lake import Entry, Lake
from velib_insights.core import keys
from velib_insights.core.zones import Zones

Point = Sequence[float]
Place = tuple[str, float, float]

# A ten-thousandth of a degree, 11 m to the north: less than a pixel where a city fills the screen. Every corner goes
# to the same grid, so borders that two zones share stay shared.
_DECIMALS = 4


def polygon_files(lake: Lake) -> list[Entry]:
    """The files of polygons in the lake's `reference/zones/`."""
    return [
        entry for entry in lake.entries(keys.REFERENCE_ZONES) if entry.key.endswith((".geojson", ".json"))
    ]


def zone_shapes(lake: Lake, stations: Iterable[Place]) -> dict[str, Any]:
    """`zones.geojson` from the lake's polygons; `stations` are (code, lat, lon).

    A zone in which no station stands is left out. Raises LakeError for a file that is no collection of polygons.
    """
    places = list(stations)
    found = []
    for entry in polygon_files(lake):
        for feature in json.loads(lake.get(entry.key) or b"{}").get("features", []):
            alone = Zones.from_geojson([{"type": "FeatureCollection", "features": [feature]}], by_code=False)
            zone = next((zone for place in places if (zone := alone.find(*place))), None)
            if zone:
                found.append(
                    {
                        "type": "Feature",
                        "properties": {"code": zone.code, "name": zone.name, "kind": zone.kind},
                        "geometry": _thinned(feature["geometry"]),
                    }
                )
    return {
        "type": "FeatureCollection",
        "features": sorted(found, key=lambda feature: str(feature["properties"]["code"])),
    }


def _thinned(geometry: dict[str, Any]) -> dict[str, Any]:
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    kept = []
    for polygon in polygons:
        rings = [ring for ring in map(_ring, polygon) if len(ring) > 3]
        if rings:
            kept.append(rings)
    return {"type": "MultiPolygon", "coordinates": kept}


def _ring(points: Sequence[Point]) -> list[list[float]]:
    """On the grid, without corners that fall together or lie on a straight line between their neighbours."""
    ring: list[list[float]] = []
    for point in points:
        corner = [round(point[0], _DECIMALS), round(point[1], _DECIMALS)]
        if ring and corner == ring[-1]:
            continue
        if len(ring) > 1 and _is_straight(ring[-2], ring[-1], corner):
            ring.pop()
        ring.append(corner)
    return ring


def _is_straight(a: Point, b: Point, c: Point) -> bool:
    unit = 10**_DECIMALS
    ax, ay, bx, by, cx, cy = (round(value * unit) for value in (*a, *b, *c))
    is_straight: bool = (bx - ax) * (cy - by) == (by - ay) * (cx - bx) and (bx - ax) * (cx - bx) >= 0
    return is_straight
