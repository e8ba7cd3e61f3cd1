"""The Lambda handlers called as Lambda calls them, over a simulated feed and a lake in a folder and on S3."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from tests.steps.feeds import GOOD, TICK, fetched, objects

from velib_insights.adapters.lake import Lake
from velib_insights.aws import clean_lambda, ingest_lambda, publish_lambda
from velib_insights.core.errors import FeedChanged, FeedUnavailable, LakeError, SettingsError
from velib_insights.core.ticks.tick import Tick
from velib_insights.simulator.feeds.faults import Fault, FaultKind
from velib_insights.simulator.server import SimulatorServer
from velib_insights.simulator.world.network import Network as SimulatedNetwork
from velib_insights.steps.ingest import Network, store_fetch

LATE_IN_THE_HOUR_S = 3600 - 120


@pytest.fixture(scope="module")
def network() -> SimulatedNetwork:
    return SimulatedNetwork(1)


@pytest.fixture
def tick() -> Tick:
    """That of the real clock, at a cadence of an hour, since the feed is asked now; not one that ends right away."""
    while time.time() % 3600 > LATE_IN_THE_HOUR_S:
        time.sleep(1)
    return Tick.at_or_before(datetime.now(UTC), 3600)


@pytest.fixture
def scheduled(tick: Tick) -> dict[str, str]:
    return {"tick": tick.at.strftime("%Y-%m-%dT%H:%M:%SZ")}


@pytest.fixture
def feed(network: SimulatedNetwork, tick: Tick) -> Iterator[SimulatorServer]:
    with SimulatorServer(network, clock=lambda: tick.epoch + 2) as server:
        yield server


@pytest.fixture(params=["folder", "s3"])
def deployed(request: pytest.FixtureRequest, feed: SimulatorServer, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """The lake, and the environment that Terraform gives the functions, in a new process as it were."""
    lake: Lake = request.getfixturevalue("s3_lake" if request.param == "s3" else "lake")
    environment = {"VELIB_LAKE": str(lake.root or lake.name), "VELIB_FEED": feed.gbfs_url} | {
        "VELIB_SOURCE": "velib",
        "VELIB_PROJECT": "test-project",
        "VELIB_CADENCE": "60",
        "VELIB_ATTEMPTS": "1",
        "VELIB_READ_TIMEOUT": "5",
    }
    if request.param == "s3":
        environment["VELIB_S3_ENDPOINT"] = request.getfixturevalue("s3_endpoint")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for function in (ingest_lambda, clean_lambda, publish_lambda):
        function._opened.cache_clear()
    return lake


def metrics(captured: str) -> dict[str, Any]:
    (line,) = captured.splitlines()
    told: dict[str, Any] = json.loads(line)
    return told


def test_a_tick_is_ingested_once_then_cleaned_and_published(
    deployed: Lake,
    tick: Tick,
    scheduled: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    feed: SimulatorServer,
) -> None:
    answer = ingest_lambda.handler(scheduled, None)
    assert answer == {
        "tick": tick.stamp,
        "outcome": "ok",
        "reason": None,
        "already": False,
        "since": tick.hour.back(3).stamp,
        "until": tick.hour.stamp,
    }
    json.dumps(answer)
    told = metrics(capsys.readouterr().out)
    assert told["UsableTicks"] == 1
    assert told["RowsSeen"] > 1400
    assert told["RowsRefused"] == 0
    assert 0 < told["FetchSeconds"] < 60
    raw, asked = objects(deployed), len(feed.requests)

    assert ingest_lambda.handler(scheduled, None)["already"]
    assert objects(deployed) == raw
    assert len(feed.requests) == asked
    assert metrics(capsys.readouterr().out)["UsableTicks"] == 1

    counts = clean_lambda.handler({"since": answer["since"], "until": answer["until"]}, None)
    assert counts["hours"] == counts["ticks"] == 1
    assert counts["rows_in"] == counts["rows_kept"] + counts["rows_refused"] == told["RowsSeen"]
    assert clean_lambda.handler(answer, None) == dict.fromkeys(counts, 0) | {"hours_unchanged": 1}

    published = publish_lambda.handler({}, None)
    assert published["snapshot_at"] == scheduled["tick"]
    assert published["files"] > 10
    assert deployed.get("site/data/index.json")


def test_the_metrics_are_in_the_form_that_cloudwatch_reads(
    deployed: Lake, tick: Tick, scheduled: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    ingest_lambda.handler(scheduled, None)
    told = metrics(capsys.readouterr().out)
    (directive,) = told["_aws"]["CloudWatchMetrics"]
    assert told["_aws"]["Timestamp"] == tick.epoch * 1000
    assert directive["Namespace"] == "VelibInsights"
    assert directive["Dimensions"] == [["Project"]]
    assert told["Project"] == "test-project"
    names = {metric["Name"] for metric in directive["Metrics"]}
    assert names == {"UsableTicks", "RowsSeen", "RowsRefused", "FetchSeconds"}
    assert all(isinstance(told[name], int | float) for name in names)


@pytest.mark.parametrize(
    ("fault", "error", "outcome"),
    [
        (Fault(FaultKind.STATUS, 503), FeedUnavailable, "fetch_failed"),
        (Fault(FaultKind.HTML, only="station_status"), FeedChanged, "unreadable"),
    ],
)
def test_a_feed_that_fails_is_kept_told_and_raised(
    deployed: Lake,
    feed: SimulatorServer,
    scheduled: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    fault: Fault,
    error: type[Exception],
    outcome: str,
) -> None:
    """The class's name is what Lambda gives the state machine as errorType."""
    feed.faults.queue(fault, 10)
    with pytest.raises(error):
        ingest_lambda.handler(scheduled, None)
    told = metrics(capsys.readouterr().out)
    assert (told["UsableTicks"], told["outcome"]) == (0, outcome)
    counts = clean_lambda.handler({}, None)
    assert (counts["ticks"], counts["rows_kept"]) == (1, 0)
    feed.faults.clear()
    assert ingest_lambda.handler(scheduled, None)["outcome"] == "ok"


