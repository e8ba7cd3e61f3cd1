"""The report as one HTML file that needs nothing else: no script, no font, no request; light, dark and on paper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from importlib.resources import files

from velib_insights.core.insights.labels import RATIOS, label
from velib_insights.core.insights.report import Baseline, Comparison, DayReport, HistoryState, Station, Zone
from velib_insights.core.insights.sentences import NOTICES
from velib_insights.core.locale import Language, Locale
from velib_insights.pages.report_curve import curve

_FIGURES = ("bike_availability", "dock_availability", "unusable_share", "bikes_moved")
_UNKNOWN = "–"


_LOCALES: dict[Language, str] = {"fr": "fr_FR", "en": "en_GB"}
_SENTENCES_ON_A_CARD = 2


def _card(title: str, sentences: Sequence[str], report: DayReport, language: Language) -> str:
    """What a link to the document shows where it is shared: its title and first sentences."""
    first = " ".join(sentences[:_SENTENCES_ON_A_CARD])
    told = {
        "og:type": "article",
        "og:title": title,
        "og:description": first,
        "og:site_name": f"{label('title', language)} – {report.network_name}",
        "og:locale": _LOCALES[language],
    }
    lines = [f'<meta name="description" content="{escape(first)}">']
    lines += [f'<meta property="{name}" content="{escape(text)}">' for name, text in told.items()]
    return "".join(f"{line}\n" for line in lines)


def html(report: DayReport, language: Language) -> str:
    """The whole document."""
    locale = Locale(language, report.timezone)
    said = dict(zip(report.topics, report.sentences[language], strict=True))
    title = f"{report.network_name} – {locale.day(report.date)}"
    notices = "".join(f'<p class="notice">{escape(said[topic])}</p>\n' for topic in NOTICES if topic in said)
    body = "".join(
        (
            _figures(report, locale),
            _curve(report, locale),
            _story({topic: text for topic, text in said.items() if topic not in NOTICES}, language),
            _comparisons(report, locale),
            _zones(report, locale),
            _stations("worst_stations", report.stations.worst, locale),
            _stations("best_stations", report.stations.best, locale),
            _chronic(report, locale),
            _section("unknown", language, _listed(report.cannot_be_known[language])),
        )
    )
    return f"""<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(title)}</title>
{_card(title, [text for topic, text in said.items() if topic not in NOTICES], report, language)}<style>{style()}</style>
</head>
<body>
<header>
<p>{escape(label("title", language))} – {escape(report.network_name)}</p>
<h1>{escape(locale.day(report.date))}</h1>
{notices}</header>
<main>
{body}</main>
<footer>{escape(report.attribution[language])}</footer>
</body>
</html>
"""


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


def _figures(report: DayReport, locale: Locale) -> str:
    compared = {each.measure: each for each in report.comparisons}
    told = [compared[measure] for measure in _FIGURES if measure in compared]
    if not told:
        return ""
    tiles = "".join(_tile(each, locale) for each in told)
    return f'<dl class="figures">\n{tiles}</dl>\n'


def _tile(each: Comparison, locale: Locale) -> str:
    baselines = (("day_before", each.day_before), ("week_before", each.week_before))
    changes = ", ".join(
        f"{change(each.measure, base, locale)} / {label(name, locale.language).lower()}"
        for name, base in baselines
        if base
    )
    more = f'<dd class="change">{escape(changes)}</dd>' if changes else ""
    return (
        f"<div><dt>{escape(label(each.measure, locale.language))}</dt>"
        f"<dd>{escape(figure(each.measure, each.value, locale))}</dd>{more}</div>\n"
    )


def _curve(report: DayReport, locale: Locale) -> str:
    drawn = curve(report, locale)
    return _section("curve", locale.language, drawn) if drawn else ""


def _story(said: dict[str, str], language: Language) -> str:
    rows = "".join(
        f"<div><dt>{escape(label(topic, language))}</dt><dd>{escape(text)}</dd></div>\n"
        for topic, text in said.items()
    )
    return _section("happened", language, f'<dl class="story">\n{rows}</dl>\n') if rows else ""


def _comparisons(report: DayReport, locale: Locale) -> str:
    if not any(each.day_before or each.week_before or each.weekday_median for each in report.comparisons):
        return ""

    def before(measure: str, baseline: Baseline | None, state: HistoryState) -> str:
        if baseline is None:
            why = state if state in ("no_history", "not_comparable") else "not_comparable"
            return f"<small>{escape(label(why, locale.language))}</small>"
        since = escape(change(measure, baseline, locale))
        if baseline.common_minutes < report.coverage.observed_minutes:
            since += f" / {escape(locale.duration(baseline.common_minutes))}"
        return f"{escape(figure(measure, baseline.value, locale))} <small>({since})</small>"

    rows = [
        [
            escape(label(each.measure, locale.language)),
            escape(figure(each.measure, each.value, locale)),
            before(each.measure, each.day_before, report.history.day_before),
            before(each.measure, each.week_before, report.history.week_before),
            before(each.measure, each.weekday_median, report.history.weekday_median),
        ]
        for each in report.comparisons
    ]
    names = ("measure", "day", "day_before", "week_before", "weekday_median")
    return _section("against", locale.language, _table(names, rows, locale.language))


def _zones(report: DayReport, locale: Locale) -> str:
    if not report.zones:
        return ""
    most = max((zone.unusable_share or 0 for zone in report.zones), default=0)
    rows = [_zone(zone, most, locale) for zone in report.zones]
    names = (
        *("zone", "stations", "unusable_share", "", "outage_minutes", "short_minutes", "no_dock_minutes"),
        *("morning_net", "evening_net", "ebike_share"),
    )
    return _section("by_zone", locale.language, _table(names, rows, locale.language, bar_at=3))


def _zone(zone: Zone, most: float, locale: Locale) -> list[str]:
    share = zone.unusable_share
    width = 100 * (share or 0) / most if most else 0
    bar = (
        '<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="track" width="100" height="8"/><rect class="fill" width="{width:.1f}" height="8"/></svg>'
    )
    return [
        escape(zone.zone_name),
        locale.number(zone.stations),
        _UNKNOWN if share is None else locale.percent(share),
        bar,
        locale.number(zone.outage_minutes),
        locale.number(zone.short_minutes),
        locale.number(zone.no_dock_minutes),
        _UNKNOWN if zone.morning_net_bikes is None else locale.signed(zone.morning_net_bikes),
        _UNKNOWN if zone.evening_net_bikes is None else locale.signed(zone.evening_net_bikes),
        _UNKNOWN if zone.ebike_share is None else locale.percent(zone.ebike_share),
    ]


def _stations(name: str, stations: Sequence[Station], locale: Locale) -> str:
    if not stations:
        return ""
    rows = [
        [
            f"{escape(station.name or _UNKNOWN)} <small>{escape(station.station_code)}</small>",
            escape(station.zone_name),
            locale.number(station.outage_minutes),
            locale.number(station.short_minutes),
            locale.number(station.no_dock_minutes),
            _UNKNOWN if station.bikes_moved is None else locale.number(station.bikes_moved),
        ]
        for station in stations
    ]
    names = ("station", "zone", "outage_minutes", "short_minutes", "no_dock_minutes", "bikes_moved")
    return _section(name, locale.language, _table(names, rows, locale.language))


def _chronic(report: DayReport, locale: Locale) -> str:
    if not report.chronic:
        return ""
    rows = [
        [
            f"{escape(station.name or _UNKNOWN)} <small>{escape(station.station_code)}</small>",
            escape(station.zone_name or _UNKNOWN),
            f"{locale.number(station.days_failed)} / {locale.number(station.days_observed)}",
            locale.percent(station.unusable_share),
        ]
        for station in report.chronic
    ]
    names = ("station", "zone", "days_failed", "unusable_share")
    return _section("chronic_stations", locale.language, _table(names, rows, locale.language))


def _table(
    names: Sequence[str], rows: Iterable[Sequence[str]], language: Language, bar_at: int | None = None
) -> str:
    """Cells are HTML; `names` are labels, and an empty one heads the bars."""
    head = "".join(
        f'<th scope="col">{escape(label(name, language))}</th>' if name else "<td></td>" for name in names
    )
    body = "".join(
        "<tr>"
        + "".join(
            f'<td class="bar">{cell}</td>' if at == bar_at else f"<td>{cell}</td>"
            for at, cell in enumerate(row)
        )
        + "</tr>\n"
        for row in rows
    )
    return f'<div class="wide"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table></div>\n'


def _listed(texts: Iterable[str]) -> str:
    items = "".join(f"<li>{escape(text)}</li>\n" for text in texts)
    return f"<ul>\n{items}</ul>\n"


def _section(name: str, language: Language, content: str) -> str:
    return f"<section>\n<h2>{escape(label(name, language))}</h2>\n{content}</section>\n"
