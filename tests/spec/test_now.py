"""The network at the latest observed tick: headline, needs, types, clusters."""

import pytest


def test_the_headline_compares_with_the_tick_nearest_to_a_day_before(world):
    world.grid("""
        at               | A      | B      | C
        2026-03-01 07:45 | 0+9/11 | 9+0/11 | 9+0/11
        2026-03-01 08:15 | 0+0/20 | 9+0/11 | 19+0/1
        2026-03-02 07:45 | 1+1/18 | 9+0/11 | 9+0/11
        2026-03-02 08:00 | 1+2/17 | 9+0/11 | 9+9/2 off
    """)  # fmt: skip
    world.gives("kpi_network_headline", """
        snapshot_at | stations | operative_stations | bikes | ebikes | docks | fill_rate | ebike_share
        08:00       | 3        | 2                  | 12    | 2      | 28    | 12/40     | 2/12
    """)  # fmt: skip
    world.gives("kpi_network_headline", """
        short_stations | bikes_change | short_stations_change | saturated_stations_change | coverage
        0              | -15          | 0                     | 0                         | 60/1440
    """)  # fmt: skip


def test_the_headline_compares_with_nothing_where_the_day_before_was_not_observed(world):
    world.grid("""
        at               | A    | B    | tick
        2026-03-01 07:00 | 0/20 | 9/11 |
        2026-03-01 08:00 | 9/11 | 9/11 | unreadable
        2026-03-02 08:00 | 0/20 | 20/0 |
    """).gives("kpi_network_headline", """
        bikes | short_stations | saturated_stations | unusable_stations
        20    | 1              | 1                  | 2
    """).gives("kpi_network_headline", """
        bike_availability | dock_availability | bikes_change
        1/2               | 1/2               | -
    """)  # fmt: skip


def test_rebalancing_lists_the_stations_under_20_and_over_80_percent(world):
    world.grid("""
        at    | A    | B    | C    | D
        08:00 | 1/19 | 9/11 | 20/0 | 0/20 off
    """).gives("kpi_rebalancing_need", """
        station_code | fill_rate | bikes_to_add | bikes_to_take | net_bikes_needed
        A            | 1/20      | 3            | 0             | 3
        C            | 1         | 0            | 4             | -4
    """)  # fmt: skip


def test_bike_types_are_split_by_zone_and_for_the_network(world):
    world.stations("""
        code | zone_code | zone_name
        C    | 75102     | 2e
        D    | 75102     | 2e
    """).grid("""
        at    | A      | B      | C      | D        | E
        08:00 | 3+1/16 | 0+4/16 | 2+0/18 | 9+9/2 off | 0+0/20
    """).gives("kpi_bike_type_split", """
        scope   | zone_code | operative_stations | mechanical | ebikes | ebike_share
        zone    | 75101     | 3                  | 3          | 5      | 5/8
        zone    | 75102     | 1                  | 2          | 0      | 0
        network |           | 4                  | 5          | 5      | 1/2
    """).gives("kpi_bike_type_split", """
        scope   | zone_code | stations_without_mechanical | stations_without_ebikes
        zone    | 75101     | 1                           | 0
        zone    | 75102     | 0                           | 1
        network |           | 1                           | 1
    """)  # fmt: skip


@pytest.mark.parametrize(("bikes", "without_m", "without_e"), [("9+0", 0, "-"), ("0+9", "-", 0)])
def test_no_station_lacks_a_type_that_the_network_does_not_have(world, bikes, without_m, without_e):
    world.grid(f"""
        at    | A         | B
        08:00 | {bikes}/9 | {bikes}/9
        08:15 | {bikes}/8 | {bikes}/7
    """).gives("kpi_bike_type_split", f"""
        scope   | zone_code | stations_without_mechanical | stations_without_ebikes
        zone    | 75101     | {without_m}                 | {without_e}
        network |           | {without_m}                 | {without_e}
    """).gives("kpi_shortage", """
        station_code | reason
    """)  # fmt: skip


def test_one_bike_of_a_type_anywhere_in_the_network_makes_its_lack_a_shortage(world):
    world.grid("""
        at    | A     | B
        08:00 | 9+0/9 | 9+1/8
        08:15 | 9+0/8 | 9+0/7
    """).gives("kpi_shortage", """
        station_code | reason   | lacks_ebikes | since_at
        A            | no_ebike | yes          | 08:00
        B            | no_ebike | yes          | 08:15
    """).gives("kpi_bike_type_split", """
        scope   | stations_without_mechanical | stations_without_ebikes
        zone    | 0                           | -
        network | 0                           | -
    """)  # fmt: skip


def test_a_cluster_is_three_operative_stations_within_300_m_all_of_them_out(world):
    world.stations("""
        code | lat    | lon
        A    | 48.850 | 2.350
        B    | 48.852 | 2.350
        C    | 48.848 | 2.350
        far  | 48.856 | 2.350
        off  | 48.850 | 2.351
        lost | -      | -
    """)  # fmt: skip
    world.grid("""
        at    | A    | B    | C    | far | off      | lost
        08:00 | 0/20 | 20/0 | 0/20 | 5/5 | 9/11 off | 9/9
    """).gives("kpi_cluster_outages", """
        station_code | reason | stations | short_stations | no_dock_stations | farthest_m
        A            | both   | 3        | 2              | 1                | 222.389853
    """)  # fmt: skip
    world.grid("""
        at    | A    | B    | C
        08:15 | 0/20 | 1/19 | 0/20
    """).gives("kpi_cluster_outages", """
        station_code | stations
    """)  # fmt: skip
