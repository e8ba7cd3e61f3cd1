"""Closed days summed, and the questions over spans of them. Midnight in Paris is 23:00 UTC in winter."""

from __future__ import annotations

from datetime import date

import pytest

OVER_MIDNIGHT = """
    at               | A    | B
    2026-03-02 22:30 | 5/5  | 2/8
    2026-03-02 22:45 | 0/10 | 2/8
    2026-03-02 23:00 | 0/10 | 3/7
    2026-03-02 23:15 | 0/10 | 10/0
    2026-03-02 23:30 | 4/6  | 10/0
    2026-03-02 23:45 | 4/6  | 9/1
"""


def test_seconds_lie_in_the_local_hour_and_day_in_which_they_pass(world):
    world.grid(OVER_MIDNIGHT).gives("station_hour", """
        local_date | local_hour | station_code | operative_s | short_s | no_dock_s | unusable_s | usable_s | bike_s
        2026-03-02 | 23         | A            | 1800        | 900     | 0         | 900        | 900      | 4500
        2026-03-02 | 23         | B            | 1800        | 0       | 0         | 0          | 1800     | 3600
        2026-03-03 | 0          | A            | 2700        | 1800    | 0         | 1800       | 900      | 3600
        2026-03-03 | 0          | B            | 2700        | 0       | 1800      | 1800       | 900      | 20700
    """).gives("station_day", """
        local_date | station_code | operative_s | short_s | bikes_moved | net_bikes | least_bikes | most_docks
        2026-03-02 | A            | 1800        | 900     | 5           | -5        | 0           | 10
        2026-03-02 | B            | 1800        | 0       | 1           | 1         | 2           | 8
        2026-03-03 | A            | 2700        | 1800    | 4           | 4         | 0           | 10
        2026-03-03 | B            | 2700        | 0       | 8           | 6         | 3           | 7
    """)  # fmt: skip


def test_an_outage_over_midnight_has_a_part_in_each_day_and_is_one_outage(world):
    world.grid(OVER_MIDNIGHT).gives("outage_day", """
        local_date | kind    | station_code | started_epoch | last_out_epoch | is_continued | goes_on
        2026-03-02 | no_bike | A            | 1772491500    | 1772491500     | no           | yes
        2026-03-03 | no_bike | A            | 1772492400    | 1772493300     | yes          | no
        2026-03-03 | no_dock | B            | 1772493300    | 1772494200     | no           | no
    """).gives("history_outages", """
        kind    | local_date | episode_minutes | minutes_least | minutes_most | start_was_seen | end_was_seen
        no_bike | 2026-03-02 | 45              | 30            | 60           | yes            | yes
        no_dock | 2026-03-03 | 30              | 15            | 45           | yes            | yes
    """).gives("history_recovery", """
        zone_code | kind    | episodes | episodes_closed | median_minutes | p90_minutes
        75101     | no_bike | 1        | 1               | 45             | 45
        75101     | no_dock | 1        | 1               | 30             | 30
    """)  # fmt: skip


def test_a_gap_of_more_than_two_cadences_ends_the_sight_of_an_outage(world):
    world.grid("""
        at    | A
        08:00 | 0/10
        08:15 | 0/10
        09:15 | 0/10
        09:30 | 0/10 off
        09:45 | 5/5
    """).gives("history_outages", """
        kind        | started_epoch | ended_epoch | minutes_most | start_was_seen | end_was_seen | is_open
        no_bike     | 1772438400    | 1772441100  | -            | no             | no           | no
        no_bike     | 1772442900    | 1772443800  | -            | no             | no           | no
        inoperative | 1772443800    | 1772444700  | 30           | yes            | yes          | no
    """)  # fmt: skip


def test_an_outage_that_goes_on_after_the_last_closed_day_is_open(world):
    world.last_day = date(2026, 3, 2)
    world.grid("""
        at               | A    | B
        2026-03-02 22:30 | 5/5  | 5/5
        2026-03-02 22:45 | 0/10 | 0/10
        2026-03-02 23:00 | 0/10 | 5/5
    """).gives("history_outages", """
        station_code | local_date | started_epoch | ended_epoch | is_open | end_was_seen
        A            | 2026-03-02 | 1772491500    | 1772492400  | yes     | no
        B            | 2026-03-02 | 1772491500    | 1772492400  | no      | yes
    """)  # fmt: skip


