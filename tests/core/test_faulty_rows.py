"""Rows that cannot count, and rows that count with a flag: none is dropped in silence, no gap becomes a 0."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.core.bodies import (
    TICK,
    Bodies,
    as_body,
    cleaned,
    export,
    flags_of,
    gbfs,
    information_row,
    kept,
    ods_row,
    only,
    refused,
    status_row,
    tick_row,
)

from velib_insights.core.dialects import decode

DIALECTS = ["opendatasoft", "gbfs"]
GOOD_CODES = ["1001", "1002"]

# What a field is called in each dialect.
FIELDS = {
    "bikes": ("numbikesavailable", "num_bikes_available"),
    "docks": ("numdocksavailable", "num_docks_available"),
}


def with_row(dialect: str, row: Any) -> Bodies:
    """A body of two good rows with `row` between them."""
    if dialect == "opendatasoft":
        return export(ods_row("1001"), row, ods_row("1002"))
    good = [status_row(code, stationCode=code) for code in GOOD_CODES]
    return gbfs([good[0], row, good[1]])


def row_with(dialect: str, field: str, value: Any) -> dict[str, Any]:
    if dialect == "opendatasoft":
        return ods_row(**{FIELDS[field][0]: value})
    return status_row(**{FIELDS[field][1]: value})


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (-1, "count_out_of_range"),
        (100_001, "count_out_of_range"),
        (2**31, "count_out_of_range"),
        (2**70, "count_out_of_range"),
        ("many", "field_type"),
        (True, "field_type"),
        ([3], "field_type"),
        ({"n": 3}, "field_type"),
        (2.5, "field_type"),
    ],
)
def test_a_count_that_cannot_be_refuses_its_row_alone(
    dialect: str, field: str, value: Any, rule: str
) -> None:
    bad = row_with(dialect, field, value)
    hour = cleaned(with_row(dialect, bad))
    assert tick_row(hour)["outcome"] == "ok"
    assert refused(hour) == [(1, rule)]
    assert [row["station_code"] for row in kept(hour)] == GOOD_CODES


@pytest.mark.parametrize("dialect", DIALECTS)
def test_quarantine_holds_rule_reason_position_key_and_the_row_itself(dialect: str) -> None:
    bad = row_with(dialect, "bikes", -3)
    (row,) = cleaned(with_row(dialect, bad)).quarantine.to_pylist()
    feed = "exports" if dialect == "opendatasoft" else "station_status"
    assert row["raw_key"] == f"raw/source=velib/date=2026-11-23/hour=08/20261123T0815Z.{feed}.json.gz"
    assert (row["row_number"], row["rule"], row["snapshot_at"]) == (1, "count_out_of_range", TICK.at)
    assert FIELDS["bikes"][DIALECTS.index(dialect)] in row["reason"]
    assert json.loads(row["row_json"]) == bad


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("value", [[1, 2], "16107", 7, None, True])
def test_a_row_that_is_no_object_is_refused(dialect: str, value: Any) -> None:
    hour = cleaned(with_row(dialect, value))
    assert refused(hour) == [(1, "row_not_object")]
    assert json.loads(hour.quarantine["row_json"][0].as_py()) == value


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("value", [None, "", "   ", ...])
def test_a_row_that_names_no_station_is_refused(dialect: str, value: Any) -> None:
    bad = ods_row(value) if dialect == "opendatasoft" else status_row(value)
    assert refused(cleaned(with_row(dialect, bad))) == [(1, "station_id_missing")]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_of_a_station_that_stands_twice_the_first_row_counts(dialect: str) -> None:
    if dialect == "opendatasoft":
        body = export(ods_row("9020", numbikesavailable=3), ods_row(" 9020 ", numbikesavailable=8))
    else:
        rows = [
            status_row(i, num_bikes_available=n, numBikesAvailable=n) for i, n in ((9020, 3), ("9020", 8))
        ]
        body = gbfs(rows)
    hour = cleaned(body)
    assert only(hour)["bikes"] == 3
    assert refused(hour) == [(1, "station_duplicate")]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_station_repeated_after_a_refused_row_of_it_counts(dialect: str) -> None:
    bad = row_with(dialect, "bikes", -3)
    good = row_with(dialect, "bikes", 3) | ({"numBikesAvailable": 3} if dialect == "gbfs" else {})
    body = export(bad, good) if dialect == "opendatasoft" else gbfs([bad, good])
    hour = cleaned(body)
    assert only(hour)["bikes"] == 3
    assert refused(hour) == [(0, "count_out_of_range")]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_numbers_written_as_text_are_read(dialect: str) -> None:
    if dialect == "opendatasoft":
        body = export(ods_row(16107, numbikesavailable="9", capacity="35", mechanical="5"))
    else:
        body = gbfs(
            [status_row(num_bikes_available="9", last_reported="2026-11-23T08:05:31Z")],
            [information_row(capacity="35", lat="48.865983")],
        )
    row = only(cleaned(body))
    assert (row["bikes"], row["capacity"], row["station_code"]) == (9, 35, "16107")
    assert row["lat"] == pytest.approx(48.865983)
    assert row["flags"] == ""


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("gap", [None, ...], ids=["null", "absent"])
@pytest.mark.parametrize("field", FIELDS)
def test_a_missing_count_is_null_and_never_zero(dialect: str, gap: Any, field: str) -> None:
    bad = row_with(dialect, field, gap)
    if dialect == "gbfs":
        bad.pop("numBikesAvailable" if field == "bikes" else "numDocksAvailable")
    row = next(r for r in kept(cleaned(with_row(dialect, bad))) if r["station_code"] == "16107")
    assert row[field] is None
    assert (row["fill_rate"], row["unavailable_docks"]) == (None, None)
    assert "counts_missing" in flags_of(row)


@pytest.mark.parametrize("gap", [None, ...], ids=["null", "absent"])
def test_partial_nulls_keep_the_counts_and_flag_the_rest(gap: Any) -> None:
    bad = ods_row(
        name=gap, capacity=gap, coordonnees_geo=gap, code_insee_commune=gap, mechanical=gap, ebike=gap
    )
    row = only(cleaned(export(bad)))
    assert (row["bikes"], row["docks"], row["fill_rate"]) == (9, 25, pytest.approx(9 / 34))
    assert [row[c] for c in ("name", "capacity", "lat", "lon", "mechanical", "ebikes", "occupancy")] == [
        None
    ] * 7
    assert flags_of(row) == {"attributes_missing", "types_missing"}
    assert row["zone_code"] == "75116"  # the station code still tells it


def test_capacity_zero_is_kept_as_declared_flagged_and_never_divided_by() -> None:
    row = only(cleaned(export(ods_row(capacity=0))))
    assert row["capacity"] == 0
    assert (row["occupancy"], row["unavailable_docks"]) == (None, None)
    assert row["fill_rate"] == pytest.approx(9 / 34)
    assert flags_of(row) == {"capacity_zero"}


@pytest.mark.parametrize("field", ["is_installed", "is_renting", "is_returning"])
def test_a_station_that_does_one_thing_less_is_not_operative(field: str) -> None:
    assert only(cleaned(export(ods_row(**{field: "NON"}))))["is_operative"] is False
    assert only(cleaned(gbfs([status_row(**{field: 0})])))["is_operative"] is False


@pytest.mark.parametrize("field", ["is_installed", "is_renting", "is_returning"])
@pytest.mark.parametrize("word", [None, "PEUT-ÊTRE"])
def test_a_state_that_is_not_said_leaves_operative_unknown(field: str, word: str | None) -> None:
    row = only(cleaned(export(ods_row(**{field: word}))))
    assert (row[field], row["is_operative"]) == (None, None)
    assert flags_of(row) == {"operative_unknown"}


def test_a_station_known_not_to_rent_is_not_operative_whatever_else_is_unknown() -> None:
    assert only(cleaned(export(ods_row(is_renting="NON", is_returning=None))))["is_operative"] is False


@pytest.mark.parametrize(
    ("bikes", "docks", "capacity", "unavailable", "occupancy", "flags"),
    [
        (9, 26, 35, 0, 9 / 35, set()),
        (9, 27, 35, 0, 9 / 35, {"over_capacity"}),
        (9, 25, 35, 1, 9 / 35, set()),
        (34, 0, 35, 1, 34 / 35, set()),
        (35, 0, 35, 0, 1, set()),
        (36, 0, 35, 0, None, {"over_capacity", "bikes_over_capacity"}),
    ],
)
def test_bikes_and_docks_against_capacity(
    bikes: int, docks: int, capacity: int, unavailable: int, occupancy: float | None, flags: set[str]
) -> None:
    made = ods_row(
        numbikesavailable=bikes, numdocksavailable=docks, capacity=capacity, mechanical=bikes, ebike=0
    )
    row = only(cleaned(export(made)))
    assert row["unavailable_docks"] == unavailable
    assert row["occupancy"] == (None if occupancy is None else pytest.approx(occupancy))
    assert flags_of(row) == flags


def test_fill_rate_of_a_station_with_neither_bikes_nor_docks_is_null() -> None:
    row = only(cleaned(export(ods_row(numbikesavailable=0, numdocksavailable=0, mechanical=0, ebike=0))))
    assert (row["bikes"], row["docks"], row["fill_rate"], row["occupancy"]) == (0, 0, None, 0.0)


@pytest.mark.parametrize(("ebikes", "types"), [(3, (None, None)), (4, (5, 4)), (5, (None, None))])
def test_types_that_do_not_add_up_are_null_and_flagged(ebikes: int, types: tuple[int | None, ...]) -> None:
    row = only(cleaned(export(ods_row(mechanical=5, ebike=ebikes))))
    assert (row["bikes"], row["docks"]) == (9, 25)
    assert (row["mechanical"], row["ebikes"]) == types
    assert flags_of(row) == ({"types_disagree", "types_missing"} if None in types else set())


def test_event_stations_of_many_docks_are_believed() -> None:
    made = ods_row(numbikesavailable=900, numdocksavailable=700, capacity=1600, mechanical=900, ebike=0)
    row = only(cleaned(export(made)))
    assert (row["bikes"], row["docks"], row["capacity"], row["flags"]) == (900, 700, 1600, "")


@pytest.mark.parametrize(
    "geo",
    [
        {"lat": 0.0, "lon": 0.0},
        {"lat": 91.0, "lon": 2.3},
        {"lat": 48.8, "lon": 181.0},
        {"lat": -1e300, "lon": 2},
    ],
)
def test_a_position_that_is_no_place_is_null_and_flagged(geo: dict[str, float]) -> None:
    row = only(cleaned(export(ods_row(coordonnees_geo=geo))))
    assert (row["lat"], row["lon"]) == (None, None)
    assert flags_of(row) == {"attributes_missing", "coordinates_implausible"}


def test_infinite_coordinates_are_no_place() -> None:
    body = export(ods_row())["exports"].replace(b"48.865983", b"1e999")
    assert only(cleaned({"exports": body}))["lat"] is None


def test_names_lose_stray_spaces_and_an_empty_name_is_none() -> None:
    rows = kept(cleaned(export(ods_row("1", name="  Gare de Lyon \t"), ods_row("2", name="  "))))
    assert [row["name"] for row in rows] == ["Gare de Lyon", None]


@pytest.mark.parametrize(
    ("reported", "epoch", "flags"),
    [
        ("2026-11-23T08:05:31+00:00", 1795421131, set()),
        ("2026-11-23T09:05:31+01:00", 1795421131, set()),
        ("2018-08-29T10:00:00+00:00", 1535536800, {"last_reported_old"}),
        ("2026-11-22T08:14:59+00:00", 1795335299, {"last_reported_old"}),
        ("2026-11-22T08:15:00+00:00", 1795335300, set()),
        ("2026-11-22T08:15:01+00:00", 1795335301, set()),
        ("2026-11-23T09:14:59+00:00", 1795425299, set()),
        ("2026-11-23T09:15:00+00:00", 1795425300, set()),
        ("2026-11-23T09:15:01+00:00", 1795425301, {"last_reported_old"}),
        ("yesterday", None, set()),
        (None, None, set()),
        ("0001-01-01T00:00:00+14:00", None, set()),
    ],
)
def test_last_reported_is_kept_as_said_and_flagged_where_it_is_far_from_the_tick(
    reported: str | None, epoch: int | None, flags: set[str]
) -> None:
    row = only(cleaned(export(ods_row(duedate=reported))))
    assert (row["last_reported"].timestamp() if row["last_reported"] else None) == epoch
    assert row["snapshot_at"] == TICK.at
    assert flags_of(row) == flags


def test_a_lone_surrogate_in_a_code_refuses_its_row_alone() -> None:
    body = export(ods_row("1001"), ods_row("BROKEN"))["exports"]
    hour = cleaned({"exports": body.replace(b"BROKEN", b"a\\ud800b")})
    assert refused(hour) == [(1, "text_broken")]
    assert only(hour)["station_code"] == "1001"
    assert json.loads(hour.quarantine["row_json"][0].as_py())["stationcode"] == "a\ud800b"


def test_a_lone_surrogate_in_a_name_costs_the_name() -> None:
    body = export(ods_row("1001"), ods_row("1002", name="BROKEN"))["exports"]
    rows = kept(cleaned({"exports": body.replace(b"BROKEN", b"a\\ud800b")}))
    assert [row["name"] for row in rows] == ["Benjamin Godard - Victor Hugo", None]
    assert [flags_of(row) for row in rows] == [set(), {"attribute_invalid", "attributes_missing"}]


def test_a_lone_surrogate_in_status_refuses_its_row_alone() -> None:
    body = gbfs([status_row(1, stationCode="1001"), status_row("BROKEN")])
    body["station_status"] = body["station_status"].replace(b"BROKEN", b"a\\udfffb")
    hour = cleaned(body)
    assert refused(hour) == [(1, "text_broken")]
    assert only(hour)["station_code"] == "1001"


def test_a_lone_surrogate_in_the_code_of_a_status_costs_the_code() -> None:
    body = gbfs(
        [status_row(1, stationCode="1001"), status_row(2, stationCode="BROKEN")], [information_row(2)]
    )
    body["station_status"] = body["station_status"].replace(b"BROKEN", b"a\\udfffb")
    first, second = kept(cleaned(body))
    assert (first["station_code"], second["station_code"]) == ("1001", "16107")
    assert flags_of(second) == {"attribute_invalid"}


def test_a_lone_surrogate_in_an_id_of_information_refuses_that_row_and_keeps_the_counts() -> None:
    body = gbfs([status_row(1, stationCode=...)], [information_row("BROKEN")])
    body["station_information"] = body["station_information"].replace(b"BROKEN", b"a\\ud800b")
    hour = cleaned(body)
    assert refused(hour) == [(0, "text_broken")]
    row = only(hour)
    assert (row["station_code"], row["bikes"], row["name"]) == ("1", 9, None)


@pytest.mark.parametrize(
    ("field", "code", "name"), [("stationCode", "1", "Benjamin"), ("name", "16107", None)]
)
def test_a_lone_surrogate_elsewhere_in_information_costs_that_attribute(
    field: str, code: str, name: str | None
) -> None:
    body = gbfs([status_row(1, stationCode=...)], [information_row(1, name="Benjamin") | {field: "BROKEN"}])
    body["station_information"] = body["station_information"].replace(b"BROKEN", b"a\\ud800b")
    row = only(cleaned(body))
    assert (row["station_code"], row["name"], row["capacity"]) == (code, name, 35)
    assert "attribute_invalid" in flags_of(row)


def test_a_refused_row_with_an_infinite_number_is_kept_as_json() -> None:
    body = export(ods_row(numbikesavailable=-1, capacity="INF", name="BROKEN"), ods_row("2"))["exports"]
    hour = cleaned({"exports": body.replace(b'"INF"', b"1e999").replace(b"BROKEN", b"\\ud800")})
    (text,) = hour.quarantine["row_json"].to_pylist()
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))


def test_deep_nesting_in_a_field_of_no_interest_does_no_harm() -> None:
    body = export(ods_row(extra="DEEP"))["exports"].replace(b'"DEEP"', b"[" * 900 + b"]" * 900)
    assert only(cleaned({"exports": body}))["bikes"] == 9


def test_a_feed_that_gives_more_fields_is_read_as_before() -> None:
    assert only(cleaned(export(ods_row(new_field={"a": [1]}))))["flags"] == ""


def test_what_was_read_before_changes_nothing() -> None:
    """The order of the last sound body is remembered; these come after one with the same number of stations."""
    sound = [ods_row("1001"), ods_row("1002"), ods_row("1003")]
    shuffled = [sound[2], sound[0], sound[1]]
    repeated = [sound[0], sound[2], sound[0]]
    another = [sound[1], ods_row("9"), sound[0]]
    for rows, codes, refused_at in (
        (sound, ["1001", "1002", "1003"], []),
        (shuffled, ["1001", "1002", "1003"], []),
        (repeated, ["1001", "1003"], [2]),
        (another, ["1001", "1002", "9"], []),
        (sound, ["1001", "1002", "1003"], []),
    ):
        decoded = decode({"exports": as_body(rows)})
        assert decoded.columns.station_code == codes
        assert [refusal.row_number for refusal in decoded.refusals] == refused_at
