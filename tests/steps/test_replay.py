"""Replay: recorded bodies, dated by their names or by what they say, through the same pipeline."""

from __future__ import annotations

import gzip
import json
import os
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.core.bodies import as_body, ods_row, stations, status_row
from tests.steps.feeds import objects, record, small_export

from velib_insights.adapters.lake import Lake
from velib_insights.core.errors import NothingThere, SettingsError
from velib_insights.core.zones import Zones
from velib_insights.steps.catalog import catalog
from velib_insights.steps.clean import clean_all, hours_with_raw
from velib_insights.steps.ingest import Network
from velib_insights.steps.replay import Recording, measured_cadence_s, read_body, recordings_in, replay

NETWORK = Network()


def at(minute: float, folder: Path | None = None) -> Recording:
    instant = datetime(2026, 11, 23, 8, 0, tzinfo=UTC) + timedelta(minutes=minute)
    return Recording(instant, (("exports", Path("x")),), "")


def whole_replay(lake: Lake, recordings: list[Recording]) -> dict[str, bytes]:
    replay(lake, recordings, NETWORK)
    clean_all(lake, "velib", hours_with_raw(lake, "velib"), Zones())
    catalog(lake, "velib")
    return objects(lake)


def test_a_folder_of_recordings_becomes_raw_fetches_dated_by_their_names(lake: Lake, tmp_path: Path) -> None:
    record(tmp_path / "recorded", 5)
    told = []
    kept = replay(lake, recordings_in(tmp_path / "recorded"), NETWORK, told.append)
    assert told == kept
    assert [done.tick.stamp for done in kept] == [
        "20261122T2100Z",
        "20261122T2115Z",
        "20261122T2130Z",
        "20261122T2145Z",
        "20261122T2200Z",
    ]
    note = json.loads(lake.get("raw/source=velib/date=2026-11-22/hour=21/20261122T2115Z.fetch.json") or b"")
    assert note["fetched_at"] == "2026-11-22T21:15:02Z"
    assert note["how"] == "replayed, dated by its file name"
    stored = lake.get(kept[1].keys[0])
    assert stored is not None
    assert gzip.decompress(stored) == small_export(1)


def test_the_same_replay_twice_leaves_the_same_bytes(lake: Lake, tmp_path: Path) -> None:
    record(tmp_path / "recorded", 24)
    recordings = recordings_in(tmp_path / "recorded")
    first = whole_replay(lake, recordings)
    assert whole_replay(lake, recordings) == first


def test_recordings_in_random_order_leave_the_same_bytes(tmp_path: Path) -> None:
    record(tmp_path / "recorded", 24)
    recordings = recordings_in(tmp_path / "recorded")
    straight = whole_replay(Lake.open(str(tmp_path / "straight"), create=True), recordings)
    random.Random(8).shuffle(recordings)  # noqa: S311 - an order, no secret
    assert whole_replay(Lake.open(str(tmp_path / "shuffled"), create=True), recordings) == straight


def test_status_and_information_of_one_instant_are_one_fetch(lake: Lake, tmp_path: Path) -> None:
    for hour in ("0815", "0830"):
        name = f"2026-11-23T{hour}01Z"
        (tmp_path / f"{name}.station_status.json").write_bytes(stations([status_row()]))
        (tmp_path / f"{name}.station_information.json").write_bytes(stations([]))
    recordings = recordings_in(tmp_path)
    assert [[feed for feed, _ in recording.files] for recording in recordings] == [
        ["station_status", "station_information"]
    ] * 2
    assert [done.outcome for done in replay(lake, recordings, NETWORK)] == ["ok", "ok"]


