"""DuckDB over the rollup: long questions, which read the months of their days and no other file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from velib_insights import sql
from velib_insights.adapters.duckdb_engine import DuckDbEngine
from velib_insights.adapters.rollup_files import months_between
from velib_insights.adapters.sql_text import quoted
from velib_insights.core.catalogue.history import CALENDAR, HISTORY
from velib_insights.core.catalogue.rollups import ROLLUPS

if TYPE_CHECKING:
    import pyarrow as pa

    from velib_insights.core.catalogue.tables import Table


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day that is asked for, its length in seconds, and the period in which it counts."""

    on: date
    period: str
    elapsed_s: int


class HistoryEngine(DuckDbEngine):
    def history(self, name: str, calendar: Sequence[CalendarDay], where: str = "") -> pa.Table:
        """Every row of a long question over these days, ascending, as far as `where`, an SQL predicate, allows."""
        views = {view.name: view for view in HISTORY}
        wanted = sql.upstream_of([name], sql.history())
        of_all = any(views[each].window == "all" for each in wanted & views.keys())
        first, last = (None, None) if of_all else (calendar[0].on, calendar[-1].on)
        for table in ROLLUPS:
            if table.name in wanted:
                self._show_months(table, first, last)
        self._show_calendar(calendar)
        for view in HISTORY:
            if view.name in wanted:
                self._define_as(view.name, view.text)
        return self._run(f"SELECT * FROM {name}{where}")  # noqa: S608 - a name of the catalogue

    def rollup_rows(self, table: Table, first: date, last: date, where: str = "") -> pa.Table:
        """The rows of a rollup table from the first to the last day, in the order of their grain."""
        self._show_months(table, first, last)
        between = f"local_date BETWEEN DATE '{first}' AND DATE '{last}'"
        condition = f"{where} AND {between}" if where else f" WHERE {between}"
        columns = ", ".join(column.name for column in table.columns)
        return self._run(f"SELECT {columns} FROM {table.name}{condition} ORDER BY {', '.join(table.grain)}")  # noqa: S608

    def _show_calendar(self, calendar: Sequence[CalendarDay]) -> None:
        """As a table, since a view of so many values would be bound anew by every question."""
        text = _values(calendar)
        if self._defined.get(CALENDAR.name) != text:
            self._run_definition(f"CREATE OR REPLACE TEMP TABLE {CALENDAR.name} AS {text}")
            self._defined[CALENDAR.name] = text

    def _show_months(self, table: Table, first: date | None, last: date | None) -> None:
        self._define_table(table, months_between(self._lake, table, first, last))


def _values(calendar: Sequence[CalendarDay]) -> str:
    rows = ", ".join(
        f"(DATE '{day.on}', {day.on.isoweekday()}, {quoted(day.period)}, {day.elapsed_s})" for day in calendar
    )
    return f"SELECT * FROM (VALUES {rows}) AS c (local_date, local_weekday, period, elapsed_s)"  # noqa: S608
