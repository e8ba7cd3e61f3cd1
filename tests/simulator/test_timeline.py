"""The network through a day: reproducible in any order, and like the recorded one."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime
from itertools import pairwise
from threading import Thread

import pytest

from velib_insights.simulator.world.demand import day_start, operating_day
from velib_insights.simulator.world.network import Network
from velib_insights.simulator.world.timeline import Snapshot, Timeline

MIDNIGHT = int(datetime(2026, 3, 3, 23, tzinfo=UTC).timestamp())  # Wednesday 4 March 00:00 in Paris
HOUR = 3600

Counts = dict[str, tuple[int, int, int]]


def counts(snapshot: Snapshot) -> Counts:
    return {
        station.code: (m, e, docks)
        for station, m, e, docks in zip(
            snapshot.stations, snapshot.mechanical, snapshot.ebikes, snapshot.docks, strict=True
        )
    }


def changed(timeline: Timeline, epoch: int, after_s: int = 900) -> float:
    """The share of stations whose counts differ `after_s` later."""
    before, after = counts(timeline.state_at(epoch)), counts(timeline.state_at(epoch + after_s))
    return sum(before.get(code) != now for code, now in after.items()) / len(after)


def rows(snapshot: Snapshot) -> list[tuple[object, ...]]:
    return list(
        zip(
            [station.code for station in snapshot.stations],
            snapshot.names,
            snapshot.mechanical,
            snapshot.ebikes,
            snapshot.docks,
            snapshot.is_installed,
            snapshot.is_renting,
            snapshot.last_reported,
            strict=True,
        )
    )


def in_service(snapshot: Snapshot) -> list[tuple[int, int]]:
    """Bikes and free docks of the stations that rent."""
    held = zip(snapshot.mechanical, snapshot.ebikes, snapshot.docks, snapshot.is_renting, strict=True)
    return [(m + e, docks) for m, e, docks, renting in held if renting]


def test_an_instant_is_the_same_in_whatever_order_it_is_asked_for() -> None:
    instants = [
        MIDNIGHT + offset for offset in (0, 7 * HOUR + 61, 90 * HOUR, 20 * HOUR, 300 * HOUR, 2 * HOUR)
    ]
    forward, backward = Timeline(Network(7, 200)), Timeline(Network(7, 200))
    expected = {at: rows(forward.state_at(at)) for at in sorted(instants)}
    assert {at: rows(backward.state_at(at)) for at in sorted(instants, reverse=True)} == expected


def test_another_process_sees_the_same() -> None:
    program = (
        "import hashlib; from velib_insights.simulator.world.timeline import Timeline; "
        "from velib_insights.simulator.world.network import Network; "
        "from velib_insights.simulator.feeds.velib import gbfs_station_status as show; "
        f"print(hashlib.sha256(show(Timeline(Network(7, 150)).state_at({MIDNIGHT + 9 * HOUR}))).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


def test_threads_see_the_same() -> None:
    timeline, seen = Timeline(Network(7, 150)), {}
    alone = Timeline(Network(7, 150))

    def look(at: int) -> None:
        seen[at] = rows(timeline.state_at(at))

    instants = [MIDNIGHT + hours * HOUR for hours in (30, 1, 12, 55, 8, 31)]
    threads = [Thread(target=look, args=(at,)) for at in instants]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {at: rows(alone.state_at(at)) for at in instants}


def test_a_day_years_away_is_reached_without_living_through_the_years() -> None:
    timeline = Timeline(Network(7, 150))
    assert len(timeline.state_at(MIDNIGHT + 8 * 365 * 86_400)) > 100
    assert len(timeline._days) == 1


def test_by_day_most_stations_change_in_a_quarter_of_an_hour_and_at_night_few(timeline: Timeline) -> None:
    by_day = [changed(timeline, MIDNIGHT + hour * HOUR) for hour in range(10, 19)]
    assert 0.5 <= sum(by_day) / len(by_day) <= 0.75
    assert 0.12 <= changed(timeline, MIDNIGHT + 2 * HOUR) <= 0.26
    assert changed(timeline, MIDNIGHT + 8 * HOUR + 1800) > 0.65


def test_the_network_is_never_still_for_a_quarter_of_an_hour(timeline: Timeline) -> None:
    assert min(changed(timeline, MIDNIGHT + quarter * 900) for quarter in range(96)) > 0.01


def test_within_a_step_the_network_moves_minute_by_minute(timeline: Timeline) -> None:
    noon = MIDNIGHT + 12 * HOUR
    assert all(changed(timeline, noon + minute * 60, 60) > 0.02 for minute in range(6))


def test_some_stations_are_empty_and_some_full(timeline: Timeline) -> None:
    for hour in (10, 12, 15, 20):
        stations = in_service(timeline.state_at(MIDNIGHT + hour * HOUR))
        empty = sum(bikes == 0 for bikes, _ in stations)
        near_full = sum(bikes >= 0.9 * (bikes + docks) > 0 for bikes, docks in stations)
        assert 20 <= empty <= 160
        assert 50 <= near_full <= 260


def test_bikes_are_taken_out_at_rush_hour_and_come_back(timeline: Timeline) -> None:
    def docked(hours: float) -> int:
        return sum(bikes for bikes, _ in in_service(timeline.state_at(MIDNIGHT + int(hours * HOUR))))

    night, rush, late = docked(5), docked(9), docked(27.5)
    assert 0.68 * night < rush < 0.92 * night
    assert abs(late - night) < 0.08 * night


def test_the_centre_fills_in_the_morning_while_the_hills_drain(timeline: Timeline) -> None:
    def fill(zone: str, hours: float) -> float:
        snapshot = timeline.state_at(MIDNIGHT + int(hours * HOUR))
        held = [
            (m + e, docks)
            for station, m, e, docks in zip(
                snapshot.stations, snapshot.mechanical, snapshot.ebikes, snapshot.docks, strict=True
            )
            if station.zone_code == zone and station.kind == "street"
        ]
        return sum(bikes for bikes, _ in held) / sum(bikes + docks for bikes, docks in held)

    for working in ("75101", "75102", "75108"):
        assert fill(working, 15) > fill(working, 6) + 0.2 > fill(working, 21) - 0.1
    for hill in ("75118", "75119", "75120"):
        assert fill(hill, 15) < fill(hill, 6) - 0.05
        assert fill(hill, 22) > fill(hill, 15) + 0.05


def test_weekends_are_flatter_than_weekdays(timeline: Timeline) -> None:
    saturday_9h = MIDNIGHT + (3 * 24 + 9) * HOUR
    assert changed(timeline, saturday_9h) < changed(timeline, MIDNIGHT + 9 * HOUR) - 0.1


def test_stations_out_of_service_are_few_and_mostly_empty(timeline: Timeline) -> None:
    snapshot = timeline.state_at(MIDNIGHT + 12 * HOUR)
    out = [
        (m + e, installed)
        for m, e, installed, renting in zip(
            snapshot.mechanical, snapshot.ebikes, snapshot.is_installed, snapshot.is_renting, strict=True
        )
        if not renting
    ]
    assert 18 <= len(out) <= 60
    assert sum(bikes == 0 for bikes, _ in out) > 0.75 * len(out)
    assert 4 <= sum(not installed for _, installed in out) <= 40
    assert all(
        renting <= installed
        for installed, renting in zip(snapshot.is_installed, snapshot.is_renting, strict=True)
    )


def test_works_take_stations_out_during_the_day_and_give_them_back(timeline: Timeline) -> None:
    def out(hours: int) -> set[str]:
        snapshot = timeline.state_at(MIDNIGHT + hours * HOUR)
        return {
            station.code
            for station, renting in zip(snapshot.stations, snapshot.is_renting, strict=True)
            if not renting
        }

    days = [out(12 + 24 * day) for day in range(8)]
    assert any(later - earlier for earlier, later in pairwise(days))
    assert any(earlier - later for earlier, later in pairwise(days))


def test_an_event_fills_its_station() -> None:
    timeline = Timeline(Network(1, 320))

    def venue(epoch: int) -> tuple[bool, int] | None:
        snapshot = timeline.state_at(epoch)
        for at, station in enumerate(snapshot.stations):
            if station.kind == "event" and snapshot.is_renting[at]:
                return True, snapshot.mechanical[at] + snapshot.ebikes[at]
        return None

    evenings = [venue(MIDNIGHT + (24 * day + 22) * HOUR) for day in range(30)]
    held = [found[1] for found in evenings if found]
    assert 1 <= len(held) <= 12
    assert max(held) > 40
    assert all(venue(MIDNIGHT + (24 * day + 10) * HOUR) is None for day in range(5))


def test_counts_fit_the_station(timeline: Timeline) -> None:
    for hour in range(0, 96, 5):
        snapshot = timeline.state_at(MIDNIGHT + hour * HOUR)
        for station, (m, e, docks) in zip(snapshot.stations, counts(snapshot).values(), strict=True):
            assert min(m, e, docks) >= 0
            assert m + e + docks <= station.docks_built


def test_declared_docks_exceed_the_counted_ones_on_about_half_the_stations(timeline: Timeline) -> None:
    snapshot = timeline.state_at(MIDNIGHT + 12 * HOUR)
    slack = [
        s.capacity - sum(held) for s, held in zip(snapshot.stations, counts(snapshot).values(), strict=True)
    ]
    assert 0.4 < sum(missing > 0 for missing in slack) / len(slack) < 0.65
    assert 3 <= sum(missing < 0 for missing in slack) <= 20


@pytest.mark.parametrize("day", [date(2026, 3, 28), date(2026, 10, 24), date(2026, 3, 5)])
def test_days_join_without_a_seam(day: date) -> None:
    timeline = Timeline(Network(1, 400))
    seam = day_start(date.fromordinal(day.toordinal() + 1))
    assert operating_day(seam - 1) == day
    assert changed(timeline, seam - 300, 600) < 0.2


def test_the_clock_change_makes_an_operating_day_longer_or_shorter() -> None:
    def hours(day: date) -> float:
        return (day_start(date.fromordinal(day.toordinal() + 1)) - day_start(day)) / HOUR

    assert hours(date(2026, 3, 28)) == 23
    assert hours(date(2026, 10, 24)) == 25
    assert hours(date(2026, 6, 1)) == 24


def test_last_reported_says_little_about_the_counts(timeline: Timeline) -> None:
    noon = MIDNIGHT + 12 * HOUR
    ticks = [timeline.state_at(noon + 720 + minute * 300) for minute in range(10)]
    moved = backwards = still = changes = 0
    for before, after in pairwise(ticks):
        then = dict(zip([s.code for s in before.stations], before.last_reported, strict=True))
        held = counts(before)
        for station, reported, now in zip(
            after.stations, after.last_reported, counts(after).values(), strict=True
        ):
            moved += reported != then.get(station.code, reported)
            backwards += reported < then.get(station.code, reported)
            if held.get(station.code) not in (None, now):
                changes += 1
                still += reported == then.get(station.code)
    assert still > 0.9 * changes > 0
    assert 0 < backwards < moved
    alive = [at for at in ticks[0].last_reported if at > noon - 2 * HOUR]
    assert noon - 600 < min(alive)
    assert max(alive) < noon + 180
    assert min(ticks[0].last_reported) < noon - 5 * 365 * 86_400


def test_last_reported_is_rewritten_as_a_block_about_hourly(timeline: Timeline) -> None:
    noon = MIDNIGHT + 12 * HOUR
    before, after = timeline.state_at(noon + 300).last_reported, timeline.state_at(noon + 480).last_reported
    assert sum(a != b for a, b in zip(before, after, strict=True)) > 0.9 * len(before)
