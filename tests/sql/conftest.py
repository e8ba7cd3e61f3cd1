"""What the SQL may say, so that one text means the same on DuckDB, Athena and Spark."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import sqlglot
import trino_query_parser
import trino_sql_validator
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify

from velib_insights.core.catalogue.history import CALENDAR, HISTORY
from velib_insights.core.catalogue.rollups import LOCAL_HOURS, ROLLUPS, STATION_STEPS
from velib_insights.core.catalogue.tables import TABLES
from velib_insights.core.catalogue.views import VIEWS

if TYPE_CHECKING:
    from collections.abc import Callable

DIALECTS = ("trino", "athena", "spark", "duckdb")
SCHEMA = {
    table.name: {c.name: c.type for c in (*table.columns, *table.partitions)}
    for table in (*TABLES, LOCAL_HOURS, STATION_STEPS, *ROLLUPS, CALENDAR)
} | {view.name: {c.name: c.type for c in view.columns} for view in (*VIEWS, *HISTORY)}
CAST_TYPES = {"DOUBLE", "INT", "BIGINT", "VARCHAR"}
FUNCTIONS = (
    *(exp.And, exp.Or, exp.Case, exp.If, exp.Cast, exp.Coalesce),
    *(exp.Sum, exp.Count, exp.Min, exp.Max, exp.ArgMin, exp.ArgMax),
    *(exp.RowNumber, exp.Lag, exp.Lead),
    *(exp.Abs, exp.Floor, exp.Ceil, exp.Pow, exp.Sqrt, exp.Sin, exp.Cos, exp.Asin, exp.Radians),
)
SHUNNED = {
    exp.Qualify: "QUALIFY is unknown to Trino",
    exp.Filter: "FILTER on aggregates reads differently on each engine",
    exp.Unnest: "UNNEST is unknown to Spark",
    exp.Lateral: "LATERAL differs",
    exp.Pivot: "PIVOT differs",
    exp.Interval: "intervals add differently: carry seconds",
    exp.AtTimeZone: "time zones are columns, not functions",
    exp.Limit: "a view has no order to take the first of: rank and filter",
    exp.Least: "least differs on nulls",
    exp.Greatest: "greatest differs on nulls",
}
NUMBERS = {exp.DataType.Type[name] for name in ("INT", "BIGINT", "DOUBLE", "DECIMAL", "FLOAT")}
TEXTS = {exp.DataType.Type[name] for name in ("VARCHAR", "TEXT", "CHAR")}
COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)


def family(node: exp.Expression) -> str:
    kind = node.type.this if node.type else None
    if kind in NUMBERS:
        return "number"
    return (
        "text"
        if kind in TEXTS
        else ""
        if kind is None
        else kind.value.lower().replace("unknown", "").replace("null", "")
    )


def trino_faults(text: str) -> list[str]:
    """What Trino's grammar and its list of functions and types object to."""
    found = []
    try:
        trino_query_parser.parse_statement(text)
    except trino_query_parser.TrinoSyntaxError as error:
        found.append(f"grammar: {error}")
    result = trino_sql_validator.validate(f"CREATE OR REPLACE VIEW checked AS {text}")
    if result.error:
        found.append(f"validator: {result.error}")
    return [*found, *(f"validator: {warning}" for warning in result.warnings)]


def tables_named(text: str) -> set[str]:
    tree = sqlglot.parse_one(text, read="trino")
    return {table.name for table in tree.find_all(exp.Table)} - {cte.alias for cte in tree.find_all(exp.CTE)}


def meaning_faults(text: str) -> list[str]:
    """Names that do not resolve against the catalogue, in any dialect."""
    found = [f"no such table: {name}" for name in tables_named(text) - set(SCHEMA)]
    for dialect in DIALECTS:
        try:
            qualify(sqlglot.parse_one(text, read=dialect), schema=SCHEMA, dialect=dialect)
        except SqlglotError as error:
            found.append(f"{dialect}: {error}")
    return found


