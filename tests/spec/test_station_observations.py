"""What is true of a station at a tick: each definition at its edges."""


def test_a_shortage_is_an_operative_station_without_a_bike_and_the_naive_count_takes_every_state(world):
    world.grid("""
        at    | open | low  | some | off      | unknown      | missing
        08:00 | 0/20 | 2/18 | 3/17 | 0/20 off | 0/20 unknown | ?/20
    """).gives("station_observations", """
        station_code | is_operative | is_short | is_short_naive | is_low | is_unusable
        open         | yes          | yes      | yes            | yes    | yes
        low          | yes          | no       | no             | yes    | no
        some         | yes          | no       | no             | no     | no
        off          | no           | no       | yes            | no     | no
        unknown      | no           | no       | yes            | no     | no
        missing      | yes          | no       | no             | no     | no
    """)  # fmt: skip


def test_a_missing_type_is_missing_and_not_zero(world):
    world.grid("""
        at    | both | electric | mechanical | neither | off        | missing
        08:00 | 1+1/9 | 0+2/9   | 2+0/9      | 0+0/9   | 0+0/9 off  | 2/9
    """).gives("station_observations", """
        station_code | lacks_mechanical | lacks_ebikes
        both         | no               | no
        electric     | yes              | no
        mechanical   | no               | yes
        neither      | yes              | yes
        off          | no               | no
        missing      | no               | no
    """)  # fmt: skip


def test_a_station_is_saturated_without_a_dock_or_from_90_percent_of_bikes_and_docks(world):
    world.stations("""
        code  | capacity
        below | 1000
        ninety | 40
        full  | 20
        worn  | 30
        none  | 0
        zero  | 20
        off   | 20
        blind | 20
    """).grid("""
        at    | below   | ninety | full | worn | none | zero | off      | blind
        08:00 | 899/101 | 27/3   | 20/0 | 12/1 | 12/1 | 0/0  | 20/0 off | 19/?
    """).gives("station_observations", """
        station_code | is_saturated | saturation_reason | is_dock_full | is_unusable | is_saturated_naive
        below        | no           | -                 | no           | no          | no
        ninety       | yes          | fill_90           | no           | no          | no
        full         | yes          | no_dock           | yes          | yes         | yes
        worn         | yes          | fill_90           | no           | no          | no
        none         | yes          | fill_90           | no           | no          | no
        zero         | yes          | no_dock           | yes          | yes         | yes
        off          | no           | -                 | no           | no          | yes
        blind        | no           | -                 | no           | no          | yes
    """)  # fmt: skip


def test_rebalancing_counts_whole_bikes_to_20_and_from_80_percent(world):
    world.grid("""
        at    | empty | under | at20 | odd  | at80 | over | brim | zero | off      | blind
        08:00 | 0/20  | 3/17  | 4/16 | 1/12 | 16/4 | 17/3 | 13/0 | 0/0  | 0/20 off | ?/20
    """).gives("station_observations", """
        station_code | bikes_to_add | bikes_to_take
        empty        | 4            | 0
        under        | 1            | 0
        at20         | 0            | 0
        odd          | 2            | 0
        at80         | 0            | 0
        over         | 0            | 1
        brim         | 0            | 3
        zero         | 0            | 0
        off          | 0            | 0
        blind        | -            | -
    """)  # fmt: skip


def test_a_partial_tick_shows_the_stations_that_it_has_and_a_frozen_one_none(world):
    """B and C are not in it, or without counts: what was seen of them before holds on, as if it had failed."""
    world.grid("""
        at    | A    | B    | C    | tick
        08:00 | 5/10 | 5/10 | 5/10 |
        08:15 | 5/10 | 5/10 | 5/10 | = 08:00
        08:30 | 4/11 | 4/11 | 4/11 |
        08:45 | 0/15 |      | ?/15 | rows 100
        09:00 | 6/9  | 6/9  | 6/9  |
        09:15 | 7/8  | 7/8  |      | rows 100
    """).gives("station_observations", """
        snapshot_at | station_code | bikes | age_s | is_observed | hold_s | tick_hold_s
        08:00       | A            | 5     | 3600  | yes         | 1800   | 1800
        08:00       | B            | 5     | 3600  | yes         | 1800   | 1800
        08:00       | C            | 5     | 3600  | yes         | 1800   | 1800
        08:30       | A            | 4     | 1800  | yes         | 900    | 1800
        08:30       | B            | 4     | 1800  | yes         | 1800   | 1800
        08:30       | C            | 4     | 1800  | yes         | 1800   | 1800
        08:45       | A            | 0     | 900   | no          | 900    | 900
        09:00       | A            | 6     | 0     | yes         | 0      | 0
        09:00       | B            | 6     | 0     | yes         | 0      | 0
        09:00       | C            | 6     | 0     | yes         | 0      | 0
    """).gives("network_ticks", """
        snapshot_at | stations | bikes
        08:00       | 3        | 15
        08:30       | 3        | 12
        09:00       | 3        | 18
    """).gives("kpi_outage_episodes", """
        station_code | started_at | episode_minutes | start_was_seen | end_was_seen
        A            | 08:45      | 15              | yes            | yes
    """)  # fmt: skip


def test_the_local_hour_comes_twice_in_october_and_never_in_march(world):
    world.grid("""
        at               | A
        2026-03-29 00:45 | 5/10
        2026-03-29 01:00 | 5/10
        2026-10-25 00:30 | 5/10
        2026-10-25 01:30 | 5/10
    """).gives("station_observations", """
        snapshot_at      | local_date | local_hour | local_weekday | date       | hour
        2026-03-29 00:45 | 2026-03-29 | 1          | 7             | 2026-03-29 | 00
        2026-03-29 01:00 | 2026-03-29 | 3          | 7             | 2026-03-29 | 01
        2026-10-25 00:30 | 2026-10-25 | 2          | 7             | 2026-10-25 | 00
        2026-10-25 01:30 | 2026-10-25 | 2          | 7             | 2026-10-25 | 01
    """)  # fmt: skip
