"""The feed in a round of `velib doctor` over a lake: judged by what the pipeline makes of it, not by its status."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from tests.steps.doctor.served_feed import document, place, serving, station

from velib_insights.adapters.lake import Lake
from velib_insights.cli import main
from velib_insights.simulator.feeds.faults import Fault, FaultKind
from velib_insights.simulator.server import SimulatorServer
from velib_insights.simulator.world.network import Network


@pytest.fixture(scope="module")
def running() -> Iterator[SimulatorServer]:
    with SimulatorServer(Network(seed=5, stations=150)) as server:
        yield server


@pytest.fixture
def feed(running: SimulatorServer) -> SimulatorServer:
    running.faults.clear()
    return running


def of_feed(lake: Lake, url: str, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    with pytest.raises(SystemExit):
        main(["doctor", "--lake", lake.name, "--feed", url, "--json"])
    findings = json.loads(capsys.readouterr().out)["findings"]
    return [finding for finding in findings if finding["area"] == "feed"]


def test_a_sound_feed_is_ok_with_its_rows_and_flags(
    lake: Lake, feed: SimulatorServer, capsys: pytest.CaptureFixture[str]
) -> None:
    findings = of_feed(lake, feed.gbfs_url, capsys)
    assert {finding["severity"] for finding in findings} == {"ok"}
    content = next(finding for finding in findings if "flags" in finding["figures"])
    figures = content["figures"]
    assert figures["rows_in"] == figures["rows_kept"] > 100
    assert f"Of {figures['rows_in']} rows the pipeline keeps {figures['rows_kept']}" in content["what"]


@pytest.mark.parametrize(
    ("kind", "outcome", "words"),
    [
        (FaultKind.HTML, "unreadable", "the body is HTML or XML, not JSON"),
        (FaultKind.TRUNCATED, "unreadable", "cut short"),
        (FaultKind.EMPTY_ARRAY, "", "no station|0 stations"),
        (FaultKind.NULL_COUNTS, "unusable", "no count of bikes"),
        (FaultKind.RENAMED_FIELD, "unusable", "no count of bikes"),
    ],
)
@pytest.mark.parametrize("dialect", ["gbfs", "opendatasoft"])
def test_a_body_that_the_pipeline_could_not_use_is_an_error_whatever_its_status(
    lake: Lake,
    feed: SimulatorServer,
    capsys: pytest.CaptureFixture[str],
    dialect: str,
    kind: FaultKind,
    outcome: str,
    words: str,
) -> None:
    name, url = (
        ("station_status", feed.standard_gbfs_url("2.3"))
        if dialect == "gbfs"
        else ("exports", feed.opendatasoft_url)
    )
    feed.faults.queue(Fault(kind, only=name))
    findings = of_feed(lake, url, capsys)
    concerned = [finding for finding in findings if finding["figures"].get("feed") == name]
    errors = [finding for finding in concerned if finding["severity"] == "error"]
    assert len(errors) == 1
    assert errors[0]["what"].startswith(f"{name} answers 200 in ")
    assert f"({outcome}" in errors[0]["what"]
    assert re.search(words, errors[0]["what"])
    assert "--report" in errors[0]["todo"]


def test_a_file_of_attributes_that_cannot_be_read_is_a_warning(
    lake: Lake, feed: SimulatorServer, capsys: pytest.CaptureFixture[str]
) -> None:
    feed.faults.queue(Fault(FaultKind.HTML, only="station_information"))
    findings = of_feed(lake, feed.standard_gbfs_url("2.3"), capsys)
    (warning,) = [finding for finding in findings if finding["severity"] == "warning"]
    assert warning["what"].startswith("station_information answers 200 in ")
    assert warning["what"].endswith("and cannot be read.")
    assert "done without" in warning["todo"]


def test_refused_rows_are_a_warning_from_a_hundredth_on(
    lake: Lake, feed: SimulatorServer, capsys: pytest.CaptureFixture[str]
) -> None:
    feed.faults.queue(Fault(FaultKind.DUPLICATE_ROWS, 1, only="station_status"))
    findings = of_feed(lake, feed.gbfs_url, capsys)
    content = next(finding for finding in findings if "flags" in finding["figures"])
    assert content["severity"] == "ok"
    assert content["figures"]["rows_refused"] == {"station_duplicate": 1}
    feed.faults.queue(Fault(FaultKind.DUPLICATE_ROWS, 2, only="station_status"))
    findings = of_feed(lake, feed.gbfs_url, capsys)
    content = next(finding for finding in findings if "flags" in finding["figures"])
    assert content["severity"] == "warning"
    assert content["figures"]["rows_in"] == content["figures"]["rows_kept"] + 2


def test_a_clock_in_milliseconds_is_read_and_said(lake: Lake, capsys: pytest.CaptureFixture[str]) -> None:
    milliseconds = int(time.time() * 1000)
    status = document({"stations": [station(n) for n in range(5)]}, last_updated=milliseconds)
    with serving(
        station_status=status, station_information=document({"stations": [place(n) for n in range(5)]})
    ) as url:
        findings = of_feed(lake, url, capsys)
    (said,) = [finding for finding in findings if "milliseconds" in finding["what"]]
    assert said["severity"] == "warning"
    assert f"last_updated is {milliseconds}" in said["what"]
    (clock,) = [finding for finding in findings if "lag_s" in finding["figures"]]
    assert clock["severity"] == "ok"
    assert abs(clock["figures"]["lag_s"]) < 60
