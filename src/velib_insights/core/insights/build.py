"""From the rows of the views to the report of the day. The figures are theirs; here they are placed and ranked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from math import ceil
from statistics import median
from typing import Any, TypeVar

import msgspec

from velib_insights.core.attribution import network_name
from velib_insights.core.insights.facts import Facts, Row, Rows
from velib_insights.core.insights.report import (
    EVENING,
    MORNING,
    VERSION,
    Baseline,
    Change,
    ChronicStation,
    CommuteFlow,
    Comparison,
    Coverage,
    DayReport,
    Equity,
    History,
    HistoryState,
    Moment,
    Network,
    Outcome,
    Recovery,
    Station,
    Stations,
    Types,
    WorstMoment,
    Zone,
    ZoneFlow,
)
from velib_insights.core.network import Network as LakeNetwork

MOST_STATIONS = 10
MAX_COMMUTE_ZONES = 5
_LEAST_WEEKDAYS = 2  # the median of one day is the week before
_OUTAGES = ("no_bike", "no_dock")


def build_report(facts: Facts, network: LakeNetwork | None = None) -> DayReport:
    """The report in figures, not yet in words."""
    history = _history(facts)
    return DayReport(
        version=VERSION,
        date=facts.day.local_date.isoformat(),
        weekday=facts.day.local_date.isoweekday(),
        source=facts.source,
        network_name=network_name(facts.source, network),
        timezone=facts.day.timezone,
        how=facts.how,
        coverage=_coverage(facts),
        network=_network(facts),
        history=history,
        comparisons=_comparisons(facts, history),
        worst_moment=_worst_moment(facts),
        zones=_zones(facts, history),
        equity=_equity(facts),
        stations=_stations(facts),
        morning=_commute(facts, *MORNING),
        evening=_commute(facts, *EVENING),
        types=_types(facts),
        chronic=_chronic(facts),
        recoveries=_recoveries(facts),
        changes=_changes(facts),
        moments=_moments(facts),
    )


Part = TypeVar("Part", bound=msgspec.Struct)


def _from_row(part: type[Part], row: Row, **more: Any) -> Part:
    """The columns of a row that the part names."""
    return part(**({name: row[name] for name in part.__struct_fields__ if name not in more} | more))


def _coverage(facts: Facts) -> Coverage:
    outcomes = Counter(outcome(row) for row in facts.ledger)
    observed = [row["snapshot_epoch"] for row in facts.observed_ticks]
    cadence_s = facts.ledger[-1]["cadence_s"] if facts.ledger else None
    expected, missing = facts.expected_ticks
    points = [facts.day.start_epoch, *observed, facts.told_until_epoch]
    return Coverage(
        share=facts.coverage,
        is_over=facts.is_over,
        is_low=facts.is_low,
        observed_minutes=facts.observed_s // 60,
        elapsed_minutes=facts.elapsed_s // 60,
        day_minutes=(facts.day.end_epoch - facts.day.start_epoch) // 60,
        first_observed_epoch=observed[0] if observed else None,
        last_observed_epoch=observed[-1] if observed else None,
        longest_gap_minutes=max(b - a for a, b in pairwise(points)) // 60,
        cadence_min=cadence_s / 60 if cadence_s else None,
        ticks_expected=expected,
        ticks_observed=outcomes["observed"],
        ticks_frozen=outcomes["frozen"],
        ticks_partial=outcomes["partial"],
        ticks_failed=outcomes["failed"],
        ticks_missing=missing,
        rows_refused=sum(row["rows_refused"] or 0 for row in facts.ledger),
        dialects=facts.dialects,
    )


def outcome(tick: Row) -> Outcome:
    if tick["is_observed"]:
        return "observed"
    if tick["is_frozen"]:
        return "frozen"
    return "partial" if tick["is_partial"] else "failed"


def _network(facts: Facts) -> Network | None:
    row = facts.on(facts.networks, facts.day.local_date)
    if row is None or not row["operative_minutes"]:
        return None
    return _from_row(Network, row, bikes_moved=_bikes_moved(facts, facts.day.local_date))


def _bikes_moved(facts: Facts, day: date) -> int | None:
    moved = [row["bikes_moved"] for row in facts.moves if row["local_date"] == day]
    return sum(moved) if moved else None


def _types(facts: Facts) -> Types | None:
    row = facts.on([row for row in facts.types if row["scope"] == "network"], facts.day.local_date)
    return _from_row(Types, row) if row else None


def _equity(facts: Facts) -> Equity | None:
    row = facts.on(facts.equity, facts.day.local_date)
    return _from_row(Equity, row) if row else None


def _history(facts: Facts) -> History:
    if not facts.is_over:
        return History("day_not_over", "day_not_over", "day_not_over")
    if facts.is_low:
        return History("day_low_coverage", "day_low_coverage", "day_low_coverage")
    weekdays = [_state(facts, day) for day in facts.day.same_weekdays]
    known = [state for state in weekdays if state != "no_history"]
    return History(
        _state(facts, facts.day.day_before),
        weekdays[0],
        "ok"
        if known.count("ok") >= _LEAST_WEEKDAYS
        else "not_comparable"
        if len(known) >= _LEAST_WEEKDAYS
        else "no_history",
    )


def _state(facts: Facts, day: date) -> HistoryState:
    if not facts.hours.get(day):
        return "no_history"
    return "ok" if facts.like_for_like[day] else "not_comparable"


def _comparisons(facts: Facts, history: History) -> tuple[Comparison, ...]:
    pairs = facts.like_for_like

    def against(measure: str, state: HistoryState, days: Iterable[date]) -> Baseline | None:
        found = [
            (day, pair.common_s, pair.measures[measure])
            for day in days
            if (pair := pairs[day]) is not None and measure in pair.measures
        ]
        if state != "ok" or not found:
            return None
        before = float(median(pair.before for _, _, pair in found))
        change = float(median(pair.value - pair.before for _, _, pair in found))
        return Baseline(
            tuple(day.isoformat() for day, _, _ in found),
            before,
            change,
            found[0][2].value if len(found) == 1 else before + change,
            min(common_s for _, common_s, _ in found) // 60,
        )

    made = []
    for measure, value in _measures(facts).items():
        if value is None:
            continue
        weekday = against(measure, history.weekday_median, facts.day.same_weekdays)
        made.append(
            Comparison(
                measure,
                value,
                against(measure, history.day_before, [facts.day.day_before]),
                against(measure, history.week_before, facts.day.same_weekdays[:1]),
                weekday if weekday and len(weekday.dates) >= _LEAST_WEEKDAYS else None,
            )
        )
    return tuple(made)


def _measures(facts: Facts) -> dict[str, float | None]:
    """Each measure that is compared, over the whole day; null where it has no value."""

    def column(rows: Rows, name: str) -> float | None:
        row = facts.on(rows, facts.day.local_date)
        return row[name] if row is not None else None

    networks = [row for row in facts.networks if row["operative_minutes"]]
    types = [row for row in facts.types if row["scope"] == "network"]
    return {
        "unusable_share": column(networks, "unusable_share"),
        "outage_minutes": column(networks, "outage_minutes"),
        "bike_availability": column(networks, "bike_availability"),
        "dock_availability": column(networks, "dock_availability"),
        "worst_unusable_stations": column(facts.worst_moments, "unusable_stations"),
        "bikes_moved": _bikes_moved(facts, facts.day.local_date),
        "ebike_share": column(types, "ebike_share"),
        "equity_difference": column(facts.equity, "equity_difference"),
    }


def _zones(facts: Facts, history: History) -> tuple[Zone, ...]:
    """The worst first."""
    electric = {
        row["zone_code"]: row["ebike_share"]
        for row in facts.types
        if row["local_date"] == facts.day.local_date and row["scope"] == "zone"
    }
    nets = {hours: dict(_net_by_zone(facts, *hours)) for hours in (MORNING, EVENING)}

    def change(row: Row, state: HistoryState, day: date) -> float | None:
        compared = facts.like_for_like[day]
        if state != "ok" or compared is None or row["zone_code"] not in compared.zones:
            return None
        pair = compared.zones[row["zone_code"]]
        return pair.value - pair.before

    zones = [
        _from_row(
            Zone,
            row,
            ebike_share=electric.get(row["zone_code"]),
            morning_net_bikes=nets[MORNING].get(row["zone_code"]),
            evening_net_bikes=nets[EVENING].get(row["zone_code"]),
            change_day_before=change(row, history.day_before, facts.day.day_before),
            change_week_before=change(row, history.week_before, facts.day.same_weekdays[0]),
        )
        for row in facts.zones
        if row["local_date"] == facts.day.local_date
    ]
    return tuple(
        sorted(zones, key=lambda z: (z.unusable_share is None, -(z.unusable_share or 0), z.zone_code))
    )


def _worst_moment(facts: Facts) -> WorstMoment | None:
    row = facts.on(facts.worst_moments, facts.day.local_date)
    return _from_row(WorstMoment, row, epoch=row["snapshot_epoch"]) if row else None


def _stations(facts: Facts) -> Stations:
    moved = {row["station_code"]: row["bikes_moved"] for row in facts.moves if _is_today(facts, row)}
    told = [
        _from_row(Station, row, bikes_moved=moved.get(row["station_code"]))
        for row in facts.stations
        if row["operative_minutes"]
    ]
    out = [station for station in told if station.outage_minutes]
    never_out = [station for station in told if station.full_availability == 1 and not station.outage_minutes]
    worst = sorted(out, key=lambda s: (-s.outage_minutes, s.operative_minutes, s.station_code))
    best = sorted(never_out, key=lambda s: (-(s.bikes_moved or 0), -s.operative_minutes, s.station_code))
    return Stations(tuple(worst[:MOST_STATIONS]), tuple(best[:MOST_STATIONS]))


def _is_today(facts: Facts, row: Row) -> bool:
    return bool(row["local_date"] == facts.day.local_date)


def _net_by_zone(facts: Facts, from_hour: int, to_hour: int) -> Counter[str]:
    nets: Counter[str] = Counter()
    for row in facts.flows:
        if from_hour <= row["local_hour"] < to_hour:
            nets[row["zone_code"]] += row["net_bikes"]
    return nets


def _commute(facts: Facts, from_hour: int, to_hour: int) -> CommuteFlow | None:
    flows = [row for row in facts.flows if from_hour <= row["local_hour"] < to_hour]
    if not flows:
        return None
    observed_s = sum(
        facts.held_s(row) for row in facts.observed_ticks if from_hour <= row["local_hour"] < to_hour
    )
    names = {row["zone_code"]: row["zone_name"] for row in flows}
    nets = _net_by_zone(facts, from_hour, to_hour)
    rising = sorted(nets.items(), key=lambda item: (-item[1], item[0]))
    falling = sorted(nets.items(), key=lambda item: (item[1], item[0]))
    return CommuteFlow(
        from_hour,
        to_hour,
        min(1.0, observed_s / (3600 * (to_hour - from_hour))),
        sum(row["bikes_moved"] for row in flows),
        tuple(ZoneFlow(code, names[code], net) for code, net in rising[:MAX_COMMUTE_ZONES] if net > 0),
        tuple(ZoneFlow(code, names[code], net) for code, net in falling[:MAX_COMMUTE_ZONES] if net < 0),
    )


def _chronic(facts: Facts) -> tuple[ChronicStation, ...] | None:
    if not facts.can_tell_chronic:
        return None
    rows = sorted(facts.chronic, key=lambda row: (-row["unusable_share"], row["station_code"]))
    return tuple(_from_row(ChronicStation, row) for row in rows)


def _recoveries(facts: Facts) -> tuple[Recovery, ...]:
    """Quantiles are nearest-rank, as in kpi_recovery_time."""
    told = []
    first = facts.day.start_epoch
    after = facts.told_until_epoch + (0 if facts.is_over else 1)
    for kind in _OUTAGES if facts.observed_s else ():
        of_kind = [row for row in facts.episodes if row["kind"] == kind and row["started_epoch"] < after]
        has_ended = [row["end_was_seen"] and first <= row["ended_epoch"] < after for row in of_kind]
        ended = [row for row, is_over in zip(of_kind, has_ended, strict=True) if is_over]
        minutes = sorted(row["episode_minutes"] for row in ended if row["start_was_seen"])
        going_on = [
            row
            for row, is_over in zip(of_kind, has_ended, strict=True)
            if not is_over and (row["is_open"] or row["ended_epoch"] >= after)
        ]
        told.append(
            Recovery(
                kind,
                len(ended),
                len(minutes),
                minutes[ceil(len(minutes) / 2) - 1] if minutes else None,
                minutes[ceil(9 * len(minutes) / 10) - 1] if minutes else None,
                len(going_on),
            )
        )
    return tuple(told)


def _changes(facts: Facts) -> tuple[Change, ...] | None:
    if not facts.has_earlier_day or not facts.observed_s:
        return None
    rows = sorted(facts.changes, key=lambda row: (row["change"], row["station_code"]))
    return tuple(_from_row(Change, row) for row in rows)


def _moments(facts: Facts) -> tuple[Moment, ...]:
    seen = {row["snapshot_epoch"]: row for row in facts.moments}
    counts = ("operative_stations", "short_stations", "no_dock_stations", "unusable_stations")
    return tuple(
        Moment(
            tick["snapshot_epoch"],
            outcome(tick),
            facts.held_s(tick) if tick["is_observed"] else 0,
            **{name: seen.get(tick["snapshot_epoch"], {}).get(name) for name in counts},
        )
        for tick in facts.ledger
    )
