"""Which ticks were due, by the day, where the cadence changes and where local midnight is no whole hour of UTC."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest


def ticks(first, last, minutes):
    """The instants of a cadence, as the grid draws them, the last one left out."""
    at, end = (datetime.fromisoformat(each) for each in (first, last))
    while at < end:
        yield f"{at:%Y-%m-%d %H:%M}"
        at += timedelta(minutes=minutes)


def drawn(instants, without=()):
    """One station whose counts change at every tick."""
    kept = [at for at in instants if at not in without]
    return "\n".join(["at | A", *(f"{at} | {number % 50}/9" for number, at in enumerate(kept))])


def test_after_a_change_of_cadence_the_new_one_counts_from_the_change_on(world):
    """12 hourly and 48 quarter-hourly ticks with nothing missing: 60 expected, 60 seen."""
    world.grid(drawn(ticks("2026-03-02 00:00", "2026-03-02 12:00", 60)), cadence_min=60)
    world.grid(drawn(ticks("2026-03-02 12:00", "2026-03-03 00:00", 15)), cadence_min=15)
    world.gives("kpi_feed_health", """
        date       | ticks_expected | ticks_missing | ticks_observed | observed_share
        2026-03-02 | 60             | 0             | 60             | 1
    """)  # fmt: skip


def test_in_the_other_direction_too_and_by_the_local_day(world):
    """Paris: from 23:00 UTC of the day before."""
    world.grid(drawn(ticks("2026-03-01 23:00", "2026-03-02 11:00", 5)), cadence_min=5)
    world.grid(drawn(ticks("2026-03-02 11:00", "2026-03-03 00:00", 15)), cadence_min=15)
    world.gives("local_days", """
        local_date | ticks_expected | ticks_missing | ticks_observed | observed_s | coverage
        2026-03-02 | 192            | 0             | 192            | 86400      | 1
        2026-03-03 | 4              | 0             | 4              | 2700       | 1
    """).gives("kpi_feed_health", """
        date       | ticks_expected | ticks_missing
        2026-03-01 | 12             | 0
        2026-03-02 | 184            | 0
    """)  # fmt: skip


def test_what_is_missing_is_missing_by_the_cadence_of_its_half_of_the_day(world):
    missing = ("2026-03-02 03:00", "2026-03-02 13:15", "2026-03-02 13:30")
    world.grid(drawn(ticks("2026-03-02 00:00", "2026-03-02 12:00", 60), missing), cadence_min=60)
    world.grid(drawn(ticks("2026-03-02 12:00", "2026-03-03 00:00", 15), missing), cadence_min=15)
    world.gives("kpi_feed_health", """
        date       | ticks_expected | ticks_missing | ticks_observed
        2026-03-02 | 60             | 3             | 57
    """)  # fmt: skip


def test_a_gap_over_a_change_of_cadence_is_counted_at_the_longer_one_and_one_tick_of_another_changes_nothing(
    world,
):
    world.grid("""
        at    | A
        08:00 | 1/9
        08:15 | 2/8
        08:30 | 3/7
    """).grid("""
        at    | A
        08:20 | 4/6
        09:30 | 5/5
    """, cadence_min=5).gives("kpi_feed_health", """
        date       | ticks_expected | ticks_missing
        2026-03-02 | 8              | 3
    """)  # fmt: skip


def test_a_gap_over_midnight_is_missing_from_both_days(world):
    """UTC days and local ones; the first tick of a day has the ticks missing before it."""
    world.grid("""
        at               | A
        2026-03-01 21:00 | 1/9
        2026-03-02 02:00 | 2/8
        2026-03-02 03:00 | 3/7
    """, cadence_min=60).gives("kpi_feed_health", """
        date       | ticks_expected | ticks_missing
        2026-03-01 | 3              | 2
        2026-03-02 | 4              | 2
    """).gives("local_days", """
        local_date | ticks_expected | ticks_missing
        2026-03-01 | 2              | 1
        2026-03-02 | 5              | 3
    """)  # fmt: skip


def local_days_of(world, zone, first, last, minutes=30, *, keep_offsets=True):
    """A world that ticks every `minutes` in that time zone."""
    world.grid(drawn(ticks(first, last, minutes)), cadence_min=minutes)
    for row in (*world.rows["ticks"], *world.rows["source_velib"]):
        local = row["snapshot_at"].astimezone(ZoneInfo(zone))
        row |= {"local_date": local.date(), "local_hour": local.hour, "local_weekday": local.isoweekday()}
        if "utc_offset_s" in row:
            row["utc_offset_s"] = int(local.utcoffset().total_seconds()) if keep_offsets else None
    return world


@pytest.mark.parametrize(
    ("zone", "minutes", "midnight_utc"),
    [
        ("Asia/Kolkata", 30, "18:30"),
        ("America/St_Johns", 30, "03:30"),
        ("Asia/Kathmandu", 15, "18:15"),
        ("Europe/Paris", 30, "23:00"),
    ],
)
def test_a_day_is_24_hours_where_local_midnight_is_no_whole_hour_of_utc(world, zone, minutes, midnight_utc):
    local_days_of(world, zone, f"2026-02-01 {midnight_utc}", f"2026-02-04 {midnight_utc}", minutes)
    first, second, third = sorted({row["local_date"] for row in world.rows["ticks"]})
    number = 24 * 60 // minutes
    world.gives("local_days", f"""
        local_date | elapsed_s             | observed_s            | ticks_expected | ticks_missing | coverage
        {first}    | 86400                 | 86400                 | {number}       | 0             | 1
        {second}   | 86400                 | 86400                 | {number}       | 0             | 1
        {third}    | {86400 - 60 * minutes} | {86400 - 60 * minutes} | {number}      | 0             | 1
    """)  # fmt: skip
    world.gives("kpi_availability_station_day", f"""
        local_date | station_code | operative_minutes    | coverage
        {first}    | A            | 1440                 | 1
        {second}   | A            | 1440                 | 1
        {third}    | A            | {1440 - minutes}     | 1
    """)  # fmt: skip


def test_a_change_of_clocks_by_half_an_hour_makes_days_of_23_and_a_half_and_24_and_a_half_hours(world):
    local_days_of(world, "Australia/Lord_Howe", "2026-04-03 13:00", "2026-04-05 14:00")
    world.gives("local_days", """
        local_date | elapsed_s | observed_s | ticks_expected
        2026-04-04 | 86400     | 86400      | 48
        2026-04-05 | 88200     | 88200      | 49
        2026-04-06 | 0         | 0          | 1
    """)  # fmt: skip
    world.rows = {name: [] for name in world.rows}
    local_days_of(world, "Australia/Lord_Howe", "2026-10-02 13:30", "2026-10-04 13:30")
    world.gives("local_days", """
        local_date | elapsed_s | observed_s | ticks_expected
        2026-10-03 | 86400     | 86400      | 48
        2026-10-04 | 84600     | 84600      | 47
        2026-10-05 | 0         | 0          | 1
    """)  # fmt: skip


def test_hours_cleaned_before_the_ledger_kept_the_offset_have_it_in_whole_hours(world):
    local_days_of(world, "Europe/Paris", "2026-03-27 23:00", "2026-03-29 23:00", keep_offsets=False)
    world.gives("local_days", """
        local_date | elapsed_s | observed_s
        2026-03-28 | 86400     | 86400
        2026-03-29 | 82800     | 82800
        2026-03-30 | 1800      | 1800
    """)  # fmt: skip
    world.rows = {name: [] for name in world.rows}
    local_days_of(world, "Pacific/Auckland", "2026-03-01 11:00", "2026-03-02 11:00", keep_offsets=False)
    world.gives("local_days", """
        local_date | elapsed_s
        2026-03-02 | 84600
    """)  # fmt: skip


def test_a_day_that_begins_with_the_change_of_clocks_is_measured_by_the_tick_before_it(world):
    """In Santiago the clocks go forward at midnight, so a day of 23 hours begins at 01:00."""
    local_days_of(world, "America/Santiago", "2026-09-05 04:00", "2026-09-07 03:00", 60)
    world.gives("local_days", """
        local_date | elapsed_s | observed_s
        2026-09-05 | 86400     | 86400
        2026-09-06 | 79200     | 79200
    """)  # fmt: skip


def test_an_observation_that_holds_over_midnight_counts_in_both_days(world):
    world.grid("""
        at               | A    | tick
        2026-03-01 22:30 | 5/5  |
        2026-03-01 22:45 | 0/10 |
        2026-03-01 23:00 |      | fetch_failed
        2026-03-01 23:15 | 5/5  |
        2026-03-01 23:30 | 6/5  |
    """).gives("local_days", """
        local_date | observed_s | ticks_observed
        2026-03-01 | 1800       | 2
        2026-03-02 | 1800       | 2
    """).gives("kpi_availability_station_day", """
        local_date | short_minutes | operative_minutes
        2026-03-01 | 15            | 30
        2026-03-02 | 15            | 30
    """).gives("station_hours", f"""
        hour_epoch                                                            | short_minutes | operative_minutes
        {int(datetime(2026, 3, 1, 22, tzinfo=UTC).timestamp())} | 15            | 30
        {int(datetime(2026, 3, 1, 23, tzinfo=UTC).timestamp())} | 15            | 30
    """)  # fmt: skip
