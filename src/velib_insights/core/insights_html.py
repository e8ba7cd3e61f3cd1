"""The report as one HTML file that needs nothing else: no script, no font, no request; light, dark and on paper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from html import escape
from importlib.resources import files

from velib_insights.core.insights_curve import curve
from velib_insights.core.insights_labels import RATIOS, label
from velib_insights.core.insights_report import Baseline, Comparison, DayReport, HistoryState, Station, Zone
from velib_insights.core.insights_sentences import NOTICES
from velib_insights.core.insights_words import Language, Words

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
    words = Words(language, report.timezone)
    said = dict(zip(report.topics, report.sentences[language], strict=True))
    title = f"{report.network_name} – {words.day(report.date)}"
    notices = "".join(f'<p class="notice">{escape(said[topic])}</p>\n' for topic in NOTICES if topic in said)
    body = "".join(
        (
            _figures(report, words),
            _curve(report, words),
            _story({topic: text for topic, text in said.items() if topic not in NOTICES}, language),
            _comparisons(report, words),
            _zones(report, words),
            _stations("worst_stations", report.stations.worst, words),
            _stations("best_stations", report.stations.best, words),
            _chronic(report, words),
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
<h1>{escape(words.day(report.date))}</h1>
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
    return (files("velib_insights.core") / "insights_page.css").read_text(encoding="utf-8")


def figure(measure: str, value: float, words: Words) -> str:
    """A compared measure as its language writes it."""
    return words.percent(value) if measure in RATIOS else words.number(round(value))


def change(measure: str, baseline: Baseline, words: Words) -> str:
    """The change since a baseline: points of a share, per cent of a count."""
    if measure in RATIOS:
        unit = "pt" if abs(round(100 * baseline.change, 1)) < 2 else "pts"
        return f"{words.signed(100 * baseline.change, 1)} {unit}"
    if baseline.value:
        return words.signed_percent(baseline.change / baseline.value)
    return words.signed(round(baseline.change))


def _figures(report: DayReport, words: Words) -> str:
    compared = {each.measure: each for each in report.comparisons}
    told = [compared[measure] for measure in _FIGURES if measure in compared]
    if not told:
        return ""
    tiles = "".join(_tile(each, words) for each in told)
    return f'<dl class="figures">\n{tiles}</dl>\n'


def _tile(each: Comparison, words: Words) -> str:
    baselines = (("day_before", each.day_before), ("week_before", each.week_before))
    changes = ", ".join(
        f"{change(each.measure, base, words)} / {label(name, words.language).lower()}"
        for name, base in baselines
        if base
    )
    more = f'<dd class="change">{escape(changes)}</dd>' if changes else ""
    return (
        f"<div><dt>{escape(label(each.measure, words.language))}</dt>"
        f"<dd>{escape(figure(each.measure, each.value, words))}</dd>{more}</div>\n"
    )


def _curve(report: DayReport, words: Words) -> str:
    drawn = curve(report, words)
    return _section("curve", words.language, drawn) if drawn else ""


def _story(said: dict[str, str], language: Language) -> str:
    rows = "".join(
        f"<div><dt>{escape(label(topic, language))}</dt><dd>{escape(text)}</dd></div>\n"
        for topic, text in said.items()
    )
    return _section("happened", language, f'<dl class="story">\n{rows}</dl>\n') if rows else ""


def _comparisons(report: DayReport, words: Words) -> str:
    if not any(each.day_before or each.week_before or each.weekday_median for each in report.comparisons):
        return ""

    def before(measure: str, baseline: Baseline | None, state: HistoryState) -> str:
        if baseline is None:
            why = state if state in ("no_history", "not_comparable") else "not_comparable"
            return f"<small>{escape(label(why, words.language))}</small>"
        since = escape(change(measure, baseline, words))
        if baseline.common_minutes < report.coverage.observed_minutes:
            since += f" / {escape(words.duration(baseline.common_minutes))}"
        return f"{escape(figure(measure, baseline.value, words))} <small>({since})</small>"

    rows = [
        [
            escape(label(each.measure, words.language)),
            escape(figure(each.measure, each.value, words)),
            before(each.measure, each.day_before, report.history.day_before),
            before(each.measure, each.week_before, report.history.week_before),
            before(each.measure, each.weekday_median, report.history.weekday_median),
        ]
        for each in report.comparisons
    ]
    names = ("measure", "day", "day_before", "week_before", "weekday_median")
    return _section("against", words.language, _table(names, rows, words.language))


def _zones(report: DayReport, words: Words) -> str:
    if not report.zones:
        return ""
    most = max((zone.unusable_share or 0 for zone in report.zones), default=0)
    rows = [_zone(zone, most, words) for zone in report.zones]
    names = (
        *("zone", "stations", "unusable_share", "", "outage_minutes", "short_minutes", "no_dock_minutes"),
        *("morning_net", "evening_net", "ebike_share"),
    )
    return _section("by_zone", words.language, _table(names, rows, words.language, bar_at=3))


def _zone(zone: Zone, most: float, words: Words) -> list[str]:
    share = zone.unusable_share
    width = 100 * (share or 0) / most if most else 0
    bar = (
        '<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="track" width="100" height="8"/><rect class="fill" width="{width:.1f}" height="8"/></svg>'
    )
    return [
        escape(zone.zone_name),
        words.number(zone.stations),
        _UNKNOWN if share is None else words.percent(share),
        bar,
        words.number(zone.outage_minutes),
        words.number(zone.short_minutes),
        words.number(zone.no_dock_minutes),
        _UNKNOWN if zone.morning_net_bikes is None else words.signed(zone.morning_net_bikes),
        _UNKNOWN if zone.evening_net_bikes is None else words.signed(zone.evening_net_bikes),
        _UNKNOWN if zone.ebike_share is None else words.percent(zone.ebike_share),
    ]


def _stations(name: str, stations: Sequence[Station], words: Words) -> str:
    if not stations:
        return ""
    rows = [
        [
            f"{escape(station.name or _UNKNOWN)} <small>{escape(station.station_code)}</small>",
            escape(station.zone_name),
            words.number(station.outage_minutes),
            words.number(station.short_minutes),
            words.number(station.no_dock_minutes),
            _UNKNOWN if station.bikes_moved is None else words.number(station.bikes_moved),
        ]
        for station in stations
    ]
    names = ("station", "zone", "outage_minutes", "short_minutes", "no_dock_minutes", "bikes_moved")
    return _section(name, words.language, _table(names, rows, words.language))


def _chronic(report: DayReport, words: Words) -> str:
    if not report.chronic:
        return ""
    rows = [
        [
            f"{escape(station.name or _UNKNOWN)} <small>{escape(station.station_code)}</small>",
            escape(station.zone_name or _UNKNOWN),
            f"{words.number(station.days_failed)} / {words.number(station.days_observed)}",
            words.percent(station.unusable_share),
        ]
        for station in report.chronic
    ]
    names = ("station", "zone", "days_failed", "unusable_share")
    return _section("chronic_stations", words.language, _table(names, rows, words.language))


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
