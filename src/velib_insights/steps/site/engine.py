"""The engine asked for given hours: a day of the past, a view as it stood, or one moment asked many questions."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from velib_insights.adapters.duckdb_engine import DuckDbEngine
from velib_insights.adapters.lake_files import LakeFiles
from velib_insights.adapters.query_limits import QueryLimits
from velib_insights.core.catalogue.tables import SOURCE_VELIB, TABLES, TICKS, Table
from velib_insights.core.catalogue.views import view as view_named
from velib_insights.core.errors import NothingThere
from velib_insights.core.ticks.future import Clock
from velib_insights.core.ticks.tick import Hour, Tick
from velib_insights.sql import TICKS_MARGIN_H

if TYPE_CHECKING:
    import pyarrow as pa

    from velib_insights.adapters.lake import Entry, Lake

_FARTHEST_H = 24 * 32
# Whatever is asked of a day: a local day of 25 hours, the same time yesterday, the window of every KPI of a day.
HELD_H = 26
_HELD = ("observed_ticks", "station_observations")
_SHOWN = ("latest_tick", "network_ticks")


class SpanEngine(DuckDbEngine):
    """A session as any other, which also reads the files of a given span and no others."""

    def show(
        self, first: Hour | None, last: Hour | None, *names: str, ticks_until: Hour | None = None
    ) -> None:
        """Define the named tables and views over the hours from `first` to `last`, for `ask` to ask; None is open.

        Ticks are shown from a day before, by which they are judged, until `ticks_until`, else `last`.
        """

        def entries_of(table: Table, files: LakeFiles) -> list[Entry]:
            if table is SOURCE_VELIB:
                return files.between(first, last)
            return files.between(first and first.back(TICKS_MARGIN_H), ticks_until or last)

        self._show(names, entries_of)

    def show_spans(self, spans: Sequence[tuple[Hour, Hour, Hour]], *names: str) -> None:
        """`show` over several spans, each from its first hour to its last with ticks until the third, earliest first;
        what comes between is left out."""

        def entries_of(table: Table, files: LakeFiles) -> list[Entry]:
            found = [
                files.between(first, last)
                if table is SOURCE_VELIB
                else files.between(first.back(TICKS_MARGIN_H), ticks_until)
                for first, last, ticks_until in spans
            ]
            return list(dict.fromkeys(entry for entries in found for entry in entries))

        self._show(names, entries_of)

    def _show(self, names: Sequence[str], entries_of: Callable[[Table, LakeFiles], list[Entry]]) -> None:
        tables, views = self._needed(list(names))
        for table in tables:
            files = LakeFiles(self._lake, table.tier.format(source=self._source))
            self._define_table(table, entries_of(table, files))
        for view in views:
            self._define_view(view)

    def show_ticks(self, first: Hour, last: Hour, latest: Hour) -> None:
        """The ticks of these hours and of a day before, and of `latest`: what comes between is left out."""
        files = LakeFiles(self._lake, TICKS.tier)
        entries = files.between(first.back(TICKS_MARGIN_H), last) + files.between(latest, latest)
        self._define_table(TICKS, entries)

    def ask(self, sql: str) -> pa.Table:
        """The answer to our own `sql` over what is shown."""
        return self._run(sql)

    def as_of(self, name: str, last: Hour) -> pa.Table:
        """Every row of a view as it stood at the end of that hour: "now" is the latest tick observed until then.

        Raises NothingThere where nothing was observed in the month before it.
        """
        window_h = view_named(name).window_h
        now = Tick(self.observed_until(last)).hour
        first = self._first_hour() if window_h is None else now.back(window_h)
        self.show(first, last, name)
        return self.ask(f"SELECT * FROM {name}")  # noqa: S608 - a name of the catalogue

    def observed_until(self, last: Hour) -> int:
        """The latest tick observed until the end of that hour, in seconds since 1970. Raises NothingThere."""
        for hours in (TICKS_MARGIN_H, _FARTHEST_H):
            first = last.back(hours)
            self.show(first, last, "latest_tick")
            found = self.ask("SELECT snapshot_epoch FROM latest_tick").column(0)
            # A tick of the day before the span lacks what it is judged by.
            if len(found) and found[0].as_py() >= first.epoch:
                epoch: int = found[0].as_py()
                return epoch
        raise NothingThere(f"nothing was observed in the month before {last}")

    def last_observed_before(self, epoch: int) -> int | None:
        """The latest observed tick before `epoch` of those that are shown."""
        found = self.ask(
            f"SELECT max(snapshot_epoch) FROM observed_ticks WHERE is_observed AND snapshot_epoch < {epoch}"  # noqa: S608
        )
        seen: int | None = found.column(0)[0].as_py()
        return seen

    def first_tick_of(self, hour: Hour) -> int:
        """The first tick of an hour of the ledger, observed or not."""
        self.show(hour, hour, "ticks")
        epoch: int = self.ask("SELECT min(snapshot_epoch) FROM ticks").column(0)[0].as_py()
        return epoch

    def _first_hour(self) -> Hour:
        return min(
            Hour.parse(dates[0], "00")
            for table in TABLES
            if (dates := LakeFiles(self._lake, table.tier.format(source=self._source)).dates())
        )


class RecentWindowEngine(SpanEngine):
    """The day before the latest observed tick, read once and held in memory, for the many questions about now.

    Ten views asked one by one would read the same files and judge the same ticks ten times. It stays at its moment;
    a new tick wants a new one. Raises NothingThere for a lake without an observed tick.
    """

    def __init__(
        self, lake: Lake, source: str, limits: QueryLimits | None = None, clock: Clock = time.time
    ) -> None:
        super().__init__(lake, source, limits, clock)
        self.now_hour = self.latest_observed_hour()
        self.close()
        tables, files = self._needed(list(_HELD))
        for table in tables:
            lake_files = LakeFiles(lake, table.tier.format(source=source))
            margin_h = HELD_H if table is SOURCE_VELIB else HELD_H + TICKS_MARGIN_H
            self._define_table(table, lake_files.between(self.now_hour.back(margin_h), None))
        for file in files:
            self._run_definition(f"CREATE TEMP TABLE {file.name} AS {file.text}")
        for name in _SHOWN:
            self._define_view(self._views[name])

    def give(self, name: str, rows: pa.Table) -> None:
        """Have these rows, which another engine told as of the same moment, stand for a view."""
        connection = self._connect()
        connection.register("given", rows)
        self._run_definition(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM given")  # noqa: S608 - our own
        connection.unregister("given")

    def view(self, name: str) -> pa.Table:
        """Every row of a view whose window is a day at most, or whose longer past was given."""
        return self.ask(self._views[name].text)


class AsOfEngine:
    """The views as they stood at the end of an hour, for `kpi` to ask as it asks any engine."""

    def __init__(self, engine: SpanEngine, last: Hour) -> None:
        self._engine = engine
        self._last = last

    def view(self, name: str) -> pa.Table:
        return self._engine.as_of(name, self._last)

    def query(self, sql: str) -> pa.Table:
        return self._engine.query(sql)
