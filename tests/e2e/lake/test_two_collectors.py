"""Commands that meet another collector, a note that cannot be read, or both."""

from __future__ import annotations

import gzip
import hashlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.conftest import Velib, environment
from tests.steps.feeds import objects

from velib_insights.adapters.lake import Lake
from velib_insights.core.ticks.tick import Tick
from velib_insights.simulator.server import SimulatorServer
from velib_insights.simulator.world.network import Network


@pytest.fixture(scope="module")
def network() -> Network:
    return Network(1)


@pytest.fixture
def feed(network: Network) -> Iterator[SimulatorServer]:
    while time.time() % 3600 > 3600 - 120:  # the tick of an hour must not end meanwhile
        time.sleep(1)
    with SimulatorServer(network) as server:
        yield server


def notes_of_sound_raw(lake: Lake) -> list[dict[str, Any]]:
    there = objects(lake, "raw")
    notes = [json.loads(body) for key, body in there.items() if key.endswith("fetch.json")]
    named = [feed for note in notes for feed in note["feeds"] if "key" in feed]
    for feed in named:
        assert hashlib.sha256(gzip.decompress(there[feed["key"]])).hexdigest() == feed["sha256"], feed["key"]
    assert {feed["key"] for feed in named} == {key for key in there if key.endswith(".gz")}
    return notes


def test_two_collectors_of_one_tick_leave_whole_fetches(
    tmp_path: Path, velib: Velib, feed: SimulatorServer
) -> None:
    """Both are held until each has asked, so that both store at once."""
    asked = threading.Barrier(2, timeout=60)
    clock = feed.clock
    moved = iter(range(0, 10_000, 60))

    def answering_together() -> float:  # each answer has another clock, so the two fetches differ
        return clock() - next(moved)

    feed.clock = answering_together
    tick = Tick.at_or_before(datetime.now(UTC), 3600).stamp

    def ingest(_: int) -> int:
        asked.wait()
        command = [sys.executable, "-m", "velib_insights", "ingest", "--feed", feed.gbfs_url]
        more = ["--cadence", "60", "--tick", tick, "--lake", "lake"]
        return subprocess.run([*command, *more], cwd=tmp_path, env=environment(), check=False).returncode

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(ingest, range(2))) == [0, 0]
    lake = Lake.open(str(tmp_path / "lake"))
    notes = notes_of_sound_raw(lake)
    assert {note["outcome"] for note in notes} == {"ok"}
    assert velib("clean").code == 0
    rows = velib("query", "SELECT outcome, bodies FROM ticks", "--json").json()
    assert rows == [{"outcome": "ok", "bodies": len(notes)}]


@pytest.mark.parametrize(
    ("command", "damage"), [("run", b'{"source": "ve'), ("ingest", b""), ("watch", b"")], ids=str
)
def test_a_note_that_cannot_be_read_is_warned_of_once_and_stops_nothing(
    tmp_path: Path, velib: Velib, feed: SimulatorServer, command: str, damage: bytes
) -> None:
    ask = ["--feed", feed.gbfs_url, "--cadence", "60"]
    assert velib("ingest", *ask).code == 0
    lake = Lake.open(str(tmp_path / "lake"))
    (key,) = [key for key in objects(lake, "raw") if key.endswith("fetch.json")]
    lake.put(key, damage)

    said = velib(command, *ask, *(["--ticks", "1"] if command == "watch" else []))
    assert said.code == 0
    assert said.err.count("is not a fetch note") == 1
    assert f"warning: {key}" in said.err
    assert "whole" not in said.err
    assert len([key for key in objects(lake, "raw") if key.endswith("fetch.json")]) == 2
    if command == "watch":
        assert "Stopped. The warnings above still hold: see `velib doctor`." in said.err
    assert velib("clean").code == 0
    rows = velib("query", "SELECT outcome, bodies, fetched_at IS NULL AS no_note FROM ticks", "--json").json()
    assert rows == [{"outcome": "ok", "bodies": 2, "no_note": False}]
    found = velib("doctor", "--offline", "--json").json()["findings"]
    assert any(key in str(finding["figures"]) for finding in found if finding["severity"] == "error")
