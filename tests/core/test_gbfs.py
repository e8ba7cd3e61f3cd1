"""GBFS of every version, and Vélib' own 1.0: the same columns from each."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from tests.core.bodies import (
    Bodies,
    as_body,
    cleaned,
    flags_of,
    gbfs,
    information_row,
    kept,
    only,
    refused,
    stations,
    status_row,
    tick_row,
)

COUNTS = ("bikes", "mechanical", "ebikes", "docks")


def counts(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in COUNTS)


def plain_status(**changes: Any) -> dict[str, Any]:
    """A row as GBFS 1.1 to 2.3 write it."""
    row = {
        "station_id": "hub-7",
        "num_bikes_available": 9,
        "num_docks_available": 25,
        "is_installed": True,
        "is_renting": True,
        "is_returning": True,
        "last_reported": 1795421131,
    }
    return {key: value for key, value in (row | changes).items() if value is not ...}


GBFS_1_1 = {
    "station_status": stations(
        [plain_status(is_installed=1, is_renting=1, is_returning=1, num_ebikes_available=4)],
        last_updated=1795421690,
        ttl=60,
        version="1.1",
    ),
    "station_information": stations(
        [{"station_id": "hub-7", "name": "Opéra", "lat": 48.87, "lon": 2.33, "capacity": 34}],
        last_updated=1795421690,
    ),
}
GBFS_2_3 = {
    "station_status": stations(
        [
            plain_status(
                num_docks_disabled=0,
                vehicle_types_available=[
                    {"vehicle_type_id": "classic", "count": 5},
                    {"vehicle_type_id": "assist", "count": 3},
                    {"vehicle_type_id": "cargo", "count": 1},
                ],
            )
        ],
        last_updated=1795421690,
        version="2.3",
    ),
    "station_information": GBFS_1_1["station_information"],
    "vehicle_types": as_body(
        {
            "data": {
                "vehicle_types": [
                    {"vehicle_type_id": "classic", "form_factor": "bicycle", "propulsion_type": "human"},
                    {"vehicle_type_id": "assist", "propulsion_type": "electric_assist"},
                    {"vehicle_type_id": "cargo", "propulsion_type": "electric"},
                ]
            }
        }
    ),
}
GBFS_3_0 = {
    "station_status": stations(
        [
            plain_status(
                num_bikes_available=...,
                num_vehicles_available=9,
                vehicle_types_available=[
                    {"vehicle_type_id": "classic", "count": 5},
                    {"vehicle_type_id": "assist", "count": 4},
                ],
                last_reported="2026-11-23T09:05:31+01:00",
            )
        ],
        last_updated="2026-11-23T08:14:50Z",
        version="3.0",
    ),
    "station_information": stations(
        [
            {
                "station_id": "hub-7",
                "name": [{"text": "Opera House", "language": "en"}, {"text": "Opéra", "language": "fr"}],
                "lat": 48.87,
                "lon": 2.33,
                "capacity": 34,
            }
        ],
        last_updated="2026-11-23T08:14:50Z",
    ),
    "vehicle_types": GBFS_2_3["vehicle_types"],
}


@pytest.mark.parametrize("bodies", [GBFS_1_1, GBFS_2_3, GBFS_3_0], ids=["1.1", "2.3", "3.0"])
def test_every_version_gives_the_same_row(bodies: Bodies) -> None:
    hour = cleaned(bodies)
    row = only(hour)
    assert (row["station_id"], row["station_code"], row["name"]) == ("hub-7", "hub-7", "Opéra")
    assert counts(row) == (9, 5, 4, 25)
    assert (row["capacity"], row["is_operative"], row["lat"], row["lon"]) == (34, True, 48.87, 2.33)
    assert row["last_reported"].timestamp() == 1795421131
    assert flags_of(row) == {"zone_unknown"}
    ledger = tick_row(hour)
    assert ledger["feed_clock"].timestamp() == 1795421690
    assert (ledger["lag_s"], ledger["stations_expected"], ledger["dialect"]) == (14, 1, "gbfs")


def test_velibs_own_header_and_double_names_are_read() -> None:
    hour = cleaned(gbfs([status_row(20702946965)], [information_row(20702946965)]))
    row = only(hour)
    assert (row["station_id"], row["station_code"]) == ("20702946965", "16107")
    assert counts(row) == (9, 5, 4, 25)
    assert row["flags"] == ""
    assert (row["zone_code"], row["zone_name"]) == ("75116", "Paris 16e")
    assert tick_row(hour)["feed_clock"].timestamp() == 1795421690


def test_only_the_second_names_of_the_counts_will_do() -> None:
    row = only(cleaned(gbfs([status_row(num_bikes_available=..., num_docks_available=...)])))
    assert counts(row) == (9, 5, 4, 25)


@pytest.mark.parametrize(
    ("second", "expected"), [("numBikesAvailable", (None, 5, 4, 25)), ("numDocksAvailable", (9, 5, 4, None))]
)
def test_a_count_given_twice_that_differs_is_null_and_flagged(second: str, expected: tuple[Any, ...]) -> None:
    hour = cleaned(gbfs([status_row(1, **{second: 2})]))
    row = only(hour)
    assert counts(row) == expected
    assert {"counts_disagree", "counts_missing"} <= flags_of(row)
    assert (row["fill_rate"], row["unavailable_docks"]) == (None, None)
    assert tick_row(hour)["outcome"] == "ok"


@pytest.mark.parametrize(
    ("types", "split"),
    [
        ([{"mechanical": 5}, {"ebike": 4}], (5, 4)),
        ([{"ebike": 4}, {"mechanical": 5}], (5, 4)),
        ({"mechanical": 5, "ebike": 4}, (5, 4)),
        ([{}, {}], (None, None)),
        ([], (None, None)),
        ([{"mechanical": 9}], (9, None)),
        ([{"mechanical": None}, {"ebike": 4}], (None, 4)),
        ([{"mechanical": 5}, {"ebike": 4}, {"cargo": "a few"}], (5, 4)),
        ([{"mechanical": 5}, {"ebike": 1, "mechanical": 6}, {"ebike": 3}], (6, 3)),
        (None, (None, None)),
        (..., (None, None)),
    ],
)
def test_the_split_by_type_is_read_where_it_is_given_and_null_where_not(types: Any, split: Any) -> None:
    row = only(cleaned(gbfs([status_row(num_bikes_available_types=types)])))
    assert (row["mechanical"], row["ebikes"]) == split
    assert ("types_missing" in flags_of(row)) == (None in split)


@pytest.mark.parametrize("types", [[{"mechanical": -1}], [{"mechanical": "many"}], "none", [3]])
def test_a_split_that_cannot_be_costs_the_split_alone(types: Any) -> None:
    hour = cleaned(gbfs([status_row(1), status_row(2, num_bikes_available_types=types)]))
    assert refused(hour) == []
    _, row = kept(hour)
    assert counts(row) == (9, None, None, 25)
    assert {"attribute_invalid", "types_missing"} <= flags_of(row)


@pytest.mark.parametrize(
    ("ebikes", "expected"), [(0, (9, 0)), (8, (1, 8)), (9, (0, 9)), (10, (None, None)), (-1, (None, None))]
)
def test_electric_bikes_are_never_more_than_the_bikes(ebikes: int, expected: tuple[Any, Any]) -> None:
    row = only(cleaned({"station_status": stations([plain_status(num_ebikes_available=ebikes)])}))
    assert counts(row) == (9, *expected, 25)
    assert ("types_disagree" in flags_of(row)) == (ebikes > 9)


def test_electric_bikes_alone_tell_the_mechanical_ones() -> None:
    row = only(cleaned({"station_status": stations([plain_status(num_ebikes_available=4)])}))
    assert counts(row) == (9, 5, 4, 25)


def test_vehicle_types_without_their_catalogue_leave_the_split_unknown() -> None:
    bodies = {feed: body for feed, body in GBFS_2_3.items() if feed != "vehicle_types"}
    assert counts(only(cleaned(bodies))) == (9, None, None, 25)


@pytest.mark.parametrize("broken", [b"<html>", b"[]", b'{"data": {"vehicle_types": [3, {}]}}'])
def test_a_broken_catalogue_of_vehicle_types_costs_the_split_and_nothing_else(broken: bytes) -> None:
    assert counts(only(cleaned(GBFS_2_3 | {"vehicle_types": broken}))) == (9, None, None, 25)


@pytest.mark.parametrize(
    ("flag", "meaning"),
    [(1, True), (0, False), (True, True), (False, False), (2, None), (-1, None), (None, None)],
)
def test_flags_are_read_as_they_come(flag: Any, meaning: bool | None) -> None:
    row = only(cleaned(gbfs([status_row(is_installed=flag)])))
    assert row["is_installed"] is meaning
    assert row["is_operative"] is meaning


def test_a_station_only_in_information_is_refused_as_without_status() -> None:
    hour = cleaned(gbfs([status_row(1)], [information_row(1), information_row(2, name="Ghost")]))
    assert only(hour)["station_id"] == "1"
    (row,) = hour.quarantine.to_pylist()
    assert (row["rule"], row["row_number"]) == ("no_status", 1)
    assert row["raw_key"].endswith("20261123T0815Z.station_information.json.gz")
    assert json.loads(row["row_json"])["name"] == "Ghost"
    assert tick_row(hour)["stations_expected"] == 2


def test_a_station_only_in_status_counts_without_its_attributes() -> None:
    rows = kept(cleaned(gbfs([status_row(1), status_row(2, stationCode="9020")], [information_row(1)])))
    lonely = next(row for row in rows if row["station_id"] == "2")
    assert counts(lonely) == (9, 5, 4, 25)
    assert [lonely[name] for name in ("name", "lat", "lon", "capacity", "occupancy")] == [None] * 5
    assert flags_of(lonely) == {"attributes_missing"}
    assert lonely["zone_code"] == "75109"


def test_no_information_at_all_still_gives_counts() -> None:
    hour = cleaned(gbfs([status_row()]))
    assert counts(only(hour)) == (9, 5, 4, 25)
    assert tick_row(hour)["stations_expected"] is None


def test_ids_of_any_size_and_kind_stay_what_they_are() -> None:
    ids = [21130527571, 2**62, "a-b/ç", "007", 7]
    rows = kept(cleaned(gbfs([status_row(i, stationCode=...) for i in ids])))
    assert sorted(row["station_id"] for row in rows) == sorted(str(i) for i in ids)
    assert all(row["station_code"] == row["station_id"] for row in rows)


def test_an_id_as_number_in_one_file_and_text_in_the_other_is_one_station() -> None:
    hour = cleaned(gbfs([status_row(7)], [information_row("7")]))
    assert only(hour)["capacity"] == 35
    assert refused(hour) == []


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (["16107", "16107", "9020"], ["1", "2", "9020"]),
        (["x", "x", "1"], ["1", "2", "3"]),
        ([None, "2", "9020"], ["1", "2", "9020"]),
        (["2", "3", "3"], ["1", "2", "3"]),
        (["0001", "1", "13118_relais"], ["0001", "1", "13118_relais"]),
    ],
)
def test_every_station_of_a_tick_has_a_code_of_its_own(codes: list[str | None], expected: list[str]) -> None:
    rows = kept(cleaned(gbfs([status_row(i + 1, stationCode=code) for i, code in enumerate(codes)])))
    assert [row["station_code"] for row in sorted(rows, key=lambda row: row["station_id"])] == expected


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ([{"text": "Dock", "language": "de"}], "Dock"),
        ([{"text": "Dock", "language": "de"}, {"text": "Pier", "language": "en"}], "Pier"),
        ([{"text": None, "language": "fr"}, {"text": "Pier", "language": "en"}], "Pier"),
        ([], None),
        ("  Pier ", "Pier"),
    ],
)
def test_a_localised_name_is_french_then_english_then_what_there_is(name: Any, shown: str | None) -> None:
    assert only(cleaned(gbfs([status_row()], [information_row(name=name)])))["name"] == shown


def test_a_faulty_capacity_costs_the_capacity_alone() -> None:
    hour = cleaned(
        gbfs([status_row(1), status_row(2)], [information_row(1), information_row(2, capacity=-4)])
    )
    assert {row["station_id"]: row["capacity"] for row in kept(hour)} == {"1": 35, "2": None}
    assert refused(hour) == []
    assert {row["station_id"]: row["name"] for row in kept(hour)} == {
        "1": "Benjamin Godard - Victor Hugo",
        "2": "Benjamin Godard - Victor Hugo",
    }


@pytest.mark.parametrize("clock", [None, "soon", [1], 10**30, 4_102_444_800, "2099-12-31T00:00:00Z", -5, ...])
def test_a_clock_that_tells_no_time_does_no_harm(clock: Any) -> None:
    header = {} if clock is ... else {"last_updated": clock}
    hour = cleaned({"station_status": stations([status_row()], **header)})
    assert tick_row(hour)["feed_clock"] is None
    assert only(hour)["bikes"] == 9


def test_milliseconds_are_understood() -> None:
    hour = cleaned({"station_status": stations([plain_status(last_reported=1795421131000)])})
    assert only(hour)["last_reported"].timestamp() == 1795421131


@pytest.mark.recordings
def test_the_recorded_feed_gives_every_station_with_its_counts(recordings: Path) -> None:
    folder = recordings / "gbfs_2025-10-18"
    raw = {
        feed: gzip.decompress((folder / f"{feed}.json.gz").read_bytes())
        for feed in ("station_status", "station_information")
    }
    said = {str(row["station_id"]): row for row in json.loads(raw["station_status"])["data"]["stations"]}
    rows = kept(cleaned(raw))
    assert len(rows) == len(said) == 1495
    for row in rows:
        status = said[row["station_id"]]
        split = {
            kind: count for entry in status["num_bikes_available_types"] for kind, count in entry.items()
        }
        assert counts(row) == (
            status["num_bikes_available"],
            split["mechanical"],
            split["ebike"],
            status["num_docks_available"],
        )
        assert row["station_code"] == status["stationCode"]
        assert row["is_renting"] is bool(status["is_renting"])
    assert sum(row["bikes"] for row in rows) == 18067
