"""Who stands where: the same by seed, as varied as the real network, and inside its zones."""

from __future__ import annotations

import csv
import gzip
import json
import statistics
from collections import Counter
from datetime import UTC, datetime
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import pytest

from velib_insights.simulator.world.network import Network
from velib_insights.simulator.world.station import Station
from velib_insights.simulator.world.zones import zones

NOON = int(datetime(2026, 3, 4, 11, 0, tzinfo=UTC).timestamp())
MONTH_S = 30 * 86_400


def facts(network: Network, epoch: int = NOON) -> list[tuple[object, ...]]:
    return [
        (s.station_id, s.code, s.name_at(epoch), s.lat, s.lon, s.capacity, s.zone_code, s.order, s.kind)
        for s in network.stations_at(epoch)
    ]


def test_the_same_seed_gives_the_same_network_and_another_seed_another() -> None:
    assert facts(Network(seed=3)) == facts(Network(seed=3))
    assert facts(Network(seed=3)) != facts(Network(seed=4))


def test_a_year_asked_for_before_or_after_another_is_the_same() -> None:
    forward, backward = Network(seed=3), Network(seed=3)
    late = NOON + 3 * 365 * 86_400
    first = facts(forward, NOON), facts(forward, late)
    last_first = facts(backward, late)
    assert first == (facts(backward, NOON), last_first)


@pytest.mark.parametrize("size", [1, 2, 5, 60, 300, 1480])
def test_a_network_has_about_the_size_asked_for(size: int) -> None:
    for year in (2019, 2022, 2026, 2031):
        standing = len(Network(1, size).stations_at(int(datetime(year, 5, 5, tzinfo=UTC).timestamp())))
        assert abs(standing - size) <= max(1, 0.03 * size + 3)


def test_a_network_without_stations_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one station"):
        Network(1, 0)


def test_codes_and_ids_are_unique_and_shaped_like_the_real_ones(network: Network) -> None:
    stations = network.stations_at(NOON)
    assert len({s.code for s in stations}) == len({s.station_id for s in stations}) == len(stations)
    assert max(s.station_id for s in stations) > 2**32
    assert 0.05 < sum(s.station_id > 2**31 for s in stations) / len(stations) < 0.25
    plain = [s.code for s in stations if s.kind != "relay"]
    assert all(code.isdecimal() and len(code) in (4, 5) for code in plain)


