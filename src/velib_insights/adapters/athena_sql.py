"""The SQL that Athena is asked: the very texts of `sql/`, over the tables of a database cut to the hours needed.

A view deployed on Athena looks at whole tables, and which partitions it opens is left to the engine's run time. Here
the hours are literals in the statement, so the partitions that are read are decided before anything is read
(docs/decisions/0016-windows-on-athena.md).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from velib_insights.core.catalogue.tables import SOURCE_VELIB, TABLES, Table
from velib_insights.core.errors import QueryError, SettingsError
from velib_insights.core.ticks.hour_span import HourSpan
from velib_insights.core.ticks.tick import Hour, Tick
from velib_insights.sql import load_all, upstream_of

_NAME = re.compile(r"[a-z0-9_]{1,255}")
_COMMENTS = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_READING = ("select", "with", "values", "table")


def select_view(name: str, database: str, span: HourSpan, latest: Tick) -> str:
    """Every row of a view, by ticks until `latest`. Raises QueryError for an unknown name."""
    if name not in {file.name for file in load_all()}:
        raise QueryError(f"there is no view {name!r}", hint="`velib kpi` lists them.")
    spans = {table.name: span if table is SOURCE_VELIB else span.for_ticks() for table in TABLES}
    return _over_tables(name, "*", database, spans, latest)


def select_now(database: str, span: HourSpan, latest: Tick) -> str:
    """The latest observed tick until `latest`, of the ticks in reach, as `snapshot_epoch`; no row without one."""
    spans = {table.name: span for table in TABLES}
    return _over_tables("latest_tick", "snapshot_epoch", database, spans, latest)


def only_reading(sql: str) -> str:
    """The user's statement, if it is one that only reads. Raises QueryError.

    Athena takes a single statement, so its first word tells what it does.
    """
    bare = _COMMENTS.sub(" ", sql).strip().strip("(").lstrip()
    word = re.match(r"[A-Za-z]*", bare)
    if word is None or word[0].lower() not in _READING:
        raise QueryError("only one SELECT can be run", hint="The lake is read-only here.")
    return sql.strip().rstrip(";")


def database_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise SettingsError(
            f"{name!r} cannot name an Athena database",
            hint="Use lower case letters, digits and underscores, as velib_db_tf.",
        )
    return name


def _over_tables(name: str, columns: str, database: str, spans: Mapping[str, HourSpan], latest: Tick) -> str:
    """The view's columns, with all that it stands on stated before it, each after what it reads."""
    wanted = upstream_of([name])
    parts = [
        f"{table.name} AS (\n{_cut(table, database, spans[table.name], latest)}\n)"
        for table in TABLES
        if table.name in wanted
    ]
    parts += [f"{file.name} AS (\n{file.text.strip()}\n)" for file in load_all() if file.name in wanted]
    return "WITH " + ",\n\n".join(parts) + f"\n\nSELECT {columns} FROM {name}"


def _cut(table: Table, database: str, span: HourSpan, latest: Tick) -> str:
    """The table's rows in reach, none of a tick after `latest`. Each branch compares one partition column with
    constants, which every way of finding partitions can prune by: registered ones and projected ones."""
    columns = ", ".join(column.name for column in (*table.columns, *table.partitions))
    select = f"SELECT {columns} FROM {database_name(database)}.{table.name}"  # noqa: S608 - names of the catalogue
    branches = [[*each, *_until(table, latest)] for each in _branches(span)]
    return "\nUNION ALL\n".join(
        f"{select} WHERE {' AND '.join(each)}" if each else select for each in branches
    )


def _until(table: Table, latest: Tick) -> list[str]:
    """Refused rows have no tick in seconds, and no figure of a moment is made of them."""
    has_epoch = any(column.name == "snapshot_epoch" for column in table.columns)
    return [f"snapshot_epoch <= {latest.epoch}"] if has_epoch else []


def _branches(span: HourSpan) -> Sequence[Sequence[str]]:
    first, last = span.first, span.last
    if first is None:
        return (
            [[]]
            if last is None
            else [
                [f"date < '{last.date}'"],
                [f"date = '{last.date}'", f"hour <= '{last.hh}'"],
            ]
        )
    if last is None:
        return [[f"date = '{first.date}'", f"hour >= '{first.hh}'"], [f"date > '{first.date}'"]]
    if first.date == last.date:
        return [[f"date = '{first.date}'", f"hour >= '{first.hh}'", f"hour <= '{last.hh}'"]]
    ends = [
        [f"date = '{first.date}'", f"hour >= '{first.hh}'"],
        [f"date = '{last.date}'", f"hour <= '{last.hh}'"],
    ]
    between = [[f"date > '{first.date}'", f"date < '{last.date}'"]]
    return (
        ends
        if Hour.parse(first.date, "23").epoch + 3600 >= Hour.parse(last.date, "00").epoch
        else ends + between
    )
