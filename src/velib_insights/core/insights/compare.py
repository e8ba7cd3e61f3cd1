"""Two days compared like with like: over the local hours observed on both, for the same time in each.

An hour observed for 60 minutes on one day and for 15 on the other counts for 15 minutes of both: what was summed over
the longer one is reduced in proportion. So a gap on one day neither adds to a change nor hides it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from statistics import median
from typing import Any

Row = Mapping[str, Any]

_SUMS = (
    *("operative_s", "bikes_known_s", "docks_known_s", "short_s", "no_dock_s", "unusable_s"),
    *("mechanical_s", "ebikes_s"),
)
MEASURES = (
    *(
        "unusable_share",
        "outage_minutes",
        "bike_availability",
        "dock_availability",
        "worst_unusable_stations",
    ),
    *("bikes_moved", "ebike_share", "equity_difference"),
)
LEAST_STATIONS = 5
"""Operative stations of a zone that is part of the equity gap, as in kpi_equity_gap."""


@dataclass(slots=True)
class Hour:
    """A local hour of a day: sums of seconds by zone, and what is counted by the tick."""

    observed_s: int = 0
    cadences_s: frozenset[int] = frozenset()
    zones: dict[str, dict[str, float]] = field(default_factory=dict)
    stations: dict[str, int] = field(default_factory=dict)
    bikes_moved: int | None = None
    most_unusable: int | None = None


Hours = dict[int, Hour]


@dataclass(frozen=True, slots=True)
class Pair:
    """The same measure on a day and on an earlier one, over what was observed on both."""

    value: float
    before: float


@dataclass(frozen=True, slots=True)
class LikeForLike:
    """What can be compared of two days. `zones` are shares of time unusable."""

    common_s: int
    measures: dict[str, Pair]
    zones: dict[str, Pair]


def hours_by_day(
    observed: Iterable[Row],
    zones: Iterable[Row],
    moves: Iterable[Row],
    moments: Iterable[tuple[date, int, int]],
) -> dict[date, Hours]:
    """From the rows of insights_observed_hours, insights_zone_hours and insights_moves_hours, and of each observed
    tick its local date, local hour and unusable stations."""
    days: dict[date, Hours] = defaultdict(dict)
    for row in observed:
        cadences = frozenset((row["least_cadence_s"], row["most_cadence_s"]))
        days[row["local_date"]][row["local_hour"]] = Hour(row["observed_s"], cadences)
    for row in zones:
        hour = days[row["local_date"]].get(row["local_hour"])
        if hour is not None:
            hour.zones[row["zone_code"]] = {name: row[name] for name in _SUMS}
            hour.stations[row["zone_code"]] = row["operative_stations"]
    for row in moves:
        hour = days[row["local_date"]].get(row["local_hour"])
        if hour is not None:
            hour.bikes_moved = row["bikes_moved"]
    for day, local_hour, unusable in moments:
        hour = days[day].get(local_hour)
        if hour is not None:
            hour.most_unusable = max(hour.most_unusable or 0, unusable)
    return dict(days)


def observed_s(hours: Hours) -> int:
    return sum(hour.observed_s for hour in hours.values())


def like_for_like(day: Hours, before: Hours) -> LikeForLike | None:
    """None where less than half of the shorter observed time is common to both: then nothing is comparable."""
    common = {at: min(day[at].observed_s, before[at].observed_s) for at in sorted(day.keys() & before.keys())}
    common_s = sum(common.values())
    if common_s <= 0 or 2 * common_s < min(observed_s(day), observed_s(before)):
        return None
    values, befores = _measures(day, common), _measures(before, common)
    if _cadences(day, common) != _cadences(before, common) or len(_cadences(day, common)) > 1:
        values["bikes_moved"] = None  # it depends on the cadence
    zones, zones_before = _zone_shares(day, common), _zone_shares(before, common)
    return LikeForLike(
        common_s,
        {
            name: Pair(value, was)
            for name in MEASURES
            if (value := values[name]) is not None and (was := befores[name]) is not None
        },
        {code: Pair(share, zones_before[code]) for code, share in zones.items() if code in zones_before},
    )


def _cadences(hours: Hours, common: Mapping[int, int]) -> frozenset[int]:
    return frozenset().union(*(hours[at].cadences_s for at in common))


def _sums(hours: Hours, common: Mapping[int, int]) -> dict[str, dict[str, float]]:
    """By zone, over the common time."""
    zones: dict[str, dict[str, float]] = defaultdict(lambda: dict.fromkeys(_SUMS, 0.0))
    for at, common_s in common.items():
        part = common_s / hours[at].observed_s
        for code, sums in hours[at].zones.items():
            for name, seconds in sums.items():
                zones[code][name] += part * seconds
    return zones


def _measures(hours: Hours, common: Mapping[int, int]) -> dict[str, float | None]:
    zones = _sums(hours, common)
    all_s = {name: sum(sums[name] for sums in zones.values()) for name in _SUMS}
    moved = [
        hour.bikes_moved * seconds / hour.observed_s
        for at, seconds in common.items()
        if (hour := hours[at]).bikes_moved is not None
    ]
    worst = [most for at in common if (most := hours[at].most_unusable) is not None]
    return {
        "unusable_share": _ratio(all_s["unusable_s"], all_s["operative_s"]),
        "outage_minutes": all_s["unusable_s"] / 60 if all_s["operative_s"] else None,
        "bike_availability": _ratio(all_s["bikes_known_s"] - all_s["short_s"], all_s["bikes_known_s"]),
        "dock_availability": _ratio(all_s["docks_known_s"] - all_s["no_dock_s"], all_s["docks_known_s"]),
        "worst_unusable_stations": max(worst, default=None),
        "bikes_moved": sum(moved) if moved else None,
        "ebike_share": _ratio(all_s["ebikes_s"], all_s["mechanical_s"] + all_s["ebikes_s"]),
        "equity_difference": _equity(hours, common),
    }


def _zone_shares(hours: Hours, common: Mapping[int, int]) -> dict[str, float]:
    shares = {
        code: _ratio(sums["unusable_s"], sums["operative_s"]) for code, sums in _sums(hours, common).items()
    }
    return {code: share for code, share in shares.items() if share is not None}


def _equity(hours: Hours, common: Mapping[int, int]) -> float | None:
    """Points between the worst and the median zone, as kpi_equity_gap has them of a whole day."""
    stations: dict[str, int] = defaultdict(int)
    for at in common:
        for code, count in hours[at].stations.items():
            stations[code] = max(stations[code], count)
    shares = [
        share
        for code, share in _zone_shares(hours, common).items()
        if code and stations[code] >= LEAST_STATIONS
    ]
    return max(shares) - median(shares) if shares else None


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None
