"""The reports of the days on the site: each as JSON for the page, and as a document to cite in either language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from velib_insights.core.catalogue.tables import TABLES
from velib_insights.core.insights.report import DayEntry, encode_report, entry_of
from velib_insights.core.locale import LANGUAGES
from velib_insights.core.network import Network
from velib_insights.core.ticks.tick import Hour
from velib_insights.pages.report_html import html
from velib_insights.steps.insights import day_report, latest_day
from velib_insights.steps.network import read_network
from velib_insights.steps.site.engine import SpanEngine
from velib_insights.steps.site.ledger import Ledger, LocalDay
from velib_insights.steps.site.manifest import DayLine

if TYPE_CHECKING:
    from datetime import date

    import pyarrow as pa

    from velib_insights.adapters.lake import Lake
    from velib_insights.adapters.query_limits import QueryLimits
    from velib_insights.core.insights.report import DayReport

FOLDER = "insights"
INDEX = f"{FOLDER}/index.json"
_LOOKS_BACK_H = 24 * 35  # a window of 33 days, and the day by which its first ticks are judged
_LOOKS_ON_H = 24 * 3
_LONGEST_DARK_S = 86_400  # a day's last observation is told of by the next one, if that came within a day


def batch_name(date: str) -> str:
    return f"{FOLDER}/{date}"


def span_of(day: LocalDay, lines: dict[str, DayLine]) -> tuple[Hour, Hour]:
    """The hours that a day's report is made from: a month back, and on to the first observed tick after the day."""
    later = (
        line.first_observed_epoch
        for date, line in lines.items()
        if date > str(day) and line.first_observed_epoch
    )
    limit = day.end_epoch + _LONGEST_DARK_S
    end_epoch = min(next(later, limit), limit)
    return day.first.back(_LOOKS_BACK_H), Hour(end_epoch - end_epoch % 3600)


def report_files(
    engine: SpanEngine, day: LocalDay, timezone: str, ledger: Ledger, network: Network | None = None
) -> tuple[DayEntry, list[tuple[str, bytes]]]:
    """The day's line in the list of reports, and its files."""
    report = day_report(_OfDay(engine, day, ledger), day.on, timezone=timezone, network=network)
    documents = [
        (f"{batch_name(str(day))}.{language}.html", html(report, language)) for language in LANGUAGES
    ]
    files = [(f"{batch_name(str(day))}.json", encode_report(report))]
    return entry_of(report), files + [(path, text.encode()) for path, text in documents]


def report_of(
    lake: Lake, source: str, day: date | None, timezone: str, limits: QueryLimits | None = None
) -> DayReport:
    """The report of one day, of the latest one with data if None, that reads no more of the lake than it needs.

    Raises NothingThere for a lake without data, and for a day before its first tick or after its last.
    """
    engine = SpanEngine(lake, source, limits)
    try:
        chosen = LocalDay.of(day or latest_day(engine), timezone)
        ledger = Ledger.of(lake)
        is_among = ledger.versions and ledger.first <= chosen.last and chosen.first <= ledger.last
        return day_report(
            _OfDay(engine, chosen, ledger) if is_among else engine,
            chosen.on,
            timezone=timezone,
            network=read_network(lake),
        )
    finally:
        engine.close()


class _OfDay:
    """The part of the lake that a day's report reads: the month before it and the days after it, if any."""

    def __init__(self, engine: SpanEngine, day: LocalDay, ledger: Ledger) -> None:
        first, last = day.first.back(_LOOKS_BACK_H), Hour(day.last.epoch + 3600 * _LOOKS_ON_H)
        engine.show(first, last, *(table.name for table in TABLES))
        if ledger.last > last:
            engine.show_ticks(first, last, ledger.last)
        self._engine = engine

    def view(self, name: str) -> pa.Table:
        return self._engine.ask(f"SELECT * FROM {name}")  # noqa: S608 - a name of the catalogue

    def query(self, sql: str) -> pa.Table:
        return self._engine.ask(sql)
