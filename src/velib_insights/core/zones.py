"""Which arrondissement or commune a station lies in: by polygon where polygons are at hand, else by its code.

Codes agree with the polygons on about 98 % of the stations; the rest lie just over a boundary.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from velib_insights.core.errors import LakeError

Ring = Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True)
class Zone:
    """`code` is the INSEE code; `kind` is arrondissement, commune, or zone in another city."""

    code: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class _Shape:
    zone: Zone
    box: tuple[float, float, float, float]
    polygons: tuple[tuple[Ring, ...], ...]


class Zones:
    """Finds a station's zone. `by_code` says whether its code is asked where no polygon holds the position."""

    def __init__(self, shapes: Sequence[_Shape] = (), *, by_code: bool = True) -> None:
        self._shapes = shapes
        self._by_code = by_code
        self.digest = (
            hashlib.sha256(repr((by_code, shapes)).encode()).hexdigest()[:16] if shapes else f"{by_code}"
        )
        self._found: dict[tuple[str | None, float | None, float | None], Zone | None] = {}

    @classmethod
    def from_geojson(cls, collections: Iterable[Mapping[str, Any]], *, by_code: bool = True) -> Zones:
        """From feature collections of polygons in WGS 84, arrondissements or communes in any order.

        Known properties: `c_ar` and `c_arinsee` (arrondissements of opendata.paris.fr), `code` or `insee` and
        `nom` or `name` (communes of IGN and others). Raises LakeError for a feature without them.
        """
        try:
            shapes = [_shape(feature) for collection in collections for feature in _features(collection)]
        except (AttributeError, TypeError, ValueError, LookupError) as error:
            raise LakeError(
                f"a zones file is not GeoJSON of polygons: {error}", hint="Fetch the polygons anew."
            ) from error
        return cls(shapes, by_code=by_code)

    def __len__(self) -> int:
        return len(self._shapes)

    def find(self, code: str | None, lat: float | None, lon: float | None) -> Zone | None:
        key = (code, lat, lon)
        if key in self._found:
            return self._found[key]
        zone = None if lat is None or lon is None else self._at(lat, lon)
        if zone is None and self._by_code and code is not None:
            zone = zone_of_code(code)
        self._found[key] = zone
        return zone

    def _at(self, lat: float, lon: float) -> Zone | None:
        for shape in self._shapes:
            west, south, east, north = shape.box
            if west <= lon <= east and south <= lat <= north:
                for outer, *holes in shape.polygons:
                    if _holds(outer, lon, lat) and not any(_holds(hole, lon, lat) for hole in holes):
                        return shape.zone
        return None


def zone_of_code(code: str) -> Zone | None:
    """From a station code of Vélib' Métropole: 16107 is in the 16th arrondissement, 21005 in Boulogne."""
    digits = code.split("_", 1)[0]
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 5):
        return None
    number = int(digits)
    arrondissement = _zones_by_prefix().get(("thousands", number // 1000))
    if arrondissement:
        return arrondissement
    return _zones_by_prefix().get(("hundreds", number // 100)) if len(digits) == 5 else None


@cache
def _zones_by_prefix() -> dict[tuple[str, int], Zone]:
    text = resources.files("velib_insights.core").joinpath("station_code_zones.csv").read_text("utf-8")
    return {
        (row["prefix_unit"], int(row["code_prefix"])): Zone(
            row["insee_code"],
            row["zone_name"],
            "arrondissement" if row["prefix_unit"] == "thousands" else "commune",
        )
        for row in csv.DictReader(text.splitlines())
    }


def known_zones() -> list[Zone]:
    """The 84 zones of Vélib' Métropole, arrondissements first."""
    return list(_zones_by_prefix().values())


def _features(collection: object) -> Sequence[Mapping[str, Any]]:
    told = collection if isinstance(collection, Mapping) else {}
    features = told.get("features")
    if told.get("type") != "FeatureCollection" or not isinstance(features, list):
        raise LakeError("a zones file is not a GeoJSON FeatureCollection", hint="Fetch the polygons anew.")
    return features


def _shape(feature: Mapping[str, Any]) -> _Shape:
    zone = _zone(feature.get("properties") or {})
    geometry = feature.get("geometry") or {}
    coordinates: Any = geometry.get("coordinates")
    polygons: tuple[tuple[Ring, ...], ...]
    if geometry.get("type") == "Polygon":
        polygons = (tuple(coordinates),)
    elif geometry.get("type") == "MultiPolygon":
        polygons = tuple(tuple(polygon) for polygon in coordinates)
    else:
        raise LakeError(
            f"zone {zone.name!r} is a {geometry.get('type')}, not a polygon", hint="Use a file of polygons."
        )
    points = [point for polygon in polygons for point in polygon[0]]
    lons, lats = [point[0] for point in points], [point[1] for point in points]
    return _Shape(zone, (min(lons), min(lats), max(lons), max(lats)), polygons)


def _zone(properties: Mapping[str, Any]) -> Zone:
    if "c_ar" in properties:
        number = int(properties["c_ar"])
        return Zone(
            str(properties.get("c_arinsee", 75100 + number)),
            f"Paris {number}{'er' if number == 1 else 'e'}",
            "arrondissement",
        )
    code = next((properties[k] for k in ("code", "insee", "code_insee", "id") if k in properties), None)
    name = next((properties[k] for k in ("nom", "name", "nom_commune") if k in properties), None)
    if code is None or name is None:
        raise LakeError(
            f"a zone has neither c_ar nor code and nom among its properties: {sorted(properties)}",
            hint="Rename its properties to `code` and `nom`.",
        )
    known = {zone.code: zone for zone in known_zones()}
    return known.get(str(code)) or Zone(str(code), str(name), "zone")


def _holds(ring: Ring, x: float, y: float) -> bool:
    """Even-odd rule: whether a ray to the east crosses the ring an odd number of times."""
    inside = False
    x1, y1 = ring[-1][0], ring[-1][1]
    for point in ring:
        x2, y2 = point[0], point[1]
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
        x1, y1 = x2, y2
    return inside
