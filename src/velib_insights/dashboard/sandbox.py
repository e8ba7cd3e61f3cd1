"""A process that answers one question of a stranger and ends: SQL that reads the lake's tables, and nothing else.

Three walls, each enough for what the others might let through: the statement may name only tables and views of the
catalogue and no function that reads files; the engine has no access outside the lake and no network; the process has
limits on memory and time, and nothing of the server in it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import msgspec

from velib_insights.core.errors import LakeError, QueryError, VelibError

MAX_SQL_CHARACTERS = 20_000
_TABLE_FUNCTIONS = {"range", "generate_series", "unnest"}
_NO_FUNCTIONS = {"current_setting", "getenv", "getvariable", "query", "query_table", "sleep_ms"}
# What the process needs beside the query: the interpreter, the engine, address space of threads.
_ROOM_MB = 1_500


class Question(msgspec.Struct):
    """`memory_mb` and `timeout_s` limit the query."""

    lake: str
    s3_region: str | None
    s3_endpoint: str | None
    source: str
    sql: str
    max_rows: int
    memory_mb: int
    timeout_s: float


def check(sql: str) -> None:
    """Raises QueryError for SQL that is more than one SELECT over tables and views of the catalogue."""
    import duckdb

    if len(sql) > MAX_SQL_CHARACTERS:
        raise QueryError(f"a query may have {MAX_SQL_CHARACTERS:,} characters")
    with duckdb.connect() as parser:
        try:
            text = parser.execute("SELECT json_serialize_sql($1)", [sql]).fetchall()[0][0]
        except duckdb.Error as error:
            raise QueryError(str(error).strip().split("\n", 1)[0]) from error
    tree = json.loads(text)
    if tree["error"]:
        raise QueryError(tree["error_message"], hint="One SELECT can be run. The lake is read-only here.")
    if len(tree["statements"]) != 1:
        raise QueryError("only one SELECT can be run", hint="Leave the others out.")
    _check_names(tree)


def _check_names(tree: Any) -> None:
    from velib_insights.core.tables import TABLES
    from velib_insights.core.views import VIEWS

    nodes = list(_nodes(tree))
    known = {table.name for table in TABLES} | {view.name for view in VIEWS}
    known |= {entry["key"].lower() for node in nodes for entry in (node.get("cte_map") or {}).get("map", [])}
    for node in nodes:
        kind = node.get("type")
        if kind == "BASE_TABLE":
            name = node["table_name"]
            if name.lower() not in known or node["schema_name"] or node["catalog_name"]:
                raise QueryError(
                    f"there is no table {name!r}",
                    hint="GET api/kpi and docs/reference list the tables and views.",
                )
        elif kind == "TABLE_FUNCTION":
            name = node["function"].get("function_name", "")
            if name.lower() not in _TABLE_FUNCTIONS:
                raise QueryError(f"the table function {name!r} is not allowed here", hint=_INSTEAD)
        elif kind == "SHOW_REF":
            raise QueryError("DESCRIBE, SHOW and SUMMARIZE are not allowed here", hint=_INSTEAD)
        if node.get("class") == "FUNCTION" and node["function_name"].lower() in _NO_FUNCTIONS:
            raise QueryError(f"the function {node['function_name']!r} is not allowed here", hint=_INSTEAD)


_INSTEAD = "Read the tables and views of the lake, by name."


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    todo = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, dict):
            yield node
            todo += node.values()
        elif isinstance(node, list):
            todo += node


def answer(question: Question) -> bytes:
    """{"columns", "rows", "truncated"} as JSON. Raises VelibError."""
    check(question.sql)
    from velib_insights.adapters.duckdb_engine import DuckDbEngine, QueryLimits
    from velib_insights.adapters.formats import plain
    from velib_insights.adapters.lake import Lake

    limits = QueryLimits(memory_mb=question.memory_mb, timeout_s=question.timeout_s)
    engine = DuckDbEngine(
        Lake.open(question.lake, region=question.s3_region, endpoint=question.s3_endpoint),
        question.source,
        limits,
    )
    table = engine.query(question.sql)
    shown = table.slice(0, question.max_rows)
    columns = [[plain(cell) for cell in column.to_pylist()] for column in shown.columns]
    rows = list(zip(*columns, strict=True)) if columns else []
    told = {"columns": table.column_names, "rows": rows, "truncated": len(table) > len(shown)}
    return msgspec.json.encode(told, enc_hook=str)


def _limit_this_process(question: Question) -> None:
    import resource

    address_space = (question.memory_mb + _ROOM_MB) * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))
    cpu_s = int(question.timeout_s * 4) + 5
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_ROOM_MB * 1_000_000,) * 2)


def main() -> None:
    """A Question as JSON on standard input; the answer, or {"error": …} and exit code 1, on standard output."""
    question = msgspec.json.decode(sys.stdin.buffer.read(), type=Question)
    _limit_this_process(question)
    try:
        sys.stdout.buffer.write(answer(question))
    except VelibError as error:
        lake_fault = isinstance(error, LakeError)
        told = {
            "class": "LakeError" if lake_fault else "QueryError",
            "message": error.message,
            "hint": error.hint,
        }
        sys.stdout.buffer.write(msgspec.json.encode({"error": told}))
        sys.exit(1)
    except MemoryError:
        told = {"class": "QueryError", "message": "the query needs more memory than it may use", "hint": ""}
        sys.stdout.buffer.write(msgspec.json.encode({"error": told}))
        sys.exit(1)


if __name__ == "__main__":
    main()
