"""The day in English sentences. Each function says one topic, or None where the day gave nothing to say of it."""

from __future__ import annotations

from collections.abc import Callable

from velib_insights.core.insights import selection
from velib_insights.core.insights.report import (
    Baseline,
    CommuteFlow,
    Comparison,
    DayReport,
    Recovery,
    Zone,
    ZoneFlow,
)
from velib_insights.core.locale import FIXED, Locale

_NAMES = {"day_before": "the day before", "week_before": "the week before"}
_KINDS = {"no_bike": "without a bike", "no_dock": "without a free dock"}


def coverage(report: DayReport, locale: Locale) -> str | None:
    seen = report.coverage
    if not seen.is_low:
        return None
    only = selection.only_observation(report)
    if only is not None:
        return (
            f"Only one observation, at {locale.time(only)}: durations are unknown. {_ticks(report, locale)}."
        )
    if not seen.observed_minutes:
        return f"Nothing could be measured on this day: {_ticks(report, locale)}."
    return (
        f"A poorly observed day: only {locale.percent(seen.share or 0)} of it,"
        f" {locale.duration(seen.observed_minutes)} of {locale.duration(seen.elapsed_minutes)}."
        " The figures speak of that time alone."
    )


def source(report: DayReport, _: Locale) -> str | None:
    return {
        None: None,
        "live": None,
        "imported": "Imported data, recorded elsewhere.",
        "simulated": "Simulated data: this day never happened.",
    }[report.how]


def under_way(report: DayReport, locale: Locale) -> str | None:
    last = report.coverage.last_observed_epoch
    if report.coverage.is_over or last is None:
        return None
    at = locale.time(last)
    return {
        None: f"The day is not complete: figures up to {at}, the latest observation.",
        "live": f"The day is not complete: figures up to {at}, the latest observation.",
        "imported": f"The imported data end at {at}: figures up to then.",
        "simulated": f"The simulation ends at {at}: figures up to then.",
    }[report.how]


def network(report: DayReport, locale: Locale) -> str | None:
    net = report.network
    if net is None or net.unusable_share is None:
        return None
    found = ""
    if net.bike_availability is not None and net.dock_availability is not None:
        found = (
            f"there was a bike to take {locale.percent(net.bike_availability)} of the time"
            f" and a free dock {locale.percent(net.dock_availability)} of the time; "
        )
    return (
        f"On {locale.day(report.date)}, {found}stations were unusable (no bike or no free dock) for"
        f" {locale.count(net.outage_minutes, 'minute', 'minutes')} in all, {locale.percent(net.unusable_share)} of"
        f" their observed time in service ({locale.number(net.short_minutes)} without a bike,"
        f" {locale.number(net.no_dock_minutes)} without a dock)."
    )


def comparison(report: DayReport, locale: Locale) -> str | None:
    if report.network is None:
        return None
    if report.history.day_before == "day_not_over":
        return "The day is not complete, so it is not compared with earlier ones."
    if report.history.day_before == "day_low_coverage":
        return "Too little of the day was observed to compare it with earlier ones."
    share = selection.comparison_of(report, "unusable_share")
    told = _against(share, report, locale, _share_change)
    text = f"Time unusable: {', '.join(told)}." if told else ""
    for state, said in (
        ("not_comparable", "Not comparable with {}: less than half of the observed time is common to both."),
        ("no_history", "No history yet to compare with {}."),
    ):
        names = [_baseline(name, report, locale) for name in selection.baselines_in_state(report, state)]
        if names:
            text += f" {said.format(' or with '.join(names))}"
    return text.strip()


def moves(report: DayReport, locale: Locale) -> str | None:
    if report.network is None or report.network.bikes_moved is None:
        return None
    total = locale.count(report.network.bikes_moved, "bike", "bikes")
    compared = selection.comparison_of(report, "bikes_moved")
    told = _against(compared, report, locale, _relative_change)
    return f"At least {total} taken or returned, vans included{' (' + ', '.join(told) + ')' if told else ''}."


def worst_moment(report: DayReport, locale: Locale) -> str | None:
    worst = report.worst_moment
    if worst is None or not worst.operative_stations:
        return None
    if not worst.unusable_stations:
        return "At no observation did a station lack bikes or docks."
    share = f" ({locale.percent(worst.unusable_share)})" if worst.unusable_share is not None else ""
    return (
        f"The worst moment: {locale.time(worst.epoch)}, with"
        f" {locale.count(worst.unusable_stations, 'unusable station', 'unusable stations')}"
        f" of {locale.number(worst.operative_stations)}{share},"
        f" {locale.number(worst.short_stations)} without a bike and {locale.number(worst.no_dock_stations)}"
        " without a dock."
    )


