"""A process that runs one untrusted SQL query and ends: it reads the lake's tables, and nothing else.

Three walls, each enough for what the others might let through: the statement may name only tables and views of the
catalogue and functions of a list; the engine has no access outside the lake and no network; the process has limits
on memory and time, and nothing of the server in it.
"""

from __future__ import annotations

import json
import os
import re
import sys
from typing import Any

import msgspec

from velib_insights.adapters.process_exit import exit_without_teardown
from velib_insights.core.errors import LakeError, QueryError, VelibError
from velib_insights.dashboard.sandbox.functions import (
    ALLOWED_FUNCTIONS,
    ALLOWED_TABLE_FUNCTIONS,
    REFUSED_VALUES,
)

MAX_SQL_CHARACTERS = 20_000
# Where rows may come from; what is not here (SHOW, DESCRIBE, SUMMARIZE, what a later DuckDB invents) is refused.
_ALLOWED_SOURCES = {
    *("SELECT_NODE", "BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EMPTY", "EXPRESSION_LIST", "PIVOT"),
}
_ALLOWED_EXPRESSIONS = {
    *(
        "BETWEEN",
        "CASE",
        "CAST",
        "COLLATE",
        "COLUMN_REF",
        "COMPARISON",
        "CONJUNCTION",
        "CONSTANT",
        "FUNCTION",
    ),
    *("LAMBDA", "LAMBDA_REF", "OPERATOR", "POSITIONAL_REFERENCE", "STAR", "SUBQUERY", "TYPE", "WINDOW"),
}
_REFUSED_COLUMNS = [[name] for name in REFUSED_VALUES]
_SIMPLE_NAME = re.compile(r"[a-z_][a-z0-9_]{0,79}")
_INSTEAD = "Read the tables and views of the lake, by name."
_FUNCTIONS_HINT = "Functions of numbers, text, times, lists and JSON can be used, aggregates and windows."
_MAX_ANSWER_BYTES = 20_000_000
_NICENESS = 10  # the page's requests go first
# What the process needs beside the query: the interpreter, the engine, address space of threads.
_ROOM_MB = 1_500


class QueryRequest(msgspec.Struct):
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
    if "class" in node and node["class"] not in _ALLOWED_EXPRESSIONS:
        raise QueryError(f"{str(node['class'])[:80].lower()} is not allowed here", hint=_INSTEAD)
    if (
        node.get("class") == "COLUMN_REF"
        and [name.lower() for name in node["column_names"]] in _REFUSED_COLUMNS
    ):
        raise QueryError(f"{node['column_names'][0]} is not allowed here", hint=_INSTEAD)
    if "function_name" in node and node["function_name"].lower() not in ALLOWED_FUNCTIONS:
        name = node["function_name"]
        raise QueryError(f"the function {name[:80]!r} is not allowed here", hint=_FUNCTIONS_HINT)
    if "sample" not in node or "class" in node:
        return  # neither a SELECT nor what stands in its FROM
    if kind not in _ALLOWED_SOURCES:
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
        if name.lower() not in ALLOWED_TABLE_FUNCTIONS:
            raise QueryError(f"the table function {name[:80]!r} is not allowed here", hint=_INSTEAD)


def _catalogue() -> frozenset[str]:
    from velib_insights.core.catalogue.rollups import ROLLUPS
    from velib_insights.core.catalogue.tables import TABLES
    from velib_insights.core.catalogue.views import VIEWS

    return frozenset(table.name for table in (*TABLES, *ROLLUPS)) | {view.name for view in VIEWS}


def execute(request: QueryRequest) -> bytes:
    """{"columns", "rows", "truncated"} as JSON. Raises VelibError."""
    check(request.sql)
    from velib_insights.adapters.duckdb_engine import DuckDbEngine
    from velib_insights.adapters.formats import plain
    from velib_insights.adapters.lake import Lake
    from velib_insights.adapters.query_limits import QueryLimits

    limits = QueryLimits(memory_mb=request.memory_mb, timeout_s=request.timeout_s, names_flags=False)
    engine = DuckDbEngine(
        Lake.open(request.lake, region=request.s3_region, endpoint=request.s3_endpoint),
        request.source,
        limits,
    )
    table = engine.query(request.sql, most_rows=request.max_rows + 1)
    shown = table.slice(0, request.max_rows)
    if shown.nbytes > _MAX_ANSWER_BYTES:
        raise QueryError("the answer is too large", hint="Ask for fewer rows or columns.")
    columns = [[plain(cell) for cell in column.to_pylist()] for column in shown.columns]
    rows = list(zip(*columns, strict=True)) if columns else []
    told = {"columns": table.column_names, "rows": rows, "truncated": len(table) > len(shown)}
    return msgspec.json.encode(told, enc_hook=str)


def _limit_this_process(request: QueryRequest) -> None:
    try:
        import resource
    except ImportError:  # Windows
        raise QueryError(
            "this system cannot limit what a query uses, so none is run for others",
            hint="Take the KPI as files instead: GET api/kpi lists them.",
        ) from None
    address_space = (request.memory_mb + _ROOM_MB) * 1_000_000
    cpu_s = int(request.timeout_s * 4) + 5
    resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_ROOM_MB * 1_000_000,) * 2)
    os.nice(_NICENESS)


def main() -> None:
    """A QueryRequest as JSON on standard input; the answer, or {"error": …} and exit code 1, on standard output."""
    request = msgspec.json.decode(sys.stdin.buffer.read(), type=QueryRequest)
    try:
        _limit_this_process(request)
        told = execute(request)
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
    exit_without_teardown(main)
