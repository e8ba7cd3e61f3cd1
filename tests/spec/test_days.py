"""Whole days: availability, the worst moment, profiles, chronic stations, changes of the network, feed health."""


def test_a_day_has_23_24_or_25_hours_and_today_those_that_have_passed(world):
    world.grid("""
        at               | A
        2026-03-28 23:00 | 5/5
        2026-03-29 21:00 | 5/5
        2026-03-29 22:00 | 5/5
        2026-03-30 22:00 | 5/5
        2026-10-24 22:00 | 5/5
        2026-10-25 22:00 | 5/5
        2026-10-25 23:00 | 5/5
        2026-10-26 05:00 | 5/5
    """, cadence_min=60).gives("local_days", """
        local_date | elapsed_s | observed_s | ticks_observed | coverage
        2026-10-25 | 90000     | 10800      | 2              | 10800/90000
        2026-10-26 | 21600     | 7200       | 2              | 7200/21600
    """)  # fmt: skip
    world.rows["ticks"] = [row for row in world.rows["ticks"] if row["date"] < "2026-10-01"]
    world.gives("local_days", """
        local_date | elapsed_s | observed_s | ticks_observed
        2026-03-29 | 82800     | 10800      | 2
        2026-03-30 | 86400     | 7200       | 1
        2026-03-31 | 0         | 0          | 1
    """)  # fmt: skip


def test_availability_is_of_operative_observed_time_and_says_how_much_of_the_day_that_is(world):
    world.stations("""
        code | zone_code | zone_name
        B    | 75102     | 2e
    """).grid("""
        at               | A    | B
        2026-03-01 23:00 | 5/5  | 5/5
        2026-03-02 00:00 | 0/10 | 10/0
        2026-03-02 01:00 | 10/0 | 5/5 off
        2026-03-02 02:00 | ?/5  | 5/5
        2026-03-02 03:00 | 5/5  | 0/0
        2026-03-02 04:00 | 5/5  | 5/5
    """, cadence_min=60)  # fmt: skip
    world.gives("kpi_availability_station_day", """
        local_date | station_code | bike_availability | dock_availability | full_availability
        2026-03-02 | A            | 3/4               | 4/5               | 2/4
        2026-03-02 | B            | 3/4               | 2/4               | 2/4
    """).gives("kpi_availability_station_day", """
        local_date | station_code | outage_minutes | coverage
        2026-03-02 | A            | 120            | 1
        2026-03-02 | B            | 120            | 4/5
    """)  # fmt: skip
    world.gives("kpi_availability_zone_day", """
        local_date | zone_code | stations | bike_availability | unusable_share
        2026-03-02 | 75101     | 1        | 3/4               | 2/5
        2026-03-02 | 75102     | 1        | 3/4               | 2/4
    """).gives("kpi_availability_zone_day", """
        zone_code | short_minutes | no_dock_minutes | coverage
        75101     | 60            | 60              | 1
        75102     | 60            | 120             | 4/5
    """)  # fmt: skip


# Five stations of each zone but the last: in 75101 one is out for half of the time, in 75102 two are, in 75103 none is.
ZONES = {"75101": "ABCDE", "75102": "FGHIJ", "75103": "KLMNO", "75104": "PQRS", "-": "TUVWX"}


def zones_drawn(world, zones, out):
    """Two quarters of an hour; stations in `out` are empty in the first."""
    stations = [(code, zone) for zone, codes in zones.items() for code in codes]
    about = "\n".join(f"{code} | {zone} | {zone}" for code, zone in stations)
    world.stations(f"code | zone_code | zone_name\n{about}")
    lines = [" | ".join(["at", *(code for code, _ in stations)])]
    for at in ("08:00", "08:15", "08:30"):
        cells = ["0/10" if code in out and at == "08:00" else "5/5" for code, _ in stations]
        lines.append(" | ".join([at, *cells]))
    return world.grid("\n".join(lines))


def test_the_equity_gap_is_from_the_median_zone_of_five_stations_and_more_to_the_worst(world):
    zones_drawn(world, ZONES, "AFGPQRSTUVWX").gives("kpi_equity_gap", """
        local_date | zones | worst_zone_code | worst_unusable_share | median_unusable_share | equity_difference
        2026-03-02 | 3     | 75102           | 1/5                  | 1/10                  | 1/10
    """).gives("kpi_equity_gap", """
        best_zone_code | best_unusable_share
        75103          | 0
    """)  # fmt: skip


