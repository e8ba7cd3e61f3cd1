"""The day's curve as SVG: stations without a bike and without a dock at each tick, and the time not observed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from html import escape

from velib_insights.core.insights.facts import Day
from velib_insights.core.insights.labels import label
from velib_insights.core.insights.report import DayReport, Moment
from velib_insights.core.locale import Locale
from velib_insights.core.ticks.local_time import zone_info

_WIDTH, _HEIGHT = 960, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 12, 14, 26
_HOURS = (0, 3, 6, 9, 12, 15, 18, 21)
_STEPS = (1, 2, 5)


def curve(report: DayReport, locale: Locale) -> str:
    """The drawing and its key; empty where nothing was observed."""
    seen = [moment for moment in report.moments if moment.operative_stations is not None]
    if not seen:
        return ""
    day = Day(date.fromisoformat(report.date), report.timezone)
    top = _round_top(max(max(m.short_stations or 0, m.no_dock_stations or 0) for m in seen))

    def x(epoch: int) -> float:
        share = (epoch - day.start_epoch) / (day.end_epoch - day.start_epoch)
        return round(_LEFT + share * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(count: int) -> float:
        return round(_HEIGHT - _BOTTOM - count / top * (_HEIGHT - _TOP - _BOTTOM), 1)

    parts = [
        f'<rect class="unseen" x="{x(first)}" y="{_TOP}" width="{x(end) - x(first):.1f}"'
        f' height="{_HEIGHT - _TOP - _BOTTOM}"/>'
        for first, end in unobserved(report, day)
    ]
    for count in (0, top / 2, top) if top > 1 else (0, top):
        parts.append(f'<path class="grid" d="M{_LEFT} {y(int(count))}H{_WIDTH - _RIGHT}"/>')
        parts.append(
            f'<text x="{_LEFT - 6}" y="{y(int(count)) + 4}" text-anchor="end">{locale.number(int(count))}</text>'
        )
    for hour in _HOURS:
        at = int(datetime.combine(day.local_date, time(hour), zone_info(day.timezone)).timestamp())
        parts.append(
            f'<text x="{x(at)}" y="{_HEIGHT - 8}" text-anchor="middle">{escape(locale.hour(hour))}</text>'
        )
    if report.worst_moment and report.worst_moment.unusable_stations:
        parts.append(f'<path class="worst" d="M{x(report.worst_moment.epoch)} {_TOP}V{_HEIGHT - _BOTTOM}"/>')
    for kind, name in (("short", "short_stations"), ("no_dock", "no_dock_stations")):
        for run in _runs(report.moments):
            points = " L".join(f"{x(moment.epoch)} {y(getattr(moment, name))}" for moment in run)
            parts.append(f'<path class="{kind}" d="M{points}{"h.1" if len(run) == 1 else ""}"/>')
    said = dict(zip(report.topics, report.sentences[locale.language], strict=True)).get("worst_moment", "")
    return (
        f'<div class="wide"><svg class="curve" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"'
        f' aria-label="{escape(said)}">\n' + "\n".join(parts) + f"\n</svg></div>\n{_key(report, day, locale)}"
    )


def unobserved(report: DayReport, day: Day) -> list[tuple[int, int]]:
    """The spans of the day, in epochs, for which no observation holds; what is still to come is none of them."""
    end = day.start_epoch + 60 * report.coverage.elapsed_minutes
    spans: list[tuple[int, int]] = []
    held_s = sum(min(moment.held_s, end - moment.epoch) for moment in report.moments)
    # What of the day is observed and held by none of its ticks is held by the last one of the day before.
    known_until = day.start_epoch + max(0, 60 * report.coverage.observed_minutes - held_s)
    for moment in report.moments:
        if moment.operative_stations is None:
            continue
        if moment.epoch > known_until:
            spans.append((known_until, moment.epoch))
        known_until = min(moment.epoch + moment.held_s, end)
    if known_until < end:
        spans.append((known_until, end))
    return spans


def _runs(moments: Sequence[Moment]) -> list[list[Moment]]:
    """Observations each of which holds until the next: between two runs nothing is known, and no line is drawn."""
    runs: list[list[Moment]] = []
    known_until = None
    for moment in moments:
        if moment.operative_stations is None:
            continue
        if known_until is None or moment.epoch > known_until:
            runs.append([])
        runs[-1].append(moment)
        known_until = moment.epoch + moment.held_s
    return runs


def _round_top(most: int) -> int:
    """A round number not below `most`, and even where it is to be halved."""
    scale = 1
    while True:
        for step in _STEPS:
            top = step * scale
            if top >= most and (top == 1 or top % 2 == 0):
                return top
        scale *= 10


def _key(report: DayReport, day: Day, locale: Locale) -> str:
    names = [("short", "short_stations"), ("no_dock", "no_dock_stations")]
    items = [
        f'<li><svg class="curve" viewBox="0 0 36 12" aria-hidden="true"><path class="{kind}" d="M2 6H34"/></svg>'
        f"{escape(label(name, locale.language))}</li>\n"
        for kind, name in names
    ]
    if unobserved(report, day):
        items.append(
            '<li><svg class="curve" viewBox="0 0 36 12" aria-hidden="true">'
            '<rect class="unseen" width="36" height="12"/></svg>'
            f"{escape(label('not_observed', locale.language))}</li>\n"
        )
    return f'<ul class="key">\n{"".join(items)}</ul>\n'
