"""The five figures that the client named."""

import pytest

from velib_insights.core.catalogue.views import VIEWS


def test_fill_rate_is_of_operative_stations_and_a_naive_one_stands_beside_it(world):
    world.stations("""
        code | capacity
        A    | 20
        B    | 30
        C    | 0
        D    | 20
    """).grid("""
        at    | A     | B         | C    | D    | E
        08:00 | 1/1   | 1/1       | 1/1  | 1/1  | 1/1
        08:15 | 5/10  | 15/15 off | 3/9  | 0/0  | ?/9
    """).gives("kpi_taux_remplissage", """
        snapshot_at | station_code | fill_rate | occupancy | fill_rate_naive | is_operative
        08:15       | A            | 1/3       | 1/4       | 1/3             | yes
        08:15       | B            | -         | -         | 1/2             | no
        08:15       | C            | 1/4       | -         | 1/4             | yes
        08:15       | D            | -         | 0         | -               | yes
        08:15       | E            | -         | -         | -               | yes
    """)  # fmt: skip


def test_a_shortage_is_dated_from_the_first_of_its_unbroken_ticks(world):
    world.grid("""
        at    | A    | B    | C        | D    | E
        08:00 | 4/16 | 0/20 | 0/20 off | 4/16 | 0/20
        08:15 | 0/20 | 1/19 | 0/20 off | 0/20 | 0/20
        08:30 | 0/20 | 0/20 | 0/20 off | 4/16 | 0/20
    """).gives("kpi_shortage", """
        station_code | is_short | is_short_naive | reason        | since_at | since_minutes | since_is_open
        A            | yes      | yes            | no_bike       | 08:15    | 15            | no
        B            | yes      | yes            | no_bike       | 08:30    | 0             | no
        C            | no       | yes            | not_operative | 08:00    | 30            | yes
        E            | yes      | yes            | no_bike       | 08:00    | 30            | yes
    """)  # fmt: skip


def test_a_shortage_is_told_by_type_too_the_gravest_lack_first(world):
    world.grid("""
        at    | M     | E     | N     | both
        08:00 | 1+1/9 | 1+1/9 | 0+1/9 | 0+0/9
        08:15 | 0+2/9 | 1+1/9 | 0+1/9 | 1+1/9
        08:30 | 0+2/9 | 2+0/9 | 0+0/9 | 1+1/9
    """).gives("kpi_shortage", """
        station_code | reason        | is_short | lacks_mechanical | lacks_ebikes | since_at
        M            | no_mechanical | no       | yes              | no           | 08:15
        E            | no_ebike      | no       | no               | yes          | 08:30
        N            | no_bike       | yes      | yes              | yes          | 08:30
    """)  # fmt: skip


def test_one_missed_tick_does_not_end_a_shortage_and_a_longer_gap_leaves_its_start_open(world):
    world.grid("""
        at    | A    | tick
        08:00 | 4/16 |
        08:15 | 0/20 |
        08:30 |      | fetch_failed
        08:45 | 0/20 |
    """).gives("kpi_shortage", """
        station_code | since_at | since_is_open
        A            | 08:15    | no
    """)  # fmt: skip
    world.grid("""
        at    | A    | tick
        09:00 | 0/20 | = 08:45
        09:15 | 0/20 | = 08:45
        09:30 | 0/20 |
        09:45 | 0/20 |
    """).gives("kpi_shortage", """
        station_code | since_at | since_minutes | since_is_open
        A            | 09:30    | 15            | yes
    """)  # fmt: skip


def test_a_station_that_left_the_feed_for_a_tick_has_a_start_that_was_not_seen(world):
    world.grid("""
        at    | A    | B
        08:00 | 0/20 | 1/9
        08:15 |      | 2/9
        08:30 | 0/20 | 3/9
    """).gives("kpi_shortage", """
        station_code | since_at | since_is_open
        A            | 08:30    | yes
    """)  # fmt: skip


def test_the_start_of_a_shortage_is_sought_24_hours_back(world):
    hours = "\n".join(
        f"2026-03-0{1 + hour // 24} {hour % 24:02}:00 | {'0/20' if hour > 0 else '4/16'} | {hour}/9"
        for hour in range(27)
    )
    world.grid(f"at | A | B\n{hours}", cadence_min=60).gives("kpi_shortage", """
        station_code | since_at         | since_minutes | since_is_open
        A            | 2026-03-01 02:00 | 1440          | yes
    """)  # fmt: skip


