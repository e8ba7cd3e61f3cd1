"""A process that answers one question of a stranger and ends: SQL that reads the lake's tables, and nothing else.

Three walls, each enough for what the others might let through: the statement may name only tables and views of the
catalogue and no function that reads files; the engine has no access outside the lake and no network; the process has
limits on memory and time, and nothing of the server in it.
"""

from __future__ import annotations

import json
import os
import re
import sys
from typing import Any

import msgspec

from velib_insights.adapters.leaving import run_and_leave
from velib_insights.core.errors import LakeError, QueryError, VelibError

MAX_SQL_CHARACTERS = 20_000
_TABLE_FUNCTIONS = {"range", "generate_series", "unnest"}
_NO_FUNCTIONS = {"current_setting", "getenv", "getvariable", "query", "query_table", "sleep_ms"}
# Where rows may come from; what is not here (SHOW, DESCRIBE, SUMMARIZE, what a later DuckDB invents) is refused.
_PLACES = {
    *("SELECT_NODE", "BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EMPTY", "EXPRESSION_LIST", "PIVOT"),
}
_SIMPLE_NAME = re.compile(r"[a-z_][a-z0-9_]{0,79}")
_INSTEAD = "Read the tables and views of the lake, by name."
_MAX_ANSWER_BYTES = 20_000_000
_POLITE = 10  # the niceness of the process: who asks for the page goes first
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
    try:
        tree = json.loads(text)
    except RecursionError:
        raise QueryError("the query is nested too deeply", hint="Name its parts with WITH.") from None
    if tree["error"]:
        raise QueryError(tree["error_message"], hint="One SELECT can be run. The lake is read-only here.")
    if len(tree["statements"]) != 1:
        raise QueryError("only one SELECT can be run", hint="Leave the others out.")
    _check_names(tree["statements"][0])


def _check_names(tree: dict[str, Any]) -> None:
    """Each table that is named is one of the catalogue, or one that a WITH around it defines."""
    todo: list[tuple[Any, frozenset[str]]] = [(tree, _catalogue())]
    while todo:
        node, known = todo.pop()
        if isinstance(node, list):
            todo += [(each, known) for each in node]
        if not isinstance(node, dict):
            continue
        _check_node(node, known)
        for entry in (node.get("cte_map") or {}).get("map", []):
            name = entry["key"].lower()
            if not _SIMPLE_NAME.fullmatch(name):
                raise QueryError(
                    f"WITH cannot name a table {name[:80]!r} here", hint="Letters, digits and _."
                )
            definition = entry["value"].get("query_node") or entry["value"]["query"]["node"]  # DuckDB 2 and 1
            is_recursive = definition["type"] == "RECURSIVE_CTE_NODE"
            todo.append((entry["value"], known | {name} if is_recursive else known))
            known |= {name}
        todo += [(value, known) for key, value in node.items() if key != "cte_map"]


def _check_node(node: dict[str, Any], known: frozenset[str]) -> None:
    kind = node.get("type")
    if node.get("class") == "FUNCTION" and node["function_name"].lower() in _NO_FUNCTIONS:
        raise QueryError(f"the function {node['function_name']!r} is not allowed here", hint=_INSTEAD)
    if "sample" not in node or "class" in node:
        return  # neither a SELECT nor what stands in its FROM
    if kind not in _PLACES:
        raise QueryError("DESCRIBE, SHOW and SUMMARIZE are not allowed here", hint=_INSTEAD)
    if kind == "BASE_TABLE":
        name = node["table_name"]
        parts = (node.get("qualified_name") or {"path": [name]})["path"]
        if (
            name.lower() not in known
            or len(parts) != 1
            or node.get("schema_name")
            or node.get("catalog_name")
        ):
            raise QueryError(
                f"there is no table {name[:80]!r}",
                hint="GET api/kpi lists the KPI; source_velib and ticks are the tables under them.",
            )
    elif kind == "TABLE_FUNCTION":
        name = node["function"].get("function_name", "")
        if name.lower() not in _TABLE_FUNCTIONS:
            raise QueryError(f"the table function {name[:80]!r} is not allowed here", hint=_INSTEAD)


def _catalogue() -> frozenset[str]:
    from velib_insights.core.tables import TABLES
    from velib_insights.core.views import VIEWS

    return frozenset(table.name for table in TABLES) | {view.name for view in VIEWS}


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
    table = engine.query(question.sql, most_rows=question.max_rows + 1)
    shown = table.slice(0, question.max_rows)
    if shown.nbytes > _MAX_ANSWER_BYTES:
        raise QueryError("the answer is too large", hint="Ask for fewer rows or columns.")
    columns = [[plain(cell) for cell in column.to_pylist()] for column in shown.columns]
    rows = list(zip(*columns, strict=True)) if columns else []
    told = {"columns": table.column_names, "rows": rows, "truncated": len(table) > len(shown)}
    return msgspec.json.encode(told, enc_hook=str)


def _limit_this_process(question: Question) -> None:
    try:
        import resource
    except ImportError:  # Windows
        raise QueryError(
            "this system cannot limit what a query uses, so none is run for others",
            hint="Ask on the machine itself: velib query.",
        ) from None
    address_space = (question.memory_mb + _ROOM_MB) * 1_000_000
    cpu_s = int(question.timeout_s * 4) + 5
    resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_ROOM_MB * 1_000_000,) * 2)
    os.nice(_POLITE)


def main() -> None:
    """A Question as JSON on standard input; the answer, or {"error": …} and exit code 1, on standard output."""
    question = msgspec.json.decode(sys.stdin.buffer.read(), type=Question)
    try:
        _limit_this_process(question)
        told = answer(question)
    except VelibError as error:
        kind = "LakeError" if isinstance(error, LakeError) else "QueryError"
        _refuse(kind, error.message, error.hint)
    except (MemoryError, RecursionError):
        _refuse("QueryError", "the query needs more memory than it may use", "Ask for fewer days or columns.")
    else:
        sys.stdout.buffer.write(told)


def _refuse(kind: str, message: str, hint: str) -> None:
    told = {"class": kind, "message": message, "hint": hint}
    sys.stdout.buffer.write(msgspec.json.encode({"error": told}))
    sys.exit(1)


if __name__ == "__main__":
    run_and_leave(main)