def test_an_outage_has_its_true_beginning_however_long_before_the_days_asked_for(world):
    world.grid("""
        at               | A
        2026-03-01 22:45 | 5/5
        2026-03-01 23:00 | 0/10
        2026-03-02 22:45 | 0/10
        2026-03-02 23:00 | 0/10
        2026-03-02 23:15 | 5/5
    """, cadence_min=1440).gives("history_outages", """
        local_date | started_epoch | episode_minutes
        2026-03-02 | 1772406000    | 1455
    """)  # fmt: skip
    world.asked_from = date(2026, 3, 3)
    world.gives("history_outages", """
        local_date | started_epoch | episode_minutes
        2026-03-02 | 1772406000    | 1455
    """)  # fmt: skip


@pytest.mark.parametrize(
    ("first", "hours"),
    [
        ("2026-03-28 23:00", {0: 3600, 1: 3600, 3: 3600, 4: 3600}),
        ("2026-10-24 22:00", {0: 3600, 1: 3600, 2: 7200, 3: 3600}),
    ],
)
def test_where_clocks_change_an_hour_is_missing_or_twice_as_long(world, first, hours):
    day, begin = first.split()
    ticks = sum(hours.values()) // 900
    start = 60 * int(begin[:2])
    lines = ["at | A"]
    for number in range(ticks + 1):
        minute = start + 15 * number
        date = day if minute < 1440 else f"{day[:-2]}{int(day[-2:]) + 1:02}"
        lines.append(f"{date} {minute // 60 % 24:02}:{minute % 60:02} | {number % 7 + 1}/9")
    shown = [f"{hour} | {seconds}" for hour, seconds in hours.items()]
    last = {4: 5, 3: 4}[max(hours)]
    world.grid("\n".join(lines)).gives(
        "station_hour", "\n".join(["local_hour | operative_s", *shown, f"{last} | 0"])
    )


def test_days_are_summed_by_the_period_that_is_asked_for(world):
    world.by = "month"
    world.grid("""
        at               | A    | B
        2026-03-30 08:00 | 0/10 | 5/5
        2026-03-30 08:15 | 5/5  | 5/5
        2026-04-01 08:00 | 5/5  | 10/0
        2026-04-01 08:15 | 0/10 | 10/0
        2026-04-01 08:30 | 0/10 | 10/0
        2026-04-01 08:45 | 0/10 | 10/0
    """).gives("history_stations", """
        period  | station_code | bike_availability | dock_availability | outage_minutes | days_covered | days_wanted
        2026-03 | A            | 2/3               | 1                 | 15             | 1            | 2
        2026-03 | B            | 1                 | 1                 | 0              | 1            | 2
        2026-04 | A            | 1/3               | 1                 | 30             | 1            | 1
        2026-04 | B            | 1                 | 0                 | 45             | 1            | 1
    """).gives("history_zones", """
        period  | zone_code | stations | full_availability | unusable_share | outage_station_minutes | coverage
        2026-03 | 75101     | 2        | 5/6               | 1/6            | 15                     | 1/64
        2026-04 | 75101     | 2        | 1/6               | 5/6            | 75                     | 1/32
    """).gives("history_network", """
        period  | stations | fill_rate | operative_station_minutes | net_bikes | bikes_moved
        2026-03 | 2        | 5/12      | 90                        | 5         | 5
        2026-04 | 2        | 35/60     | 90                        | -5        | 5
    """).gives("history_profile", """
        period  | local_weekday | local_hour | unusable_share | days_covered
        2026-03 | 1             | 10         | 1/6            | 1
        2026-04 | 3             | 10         | 5/6            | 1
    """)  # fmt: skip


def test_types_are_counted_over_the_time_with_both_known(world):
    world.grid("""
        at    | A      | B
        08:00 | 3+0/10 | 5/10
        08:15 | 0+4/10 | 1+1/10
        08:30 | 2+2/10 | 1+1/10
    """).gives("history_stations", """
        station_code | mechanical_availability | ebike_availability | mean_mechanical | mean_ebikes | mean_bikes
        A            | 1/2                     | 1/2                | 1.5             | 2           | 3.5
        B            | 1                       | 1                  | 1               | 1           | 3.5
    """)  # fmt: skip
