"""Bodies that a parser cannot tell from the real feeds."""

from __future__ import annotations

import gzip
import json
import statistics
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from velib_insights.simulator.feeds.gbfs import VERSIONS, Version, gbfs_feed
from velib_insights.simulator.feeds.velib import (
    gbfs_station_information,
    gbfs_station_status,
    opendatasoft_export,
    opendatasoft_records,
)
from velib_insights.simulator.world.timeline import Snapshot, Timeline

Row = dict[str, Any]
TUESDAY_2024 = datetime(2024, 11, 5, tzinfo=UTC)


def at(timeline: Timeline, year: int, month: int, day: int, hour: int, minute: int = 0) -> Snapshot:
    return timeline.state_at(int(datetime(year, month, day, hour, minute, tzinfo=UTC).timestamp()))


@pytest.fixture(scope="module")
def snapshot(timeline: Timeline) -> Snapshot:
    return at(timeline, 2026, 3, 4, 9)


def shape(rows: list[Row]) -> set[tuple[tuple[str, str], ...]]:
    """Every order of keys with their types that occurs."""
    return {tuple((key, type(value).__name__) for key, value in row.items()) for row in rows}


def as_opendatasoft_writes(rows: list[Row]) -> bytes:
    return ("[" + ",".join(json.dumps(row) for row in rows) + "]").encode()


