"""An hour from its fetches: which fetch of a tick counts, what the ledger says, what damage costs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.core.bodies import (
    TICK,
    as_body,
    cleaned,
    export,
    gbfs,
    information_row,
    kept,
    ods_row,
    raw_fetch,
    status_row,
    tick_row,
)

from velib_insights.core.catalogue.schema import arrow_schema
from velib_insights.core.catalogue.tables import QUARANTINE, SOURCE_VELIB, TICKS
from velib_insights.core.clean import RawFetch
from velib_insights.core.keys import FetchId
from velib_insights.core.ticks.tick import Tick

GOOD = export(ods_row(numbikesavailable=9))
LATER = export(ods_row(numbikesavailable=3))
OUTCOMES = {
    "ok": GOOD,
    "incomplete": {"exports": export(*(ods_row(str(i)) for i in range(100)))["exports"]},
    "unusable": export(),
    "unreadable": {"exports": b"<html>"},
    "fetch_failed": {},
}


def test_the_first_usable_fetch_counts_and_the_others_are_kept() -> None:
    hour = cleaned(
        raw_fetch({"exports": b"<html>"}),
        raw_fetch(LATER, after_s=90, refetch_suffix="at081630Z"),
        raw_fetch(GOOD, after_s=60, refetch_suffix="at081600Z"),
    )
    assert [row["bikes"] for row in kept(hour)] == [9]
    row = tick_row(hour)
    assert (row["bodies"], row["outcome"], row["fetched_at"]) == (3, "ok", TICK.at + timedelta(seconds=60))


def test_rows_refused_by_an_earlier_fetch_of_the_tick_stay_in_the_sum() -> None:
    hour = cleaned(
        raw_fetch(export(ods_row(None), ods_row(None))),
        raw_fetch(export(ods_row("1"), ods_row(None)), after_s=60, refetch_suffix="at081600Z"),
    )
    row = tick_row(hour)
    assert (row["rows_in"], row["rows_kept"], row["rows_refused"]) == (4, 1, 3)
    assert {key.rsplit("/", 1)[-1] for key in hour.quarantine["raw_key"].to_pylist()} == {
        "20261123T0815Z.exports.json.gz",
        "20261123T0815Z.at081600Z.exports.json.gz",
    }


@pytest.mark.parametrize("better", range(4))
def test_a_tick_without_a_usable_fetch_is_called_after_the_one_that_got_furthest(better: int) -> None:
    ordered = list(OUTCOMES)
    first, second = ordered[better + 1], ordered[better]
    for pair in ((first, second), (second, first)):
        hour = cleaned(
            raw_fetch(OUTCOMES[pair[0]], reason="timed out"),
            raw_fetch(OUTCOMES[pair[1]], after_s=60, refetch_suffix="at081600Z", reason="timed out"),
        )
        assert tick_row(hour)["outcome"] == second


def test_a_failed_fetch_stands_in_the_ledger_with_its_reason() -> None:
    row = tick_row(cleaned(raw_fetch({}, outcome="fetch_failed", reason="exports: timed out after 60 s")))
    assert (row["outcome"], row["reason"]) == ("fetch_failed", "exports: timed out after 60 s")
    assert (row["dialect"], row["counts_hash"], row["bytes"]) == (None, None, 0)


def test_a_fetch_of_which_a_file_came_and_another_did_not_has_failed() -> None:
    came = {"station_information": as_body({"data": {"stations": [information_row()]}})}
    row = tick_row(
        cleaned(raw_fetch(came, outcome="fetch_failed", reason="station_status: the server answered 503"))
    )
    assert (row["outcome"], row["reason"]) == ("fetch_failed", "station_status: the server answered 503")


def test_bodies_without_a_note_are_read_and_their_time_of_fetch_is_unknown() -> None:
    hour = cleaned(RawFetch(FetchId(TICK), None, GOOD))
    assert [(row["bikes"], row["fetched_at"]) for row in kept(hour)] == [(9, None)]
    row = tick_row(hour)
    assert (row["outcome"], row["fetched_at"], row["cadence_s"], row["lag_s"]) == ("ok", None, 900, None)


def test_the_ledger_counts_the_stations_with_known_counts() -> None:
    whole, no_bikes, no_docks = ods_row("1"), ods_row("2"), ods_row("3")
    no_bikes["numbikesavailable"] = None
    no_docks["numdocksavailable"] = None
    row = tick_row(cleaned(raw_fetch(export(whole, no_bikes, no_docks))))
    assert (row["rows_kept"], row["stations_known"]) == (3, 1)
    assert tick_row(cleaned(raw_fetch({}, outcome="fetch_failed")))["stations_known"] == 0


def test_a_body_that_cannot_be_decompressed_makes_the_fetch_unreadable() -> None:
    damaged = RawFetch(FetchId(TICK), None, {}, {}, {"exports": "the stored body cannot be decompressed: x"})
    row = tick_row(cleaned(damaged))
    assert row["outcome"] == "unreadable"
    assert row["reason"].startswith("exports: the stored body cannot be decompressed")


def test_ticks_of_an_hour_stand_side_by_side() -> None:
    ticks = [Tick(TICK.epoch + 900 * i) for i in range(3)]
    hour = cleaned(*(raw_fetch(export(ods_row("2"), ods_row("1")), tick) for tick in ticks))
    assert hour.ticks["snapshot_epoch"].to_pylist() == [tick.epoch for tick in ticks]
    grain = [(row["station_code"], row["snapshot_epoch"]) for row in hour.observations.to_pylist()]
    assert sorted(grain) == [(code, tick.epoch) for code in ("1", "2") for tick in ticks]


def test_the_tables_have_the_columns_and_types_of_the_catalogue_also_when_empty() -> None:
    for hour in (cleaned(export(ods_row(), ods_row(None))), cleaned(raw_fetch({})), cleaned()):
        assert hour.observations.schema.equals(arrow_schema(SOURCE_VELIB))
        assert hour.ticks.schema.equals(arrow_schema(TICKS))
        assert hour.quarantine.schema.equals(arrow_schema(QUARANTINE))


def test_the_ledger_says_what_was_got() -> None:
    body = gbfs([status_row(1), status_row(2), status_row(None)])
    row = tick_row(cleaned(raw_fetch(body, cadence_s=300)))
    assert row["source"] == "velib"
    assert (row["snapshot_at"], row["snapshot_epoch"], row["cadence_s"]) == (TICK.at, TICK.epoch, 300)
    assert (row["dialect"], row["stations_seen"], row["bytes"]) == ("gbfs", 2, len(body["station_status"]))
    assert (row["rows_in"], row["rows_kept"], row["rows_refused"]) == (3, 2, 1)


def hash_of(*rows: dict[str, object]) -> str:
    return str(tick_row(cleaned(export(*rows)))["counts_hash"])


def test_the_hash_of_a_standing_network_does_not_change() -> None:
    before = hash_of(ods_row("1"), ods_row("2"))
    moved_on = {"duedate": "2026-11-23T08:14:00+00:00", "name": "Renamed", "capacity": 36}
    assert hash_of(ods_row("2", **moved_on), ods_row("1", **moved_on)) == before


@pytest.mark.parametrize(
    "change",
    [{"numbikesavailable": 10}, {"mechanical": 4}, {"ebike": 5}, {"numdocksavailable": 24}]
    + [{field: None} for field in ("mechanical", "ebike", "numdocksavailable")]
    + [{"stationcode": "3"}],
)
def test_the_hash_changes_with_any_count_and_any_station(change: dict[str, object]) -> None:
    assert hash_of(ods_row("1"), ods_row("2") | change) != hash_of(ods_row("1"), ods_row("2"))


def test_the_hash_knows_a_missing_count_from_none() -> None:
    zero, missing = ods_row("2", mechanical=0), ods_row("2", mechanical=None)
    assert hash_of(ods_row("1"), zero) != hash_of(ods_row("1"), missing)


def test_the_hash_knows_which_station_has_which_counts() -> None:
    more, less = {"numbikesavailable": 9}, {"numbikesavailable": 3}
    assert hash_of(ods_row("1", **more), ods_row("2", **less)) != hash_of(
        ods_row("1", **less), ods_row("2", **more)
    )
