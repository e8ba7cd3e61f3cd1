"""Every threshold of the views, just below it, at it and just above it. The table is docs/explanation/thresholds.md."""

import pytest


@pytest.mark.parametrize(
    ("cell", "saturated", "reason"),
    [
        ("89/11", "no", "-"),
        ("90/10", "yes", "fill_90"),
        ("91/9", "yes", "fill_90"),
        ("0/0", "yes", "no_dock"),
    ],
)
def test_saturated_is_from_a_fill_rate_of_90_per_cent_on(world, cell, saturated, reason):
    world.grid(f"at | A\n08:00 | {cell}").gives("station_observations", f"""
        is_saturated | saturation_reason
        {saturated}  | {reason}
    """)  # fmt: skip


@pytest.mark.parametrize(("bikes", "low"), [(1, "yes"), (2, "yes"), (3, "no")])
def test_low_is_two_bikes_or_fewer(world, bikes, low):
    world.grid(f"at | A\n08:00 | {bikes}/9").gives("station_observations", f"""
        is_low
        {low}
    """)  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "add", "take"),
    [("19/81", 1, 0), ("20/80", 0, 0), ("21/79", 0, 0), ("79/21", 0, 0), ("80/20", 0, 0), ("81/19", 0, 1)],
)
def test_bikes_are_needed_below_20_per_cent_and_too_many_above_80(world, cell, add, take):
    world.grid(f"at | A\n08:00 | {cell}").gives("station_observations", f"""
        bikes_to_add | bikes_to_take
        {add}        | {take}
    """)  # fmt: skip


@pytest.mark.parametrize(("lat", "around"), [("48.852697", "ABC"), ("48.852698", "B")])
def test_a_cluster_reaches_300_m_and_no_farther(world, lat, around):
    """0.002697 degrees of latitude are 299.9 m, 0.002698 are 300.004 m; B lies between A and C."""
    world.stations(f"""
        code | lat      | lon
        A    | 48.85    | 2.35
        B    | 48.8501  | 2.35
        C    | {lat}    | 2.35
    """).grid("""
        at    | A    | B    | C
        08:00 | 0/10 | 0/10 | 0/10
    """)  # fmt: skip
    world.gives(
        "kpi_cluster_outages", "\n".join(["station_code | stations", *(f"{code} | 3" for code in around)])
    )


@pytest.mark.parametrize(("cells", "found"), [("0/10 | 0/10 | 5/5", 0), ("0/10 | 0/10 | 0/10", 3)])
def test_a_cluster_has_three_stations_that_are_all_out(world, cells, found):
    world.grid(f"at | A | B | C\n08:00 | {cells}")
    world.gives("kpi_cluster_outages", "\n".join(["stations", *["3"] * found]))


def test_a_cluster_of_two_is_none(world):
    world.grid("""
        at    | A    | B
        08:00 | 0/10 | 0/10
    """).gives("kpi_cluster_outages", "stations")  # fmt: skip


@pytest.mark.parametrize(("lat", "moved"), [("48.850449", False), ("48.85045", True)])
def test_a_station_has_moved_by_more_than_50_m(world, lat, moved):
    """0.000449 degrees of latitude are 49.9 m, 0.000450 are 50.04 m."""
    about = "code | lat | lon\nA | {} | 2.35"
    world.stations(about.format("48.85")).grid("at | A\n2026-03-02 08:00 | 5/5")
    world.stations(about.format(lat)).grid("at | A\n2026-03-03 08:00 | 6/4")
    world.gives("kpi_network_changes", "station_code | change" + ("\nA | moved" if moved else ""))


def failing(days, out, of=6, minutes=60):
    """Ticks of some days: a station without a bike at the first `out` of each day's, and one that is always well."""
    start = 6 * 60
    return "\n".join(
        [
            "at | A | B",
            *(
                f"2026-03-{day:02} {(start + n * minutes) // 60:02}:{(start + n * minutes) % 60:02} | "
                f"{'0/20' if n < out else '5/15'} | {day + n}/50"
                for day in days
                for n in range(of)
            ),
        ]
    )


@pytest.mark.parametrize(("days", "chronic"), [((2, 3), None), ((2, 3, 4), 3), ((2, 3, 4, 5), 4)])
def test_chronic_is_from_three_failed_days_on(world, days, chronic):
    world.grid(failing(days, 6), cadence_min=60)
    world.gives(
        "kpi_chronic_stations", "station_code | days_failed" + (f"\nA | {chronic}" if chronic else "")
    )


@pytest.mark.parametrize(("out", "chronic"), [(4, False), (5, True), (6, True)])
def test_a_day_has_failed_from_half_of_its_time_on(world, out, chronic):
    """Ten hours of each day are observed: nine ticks of an hour each and a last one that holds for two."""
    world.grid(failing((2, 3, 4), out, of=9) + "\n2026-03-05 06:00 | 5/15 | 1/9", cadence_min=60)
    world.gives("kpi_chronic_stations", "station_code | days_failed" + ("\nA | 3" if chronic else ""))


@pytest.mark.parametrize(("ticks", "chronic"), [(2, False), (3, True), (4, True)])
def test_a_day_counts_from_four_observed_hours_on(world, ticks, chronic):
    """The last tick of a day holds for two hours, the others for one."""
    world.grid(failing((2, 3, 4), 9, of=ticks) + "\n2026-03-05 06:00 | 5/15 | 1/9", cadence_min=60)
    world.gives("kpi_chronic_stations", "station_code | days_failed" + ("\nA | 3" if chronic else ""))


