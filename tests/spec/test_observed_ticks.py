"""Which ticks count as observations, and for how long each holds."""


def test_an_observation_holds_until_the_next_tick_of_any_outcome_and_not_beyond_now(world):
    world.grid("""
        at    | A    | tick
        08:00 | 5/10 |
        08:15 |      | fetch_failed
        08:30 | 6/10 |
        08:45 | 7/10 |
        09:00 |      | fetch_failed
    """).gives("observed_ticks", """
        snapshot_at | is_observed | hold_s | age_s | steps_ago
        08:00       | yes         | 900    | 2700  | 2
        08:15       | no          | 900    | 1800  | 2
        08:30       | yes         | 900    | 900   | 1
        08:45       | yes         | 0      | 0     | 0
        09:00       | no          | 0      | -900  | 0
    """)  # fmt: skip


def test_over_a_hole_in_the_ledger_an_observation_holds_for_two_cadences_and_the_steps_are_broken(world):
    world.grid("""
        at    | A
        08:00 | 5/10
        08:30 | 6/10
        09:15 | 7/10
        09:30 | 8/10
    """).gives("observed_ticks", """
        snapshot_at | hold_s | steps_ago
        08:00       | 1800   | 4
        08:30       | 1800   | 3
        09:15       | 900    | 1
        09:30       | 0      | 0
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


def test_a_tick_with_under_half_the_rows_of_the_day_is_partial(world):
    world.grid("""
        at    | A    | tick
        08:00 | 5/10 | rows 1500
        08:15 | 6/10 | rows 749
        08:30 | 6/10 | rows 750
        08:45 |      | unreadable
    """).gives("observed_ticks", """
        snapshot_at | is_partial | is_observed
        08:00       | no         | yes
        08:15       | yes        | no
        08:30       | no         | yes
        08:45       | no         | no
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