def test_a_note_that_cannot_be_read_is_logged_and_the_tick_is_asked_for(
    deployed: Lake, scheduled: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    ingest_lambda.handler(scheduled, None)
    (key,) = [key for key in objects(deployed, "raw") if key.endswith("fetch.json")]
    deployed.put(key, b"")
    answer = ingest_lambda.handler(scheduled, None)
    assert (answer["outcome"], answer["already"]) == ("ok", False)
    assert f"warning: {key} is not a fetch note" in capsys.readouterr().err
    assert clean_lambda.handler({}, None)["ticks"] == 1


def test_a_file_beside_the_counts_that_does_not_come_costs_no_tick(
    deployed: Lake, feed: SimulatorServer, scheduled: dict[str, str]
) -> None:
    feed.faults.queue(Fault(FaultKind.STATUS, 503, only="station_information"), 10)
    assert ingest_lambda.handler(scheduled, None)["outcome"] == "ok"
    assert clean_lambda.handler({}, None)["rows_kept"] > 1400


def test_the_tick_is_that_of_the_publishers_clocks_where_the_function_has_a_wrong_one(
    deployed: Lake, feed: SimulatorServer, tick: Tick, scheduled: dict[str, str]
) -> None:
    feed.clock = lambda: tick.epoch + 5 * 3600
    answer = ingest_lambda.handler(scheduled, None)
    assert answer["tick"] == Tick(tick.epoch + 5 * 3600).stamp
    assert answer["until"] == Tick(tick.epoch + 5 * 3600).hour.stamp


@pytest.mark.parametrize("event", [None, {}, {"tick": None}, {"tick": ""}])
def test_without_a_scheduled_time_it_is_the_tick_of_now(deployed: Lake, tick: Tick, event: Any) -> None:
    assert ingest_lambda.handler(event, None)["tick"] == tick.stamp


@pytest.mark.parametrize("late", [timedelta(), timedelta(seconds=5.5)])
@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=1))])
def test_a_time_is_floored_to_its_tick(deployed: Lake, tick: Tick, late: timedelta, zone: timezone) -> None:
    said = (tick.at + late).astimezone(zone).isoformat()
    assert ingest_lambda.handler({"tick": said}, None)["tick"] == tick.stamp


