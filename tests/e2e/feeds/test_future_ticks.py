"""A tick ahead of the wall clock is in the lake and in no figure: what each command says of it."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.e2e.conftest import Velib
from tests.steps.feeds import fetched, small_export

from velib_insights.adapters.lake import Lake
from velib_insights.core.ticks.tick import Tick
from velib_insights.steps.ingest import Network, store_fetch


@pytest.mark.parametrize("ahead", [timedelta(minutes=30), timedelta(days=2), timedelta(days=3650)], ids=str)
def test_a_tick_ahead_of_the_wall_clock_is_never_now(
    velib_here: Velib, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ahead: timedelta
) -> None:
    monkeypatch.chdir(tmp_path)
    lake = Lake.open(str(tmp_path / "lake"), create=True)
    now = Tick.at_or_before(datetime.now(UTC), 900)
    for number, at in enumerate((now.at - timedelta(minutes=15), now.at, now.at + ahead)):
        tick = Tick.at_or_before(at, 900)
        store_fetch(
            lake, fetched({"exports": small_export(number)}, at + timedelta(seconds=2)), tick, Network()
        )
    future = Tick.at_or_before(now.at + ahead, 900)
    assert velib_here("clean", "--lake", "lake").code == 0
    observed = f"{now.at:%Y-%m-%dT%H:%M:%SZ}"

    said = velib_here("query", "--lake", "lake", "--json", "SELECT max(snapshot_at) AS latest FROM ticks")
    assert said.json()[0]["latest"] == observed
    assert velib_here("publish", "--lake", "lake", "--json").json()["snapshot_at"] == observed
    index = json.loads(lake.get("site/data/index.json") or b"")
    assert index["observed_epoch"] == index["ledger_epoch"] == now.epoch
    assert future.at.date().isoformat() not in [day["date"] for day in index["days"] if day["ticks"] > 2]
    report = velib_here("insights", "--lake", "lake", "--json")
    assert report.code == 0, report.err

    findings = velib_here("doctor", "--lake", "lake", "--offline", "--json").json()["findings"]
    (told,) = [each for each in findings if "ahead of this machine's clock, by up to" in each["what"]]
    assert told["severity"] == "warning"
    assert told["what"].startswith("1 tick lies ahead")
    assert future.stamp in told["what"]
    (latest,) = [each["what"] for each in findings if "latest observed tick is" in each["what"]]
    assert f"{now.at:%H:%M} UTC" in latest
    assert " ago" in latest
    assert time.time() < future.epoch
