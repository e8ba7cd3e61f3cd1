"""Positions are judged by the others of the same body."""

from __future__ import annotations

from math import pi

import pytest

from velib_insights.core.positions import misplaced

FAR_KM, NEIGHBOUR_KM = 200.0, 50.0  # as docs/reference/rules.md has it
PARIS = [(48.85 + i / 500, 2.30 + i / 500) for i in range(9)]
MIDDLE = PARIS[4]
DEGREE_KM = pi * 6371.0 / 180


def judged(positions: list[tuple[float | None, float | None]]) -> list[str]:
    found = misplaced([lat for lat, _ in positions], [lon for _, lon in positions])
    assert not any(a and b for a, b in zip(found.implausible, found.swapped, strict=True))
    return [
        "implausible" if a else "swapped" if b else ""
        for a, b in zip(found.implausible, found.swapped, strict=True)
    ]


def north(position: tuple[float, float], km: float) -> tuple[float, float]:
    return position[0] - km / DEGREE_KM, position[1]


@pytest.mark.parametrize(
    ("km", "verdict"),
    [(FAR_KM - 0.1, ""), (FAR_KM, ""), (FAR_KM + 0.1, "implausible"), (2000, "implausible")],
)
def test_a_lone_station_may_lie_200_km_from_the_middle(km: float, verdict: str) -> None:
    # A hair less than 200 km stands for 200 km: the distance is a rounded one.
    lone = north(MIDDLE, km - 1e-9)
    assert judged([*PARIS[:4], *PARIS[4:], lone, MIDDLE]) == [""] * 9 + [verdict, ""]


@pytest.mark.parametrize(
    ("km", "verdict"), [(NEIGHBOUR_KM - 0.1, ""), (NEIGHBOUR_KM, ""), (NEIGHBOUR_KM + 0.1, "implausible")]
)
def test_stations_far_away_that_lie_together_are_a_second_city(km: float, verdict: str) -> None:
    lyon = (45.76, 4.84)
    assert judged([*PARIS, lyon, north(lyon, km - 1e-9)]) == [""] * 9 + [verdict] * 2


def test_the_same_wrong_point_twice_is_no_neighbour() -> None:
    assert judged([*PARIS, (46.6, 1.9), (46.6, 1.9)]) == [""] * 9 + ["implausible"] * 2


@pytest.mark.parametrize("swapped", range(1, 5))
def test_latitude_and_longitude_exchanged_are_seen_while_most_are_right(swapped: int) -> None:
    mixed = [position[::-1] for position in PARIS[:swapped]] + PARIS[swapped:]
    assert judged(mixed) == ["swapped"] * swapped + [""] * (9 - swapped)


def test_an_exchanged_position_may_lie_off_the_globe() -> None:
    city = [(37.77 + i / 500, -122.42) for i in range(5)]
    assert judged([*city, (-122.42, 37.77)]) == [""] * 5 + ["swapped"]


@pytest.mark.parametrize(
    ("position", "verdict"),
    [
        ((None, None), ""),
        ((48.85, None), ""),
        ((None, 2.3), ""),
        ((0.0, 0.0), "implausible"),
        ((90.1, 2.3), "implausible"),
        ((48.8, 180.1), "implausible"),
        ((-1e300, 2.0), "implausible"),
    ],
)
def test_a_position_that_is_none_or_no_place(
    position: tuple[float | None, float | None], verdict: str
) -> None:
    assert judged([*PARIS, position]) == [""] * 9 + [verdict]
    assert judged([position]) == [verdict]


@pytest.mark.parametrize(
    ("positions", "verdicts"),
    [
        ([], []),
        ([(48.85, 2.3)], [""]),
        ([(2.3, 48.85)], [""]),
        ([(48.85, 2.3), (43.3, 5.4)], ["", ""]),
        ([(48.85, 2.3), (52.0, 2.3)], ["", ""]),
        ([(48.85, 2.3), (43.3, 5.4), (44.8, -0.6)], ["", "", ""]),
        ([(48.85, 2.3), (48.86, 2.31), (43.3, 5.4)], ["", "", "implausible"]),
        ([(48.85, 2.3), (48.86, 2.31), (2.3, 48.85)], ["", "", "swapped"]),
    ],
)
def test_in_a_small_network_no_station_is_far_unless_most_lie_together(
    positions: list[tuple[float | None, float | None]], verdicts: list[str]
) -> None:
    assert judged(positions) == verdicts


def test_a_network_across_the_date_line_lies_together() -> None:
    assert judged([(-17.0, 179.9 + i / 100) for i in range(5)] + [(-17.0, -179.9)] * 3) == [""] * 8
