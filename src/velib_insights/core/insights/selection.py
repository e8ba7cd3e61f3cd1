"""Which facts of a day are put into words, for every language alike: English and French differ in words alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from velib_insights.core.insights.report import (
    LEAST_STATIONS_OF_ZONE,
    Baseline,
    Change,
    CommuteFlow,
    Comparison,
    DayReport,
    Recovery,
    Zone,
    ZoneFlow,
)

MAX_NAMED = 3
"""Zones, stations, flows and changes that a sentence names; of more it says how many there are."""

BaselineName = Literal["day_before", "week_before", "weekday_median"]
BASELINES: tuple[BaselineName, ...] = ("day_before", "week_before", "weekday_median")
ChangeKind = Literal["appeared", "vanished", "renamed", "moved", "resized"]
CHANGE_KINDS: tuple[ChangeKind, ...] = ("appeared", "vanished", "renamed", "moved", "resized")
CountName = Literal["frozen", "partial", "failed", "missing", "refused"]


def only_observation(report: DayReport) -> int | None:
    """The epoch of the day's one observation, of which no duration is known; None if there are more, or none."""
    seen = report.coverage
    return seen.last_observed_epoch if seen.ticks_observed == 1 and not seen.observed_minutes else None


def comparison_of(report: DayReport, measure: str) -> Comparison | None:
    return next((each for each in report.comparisons if each.measure == measure), None)


def baselines(compared: Comparison | None) -> Iterator[tuple[BaselineName, Baseline]]:
    """The baselines that there are, the nearest first."""
    for name in BASELINES if compared else ():
        baseline = getattr(compared, name)
        if baseline is not None:
            yield name, baseline


def baselines_in_state(report: DayReport, state: str) -> list[BaselineName]:
    """The baselines that cannot be compared with, for that reason."""
    return [name for name in BASELINES if getattr(report.history, name) == state]


def is_over_less(baseline: Baseline, report: DayReport) -> bool:
    """Whether the comparison is over less than all that was observed of the day."""
    return baseline.common_minutes < report.coverage.observed_minutes


def zones_hit(report: DayReport) -> list[Zone]:
    """Zones that lost time, the worst first, small ones left out."""
    hit = [
        zone
        for zone in report.zones
        if zone.zone_code and zone.stations >= LEAST_STATIONS_OF_ZONE and zone.outage_minutes
    ]
    return hit[:MAX_NAMED]


def named_flows(flow: CommuteFlow) -> tuple[tuple[ZoneFlow, ...], tuple[ZoneFlow, ...]]:
    """The zones that gained most bikes and those that lost most."""
    return flow.gained[:MAX_NAMED], flow.lost[:MAX_NAMED]


class TypeSplit(NamedTuple):
    """Average bikes by type at stations, and stations with bikes but none of a type, if that is known."""

    mechanical: int
    electric: int
    electric_share: float
    without: tuple[int, int] | None
    """Stations without an electric bike, and without a mechanical one."""


def type_split(report: DayReport) -> TypeSplit | None:
    split = report.types
    if split is None or split.ebike_share is None:
        return None
    if split.mean_mechanical is None or split.mean_ebikes is None:
        return None
    lacking = split.mean_stations_without_ebikes, split.mean_stations_without_mechanical
    without = None
    if lacking[0] is not None and lacking[1] is not None:
        without = round(lacking[0]), round(lacking[1])
    return TypeSplit(round(split.mean_mechanical), round(split.mean_ebikes), split.ebike_share, without)


def recoveries(report: DayReport) -> list[Recovery]:
    return [each for each in report.recoveries if each.ended or each.going_on]


def changes_by_kind(report: DayReport) -> Iterator[tuple[ChangeKind, list[Change]]]:
    for kind in CHANGE_KINDS:
        found = [change for change in report.changes or () if change.change == kind]
        if found:
            yield kind, found


def names_of(changes: list[Change]) -> str:
    """The first names, and an ellipsis for the rest."""
    names = [change.name or change.station_code for change in changes[:MAX_NAMED]]
    return ", ".join([*names, *(["…"] if len(changes) > MAX_NAMED else [])])


def has_gap(report: DayReport) -> bool:
    cadence = report.coverage.cadence_min
    return cadence is not None and report.coverage.longest_gap_minutes > cadence


def counts_of_faults(report: DayReport) -> list[tuple[CountName, int]]:
    """Ticks that were not observed, by why, and refused rows; only what there is."""
    seen = report.coverage
    counts: tuple[tuple[CountName, int], ...] = (
        ("frozen", seen.ticks_frozen),
        ("partial", seen.ticks_partial),
        ("failed", seen.ticks_failed),
        ("missing", seen.ticks_missing),
        ("refused", seen.rows_refused),
    )
    return [(name, count) for name, count in counts if count]


def lost_minutes(report: DayReport) -> int:
    """Elapsed time that was not observed."""
    return max(0, report.coverage.elapsed_minutes - report.coverage.observed_minutes)
