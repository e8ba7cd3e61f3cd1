"""Untrusted SQL: it reads the lake's tables, and neither files, network, settings nor more than its share."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest
from tests.dashboard.conftest import Client, Served
from tests.steps.feeds import objects

from velib_insights.adapters.duckdb_engine import DuckDbEngine
from velib_insights.adapters.lake import Lake
from velib_insights.core.errors import QueryError, VelibError
from velib_insights.dashboard.sandbox.execute import MAX_SQL_CHARACTERS, QueryRequest, check
from velib_insights.dashboard.sandbox.functions import ALLOWED_FUNCTIONS
from velib_insights.dashboard.sandbox.pool import SandboxLimits, SandboxPool
from velib_insights.sql import load_all

PASSWD = "/etc/passwd"  # noqa: S105 - a file that anyone may read, and nobody through us

FILES = [
    f"SELECT * FROM read_csv('{PASSWD}')",
    f"SELECT * FROM read_csv_auto('{PASSWD}')",
    f"SELECT * FROM read_text('{PASSWD}')",
    f"SELECT * FROM read_blob('{PASSWD}')",
    "SELECT * FROM read_parquet('{lake}/clean/ticks/**/*.parquet')",
    "SELECT * FROM parquet_scan('{lake}/clean/ticks/**/*.parquet')",
    "SELECT * FROM parquet_metadata('{lake}/clean/ticks/**/*.parquet')",
    "SELECT * FROM read_json('{lake}/raw/**/*.json')",
    "SELECT * FROM read_text('{lake}/raw/**/*.json')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    f"SELECT * FROM '{PASSWD}'",
    f'SELECT * FROM "{PASSWD}"',
    "SELECT * FROM '{lake}/clean/ticks/x.parquet'",
    "FROM '/etc/hosts.csv'",
    "TABLE '/etc/hosts.csv'",
    "SELECT (SELECT content FROM read_text('/etc/passwd'))",
    "SELECT * FROM ticks, LATERAL (SELECT * FROM read_text('/etc/passwd'))",
    "SELECT * FROM ticks WHERE outcome IN (SELECT content FROM read_text('/etc/passwd'))",
    "SELECT * FROM ticks ORDER BY (SELECT count(*) FROM glob('/*'))",
    "WITH t AS (SELECT * FROM read_text('/etc/passwd')) SELECT * FROM t",
    "WITH a AS (WITH b AS (SELECT * FROM glob('/*')) SELECT * FROM b) SELECT * FROM a",
    "SELECT * FROM (PIVOT (SELECT * FROM glob('/*')) ON file IN ('/') USING count(*))",
    "SELECT * FROM query('SELECT * FROM read_text(''/etc/passwd'')')",
    "SELECT * FROM 'https://example.org/x.parquet'",
    "SELECT * FROM read_parquet('s3://bucket/x.parquet')",
    "SELECT * FROM st_read('/etc/passwd')",
    "SELECT * FROM sqlite_scan('/x.db', 't')",
]

# A WITH that names a file makes the name known; outside of its reach the name would be the file.
SHADOWS = [
    """SELECT * FROM "/etc/passwd", (WITH "/etc/passwd" AS (SELECT 1) SELECT * FROM "/etc/passwd")""",
    """WITH "/etc/hosts.csv" AS (SELECT 1) SELECT * FROM "/etc/hosts.csv" """,
    "SELECT * FROM (WITH x AS (SELECT 1) SELECT * FROM x) AS a, x",
    "WITH a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a",
    "WITH a AS (SELECT * FROM a) SELECT * FROM a",
    "WITH question AS (SELECT 1) SELECT * FROM (SELECT 1) t JOIN (SELECT * FROM limits) u ON true",
]

STATEMENTS = [
    "COPY ticks TO '/tmp/velib-outside.csv'",
    "COPY (SELECT 1) TO '/tmp/velib-outside.parquet'",
    "ATTACH '/tmp/velib-outside.db'",
    "DETACH memory",
    "INSTALL httpfs",
    "LOAD httpfs",
    "PRAGMA version",
    "PRAGMA database_list",
    "SET memory_limit = '100GB'",
    "SET enable_external_access = true",
    "RESET ALL",
    "CREATE TABLE t AS SELECT 1",
    "CREATE OR REPLACE TEMP VIEW ticks AS SELECT 1",
    "DROP VIEW ticks",
    "INSERT INTO ticks SELECT * FROM ticks",
    "UPDATE ticks SET outcome = 'ok'",
    "DELETE FROM ticks",
    "CALL pragma_version()",
    "EXPORT DATABASE '/tmp/velib-outside'",
    "IMPORT DATABASE '/tmp/velib-outside'",
    "EXPLAIN ANALYZE SELECT 1",
    "VACUUM",
    "CHECKPOINT",
    "BEGIN",
    "USE memory",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP VIEW ticks",
    "DESCRIBE ticks",
    "SUMMARIZE ticks",
    "SHOW ALL TABLES",
    "FROM (DESCRIBE ticks)",
    "FROM (SUMMARIZE ticks)",
    "",
    ";",
    "-- nothing",
    "\0",
    "SELECT '\0'; COPY ticks TO '/tmp/velib-outside'",
]

INSIDE = [
    "SELECT * FROM query_table('ticks')",
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
    "SELECT * FROM histogram('ticks', outcome)",
    "SELECT getenv('HOME')",
    "SELECT GETENV('HOME')",
    "SELECT current_setting('memory_limit')",
    "SELECT getvariable('x')",
    "SELECT * FROM duckdb_settings()",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM duckdb_views()",
    "SELECT * FROM duckdb_tables",
    "SELECT * FROM duckdb_logs",
    "SELECT * FROM pragma_database_list()",
    "SELECT * FROM information_schema.tables",
    "SELECT * FROM pg_catalog.pg_settings",
    "SELECT * FROM sqlite_master",
    "SELECT * FROM memory.main.ticks",
    "SELECT * FROM temp.ticks",
    "SELECT * FROM main.ticks",
    "SELECT * FROM judged_ticks",
    "SELECT * FROM which_secret('s3://x', 's3')",
    "SELECT * FROM checkpoint()",
    "SELECT * FROM force_checkpoint('memory')",
    "SELECT * FROM test_all_types()",
    "SELECT * FROM repeat_row(1, num_rows = 100000000000)",
    "SELECT * FROM arrow_scan(0, 0, 0)",
    "SELECT * FROM pandas_scan(0)",
    "SELECT * FROM python_map_function()",
    "SELECT json_serialize_plan('SELECT 1')",
    "SELECT json_serialize_sql('SELECT 1')",
    "SELECT json_deserialize_sql('{}')",
    "SELECT system.main.getenv('HOME')",
    "SELECT 'HOME'.getenv()",
    "SELECT version()",
    "SELECT current_user",
    "SELECT current_query()",
    "SELECT write_log('x')",
    "SELECT nextval('s')",
    "SELECT pg_sleep(1)",
    "SELECT list_transform(['HOME'], lambda x: getenv(x))",
    "SELECT sum(bikes) FILTER (WHERE getenv('HOME') = 'x') FROM source_velib",
    "SELECT sum(bikes) OVER (ORDER BY getenv('HOME')) FROM source_velib",
    "SELECT * FROM ticks ORDER BY getenv('HOME')",
    "SELECT * FROM ticks LIMIT sleep_ms(1)",
    "SELECT * FROM range(sleep_ms(1))",
    "SELECT no_such_function(1)",
    "SELECT ?",
]


@pytest.mark.parametrize("sql", [*FILES, *SHADOWS, *STATEMENTS, *INSIDE])
def test_what_is_no_question_about_the_tables_is_refused_before_it_is_run(sql: str, lived: Lake) -> None:
    with pytest.raises(QueryError):
        check(sql.replace("{lake}", str(lived.root)))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1",
        "FROM ticks",
        "VALUES (1), (2)",
        "SELECT outcome, count(*) FROM ticks GROUP BY ALL ORDER BY 2 DESC;",
        "WITH a AS (SELECT 1 AS x), b AS (SELECT x + 1 AS y FROM a) SELECT * FROM a, b, range(3) AS r",
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT * FROM t",
        "SELECT * FROM (PIVOT ticks ON outcome IN ('ok') USING count(*))",
        "SELECT DISTINCT ON (station_code) * FROM station_observations ORDER BY snapshot_epoch DESC",
        "SELECT t.outcome, u.x FROM ticks AS t, LATERAL (SELECT t.rows_in + 1 AS x) AS u, unnest([1, 2]) AS v(w)",
        "SELECT * FROM kpi_top10_2hour -- a comment",
        "SELECT CASE WHEN EXISTS (SELECT 1 FROM ticks) THEN (SELECT max(bikes) FROM source_velib) END",
        "SELECT date_trunc('day', snapshot_at) AS d, strftime(snapshot_at, '%H') FROM ticks WHERE now() > snapshot_at",
        "SELECT extract(hour FROM snapshot_at AT TIME ZONE 'Europe/Paris'), snapshot_at - INTERVAL 1 DAY FROM ticks",
        "SELECT quantile_cont(bikes, 0.5), approx_count_distinct(station_code), median(docks) FROM source_velib",
        "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY bikes), arg_max(name, bikes) FROM source_velib",
        "SELECT list_transform(list(bikes), lambda b: b + 1)[1:3], list_sum([1, 2]), [x FOR x IN [1, 2] IF x > 1] "
        "FROM source_velib",
        "SELECT regexp_extract(name, '[A-Z]+'), name ILIKE 'b%', name SIMILAR TO '.*', name.upper() FROM source_velib",
        "SELECT row_number() OVER w, lag(bikes) OVER w, sum(bikes) OVER w FROM source_velib "
        "WINDOW w AS (PARTITION BY station_code ORDER BY snapshot_epoch)",
        "SELECT round(bikes / nullif(capacity, 0), 2), coalesce(bikes, 0), greatest(1, 2), name IS NULL"
        " FROM source_velib",
        "SELECT {'a': bikes}.a, map {'b': 1}, to_json([1]), json_extract('[1]', '$[0]'), NOT true FROM source_velib",
        "SELECT outcome, count(*) FILTER (WHERE rows_in > 0), string_agg(outcome) FROM ticks GROUP BY ROLLUP (1)",
        "SELECT sqrt(power(lat, 2)), -bikes, bikes % 3, abs(lat), try_cast(station_code AS integer) FROM source_velib",
        "SELECT substring(name FROM 1 FOR 3), trim(name), position('a' IN name), name || 'x' FROM source_velib",
    ],
)
def test_questions_of_all_kinds_are_let_through_and_answered(sql: str, lived: Lake) -> None:
    check(sql)
    engine = DuckDbEngine(lived, "velib")
    assert len(engine.query(sql, most_rows=10)) <= 10
    engine.close()


@pytest.mark.parametrize("view", [file.name for file in load_all()])
def test_what_the_views_are_written_in_can_be_written_by_anyone(view: str) -> None:
    check(next(file.text for file in load_all() if file.name == view))


def test_the_list_of_functions_names_those_that_there_are() -> None:
    import duckdb

    with duckdb.connect() as connection:
        rows = connection.sql("SELECT DISTINCT lower(function_name) FROM duckdb_functions()").fetchall()
    assert {name for (name,) in rows} >= ALLOWED_FUNCTIONS


_OUTSIDE = "/tmp/velib-outside"  # noqa: S108 - where nothing must appear
BEYOND = [sql for sql in FILES if "lake" not in sql]


@pytest.mark.parametrize("sql", [*BEYOND, *(sql for sql in STATEMENTS if _OUTSIDE in sql)])
def test_the_engine_alone_reads_and_writes_nothing_outside_the_lake(sql: str, lived: Lake) -> None:
    """The second wall, with the first one taken away."""
    before = _outside()
    engine = DuckDbEngine(lived, "velib")
    with pytest.raises(VelibError) as refused:
        engine.query(sql)
    engine.close()
    assert "root:" not in str(refused.value)
    assert _outside() == before, sql


def _outside() -> set[Path]:
    """What lies there under the name that the statements write to, of whoever."""
    place = Path(_OUTSIDE)
    return set(place.parent.glob(f"{place.name}*"))


def test_a_table_is_never_a_variable_of_the_program(lived: Lake) -> None:
    import pyarrow as pa

    question = pa.table({"secret": [1]})
    engine = DuckDbEngine(lived, "velib")
    with pytest.raises(QueryError, match="question does not exist"):
        engine.query("SELECT * FROM question")
    engine.close()
    assert len(question) == 1


MEMORY_MB, TIMEOUT_S = 200, 3.0

BOMBS = {
    "numbers for ever": "SELECT count(*) FROM range(1000000000000) a, range(1000000000000) b",
    "rows for ever": "SELECT * FROM range(100000000000) ORDER BY random()",
    "a long list": "SELECT range(1000000000)",
    "lists of lists": "SELECT list(r) FROM (SELECT range(1000000) AS r FROM range(1000000))",
    "a long text": "SELECT repeat('x', 1000000000)",
    "texts of texts": "SELECT length(string_agg(repeat('x', 1000000), '')) FROM range(100000)",
    "a text that doubles": (
        "WITH RECURSIVE t(s) AS (SELECT 'x' UNION ALL SELECT s || s FROM t) SELECT max(length(s)) FROM t"
    ),
    "recursion for ever": "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t",
    "recursion that grows": (
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT a.n + b.n FROM t AS a, t AS b, range(10)) "
        "SELECT count(*) FROM t"
    ),
    "the lake by itself": (
        "SELECT count(*) FROM source_velib a, source_velib b, source_velib c, source_velib d WHERE a.bikes < b.docks"
    ),
    "a great sort": "SELECT * FROM (SELECT random() AS r, repeat('x', 1000) FROM range(100000000)) ORDER BY r",
    "a great group": "SELECT count(*) FROM (SELECT md5(range::VARCHAR) AS h FROM range(1000000000) GROUP BY 1)",
    "a slow pattern": "SELECT regexp_matches(repeat('a', 100000), '(a*)*b') FROM range(1000000)",
    "parentheses": f"SELECT {'(' * 9_000}1{')' * 9_000}",
    "a long sum": f"SELECT {'+'.join(['1'] * 9_000)}",
    "many questions in one": "SELECT 1" + " UNION ALL SELECT 1" * 1_000,
    "nested WITH": "WITH a0 AS (SELECT 1 AS x)"
    + "".join(f", a{i} AS (SELECT a.x FROM a{i - 1} a, a{i - 1} b)" for i in range(1, 40))
    + " SELECT count(*) FROM a39 x, a39 y",
}


def run_query(lake: Lake, sql: str, limits: SandboxLimits | None = None) -> bytes:
    """In a thread of its own: while the browser's tests are open, a loop of theirs runs in this one."""
    pool = SandboxPool(str(lake.root), lambda: "velib", limits=limits)
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(pool.run_query(sql))).result()


