"""Publishing step by step ends in the files that publishing once gives, whatever came late."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.e2e.conftest import Velib
from tests.steps.feeds import fetched, record, small_export

from velib_insights.adapters.lake import Lake
from velib_insights.core.ticks.tick import Tick
from velib_insights.core.zones import Zones
from velib_insights.steps.clean import clean
from velib_insights.steps.ingest import store_fetch
from velib_insights.steps.network import read_network

DAY = "2026-11-22"
MIDNIGHT = datetime(2026, 11, 22, 23, tzinfo=UTC)  # the end of that day in Paris


def site_data(lake: Path) -> dict[str, bytes]:
    root = lake / "site/data"
    return {f"{path.relative_to(root)}": path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_late_tick_of_the_next_day_changes_how_many_were_due_on_the_day_before(
    velib_here: Velib, tmp_path: Path
) -> None:
    """Every quarter of an hour until 21:45, and from 01:00 on every hour: between the two, ticks were due by the hour.
    A tick of midnight that is replayed later says that they were due by the quarter."""
    lake = tmp_path / "lake"

    def replayed(name: str, start: datetime, ticks: int, cadence_min: int) -> None:
        record(tmp_path / name, ticks, start=start, every=timedelta(minutes=cadence_min))
        assert velib_here("import", tmp_path / name, "--cadence", cadence_min, "--lake", lake).code == 0

    def expected() -> tuple[int, int]:
        assert velib_here("publish", "--lake", lake, "--reports", "0").code == 0
        index = json.loads((lake / "site/data/index.json").read_text("utf-8"))
        (line,) = (day["expected"] for day in index["days"] if day["date"] == DAY)
        replay = json.loads((lake / f"site/data/days/{DAY}.json").read_text("utf-8"))
        return int(line), len(replay["epochs"])

    replayed("evening", MIDNIGHT - timedelta(hours=5), 12, 15)
    replayed("night", MIDNIGHT + timedelta(hours=1), 4, 60)
    assert expected() == (14, 14)  # twelve, 22:45 and 23:45
    replayed("late", MIDNIGHT, 1, 15)
    assert expected() == (20, 20)
    step_by_step = site_data(lake)
    shutil.rmtree(lake / "site")
    expected()
    assert site_data(lake) == step_by_step


@pytest.mark.parametrize("outcome", ["ok", "fetch_failed"])
@pytest.mark.parametrize("dark_h", [1, 2, 27, 51])
def test_ticks_are_due_through_a_gap_however_long_it_is(
    velib_here: Velib, tmp_path: Path, outcome: str, dark_h: int
) -> None:
    """Hourly ticks until 20:00 of a day; then none, until so many hours after its end."""
    folder = tmp_path / "lake"
    record(tmp_path / "recorded", 20, start=MIDNIGHT - timedelta(hours=23), every=timedelta(hours=1))
    replayed = velib_here("import", tmp_path / "recorded", "--cadence", "60", "--lake", folder)
    assert replayed.code == 0

    def published() -> dict[str, bytes]:
        assert velib_here("publish", "--lake", folder).code == 0
        return site_data(folder)

    published()
    lake = Lake.open(str(folder))
    network = read_network(lake)
    assert network is not None
    for hour in (0, 1):
        tick = Tick.at_or_before(MIDNIGHT + timedelta(hours=dark_h + hour), 3600)
        answer = {"exports": small_export(100 + hour)} if outcome == "ok" else "timed out"
        store_fetch(lake, fetched(answer, tick.at + timedelta(seconds=3)), tick, network)
        clean(lake, "velib", tick.hour, Zones())
        step_by_step = published()
    shutil.rmtree(folder / "site")
    assert published() == step_by_step
    days = json.loads(step_by_step["index.json"])["days"]
    last = json.loads(step_by_step[f"days/{days[-1]['date']}.json"])
    assert [day["expected"] for day in days] == [23, dark_h % 24 + 2]
    assert len(last["epochs"]) == dark_h % 24 + 2
    for day in days:
        report = json.loads(step_by_step[f"insights/{day['date']}.json"])
        assert report["coverage"]["ticks_expected"] == day["expected"]
