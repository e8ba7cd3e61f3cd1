"""The Lambda handlers called as Lambda calls them, over a simulated feed and a lake in a folder and on S3."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.steps.feeds import objects

from velib_insights.adapters.lake import Lake
from velib_insights.aws import clean_lambda, ingest_lambda, publish_lambda
from velib_insights.core.errors import FeedChanged, FeedUnavailable, LakeError, SettingsError
from velib_insights.core.tick import Hour
from velib_insights.simulator.faults import Fault, FaultKind
from velib_insights.simulator.network import Network
from velib_insights.simulator.server import SimulatorServer

AT = datetime(2026, 11, 23, 8, 15, tzinfo=UTC)
HOUR = Hour.parse("2026-11-23", "08")
SCHEDULED = {"tick": "2026-11-23T08:15:00Z"}


@pytest.fixture(scope="module")
def network() -> Network:
    return Network(1)


@pytest.fixture
def feed(network: Network) -> Iterator[SimulatorServer]:
    with SimulatorServer(network, clock=lambda: AT.timestamp() + 2) as server:
        yield server


@pytest.fixture(params=["folder", "s3"])
def deployed(request: pytest.FixtureRequest, feed: SimulatorServer, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """The lake, and the environment that Terraform gives the functions, in a new process as it were."""
    lake: Lake = request.getfixturevalue("s3_lake" if request.param == "s3" else "lake")
    environment = {"VELIB_LAKE": str(lake.root or lake.name), "VELIB_FEED": feed.gbfs_url} | {
        "VELIB_SOURCE": "velib",
        "VELIB_PROJECT": "test-project",
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
    deployed: Lake, capsys: pytest.CaptureFixture[str], feed: SimulatorServer
) -> None:
    answer = ingest_lambda.handler(SCHEDULED, None)
    assert answer == {
        "tick": "20261123T0815Z",
        "outcome": "ok",
        "reason": None,
        "already": False,
        "since": "2026-11-23T05",
        "until": "2026-11-23T08",
    }
    json.dumps(answer)
    told = metrics(capsys.readouterr().out)
    assert told["UsableTicks"] == 1
    assert told["RowsSeen"] > 1400
    assert told["RowsRefused"] == 0
    assert 0 < told["FetchSeconds"] < 60
    raw, asked = objects(deployed), len(feed.requests)

    assert ingest_lambda.handler(SCHEDULED, None)["already"]
    assert objects(deployed) == raw
    assert len(feed.requests) == asked
    assert metrics(capsys.readouterr().out)["UsableTicks"] == 1

    counts = clean_lambda.handler({"since": answer["since"], "until": answer["until"]}, None)
    assert counts["hours"] == counts["ticks"] == 1
    assert counts["rows_in"] == counts["rows_kept"] + counts["rows_refused"] == told["RowsSeen"]
    assert clean_lambda.handler(answer, None) == dict.fromkeys(counts, 0) | {"hours_unchanged": 1}

    published = publish_lambda.handler({}, None)
    assert published["snapshot_at"] == "2026-11-23T08:15:00Z"
    assert published["files"] > 10
    assert deployed.get("site/data/index.json")


def test_the_metrics_are_in_the_form_that_cloudwatch_reads(
    deployed: Lake, capsys: pytest.CaptureFixture[str]
) -> None:
    ingest_lambda.handler(SCHEDULED, None)
    told = metrics(capsys.readouterr().out)
    (directive,) = told["_aws"]["CloudWatchMetrics"]
    assert told["_aws"]["Timestamp"] == int(AT.timestamp() * 1000)
    assert directive["Namespace"] == "VelibInsights"
    assert directive["Dimensions"] == [["Project"]]
    assert told["Project"] == "test-project"
    assert {metric["Name"] for metric in directive["Metrics"]} == {
        "UsableTicks",
        "RowsSeen",
        "RowsRefused",
        "FetchSeconds",
    }
    assert all(isinstance(told[metric["Name"]], int | float) for metric in directive["Metrics"])


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
    capsys: pytest.CaptureFixture[str],
    fault: Fault,
    error: type[Exception],
    outcome: str,
) -> None:
    """The class's name is what Lambda gives the state machine as errorType."""
    feed.faults.queue(fault, 10)
    with pytest.raises(error):
        ingest_lambda.handler(SCHEDULED, None)
    told = metrics(capsys.readouterr().out)
    assert (told["UsableTicks"], told["outcome"]) == (0, outcome)
    counts = clean_lambda.handler({"since": HOUR.stamp, "until": HOUR.stamp}, None)
    assert (counts["ticks"], counts["rows_kept"]) == (1, 0)
    feed.faults.clear()
    assert ingest_lambda.handler(SCHEDULED, None)["outcome"] == "ok"


@pytest.mark.parametrize("event", [None, {}, {"tick": None}, {"tick": ""}])
def test_without_a_scheduled_time_it_is_the_tick_of_now(deployed: Lake, event: Any) -> None:
    before = datetime.now(UTC)
    tick = ingest_lambda.handler(event, None)["tick"]
    at = datetime.strptime(tick, "%Y%m%dT%H%M%z")
    assert at.minute % 15 == 0
    assert -1 < (before - at).total_seconds() < 901


@pytest.mark.parametrize(
    "said", ["2026-11-23T08:15:00Z", "2026-11-23T08:17:31.5Z", "2026-11-23T09:15:00+01:00"]
)
def test_the_scheduled_time_is_the_tick_whenever_it_comes(deployed: Lake, said: str) -> None:
    assert ingest_lambda.handler({"tick": said}, None)["tick"] == "20261123T0815Z"


@pytest.mark.parametrize("said", ["now", 5, "2026-13-01T00:00:00Z"])
def test_a_tick_that_is_none_is_refused(deployed: Lake, said: Any) -> None:
    with pytest.raises(SettingsError, match="no instant"):
        ingest_lambda.handler({"tick": said}, None)


@pytest.mark.parametrize("deployed", ["folder"], indirect=True)
def test_an_hour_that_fails_is_named_after_the_others_are_done(deployed: Lake) -> None:
    for tick in ("2026-11-23T07:15:00Z", "2026-11-23T08:15:00Z"):
        ingest_lambda.handler({"tick": tick}, None)
    deployed.put("clean/source=velib/date=2026-11-23/hour=07", b"a file where the hour's folder should be")
    with pytest.raises(LakeError, match=r"1 of 2 hours .*2026-11-23T07") as told:
        clean_lambda.handler({"since": "2026-11-23"}, None)
    assert "part.parquet could not be written" in told.value.message
    assert deployed.get("clean/source=velib/date=2026-11-23/hour=08/part.parquet")
    assert not deployed.get("clean/ticks/date=2026-11-23/hour=07/part.parquet")


@pytest.mark.parametrize("event", [{"since": "yesterday"}, {"until": "2026-11-23T25"}])
def test_an_hour_that_is_none_is_refused(deployed: Lake, event: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="is no hour"):
        clean_lambda.handler(event, None)
