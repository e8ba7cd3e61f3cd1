"""When recorded bodies were fetched, which belong together and how often they were made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from velib_insights.core.recordings.cadence import cadences_s, usual_cadence_s
from velib_insights.core.recordings.dating import Evidence, zone_of_names
from velib_insights.core.recordings.pairing import pair

UTC_ZONE, PARIS, NEW_YORK = ZoneInfo("UTC"), ZoneInfo("Europe/Paris"), ZoneInfo("America/New_York")
AT = datetime(2026, 3, 2, 8, 15, tzinfo=UTC).timestamp()


def test_the_best_evidence_comes_first() -> None:
    everything = Evidence(
        noted=1.0,
        around=2.0,
        named=datetime(2026, 3, 2, 9, 15),  # noqa: DTZ001
        clock=4.0,
        committed=5.0,
        reported=6.0,
    )
    assert [kind for kind, _ in everything.times(PARIS)] == ["note", "envelope", "name", "clock", "commit"]
    assert everything.times(PARIS)[2] == ("name", AT)
    assert [kind for kind, _ in everything.times(None)] == ["note", "envelope", "clock", "commit"]
    assert Evidence(reported=6.0).times(PARIS) == []  # a report dates nothing


def named(minutes: float, *, behind_s: float = 40, clock: bool = True, zone: ZoneInfo = PARIS) -> Evidence:
    """A name on the clocks of `zone`, and a feed's clock or a report so far behind it."""
    at = datetime.fromtimestamp(AT + 60 * minutes, UTC)
    name = at.astimezone(zone).replace(tzinfo=None)
    said = at.timestamp() - behind_s
    return Evidence(named=name, clock=said if clock else None, reported=None if clock else said)


@pytest.mark.parametrize("zone", [UTC_ZONE, PARIS, NEW_YORK])
def test_the_zone_of_names_is_the_one_that_the_clocks_in_the_bodies_allow(zone: ZoneInfo) -> None:
    found = zone_of_names([named(15 * n, zone=zone) for n in range(8)], [UTC_ZONE, PARIS, NEW_YORK])
    assert (found.zone, found.asked, found.agree) == (zone, 8, 8)


def reporting(zone: ZoneInfo, hours: float = 4, *, fresh_min: int = 7, stale_min: int = 67) -> list[Evidence]:
    """As Vélib' does it: the latest report ages until, once an hour, all are renewed."""
    ages = range(fresh_min, stale_min + 1, 5)
    return [
        named(5 * n, behind_s=60 * ages[n % len(ages)], clock=False, zone=zone)
        for n in range(int(hours * 12))
    ]


@pytest.mark.parametrize("zone", [UTC_ZONE, PARIS])
def test_reports_tell_the_zone_over_some_hours(zone: ZoneInfo) -> None:
    assert zone_of_names(reporting(zone), [UTC_ZONE, PARIS]).zone == zone


def test_reports_do_not_tell_the_zone_of_an_hour_nor_where_they_are_always_old() -> None:
    """A report of an hour ago fits a name in UTC that is read as Paris time, and the other way round."""
    assert zone_of_names(reporting(UTC_ZONE, 1), [UTC_ZONE, PARIS]).zone is None
    for minutes in (10, 50, 62):
        hourly = [named(60 * n, behind_s=60 * minutes, clock=False, zone=UTC_ZONE) for n in range(24)]
        assert zone_of_names(hourly, [UTC_ZONE, PARIS]).zone is None


def test_where_no_zone_or_two_fit_nothing_is_said() -> None:
    assert zone_of_names([named(0, zone=NEW_YORK)], [UTC_ZONE, PARIS]).zone is None
    assert zone_of_names([Evidence(named=datetime(2026, 3, 2))], [UTC_ZONE]).zone is None  # noqa: DTZ001
    same = zone_of_names([named(0)], [PARIS, ZoneInfo("Europe/Berlin")])
    assert same.zone == PARIS  # they give the same instants


def test_a_frozen_feed_does_not_decide_against_all_others() -> None:
    bodies = [named(15 * n) for n in range(20)] + [named(315, behind_s=7200)]
    found = zone_of_names(bodies, [UTC_ZONE, PARIS])
    assert (found.zone, found.agree) == (PARIS, 20)


@dataclass(frozen=True)
class B:
    feed: str
    at: float


def test_information_goes_with_the_statuses_after_it_and_the_first_with_those_before() -> None:
    a, b, c, d = (B("station_status", at) for at in (0, 900, 1800, 2700))
    first, second = B("station_information", 1000), B("station_information", 2705)
    fetches, unused = pair([second, d, c, first, b, a])
    assert [fetch.main for fetch in fetches] == [a, b, c, d]
    assert [fetch.own for fetch in fetches] == [(first,), (), (), (second,)]
    assert [fetch.shares for fetch in fetches] == [(), ((first, 0),), ((first, 0),), ()]
    assert unused == []


def test_attributes_that_no_status_needs_are_left_over() -> None:
    status = B("station_status", 900)
    old, new = B("station_information", 0), B("station_information", 800)
    fetches, unused = pair([status, old, new])
    assert fetches[0].own == (new,)
    assert unused == [old]
    assert pair([B("exports", 1), B("station_information", 0)])[1] == [B("station_information", 0)]


@pytest.mark.parametrize(
    ("minutes", "cadence_s"),
    [
        ([0, 15, 30, 45], 900),
        ([0, 5.02, 10, 15.03, 60, 65], 300),
        ([0, 1, 2, 3.1, 4], 60),
        ([0, 1, 15, 30, 45, 60], 900),  # one body was recorded twice within the minute
        ([0, 60, 120], 3600),
        ([0, 14, 29, 44.5, 60], 900),
        ([0, 45, 90, 135, 180], 1800),
        ([0, 50, 100, 150], 1800),
        ([0, 55, 110, 165], 3600),
        ([0, 24 * 60, 48 * 60], 900),
        ([0, 0, 0.1], 900),
        ([0], 900),
        ([], 900),
    ],
)
def test_the_cadence_is_the_usual_gap(minutes: list[float], cadence_s: int) -> None:
    assert usual_cadence_s([AT + 60 * minute for minute in minutes]) == cadence_s


def every(minutes: int, days: int, start: datetime) -> list[float]:
    return [(start + timedelta(minutes=minutes * n)).timestamp() for n in range(days * 24 * 60 // minutes)]


def test_a_cadence_that_changes_for_good_is_a_change_and_a_bad_day_is_none() -> None:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    times = every(15, 10, start) + every(5, 5, start + timedelta(days=10))
    bad = [at for at in times if not (start.timestamp() + 3 * 86400 <= at < start.timestamp() + 4 * 86400)]
    bad = sorted(bad + every(60, 1, start + timedelta(days=3)))
    for given in (times, bad):
        assert cadences_s(given) == [(times[0], 900), ((start + timedelta(days=10)).timestamp(), 300)]
    assert all(b > a for a, b in pairwise(times))
