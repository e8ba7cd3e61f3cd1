"""The day's curve: stations without a bike and without a dock at each tick, and the time not observed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import NamedTuple

from velib_insights.core.insights.facts import Day
from velib_insights.core.insights.report import DayReport, Moment
from velib_insights.core.locale import Locale
from velib_insights.core.ticks.local_time import zone_info

_WIDTH, _HEIGHT = 960, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 12, 14, 26
_HOURS = (0, 3, 6, 9, 12, 15, 18, 21)
_STEPS = (1, 2, 5)


class Curve(NamedTuple):
    """What `report_curve.svg` draws. Lengths and places are in units of the drawing."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    label: str
    unobserved: Sequence[tuple[float, float]]
    """(x, width) of the spans that were not observed."""
    counts: Sequence[tuple[float, str]]
    hours: Sequence[tuple[float, str]]
    worst: float | None
    lines: Sequence[tuple[str, Sequence[tuple[float, float]]]]
    """(kind, points), one line a run of observations."""


def curve(report: DayReport, locale: Locale) -> Curve | None:
    """The drawing; None where nothing was observed."""
    seen = [moment for moment in report.moments if moment.operative_stations is not None]
    if not seen:
        return None
    day = Day(date.fromisoformat(report.date), report.timezone)
    most = _round_top(max(max(m.short_stations or 0, m.no_dock_stations or 0) for m in seen))

    def x(epoch: int) -> float:
        share = (epoch - day.start_epoch) / (day.end_epoch - day.start_epoch)
        return round(_LEFT + share * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(count: int) -> float:
        return round(_HEIGHT - _BOTTOM - count / most * (_HEIGHT - _TOP - _BOTTOM), 1)

    def epoch_of(hour: int) -> int:
        return int(datetime.combine(day.local_date, time(hour), zone_info(day.timezone)).timestamp())

    worst = report.worst_moment if report.worst_moment and report.worst_moment.unusable_stations else None
    counts = (0, most // 2, most) if most > 1 else (0, most)
    return Curve(
        _WIDTH,
        _HEIGHT,
        _LEFT,
        _WIDTH - _RIGHT,
        _TOP,
        _HEIGHT - _BOTTOM,
        label=dict(zip(report.topics, report.sentences[locale.language], strict=True)).get(
            "worst_moment", ""
        ),
        unobserved=[(x(first), x(end) - x(first)) for first, end in unobserved(report, day)],
        counts=[(y(count), locale.number(count)) for count in counts],
        hours=[(x(epoch_of(hour)), locale.hour(hour)) for hour in _HOURS],
        worst=x(worst.epoch) if worst else None,
        lines=[
            (kind, [(x(moment.epoch), y(getattr(moment, name))) for moment in run])
            for kind, name in (("no_bike", "short_stations"), ("no_dock", "no_dock_stations"))
            for run in _runs(report.moments)
        ],
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