def test_every_zone_of_the_table_has_stations_and_codes_tell_the_zone(network: Network) -> None:
    table = files("velib_insights.core").joinpath("station_code_zones.csv").read_text("utf-8").splitlines()
    by_prefix = {
        (row["prefix_unit"], int(row["code_prefix"])): row["insee_code"] for row in csv.DictReader(table)
    }
    stations = [s for s in network.stations_at(NOON) if s.kind != "relay"]
    assert {s.zone_code for s in stations} >= {zone.code for zone in zones() if zone.stations >= 3}
    assert len({s.zone_code for s in stations}) >= 80
    for station in stations:
        number = int(station.code)
        told = by_prefix.get(("thousands", number // 1000)) or by_prefix[("hundreds", number // 100)]
        assert told == station.zone_code


def test_names_are_french_and_have_the_slips_of_the_real_list(network: Network) -> None:
    names = [s.name_at(NOON) for s in network.stations_at(NOON)]
    assert any(name != name.strip() for name in names)
    assert any("  " in name for name in names)
    assert any("'" in name for name in names)
    assert sum(not name.isascii() for name in names) > 0.2 * len(names)
    assert 1 <= sum(times > 1 for times in Counter(names).values()) <= 12


def test_odd_stations_are_there(network: Network) -> None:
    stations = network.stations_at(NOON)
    assert 4 <= sum(s.capacity == 0 for s in stations) <= 24
    assert sorted(s.capacity for s in stations if s.kind == "event") == [240, 600, 1600]
    assert any(s.docks_built > s.capacity for s in stations)
    dead = [s for s in stations if s.kind == "dead"]
    assert {s.is_installed for s in dead} == {True, False}
    assert any(s.last_reported < 1_530_000_000 for s in dead)


def test_a_few_stations_change_each_month(network: Network) -> None:
    seen: list[dict[str, Station]] = [
        {s.code: s for s in network.stations_at(NOON + month * MONTH_S)} for month in range(13)
    ]
    added = [len(after.keys() - before.keys()) for before, after in pairwise(seen)]
    removed = [len(before.keys() - after.keys()) for before, after in pairwise(seen)]
    assert 1.5 <= statistics.mean(added) <= 8
    assert 1.5 <= statistics.mean(removed) <= 8
    year_later = NOON + 12 * MONTH_S
    renamed = [
        s.code for s in seen[12].values() if s.born < NOON and s.name_at(NOON) != s.name_at(year_later)
    ]
    assert 2 <= len(renamed) <= 30


def test_a_code_is_never_given_again(network: Network) -> None:
    gone: set[str] = set()
    before: set[str] = set()
    for month in range(60):
        now = {s.code for s in network.stations_at(NOON + month * MONTH_S)}
        assert not now & gone
        gone |= before - now
        before = now


def test_the_last_change_is_that_of_the_list(network: Network) -> None:
    changes = network.changes_between(NOON, NOON + MONTH_S)
    assert changes
    for change in changes:
        assert network.changed_at(change) == change
        assert network.changed_at(change - 1) < change


@pytest.mark.recordings
def test_capacities_are_distributed_like_the_recorded_ones(network: Network, recordings: Path) -> None:
    body = gzip.decompress((recordings / "gbfs_2025-10-18" / "station_information.json.gz").read_bytes())
    real = [row["capacity"] for row in json.loads(body)["data"]["stations"]]
    ours = [s.capacity for s in network.stations_at(NOON) if s.kind != "event"]
    assert abs(statistics.median(ours) - statistics.median(real)) <= 2
    for mine, theirs in zip(statistics.quantiles(ours, n=10), statistics.quantiles(real, n=10), strict=True):
        assert abs(mine - theirs) <= max(3, 0.1 * theirs)
    assert abs(sum(ours) - sum(real)) < 0.06 * sum(real)


@pytest.mark.recordings
def test_stations_stand_inside_the_outline_of_their_zone(network: Network, recordings: Path) -> None:
    outlines = _outlines(recordings.parent / "geo")
    stations = network.stations_at(NOON)
    inside = sum(_holds(outlines[s.zone_code], s.lon, s.lat) for s in stations)
    assert inside >= 0.98 * len(stations)


@pytest.mark.recordings
def test_zones_hold_about_as_many_stations_as_the_recorded_ones(network: Network, recordings: Path) -> None:
    body = gzip.decompress((recordings / "gbfs_2025-10-18" / "station_information.json.gz").read_bytes())
    real = Counter(
        len(row["stationCode"]) == 5 and row["stationCode"] > "20999"
        for row in json.loads(body)["data"]["stations"]
    )
    ours = Counter(s.commune_name != "Paris" for s in network.stations_at(NOON))
    assert abs(ours[True] / ours.total() - real[True] / real.total()) < 0.03


Outline = list[tuple[float, float]]


def _outlines(folder: Path) -> dict[str, Outline]:
    found: dict[str, Outline] = {}
    for name, key in (("paris_arrondissements", "c_arinsee"), ("communes_served_by_velib_2024-11", "code")):
        for feature in json.loads((folder / f"{name}.geojson").read_text("utf-8"))["features"]:
            found[str(feature["properties"][key])] = feature["geometry"]["coordinates"][0]
    return found


def _holds(outline: Outline, x: float, y: float) -> bool:
    inside = False
    for (x1, y1), (x2, y2) in pairwise(outline):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside
