"""Doctor on the feed: what a probe tells, in words, and what to do about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from velib_insights.adapters.feeds import FeedProbe
from velib_insights.core.errors import SettingsError
from velib_insights.core.zones import Zones
from velib_insights.steps.doctor import Checkup, Finding, examine_feed
from velib_insights.steps.ingest import Network

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
INSTEAD = "Take the copy: velib watch --feed opendatasoft"


def probe(
    feed: str = "station_status",
    *,
    status: int | None = 200,
    latency_ms: int = 80,
    clock: datetime | None = None,
    error: str | None = None,
    reachable: bool = True,
) -> FeedProbe:
    return FeedProbe(feed, f"https://feed.example/{feed}.json", reachable, status, latency_ms, clock, error)


def examined(*probes: FeedProbe) -> list[Finding]:
    checkup = Checkup()
    examine_feed(checkup, lambda: probes, INSTEAD, NOW, Network(), Zones())
    return checkup.findings()


def test_a_feed_that_answers_in_time_with_a_right_clock_is_well() -> None:
    findings = examined(probe(clock=NOW - timedelta(seconds=40)), probe("station_information"))
    assert [finding.severity for finding in findings] == ["ok", "ok", "ok"]
    assert [finding.what for finding in findings] == [
        "station_status answers 200 in 80 ms.",
        "The clock of station_status is 40 s behind ours.",
        "station_information answers 200 in 80 ms.",
    ]


def test_a_feed_that_is_down_names_the_address_the_reason_and_the_way_round() -> None:
    (finding,) = examined(probe(status=503, error="HTTP 503", reachable=False))
    assert finding.severity == "error"
    assert (
        finding.what
        == "station_status does not come from https://feed.example/station_status.json: HTTP 503."
    )
    assert finding.todo == INSTEAD
    assert finding.figures["status"] == 503


def test_a_file_that_can_be_done_without_is_a_warning() -> None:
    (finding,) = examined(probe("gbfs", status=404, error="HTTP 404", reachable=False))
    assert finding.severity == "warning"
    assert finding.todo != INSTEAD


def test_a_discovery_that_lists_too_little_is_told() -> None:
    (finding,) = examined(probe("gbfs", error="it lists no usable address of station_status"))
    assert finding.severity == "note"
    assert "lists no usable address of station_status" in finding.what


def test_a_slow_answer_is_a_warning() -> None:
    (finding,) = examined(probe(latency_ms=12_000))
    assert finding.severity == "warning"
    assert "12,000 ms" in finding.what
    assert "VELIB_READ_TIMEOUT" in finding.todo


@pytest.mark.parametrize(
    ("clock", "severity", "words"),
    [
        (NOW - timedelta(minutes=15), "ok", "15 min behind ours."),
        (
            NOW - timedelta(minutes=95),
            "warning",
            "1 h 35 min behind: it says 2026-11-23 08:25 UTC.",
        ),
        (NOW + timedelta(seconds=100), "ok", "2 min ahead of ours."),
        (NOW + timedelta(minutes=9), "warning", "9 min in the future."),
    ],
)
def test_the_clock_of_the_feed(clock: datetime, severity: str, words: str) -> None:
    finding = next(f for f in examined(probe(clock=clock)) if "clock" in f.what)
    assert finding.severity == severity
    assert finding.what.endswith(words)
    assert bool(finding.todo) == finding.is_wrong


def test_the_clock_of_a_file_that_seldom_changes_is_not_judged() -> None:
    findings = examined(probe("station_information", clock=NOW - timedelta(days=30)))
    assert [finding.severity for finding in findings] == ["ok"]


def test_an_address_that_is_no_feed_is_an_error_with_its_hint() -> None:
    def no_feed() -> tuple[FeedProbe, ...]:
        raise SettingsError(
            "--feed is 'bordeaux', neither velib nor a URL", hint="Give the URL of a gbfs.json."
        )

    checkup = Checkup()
    examine_feed(checkup, no_feed, INSTEAD, NOW, Network(), Zones())
    (finding,) = checkup.findings()
    assert finding.severity == "error"
    assert finding.area == "feed"
    assert finding.todo == "Give the URL of a gbfs.json."
