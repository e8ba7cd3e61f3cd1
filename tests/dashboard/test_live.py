"""A lake that is being filled while it is looked at: no error on the way, and the new tick at the end."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from tests.dashboard.conftest import Served, fill, serving
from tests.steps.feeds import TICK, ScriptedFeed, small_export

from velib_insights.adapters.lake import Lake
from velib_insights.core.ticks.tick import Tick
from velib_insights.core.zones import Zones
from velib_insights.dashboard.live_site import LiveSite
from velib_insights.steps.ingest import Network
from velib_insights.steps.publish import publish
from velib_insights.steps.tick_pipeline import run_tick

TARGETS = (
    "/api/latest",
    "/api/health",
    "/api/kpi/taux_remplissage?format=csv",
    "/api/stations/1001/history?days=31",
    "/data/index.json",
    "/data/now.json",
    "/data/top10.json",
)


def wait_for(served: Served, epoch: int) -> None:
    deadline = time.monotonic() + 60
    while served.client.get("/api/latest?limit=1").json().get("epoch") != epoch:
        assert time.monotonic() < deadline, "the new tick never showed"
        time.sleep(0.05)


def test_an_empty_lake_says_what_to_do_and_shows_the_first_tick(lake: Lake, tmp_path: Path) -> None:
    with serving(lake) as served:
        for target in (
            "/api/latest",
            "/api/health",
            "/api/kpi",
            "/api/days",
            "/data/index.json",
            "/data/now.json",
        ):
            answered = served.client.get(target)
            assert answered.status == 503, target
            assert answered.headers["retry-after"] == "5"
            error = answered.error()
            assert error["class"] == "NothingYet"
            assert "velib run" in error["hint"]
        assert served.client.query("SELECT 1").status == 503
        assert served.client.get("/").status == 200
        assert served.client.get("/api/openapi.json").status == 200
        fill(tmp_path / "recorded", lake, ticks=1)
        deadline = time.monotonic() + 60
        while served.client.get("/api/latest").status != 200:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert served.client.get("/api/latest").json()["total"] == 12


def test_while_ticks_come_every_answer_is_whole_and_the_last_tick_shows(lake: Lake, tmp_path: Path) -> None:
    """As `velib watch` writes: ingest, clean, publish, tick after tick, while others read."""
    fill(tmp_path / "recorded", lake, ticks=4)
    network, zones = Network(), Zones()
    start = Tick.parse("20261122T2200Z")
    stop = threading.Event()
    wrong: list[tuple[str, int, bytes]] = []
    seen: list[list[int]] = [[], [], []]

    def read(served: Served, own: list[int]) -> None:
        while not stop.is_set():
            for target in TARGETS:
                answered = served.client.get(target)
                if answered.status != 200:
                    wrong.append((target, answered.status, answered.body))
            own.append(served.client.get("/api/latest?limit=1").json()["epoch"])

    with serving(lake) as served:
        wait_for(served, start.epoch - 900)
        readers = [threading.Thread(target=read, args=(served, own), daemon=True) for own in seen]
        for reader in readers:
            reader.start()
        for number in range(5):
            tick = Tick(start.epoch + 900 * number)
            feed = ScriptedFeed({"exports": small_export(100 + number)}, start=tick.at)
            run_tick(lake, feed, tick, network, zones)
            publish(lake, "velib", "Europe/Paris", most_reports=1)
        wait_for(served, start.epoch + 900 * 4)
        stop.set()
        for reader in readers:
            reader.join(60)
    assert wrong == []
    for own in seen:
        assert own, "it never got an answer"
        assert own == sorted(own), "time never runs backwards"


def test_a_tick_that_fails_shows_in_health_and_the_tick_before_stays(lake: Lake, tmp_path: Path) -> None:
    fill(tmp_path / "recorded", lake, ticks=4)
    last = Tick.parse("20261122T2145Z")
    with serving(lake) as served:
        wait_for(served, last.epoch)
        failed = Tick(last.epoch + 900)
        run_tick(lake, ScriptedFeed("the server answered 503", start=failed.at), failed, Network(), Zones())
        deadline = time.monotonic() + 30
        while served.client.get("/api/health").json()["status"] != "failing":
            assert time.monotonic() < deadline
            time.sleep(0.05)
        told = served.client.get("/api/health").json()
        assert (told["observed_epoch"], told["ledger_epoch"]) == (last.epoch, failed.epoch)
        assert served.client.get("/api/latest").json()["total"] == 12


def test_live_data_is_late_once_three_ticks_are_missing(lake: Lake) -> None:
    run_tick(lake, ScriptedFeed({"exports": small_export(1)}), TICK, Network(), Zones())
    age_s = 0
    with serving(lake, clock=lambda: TICK.epoch + age_s) as served:
        wait_for(served, TICK.epoch)
        for age_s, status in (
            (-61, "ahead"),
            (-60, "ok"),
            (60, "ok"),
            (3 * 900, "ok"),
            (3 * 900 + 60, "late"),
        ):
            told = served.client.get("/api/health").json()
            assert (told["how"], told["status"], told["age_s"]) == ("live", status, age_s)


def test_a_lake_on_s3_is_served_as_one_in_a_folder(s3_lake: Lake, lake: Lake, tmp_path: Path) -> None:
    for each in (s3_lake, lake):
        fill(tmp_path / each.name.replace("/", "-"), each, ticks=4)
    told = []
    for each in (s3_lake, lake):
        with serving(each) as served:
            wait_for(served, Tick.parse("20261122T2145Z").epoch)
            told.append(
                [served.client.get(target).json() for target in ("/api/latest", "/api/days", "/api/kpi")]
            )
            told[-1].append(served.client.get("/api/stations/1001/history").json())
    assert told[0] == told[1]


def test_what_was_published_is_taken_and_not_made_again(lake: Lake, tmp_path: Path) -> None:
    fill(tmp_path / "recorded", lake, ticks=4 * 26)
    publish(lake, "velib", "Europe/Paris")
    site = LiveSite(lake, Network)
    site.refresh()
    for path in ("days/2026-11-22.json", "insights/2026-11-22.json", "kpi/kpi_chronic_stations.csv"):
        marked = b"published"
        lake.put(f"site/data/{path}", marked)
        assert site.file(path).body == marked
    site.close()


def test_a_lake_cleaned_again_is_shown_as_it_is_now(lake: Lake, tmp_path: Path) -> None:
    fill(tmp_path / "recorded", lake, ticks=8)
    site = LiveSite(lake, Network)
    site.refresh()
    before = site.file("days/2026-11-22.json").body
    gone = "date=2026-11-22/hour=21/part.parquet"
    for tier in ("clean/source=velib", "clean/ticks"):
        lake.delete(f"{tier}/{gone}")
    site.refresh()
    assert site.file("days/2026-11-22.json").body != before
    assert site.moment.observed_epoch == int((TICK.at.replace(day=22, hour=22, minute=45)).timestamp())
    site.close()


@pytest.mark.parametrize("minutes", [5])
def test_another_cadence_is_told(lake: Lake, tmp_path: Path, minutes: int) -> None:
    for number in range(4):
        tick = Tick(TICK.epoch + 60 * minutes * number)
        feed = ScriptedFeed({"exports": small_export(number)}, start=tick.at + timedelta(seconds=1))
        run_tick(lake, feed, tick, Network(cadence_s=60 * minutes), Zones())
    site = LiveSite(lake, Network)
    site.refresh()
    assert site.json("index.json")["cadence_min"] == minutes
    site.close()
