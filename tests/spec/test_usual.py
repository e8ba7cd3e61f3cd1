"""What is usual at an hour of the week, and what is more or fewer than that."""

from __future__ import annotations


def mondays(world, cells: list[str], now: str = "5/5 | 5/5 | 5/5 | 5/5"):
    """One tick at 8:00 UTC of each Monday before 2 March 2026, the earliest first, and now."""
    from datetime import date, timedelta

    days = [date(2026, 3, 2) - timedelta(weeks=back) for back in range(len(cells), -1, -1)]
    lines = [f"{day} 08:00 | {line}" for day, line in zip(days, [*cells, now], strict=True)]
    return world.grid("\n".join(["at | A | B | C | D", *lines]), cadence_min=60)


NONE, ONE, TWO, THREE = (
    "5/5 | 5/5 | 5/5 | 5/5",
    "0/5 | 5/5 | 5/5 | 5/5",
    "0/5 | 0/5 | 5/5 | 5/5",
    "0/5 | 0/5 | 0/5 | 5/5",
)


def test_usual_is_the_median_of_the_same_hour_of_the_weekday(world):
    mondays(world, [NONE, THREE, ONE], "0/5 | 0/5 | 0/5 | 0/5").gives("usual_hours", """
        scope   | code  | local_weekday | local_hour | usual_days | usual_short_stations | usual_from_date
        network |       | 1             | 9          | 3          | 1                    | 2026-02-09
        zone    | 75101 | 1             | 9          | 3          | 1                    | 2026-02-09
        station | A     | 1             | 9          | 3          | -                    | 2026-02-09
        station | B     | 1             | 9          | 3          | -                    | 2026-02-09
        station | C     | 1             | 9          | 3          | -                    | 2026-02-09
        station | D     | 1             | 9          | 3          | -                    | 2026-02-09
    """).gives("usual_hours", """
        scope   | code  | usual_short_stations_low | usual_short_stations_high | usual_unusable_share | usual_fill_rate
        network |       | 0                        | 3                         | 1/4                  | 15/35
        zone    | 75101 | 0                        | 3                         | 1/4                  | 15/35
        station | A     | -                        | -                         | 1                    | 0
        station | B     | -                        | -                         | 0                    | 1/2
        station | C     | -                        | -                         | 0                    | 1/2
        station | D     | -                        | -                         | 0                    | 1/2
    """)  # fmt: skip


def test_of_an_even_number_of_days_the_median_is_the_mean_of_the_two_in_the_middle(world):
    mondays(world, [NONE, TWO, ONE, ONE, TWO, THREE]).gives("kpi_against_usual", """
        scope   | usual_days | usual_short_stations | usual_short_stations_low | usual_short_stations_high
        network | 6          | 3/2                  | 1                        | 2
        zone    | 6          | 3/2                  | 1                        | 2
        station | 6          | -                    | -                        | -
        station | 6          | -                    | -                        | -
        station | 6          | -                    | -                        | -
        station | 6          | -                    | -                        | -
    """)  # fmt: skip


def test_at_most_eight_weeks_back_and_never_the_day_itself(world):
    mondays(world, [THREE] * 4 + [ONE] * 8, TWO)
    network = [row for row in usual(world) if row["scope"] == "network"]
    assert [(row["usual_days"], row["usual_short_stations"]) for row in network] == [(8, 1.0)]


def test_more_is_beyond_the_middle_half_of_the_days_and_a_tenth_off(world):
    assert verdict(world, [NONE, ONE, ONE, ONE], TWO) == "more"
    assert verdict(world, [NONE, ONE, ONE, TWO], TWO) == "more"
    assert verdict(world, [NONE, ONE, TWO, TWO], TWO) == "usual"
    assert verdict(world, [TWO, TWO, TWO, THREE], NONE) == "fewer"
    assert verdict(world, [NONE, NONE, NONE], NONE) == "usual"


def test_with_two_days_nothing_is_said(world):
    assert verdict(world, [NONE, NONE], THREE) is None
    rows = usual(world)
    assert {row["usual_days"] for row in rows} == {2}
    assert {row["fill_rate_against_usual"] for row in rows} == {None}


def test_another_weekday_another_hour_and_an_hour_hardly_observed_say_nothing(world):
    world.grid(
        """
        at               | A   | tick
        2026-02-15 08:00 | 0/5 |
        2026-02-16 08:00 | 5/5 |
        2026-02-23 07:00 | 0/5 |
        2026-02-23 08:00 | 5/5 |
        2026-02-23 08:15 | 1/5 | fetch_failed
        2026-03-02 08:00 | 5/5 |
    """,
        cadence_min=5,
    )
    world.gives("kpi_against_usual", """
        scope   | usual_days
        network | 0
        zone    | 0
        station | 0
    """)  # fmt: skip


def test_a_station_against_its_own_hour(world):
    mondays(world, ["8/2 | 5/5 | 5/5 | 5/5"] * 3, "2/8 | 5/5 | 5/5 off | 0/0").gives("kpi_against_usual", """
        scope   | zone_code | station_code | fill_rate | usual_fill_rate | fill_rate_against_usual
        network | -         | -            | 7/20      | 23/40           | -9/40
        zone    | 75101     | -            | 7/20      | 23/40           | -9/40
        station | 75101     | A            | 1/5       | 4/5             | -3/5
        station | 75101     | B            | 1/2       | 1/2             | 0
        station | 75101     | C            | -         | 1/2             | -
        station | 75101     | D            | -         | 1/2             | -
    """)  # fmt: skip


def usual(world):
    names = ("scope", "usual_days", "usual_short_stations", "short_verdict", "fill_rate_against_usual")
    from velib_insights.core.catalogue.views import view

    columns = {column.name: column for column in view("kpi_against_usual").columns}
    rows = world.engine.rows_of(world.rows, "kpi_against_usual", [columns[name] for name in names])
    return [dict(zip(names, row, strict=True)) for row in rows]


def verdict(world, cells, now):
    for rows in world.rows.values():
        rows.clear()
    mondays(world, cells, now)
    return next(row["short_verdict"] for row in usual(world) if row["scope"] == "network")