@pytest.mark.parametrize(
    ("name", "body", "expected", "how"),
    [
        (
            "station_status.json",
            stations([status_row()], last_updated=1795421690),
            "2026-11-23T08:14:50Z",
            "clock",
        ),
        (
            "station_status.json",
            as_body({"data": {"stations": [status_row()]}, "lastUpdatedOther": 1795421690}),
            "2026-11-23T08:14:50Z",
            "clock",
        ),
        (
            "station_status.json",
            stations([status_row()], last_updated="2026-11-23T09:14:50+01:00"),
            "2026-11-23T08:14:50Z",
            "clock",
        ),
        (
            "export.json",
            as_body(
                [ods_row("1"), ods_row("2", duedate="2026-11-23T09:10:00+01:00"), ods_row("3", duedate=None)]
            ),
            "2026-11-23T08:10:00Z",
            "latest report",
        ),
        ("export.json", b"[]", "2026-11-20T10:00:00Z", "time of its file"),
        ("2026-11-31T256199Z.json", b"[]", "2026-11-20T10:00:00Z", "time of its file"),
    ],
)
def test_a_recording_without_a_time_in_its_name_is_dated_by_what_there_is(
    tmp_path: Path, name: str, body: bytes, expected: str, how: str
) -> None:
    path = tmp_path / name
    path.write_bytes(body)
    written = datetime(2026, 11, 20, 10, tzinfo=UTC).timestamp()
    os.utime(path, (written, written))
    (recording,) = recordings_in(tmp_path)
    assert recording.fetched_at == datetime.fromisoformat(expected)
    assert how in recording.dated_by


@pytest.mark.parametrize(
    ("minutes", "cadence_s"),
    [
        ([0, 15, 30, 45], 900),
        ([0, 5.02, 10, 15.03, 60, 65], 300),
        ([0, 1, 2, 3.1, 4], 60),
        ([0, 1, 15, 30, 45, 60], 900),  # one body was recorded twice within the minute
        ([0, 60, 120], 3600),
        ([0, 14, 29, 44.5, 60], 900),
        ([0, 24 * 60, 48 * 60], 900),
        ([0, 0, 0.1], 900),
        ([0], 900),
        ([], 900),
    ],
)
def test_the_cadence_is_measured_from_the_usual_gap(minutes: list[float], cadence_s: int) -> None:
    assert measured_cadence_s([at(minute) for minute in minutes]) == cadence_s


def test_a_folder_without_recordings_and_no_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="there is no folder"):
        recordings_in(tmp_path / "nowhere")
    (tmp_path / "README.md").write_text("nothing here", "utf-8")
    (tmp_path / "station_information.json").write_bytes(stations([]))
    with pytest.raises(NothingThere, match="holds no recorded body"):
        recordings_in(tmp_path)


def test_a_damaged_gzip_gives_what_can_be_read_of_it(lake: Lake, tmp_path: Path) -> None:
    body = os.urandom(6000).hex().encode()
    packed = gzip.compress(body)
    cut, spoilt, nothing = (tmp_path / f"2026-11-23T08{m}01Z.json.gz" for m in ("15", "30", "45"))
    cut.write_bytes(packed[: len(packed) // 2])
    spoilt.write_bytes(packed[:4000] + b"\x00" * 500 + packed[4500:])
    nothing.write_bytes(b"\x1f\x8bno gzip at all")
    assert body.startswith(read_body(cut))
    assert len(read_body(cut)) > len(body) // 3
    assert read_body(spoilt)[:2000] == body[:2000]
    assert read_body(nothing) == b""
    outcomes = [done.outcome for done in replay(lake, recordings_in(tmp_path), NETWORK)]
    assert outcomes == ["unreadable"] * 3


def test_a_body_dated_within_a_tick_that_has_one_stands_beside_it(lake: Lake, tmp_path: Path) -> None:
    for minute in (15, 20, 25):
        (tmp_path / f"2026-11-23T08{minute}01Z.json").write_bytes(small_export(minute))
    replay(lake, recordings_in(tmp_path), NETWORK)
    assert sorted(key.rsplit("/", 1)[-1] for key in objects(lake) if key.endswith(".gz")) == [
        "20261123T0815Z.at082001Z.exports.json.gz",
        "20261123T0815Z.at082501Z.exports.json.gz",
        "20261123T0815Z.exports.json.gz",
    ]