def test_saturation_says_why_and_since_when(world):
    world.stations("""
        code | capacity
        A    | 20
        B    | 20
        C    | 20
        D    | 10
    """).grid("""
        at    | A    | B    | C        | D   | E
        08:00 | 10/9 | 18/2 | 18/0 off | 9/9 | 1/9
        08:15 | 18/2 | 19/1 | 18/0 off | 9/9 | 1/9
        08:30 | 20/0 | 18/2 | 18/0 off | 9/9 | 1/9
    """).gives("kpi_station_saturation", """
        station_code | is_saturated | is_saturated_naive | reason        | since_at | since_minutes | since_is_open
        A            | yes          | yes                | no_dock       | 08:15    | 15            | no
        B            | yes          | yes                | fill_90       | 08:00    | 30            | yes
        C            | no           | yes                | not_operative | 08:00    | 30            | yes
        D            | no           | yes                | declared_90   | 08:00    | 30            | yes
    """)  # fmt: skip


def test_a_zone_is_the_sum_of_its_operative_stations(world):
    world.stations("""
        code | zone_code | zone_name | capacity
        A    | 75101     | 1er       | 20
        B    | 75101     | 1er       | 40
        C    | 75101     | 1er       | 20
        D    | 75102     | 2e        | 20
        E    | -         | -         | 12
    """).grid("""
        at    | A      | B      | C        | D        | E
        08:00 | 0+0/20 | 9+9/12 | 0+0/20 off | 0/20 off | 12/0
    """)  # fmt: skip
    world.gives("kpi_saturation_par_arrondissement", """
        zone_code | zone_name | stations | operative_stations | bikes | docks | fill_rate | unavailable_docks
        75101     | 1er       | 3        | 2                  | 18    | 32    | 18/50     | 10
        75102     | 2e        | 1        | 0                  | 0     | 0     | -         | 0
                  | Unknown   | 1        | 1                  | 12    | 0     | 1         | 0
    """)  # fmt: skip
    world.gives("kpi_saturation_par_arrondissement", """
        zone_code | short_stations | short_stations_naive | saturated_stations | unusable_stations | unusable_share
        75101     | 1              | 2                    | 0                  | 1                 | 1/2
        75102     | 0              | 1                    | 0                  | 0                 | -
                  | 0              | 0                    | 1                  | 1                 | 1
    """)  # fmt: skip
    world.gives("kpi_saturation_par_arrondissement", """
        zone_code | bikes_to_add | bikes_to_take | net_bikes_needed
        75101     | 4            | 0             | 4
        75102     | 0            | 0             | 0
                  | 0            | 3             | -3
    """)  # fmt: skip


def test_the_top_ten_is_ranked_by_minutes_out_within_the_two_hours(world):
    world.grid("""
        at    | A    | B    | C    | D    | calm
        06:00 | 0/20 | 5/15 | 5/15 | 5/15 | 5/15
        06:15 | 0/20 | 5/15 | 5/15 | 5/15 | 5/15
        07:45 | 5/15 | 0/20 | 20/0 | 2/18 | 5/15
        08:00 | 5/15 | 0/20 | 0/20 | 5/15 | 5/15
        08:15 | 5/15 | 0/20 | 5/15 | 5/15 | 5/15
    """).gives("kpi_top10_2hour", """
        critical_rank | station_code | reason  | outage_minutes | is_still_out | current_outage_minutes | coverage
        1             | B            | no_bike | 30             | yes          | 30                     | 1/2
        2             | A            | no_bike | 30             | no           | 0                      | 1/2
        3             | C            | both    | 30             | no           | 0                      | 1/2
        4             | D            | low     | 0              | no           | 0                      | 1/2
    """)  # fmt: skip


def test_an_observation_before_the_two_hours_counts_for_the_part_that_reaches_into_them(world):
    world.grid("""
        at    | A    | B
        06:00 | 0/20 | 5/15
        06:30 | 4/16 | 5/15
        08:15 | 4/16 | 5/15
    """).gives("kpi_top10_2hour", """
        critical_rank | station_code | outage_minutes | coverage
        1             | A            | 15             | 45/120
    """)  # fmt: skip


def test_ties_in_the_top_ten_are_broken_to_the_last(world):
    world.stations("""
        code | capacity
        J    | 20
        K    | 30
    """).grid("""
        at    | I    | H    | G    | F    | E    | D    | C    | B    | A    | J    | K
        07:00 | 9/11 | 9/11 | 9/11 | 9/11 | 9/11 | 9/11 | 0/20 | 9/11 | 9/11 | 9/11 | 9/11
        07:15 | 9/11 | 9/11 | 9/11 | 9/11 | 9/11 | 9/11 | 0/20 | 9/11 | 1/19 | 9/11 | 9/11
        07:30 | 9/11 | 9/11 | 9/11 | 9/11 | 9/11 | 9/11 | 9/11 | 0/20 | 0/20 | 9/11 | 9/11
        07:45 | 0/20 | 0/20 | 0/20 | 0/20 | 0/20 | 0/20 | 9/11 | 0/20 | 0/20 | 0/20 | 0/20
        08:00 | 0/20 | 0/20 | 0/20 | 0/20 | 0/20 | 0/20 | 0/20 | 9/11 | 9/11 | 0/20 | 0/20
        08:15 | 9/11 | 9/11 | 9/11 | 9/11 | 9/11 | 9/11 | 0/20 | 0/20 | 0/20 | 9/11 | 9/11
    """).gives("kpi_top10_2hour", """
        critical_rank | station_code | outage_minutes | current_outage_minutes | low_minutes | capacity
        1             | C            | 45             | 15                     | 45          | 20
        2             | A            | 30             | 0                      | 45          | 20
        3             | B            | 30             | 0                      | 30          | 20
        4             | K            | 30             | 0                      | 30          | 30
        5             | D            | 30             | 0                      | 30          | 20
        6             | E            | 30             | 0                      | 30          | 20
        7             | F            | 30             | 0                      | 30          | 20
        8             | G            | 30             | 0                      | 30          | 20
        9             | H            | 30             | 0                      | 30          | 20
        10            | I            | 30             | 0                      | 30          | 20
    """)  # fmt: skip