def as_gbfs_writes(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def test_the_export_is_written_as_the_real_one(snapshot: Snapshot) -> None:
    body = opendatasoft_export(snapshot, "Europe/Berlin")
    rows = json.loads(body)
    assert body == as_opendatasoft_writes(rows)
    assert body.isascii()
    assert {row["code_insee_commune"] for row in rows if row["nom_arrondissement_communes"] == "Paris"} == {
        "75056"
    }
    assert all(row["duedate"].endswith(("+01:00", "+02:00")) for row in rows)


def test_due_dates_carry_the_offset_of_the_time_zone_asked_for(snapshot: Snapshot) -> None:
    utc = json.loads(opendatasoft_export(snapshot, "UTC"))
    paris = json.loads(opendatasoft_export(snapshot, "Europe/Paris"))
    assert all(row["duedate"].endswith("+00:00") for row in utc)
    assert [datetime.fromisoformat(row["duedate"]) for row in utc] == [
        datetime.fromisoformat(row["duedate"]) for row in paris
    ]


def test_the_order_of_rows_moves_from_hour_to_hour(timeline: Timeline) -> None:
    def codes(snapshot: Snapshot) -> list[str]:
        return [row["stationcode"] for row in json.loads(opendatasoft_export(snapshot))]

    before, after = codes(at(timeline, 2026, 3, 4, 9)), codes(at(timeline, 2026, 3, 4, 10))
    assert before != after
    assert set(before) == set(after)


def test_a_page_of_records_holds_a_hundred_rows_at_most_and_tells_the_total(snapshot: Snapshot) -> None:
    for limit, rows in ((-1, 100), (100, 100), (10, 10), (0, 0)):
        page = json.loads(opendatasoft_records(snapshot, limit=limit))
        assert page["total_count"] == len(snapshot)
        assert len(page["results"]) == rows
    whole = [
        row["stationcode"]
        for offset in range(0, len(snapshot), 100)
        for row in json.loads(opendatasoft_records(snapshot, limit=100, offset=offset))["results"]
    ]
    assert sorted(whole) == sorted(station.code for station in snapshot.stations)


def test_both_dialects_tell_the_same(snapshot: Snapshot) -> None:
    status = {
        row["stationCode"]: row for row in json.loads(gbfs_station_status(snapshot))["data"]["stations"]
    }
    for row in json.loads(opendatasoft_export(snapshot)):
        other = status[row["stationcode"]]
        assert other["num_bikes_available"] == row["numbikesavailable"] == row["mechanical"] + row["ebike"]
        assert other["num_bikes_available_types"] == [
            {"mechanical": row["mechanical"]},
            {"ebike": row["ebike"]},
        ]
        assert other["numDocksAvailable"] == row["numdocksavailable"]
        assert (other["is_renting"] == 1) == (row["is_renting"] == "OUI")
        assert other["last_reported"] == datetime.fromisoformat(row["duedate"]).timestamp()


def test_station_information_stays_the_same_until_the_network_changes(timeline: Timeline) -> None:
    start = int(datetime(2026, 3, 4, tzinfo=UTC).timestamp())
    change = timeline.network.changes_between(start, start + 30 * 86_400)[0]
    before = [gbfs_station_information(timeline.state_at(epoch)) for epoch in (change - 3600, change - 1)]
    assert before[0] == before[1]
    assert gbfs_station_information(timeline.state_at(change)) != before[0]


def test_the_clock_of_the_feed_runs_with_the_time(timeline: Timeline) -> None:
    for minute in (0, 15, 16):
        snapshot = at(timeline, 2026, 3, 4, 9, minute)
        told = json.loads(gbfs_station_status(snapshot))["lastUpdatedOther"]
        assert 0 <= snapshot.epoch - told <= 64


@pytest.mark.parametrize("version", VERSIONS)
def test_standard_versions_tell_the_same_in_their_own_way(snapshot: Snapshot, version: Version) -> None:
    def feed(name: str) -> dict[str, Any]:
        body = gbfs_feed(version, name, snapshot, "http://example.org")
        assert body is not None
        content: dict[str, Any] = json.loads(body)
        assert content["version"] == version
        assert isinstance(content["last_updated"], str if version == "3.0" else int)
        data: dict[str, Any] = content["data"]
        return data

    found = feed("gbfs")
    feeds = found["feeds"] if version == "3.0" else found["fr"]["feeds"]
    assert {each["name"] for each in feeds} >= {"system_information", "station_information", "station_status"}
    assert all(each["url"].startswith(f"http://example.org/gbfs/{version}/") for each in feeds)
    for each in feeds:
        feed(each["name"])
    status, information = feed("station_status")["stations"], feed("station_information")["stations"]
    bikes = "num_vehicles_available" if version == "3.0" else "num_bikes_available"
    assert [row[bikes] for row in status] == [
        m + e for m, e in zip(snapshot.mechanical, snapshot.ebikes, strict=True)
    ]
    assert all(isinstance(row["station_id"], str) for row in status + information)
    assert type(status[0]["is_renting"]) is (int if version == "1.1" else bool)
    assert type(information[0]["name"]) is (list if version == "3.0" else str)
    if version == "1.1":
        assert gbfs_feed(version, "vehicle_types", snapshot, "") is None
    else:
        known = {each["vehicle_type_id"] for each in feed("vehicle_types")["vehicle_types"]}
        for row in status:
            types = row["vehicle_types_available"]
            assert {each["vehicle_type_id"] for each in types} == known
            assert sum(each["count"] for each in types) == row[bikes]


@pytest.fixture(scope="module")
def real_status(recordings: Path) -> bytes:
    return gzip.decompress((recordings / "gbfs_2025-10-18" / "station_status.json.gz").read_bytes())


@pytest.fixture(scope="module")
def real_information(recordings: Path) -> bytes:
    return gzip.decompress((recordings / "gbfs_2025-10-18" / "station_information.json.gz").read_bytes())


def recorded_export(recordings: Path, hour: int, minute: int = 0) -> bytes:
    found = sorted((recordings / "ods_exports_2024-11-05").glob(f"2024-11-05T{hour:02}{minute:02}*.json.gz"))
    return gzip.decompress(found[0].read_bytes())


@pytest.mark.recordings
def test_gbfs_bodies_have_the_keys_order_types_and_style_of_the_recorded_ones(
    snapshot: Snapshot, real_status: bytes, real_information: bytes
) -> None:
    for real, ours in (
        (real_status, gbfs_station_status(snapshot)),
        (real_information, gbfs_station_information(snapshot)),
    ):
        theirs, mine = json.loads(real), json.loads(ours)
        assert real == as_gbfs_writes(theirs)
        assert ours == as_gbfs_writes(mine)
        assert list(mine) == list(theirs)
        assert shape(mine["data"]["stations"]) == shape(theirs["data"]["stations"])
        assert abs(len(ours) - len(real)) < 0.05 * len(real)


@pytest.mark.recordings
def test_exports_have_the_keys_order_types_and_style_of_the_recorded_ones(
    snapshot: Snapshot, recordings: Path
) -> None:
    real = recorded_export(recordings, 8, 0)
    ours = opendatasoft_export(snapshot, "Europe/Berlin")
    assert real == as_opendatasoft_writes(json.loads(real))
    assert shape(json.loads(ours)) == shape(json.loads(real))
    assert abs(len(ours) - len(real)) < 0.05 * len(real)


@pytest.mark.recordings
def test_a_page_of_records_is_written_as_the_recorded_one(snapshot: Snapshot, recordings: Path) -> None:
    real = gzip.decompress((recordings / "ods_faults" / "records_page_100_of_1500.json.gz").read_bytes())
    ours = opendatasoft_records(snapshot, limit=-1)
    for body in (real, ours):
        page = json.loads(body)
        assert body == json.dumps(page).encode()
        assert list(page) == ["total_count", "results"]
        assert len(page["results"]) == 100
    assert {tuple(row) for row in json.loads(ours)["results"]} == {
        tuple(row) for row in json.loads(real)["results"]
    }


def renting(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["is_renting"] == "OUI" and row["numbikesavailable"] is not None]


def share(rows: list[Row], holds: Callable[[Row], bool]) -> float:
    return sum(map(holds, rows)) / len(rows)


@pytest.mark.recordings
@pytest.mark.parametrize("hour", [8, 10, 12, 14, 16, 20])
def test_a_weekday_fills_like_the_recorded_one(timeline: Timeline, recordings: Path, hour: int) -> None:
    """Compared with the recorded Tuesday: bikes within 15 %, e-bikes within 20 %, fill deciles within 0.13,
    shares of empty and near-full stations within 5 and 8 points."""
    real = renting(json.loads(recorded_export(recordings, hour)))
    ours = renting(json.loads(opendatasoft_export(at(timeline, 2024, 11, 5, hour))))
    ours = [row for row in ours if row["capacity"] < 200]
    for field, tolerance in (("numbikesavailable", 0.15), ("ebike", 0.20), ("numdocksavailable", 0.15)):
        theirs, mine = sum(row[field] for row in real), sum(row[field] for row in ours)
        assert abs(mine - theirs) < tolerance * theirs, field

    def fills(rows: list[Row]) -> list[float]:
        docks = [(row["numbikesavailable"], row["numdocksavailable"]) for row in rows]
        return statistics.quantiles([b / (b + d) for b, d in docks if b + d], n=10)

    for mine, theirs in zip(fills(ours), fills(real), strict=True):
        assert abs(mine - theirs) < 0.13

    def empty(row: Row) -> bool:
        return bool(row["numbikesavailable"] == 0)

    def near_full(row: Row) -> bool:
        docks = row["numbikesavailable"] + row["numdocksavailable"]
        return docks > 0 and bool(row["numbikesavailable"] >= 0.9 * docks)

    assert abs(share(ours, empty) - share(real, empty)) < 0.05
    assert abs(share(ours, near_full) - share(real, near_full)) < 0.08


@pytest.mark.recordings
def test_oddities_are_as_common_as_recorded(
    timeline: Timeline, real_status: bytes, real_information: bytes
) -> None:
    """Against the GBFS feed of 18 October 2025: share of rows whose bikes and docks fall short of capacity within
    8 points, above capacity at most 2 points, out of service within 2 points."""
    snapshot = at(timeline, 2025, 10, 18, 9)

    def oddities(status: bytes, information: bytes) -> tuple[float, float, float]:
        capacity = {row["station_id"]: row["capacity"] for row in json.loads(information)["data"]["stations"]}
        rows = json.loads(status)["data"]["stations"]
        slack = [
            capacity[row["station_id"]] - row["num_bikes_available"] - row["num_docks_available"]
            for row in rows
        ]
        return (
            sum(missing > 0 for missing in slack) / len(rows),
            sum(missing < 0 for missing in slack) / len(rows),
            sum(row["is_renting"] == 0 for row in rows) / len(rows),
        )

    ours = oddities(gbfs_station_status(snapshot), gbfs_station_information(snapshot))
    real = oddities(real_status, real_information)
    assert abs(ours[0] - real[0]) < 0.08
    assert 0 < ours[1] < 0.02
    assert abs(ours[2] - real[2]) < 0.02
