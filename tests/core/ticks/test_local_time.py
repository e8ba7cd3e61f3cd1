"""The Paris calendar of a row: derived once, right on the two days that are not 24 hours long."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from tests.core.bodies import cleaned, export, kept, ods_row, raw_fetch, tick_row

from velib_insights.core.errors import SettingsError
from velib_insights.core.ticks.local_time import local_time
from velib_insights.core.ticks.tick import Tick


def local_hours(first: str, hours: int) -> list[int]:
    start = Tick.parse(first)
    return [local_time(Tick(start.epoch + 3600 * i), "Europe/Paris").hour for i in range(hours)]


def test_in_october_the_hour_02_comes_twice() -> None:
    assert local_hours("20261024T2200Z", 5) == [0, 1, 2, 2, 3]


def test_in_march_the_hour_02_is_missing() -> None:
    assert local_hours("20260328T2300Z", 4) == [0, 1, 3, 4]


def test_rows_of_the_repeated_hour_keep_their_instants_apart() -> None:
    ticks = [Tick.parse("20261025T0015Z"), Tick.parse("20261025T0115Z")]
    rows = [kept(cleaned(raw_fetch(export(ods_row()), tick)))[0] for tick in ticks]
    assert [(row["local_date"], row["local_hour"], row["local_weekday"]) for row in rows] == [
        (date(2026, 10, 25), 2, 7)
    ] * 2
    assert rows[1]["snapshot_at"] - rows[0]["snapshot_at"] == timedelta(hours=1)


def test_the_local_date_changes_at_the_local_midnight() -> None:
    before, after = (local_time(Tick.parse(f"20260630T2{h}Z"), "Europe/Paris") for h in ("145", "200"))
    assert (before.date, before.hour, before.weekday) == (date(2026, 6, 30), 23, 2)
    assert (after.date, after.hour, after.weekday) == (date(2026, 7, 1), 0, 3)


def test_the_calendar_is_that_of_the_network() -> None:
    hour = cleaned(raw_fetch(export(ods_row()), Tick.parse("20261123T0815Z"), timezone="America/Montreal"))
    assert kept(hour)[0]["local_hour"] == 3


@pytest.mark.parametrize(
    ("zone", "tick", "offset_s"),
    [
        ("Europe/Paris", "20260329T0045Z", 3_600),
        ("Europe/Paris", "20260329T0100Z", 7_200),
        ("Asia/Kolkata", "20261123T0815Z", 19_800),
        ("America/St_Johns", "20261123T0815Z", -12_600),
        ("Asia/Kathmandu", "20261123T0815Z", 20_700),
        ("Australia/Lord_Howe", "20261003T1515Z", 37_800),
        ("Australia/Lord_Howe", "20261003T1545Z", 39_600),
    ],
)
def test_the_ledger_keeps_the_offset_from_utc(zone: str, tick: str, offset_s: int) -> None:
    hour = cleaned(raw_fetch(export(ods_row()), Tick.parse(tick), timezone=zone))
    assert tick_row(hour)["utc_offset_s"] == offset_s


@pytest.mark.parametrize("zone", ["Europe/Pari", "", "../../etc/passwd", "Europe", "a\x00b"])
def test_an_unknown_time_zone_is_a_settings_error(zone: str) -> None:
    with pytest.raises(SettingsError, match="time zone"):
        local_time(Tick(0), zone)
