"""The report of one local day as plain data: the content of `data/insights/<date>.json`.

Times are seconds since 1970 under names ending in `_epoch`, minutes are station minutes unless they are the day's,
shares are ratios, and null is unknown. `sentences` says the figures in words, one for each of `topics`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from velib_insights.core.attribution import How

VERSION = 4
LOW_COVERAGE = 0.75
"""Below this share of the day observed, the report says so first and compares with nothing. At it, it compares."""

LEAST_STATIONS_OF_ZONE = 5
"""In a smaller zone a station or two are the whole figure, so it is ranked in no sentence, as in kpi_equity_gap."""

MORNING, EVENING = (7, 10), (17, 20)
"""Local hours of the commute, from and to (not included)."""

HistoryState = Literal["ok", "no_history", "not_comparable", "day_not_over", "day_low_coverage"]
Outcome = Literal["observed", "frozen", "partial", "failed"]


class Coverage(msgspec.Struct, frozen=True):
    """How much of the day was observed: up to its end, or up to now for a day that is not over.

    `share` is observed over elapsed time, null where no time has passed. `unusable_ticks` counts those asked for and
    of no use, `missing_ticks` those never asked for.
    """

    share: float | None
    is_over: bool
    is_low: bool
    observed_minutes: int
    elapsed_minutes: int
    day_minutes: int
    first_observed_epoch: int | None
    last_observed_epoch: int | None
    longest_gap_minutes: int
    cadence_min: float | None
    ticks_expected: int
    ticks_observed: int
    ticks_frozen: int
    ticks_partial: int
    ticks_failed: int
    ticks_missing: int
    rows_refused: int
    dialects: tuple[str, ...]


class Network(msgspec.Struct, frozen=True):
    """The whole network over the day. `stations_never_out` always had a bike and a free dock."""

    stations: int
    stations_served: int
    stations_never_out: int
    stations_always_out: int
    bike_availability: float | None
    dock_availability: float | None
    full_availability: float | None
    unusable_share: float | None
    short_minutes: int
    no_dock_minutes: int
    outage_minutes: int
    operative_minutes: int
    bikes_moved: int | None


class Baseline(msgspec.Struct, frozen=True):
    """What a measure was before, on these days (their median if several), and the change since.

    Like for like: `value`, `day_value` and `change` are over the local hours observed on the day and on the earlier
    one, for `common_minutes` of each; the least of several. A median's change is the median of the changes.
    """

    dates: tuple[str, ...]
    value: float
    change: float
    day_value: float
    common_minutes: int


class Comparison(msgspec.Struct, frozen=True):
    measure: str
    value: float
    day_before: Baseline | None
    week_before: Baseline | None
    weekday_median: Baseline | None


class History(msgspec.Struct, frozen=True):
    """Why a comparison can or cannot be made: not_comparable where less than half of the shorter observed time is
    common to both days.
    """

    day_before: HistoryState
    week_before: HistoryState
    weekday_median: HistoryState


class Zone(msgspec.Struct, frozen=True):
    """A zone over the day. `change_…` is of `unusable_share`; null without history."""

    zone_code: str
    zone_name: str
    stations: int
    bike_availability: float | None
    dock_availability: float | None
    unusable_share: float | None
    short_minutes: int
    no_dock_minutes: int
    outage_minutes: int
    operative_minutes: int
    ebike_share: float | None
    morning_net_bikes: int | None
    evening_net_bikes: int | None
    change_day_before: float | None
    change_week_before: float | None


class WorstMoment(msgspec.Struct, frozen=True):
    epoch: int
    operative_stations: int
    unusable_stations: int
    unusable_share: float | None
    short_stations: int
    no_dock_stations: int


class Station(msgspec.Struct, frozen=True):
    station_code: str
    name: str | None
    zone_code: str
    zone_name: str
    bike_availability: float | None
    dock_availability: float | None
    full_availability: float | None
    short_minutes: int
    no_dock_minutes: int
    outage_minutes: int
    operative_minutes: int
    bikes_moved: int | None


class Stations(msgspec.Struct, frozen=True):
    """`worst` by minutes out; `best` never out, and the most bikes taken or returned of those."""

    worst: tuple[Station, ...]
    best: tuple[Station, ...]


class ZoneFlow(msgspec.Struct, frozen=True):
    zone_code: str
    zone_name: str
    net_bikes: int


class CommuteFlow(msgspec.Struct, frozen=True):
    """Where bikes went between two local hours. `observed_share` is of those hours; `bikes_moved` a lower bound."""

    from_hour: int
    to_hour: int
    observed_share: float
    bikes_moved: int
    gained: tuple[ZoneFlow, ...]
    lost: tuple[ZoneFlow, ...]


class Types(msgspec.Struct, frozen=True):
    """Averages over the observed time: bikes at operative stations, and stations with bikes but none of a type.

    The first two are None where no station's types are known, the last two for a type of which no station had a bike
    all day: the network has none.
    """

    mean_mechanical: float | None
    mean_ebikes: float | None
    ebike_share: float | None
    mean_stations_without_mechanical: float | None
    mean_stations_without_ebikes: float | None


class ChronicStation(msgspec.Struct, frozen=True):
    station_code: str
    name: str | None
    zone_name: str | None
    reason: str
    days_failed: int
    days_observed: int
    unusable_share: float


class Recovery(msgspec.Struct, frozen=True):
    """Outages that ended on the day, their lengths where start and end were seen, and those going on at its end."""

    kind: str
    ended: int
    measured: int
    median_minutes: int | None
    p90_minutes: int | None
    going_on: int


class Change(msgspec.Struct, frozen=True):
    change: str
    station_code: str
    name: str | None
    name_before: str | None
    capacity: int | None
    capacity_before: int | None
    distance_m: float | None


class Equity(msgspec.Struct, frozen=True):
    """Of zones with five operative stations or more. `equity_difference` is from the median zone to the worst."""

    zones: int
    worst_zone_code: str
    worst_zone_name: str
    worst_unusable_share: float
    median_unusable_share: float
    best_zone_code: str
    best_zone_name: str
    best_unusable_share: float
    equity_difference: float


class Moment(msgspec.Struct, frozen=True):
    """A tick of the ledger. Counts are of operative stations; null where the tick was not observed.

    `held_s` is for how long the observation holds: until the next one, for two cadences at most, not beyond the last.
    """

    epoch: int
    outcome: Outcome
    held_s: int
    operative_stations: int | None
    short_stations: int | None
    no_dock_stations: int | None
    unusable_stations: int | None


class DayReport(msgspec.Struct, frozen=True):
    """Everything about one local day. A part is null, or an empty list, where the day gave nothing to say of it.

    `chronic` and `changes` are null without the days before that they need.
    """

    version: int
    date: str
    weekday: int
    source: str
    network_name: str
    timezone: str
    how: How | None
    coverage: Coverage
    network: Network | None
    history: History
    comparisons: tuple[Comparison, ...]
    worst_moment: WorstMoment | None
    zones: tuple[Zone, ...]
    equity: Equity | None
    stations: Stations
    morning: CommuteFlow | None
    evening: CommuteFlow | None
    types: Types | None
    chronic: tuple[ChronicStation, ...] | None
    recoveries: tuple[Recovery, ...]
    changes: tuple[Change, ...] | None
    moments: tuple[Moment, ...]
    topics: tuple[str, ...] = ()
    sentences: dict[str, tuple[str, ...]] = {}
    cannot_be_known: dict[str, tuple[str, ...]] = {}
    attribution: dict[str, str] = {}


class DayEntry(msgspec.Struct, frozen=True):
    """A day in the list of days, `data/insights/index.json`."""

    date: str
    weekday: int
    coverage: float | None
    is_over: bool
    is_low: bool
    unusable_share: float | None
    outage_minutes: int | None
    worst_epoch: int | None
    worst_unusable_stations: int | None


def entry_of(report: DayReport) -> DayEntry:
    network, worst = report.network, report.worst_moment
    return DayEntry(
        date=report.date,
        weekday=report.weekday,
        coverage=report.coverage.share,
        is_over=report.coverage.is_over,
        is_low=report.coverage.is_low,
        unusable_share=network.unusable_share if network else None,
        outage_minutes=network.outage_minutes if network else None,
        worst_epoch=worst.epoch if worst else None,
        worst_unusable_stations=worst.unusable_stations if worst else None,
    )


def encode_report(report: DayReport) -> bytes:
    """Compact JSON, UTF-8."""
    return msgspec.json.encode(report)


def decode_report(body: bytes) -> DayReport:
    """Raises msgspec.ValidationError for JSON of another shape."""
    return msgspec.json.decode(body, type=DayReport)
