"""SQL of a user: read-only, within limits, and wrong SQL is told as wrong SQL."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.e2e.conftest import Velib, one_message
from tests.steps.feeds import objects

from velib_insights.adapters.lake import Lake


@pytest.mark.parametrize(
    "sql",
    [
        "SELEC 1",
        "SELECT nothing FROM ticks",
        "SELECT * FROM nowhere",
        "SELECT cast('x' AS INTEGER)",
        "SELECT strptime('x', '%Y')",
        "SELECT error('x')",
        "",
    ],
)
def test_sql_that_is_wrong_is_a_wrong_query(velib_here: Velib, filled: Path, sql: str) -> None:
    one_message(velib_here("query", sql, "--lake", filled), 6)


WRITING = [
    "CREATE TABLE t AS SELECT 1",
    "INSERT INTO ticks VALUES (1)",
    "DELETE FROM source_velib",
    "DROP VIEW ticks",
    "UPDATE ticks SET outcome = 'ok'",
    "COPY (SELECT 1) TO '{lake}/stolen.csv'",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO '{lake}/stolen.csv'",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO '{lake}/raw/stolen.parquet'",
    "EXPORT DATABASE '{lake}/stolen'",
    "ATTACH '{lake}/stolen.db'",
    "SELECT 1; DROP VIEW ticks",
    "SET memory_limit = '100GB'",
    "SET enable_external_access = true",
    "INSTALL httpfs",
    "LOAD httpfs",
    "PRAGMA database_list",
    "CHECKPOINT",
]


@pytest.mark.parametrize("sql", WRITING)
def test_sql_that_writes_is_refused_and_writes_nothing(velib_here: Velib, filled: Path, sql: str) -> None:
    before = objects(Lake.open(str(filled)))
    try:
        one_message(velib_here("query", sql.format(lake=filled), "--lake", filled), 6)
        assert objects(Lake.open(str(filled))) == before
    finally:
        for path in filled.rglob("stolen*"):
            path.unlink()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_blob('/etc/*')",
        "SELECT * FROM glob('/etc/*')",
        "SELECT * FROM '/etc/passwd.csv'",
        "SELECT * FROM read_text('{lake}/../secret.txt')",
        "SELECT * FROM read_text('secret.txt')",
        "SELECT * FROM read_parquet('https://example.org/x.parquet')",
    ],
)
def test_sql_that_reads_files_or_the_network_is_refused(velib_here: Velib, filled: Path, sql: str) -> None:
    (filled.parent / "secret.txt").write_text("secret", "utf-8")
    said = velib_here("query", sql.format(lake=filled), "--lake", filled)
    one_message(said, 6)
    assert "secret\n" not in said.err


def test_a_query_that_takes_too_long_is_stopped(velib: Velib, filled: Path) -> None:
    sql = "SELECT sum(a.range * b.range) FROM range(10000000) AS a, range(10000000) AS b"
    one_message(
        velib("query", sql, "--lake", filled, "--query-timeout", "0.5"),
        6,
        "took longer than 0.5 s",
        "with --query-timeout",
    )


def test_a_query_that_needs_too_much_memory_is_stopped(velib: Velib, filled: Path) -> None:
    sql = "SELECT list(range) AS l FROM range(50000000) GROUP BY range % 1000003"
    said = velib("query", sql, "--lake", filled, "--memory", "64", "--format", "csv")
    one_message(said, 6, "memory")


def test_whatever_sql_gives_can_be_told_as_json(velib_here: Velib, filled: Path) -> None:
    sql = (
        "SELECT sum(rows_in) AS rows, sum(1.5) AS halves, 'nan'::DOUBLE AS none, max(date) AS day, "
        "INTERVAL 90 SECOND AS span, TIME '08:15:00' AS clock, '\\x01'::BLOB AS bytes, [1, 2] AS list FROM ticks"
    )
    (row,) = velib_here("query", sql, "--lake", filled, "--json").json()
    assert (type(row["rows"]), row["halves"] / 1.5, row["none"]) == (int, 24, None)
    assert (row["clock"], row["list"]) == ("08:15:00", [1, 2])