@pytest.mark.parametrize("said", ["now", 5, "2026-13-01T00:00:00Z"])
def test_a_tick_that_is_none_is_refused(deployed: Lake, said: Any) -> None:
    with pytest.raises(SettingsError, match="no instant"):
        ingest_lambda.handler({"tick": said}, None)


def test_what_is_now_is_not_filed_under_another_tick(
    deployed: Lake, feed: SimulatorServer, tick: Tick
) -> None:
    """A run that is started again the day after does not give yesterday's tick the bikes of today."""
    with pytest.raises(FeedUnavailable, match="is over: the feed serves only current data"):
        ingest_lambda.handler({"tick": (tick.at - timedelta(hours=1)).isoformat()}, None)
    with pytest.raises(SettingsError, match="is in the future"):
        ingest_lambda.handler({"tick": (tick.at + timedelta(hours=1)).isoformat()}, None)
    assert not feed.requests
    assert objects(deployed) == {}


def test_a_past_tick_that_is_there_is_there(deployed: Lake) -> None:
    past = Tick.at_or_before(TICK.at, 3600)
    store_fetch(deployed, fetched(GOOD), past, Network())
    before = objects(deployed)
    assert ingest_lambda.handler({"tick": past.at.isoformat()}, None)["already"]
    assert objects(deployed) == before


@pytest.mark.parametrize("deployed", ["folder"], indirect=True)
def test_an_hour_that_fails_is_named_after_the_others_are_done(deployed: Lake) -> None:
    for at in (TICK.at, TICK.at - timedelta(hours=1)):
        store_fetch(deployed, fetched(GOOD, at), Tick.at_or_before(at, 900), Network())
    deployed.put("clean/source=velib/date=2026-11-23/hour=07", b"a file where the hour's folder should be")
    with pytest.raises(LakeError, match=r"1 of 2 hours .*2026-11-23T07") as told:
        clean_lambda.handler({"since": "2026-11-23"}, None)
    assert "part.parquet could not be written" in told.value.message
    assert deployed.get("clean/source=velib/date=2026-11-23/hour=08/part.parquet")
    assert not deployed.get("clean/ticks/date=2026-11-23/hour=07/part.parquet")


def test_the_function_refuses_to_make_an_hour_of_fewer_fetches(deployed: Lake) -> None:
    for minutes in (0, 15):
        at = TICK.hour.epoch + 60 * minutes
        store_fetch(deployed, fetched(GOOD, datetime.fromtimestamp(at + 4, UTC)), Tick(at), Network())
    hour = {"since": TICK.hour.stamp, "until": TICK.hour.stamp}
    assert clean_lambda.handler(hour, None)["rows_kept"] == 4
    for key in objects(deployed, "raw"):
        if "T0800Z" in key:
            deployed.delete(key)
    before = objects(deployed)
    assert clean_lambda.handler(hour, None)["hours_unchanged"] == 1
    with pytest.raises(LakeError, match=r"2026-11-23T08: 1 of 2 fetches left, 2 of 4 rows at risk"):
        clean_lambda.handler(hour | {"again": True}, None)
    with pytest.raises(SettingsError, match="the first and the last of them"):
        clean_lambda.handler({"since": TICK.hour.stamp, "again": True, "allow_fewer": True}, None)
    with pytest.raises(SettingsError, match="'true'"):
        clean_lambda.handler(hour | {"again": "true"}, None)
    assert objects(deployed) == before
    assert clean_lambda.handler(hour | {"again": True, "allow_fewer": True}, None)["rows_kept"] == 2


@pytest.mark.parametrize("event", [{"since": "yesterday"}, {"until": "2026-11-23T25"}])
def test_an_hour_that_is_none_is_refused(deployed: Lake, event: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="is not a valid hour"):
        clean_lambda.handler(event, None)