@pytest.mark.parametrize(
    ("stations", "median", "p90"), [(1, 1, 1), (2, 1, 2), (9, 5, 9), (10, 5, 9), (11, 6, 10)]
)
def test_quantiles_are_the_nearest_rank(world, stations, median, p90):
    """Each of the stations is out for one tick more than the one before it."""
    names = [f"S{n:02}" for n in range(1, stations + 1)]
    lines = [" | ".join(["at", *names])]
    for tick in range(stations + 2):
        cells = ["0/20" if 1 <= tick <= n else "9/11" for n in range(1, stations + 1)]
        lines.append(" | ".join([f"{8 + tick // 4:02}:{15 * (tick % 4):02}", *cells]))
    world.grid("\n".join(lines)).gives("kpi_recovery_time", f"""
        episodes_closed | median_minutes | p90_minutes
        {stations}      | {15 * median}  | {15 * p90}
    """)  # fmt: skip


@pytest.mark.parametrize(("at", "frozen"), [("08:04", "no"), ("08:05", "yes"), ("08:06", "yes")])
def test_a_large_network_is_frozen_from_300_s_on(world, at, frozen):
    world.grid(f"at | A | tick\n08:00 | 5/10 |\n{at} | 5/10 | = 08:00", cadence_min=1)
    world.gives("observed_ticks", f"snapshot_at | is_frozen\n08:00 | no\n{at} | {frozen}")


@pytest.mark.parametrize(("at", "frozen"), [("05:59", "no"), ("06:00", "yes"), ("06:01", "yes")])
def test_a_small_network_is_frozen_from_six_hours_on(world, at, frozen):
    world.grid(f"at | A | tick\n00:00 | 5/10 |\n{at} | 5/10 | = 00:00", cadence_min=1)
    for each in ("00:00", at):
        world.ledger(each, rows_kept=299, stations_known=299)
    world.gives("observed_ticks", f"snapshot_at | is_frozen\n00:00 | no\n{at} | {frozen}")


@pytest.mark.parametrize(("rows", "frozen"), [(299, "no"), (300, "yes"), (301, "yes")])
def test_a_network_is_large_from_300_stations_on(world, rows, frozen):
    world.grid("at | A | tick\n08:00 | 5/10 |\n08:15 | 5/10 | = 08:00")
    for each in ("08:00", "08:15"):
        world.ledger(each, rows_kept=rows, stations_known=rows)
    world.gives("observed_ticks", f"snapshot_at | is_frozen\n08:00 | no\n08:15 | {frozen}")


@pytest.mark.parametrize(
    ("at", "frozen"), [("2026-03-03 07:59", "yes"), ("2026-03-03 08:00", "yes"), ("2026-03-03 08:01", "no")]
)
def test_a_state_is_remembered_for_24_hours(world, at, frozen):
    world.grid(f"at | A | tick\n08:00 | 5/10 |\n12:00 | 6/10 |\n{at} | 5/10 | = 08:00", cadence_min=1)
    world.gives("observed_ticks", f"snapshot_at | is_frozen\n08:00 | no\n12:00 | no\n{at} | {frozen}")


def test_a_freeze_of_a_small_network_that_is_older_than_24_hours_goes_on(world):
    ticks = [f"2026-03-0{2 + hour // 24} {hour % 24:02}:00" for hour in range(0, 31, 3)]
    world.grid("\n".join(["at | A | tick", *(f"{at} | 5/10 | = {ticks[0]}" for at in ticks)]), cadence_min=60)
    for at in ticks:
        world.ledger(at, rows_kept=299, stations_known=299)
    rows = [f"{at} | {'no' if number < 2 else 'yes'}" for number, at in enumerate(ticks)]
    world.gives("observed_ticks", "\n".join(["snapshot_at | is_frozen", *rows]))


@pytest.mark.parametrize(("later", "hold_s"), [("08:29", 1740), ("08:30", 1800), ("08:31", 1800)])
def test_an_observation_holds_for_twice_the_cadence(world, later, hold_s):
    followed = hold_s == 60 * int(later[-2:])
    world.grid(f"at | A\n08:00 | 0/10\n{later} | 5/5").gives("station_observations", f"""
        snapshot_at | hold_s
        08:00       | {hold_s}
        {later}     | 0
    """).gives("kpi_outage_episodes", f"""
        station_code | episode_minutes | end_was_seen
        A            | {hold_s // 60}  | {"yes" if followed else "no"}
    """)  # fmt: skip


@pytest.mark.parametrize(("rows", "partial"), [(1349, "yes"), (1350, "no"), (1351, "no")])
def test_partial_is_below_nine_tenths_of_the_median(world, rows, partial):
    world.grid(f"at | A | tick\n08:00 | 5/10 |\n08:15 | 6/10 | rows {rows}")
    world.gives("observed_ticks", f"snapshot_at | is_partial\n08:00 | no\n08:15 | {partial}")


def test_the_top_ten_are_ten(world):
    names = [f"S{n:02}" for n in range(11)]
    world.grid(
        "\n".join(
            [" | ".join(["at", *names]), *(" | ".join([at, *["0/9"] * 11]) for at in ("08:00", "08:15"))]
        )
    )
    world.gives("kpi_top10_2hour", "\n".join(["critical_rank", *map(str, range(1, 11))]))