def zones(report: DayReport, locale: Locale) -> str | None:
    hit = selection.zones_hit(report)
    if not hit:
        return None
    named = ", ".join(_zone(zone, locale) for zone in hit)
    return f"{locale.plural(len(hit), 'Zone hit hardest', 'Zones hit hardest')}: {named}."


def _zone(zone: Zone, locale: Locale) -> str:
    share = f"{locale.percent(zone.unusable_share)} of the time, " if zone.unusable_share is not None else ""
    return f"{zone.zone_name} ({share}{locale.count(zone.outage_minutes, 'minute', 'minutes')})"


def equity(report: DayReport, locale: Locale) -> str | None:
    gap = report.equity
    if gap is None or gap.zones < 2:
        return None
    return (
        f"Gap between zones of five stations or more: {locale.percent(gap.worst_unusable_share)} of the time lost in"
        f" the worst ({gap.worst_zone_name}), {locale.percent(gap.median_unusable_share)} in the median zone,"
        f" a difference of {locale.points(gap.equity_difference)}."
    )


def stations_worst(report: DayReport, locale: Locale) -> str | None:
    if report.network is None or not report.stations.worst:
        return None
    worst = report.stations.worst[0]
    always = report.network.stations_always_out
    all_day = (
        locale.count(always, "station was unusable", "stations were unusable")
        if always
        else "No station was unusable"
    )
    return (
        f"Longest unusable: {_station(worst.name, worst.station_code, worst.zone_name)},"
        f" {locale.duration(worst.outage_minutes)} of {locale.duration(worst.operative_minutes)}."
        f" {all_day} from start to end."
    )


def stations_best(report: DayReport, locale: Locale) -> str | None:
    if report.network is None:
        return None
    never, served = report.network.stations_never_out, report.network.stations_served
    if not never:
        return "No station had a bike and a free dock all the time."
    text = (
        f"{locale.count(never, 'station', 'stations')} of {locale.number(served)}"
        " had a bike and a free dock all the time"
    )
    best = report.stations.best[0] if report.stations.best else None
    if best and best.bikes_moved:
        moved = locale.count(best.bikes_moved, "bike", "bikes")
        where = _station(best.name, best.station_code, best.zone_name)
        text += f"; the busiest of them: {where}, at least {moved} taken or returned"
    return f"{text}."


def _station(name: str | None, code: str, zone: str | None) -> str:
    return f"{name or 'station'} (no.{FIXED}{code}{', ' + zone if zone else ''})"


def morning(report: DayReport, locale: Locale) -> str | None:
    return _commute("Morning commute", report.morning, locale)


def evening(report: DayReport, locale: Locale) -> str | None:
    return _commute("Evening commute", report.evening, locale)


def _commute(name: str, flow: CommuteFlow | None, locale: Locale) -> str | None:
    if flow is None or not (flow.gained or flow.lost):
        return None
    gained, lost = selection.named_flows(flow)

    def named(flows: tuple[ZoneFlow, ...]) -> str:
        return ", ".join(f"{f.zone_name} ({locale.signed(f.net_bikes)})" for f in flows)

    parts = [
        f"{said} {named(flows)}"
        for said, flows in (
            ("bikes flowed to", gained),
            ("and left" if gained else "bikes left", lost),
        )
        if flows
    ]
    seen = "" if flow.observed_share >= 1 else f", {locale.percent(flow.observed_share, 0)} observed"
    return f"{name} ({locale.hour(flow.from_hour)} to {locale.hour(flow.to_hour)}{seen}): {', '.join(parts)}."


def types(report: DayReport, locale: Locale) -> str | None:
    split = selection.type_split(report)
    if split is None:
        return None
    lacking = ""
    if split.without:
        no_electric, no_mechanical = split.without
        lacking = (
            f"; {locale.count(no_electric, 'station', 'stations')} had bikes but no electric one,"
            f" {locale.number(no_mechanical)} no mechanical one"
        )
    return (
        f"On average {locale.count(split.mechanical, 'mechanical bike', 'mechanical bikes')}"
        f" and {locale.number(split.electric)} electric ({locale.percent(split.electric_share)} electric) stood at"
        f" stations{lacking}."
    )


def chronic(report: DayReport, locale: Locale) -> str | None:
    if report.network is None:
        return None
    if report.chronic is None:
        return "Not enough observed days yet to say which stations fail day after day."
    rule = "at least half of the time, on three or more of the last seven days"
    if not report.chronic:
        return f"No station was chronically unusable ({rule})."
    named = locale.listed(
        [_station(s.name, s.station_code, None) for s in report.chronic[: selection.MAX_NAMED]]
    )
    found = locale.count(len(report.chronic), "chronically unusable station", "chronically unusable stations")
    among = "among them " if len(report.chronic) > selection.MAX_NAMED else ""
    return f"{found} ({rule}): {among}{named}."


