"""Outages as episodes, how long they last, and bikes that come and go."""

OUTAGES = """
    at    | A    | B    | C    | tick
    08:00 | 4/16 | 0/20 | 4/16 |
    08:15 | 0/20 | 0/20 | 20/0 |
    08:30 |      |      |      | fetch_failed
    08:45 | 0/20 | 3/17 | 4/16 |
    09:00 | 5/15 | 3/17 | 0/20 |
"""


def test_an_episode_runs_from_its_first_tick_to_the_first_tick_well_again(world):
    world.grid(OUTAGES).gives("kpi_outage_episodes", """
        station_code | kind    | started_at | episode_minutes | is_open | start_was_seen | end_was_seen
        A            | no_bike | 08:15      | 45              | no      | yes            | yes
        B            | no_bike | 08:00      | 45              | no      | no             | yes
        C            | no_dock | 08:15      | 30              | no      | yes            | yes
        C            | no_bike | 09:00      | 0               | yes     | yes            | no
    """)  # fmt: skip


def test_a_gap_of_more_than_two_cadences_splits_an_episode_where_the_last_observation_stops_to_hold(world):
    world.grid("""
        at    | A    | tick
        08:00 | 4/16 |
        08:15 | 0/20 |
        08:30 | 0/20 | = 08:15
        08:45 | 0/20 | = 08:15
        09:00 | 0/20 |
        09:15 | 4/16 |
    """).gives("kpi_outage_episodes", """
        station_code | started_at | episode_minutes | is_open | start_was_seen | end_was_seen
        A            | 08:15      | 30              | no      | yes            | no
        A            | 09:00      | 15              | no      | no             | yes
    """)  # fmt: skip


def test_closing_an_unknown_count_and_a_gap_end_the_sight_of_an_outage_and_are_no_recovery(world):
    world.grid("""
        at    | A        | B    | C            | D    | E        | F    | tick
        08:00 | 4/16     | 4/16 | 4/16         | 4/16 | 0/20 off | ?/20 |
        08:15 | 0/20     | 0/20 | 0/20         | 0/20 | 0/20     | 0/20 |
        08:30 | 0/20 off | ?/20 | 0/20 unknown |      | 0/20     | 0/20 |
        08:45 | 0/20     | 0/20 | 4/16         | 0/20 | 4/16     | 4/16 |
        09:00 | 4/16 off | 4/16 | 4/16         | 4/16 | 4/16     | 4/16 |
    """).gives("kpi_outage_episodes", """
        station_code | started_at | episode_minutes | is_open | start_was_seen | end_was_seen
        A            | 08:15      | 15              | no      | yes            | no
        A            | 08:45      | 15              | no      | no             | no
        B            | 08:15      | 15              | no      | yes            | no
        B            | 08:45      | 15              | no      | no             | yes
        C            | 08:15      | 15              | no      | yes            | no
        D            | 08:15      | 15              | no      | yes            | no
        D            | 08:45      | 15              | no      | no             | yes
        E            | 08:15      | 30              | no      | no             | yes
        F            | 08:15      | 30              | no      | no             | yes
    """).gives("kpi_recovery_time", """
        zone_code | kind    | episodes_closed | median_minutes | episodes_open | episodes
        75101     | no_bike | 0               | -              | 0             | 9
    """)  # fmt: skip


def test_recovery_time_is_of_episodes_seen_whole(world):
    world.grid(OUTAGES).gives("kpi_recovery_time", """
        zone_code | kind    | episodes_closed | median_minutes | p90_minutes | episodes_open | episodes
        75101     | no_bike | 1               | 45             | 45          | 1             | 3
        75101     | no_dock | 1               | 30             | 30          | 0             | 1
    """)  # fmt: skip


def test_quantiles_of_recovery_are_durations_that_occurred(world):
    world.grid("""
        at    | A    | B    | C    | D
        08:00 | 9/11 | 9/11 | 9/11 | 9/11
        08:15 | 0/20 | 0/20 | 0/20 | 0/20
        08:30 | 9/11 | 0/20 | 0/20 | 0/20
        08:45 | 9/11 | 9/11 | 0/20 | 0/20
        09:00 | 9/11 | 9/11 | 9/11 | 0/20
        09:15 | 9/11 | 9/11 | 9/11 | 9/11
    """).gives("kpi_recovery_time", """
        zone_code | kind    | episodes_closed | median_minutes | p90_minutes
        75101     | no_bike | 4               | 30             | 60
    """)  # fmt: skip


def test_a_change_belongs_to_the_hour_and_day_of_the_middle_between_its_observations(world):
    world.grid("""
        at               | A
        2026-03-02 05:45 | 1/19
        2026-03-02 06:00 | 3/17
        2026-03-02 06:15 | 7/13
        2026-03-02 22:45 | 1/19
        2026-03-02 23:00 | 9/11
        2026-03-29 00:45 | 9/11
        2026-03-29 01:00 | 8/12
        2026-03-29 01:15 | 6/14
    """).gives("kpi_net_flow_zone_hour", """
        local_date | local_hour | net_bikes | cadence_s
        2026-03-29 | 1          | -1        | 900
        2026-03-29 | 3          | -2        | 900
    """)  # fmt: skip
    world.rows = {
        name: [row for row in rows if row["date"] < "2026-03-29"] for name, rows in world.rows.items()
    }
    world.gives("kpi_net_flow_zone_hour", """
        local_date | local_hour | net_bikes | cadence_s
        2026-03-02 | 6          | 2         | 900
        2026-03-02 | 7          | 4         | 900
        2026-03-02 | 23         | 8         | 900
    """)  # fmt: skip


def test_an_hour_of_several_cadences_has_none_to_compare_its_sum_of_changes_by(world):
    world.grid("""
        at    | A
        08:00 | 1/19
        08:15 | 3/17
    """).grid("""
        at    | A
        08:20 | 1/19
        08:25 | 3/17
        09:00 | 9/11
        09:05 | 8/12
        09:10 | 7/13
    """, cadence_min=5).gives("kpi_net_flow_zone_hour", """
        local_hour | bikes_moved | cadence_s
        9          | 6           | -
        10         | 2           | 300
    """)  # fmt: skip


def test_flow_counts_changes_between_consecutive_observations_of_an_operative_station(world):
    world.stations("""
        code | zone_code | zone_name
        C    | -         | -
    """).grid("""
        at    | A    | B        | C    | tick
        08:00 | 4/16 | 9/11     | 5/5  |
        08:15 | 1/19 | 9/11 off | 5/5  |
        08:30 | 6/14 | 5/15     | ?/5  |
        08:45 | 6/14 | 5/15     | 1/9  | = 08:30
        09:00 | 6/14 | 5/15     | 2/8  | unusable
        09:15 | 9/11 | 5/15     | 2/8  |
        09:30 | 8/12 | 7/13     | 4/6  |
    """).gives("kpi_net_flow_zone_hour", """
        zone_code | zone_name | local_date | local_hour | net_bikes | bikes_moved | steps_counted
        75101     | 1er       | 2026-03-02 | 9          | 2         | 8           | 2
        75101     | 1er       | 2026-03-02 | 10         | 1         | 3           | 2
                  | Unknown   | 2026-03-02 | 9          | 0         | 0           | 1
                  | Unknown   | 2026-03-02 | 10         | 2         | 2           | 1
    """)  # fmt: skip