def test_of_an_even_number_of_zones_the_median_is_the_mean_of_the_two_in_the_middle(world):
    zones = {zone: codes for zone, codes in ZONES.items() if zone in ("75101", "75102")}
    zones_drawn(world, zones, "AFG").gives("kpi_equity_gap", """
        zones | worst_zone_code | worst_unusable_share | median_unusable_share | equity_difference
        2     | 75102           | 1/5                  | 3/20                  | 1/20
    """)  # fmt: skip


def test_a_zone_of_four_operative_stations_has_no_part_in_the_equity_gap(world):
    zones_drawn(world, {"75101": "ABCDE", "75104": "PQRS"}, "P").gives("kpi_equity_gap", """
        zones | worst_zone_code | equity_difference
        1     | 75101           | 0
    """)  # fmt: skip


def test_the_worst_moment_of_a_day_is_the_first_of_equals(world):
    world.grid("""
        at    | A    | B    | C
        08:00 | 0/10 | 5/5  | 5/5
        08:15 | 0/10 | 10/0 | 0/10 off
        08:30 | 0/10 | 0/10 | 5/5
        08:45 | 5/5  | 5/5  | 5/5
    """).gives("kpi_worst_moment", """
        local_date | snapshot_at | local_hour | operative_stations | unusable_stations | unusable_share
        2026-03-02 | 08:15       | 9          | 2                  | 2                 | 1
    """).gives("kpi_worst_moment", """
        local_date | short_stations | no_dock_stations | ticks_observed
        2026-03-02 | 1              | 1                | 4
    """)  # fmt: skip


def test_the_profile_is_by_local_weekday_and_hour(world):
    world.grid("""
        at               | A    | B        | tick
        2026-03-01 23:00 | 0/10 | 5/5      |
        2026-03-02 23:00 | 5/5  | 5/5 off  |
        2026-03-02 23:30 | 10/0 | 5/5 off  |
        2026-03-02 23:45 | 5/5  | 5/5      | = 2026-03-02 23:30
    """).gives("kpi_profile_hour_weekday", """
        local_weekday | local_hour | fill_rate | short_share | saturated_share | unusable_share | ticks_observed
        1             | 0          | 5/20      | 1/2         | 0               | 1/2            | 1
        2             | 0          | 15/20     | 0           | 1/2             | 1/2            | 2
    """)  # fmt: skip


def test_a_station_is_chronic_after_three_days_of_failing_half_of_the_time(world):
    ticks = [f"2026-03-0{day} {hour:02}:00" for day in (2, 3, 4) for hour in range(6, 13)]
    rows = "\n".join(
        f"{at} | {'0/20' if at < '2026-03-04' or at[-5:] < '09:00' else '5/15'}"
        f" | {'0/20' if at < '2026-03-04' else '5/15'} | 5/15"
        for at in ticks
    )
    world.grid(f"at | A | B | C\n{rows}", cadence_min=60).gives("kpi_chronic_stations", """
        station_code | reason  | days_failed | days_observed | short_minutes | unusable_share
        A            | no_bike | 3           | 3             | 1140          | 19/22
    """)  # fmt: skip


def test_changes_of_the_network_are_told_from_one_observed_day_to_the_next(world):
    world.stations("""
        code | name   | capacity | lat   | lon
        same | Same   | 20       | 48.85 | 2.35
        old  | Old    | 20       | 48.85 | 2.35
        ren  | Before | 20       | 48.85 | 2.35
        big  | Big    | 20       | 48.85 | 2.35
        mov  | Mov    | 20       | 48.85 | 2.35
        new  | New    | 20       | 48.85 | 2.35
    """).grid("""
        at               | same | old | ren | big | mov | new
        2026-03-02 08:00 | 5/5  | 5/5 | 5/5 | 5/5 | 5/5 |
    """)  # fmt: skip
    world.stations("""
        code | name | capacity | lat | lon
        same | -    | 0        | -   | -
        ren  | -    | 0        | -   | -
    """).grid("""
        at               | same | ren | big | mov | new | old | tick
        2026-03-03 08:00 | 5/5  | 5/5 | 5/5 | 5/5 |     | 5/5 |
        2026-03-04 08:00 | 5/5  |     |     |     | 5/5 |     | rows 100
    """)  # fmt: skip
    world.stations("""
        code | name  | capacity | lat     | lon
        same | Same  | 20       | 48.8502 | 2.35
        ren  | After | 20       | 48.85   | 2.35
        big  | Big   | 30       | 48.85   | 2.35
        mov  | Mov   | 20       | 48.86   | 2.35
    """).grid("""
        at               | same | ren | big | mov | new
        2026-03-05 08:00 | 5/5  | 5/5 | 5/5 | 5/5 |
        2026-03-05 09:00 | 5/5  | 5/5 |     | 5/5 | 5/5
    """).gives("kpi_network_changes", """
        local_date | station_code | change   | name  | name_before | capacity | capacity_before | distance_m
        2026-03-05 | old          | vanished | Old   | -           | -        | -               | -
        2026-03-05 | new          | appeared | New   | -           | -        | -               | -
        2026-03-05 | ren          | renamed  | After | Before      | -        | -               | -
        2026-03-05 | big          | resized  | Big   | -           | 30       | 20              | -
        2026-03-05 | mov          | moved    | Mov   | -           | -        | -               | 1111.949266
    """)  # fmt: skip


