"""Ticks and the grammar of the lake's keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from velib_insights.core import keys
from velib_insights.core.keys import FetchId, RawKey
from velib_insights.core.ticks.tick import Hour, Tick, hours_between, ticks_between

TICK = Tick.parse("20261123T0815Z")


@pytest.mark.parametrize(
    ("fetched", "cadence_min", "stamp"),
    [
        ("08:15:00", 15, "20261123T0815Z"),
        ("08:29:59", 15, "20261123T0815Z"),
        ("08:14:59", 15, "20261123T0800Z"),
        ("08:17:33", 5, "20261123T0815Z"),
        ("08:17:33", 1, "20261123T0817Z"),
        ("08:59:59", 60, "20261123T0800Z"),
    ],
)
def test_a_body_belongs_to_the_tick_at_or_before_its_fetch(
    fetched: str, cadence_min: int, stamp: str
) -> None:
    instant = datetime.fromisoformat(f"2026-11-23T{fetched}+00:00")
    assert Tick.at_or_before(instant, cadence_min * 60).stamp == stamp
    paris = instant.astimezone(timezone(timedelta(hours=1)))
    assert Tick.at_or_before(paris, cadence_min * 60).stamp == stamp


@pytest.mark.parametrize(
    "text",
    ["", "20261123T0815", "2026-11-23T08:15Z", "20261323T0815Z", "20261123T0860Z", "20260230T0000Z", "x"],
)
def test_text_that_is_no_tick_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Tick.parse(text)


def test_the_keys_are_those_of_the_grammar() -> None:
    again = FetchId.refetch(TICK, datetime(2026, 11, 23, 8, 17, 33, tzinfo=UTC))
    folder = "source=velib/date=2026-11-23/hour=08"
    assert keys.raw_body_key("velib", FetchId(TICK), "station_status") == (
        f"raw/{folder}/20261123T0815Z.station_status.json.gz"
    )
    assert keys.fetch_note_key("velib", FetchId(TICK)) == f"raw/{folder}/20261123T0815Z.fetch.json"
    assert (
        keys.raw_body_key("velib", again, "exports")
        == f"raw/{folder}/20261123T0815Z.at081733Z.exports.json.gz"
    )
    assert keys.part_key(keys.clean_tier("velib"), TICK.hour) == f"clean/{folder}/part.parquet"
    assert keys.part_key(keys.TICKS_TIER, TICK.hour) == "clean/ticks/date=2026-11-23/hour=08/part.parquet"
    assert keys.part_key(keys.quarantine_tier("velib"), TICK.hour) == f"quarantine/{folder}/part.parquet"
    assert keys.day_part_key(keys.history_tier("velib"), "2026-11-22") == (
        "history/source=velib/date=2026-11-22/part.parquet"
    )


def test_fetches_of_a_tick_sort_first_kept_first() -> None:
    later = FetchId.refetch(TICK, datetime(2026, 11, 23, 8, 17, 33, tzinfo=UTC))
    assert sorted([later, FetchId(TICK)]) == [FetchId(TICK), later]


@pytest.mark.parametrize(
    ("name", "parsed"),
    [
        ("20261123T0815Z.fetch.json", RawKey(FetchId(TICK), "fetch")),
        ("20261123T0815Z.exports.json.gz", RawKey(FetchId(TICK), "exports")),
        ("20261123T0815Z.at081733Z.fetch.json", RawKey(FetchId(TICK, "at081733Z"), "fetch")),
    ],
)
def test_raw_names_are_read_back(name: str, parsed: RawKey) -> None:
    assert keys.parse_raw_name(name) == parsed
    assert parsed.is_note == name.endswith(".fetch.json")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "README.md",
        "20261123T0815Z.exports.json",
        "20261123T0815Z.fetch.json.gz",
        "20261123T0815Z.Exports.json.gz",
        "20261399T0815Z.exports.json.gz",
        "20261123T0815Z.exports.json.gz.tmp",
        "20261123T0815Z.exports.json.gz#1",
        "٢٠٢٦١١٢٣T0815Z.exports.json.gz",
        "20261123T0815Z.exports.json.gz\n",
    ],
)
def test_names_of_other_files_are_no_raw_keys(name: str) -> None:
    assert keys.parse_raw_name(name) is None


@pytest.mark.parametrize(
    ("tail", "parsed"),
    [
        ("date=2026-11-23/hour=08/part.parquet", ("2026-11-23", "08", "part.parquet")),
        ("date=2026-11-23/part.parquet", ("2026-11-23", None, "part.parquet")),
        ("date=2026-11-23/hour=8/part.parquet", None),
        ("date=2026-11-23/hour=08/deeper/part.parquet", None),
        ("part.parquet", None),
    ],
)
def test_partitions_are_read_back(tail: str, parsed: tuple[str, str | None, str] | None) -> None:
    assert keys.parse_partition(tail) == parsed


@pytest.mark.parametrize("name", ["velib", "a", "lyon_2", "a" * 40])
def test_names_that_can_stand_in_a_key(name: str) -> None:
    assert keys.is_source(name)


@pytest.mark.parametrize(
    "name", ["", "Velib", "vélib", "2lyon", "a b", "a/b", "..", "a=b", "a" * 41, "velib\n"]
)
def test_names_that_cannot_stand_in_a_key(name: str) -> None:
    assert not keys.is_source(name)


def test_an_hour_knows_its_partition_and_its_neighbours() -> None:
    hour = Hour.parse("2026-11-23", "00")
    assert (hour.date, hour.hh, str(hour)) == ("2026-11-23", "00", "2026-11-23 00:00 UTC")
    assert hour.back(1).date == "2026-11-22"
    assert [str(each) for each in hours_between(hour.back(2), hour)] == [
        "2026-11-22 22:00 UTC",
        "2026-11-22 23:00 UTC",
        "2026-11-23 00:00 UTC",
    ]
    assert hours_between(hour, hour.back(1)) == []


def test_ticks_between_two_instants_leave_out_the_last() -> None:
    start = datetime(2026, 11, 23, 8, 1, tzinfo=UTC)
    stamps = [tick.stamp for tick in ticks_between(start, start + timedelta(minutes=59), 900)]
    assert stamps == ["20261123T0815Z", "20261123T0830Z", "20261123T0845Z"]
