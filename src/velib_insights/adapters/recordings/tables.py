"""Tables of an archive, CSV or Parquet, as one body of the table dialect for each time at which rows were observed.

DuckDB reads and sorts, on disk where memory does not suffice.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from velib_insights.adapters.recordings.kinds import TABLE_HEAD, delimiter, header, is_parquet, text_encoding
from velib_insights.adapters.recordings.member import Unreadable
from velib_insights.adapters.recordings.spool import Spool
from velib_insights.adapters.recordings.table_format import TableFormat
from velib_insights.adapters.sql_text import named, quoted
from velib_insights.core.dialects.table import COLUMNS, VERSION
from velib_insights.core.errors import SettingsError
from velib_insights.core.recordings.table_columns import (
    AT,
    NETWORK_COLUMNS,
    TableColumns,
    columns_of,
    is_utc_by_name,
)

_MEMORY = "256MB"
_DAY_S = 86_400
_MISSING = ("", "null", "none", "na", "n/a", "nan", "\\n")
_TRUE, _FALSE = ("1", "1.0", "true", "t", "yes", "y", "oui"), ("0", "0.0", "false", "f", "no", "n", "non")
_TEXTS = {"station_id", "station_code", "name", "last_reported"}
_FLAGS = {"is_installed", "is_renting", "is_returning"}
_HEAD = f'{{"table":{VERSION},"columns":{json.dumps(list(COLUMNS))},"rows":['


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The rows of one time as a body. `at` is in seconds since 1970, or naive where the table has no offset."""

    at: datetime | float
    body: bytes


