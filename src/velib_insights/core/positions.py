"""Which positions of a network cannot be right: off the globe, latitude and longitude exchanged, far from all others.

A position is judged by the others of the same body alone, so that the same body always gives the same rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from statistics import median_low

FAR_KM = 200.0  # from the middle of the network; a national network reaches farther, and has neighbours there
NEIGHBOUR_KM = 50.0
_EARTH_KM = 6371.0

Position = tuple[float, float]  # latitude, longitude


@dataclass(frozen=True, slots=True)
class Misplaced:
    """Of each station, whether its position is implausible, or exchanged: never both."""

    implausible: list[bool]
    swapped: list[bool]


def misplaced(lat: Sequence[float | None], lon: Sequence[float | None]) -> Misplaced:
    """Judges positions in degrees, WGS 84. Where fewer than most stations lie together, none is held to be far."""
    given = _given(lat, lon)
    on_globe = [position for position in given if position is not None and _is_somewhere(position)]
    middle = _middle(on_globe)
    swapped, implausible = [False] * len(given), [False] * len(given)
    for i, position in enumerate(given):
        if position is None:
            continue
        is_somewhere = _is_somewhere(position)
        if middle is None or (is_somewhere and distance_km(position, middle) <= FAR_KM):
            implausible[i] = not is_somewhere
        elif _is_somewhere(position[::-1]) and distance_km(position[::-1], middle) <= FAR_KM:
            swapped[i] = True
        else:
            implausible[i] = not (is_somewhere and _has_neighbour(position, on_globe))
    return Misplaced(implausible, swapped)


def middle_of(lat: Sequence[float | None], lon: Sequence[float | None]) -> Position | None:
    """The middle of a network, by its stations' positions; None where most of them do not lie together."""
    return _middle(
        [position for position in _given(lat, lon) if position is not None and _is_somewhere(position)]
    )


def _given(lat: Sequence[float | None], lon: Sequence[float | None]) -> list[Position | None]:
    return [None if a is None or b is None else (a, b) for a, b in zip(lat, lon, strict=True)]


def _middle(positions: Sequence[Position]) -> Position | None:
    """The median position; None where no more than half of the positions lie around it."""
    if not positions:
        return None
    middle = median_low(lat for lat, _ in positions), median_low(lon for _, lon in positions)
    around = sum(distance_km(position, middle) <= FAR_KM for position in positions)
    return middle if 2 * around > len(positions) else None


def _is_somewhere(position: Sequence[float]) -> bool:
    """On the globe, and not at 0, 0: that is the sea, and what a feed writes for nothing."""
    lat, lon = position
    return abs(lat) <= 90 and abs(lon) <= 180 and (lat, lon) != (0, 0)


def _has_neighbour(position: Position, others: Sequence[Position]) -> bool:
    """Whether another station lies near it; the same point again may be the same mistake again."""
    return any(other != position and distance_km(position, other) <= NEIGHBOUR_KM for other in others)


def distance_km(one: Sequence[float], other: Sequence[float]) -> float:
    """Along the great circle."""
    lat, lon, other_lat, other_lon = map(radians, (*one, *other))
    chord = sin((lat - other_lat) / 2) ** 2 + cos(lat) * cos(other_lat) * sin((lon - other_lon) / 2) ** 2
    return 2 * _EARTH_KM * asin(sqrt(min(1.0, chord)))
