"""Folders of simulated bodies."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from velib_insights.simulator.feeds.faults import Fault, FaultKind, FaultPlan, Scheduled
from velib_insights.simulator.recordings import write_recording
from velib_insights.simulator.world.network import Network

START = datetime(2026, 3, 2, 8, 15, tzinfo=UTC)


def test_opendatasoft_bodies_are_named_by_fetch_instant(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    written = write_recording(
        tmp_path / "new", Network(5, 60), START, days=1 / 24, progress=lambda *done: told.append(done)
    )
    assert [path.name for path in written] == [
        "2026-03-02T081501Z.json.gz",
        "2026-03-02T083001Z.json.gz",
        "2026-03-02T084501Z.json.gz",
        "2026-03-02T090001Z.json.gz",
    ]
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert len(json.loads(gzip.decompress(written[0].read_bytes()))) >= 55


def test_gbfs_leaves_two_files_a_tick(tmp_path: Path) -> None:
    write_recording(tmp_path, Network(5, 60), START, days=1 / 48, dialect="gbfs")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "2026-03-02T081501Z.station_information.json.gz",
        "2026-03-02T081501Z.station_status.json.gz",
        "2026-03-02T083001Z.station_information.json.gz",
        "2026-03-02T083001Z.station_status.json.gz",
    ]


def test_the_same_recording_has_the_same_bytes_wherever_it_starts(tmp_path: Path) -> None:
    write_recording(tmp_path / "long", Network(5, 60), START, days=0.5)
    later = START + timedelta(hours=6)
    for path in write_recording(tmp_path / "short", Network(5, 60), later, days=0.1):
        assert path.read_bytes() == (tmp_path / "long" / path.name).read_bytes()


def test_faults_stand_in_the_bodies_or_leave_gaps(tmp_path: Path) -> None:
    tick = int(START.timestamp())
    faults = FaultPlan(
        (
            Scheduled(Fault(FaultKind.HTML), tick, tick + 900),
            Scheduled(Fault(FaultKind.STATUS), tick + 900, tick + 1800),
        )
    )
    first, third = write_recording(tmp_path, Network(5, 60), START, days=3 / 96, faults=faults)
    assert gzip.decompress(first.read_bytes()).startswith(b"<!DOCTYPE html>")
    assert third.name == "2026-03-02T084501Z.json.gz"


def test_a_start_without_time_zone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="needs a time zone"):
        write_recording(tmp_path, Network(5, 60), datetime(2026, 3, 2), days=1)  # noqa: DTZ001


@pytest.mark.slow
def test_two_days_of_the_whole_network_take_seconds(tmp_path: Path) -> None:
    began = datetime.now(UTC)
    assert len(write_recording(tmp_path, Network(1), START, days=2)) == 192
    assert (datetime.now(UTC) - began).total_seconds() < 20
