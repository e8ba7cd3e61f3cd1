"""DuckDB over the lake: the tables of the catalogue as views of named files, and the KPI views on top.

It reads the files that a question needs and no others: listing and opening a year of hours would cost more
than any answer. SQL given by a user can read the lake and nothing else.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from velib_insights.adapters.lake import Entry, Lake
from velib_insights.adapters.lake_files import LakeFiles
from velib_insights.adapters.query_limits import QueryLimits, time_limit
from velib_insights.adapters.rollup_files import months_between
from velib_insights.adapters.sql_text import instant, quoted
from velib_insights.core.catalogue.rollups import ROLLUPS
from velib_insights.core.catalogue.tables import SOURCE_VELIB, TABLES, TICKS, Column, Table
from velib_insights.core.catalogue.views import view as view_of
from velib_insights.core.errors import LakeError, NothingThere, QueryError
from velib_insights.core.ticks.future import Clock, is_ahead, latest_tick
from velib_insights.core.ticks.hour_span import HourSpan
from velib_insights.core.ticks.tick import Hour, Tick
from velib_insights.sql import TICKS_MARGIN_H, SqlFile, load_all, upstream_of

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

DUCKDB_TYPES = {
    "varchar": "VARCHAR",
    "integer": "INTEGER",
    "bigint": "BIGINT",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
    "timestamp": "TIMESTAMPTZ",
    "date": "DATE",
}


@dataclass(frozen=True, slots=True)
class _Judged:
    """What is known of the last days' ticks: which is "now", from which hour on, by which files of the ledger.

    `has_partial` says whether any of them is partial.
    """

    epoch: int
    has_partial: bool
    since: Hour | None
    ledger: tuple[int, tuple[Entry, ...], int]

    @property
    def now(self) -> Hour:
        return Hour(self.epoch - self.epoch % 3600)

    def covers(self, span: HourSpan) -> bool:
        return self.since is None or (span.first is not None and span.first >= self.since)


_OBSERVED = "observed_ticks"
_PARTIAL = "partial_observations"
_JUDGED_TICKS = "judged_ticks"
_TICK_FILES, _TICKS_READ = "tick_files", "ticks_read"
_MANY_FILES = 48
_RECENT_DATES = 4  # covers a window of 26 hours and the 26 before it, at any hour of the day


class DuckDbEngine:
    """A session over one lake; use it from one thread. Each question sees the lake as it is when asked.

    Ticks ahead of `clock` by more than a minute take no part in any answer.
    """

    def __init__(
        self, lake: Lake, source: str, limits: QueryLimits | None = None, clock: Clock = time.time
    ) -> None:
        self._clock = clock
        self._lake = lake
        self._source = source
        self._limits = limits or QueryLimits()
        self._files = {
            table.name: LakeFiles(lake, table.tier.format(source=source)) for table in (*TABLES, *ROLLUPS)
        }
        self._views = {file.name: file for file in load_all()}
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._defined: dict[str, str] = {}
        self._shown: dict[Table, list[Entry]] = {}
        self._differing: set[Table] = set()
        self._judged: _Judged | None = None

    def view(self, name: str) -> pa.Table:
        """Every row of a KPI or base view, reading only the files of its window.

        Raises QueryError for an unknown name, NothingThere for a lake without an observed tick.
        """
        file = self._views.get(name)
        if file is None:
            raise QueryError(f"there is no view {name!r}", hint="`velib kpi` lists them.")
        if file.window_h is None:
            if not self._files[TICKS.name].dates():
                raise self._nothing()
            self._define([name], HourSpan())
        else:
            judged = self._judge()
            span = HourSpan.of_window(judged.now, file.window_h)
            self._define([name], span, judged)
        return self._run(f"SELECT * FROM {name}")  # noqa: S608 - a name of the catalogue

    def query(self, sql: str, *, most_rows: int | None = None) -> pa.Table:
        """The answer to a user's one SELECT over the tables and views of the catalogue, or its first `most_rows`.

        Raises QueryError for SQL that is wrong, writes, or needs more than the limits.
        """
        import duckdb

        connection = self._connect()
        try:
            statements = connection.extract_statements(sql)
        except duckdb.Error as error:
            raise self._query_error(error) from error
        if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
            # EXPLAIN too is refused: EXPLAIN ANALYZE runs what it explains, and that may write.
            raise QueryError("only one SELECT can be run", hint="The lake is read-only here.")
        rollups = {table.name: table for table in ROLLUPS}
        known = {table.name for table in TABLES} | rollups.keys() | set(self._views)
        mentioned = [name for name in known if re.search(rf"\b{name}\b", sql, re.IGNORECASE)]
        for name in rollups.keys() & set(mentioned):
            self._define_table(rollups[name], months_between(self._lake, rollups[name], None, None))
        self._define([name for name in mentioned if name not in rollups], HourSpan())
        return self._run(sql, most_rows)

    def latest_observed_epoch(self) -> int:
        """The latest observed tick. Raises NothingThere."""
        return self._judge().epoch

    def latest_observed_hour(self) -> Hour:
        """The hour of the latest observed tick, looking back as far as it takes. Raises NothingThere."""
        return self._judge().now

    def _judge(self) -> _Judged:
        """The ticks of the last days, judged once and kept for as long as the ledger stays the same."""
        ticks = self._files[TICKS.name]
        latest = latest_tick(self._clock())
        held = ticks.dates()
        dates = [date for date in held if date <= latest.hour.date]
        if not held:
            raise self._nothing()
        recent = tuple(self._not_ahead(TICKS, ticks.on(dates[-_RECENT_DATES:]), latest))
        # A tick of this very hour may have been ahead a minute ago.
        marked = (len(dates), recent, latest.epoch if self._may_be_ahead(TICKS, recent, latest) else 0)
        if self._judged is not None and self._judged.ledger == marked:
            return self._judged
        days = _RECENT_DATES
        while True:
            if not dates:
                raise self._only_ahead(held[0])
            first = Hour.parse(dates[max(0, len(dates) - days)], "00")
            self._define_table(TICKS, list(recent) if days == _RECENT_DATES else ticks.between(first, None))
            self._run_definition(
                f"CREATE OR REPLACE TEMP TABLE {_JUDGED_TICKS} AS {self._views[_OBSERVED].text}"
            )
            self._define_as(_OBSERVED, f"SELECT * FROM {_JUDGED_TICKS}")  # noqa: S608 - our own names
            self._define_view(self._views["latest_tick"])
            rows = self._run("SELECT snapshot_epoch FROM latest_tick").column(0).to_pylist()
            # The first day read lacks the day before it, by which its ticks are judged.
            whole = days >= len(dates)
            trusted = first if whole else Hour(first.epoch + 3600 * TICKS_MARGIN_H)
            if rows and rows[0] >= trusted.epoch:
                self._judged = _Judged(rows[0], self._has_partial(), None if whole else trusted, marked)
                return self._judged
            if whole and not len(self._run("SELECT 1 AS one FROM ticks LIMIT 1")):
                raise self._only_ahead(held[0])
            if whole:
                raise NothingThere(
                    f"no tick in the lake {self._lake.name} could be observed",
                    hint="`velib doctor` says what was wrong with the feed.",
                )
            days *= 4

    def _has_partial(self) -> bool:
        sql = f"SELECT 1 AS one FROM {_JUDGED_TICKS} WHERE is_partial AND has_usable_rows LIMIT 1"  # noqa: S608
        return len(self._run(sql)) > 0

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection, self._judged = None, None
            self._defined.clear()
            self._shown.clear()
            self._differing.clear()

    def _nothing(self) -> NothingThere:
        return NothingThere(
            f"the lake {self._lake.name} has no cleaned data yet",
            hint="Fill it: velib run (one live tick), velib import PATH (recordings) or velib demo (simulated).",
        )

    def _only_ahead(self, first_date: str) -> NothingThere:
        return NothingThere(
            f"every tick in the lake {self._lake.name} is in the future by this machine's clock,"
            f" the first on {first_date}",
            hint="Set the clock right. If it is right, take the ticks out of the lake: velib remove-tick.",
        )

    def _not_ahead(self, table: Table, entries: Iterable[Entry], latest: Tick) -> list[Entry]:
        hour_of = self._files[table.name].hour_of
        return [entry for entry in entries if (hour := hour_of(entry)) is None or not is_ahead(hour, latest)]

    def _may_be_ahead(self, table: Table, entries: Iterable[Entry], latest: Tick) -> bool:
        """Whether one of these files, none of which is wholly ahead, may hold ticks that are."""
        hour_of = self._files[table.name].hour_of
        return any(hour_of(entry) == latest.hour for entry in entries)

    def _connect(self) -> duckdb.DuckDBPyConnection:
        import duckdb

        if self._connection is None:
            self._connection = connection = duckdb.connect()
            connection.execute("SET TimeZone = 'UTC'")
            # A table is one of the lake, never a variable of ours that happens to have its name.
            connection.execute("SET python_enable_replacements = false")
            connection.execute(f"SET memory_limit = '{self._limits.memory_mb}MB'")
            if self._limits.threads:
                connection.execute(f"SET threads = {self._limits.threads}")
            connection.execute("SET max_temp_directory_size = '0MB'")
            connection.execute("SET parquet_metadata_cache = true")
            folders = [f"{self._lake.root}/"] if self._lake.root else [f"{self._lake.cache_root}/"]
            connection.execute("SET allowed_directories = $1", [folders])
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
        return self._connection

    def _needed(self, names: list[str]) -> tuple[list[Table], list[SqlFile]]:
        """The tables and the views that these names stand on, they included; each view after what it reads."""
        wanted = upstream_of(names)
        tables = [table for table in TABLES if table.name in wanted]
        return tables, [file for name, file in self._views.items() if name in wanted]

    def _define(self, names: list[str], span: HourSpan, judged: _Judged | None = None) -> None:
        """The tables over the files of the span, and the views. Ticks judged before are not judged again."""
        tables, views = self._needed(names)
        known = judged is not None and judged.covers(span)
        for table in tables:
            if table is TICKS and known and "ticks" not in names:
                continue
            reach = span if table is SOURCE_VELIB else span.for_ticks()
            entries = self._files[table.name].between(reach.first, reach.last)
            self._define_table(table, entries, together=bool(views))
        for file in views:
            if known and file.name == _OBSERVED:
                self._define_as(_OBSERVED, f"SELECT * FROM {_JUDGED_TICKS}")  # noqa: S608 - our own names
            elif judged is not None and known and file.name == _PARTIAL and not judged.has_partial:
                # Otherwise every file of the span is planned a second time to find that it has no row.
                self._define_as(
                    _PARTIAL, f"SELECT {', '.join(map(_null, view_of(_PARTIAL).columns))} WHERE false"
                )
            else:
                self._define_view(file)

    def _define_table(self, table: Table, entries: list[Entry], *, together: bool = True) -> None:
        """The table over these files. A column that a file lacks, as it was written before there was one, is null.

        As long as no file lacks a column, only the first one's footer is read here; then all of them are. The ledger
        of many hours is read here if `together`, since views hold it, and what is held of a file of four rows takes
        the room of two thousand.
        """
        import duckdb

        latest = latest_tick(self._clock())
        entries = self._not_ahead(table, entries, latest)
        self._shown[table] = entries
        together = together and table is TICKS and len(entries) > _MANY_FILES
        name = _TICK_FILES if together else table.name
        try:
            self._define_as(name, self._text_of(table, entries, latest))
        except LakeError as error:
            if table in self._differing or not isinstance(error.__cause__, duckdb.BinderException):
                raise
            self._differing.add(table)
            self._define_as(name, self._text_of(table, entries, latest))
        if together:
            read = repr((entries, self._defined[name]))
            if self._defined.get(_TICKS_READ) != read:
                self._run_definition(f"CREATE OR REPLACE TEMP TABLE {_TICKS_READ} AS SELECT * FROM {name}")  # noqa: S608 - our own names
                self._defined[_TICKS_READ] = read
            self._define_as(table.name, f"SELECT * FROM {_TICKS_READ}")  # noqa: S608 - our own names

    def _text_of(self, table: Table, entries: list[Entry], latest: Tick) -> str:
        text = self._text_of_files(table, entries)
        if self._may_be_ahead(table, entries, latest):
            text += f" WHERE snapshot_at <= {instant(latest.epoch)}"
        return text

    def _text_of_files(self, table: Table, entries: list[Entry]) -> str:
        columns = (*table.columns, *table.partitions)
        if not entries:
            return f"SELECT {', '.join(map(_null, columns))} WHERE false"
        paths = ", ".join(quoted(path) for path in self._lake.paths(entries))
        types = ", ".join(f"'{column.name}': VARCHAR" for column in table.partitions)
        options = f"hive_partitioning = true, hive_types = {{{types}}}"
        if table not in self._differing:
            names = ", ".join(f'"{column.name}"' for column in columns)
            return f"SELECT {names} FROM read_parquet([{paths}], {options})"  # noqa: S608 - our own names
        files = f"read_parquet([{paths}], {options}, union_by_name = true)"
        known = {row[0] for row in self._run_definition(f"DESCRIBE SELECT * FROM {files}").fetchall()}  # noqa: S608
        names = ", ".join(f'"{c.name}"' if c.name in known else _null(c) for c in columns)
        return f"SELECT {names} FROM {files}"  # noqa: S608 - our own names

    def _read_differing(self, error: Exception) -> bool:
        """Where the error says that files differ in their columns: define the tables for such files, if still to do."""
        if "schema mismatch" not in str(error):
            return False
        plain = [table for table in self._shown if table not in self._differing]
        self._differing.update(plain)
        for table in plain:
            self._define_table(table, self._shown[table])
        return bool(plain)

    def _define_view(self, file: SqlFile) -> None:
        self._define_as(file.name, file.text)

    def _define_as(self, name: str, text: str) -> None:
        """Unless it is defined so already: views are bound anew by every query."""
        if self._defined.get(name) != text:
            self._defined.pop(name, None)
            self._run_definition(f"CREATE OR REPLACE TEMP VIEW {name} AS {text}")
            self._defined[name] = text

    def _run_definition(self, sql: str) -> duckdb.DuckDBPyConnection:
        import duckdb

        try:
            return self._connect().execute(sql)
        except duckdb.Error as error:
            if not self._read_differing(error):
                raise (self._query_error if _is_memory(error) else self._lake_error)(error) from error
        return self._run_definition(sql)

    def _run(self, sql: str, most_rows: int | None = None) -> pa.Table:
        import duckdb

        connection = self._connect()
        with time_limit(connection, self._limits.timeout_s) as timed_out:
            try:
                asked = connection.sql(sql)
                return (asked if most_rows is None else asked.limit(most_rows)).to_arrow_table()
            except duckdb.InterruptException as error:
                if not timed_out.is_set():
                    raise KeyboardInterrupt from error
                raise QueryError(
                    f"the query took longer than {self._limits.timeout_s:g} s and was stopped",
                    hint=self._limits.hint("Ask for fewer days", "--query-timeout"),
                ) from error
            except duckdb.Error as error:
                if not self._read_differing(error):
                    raise (
                        self._lake_error(error) if self._is_of_a_file(error) else self._query_error(error)
                    ) from error
        return self._run(sql, most_rows)

    def _is_of_a_file(self, error: Exception) -> bool:
        """Whether a file of the lake is at fault, and not the query: then the message names the file."""
        root = str(self._lake.root or self._lake.cache_root)
        return isinstance(error, _file_errors()) and root in str(error)

    def _query_error(self, error: Exception) -> QueryError:
        text = str(error)
        if _is_memory(error):
            return QueryError(
                f"the query needs more memory than it may use: {_first_line(error)}",
                hint=self._limits.hint("Ask for fewer days or columns", "--memory"),
            )
        listed = "`velib query --tables` lists the tables, views and columns."
        return QueryError(text.strip(), hint=listed if self._limits.names_flags else "")

    def _lake_error(self, error: Exception) -> LakeError:
        return LakeError(
            f"a file of the lake {self._lake.name} cannot be read: {_first_line(error)}",
            hint="Remove the file. `velib clean` makes what is under clean/ again from raw/, and "
            "`velib rollup --again` what is under rollup/.",
        )


def _file_errors() -> tuple[type[Exception], ...]:
    """What DuckDB raises for a file it cannot read."""
    import duckdb

    return duckdb.IOException, duckdb.InvalidInputException


def _is_memory(error: Exception) -> bool:
    return "OutOfMemory" in type(error).__name__ or "Out of Memory" in str(error)


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0]


def _null(column: Column) -> str:
    return f'CAST(NULL AS {DUCKDB_TYPES[column.type]}) AS "{column.name}"'
