"""Bodies that cannot count as a whole: each has a named outcome and a reason, and no row of it is lost."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.core.bodies import (
    as_body,
    cleaned,
    export,
    gbfs,
    information_row,
    kept,
    ods_row,
    only,
    page,
    refused,
    stations,
    status_row,
    tick_row,
)

UNREADABLE = {
    "empty body": (b"", "empty"),
    "blank body": (b"  \n", "empty"),
    "HTML": (b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>", "HTML"),
    "XML": (b"<?xml version='1.0'?><Error/>", "HTML or XML"),
    "plain text": (b"upstream connect error}", "not JSON"),
    "deep nesting": (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
    "number": (b"12", "expected|no data.stations"),
    "null": (b"null", "expected|no data.stations"),
    "text": (b'"maintenance"', "expected|no data.stations"),
    "object of another shape": (b'{"status": "ok"}', "expected|no data.stations"),
}


@pytest.mark.parametrize("feed", ["exports", "station_status"])
@pytest.mark.parametrize("fault", UNREADABLE)
def test_a_body_that_is_no_feed_is_unreadable_and_says_why(feed: str, fault: str) -> None:
    body, words = UNREADABLE[fault]
    row = tick_row(cleaned({feed: body}))
    assert row["outcome"] == "unreadable"
    assert any(word in row["reason"] for word in words.split("|")), row["reason"]
    assert (row["rows_in"], row["stations_seen"], row["counts_hash"]) == (0, 0, None)
    assert row["bytes"] == len(body)


@pytest.mark.parametrize("feed", ["exports", "station_status"])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.95])
def test_a_body_that_is_cut_short_is_unreadable(feed: str, share: float) -> None:
    many = [ods_row(str(16000 + i)) for i in range(150)]
    whole = as_body(many) if feed == "exports" else stations([status_row(i) for i in range(150)])
    row = tick_row(cleaned({feed: whole[: int(len(whole) * share)]}))
    assert row["outcome"] == "unreadable"
    assert "cut short" in row["reason"] or "not JSON" in row["reason"]
    assert "bytes" in row["reason"]


@pytest.mark.parametrize("feed", ["exports", "station_status"])
def test_bytes_that_are_no_utf_8_are_unreadable(feed: str) -> None:
    body = (
        json.dumps([ods_row(name="NAME")]) if feed == "exports" else stations([status_row("NAME")]).decode()
    )
    row = tick_row(cleaned({feed: body.encode().replace(b"NAME", b"Caf\xe9")}))
    assert row["outcome"] == "unreadable"
    assert "utf-8" in row["reason"]


@pytest.mark.parametrize(
    "answer",
    [
        {"error_code": "ODSQLError", "message": "Quota exceeded"},
        {"errorcode": 10002, "message": "Quota exceeded", "call_limit": 10000},
    ],
)
def test_the_publishers_own_error_is_repeated_in_the_reason(answer: dict[str, object]) -> None:
    row = tick_row(cleaned({"exports": as_body(answer)}))
    assert row["outcome"] == "unreadable"
    assert "error: Quota exceeded" in row["reason"]


def test_an_error_message_that_is_no_unicode_still_gives_a_ledger_row() -> None:
    body = b'{"error_code": "X", "message": "bad \\ud800 text"}'
    row = tick_row(cleaned({"exports": body}))
    assert row["outcome"] == "unreadable"
    assert "bad" in row["reason"]


@pytest.mark.parametrize("bodies", [export(), gbfs([])], ids=["opendatasoft", "gbfs"])
def test_a_body_without_any_station_is_unusable(bodies: dict[str, bytes]) -> None:
    row = tick_row(cleaned(bodies))
    assert (row["outcome"], row["reason"]) == ("unusable", "the body names no station")


def test_a_body_of_null_shells_is_refused_row_by_row() -> None:
    shell = dict.fromkeys(ods_row()) | {"is_renting": "OUI", "numbikesavailable": 0, "numdocksavailable": 0}
    hour = cleaned(export(*[shell] * 3))
    assert tick_row(hour)["outcome"] == "unusable"
    assert refused(hour) == [(i, "station_id_missing") for i in range(3)]
    assert kept(hour) == []


def test_a_page_that_announces_more_rows_is_incomplete() -> None:
    hour = cleaned(page([ods_row(str(16000 + i)) for i in range(100)], 1469))
    row = tick_row(hour)
    assert (row["outcome"], row["reason"]) == ("incomplete", "100 rows of 1469 announced")
    assert (row["stations_seen"], row["stations_expected"]) == (100, 1469)
    assert refused(hour) == [(i, "body_incomplete") for i in range(100)]


def test_a_page_that_holds_all_it_announces_counts() -> None:
    row = tick_row(cleaned(page([ods_row(str(16000 + i)) for i in range(100)], 100)))
    assert (row["outcome"], row["rows_kept"], row["stations_expected"]) == ("ok", 100, 100)


@pytest.mark.parametrize("total", [-1, 2**31, 2**63, 10**30, True, "1469", None, 12.5])
def test_a_total_that_can_be_no_number_of_stations_says_nothing(total: Any) -> None:
    row = tick_row(cleaned({"records": as_body({"total_count": total, "results": [ods_row()]})}))
    assert (row["outcome"], row["stations_expected"]) == ("ok", None)


@pytest.mark.parametrize(("rows", "outcome"), [(99, "ok"), (100, "incomplete"), (101, "ok")])
def test_an_export_of_just_one_page_is_incomplete(rows: int, outcome: str) -> None:
    hour = cleaned(export(*(ods_row(str(16000 + i)) for i in range(rows))))
    assert tick_row(hour)["outcome"] == outcome
    assert len(kept(hour)) == (rows if outcome == "ok" else 0)


def test_status_with_under_half_of_the_announced_stations_is_incomplete() -> None:
    information = [information_row(i) for i in range(10)]
    assert tick_row(cleaned(gbfs([status_row(i) for i in range(5)], information)))["outcome"] == "ok"
    hour = cleaned(gbfs([status_row(i) for i in range(4)], information))
    row = tick_row(hour)
    assert (row["outcome"], row["stations_seen"], row["stations_expected"]) == ("incomplete", 4, 10)
    assert sorted(rule for _, rule in refused(hour)) == ["body_incomplete"] * 4 + ["no_status"] * 6


RENAMED = {
    "opendatasoft": export(*(ods_row(str(i), numbikesavailable=..., bikes_available=9) for i in range(5))),
    "gbfs": gbfs([status_row(i, num_bikes_available=..., numBikesAvailable=..., bikes=9) for i in range(5)]),
}


@pytest.mark.parametrize("dialect", RENAMED)
def test_a_renamed_count_makes_the_body_unusable_rather_than_empty_of_bikes(dialect: str) -> None:
    hour = cleaned(RENAMED[dialect])
    row = tick_row(hour)
    assert row["outcome"] == "unusable"
    assert "the shape of the feed has changed" in row["reason"]
    assert refused(hour) == [(i, "counts_absent") for i in range(5)]


def test_a_renamed_station_code_refuses_every_row() -> None:
    hour = cleaned(export(*(ods_row(..., station_code=str(i)) for i in range(3))))
    assert tick_row(hour)["outcome"] == "unusable"
    assert refused(hour) == [(i, "station_id_missing") for i in range(3)]


def test_counts_missing_on_half_of_the_rows_are_null_and_the_rest_counts() -> None:
    hour = cleaned(export(*(ods_row(str(i), numbikesavailable=None if i % 2 else 9) for i in range(4))))
    assert [row["bikes"] for row in kept(hour)] == [9, None, 9, None]


@pytest.mark.parametrize("dialect", ["opendatasoft", "gbfs"])
def test_a_byte_order_mark_is_forgiven(dialect: str) -> None:
    body = as_body([ods_row()]) if dialect == "opendatasoft" else stations([status_row()])
    feed = "exports" if dialect == "opendatasoft" else "station_status"
    assert only(cleaned({feed: b"\xef\xbb\xbf" + body}))["bikes"] == 9


def test_nan_is_null_and_never_zero() -> None:
    body = as_body([ods_row("1", numbikesavailable="N"), ods_row("2")]).replace(b'"N"', b"NaN")
    first, second = kept(cleaned({"exports": body}))
    assert (first["bikes"], first["fill_rate"]) == (None, None)
    assert "counts_missing" in first["flags"]
    assert second["bikes"] == 9


def test_unreadable_information_does_not_pass_for_a_network_without_names() -> None:
    row = tick_row(cleaned(gbfs([status_row()], b"<html>503</html>")))
    assert (row["outcome"], row["missing_feeds"]) == ("ok", "station_information")


def test_status_missing_while_information_came_is_unreadable() -> None:
    row = tick_row(cleaned({"station_information": stations([information_row()])}))
    assert row["outcome"] == "unreadable"
    assert "station_status" in row["reason"]


def in_version_1(row: dict[str, Any]) -> dict[str, Any]:
    """A row as version 1 of the Explore API has it."""
    geo = row["coordonnees_geo"]
    return {
        "datasetid": "velib-disponibilite-en-temps-reel",
        "recordid": "e1c1",
        "fields": {**row, "coordonnees_geo": [geo["lat"], geo["lon"]]},
        "geometry": {"type": "Point", "coordinates": [geo["lon"], geo["lat"]]},
        "record_timestamp": "2024-11-05T07:55:01.000Z",
    }


def test_an_export_or_a_page_of_version_1_gives_the_rows_of_version_2() -> None:
    rows = [ods_row("16107"), ods_row("16108", numbikesavailable=0, mechanical=0, ebike=0), ods_row(None)]
    first = [in_version_1(row) for row in rows]
    now, then = cleaned({"exports": as_body(rows)}), cleaned({"exports": as_body(first)})
    assert len(kept(now)) == 2
    assert then.observations.equals(now.observations)
    searched = cleaned({"records": as_body({"nhits": 3, "parameters": {}, "records": first})})
    assert searched.observations.equals(now.observations)
    page = cleaned({"records": as_body({"nhits": 1469, "records": first})})
    assert tick_row(page)["outcome"] == "incomplete"
