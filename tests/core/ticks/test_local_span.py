"""What "since" and "until" name: local days that are 23 to 25 hours long, months, years, instants."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from velib_insights.core.errors import SettingsError
from velib_insights.core.ticks.local_span import LocalSpan, When
from velib_insights.core.ticks.tick import Hour

PARIS = "Europe/Paris"


def epoch(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


@pytest.mark.parametrize(
    ("since", "until", "begin", "end"),
    [
        ("2026-03-04", "2026-03-04", "2026-03-04T00:00+01:00", "2026-03-05T00:00+01:00"),
        (date(2026, 3, 4), date(2026, 3, 4), "2026-03-04T00:00+01:00", "2026-03-05T00:00+01:00"),
        ("2026-03-29", "2026-03-29", "2026-03-29T00:00+01:00", "2026-03-30T00:00+02:00"),
        ("2026-10-25", "2026-10-25", "2026-10-25T00:00+02:00", "2026-10-26T00:00+01:00"),
        ("2026-02", "2026-02", "2026-02-01T00:00+01:00", "2026-03-01T00:00+01:00"),
        ("2026-12", "2026-12", "2026-12-01T00:00+01:00", "2027-01-01T00:00+01:00"),
        ("2026", "2026", "2026-01-01T00:00+01:00", "2027-01-01T00:00+01:00"),
        ("2026-03-04T08:15Z", "2026-03-04T08:15Z", "2026-03-04T08:15Z", "2026-03-04T08:15:01Z"),
        (datetime(2026, 3, 4, 8, tzinfo=UTC), "2026-03-04", "2026-03-04T08:00Z", "2026-03-05T00:00+01:00"),
    ],
)
def test_both_ends_are_included(since: When, until: When, begin: str, end: str) -> None:
    assert LocalSpan.of(since, until, PARIS) == LocalSpan(epoch(begin), epoch(end))


def test_what_is_not_named_is_open() -> None:
    assert LocalSpan.of(None, None, PARIS) == LocalSpan(None, None)
    assert LocalSpan.of(None, "2026-03-04", PARIS).hours.first is None
    assert LocalSpan.of("2026-03-04", None, PARIS).hours.last is None


def test_the_hours_hold_the_span_and_no_more() -> None:
    day = LocalSpan.of("2026-03-04", "2026-03-04", PARIS).hours
    assert (day.first, day.last) == (Hour.parse("2026-03-03", "23"), Hour.parse("2026-03-04", "22"))
    tick = LocalSpan.of("2026-03-04T09:00Z", "2026-03-04T10:00Z", PARIS).hours
    assert (tick.first, tick.last) == (Hour.parse("2026-03-04", "09"), Hour.parse("2026-03-04", "10"))
    half = LocalSpan.of("2026-03-04", "2026-03-04", "Asia/Kolkata").hours
    assert (half.first, half.last) == (Hour.parse("2026-03-03", "18"), Hour.parse("2026-03-04", "18"))


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [
        ("yesterday", None, "since='yesterday' is not a date"),
        (None, "2026-13", "until='2026-13' is not a date"),
        ("2026-02-30", None, "since='2026-02-30' is not a date"),
        ("9999", None, "since='9999' is not a date"),
        ("2026-03-04T08:15", None, "has no offset from UTC"),
        (datetime(2026, 3, 4, 8), None, "has no offset from UTC"),  # noqa: DTZ001 - the fault that is tested
        ("2026-03-05", "2026-03-04", "since 2026-03-05 is after until 2026-03-04"),
    ],
)
def test_what_cannot_be_read_is_named(since: When, until: When, words: str) -> None:
    with pytest.raises(SettingsError, match=words.replace("(", "\\(")):
        LocalSpan.of(since, until, PARIS)