@pytest.mark.parametrize("name", BOMBS)
def test_what_would_take_all_memory_or_time_is_stopped(lived: Lake, name: str) -> None:
    limits = SandboxLimits(MEMORY_MB, TIMEOUT_S)
    began = time.monotonic()
    with contextlib.suppress(QueryError):
        assert len(run_query(lived, BOMBS[name], limits)) < 20_000_000, "it was harmless after all"
    assert time.monotonic() - began < TIMEOUT_S + 7


def test_the_process_has_a_ceiling_on_memory_whatever_the_engine_does(lived: Lake) -> None:
    question = QueryRequest(
        str(lived.root), None, None, "velib", BOMBS["a long text"], 10, MEMORY_MB, TIMEOUT_S
    )
    watched = (
        "import resource, sys\n"
        "from velib_insights.adapters.process_exit import exit_without_teardown\n"
        "from velib_insights.dashboard.sandbox import execute\n"
        "def watched():\n"
        "    try:\n        execute.main()\n"
        "    finally:\n"
        "        print(resource.getrlimit(resource.RLIMIT_AS)[0], file=sys.stderr)\n"
        "        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)\n"
        # As the process itself does: an interpreter that is taken down lets the engine have the last word.
        "exit_without_teardown(watched)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", watched], input=msgspec.json.encode(question), capture_output=True, timeout=60
    )
    ceiling, most_kb = map(int, done.stderr.split()[-2:])
    assert ceiling == (MEMORY_MB + 1_500) * 1_000_000
    assert most_kb * 1_000 < ceiling


