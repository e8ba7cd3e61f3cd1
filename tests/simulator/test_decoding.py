"""What the simulator emits goes through the same decoders as what was recorded, and comes out as it was meant."""

from __future__ import annotations

import gzip
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from velib_insights.core.dialects import decode
from velib_insights.core.observations import Decoded
from velib_insights.simulator.feeds.corruption import corrupted
from velib_insights.simulator.feeds.faults import Fault, FaultKind
from velib_insights.simulator.feeds.gbfs import VERSIONS, Version, gbfs_feed
from velib_insights.simulator.feeds.velib import (
    gbfs_station_information,
    gbfs_station_status,
    opendatasoft_export,
)
from velib_insights.simulator.world.timeline import Snapshot, Timeline

NOON = int(datetime(2026, 3, 4, 11, 0, tzinfo=UTC).timestamp())


@pytest.fixture(scope="module")
def snapshot(timeline: Timeline) -> Snapshot:
    return timeline.state_at(NOON)


def standard(version: Version, snapshot: Snapshot) -> dict[str, bytes]:
    bodies = {
        feed: gbfs_feed(version, feed, snapshot, "http://example.org")
        for feed in ("station_status", "station_information", "vehicle_types")
    }
    return {feed: body for feed, body in bodies.items() if body is not None}


def check(decoded: Decoded, snapshot: Snapshot) -> None:
    assert decoded.outcome == "ok"
    assert not decoded.refusals
    assert len(decoded.columns) == len(snapshot)
    assert sum(bikes or 0 for bikes in decoded.columns.bikes) == sum(snapshot.mechanical) + sum(
        snapshot.ebikes
    )
    assert sum(bikes or 0 for bikes in decoded.columns.ebikes) == sum(snapshot.ebikes)
    assert sum(docks or 0 for docks in decoded.columns.docks) == sum(snapshot.docks)
    assert Counter(decoded.columns.is_renting) == Counter(snapshot.is_renting)
    assert Counter(decoded.columns.capacity) == Counter(station.capacity for station in snapshot.stations)
    assert Counter(decoded.columns.last_reported) == Counter(snapshot.last_reported)


def test_the_export(snapshot: Snapshot) -> None:
    check(decode({"exports": opendatasoft_export(snapshot)}), snapshot)


def test_gbfs_as_velib_writes_it(snapshot: Snapshot) -> None:
    bodies = {
        "station_status": gbfs_station_status(snapshot),
        "station_information": gbfs_station_information(snapshot),
    }
    check(decode(bodies), snapshot)


@pytest.mark.parametrize("version", VERSIONS)
def test_standard_gbfs(snapshot: Snapshot, version: Version) -> None:
    check(decode(standard(version, snapshot)), snapshot)


@pytest.mark.parametrize(
    "kind",
    [
        FaultKind.TRUNCATED,
        FaultKind.HTML,
        FaultKind.NULL_SHELLS,
        FaultKind.EMPTY_ARRAY,
        FaultKind.HUNDRED_ROWS,
    ],
)
def test_a_spoilt_export_is_not_taken_for_a_good_one(snapshot: Snapshot, kind: FaultKind) -> None:
    body = corrupted(opendatasoft_export(snapshot), Fault(kind))
    assert decode({"exports": body}).outcome != "ok"


@pytest.mark.recordings
def test_recorded_and_simulated_shells_are_judged_alike(snapshot: Snapshot, recordings: Path) -> None:
    simulated = decode({"exports": corrupted(opendatasoft_export(snapshot), Fault(FaultKind.NULL_SHELLS))})
    for path in sorted((recordings / "ods_faults").glob("*null-stationcode*.json.gz")):
        recorded = decode({"exports": gzip.decompress(path.read_bytes())})
        assert recorded.outcome == simulated.outcome
        assert {refusal.rule for refusal in recorded.refusals} == {
            refusal.rule for refusal in simulated.refusals
        }
