"""The report as one HTML file that needs nothing else: no script, no font, no request; light, dark and on paper."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from importlib.resources import files
from typing import NamedTuple

from velib_insights.core.insights.labels import RATIOS, label
from velib_insights.core.insights.report import Baseline, Comparison, DayReport, HistoryState, Station, Zone
from velib_insights.core.insights.sentences import NOTICES
from velib_insights.core.locale import Language, Locale
from velib_insights.pages.report_curve import curve

_FIGURES = ("bike_availability", "dock_availability", "unusable_share", "bikes_moved")
_UNKNOWN = "–"
_OG_LOCALES: dict[Language, str] = {"fr": "fr_FR", "en": "en_GB"}
_SENTENCES_ON_A_CARD = 2


class Cell(NamedTuple):
    """A cell of a table: text, smaller text behind it, or a bar of so many per cent."""

    text: str = ""
    small: str = ""
    bar: float | None = None


class Table(NamedTuple):
    """Headings and rows; an empty heading stands above the bars."""

    names: Sequence[str]
    rows: Sequence[Sequence[Cell]]


class Figure(NamedTuple):
    name: str
    value: str
    changes: Sequence[str]


def html(report: DayReport, language: Language) -> str:
    """The whole document."""
    from velib_insights.pages.templates import render  # Jinja2 takes 40 ms, and few commands write documents

    locale = Locale(language, report.timezone)
    sentences = dict(zip(report.topics, report.sentences[language], strict=True))
    story = [(topic, text) for topic, text in sentences.items() if topic not in NOTICES]
    return render(
        "report.html",
        language=language,
        og_locale=_OG_LOCALES[language],
        label=partial(label, language=language),
        network=report.network_name,
        day=locale.day(report.date),
        summary=" ".join(text for _, text in story[:_SENTENCES_ON_A_CARD]),
        style=style(),
        notices=[sentences[topic] for topic in NOTICES if topic in sentences],
        figures=_figures(report, locale),
        curve=curve(report, locale),
        story=story,
        tables=(
            ("against", _comparisons(report, locale)),
            ("by_zone", _zones(report, locale)),
            ("worst_stations", _stations(report.stations.worst, locale)),
            ("best_stations", _stations(report.stations.best, locale)),
            ("chronic_stations", _chronic(report, locale)),
        ),
        cannot_be_known=report.cannot_be_known[language],
        attribution=report.attribution[language],
    )


@cache
def style() -> str:
    """The one style of every report."""
    return (files(__package__) / "report.css").read_text(encoding="utf-8")


def figure(measure: str, value: float, locale: Locale) -> str:
    """A compared measure as its language writes it."""
    return locale.percent(value) if measure in RATIOS else locale.number(round(value))


def change(measure: str, baseline: Baseline, locale: Locale) -> str:
    """The change since a baseline: points of a share, per cent of a count."""
    if measure in RATIOS:
        unit = "pt" if abs(round(100 * baseline.change, 1)) < 2 else "pts"
        return f"{locale.signed(100 * baseline.change, 1)} {unit}"
    if baseline.value:
        return locale.signed_percent(baseline.change / baseline.value)
    return locale.signed(round(baseline.change))


def _figures(report: DayReport, locale: Locale) -> list[Figure]:
    compared = {each.measure: each for each in report.comparisons}
    return [_figure(compared[measure], locale) for measure in _FIGURES if measure in compared]


def _figure(each: Comparison, locale: Locale) -> Figure:
    baselines = (("day_before", each.day_before), ("week_before", each.week_before))
    changes = [
        f"{change(each.measure, base, locale)} / {label(name, locale.language).lower()}"
        for name, base in baselines
        if base
    ]
    return Figure(label(each.measure, locale.language), figure(each.measure, each.value, locale), changes)


def _table(names: Sequence[str], rows: Sequence[Sequence[Cell]], locale: Locale) -> Table | None:
    """None without rows. `names` are labels."""
    return Table([name and label(name, locale.language) for name in names], rows) if rows else None


def _comparisons(report: DayReport, locale: Locale) -> Table | None:
    if not any(each.day_before or each.week_before or each.weekday_median for each in report.comparisons):
        return None

    def before(measure: str, baseline: Baseline | None, state: HistoryState) -> Cell:
        if baseline is None:
            why = state if state in ("no_history", "not_comparable") else "not_comparable"
            return Cell(small=label(why, locale.language))
        since = change(measure, baseline, locale)
        if baseline.common_minutes < report.coverage.observed_minutes:
            since += f" / {locale.duration(baseline.common_minutes)}"
        return Cell(figure(measure, baseline.value, locale), f"({since})")

    rows = [
        (
            Cell(label(each.measure, locale.language)),
            Cell(figure(each.measure, each.value, locale)),
            before(each.measure, each.day_before, report.history.day_before),
            before(each.measure, each.week_before, report.history.week_before),
            before(each.measure, each.weekday_median, report.history.weekday_median),
        )
        for each in report.comparisons
    ]
    return _table(("measure", "day", "day_before", "week_before", "weekday_median"), rows, locale)


def _zones(report: DayReport, locale: Locale) -> Table | None:
    most = max((zone.unusable_share or 0 for zone in report.zones), default=0)
    names = (
        *("zone", "stations", "unusable_share", "", "outage_minutes", "short_minutes", "no_dock_minutes"),
        *("morning_net", "evening_net", "ebike_share"),
    )
    return _table(names, [_zone(zone, most, locale) for zone in report.zones], locale)


def _zone(zone: Zone, most: float, locale: Locale) -> list[Cell]:
    share = zone.unusable_share
    return [
        Cell(zone.zone_name),
        Cell(locale.number(zone.stations)),
        Cell(_UNKNOWN if share is None else locale.percent(share)),
        Cell(bar=100 * (share or 0) / most if most else 0),
        Cell(locale.number(zone.outage_minutes)),
        Cell(locale.number(zone.short_minutes)),
        Cell(locale.number(zone.no_dock_minutes)),
        Cell(_UNKNOWN if zone.morning_net_bikes is None else locale.signed(zone.morning_net_bikes)),
        Cell(_UNKNOWN if zone.evening_net_bikes is None else locale.signed(zone.evening_net_bikes)),
        Cell(_UNKNOWN if zone.ebike_share is None else locale.percent(zone.ebike_share)),
    ]


def _stations(stations: Sequence[Station], locale: Locale) -> Table | None:
    rows = [
        (
            Cell(station.name or _UNKNOWN, station.station_code),
            Cell(station.zone_name),
            Cell(locale.number(station.outage_minutes)),
            Cell(locale.number(station.short_minutes)),
            Cell(locale.number(station.no_dock_minutes)),
            Cell(_UNKNOWN if station.bikes_moved is None else locale.number(station.bikes_moved)),
        )
        for station in stations
    ]
    names = ("station", "zone", "outage_minutes", "short_minutes", "no_dock_minutes", "bikes_moved")
    return _table(names, rows, locale)


def _chronic(report: DayReport, locale: Locale) -> Table | None:
    rows = [
        (
            Cell(station.name or _UNKNOWN, station.station_code),
            Cell(station.zone_name or _UNKNOWN),
            Cell(f"{locale.number(station.days_failed)} / {locale.number(station.days_observed)}"),
            Cell(locale.percent(station.unusable_share)),
        )
        for station in report.chronic or ()
    ]
    return _table(("station", "zone", "days_failed", "unusable_share"), rows, locale)