@pytest.mark.parametrize("name", [view.name for view in VIEWS])
def test_a_lake_without_ticks_gives_no_rows_and_no_error(world, name):
    first = next(view.columns[0].name for view in VIEWS if view.name == name)
    world.gives(name, first)


@pytest.mark.parametrize("name", [view.name for view in VIEWS if view.is_kpi and "feed" not in view.name])
def test_a_lake_of_failures_alone_gives_no_figures(world, name):
    first = next(view.columns[0].name for view in VIEWS if view.name == name)
    world.grid("""
        at    | A | tick
        08:00 |   | fetch_failed
        08:15 |   | unreadable
    """).gives(name, first)  # fmt: skip


UNKNOWN = """
    code | zone_code | zone_name | capacity
    A    | 75101     | 1er       | -
    B    | 75101     | 1er       | -
    C    | 75102     | 2e        | 20
    D    | 75103     | 3e        | -
"""


@pytest.mark.parametrize("closed", ["", " off"])
def test_a_sum_over_stations_without_a_known_value_is_null_whether_one_is_closed_or_not(world, closed):
    """A feed without types and capacity: closing a station does not make an unknown sum 0."""
    world.stations(UNKNOWN).grid(f"""
        at    | A         | B
        08:00 | 5/15{closed} | ?/15
    """).gives("kpi_saturation_par_arrondissement", f"""
        zone_code | bikes | mechanical | ebikes | unavailable_docks | types_known_stations | capacity_known_stations
        75101     | {"-" if closed else 5} | - | -      | -                 | 0                    | 0
    """).gives("kpi_network_headline", f"""
        bikes | mechanical | ebikes | unavailable_docks | bikes_known_stations | types_known_stations
        {"-" if closed else 5} | - | - | -              | {0 if closed else 1} | 0
    """).gives("network_ticks", f"""
        bikes | mechanical | ebikes | bikes_known_stations | docks_known_stations
        {"-" if closed else 5} | -  | -      | {0 if closed else 1} | {1 if closed else 2}
    """).gives("kpi_bike_type_split", """
        scope   | zone_code | mechanical | ebikes | types_known_stations
        network |           | -          | -      | 0
        zone    | 75101     | -          | -      | 0
    """)  # fmt: skip


def test_a_sum_over_some_unknown_says_over_how_many_it_is(world):
    world.stations(UNKNOWN).grid("""
        at    | A      | B    | C          | D
        08:00 | 2+3/15 | ?/15 | 4+4/12 off | ?/5 off
    """).gives("kpi_saturation_par_arrondissement", """
        zone_code | operative_stations | bikes | mechanical | bikes_known_stations | types_known_stations
        75101     | 2                  | 5     | 2          | 1                    | 1
        75102     | 0                  | 0     | 0          | 0                    | 0
        75103     | 0                  | -     | -          | 0                    | 0
    """).gives("kpi_saturation_par_arrondissement", """
        zone_code | docks | docks_known_stations | unavailable_docks | capacity_known_stations
        75101     | 30    | 2                    | -                 | 0
        75102     | 0     | 0                    | 0                 | 0
        75103     | 0     | 0                    | -                 | 0
    """).gives("kpi_network_headline", """
        bikes | mechanical | ebikes | docks | bikes_known_stations | types_known_stations | capacity_known_stations
        5     | 2          | 3      | 30    | 1                    | 1                    | 0
    """)  # fmt: skip


def test_the_need_of_a_station_of_unknown_counts_is_unknown(world):
    world.grid("""
        at    | A    | B        | C
        08:00 | ?/15 | ?/15 off | 0/20
    """).gives("station_observations", """
        station_code | bikes_to_add | bikes_to_take
        A            | -            | -
        B            | 0            | 0
        C            | 4            | 0
    """).gives("kpi_saturation_par_arrondissement", """
        bikes_to_add | bikes_to_take | net_bikes_needed
        4            | 0             | 4
    """)  # fmt: skip