def typed(text: str) -> exp.Expression:
    tree = qualify(sqlglot.parse_one(text, read="trino"), schema=SCHEMA, dialect="trino").transform(
        _of_its_value
    )
    return annotate_types(tree, schema=SCHEMA, dialect="trino")


def _of_its_value(node: exp.Expression) -> exp.Expression:
    """max_by has the type of its first argument, as max has, which alone is known here."""
    return exp.Max(this=node.this) if isinstance(node, exp.ArgMax | exp.ArgMin) else node


def _is_of_a_step(star: exp.Star) -> bool:
    """`step.*` within a WITH, whose columns the same file names; or count(*). The last SELECT names its columns."""
    if isinstance(star.parent, exp.Count):
        return True
    if not isinstance(star.parent, exp.Column) or star.find_ancestor(exp.CTE) is None:
        return False
    select = star.find_ancestor(exp.Select)
    tables = [select.args["from_"].this, *(join.this for join in select.args.get("joins") or ())]
    names = {table.alias_or_name: table.name for table in tables if isinstance(table, exp.Table)}
    steps = {cte.alias for cte in star.root().find_all(exp.CTE)}
    return names.get(star.parent.table) in steps


def lint(text: str) -> list[str]:
    """What the three engines do not share, whether or not Trino takes it."""
    try:
        raw = sqlglot.parse_one(text, read="trino")
    except SqlglotError as error:
        return [f"does not parse: {error}"]
    found = [why for kind, why in SHUNNED.items() if raw.find(kind)]
    found += [f"function {node.sql()}" for node in raw.find_all(exp.Func) if not isinstance(node, FUNCTIONS)]
    found += ["SELECT * hides columns" for star in raw.find_all(exp.Star) if not _is_of_a_step(star)]
    bare = re.sub(r"--[^\n]*|'[^']*'", "", text)
    said = len(re.findall(r"\bnulls\s+(?:first|last)\b", bare, re.IGNORECASE))
    if said != sum(1 for _ in raw.find_all(exp.Ordered)):
        found.append("an ORDER BY leaves open where nulls go")
    if isinstance(raw, exp.Query) and raw.args.get("order"):
        found.append("a view has no order")
    for group in raw.find_all(exp.Group):
        if group.args.get("all") or any(isinstance(each, exp.Literal) for each in group.expressions):
            found.append("GROUP BY must name its columns")
    for join in raw.find_all(exp.Join):
        if join.args.get("using") or join.method:
            found.append("joins say ON")
    for cast in raw.find_all(exp.Cast):
        if cast.to.this.value.upper() not in CAST_TYPES or isinstance(cast, exp.TryCast):
            found.append(f"cast to {cast.to.sql('trino')}")
        if cast.to.is_type("varchar") and not cast.to.expressions:
            found.append("Spark wants a length with VARCHAR")
    try:
        tree = typed(text)
    except SqlglotError:
        return found  # meaning_faults tells it
    for node in tree.find_all(exp.Div):
        if not node.this.is_type("double"):
            found.append(f"cast before dividing: {node.sql()}")
    for node in tree.find_all(*COMPARISONS):
        sides = {family(node.left), family(node.right)} - {""}
        if len(sides) > 1:
            found.append(f"compares {' with '.join(sorted(sides))}: {node.sql()}")
    return found


@pytest.fixture(params=[trino_faults, meaning_faults, lint], ids=["trino", "meaning", "lint"])
def check(request: pytest.FixtureRequest) -> Callable[[str], list[str]]:
    return request.param


@pytest.fixture
def checks() -> dict[str, Callable[[str], list[str]]]:
    return {"trino": trino_faults, "meaning": meaning_faults, "lint": lint}


@pytest.fixture
def type_of() -> Callable[[str], list[str]]:
    """The types of a query's columns as Trino would have them, in the words of the catalogue."""
    words = {"INT": "integer", "TEXT": "varchar"}

    def columns(text: str) -> list[str]:
        kinds = [select.type.this.value.upper() for select in typed(text).selects]
        return [words.get(kind, kind.lower()) for kind in kinds]

    return columns


@pytest.fixture
def tables_in() -> Callable[[str], set[str]]:
    return tables_named