class ArchiveTable:
    """One file. Raises Unreadable where it cannot be read as a table, SettingsError for columns that are not there."""

    def __init__(self, path: Path, shown: str, form: TableFormat, spool: Spool) -> None:
        self._path, self.shown, self._form, self._spool = path, shown, form, spool
        self._connection = duckdb.connect(
            ":memory:",
            config={"memory_limit": _MEMORY, "temp_directory": str(spool.new_file()), "threads": 1},
        )
        self._connection.execute("SET preserve_insertion_order = false")
        source = self._source()
        described = self._all(f"DESCRIBE SELECT * FROM {source}")  # noqa: S608
        self.types = {name: kind for name, kind, *_ in described}
        self._rows = f"(SELECT * FROM {source}{self._where()})"  # noqa: S608
        self.columns: TableColumns = columns_of(list(self.types), form.given, form.wide, form.form)
        self.rows_undated = 0

    def close(self) -> None:
        self._connection.close()

    def snapshots(self) -> Iterator[Snapshot]:
        """The bodies in the order of their times. Raises SettingsError for rows of several networks."""
        self._raise_if_mixed()
        place = self._spool.new_file()
        target = quoted(str(place))
        self._all(
            f"COPY (SELECT * FROM ({self._normalised()}) WHERE epoch IS NOT NULL ORDER BY epoch, station_id)"  # noqa: S608
            f" TO {target} (FORMAT parquet, ROW_GROUP_SIZE 50000)"
        )
        (total,) = self._row(f"SELECT count(*) FROM {self._rows}")  # noqa: S608
        kept, first, last = self._row(
            f"SELECT count(*), min(epoch), max(epoch) FROM read_parquet({target})"  # noqa: S608
        )
        self.rows_undated = self._rows_of(total) - kept
        if not kept:
            return
        values = ", ".join(COLUMNS)
        is_naive = self._has_naive_times()
        for day in range(int(first // _DAY_S), int(last // _DAY_S) + 1):
            found = self._all(
                f"SELECT epoch, string_agg('[' || concat_ws(',', {values}) || ']', ',' ORDER BY station_id)"  # noqa: S608
                f" FROM read_parquet({target}) WHERE epoch >= {day * _DAY_S} AND epoch < {(day + 1) * _DAY_S}"
                " GROUP BY epoch ORDER BY epoch"
            )
            for epoch, text in found:
                at = datetime.fromtimestamp(epoch, UTC).replace(tzinfo=None) if is_naive else epoch
                yield Snapshot(at, f"{_HEAD}{text}]}}".encode())
        place.unlink()

    def _rows_of(self, rows: int) -> int:
        """A wide table has a row for each of its stations."""
        return rows * (len(self.types) - 1) if self.columns.wide else rows

    def _source(self) -> str:
        path = quoted(str(self._path))
        with self._path.open("rb") as file:
            head = file.read(TABLE_HEAD)
        if is_parquet(head):
            return f"read_parquet({path})"
        encoding, mark = text_encoding(head), delimiter(head) or ","
        return (
            f"read_csv({path}, all_varchar = true, header = true, auto_detect = false, columns = {_varchars(head)},"
            f" encoding = '{encoding}', delim = {quoted(mark)}, quote = '\"', escape = '\"', strict_mode = false)"
        )

    def _where(self) -> str:
        only = {name: value for name, value in self._form.only.items() if name in self.types}
        kept = " AND ".join(f"{named(name)}::VARCHAR = {quoted(value)}" for name, value in only.items())
        return f" WHERE {kept}" if kept else ""

    def _raise_if_mixed(self) -> None:
        there = [name for name in NETWORK_COLUMNS if name in self.types and name not in self._form.only]
        if not there or self.columns.wide:
            return
        listed = ", ".join(f"{named(name)}::VARCHAR" for name in there)
        found = self._all(f"SELECT DISTINCT {listed} FROM {self._rows} LIMIT 6")  # noqa: S608
        if len(found) > 1:
            names = "; ".join(
                ",".join(f"{name}={value}" for name, value in zip(there, row, strict=True)) for row in found
            )
            raise SettingsError(
                f"{self.shown} holds several networks: {names}",
                hint="Choose one with --only, as --only city=Paris.",
            )

    def _normalised(self) -> str:
        """Our columns as JSON texts, the station's id as it sorts, and the time in seconds."""
        of = self.columns.of
        source = self._rows
        at = of[AT]
        if self.columns.wide:
            others = [name for name in self.types if name != at]
            listed = ", ".join(f"{named(name)}::VARCHAR AS {named(name)}" for name in others)
            source = (
                f"(SELECT {named(at)}, {listed} FROM {self._rows}) UNPIVOT INCLUDE NULLS"  # noqa: S608
                f" (velib_value FOR velib_station IN ({', '.join(map(named, others))}))"
            )
            of = {AT: at, "station_id": "velib_station", self.columns.wide: "velib_value"}
        parts = []
        for ours in COLUMNS:
            expression = _as_json(ours, f"{named(of[ours])}::VARCHAR") if ours in of else "'null'"
            parts.append(f"coalesce({expression}, 'null') AS {ours}")
        return f"SELECT {_epoch(named(at), self.types[at])} AS epoch, {', '.join(parts)} FROM {source}"  # noqa: S608

    def _has_naive_times(self) -> bool:
        """Whether the times have no zone: those of a timestamp without one, or of a text without an offset."""
        at = self.columns.of[AT]
        kind = self.types[at]
        if is_utc_by_name(at) or "WITH TIME ZONE" in kind or kind in _NUMBERS:
            return False
        if kind != "VARCHAR":
            return True
        naive = f"{_epoch(named(at), kind)} IS NOT NULL AND NOT {_has_zone(_clean(named(at)))}"
        (count,) = self._row(f"SELECT count(*) FROM {self._rows} WHERE {naive}")  # noqa: S608
        return bool(count)

    def _row(self, sql: str) -> tuple[Any, ...]:
        return self._all(sql)[0]

    def _all(self, sql: str) -> list[tuple[Any, ...]]:
        """Raises Unreadable, which says what is wrong in the file and where."""
        try:
            return self._connection.execute(sql).fetchall()
        except duckdb.Error as error:
            lines = [line.strip() for line in str(error).splitlines() if line.strip()]
            raise Unreadable(f"it cannot be read as a table: {'; '.join(lines[:3])}") from error


_NUMBERS = {"BIGINT", "INTEGER", "UBIGINT", "UINTEGER", "DOUBLE", "FLOAT", "HUGEINT"}


def _epoch(column: str, kind: str) -> str:
    """Whole seconds since 1970; of a time without a zone as if it were in UTC."""
    if kind in _NUMBERS:
        return f"floor(CASE WHEN {column} > 100000000000 THEN {column} / 1000 ELSE {column} END)"
    if kind != "VARCHAR":
        return f"floor(epoch({column}))"
    text = _clean(column)
    seconds = f"TRY_CAST({text} AS DOUBLE)"
    return (
        f"floor(CASE WHEN {seconds} > 100000000000 THEN {seconds} / 1000 WHEN {seconds} > 0 THEN {seconds}"
        f" WHEN {_has_zone(text)} THEN epoch(TRY_CAST(replace({text}, ' UTC', '+00') AS TIMESTAMPTZ))"
        f" ELSE epoch(TRY_CAST({text} AS TIMESTAMP)) END)"
    )


def _has_zone(text: str) -> str:
    is_offset = f"regexp_matches({text}, '(Z|UTC|:\\d\\d(\\.\\d+)? ?[+-]\\d\\d:?(\\d\\d)?)$')"
    return f"(TRY_CAST({text} AS DOUBLE) IS NOT NULL OR {is_offset})"


def _as_json(ours: str, text: str) -> str:
    """The value as a JSON text, of the column's type where it can be; what is missing is null."""
    text = _clean(text)
    if ours in _TEXTS:
        return f"to_json({text})::VARCHAR"
    if ours in _FLAGS:
        return (
            f"CASE WHEN lower({text}) IN {_TRUE} THEN 'true' WHEN lower({text}) IN {_FALSE} THEN 'false'"
            f" ELSE to_json({text})::VARCHAR END"
        )
    number = f"TRY_CAST({text} AS DOUBLE)"
    if ours in ("lat", "lon"):
        return (
            f"CASE WHEN isfinite({number}) THEN to_json({number})::VARCHAR ELSE to_json({text})::VARCHAR END"
        )
    return (
        f"CASE WHEN {number} = floor({number}) AND abs({number}) < 1e15 THEN {number}::BIGINT::VARCHAR"
        f" ELSE to_json({text})::VARCHAR END"
    )


def _clean(text: str) -> str:
    """Trimmed; null for the usual words for nothing."""
    return f"CASE WHEN lower(trim({text})) IN {_MISSING} THEN NULL ELSE trim({text}) END"


def _varchars(head: bytes) -> str:
    """The columns of a CSV file, all as text, as DuckDB wants to be told them."""
    listed = ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in header(head))
    return f"{{{listed}}}"
