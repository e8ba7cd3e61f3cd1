"""Which clock is wrong: the machine's only where the server's and the feed's both contradict it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from velib_insights.core.fetch import FeedNote
from velib_insights.core.ticks.clocks import clock_error, differs_from_server, server_clock

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def notes(server: datetime | None, feed: str = "station_status", **headers: str) -> list[FeedNote]:
    date = {"date": format_datetime(server, usegmt=True)} if server else {}
    other = FeedNote("gbfs", "u", "ok", NOON, headers={"date": "Thu, 01 Jan 1970 00:00:00 GMT"})
    return [other, FeedNote(feed, "u", "ok", NOON, headers={**date, **headers})]


def s(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("cadence_s", "off_s", "is_wrong"),
    [
        (900, 899, False), (900, 900, False), (900, 901, True), (60, 299, False), (60, 300, False), (60, 301, True),
        (3600, 3600, False), (3600, 3601, True), (900, 11_520, True), (900, 400_000_000, True),
    ],
)  # fmt: skip
def test_a_clock_is_wrong_beyond_a_cadence_and_five_minutes(
    cadence_s: int, off_s: int, is_wrong: bool, sign: int
) -> None:
    there = NOON + s(sign * off_s)
    found = clock_error(notes(there), NOON, there, None, cadence_s)
    assert (found is not None) == is_wrong
    assert differs_from_server(notes(there), NOON, cadence_s) == is_wrong
    if found:
        assert (found.seconds, found.is_sure) == (-sign * off_s, True)


@pytest.mark.parametrize(
    ("apart_s", "is_sure"), [(899, True), (900, True), (901, False), (-900, True), (-901, False)]
)
def test_the_others_are_sure_where_they_agree_within_a_cadence(apart_s: int, is_sure: bool) -> None:
    there = NOON + s(11_520)
    found = clock_error(notes(there), NOON, there + s(apart_s), None, 900)
    assert found is not None
    assert found.is_sure == is_sure


def test_a_feed_that_stopped_and_a_server_that_is_off_are_no_wrong_clock() -> None:
    long_ago = NOON - s(90_000)
    assert clock_error(notes(NOON + s(2)), NOON, long_ago, None, 900) is None
    assert clock_error(notes(long_ago), NOON, NOON - s(40), None, 900) is None
    assert clock_error(notes(None), NOON, long_ago, None, 900) is None
    assert clock_error(notes(long_ago), NOON, None, None, 900) is None


def test_an_answer_that_a_cache_held_is_as_old_as_it_says() -> None:
    long_ago = NOON - s(7_200)
    assert server_clock(notes(long_ago, age="7200")) == NOON
    assert clock_error(notes(long_ago, age="7200"), NOON, long_ago, None, 900) is None
    assert server_clock(notes(long_ago, age="a while")) is None


@pytest.mark.parametrize("header", ["", "yesterday", "Mon, 99 Nov 2026 08:15:00 GMT"])
def test_a_date_that_is_none_is_not_judged_by(header: str) -> None:
    assert server_clock(notes(None, date=header)) is None


@pytest.mark.parametrize(("report_s", "is_wrong"), [(-4500, False), (-4501, True)])
def test_without_a_clock_the_latest_report_has_an_hour_more(report_s: int, is_wrong: bool) -> None:
    found = clock_error(notes(NOON - s(3000), "exports"), NOON, None, NOON + s(report_s), 900)
    assert (found is not None) == is_wrong


def test_it_is_said_in_hours_and_days() -> None:
    def distance(seconds: int) -> str:
        there = NOON + s(seconds)
        found = clock_error(notes(there), NOON, there, None, 60)
        return found.distance if found else ""

    assert distance(11_520) == "3 h 12 min behind"
    assert distance(-420) == "7 min ahead of"
    assert distance(-100 * 86_400 - 7_200) == "100 d 2 h ahead of"