def test_an_answer_has_so_many_rows_and_says_that_there_were_more(client: Client) -> None:
    told = client.query("SELECT * FROM range(1000000)").json()
    assert (len(told["rows"]), told["truncated"]) == (10_000, True)


def test_a_large_answer_comes_whole_every_time(lived: Lake) -> None:
    """The engine's threads must not abort the process after its last word, which they did one time in three."""
    answers = {run_query(lived, "SELECT * FROM range(1000000)") for _ in range(12)}
    assert len(answers) == 1


def test_rows_that_are_too_wide_are_refused(client: Client) -> None:
    error = client.query("SELECT repeat('x', 100000) FROM range(1000)").error()
    assert (error["class"], error["message"]) == ("QueryError", "the answer is too large")


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELECT * FROM nowhere", "there is no table 'nowhere'"),
        ("SELECT nothing FROM ticks", "nothing"),
        ("SELEC 1", "syntax error"),
        ("SELECT cast('x' AS integer)", "Could not convert"),
    ],
)
def test_a_mistake_is_told_as_the_asker_s_own(client: Client, sql: str, words: str) -> None:
    answered = client.query(sql)
    assert answered.status == 400
    assert words in answered.error()["message"]


def test_a_long_question_is_refused_before_a_process_is_started(client: Client) -> None:
    answered = client.query(f"SELECT '{'x' * MAX_SQL_CHARACTERS}'")
    assert answered.status == 400


def test_a_question_has_none_of_the_secrets_of_the_server(
    lived: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "very-secret")
    monkeypatch.setenv("VELIB_TOKEN", "very-secret")
    pool = SandboxPool(str(lived.root), lambda: "velib")
    assert "very-secret" not in pool._environment().values()
    remote = SandboxPool("s3://bucket/velib", lambda: "velib")._environment()
    assert "AWS_SESSION_TOKEN" in remote, "without it no bucket could be read"
    assert "VELIB_TOKEN" not in remote


def test_after_all_that_the_lake_is_as_it_was(served: Served, client: Client) -> None:
    before = objects(served.lake)
    for sql in ("COPY ticks TO '{lake}/x.csv'", "SELECT * FROM ticks", "DELETE FROM ticks"):
        client.query(sql.replace("{lake}", str(served.lake.root)))
    assert objects(served.lake) == before
    assert json.loads(client.get("/api/health").body)["status"] == "ok"
    assert not os.path.exists(f"{served.lake.root}/x.csv")  # noqa: PTH110 - not through our own eyes