def recovery(report: DayReport, locale: Locale) -> str | None:
    told = [_recovery(each, locale) for each in selection.recoveries(report)]
    return f"{'; '.join(told)}." if told else None


def _recovery(each: Recovery, locale: Locale) -> str:
    text = f"{locale.count(each.ended, 'outage', 'outages')} {_KINDS[each.kind]} ended"
    if each.median_minutes is not None and each.p90_minutes is not None:
        text += (
            f" (median {locale.duration(each.median_minutes)},"
            f" nine in ten within {locale.duration(each.p90_minutes)})"
        )
    return f"{text}, {locale.number(each.going_on)} still going on at the end"


def changes(report: DayReport, locale: Locale) -> str | None:
    if report.network is None:
        return None
    if report.changes is None:
        return "No earlier day yet to say what changed in the network."
    if not report.changes:
        return "No station appeared, vanished, was renamed, moved or resized."
    kinds = {
        "appeared": ("station appeared", "stations appeared"),
        "vanished": ("station vanished", "stations vanished"),
        "renamed": ("station renamed", "stations renamed"),
        "moved": ("station moved", "stations moved"),
        "resized": ("station resized", "stations resized"),
    }
    told = [
        f"{locale.count(len(found), *kinds[kind])} ({selection.names_of(found)})"
        for kind, found in selection.changes_by_kind(report)
    ]
    return f"Network: {locale.listed(told)}."


def feed(report: DayReport, locale: Locale) -> str | None:
    seen = report.coverage
    if not seen.observed_minutes:
        return None  # coverage has said it
    gap = f"; longest gap {locale.duration(seen.longest_gap_minutes)}" if selection.has_gap(report) else ""
    share = f", {locale.percent(seen.share)} of the time observed" if seen.share is not None else ""
    return f"Feed: {_ticks(report, locale)}{share}{gap}."


def _ticks(report: DayReport, locale: Locale) -> str:
    seen = report.coverage
    told = [
        f"{locale.count(seen.ticks_observed, 'tick', 'ticks')} observed"
        f" of {locale.number(seen.ticks_expected)} expected"
    ]
    words = {
        "frozen": ("frozen (the feed repeated itself)", "frozen (the feed repeated itself)"),
        "partial": ("partial", "partial"),
        "failed": ("failed", "failed"),
        "missing": ("never asked for", "never asked for"),
        "refused": ("row refused", "rows refused"),
    }
    told += [locale.count(count, *words[name]) for name, count in selection.counts_of_faults(report)]
    return ", ".join(told)


def cannot_be_known(report: DayReport, locale: Locale) -> tuple[str, ...]:
    told = [
        "These feeds tell neither trips, nor trips per bike and day, nor what any one rider met:"
        " movements are a lower bound."
    ]
    if report.coverage.cadence_min:
        every = locale.number(report.coverage.cadence_min)
        told.append(
            f"One observation every {every}{FIXED}min: what is shorter can go unseen,"
            " and lengths are known to that step."
        )
    lost = selection.lost_minutes(report)
    if lost:
        told.append(f"Time not observed ({locale.duration(lost)}) counts neither way.")
    told.append("Stations out of service count as neither empty nor full.")
    return tuple(told)


def _against(
    compared: Comparison | None,
    report: DayReport,
    locale: Locale,
    said: Callable[[Baseline, Locale], tuple[str, str]],
) -> list[str]:
    """The change since each baseline there is."""
    told = []
    for name, baseline in selection.baselines(compared):
        change, link = said(baseline, locale)
        median = f"the median of the last {len(baseline.dates)} {locale.weekdays(report.weekday)}"
        against = median if name == "weekday_median" else _NAMES[name]
        told.append(f"{change} {link} {against}{_common(baseline, report, locale)}")
    return told


def _baseline(name: selection.BaselineName, report: DayReport, locale: Locale) -> str:
    return f"the median {locale.weekday(report.weekday)}" if name == "weekday_median" else _NAMES[name]


def _common(baseline: Baseline, report: DayReport, locale: Locale) -> str:
    """Over how much of the day it is compared, where that is not all that was observed of it."""
    if not selection.is_over_less(baseline, report):
        return ""
    over = locale.duration(baseline.common_minutes)
    return f" (over {over} observed on both)" if len(baseline.dates) == 1 else f" (over {over} at least)"


def _share_change(baseline: Baseline, locale: Locale) -> tuple[str, str]:
    if round(100 * baseline.change, 1) == 0:
        return "the same", "as"
    return f"{locale.points(baseline.change)} {'more' if baseline.change > 0 else 'less'}", "than"


def _relative_change(baseline: Baseline, locale: Locale) -> tuple[str, str]:
    share = baseline.change / baseline.value if baseline.value else None
    return (locale.signed_percent(share) if share is not None else locale.signed(baseline.change), "against")
