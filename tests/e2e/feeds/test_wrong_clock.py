"""A machine whose clock is wrong: what it fetches is filed where it belongs or refused, and it is said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.e2e.conftest import Said, Velib
from tests.steps.feeds import objects

from velib_insights.adapters.lake import Lake
from velib_insights.core.ticks.tick import Tick
from velib_insights.simulator.feeds.faults import Fault, FaultKind
from velib_insights.simulator.server import SimulatorServer
from velib_insights.simulator.world.network import Network

LEDGER = (
    "SELECT strftime(snapshot_at, '%Y-%m-%dT%H:%M') AS at, outcome, reason, clock_error_s, lag_s, rows_kept, "
    "rows_in, rows_refused FROM ticks ORDER BY snapshot_epoch"
)
BEHIND_S = 3 * 3600 + 12 * 60


@pytest.fixture(scope="module")
def network() -> Network:
    return Network(1)


@pytest.fixture
def feed(network: Network) -> Iterator[SimulatorServer]:
    with SimulatorServer(network) as server:
        yield server


def publisher_is(feed: SimulatorServer, ahead_s: float) -> None:
    """The feed and its server go by a clock that this machine's is behind."""
    machine = feed.clock
    feed.clock = lambda: machine() + ahead_s


def ask(velib: Velib, feed: SimulatorServer, command: str = "run", url: str = "") -> Said:
    return velib(command, "--feed", url or feed.gbfs_url, "--cadence", "5", "--attempts", "1", "--json")


def ledger(velib: Velib) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = velib("query", LEDGER, "--json").json()
    return rows


def stored_ledger(folder: Path) -> list[dict[str, Any]]:
    """The rows of the ledger's files, those ahead of this machine's clock too."""
    files = sorted((folder / "lake" / "clean" / "ticks").rglob("*.parquet"))
    return [row for file in files for row in pq.ParquetFile(file).read().to_pylist()]


@pytest.mark.parametrize("off_s", [BEHIND_S, -BEHIND_S, -3 * 365 * 86_400])
def test_the_answer_is_filed_by_the_clocks_of_the_publisher(
    velib_here: Velib, tmp_path: Path, feed: SimulatorServer, off_s: int
) -> None:
    publisher_is(feed, off_s)
    there = datetime.now(UTC) + timedelta(seconds=off_s)
    said = ask(velib_here, feed)
    assert said.code == 0, said.err
    assert "warning: this machine's clock is " in said.err
    assert ("3 h 12 min behind" if off_s == BEHIND_S else "ahead of") in said.err
    tick = Tick.parse(said.json()["tick"])
    assert tick.epoch in {Tick.at_or_before(there + timedelta(seconds=s), 300).epoch for s in (0, 120)}
    assert abs(said.json()["clock_error_s"] + off_s) <= 2
    velib_here("clean", "--again")
    (row,) = stored_ledger(tmp_path)
    assert (row["snapshot_at"], row["outcome"]) == (tick.at, "ok")
    assert abs(row["clock_error_s"] + off_s) <= 2
    assert -5 <= row["lag_s"] <= 120
    assert row["rows_kept"] > 1400
    again = ask(velib_here, feed)
    assert again.code == 0
    assert {row["outcome"] for row in stored_ledger(tmp_path)} == {"ok"}
    is_shown = off_s < 0  # by a clock that is behind, the tick lies ahead, and is shown once that is set
    assert ("nothing is published: every tick in the lake lake is in the future" in said.err) is not is_shown
    assert len(ledger(velib_here)) == (len(stored_ledger(tmp_path)) if is_shown else 0)


@pytest.mark.parametrize("kind", [FaultKind.CLOCK_SKEW, FaultKind.DATE_SKEW])
def test_a_stale_feed_and_a_server_that_is_off_are_taken_as_they_come(
    velib_here: Velib, feed: SimulatorServer, kind: FaultKind
) -> None:
    feed.faults.queue(Fault(kind, -BEHIND_S, only="station_status"))
    said = ask(velib_here, feed)
    assert (said.code, said.json()["clock_error_s"]) == (0, 0)
    assert "clock" not in said.err
    (row,) = ledger(velib_here)
    assert (row["outcome"], row["clock_error_s"]) == ("ok", None)


def test_where_three_clocks_disagree_the_answer_is_kept_and_not_used(
    velib_here: Velib, tmp_path: Path, feed: SimulatorServer
) -> None:
    publisher_is(feed, BEHIND_S)
    feed.faults.queue(Fault(FaultKind.CLOCK_SKEW, -2 * 86_400, only="station_status"))
    said = ask(velib_here, feed)
    assert said.code == 4
    assert "the clocks disagree" in said.err
    assert "set the clock of this machine" in said.err
    for _ in range(2):
        (row,) = ledger(velib_here)
        assert row["outcome"] == "unusable"
        assert row["reason"].startswith("the clocks disagree: ")
        assert (row["rows_kept"], row["rows_in"], row["rows_refused"]) == (0, 0, 0)
        velib_here("clean", "--again")
    found = json.loads(velib_here("doctor", "--offline", "--json").out)["findings"]
    (about,) = [each for each in found if "the clocks disagree" in each["what"]]
    assert about["todo"].startswith("Set the clock of the machine that fetches")
    raw = objects(Lake.open(str(tmp_path / "lake")), "raw")
    assert any("station_status" in key for key in raw)


@pytest.mark.parametrize("dialect", ["gbfs", "opendatasoft"])
def test_a_tick_that_an_older_version_filed_by_a_wrong_clock_is_found_by_its_note(
    velib_here: Velib, tmp_path: Path, feed: SimulatorServer, dialect: str
) -> None:
    """And is asked for again when its time comes."""
    url = feed.gbfs_url if dialect == "gbfs" else feed.opendatasoft_url
    publisher_is(feed, -5 * 3600)
    filed = ask(velib_here, feed, "ingest", url).json()
    lake = Lake.open(str(tmp_path / "lake"))
    now = Tick.at_or_before(datetime.now(UTC), 300)
    for key, body in objects(lake, "raw").items():
        lake.delete(key)
        folder = f"raw/source=velib/date={now.hour.date}/hour={now.hour.hh}"
        name = key.rsplit("/", 1)[-1].replace(filed["tick"], now.stamp)
        if name.endswith("fetch.json"):
            note = json.loads(body)
            note["fetched_at"] = datetime.now(UTC).isoformat()
            note["tick"] = now.stamp
            del note["clock_error_s"]
            for own in note["feeds"]:
                own["key"] = f"{folder}/{own['key'].rsplit('/', 1)[-1].replace(filed['tick'], now.stamp)}"
            lake.put(f"{folder}/{name}", json.dumps(note).encode())
        else:
            lake.put(f"{folder}/{name}", body)
    velib_here("clean")
    (row,) = ledger(velib_here)
    assert (row["outcome"], row["rows_kept"]) == ("unusable", 0)
    assert row["reason"].startswith("the clocks disagree: ")

    publisher_is(feed, 5 * 3600)
    said = ask(velib_here, feed, "run", url)
    assert (said.code, said.json()["already_there"]) == (0, False)
    assert {row["outcome"] for row in ledger(velib_here)} <= {"ok", "unusable"}
    assert ledger(velib_here)[-1]["outcome"] == "ok"