def test_feed_health_counts_every_tick_that_was_due(world):
    world.grid("""
        at               | A   | tick
        2026-03-01 22:00 | 1/9 |
        2026-03-01 23:00 | 2/8 |
        2026-03-02 00:00 | 3/7 |
        2026-03-02 01:00 | 3/7 | = 2026-03-02 00:00
        2026-03-02 02:00 |     | fetch_failed
        2026-03-02 03:00 |     | unreadable
        2026-03-02 04:00 |     | incomplete
        2026-03-02 05:00 |     | unusable
        2026-03-02 07:00 | 4/6 | rows 100
        2026-03-02 08:00 | 5/5 |
    """, cadence_min=60)  # fmt: skip
    world.ledger("2026-03-02 08:00", rows_in=1510, rows_refused=10, lag_s=42)
    world.gives("kpi_feed_health", """
        date       | ticks_expected | ticks_missing | ticks_ok | ticks_observed | observed_share | max_gap_minutes
        2026-03-01 | 2              | 0             | 2        | 2              | 1              | 60
        2026-03-02 | 9              | 1             | 4        | 2              | 2/9            | 480
    """)  # fmt: skip
    world.gives("kpi_feed_health", """
        date       | ticks_frozen | ticks_partial | ticks_fetch_failed
        2026-03-01 | 0            | 0             | 0
        2026-03-02 | 1            | 1             | 1
    """).gives("kpi_feed_health", """
        date       | ticks_unreadable | ticks_incomplete | ticks_unusable
        2026-03-01 | 0                | 0                | 0
        2026-03-02 | 1                | 1                | 1
    """)  # fmt: skip
    world.gives("kpi_feed_health", """
        date       | rows_in_day | rows_kept_day | rows_refused_day | max_lag_s | min_stations_seen | max_stations_seen
        2026-03-01 | 3000        | 3000          | 0                | -         | 1500              | 1500
        2026-03-02 | 4610        | 4600          | 10               | 42        | 1500              | 1500
    """)  # fmt: skip


def test_refused_rows_are_counted_by_day_and_rule(world):
    world.refused("""
        at    | rule
        08:00 | no_code
        08:00 | no_code
        08:15 | no_code
        08:15 | twice
    """).gives("kpi_refused_rows", """
        date       | rule    | refused | ticks_concerned | example
        2026-03-02 | no_code | 3       | 2               | drawn
        2026-03-02 | twice   | 1       | 1               | drawn
    """)  # fmt: skip


def test_time_without_a_bike_and_without_a_dock_is_one_outage(world):
    """A has neither for a quarter of an hour, then each for a quarter: 45 minutes of the hour, not 60."""
    world.grid("""
        at    | A    | B
        08:00 | 0/0  | 5/5
        08:15 | 0/20 | 5/5
        08:30 | 20/0 | 5/5
        08:45 | 4/16 | 5/5
        09:00 | 4/16 | 5/5
    """).gives("station_hours", """
        station_code | short_minutes | no_dock_minutes | outage_minutes | operative_minutes
        A            | 30            | 30              | 45             | 60
        B            | 0             | 0               | 0              | 60
        A            | 0             | 0               | 0              | 0
        B            | 0             | 0               | 0              | 0
    """)  # fmt: skip


def test_a_tick_that_holds_beyond_its_hour_counts_in_the_next_one(world):
    world.grid("""
        at    | A    | tick
        08:45 | 0/20 |
        09:30 | 4/16 |
        09:45 | 4/16 |
    """).gives("station_hours", """
        station_code | hour_epoch | outage_minutes | operative_minutes
        A            | 1772438400 | 15             | 15
        A            | 1772442000 | 15             | 30
    """)  # fmt: skip
