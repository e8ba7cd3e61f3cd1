"""Rules of days, on a lake that is long enough for them."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.conftest import Velib
from tests.forty_days import DAYS, EMPTY_AT, FIRST, FROZEN_FROM, FROZEN_H, RESIZED_ON, STATIONS, ticks
from tests.steps.feeds import fetched

from velib_insights.adapters.lake import Lake
from velib_insights.core.zones import Zones
from velib_insights.steps.clean import clean
from velib_insights.steps.ingest import Network, store_fetch

_TOLERATED_H = 6  # for which a state of a small network may last before it counts as a freeze
DATES = [f"{FIRST + timedelta(hours=1 + 24 * day):%Y-%m-%d}" for day in range(DAYS)]


def asked(velib: Velib, lake: Path, sql: str) -> list[dict[str, Any]]:
    said = velib("query", sql, "--lake", lake, "--json")
    assert said.code == 0, said.err
    rows: list[dict[str, Any]] = said.json()
    return rows


def up_to(lake: Path, until: int, into: Path) -> Path:
    """The hours up to that tick."""
    for tick in ticks()[: until + 1]:
        for tier in ("source=velib", "ticks"):
            folder = f"clean/{tier}/date={tick.hour.date}/hour={tick.hour.hh}"
            shutil.copytree(lake / folder, into / folder)
    shutil.copy(lake / "network.json", into)
    return into


def test_a_freeze_of_days_is_frozen_to_its_end(velib_here: Velib, forty_days: Path) -> None:
    rows = asked(velib_here, forty_days, "SELECT snapshot_epoch, is_frozen FROM observed_ticks")
    frozen = {row["snapshot_epoch"] for row in rows if row["is_frozen"]}
    first = FROZEN_FROM - 1 + _TOLERATED_H
    assert frozen == {tick.epoch for tick in ticks()[first : FROZEN_FROM + FROZEN_H]}


def test_now_lies_before_a_freeze_that_is_longer_than_what_is_read_first(
    velib_here: Velib, forty_days: Path, tmp_path: Path
) -> None:
    lake = up_to(forty_days, FROZEN_FROM + FROZEN_H - 2, tmp_path / "cut")
    said = velib_here("kpi", "taux_remplissage", "--lake", lake)
    at = ticks()[FROZEN_FROM - 2 + _TOLERATED_H].at
    assert f"As of {at:%Y-%m-%d %H:%M} UTC" in said.out


def test_each_of_forty_days_published_at_once_is_told_whole(
    velib_here: Velib, forty_days: Path, tmp_path: Path
) -> None:
    lake = up_to(forty_days, 24 * DAYS - 1, tmp_path / "copy")
    assert velib_here("publish", "--lake", lake, "--reports", "0").code == 0
    index = json.loads((lake / "site/data/index.json").read_text("utf-8"))
    told = {day["date"]: day for day in index["days"]}
    assert list(told) == DATES
    frozen = range(FROZEN_FROM - 1 + _TOLERATED_H, FROZEN_FROM + FROZEN_H)
    for day, date in enumerate(DATES):
        observed = 24 - len(set(frozen) & set(range(24 * day, 24 * day + 24)))
        assert (told[date]["ticks"], told[date]["observed"]) == (24, observed), date


@pytest.mark.parametrize("hours_after", [0, 1])
def test_a_failure_after_midnight_shows_what_was_missed_before_it(
    velib_here: Velib, forty_days: Path, tmp_path: Path, hours_after: int
) -> None:
    """Nobody asked from 21:00 on, and the first fetch of the next day failed: now is the evening before."""
    midnight = 24 * 5
    folder = up_to(forty_days, midnight - 4, tmp_path / "copy")
    lake = Lake.open(str(folder))

    def expected() -> int:
        assert velib_here("publish", "--lake", folder, "--reports", "0").code == 0
        days = json.loads((folder / "site/data/index.json").read_text("utf-8"))["days"]
        (told,) = (day["expected"] for day in days if day["date"] == DATES[4])
        return int(told)

    assert expected() == 21
    tick = ticks()[midnight + hours_after]
    store_fetch(lake, fetched("timed out", tick.at + timedelta(seconds=3)), tick, Network(cadence_s=3600))
    clean(lake, "velib", tick.hour, Zones())
    assert expected() == 24


@pytest.mark.parametrize("day", [1, 15, 30, 38])
def test_the_report_of_any_day_tells_of_that_day(velib_here: Velib, forty_days: Path, day: int) -> None:
    report = velib_here("insights", "--lake", forty_days, "--date", DATES[day], "--json").json()
    assert report["coverage"]["ticks_observed"] == 24
    emptied = [station for station in report["stations"]["worst"] if station["station_code"] == "1001"]
    assert [station["short_minutes"] for station in emptied] == [60 * len(EMPTY_AT)]


def test_a_change_is_told_against_what_was_known_a_month_before(velib_here: Velib, forty_days: Path) -> None:
    report = velib_here("insights", "--lake", forty_days, "--date", DATES[RESIZED_ON], "--json").json()
    code = str(1001 + 1000 * (STATIONS - 1) + STATIONS - 1)
    changes = [change for change in report["changes"] if change["station_code"] == code]
    assert [(change["capacity_before"], change["capacity"]) for change in changes] == [(30, 40)]
