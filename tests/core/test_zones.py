"""Zones by polygon and by station code."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from tests.core.bodies import cleaned, export, flags_of, ods_row, only

from velib_insights.core.errors import LakeError
from velib_insights.core.zones import Zones, known_zones, zone_of_code


def square(west: float, south: float, side: float) -> list[list[float]]:
    east, north = west + side, south + side
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def collection(*features: tuple[dict[str, Any], list[Any]], kind: str = "Polygon") -> dict[str, Any]:
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": shape}}
            for properties, shape in features
        ],
    }


def name_at(zones: Zones, code: str, lat: float | None, lon: float | None) -> str | None:
    zone = zones.find(code, lat, lon)
    return zone and zone.name


@pytest.mark.parametrize(
    ("code", "insee", "name", "kind"),
    [
        ("1001", "75101", "Paris 1er", "arrondissement"),
        ("9020", "75109", "Paris 9e", "arrondissement"),
        ("16107", "75116", "Paris 16e", "arrondissement"),
        ("20999", "75120", "Paris 20e", "arrondissement"),
        ("13118_relais", "75113", "Paris 13e", "arrondissement"),
        ("21005", "92012", "Boulogne-Billancourt", "commune"),
    ],
)
def test_a_station_code_tells_the_zone(code: str, insee: str, name: str, kind: str) -> None:
    zone = zone_of_code(code)
    assert zone is not None
    assert (zone.code, zone.name, zone.kind) == (insee, name, kind)


@pytest.mark.parametrize(
    "code", ["", "0001", "999", "99999", "123456", "hub-7", "١٦١٠٧", "_16107", "-1001", "²"]
)
def test_a_code_that_tells_nothing_has_no_zone(code: str) -> None:
    assert zone_of_code(code) is None


def test_all_20_arrondissements_and_64_communes_are_known_by_name() -> None:
    zones = known_zones()
    assert [zone.name for zone in zones[:20]] == ["Paris 1er", *(f"Paris {i}e" for i in range(2, 21))]
    communes = [zone for zone in zones if zone.kind == "commune"]
    assert len(communes) == 64
    assert len({zone.code for zone in zones}) == len({zone.name for zone in zones}) == 84


def test_a_polygon_goes_before_the_code() -> None:
    zones = Zones.from_geojson(
        [collection(({"c_ar": 15, "l_ar": "15ème Ardt"}, [square(2.27, 48.86, 0.01)]))]
    )
    assert name_at(zones, "16107", 48.865, 2.275) == "Paris 15e"
    assert name_at(zones, "16107", 48.9, 2.275) == "Paris 16e"
    assert name_at(zones, "16107", None, None) == "Paris 16e"


def test_a_hole_and_a_second_part_of_a_zone_are_heeded() -> None:
    parts = [[square(0, 0, 10), square(4, 4, 2)], [square(20, 0, 1)]]
    zones = Zones.from_geojson(
        [collection(({"code": "X1", "nom": "Ring"}, parts), kind="MultiPolygon")], by_code=False
    )
    assert name_at(zones, "", 1, 1) == "Ring"
    assert name_at(zones, "", 5, 5) is None
    assert name_at(zones, "", 0.5, 20.5) == "Ring"
    assert name_at(zones, "", 0.5, 15) is None


def test_a_point_on_the_edge_of_two_neighbours_belongs_to_one_of_them() -> None:
    zones = Zones.from_geojson(
        [
            collection(
                ({"code": "W", "nom": "West"}, [square(0, 0, 1)]),
                ({"code": "E", "nom": "East"}, [square(1, 0, 1)]),
            )
        ],
        by_code=False,
    )
    assert name_at(zones, "", 0.5, 1.0) in ("West", "East")


def test_another_citys_codes_tell_no_zone_of_paris() -> None:
    assert Zones(by_code=False).find("16107", 48.86, 2.27) is None


def test_zones_reach_the_row_and_an_unknown_one_is_flagged() -> None:
    row = only(cleaned(export(ods_row("99999", coordonnees_geo=None))))
    assert (row["zone_code"], row["zone_name"], row["zone_kind"]) == (None, None, None)
    assert "zone_unknown" in flags_of(row)


def test_zones_that_place_stations_otherwise_have_another_digest() -> None:
    one = collection(({"code": "X", "nom": "X"}, [square(0, 0, 1)]))
    other = collection(({"code": "X", "nom": "X"}, [square(0, 0, 2)]))
    digests = {
        Zones().digest,
        Zones(by_code=False).digest,
        Zones.from_geojson([one]).digest,
        Zones.from_geojson([one], by_code=False).digest,
        Zones.from_geojson([other]).digest,
    }
    assert len(digests) == 5
    assert Zones.from_geojson([one]).digest == Zones.from_geojson([json.loads(json.dumps(one))]).digest


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ({"type": "Feature"}, "FeatureCollection"),
        ({"type": "FeatureCollection"}, "FeatureCollection"),
        (collection(({"title": "x"}, [square(0, 0, 1)])), "neither c_ar nor code"),
        (collection(({"code": "X", "nom": "Line"}, [[0, 0], [1, 1]]), kind="LineString"), "not a polygon"),
    ],
)
def test_a_file_that_holds_no_zones_says_what_is_wrong(broken: dict[str, Any], words: str) -> None:
    with pytest.raises(LakeError, match=words):
        Zones.from_geojson([broken])


@pytest.mark.recordings
def test_codes_and_official_polygons_agree_on_98_percent_and_name_every_zone(recordings: Path) -> None:
    files = [recordings.parent / "geo" / name for name in ("paris_arrondissements.geojson",)]
    files += sorted((recordings.parent / "geo").glob("communes*.geojson"))
    polygons = Zones.from_geojson([json.loads(file.read_text("utf-8")) for file in files], by_code=False)
    assert len(polygons) == 84
    body = gzip.decompress((recordings / "gbfs_2025-10-18" / "station_information.json.gz").read_bytes())
    by_code, by_place = [], []
    for station in json.loads(body)["data"]["stations"]:
        zone = polygons.find(station["stationCode"], station["lat"], station["lon"])
        if zone is not None:
            by_place.append(zone)
            by_code.append(zone_of_code(station["stationCode"]))
    agreeing = sum(a == b for a, b in zip(by_code, by_place, strict=True))
    assert len(by_place) >= 1480
    assert agreeing >= 0.98 * len(by_place)
    assert {zone.name for zone in by_place} >= {zone.name for zone in known_zones()[:20]}
    known = {zone.name for zone in known_zones()}
    assert {zone.name for zone in by_place} <= known
    assert len({zone.name for zone in by_place if zone.kind == "commune"}) >= 60
