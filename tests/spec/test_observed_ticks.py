"""Which ticks count as observations, and for how long each holds."""

import pytest


def test_an_observation_holds_until_the_next_observed_tick_and_not_beyond_now(world):
    world.grid("""
        at    | A    | tick
        08:00 | 5/10 |
        08:15 |      | fetch_failed
        08:30 | 6/10 |
        08:45 | 7/10 |
        09:00 |      | fetch_failed
    """).gives("observed_ticks", """
        snapshot_at | is_observed | hold_s | age_s
        08:00       | yes         | 1800   | 2700
        08:15       | no          | 0      | 1800
        08:30       | yes         | 900    | 900
        08:45       | yes         | 0      | 0
        09:00       | no          | 0      | -900
    """)  # fmt: skip


@pytest.mark.parametrize("why", ["fetch_failed", "unreadable", "unusable", "= 08:00", "rows 100", None])
def test_whatever_kept_ticks_from_being_observed_an_observation_holds_for_two_cadences_at_most(world, why):
    rows = [f"{at} | 6/10 | {why}" for at in ("08:15", "08:30") if why]
    before = [f"{at} | {at[-2:]}/10 |" for at in ("07:15", "07:30", "07:45")]
    world.grid(
        "\n".join(["at | A | tick", *before, "08:00 | 5/10 |", *rows, "08:45 | 7/10 |", "09:00 | 8/10 |"])
    )
    world.rows["source_velib"] = [row for row in world.rows["source_velib"] if row["bikes"] != 6]
    world.gives("local_days", """
        local_date | observed_s | ticks_observed
        2026-03-02 | 5400       | 6
    """).gives("station_observations", """
        snapshot_at | hold_s | until_epoch
        07:15       | 900    | 1772436600
        07:30       | 900    | 1772437500
        07:45       | 900    | 1772438400
        08:00       | 1800   | 1772440200
        08:45       | 900    | 1772442000
        09:00       | 0      | 1772442000
    """)  # fmt: skip


def test_the_cadence_of_the_tick_itself_says_how_long_it_holds(world):
    world.grid("""
        at    | A
        11:30 | 5/10
        11:45 | 6/10
    """).grid("""
        at    | A    | tick
        12:00 |      | fetch_failed
        12:05 |      | fetch_failed
        12:10 | 7/10 |
        12:15 |      | fetch_failed
        12:20 |      | fetch_failed
        12:25 | 8/10 |
    """, cadence_min=5).gives("observed_ticks", """
        snapshot_at | is_observed | hold_s
        11:30       | yes         | 900
        11:45       | yes         | 1500
        12:00       | no          | 0
        12:05       | no          | 0
        12:10       | yes         | 600
        12:15       | no          | 0
        12:20       | no          | 0
        12:25       | yes         | 0
    """)  # fmt: skip


def test_over_a_hole_in_the_ledger_an_observation_holds_for_two_cadences(world):
    world.grid("""
        at    | A
        08:00 | 5/10
        08:30 | 6/10
        09:15 | 7/10
        09:30 | 8/10
    """).gives("observed_ticks", """
        snapshot_at | hold_s | ticks_due
        08:00       | 1800   | 2
        08:30       | 1800   | 3
        09:15       | 900    | 1
        09:30       | 0      | 1
    """)  # fmt: skip


def test_the_first_tick_of_a_freeze_is_an_observation_and_only_its_repeats_are_frozen(world):
    world.grid("""
        at    | A    | tick
        08:00 | 5/10 |
        08:15 | 6/10 |
        08:30 | 6/10 | = 08:15
        08:45 |      | fetch_failed
        09:00 | 6/10 | = 08:15
        09:15 | 7/10 |
    """).gives("observed_ticks", """
        snapshot_at | is_frozen | freeze_started_epoch | is_observed
        08:00       | no        | -                    | yes
        08:15       | no        | -                    | yes
        08:30       | yes       | 1772439300           | no
        08:45       | no        | -                    | no
        09:00       | yes       | 1772439300           | no
        09:15       | no        | -                    | yes
    """)  # fmt: skip


def test_a_stale_replica_that_says_an_older_state_again_is_frozen(world):
    world.grid("""
        at    | A    | tick
        08:00 | 5/10 |
        08:15 | 6/10 |
        08:30 | 5/10 | = 08:00
        08:45 | 7/10 |
    """).gives("observed_ticks", """
        snapshot_at | is_frozen | is_observed
        08:00       | no        | yes
        08:15       | no        | yes
        08:30       | yes       | no
        08:45       | no        | yes
    """)  # fmt: skip


def test_a_freeze_longer_than_a_day_stays_a_freeze_and_the_same_state_a_day_later_is_none(world):
    world.grid("""
        at               | A    | tick
        2026-03-01 08:00 | 5/10 |
        2026-03-01 20:00 | 5/10 | = 2026-03-01 08:00
        2026-03-02 08:00 | 5/10 | = 2026-03-01 08:00
        2026-03-02 09:00 | 6/10 |
        2026-03-03 10:00 | 6/10 | = 2026-03-02 09:00
    """).gives("observed_ticks", """
        snapshot_at      | is_frozen
        2026-03-01 08:00 | no
        2026-03-01 20:00 | yes
        2026-03-02 08:00 | yes
        2026-03-02 09:00 | no
        2026-03-03 10:00 | no
    """)  # fmt: skip


