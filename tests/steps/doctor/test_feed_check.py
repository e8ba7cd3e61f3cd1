"""`velib doctor --feed URL`: simulated feeds of every dialect, sound and with each fault, through the command."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from velib_insights.adapters.feeds import HttpClient, survey_gbfs
from velib_insights.cli import main
from velib_insights.core.zones import Zones
from velib_insights.simulator.feeds.faults import Fault, FaultKind, Scheduled
from velib_insights.simulator.feeds.gbfs import VERSIONS, Version
from velib_insights.simulator.server import SimulatorServer
from velib_insights.simulator.world.network import Network
from velib_insights.steps.doctor.feed.check import check_feed
from velib_insights.steps.ingest import Network as Followed

FOR_EVER = 10**10


@pytest.fixture(scope="module")
def running() -> Iterator[SimulatorServer]:
    """A network of 150 stations, at the time of this machine."""
    with SimulatorServer(Network(seed=5, stations=150)) as server:
        yield server


@pytest.fixture
def feed(running: SimulatorServer) -> SimulatorServer:
    """The same, without faults."""
    running.faults.clear()
    return running


def checked(capsys: pytest.CaptureFixture[str], url: str, *further: str) -> dict[str, Any]:
    """What the command says as JSON, with the exit code it ends with."""
    with pytest.raises(SystemExit) as ended:
        main(["doctor", "--feed", url, "--json", *further])
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert told["exit_code"] == (ended.value.code or 0)
    return told


def found(told: dict[str, Any], *severities: str) -> dict[tuple[str, str], dict[str, Any]]:
    """Remarks of these severities (error and warning) by file and check."""
    wanted = severities or ("error", "warning")
    return {(r["file"], r["check"]): r for r in told["remarks"] if r["severity"] in wanted}


def url_of(feed: SimulatorServer, dialect: str) -> str:
    if dialect == "velib":
        return feed.gbfs_url
    if dialect == "opendatasoft":
        return feed.opendatasoft_url
    return feed.standard_gbfs_url(next(version for version in VERSIONS if version == dialect))


@pytest.mark.parametrize("dialect", [*VERSIONS, "opendatasoft"])
def test_a_sound_feed_gives_no_finding_above_a_note(
    feed: SimulatorServer, capsys: pytest.CaptureFixture[str], dialect: str
) -> None:
    told = checked(capsys, url_of(feed, dialect))
    assert found(told) == {}
    assert told["exit_code"] == 0
    assert told["usable"] is True
    assert told["rows_in"] == told["rows_kept"] + told["rows_refused"]
    assert told["rows_kept"] > 100
    assert told["version"] == (None if dialect == "opendatasoft" else dialect)


def test_what_velib_writes_otherwise_than_gbfs_1_0_is_named(
    feed: SimulatorServer, capsys: pytest.CaptureFixture[str]
) -> None:
    told = checked(capsys, feed.gbfs_url)
    assert told["exit_code"] == 1
    assert told["usable"] is True
    assert set(found(told)) == {
        ("gbfs", "field_missing"),
        ("system_information", "field_missing"),
        ("station_information", "field_missing"),
        ("station_status", "field_missing"),
        ("station_information", "field_wrong"),
        ("station_status", "field_wrong"),
    }
    clock = found(told)["station_status", "field_missing"]
    assert clock["what"] == "last_updated is missing; lastUpdatedOther stands in its place."
    ids = found(told)["station_status", "field_wrong"]
    assert ids["path"] == "data.stations[].station_id"
    assert ids["count"] == ids["of"] == told["rows_in"]
    assert ids["section"].endswith("/v1.0/gbfs.md#station_statusjson")


STATUS_FAULTS = [
    (FaultKind.STATUS, 3, "file_missing"),
    (FaultKind.RESET, 3, "file_missing"),
    (FaultKind.OVERSIZED, 3, "file_missing"),
    (FaultKind.TRUNCATED, 4, "unreadable"),
    (FaultKind.HTML, 4, "unreadable"),
    (FaultKind.EMPTY_ARRAY, 4, "no_rows"),
    (FaultKind.NULL_COUNTS, 4, "field_null"),
    (FaultKind.RENAMED_FIELD, 4, "field_missing"),
    (FaultKind.NUMBERS_AS_TEXT, 1, "field_wrong"),
    (FaultKind.DUPLICATE_ROWS, 1, "id_duplicate"),
    (FaultKind.CLOCK_SKEW, 1, "stale"),
]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("kind", "exit_code", "check"), STATUS_FAULTS)
def test_each_fault_of_station_status_is_named(
    feed: SimulatorServer,
    capsys: pytest.CaptureFixture[str],
    version: Version,
    kind: FaultKind,
    exit_code: int,
    check: str,
) -> None:
    feed.faults.queue(Fault(kind, only="station_status"))
    told = checked(capsys, feed.standard_gbfs_url(version))
    assert ("station_status", check) in found(told)
    assert told["exit_code"] == exit_code
    assert told["usable"] == (exit_code == 1)


@pytest.mark.parametrize(
    ("kind", "file", "check"),
    [
        (FaultKind.STATUS, "station_information", "file_missing"),
        (FaultKind.HTML, "station_information", "unreadable"),
        (FaultKind.TRUNCATED, "system_information", "unreadable"),
        (FaultKind.PARTIAL_NULLS, "station_information", "field_null"),
        (FaultKind.STATION_MISSING, "station_information", "station_unmatched"),
        (FaultKind.STATUS, "gbfs.json", "file_missing"),
    ],
)
def test_faults_of_the_other_files_are_named_and_the_feed_can_be_used(
    feed: SimulatorServer, capsys: pytest.CaptureFixture[str], kind: FaultKind, file: str, check: str
) -> None:
    feed.faults.queue(Fault(kind, only=file))
    told = checked(capsys, feed.standard_gbfs_url("2.3"))
    concerned = "station_status" if check == "station_unmatched" else file.removesuffix(".json")
    assert (concerned, check) in found(told)
    assert told["usable"] is True
    assert told["exit_code"] == 1


def test_capacities_of_zero_and_a_lack_of_stations_in_the_status(
    feed: SimulatorServer, capsys: pytest.CaptureFixture[str]
) -> None:
    feed.faults.queue(Fault(FaultKind.ZERO_CAPACITIES, only="station_information"))
    told = checked(capsys, feed.standard_gbfs_url("3.0"))
    assert found(told)["station_status", "flag_capacity_zero"]["count"] > 100
    feed.faults.queue(Fault(FaultKind.STATION_MISSING, only="station_status"))
    told = checked(capsys, feed.standard_gbfs_url("3.0"))
    assert found(told)["station_information", "station_unmatched"]["count"] == 3


@pytest.mark.parametrize(
    ("kind", "exit_code", "check"),
    [
        (FaultKind.STATUS, 3, "file_missing"),
        (FaultKind.HUNDRED_ROWS, 4, "rows_missing"),
        (FaultKind.TRUNCATED, 4, "unreadable"),
        (FaultKind.NULL_SHELLS, 4, "unusable"),
        (FaultKind.NULL_COUNTS, 4, "unusable"),
        (FaultKind.RENAMED_FIELD, 4, "field_missing"),
        (FaultKind.NUMBERS_AS_TEXT, 1, "field_wrong"),
        (FaultKind.DUPLICATE_ROWS, 1, "id_duplicate"),
        (FaultKind.STATION_MISSING, 1, "rows_missing"),
    ],
)
def test_each_fault_of_an_export_is_named(
    feed: SimulatorServer,
    capsys: pytest.CaptureFixture[str],
    kind: FaultKind,
    exit_code: int,
    check: str,
) -> None:
    feed.faults.queue(Fault(kind, only="exports"))
    told = checked(capsys, feed.opendatasoft_url)
    assert ("exports", check) in found(told)
    assert told["exit_code"] == exit_code


def test_a_page_of_records_is_set_against_the_total(
    feed: SimulatorServer, capsys: pytest.CaptureFixture[str]
) -> None:
    told = checked(capsys, f"{feed.opendatasoft_records_url}?limit=100")
    assert told["exit_code"] == 4
    remark = found(told)["records", "rows_missing"]
    assert remark["figures"]["rows"] == 100
    assert remark["figures"]["total_count"] > 100
    assert "exports/json" in remark["why"]


def test_a_freeze_needs_longer_than_two_answers_and_that_is_said(
    feed: SimulatorServer, capsys: pytest.CaptureFixture[str]
) -> None:
    now = int(time.time())
    feed.faults.schedule(Scheduled(Fault(FaultKind.FREEZE, now - 900), 0, FOR_EVER))
    told = checked(capsys, feed.standard_gbfs_url("2.3"), "--polls", "2", "--every", "1")
    assert told["polls"] == 2
    still = found(told, "note")["station_status", "still"]
    assert still["figures"]["changed"] == 0
    assert "too short to tell a freeze" in still["what"]


@pytest.mark.parametrize("kind", [FaultKind.HANG, FaultKind.DRIBBLE])
def test_an_answer_that_does_not_end_is_named(
    feed: SimulatorServer,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    kind: FaultKind,
) -> None:
    monkeypatch.setenv("VELIB_READ_TIMEOUT", "0.5")
    monkeypatch.setenv("VELIB_DEADLINE", "0.5")
    feed.faults.queue(Fault(kind, only="station_status"))
    told = checked(capsys, feed.standard_gbfs_url("2.3"))
    assert told["exit_code"] == 3
    assert "0.5 s" in found(told)["station_status", "file_missing"]["what"]


@pytest.mark.parametrize("wrong_by", [timedelta(hours=-3), timedelta(days=900)])
def test_with_a_wrong_clock_on_this_machine_the_feed_is_not_blamed(
    feed: SimulatorServer, wrong_by: timedelta
) -> None:
    client = HttpClient(clock=lambda: datetime.fromtimestamp(feed.now, UTC) + wrong_by)
    survey = survey_gbfs(feed.standard_gbfs_url("2.3"), client)
    check = check_feed(survey, Followed("feed"), Zones(by_code=False))
    assert check.verdict.is_usable
    wrong = {remark.check for remark in check.remarks if remark.severity in ("error", "warning")}
    assert wrong == {"clocks_differ"}


def watched(feed: SimulatorServer, fault: Fault, polls: int, every_s: int) -> dict[str, str]:
    """Severities by check of so many answers, in the time of the simulation."""
    start = feed.now

    def wait(number: int) -> None:
        feed.set_time(start + every_s * (number - 1))

    running_clock = feed.clock
    feed.set_time(start)
    feed.faults.schedule(Scheduled(fault, 0, FOR_EVER))
    try:
        client = HttpClient(clock=lambda: datetime.fromtimestamp(feed.now, UTC))
        survey = survey_gbfs(feed.standard_gbfs_url("2.3"), client)
        check = check_feed(survey, Followed("feed"), Zones(by_code=False), polls=polls, wait=wait)
    finally:
        feed.clock = running_clock
    return {remark.check: remark.severity for remark in check.remarks}


def test_a_freeze_is_named_once_it_is_long_enough(feed: SimulatorServer) -> None:
    assert watched(feed, Fault(FaultKind.FREEZE, feed.now), 7, 3600)["frozen"] == "warning"


def test_a_server_that_answers_with_an_older_state_is_named(feed: SimulatorServer) -> None:
    assert watched(feed, Fault(FaultKind.STALE_REPLICA), 25, 60)["state_returns"] == "warning"


def test_a_sound_feed_that_is_watched_moves(feed: SimulatorServer) -> None:
    found_checks = watched(feed, Fault(FaultKind.FREEZE, only="nothing"), 25, 60)
    assert found_checks["moving"] == "ok"
    assert not {"warning", "error"} & set(found_checks.values())


def test_the_report_for_the_publisher(
    feed: SimulatorServer, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    feed.faults.queue(Fault(FaultKind.NUMBERS_AS_TEXT, only="station_status"))
    url = f"{feed.standard_gbfs_url('2.3')}?api_key=s3same"
    texts = {}
    for ending in ("md", "html", "json"):
        path = tmp_path / f"feed.{ending}"
        feed.faults.clear()
        feed.faults.queue(Fault(FaultKind.NUMBERS_AS_TEXT, only="station_status"))
        checked(capsys, url, "--report", str(path))
        texts[ending] = path.read_text("utf-8")
    assert all("s3same" not in text for text in texts.values())
    report = texts["md"]
    assert report.startswith("# Check of the feed http://127.0.0.1:")
    assert "**The feed can be used: 0 errors, 2 faults, " in report
    assert "### 1. Fault: station_status: data.stations\\[\\].num_bikes_available is text" in report
    assert "- Field: `data.stations[].num_bikes_available`" in report
    assert re.search(r"- Rows: (\d+) of \1 \(100 %\)", report)
    assert '- Example: `stations[0] (station_id "' in report
    assert "- Why it matters: Every figure of the network is a sum of it." in report
    assert "/v2.3/gbfs.md#station_statusjson" in report
    assert "<code>data.stations[].num_bikes_available</code>" in texts["html"]
    remarks = json.loads(texts["json"])["remarks"]
    assert remarks[0]["path"] == "data.stations[].num_bikes_available"


def test_a_report_is_not_written_in_a_format_that_there_is_not(
    feed: SimulatorServer, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["doctor", "--feed", feed.gbfs_url, "--report", "feed.xlsx"])
    assert ended.value.code == 2
    assert ".md for Markdown" in capsys.readouterr().err
    assert not Path("feed.xlsx").exists()


def test_for_a_person_the_worst_stands_first_and_a_sentence_sums_up(
    feed: SimulatorServer, capsys: pytest.CaptureFixture[str]
) -> None:
    feed.faults.queue(Fault(FaultKind.HTML, only="station_status"))
    with pytest.raises(SystemExit) as ended:
        main(["doctor", "--feed", feed.standard_gbfs_url("2.3")])
    said = capsys.readouterr().out
    assert ended.value.code == 4
    assert said.split("\n")[1].strip().startswith("error")
    assert "The feed cannot be used: 1 error, " in said
    assert "GBFS 2.3; the file with the counts was asked for once." in " ".join(said.split())


def test_a_feed_that_is_not_there_ends_with_3(capsys: pytest.CaptureFixture[str]) -> None:
    told = checked(capsys, "http://127.0.0.1:9/gbfs.json")
    assert told["exit_code"] == 3
    assert set(found(told, "error")) == {("station_status", "file_missing")}


@pytest.mark.parametrize("polls", ["0", "-1", "1001"])
def test_the_number_of_answers_has_bounds(capsys: pytest.CaptureFixture[str], polls: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["doctor", "--feed", "http://127.0.0.1:9/gbfs.json", f"--polls={polls}"])
    assert ended.value.code == 2
    assert "--polls" in capsys.readouterr().err


def test_with_a_lake_the_flags_of_the_check_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["doctor", "--lake", "somewhere", "--report", "feed.md"])
    assert ended.value.code == 2
    assert "without a lake" in capsys.readouterr().err
