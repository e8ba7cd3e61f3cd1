"""SQL of strangers: it reads the lake's tables, and neither files, network, settings nor more than its share."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import msgspec
import pytest
from tests.dashboard.conftest import Client, Served
from tests.steps.feeds import objects

from velib_insights.adapters.duckdb_engine import DuckDbEngine
from velib_insights.adapters.lake import Lake
from velib_insights.core.errors import QueryError, VelibError
from velib_insights.dashboard.asking import AT_ONCE, Asking, AskingLimits
from velib_insights.dashboard.sandbox import MAX_SQL_CHARACTERS, Question, check

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
    ],
)
def test_questions_of_all_kinds_are_let_through_and_answered(sql: str, lived: Lake) -> None:
    check(sql)
    engine = DuckDbEngine(lived, "velib")
    assert len(engine.query(sql, most_rows=10)) <= 10
    engine.close()


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


@pytest.mark.parametrize("name", BOMBS)
def test_what_would_take_all_memory_or_time_is_stopped(lived: Lake, name: str) -> None:
    asking = Asking(str(lived.root), "velib", limits=AskingLimits(MEMORY_MB, TIMEOUT_S))
    began = time.monotonic()
    with contextlib.suppress(QueryError):
        assert len(asking.ask(BOMBS[name])) < 20_000_000, "it was harmless after all"
    assert time.monotonic() - began < TIMEOUT_S + 7


def test_the_process_has_a_ceiling_on_memory_whatever_the_engine_does(lived: Lake) -> None:
    question = Question(str(lived.root), None, None, "velib", BOMBS["a long text"], 10, MEMORY_MB, TIMEOUT_S)
    watched = (
        "import resource, sys\n"
        "from velib_insights.adapters.leaving import run_and_leave\n"
        "from velib_insights.dashboard import sandbox\n"
        "def watched():\n"
        "    try:\n        sandbox.main()\n"
        "    finally:\n"
        "        print(resource.getrlimit(resource.RLIMIT_AS)[0], file=sys.stderr)\n"
        "        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)\n"
        # As the process itself does: an interpreter that is taken down lets the engine have the last word.
        "run_and_leave(watched)\n"
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
    asking = Asking(str(lived.root), "velib")
    answers = {asking.ask("SELECT * FROM range(1000000)") for _ in range(12)}
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
    asking = Asking(str(lived.root), "velib")
    assert "very-secret" not in asking._environment().values()
    remote = Asking("s3://bucket/velib", "velib")._environment()
    assert "AWS_SESSION_TOKEN" in remote, "without it no bucket could be read"
    assert "VELIB_TOKEN" not in remote


def test_those_who_ask_at_once_take_turns(lived: Lake) -> None:
    asking = Asking(str(lived.root), "velib", limits=AskingLimits(MEMORY_MB, TIMEOUT_S))
    told: list[str] = []

    def ask() -> None:
        try:
            asking.ask(BOMBS["recursion for ever"])
        except VelibError as error:
            told.append(type(error).__name__)

    threads = [threading.Thread(target=ask) for _ in range(AT_ONCE + 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(told) == ["Busy"] * 2 + ["QueryError"] * AT_ONCE


def test_after_all_that_the_lake_is_as_it_was(served: Served, client: Client) -> None:
    before = objects(served.lake)
    for sql in ("COPY ticks TO '{lake}/x.csv'", "SELECT * FROM ticks", "DELETE FROM ticks"):
        client.query(sql.replace("{lake}", str(served.lake.root)))
    assert objects(served.lake) == before
    assert json.loads(client.get("/api/health").body)["status"] == "ok"
    assert not os.path.exists(f"{served.lake.root}/x.csv")  # noqa: PTH110 - not through our own eyes