def test_at_a_cadence_of_a_minute_repeats_are_natural_for_five_minutes(world):
    world.grid("""
        at    | A    | tick
        08:00 | 5/10 |
        08:04 | 5/10 | = 08:00
        08:05 | 5/10 | = 08:00
    """, cadence_min=1).gives("observed_ticks", """
        snapshot_at | is_frozen
        08:00       | no
        08:04       | no
        08:05       | yes
    """)  # fmt: skip


def test_a_small_network_may_stand_still_for_six_hours_and_come_back_to_where_it_was(world):
    world.grid("""
        at    | A    | tick
        00:00 | 5/10 |
        03:00 | 6/10 |
        04:00 | 5/10 | = 00:00
        08:00 | 5/10 | = 00:00
        10:00 | 5/10 | = 00:00
        11:00 | 7/10 |
    """)  # fmt: skip
    for at in ("00:00", "03:00", "04:00", "08:00", "10:00", "11:00"):
        world.ledger(at, rows_kept=299)
    world.gives("observed_ticks", """
        snapshot_at | is_frozen
        00:00       | no
        03:00       | no
        04:00       | no
        08:00       | no
        10:00       | yes
        11:00       | no
    """)  # fmt: skip


def test_a_tick_with_under_nine_tenths_of_the_known_counts_of_the_median_tick_is_partial(world):
    world.grid("""
        at    | A    | tick
        08:00 | 5/10 | rows 1500
        08:15 | 6/10 | rows 1349
        08:30 | 6/10 | rows 1350
        08:45 |      | unreadable
    """).gives("observed_ticks", """
        snapshot_at | is_partial | is_observed | has_usable_rows
        08:00       | no         | yes         | yes
        08:15       | yes        | no          | yes
        08:30       | no         | yes         | yes
        08:45       | no         | no          | no
    """)  # fmt: skip


def test_of_an_even_number_of_ticks_the_lower_of_the_two_in_the_middle_is_the_median(world):
    world.grid("""
        at    | A    | tick
        08:00 | 5/10 | rows 1000
        08:15 | 6/10 | rows 2000
        08:30 | 7/10 | rows 900
        08:45 | 8/10 | rows 1800
        09:00 | 9/10 | rows 899
    """).gives("observed_ticks", """
        snapshot_at | is_partial
        08:00       | no
        08:15       | no
        08:30       | no
        08:45       | no
        09:00       | yes
    """)  # fmt: skip


def test_a_network_that_has_lost_stations_for_good_is_whole_again_once_half_of_the_day_shows_it(world):
    hours = [
        f"2026-03-0{1 + n // 24} {n % 24:02}:00 | {n}/50 | rows {1500 if n < 24 else 1000}" for n in range(48)
    ]
    world.grid("\n".join(["at | A | tick", *hours]), cadence_min=60)
    world.gives("kpi_feed_health", """
        date       | ticks_partial | ticks_observed
        2026-03-01 | 0             | 24
        2026-03-02 | 12            | 12
    """)  # fmt: skip


def test_what_a_tick_is_compared_with_is_at_most_24_hours_old(world):
    world.grid("""
        at               | A    | tick
        2026-03-01 07:59 | 5/10 | rows 1500
        2026-03-02 08:00 | 6/10 | rows 100
    """).gives("observed_ticks", """
        snapshot_at      | is_partial
        2026-03-01 07:59 | no
        2026-03-02 08:00 | no
    """)  # fmt: skip
    world.grid("""
        at               | A    | tick
        2026-03-03 08:00 | 6/10 | rows 89
    """).gives("observed_ticks", """
        snapshot_at      | is_partial
        2026-03-01 07:59 | no
        2026-03-02 08:00 | no
        2026-03-03 08:00 | yes
    """)  # fmt: skip


def test_stations_without_known_counts_make_a_tick_partial_too(world):
    world.grid("""
        at    | A    | tick
        08:00 | 5/10 |
        08:15 | 6/10 |
        08:30 | 7/10 |
    """)  # fmt: skip
    world.ledger("08:15", stations_known=1349).ledger("08:30", stations_known=1350)
    world.gives("observed_ticks", """
        snapshot_at | rows_kept | stations_known | is_partial
        08:00       | 1500      | 1500           | no
        08:15       | 1500      | 1349           | yes
        08:30       | 1500      | 1350           | no
    """)  # fmt: skip


@pytest.mark.parametrize(("rows", "partial"), [(1350, "no"), (1349, "yes")])
@pytest.mark.parametrize("without", ["08:00", "08:15"])
def test_where_known_stations_were_not_counted_yet_rows_are_compared(world, without, rows, partial):
    world.grid(f"""
        at    | A    | tick
        08:00 | 5/10 | rows 1500
        08:15 | 6/10 | rows {rows}
    """)  # fmt: skip
    world.ledger("08:15", stations_known=700).ledger(without, stations_known=None)
    world.gives("observed_ticks", f"""
        snapshot_at | is_partial
        08:00       | no
        08:15       | {partial}
    """)  # fmt: skip


def test_now_is_the_latest_observed_tick_and_not_the_latest_tick(world):
    world.grid("""
        at    | A    | tick
        08:00 | 5/10 |
        08:15 | 6/10 |
        08:30 | 6/10 | = 08:15
        08:45 | 6/10 | rows 100
        09:00 |      | incomplete
    """).gives("latest_tick", """
        snapshot_at | date       | hour
        08:15       | 2026-03-02 | 08
    """)  # fmt: skip
