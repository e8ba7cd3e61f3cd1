"""The Athena engine against an Athena on this machine: what it asks, what it makes of answers, of faults and of us."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from tests import needed
from tests.adapters.scripted_athena import Answer, Refusal, ScriptedAthena, client_of, column_info

from velib_insights.adapters.athena import Athena, AthenaEngine, Scanned
from velib_insights.core.catalogue.views import VIEWS
from velib_insights.core.errors import LakeError, NothingThere, QueryError, SettingsError, VelibError

boto3 = needed.module("boto3", "aws")

NOW = datetime(2026, 3, 4, 17, 40, tzinfo=UTC)
LATEST = datetime(2026, 3, 4, 17, 30, tzinfo=UTC)
ONE = Answer([("answer", "integer")], [["42"]])


def latest(at: datetime = LATEST) -> Answer:
    return Answer([("snapshot_epoch", "bigint")], [[str(int(at.timestamp()))]])


@pytest.fixture
def athena() -> Iterator[ScriptedAthena]:
    with ScriptedAthena() as server:
        yield server


Ask = Callable[..., AthenaEngine]


@pytest.fixture
def engine_on(athena: ScriptedAthena) -> Ask:
    def make(*script: Answer, **more: Any) -> AthenaEngine:
        athena.script += script
        where = Athena(client_of(athena.url), "velib_db_tf", "velib_workgroup", more.pop("timeout_s", 30.0))
        return AthenaEngine(where, NOW, **{"sleep": lambda _: None, **more})

    return make


@pytest.fixture(params=["scripted", "moto"])
def answering(request: pytest.FixtureRequest) -> Callable[[Answer], AthenaEngine]:
    """An engine whose Athena, ours or moto's, gives this answer."""

    def scripted(answer: Answer) -> AthenaEngine:
        made: AthenaEngine = request.getfixturevalue("engine_on")(answer)
        return made

    def moto(answer: Answer) -> AthenaEngine:
        endpoint = request.getfixturevalue("s3_endpoint")
        rows = [[name for name, _ in answer.columns], *answer.rows]
        data = [{"Data": [{} if c is None else {"VarCharValue": c} for c in row]} for row in rows]
        result = {"rows": data, "column_info": [column_info(*column) for column in answer.columns]}
        body = json.dumps({"account_id": "123456789012", "region": "us-east-1", "results": [result]}).encode()
        where = f"{endpoint}/moto-api/static/athena/query-results"
        urllib.request.urlopen(urllib.request.Request(where, body), timeout=10).close()
        client = client_of(endpoint)
        client.create_work_group(
            Name=f"group-{time.time_ns()}",
            Configuration={"ResultConfiguration": {"OutputLocation": "s3://results/athena-results/"}},
        )
        return AthenaEngine(Athena(client, "velib_db_tf", "primary"), NOW)

    return scripted if request.param == "scripted" else moto


def test_values_have_the_types_that_athena_names(answering: Callable[[Answer], AthenaEngine]) -> None:
    columns = {
        "a_text": ("varchar", 'Alésia, "Monts"\nligne', 'Alésia, "Monts"\nligne', pa.string()),
        "an_integer": ("integer", "-7", -7, pa.int32()),
        "a_small": ("tinyint", "7", 7, pa.int8()),
        "a_count": ("bigint", "21130527571", 21130527571, pa.int64()),
        "a_share": ("double", "1.0E-5", 1.0e-5, pa.float64()),
        "an_endless": ("double", "Infinity", float("inf"), pa.float64()),
        "a_flag": ("boolean", "true", True, pa.bool_()),
        "a_day": ("date", "2026-03-04", date(2026, 3, 4), pa.date32()),
        "a_moment": ("timestamp", "2026-03-04 17:30:00.000", LATEST, pa.timestamp("us", "UTC")),
        "a_zoned": ("timestamp with time zone", "2026-03-04 18:30:00.000 Europe/Paris", LATEST, None),
        "an_offset": ("timestamp with time zone", "2026-03-04 12:00:00.123 -05:30", None, None),
        "a_price": ("decimal", "12.50", Decimal("12.50"), pa.decimal128(10, 2)),
        "a_list": ("array", "[1, 2]", "[1, 2]", pa.string()),
    }
    told = Answer(
        [(name, kind) for name, (kind, *_) in columns.items()], [[text for _, text, *_ in columns.values()]]
    )
    rows = answering(told).query("SELECT 1")
    assert rows.schema.names == list(columns)
    for name, (_, _, value, kind) in columns.items():
        if value is not None:
            assert rows[name].to_pylist() == [value]
        if kind is not None:
            assert rows.schema.field(name).type == kind
    assert rows["an_offset"].to_pylist() == [LATEST + timedelta(microseconds=123_000)]


def test_a_null_is_not_an_empty_text(answering: Callable[[Answer], AthenaEngine]) -> None:
    told = Answer([("name", "varchar"), ("bikes", "integer")], [["", "0"], [None, None], ["null", "1"]])
    rows = answering(told).query("SELECT 1")
    assert rows["name"].to_pylist() == ["", None, "null"]
    assert rows["bikes"].to_pylist() == [0, None, 1]


def test_no_rows_have_their_columns(answering: Callable[[Answer], AthenaEngine]) -> None:
    rows = answering(Answer([("name", "varchar"), ("bikes", "integer")], [])).query("SELECT 1")
    assert (rows.num_rows, rows.schema.names) == (0, ["name", "bikes"])


@pytest.mark.parametrize("count", [999, 1000, 2500])
def test_every_page_is_fetched(engine_on: Ask, athena: ScriptedAthena, count: int) -> None:
    told = Answer([("number", "bigint")], [[str(number)] for number in range(count)])
    assert engine_on(told).query("SELECT 1")["number"].to_pylist() == list(range(count))
    assert len(athena.asked("GetQueryResults")) == (count + 1 + 999) // 1000


def test_a_row_that_repeats_the_columns_names_is_a_row(engine_on: Ask) -> None:
    told = Answer([("name", "varchar")], [["name"], ["name"]])
    assert engine_on(told).query("SELECT 1")["name"].to_pylist() == ["name", "name"]


def test_the_query_goes_to_the_database_and_the_work_group(engine_on: Ask, athena: ScriptedAthena) -> None:
    engine_on(ONE).query("SELECT count(*) FROM ticks;")
    (started,) = athena.asked("StartQueryExecution")
    assert started["QueryString"] == "SELECT count(*) FROM ticks"
    assert started["QueryExecutionContext"] == {"Database": "velib_db_tf"}
    assert started["WorkGroup"] == "velib_workgroup"


def test_what_was_scanned_is_told(engine_on: Ask) -> None:
    told: list[Scanned] = []
    engine_on(ONE, tell=told.append).query("SELECT 1")
    assert [scanned.bytes for scanned in told] == [12_345_678]
    assert told[0].seconds >= 0


def test_it_asks_ever_less_often(engine_on: Ask) -> None:
    pauses: list[float] = []
    slow = Answer([("x", "integer")], [["1"]], states=["QUEUED"] * 3 + ["RUNNING"] * 12 + ["SUCCEEDED"])
    engine_on(slow, sleep=pauses.append).query("SELECT 1")
    assert len(pauses) == 15
    assert pauses == sorted(pauses)
    assert pauses[0] <= 0.2
    assert pauses[-1] == 2.0


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE ticks",
        "INSERT INTO ticks SELECT 1",
        "CREATE TABLE x AS SELECT 1",
        "-- a remark\n/* SELECT */ UNLOAD (SELECT 1) TO 's3://bucket/'",
        "EXPLAIN ANALYZE SELECT 1",
        "MSCK REPAIR TABLE ticks",
        "",
    ],
)
def test_only_a_select_is_sent(engine_on: Ask, athena: ScriptedAthena, sql: str) -> None:
    with pytest.raises(QueryError, match="only one SELECT"):
        engine_on().query(sql)
    assert not athena.calls


@pytest.mark.parametrize(
    "sql", ["SELECT 1", "with x as (select 1) select * from x", "(SELECT 1)", "-- why\nVALUES 1"]
)
def test_what_reads_is_sent(engine_on: Ask, athena: ScriptedAthena, sql: str) -> None:
    engine_on(ONE).query(sql)
    assert len(athena.asked("StartQueryExecution")) == 1


@pytest.mark.parametrize(
    ("failed", "error", "words"),
    [
        (
            Answer(
                states=["FAILED"],
                reason="COLUMN_NOT_FOUND: line 1:8: Column 'bikez' cannot be resolved",
                category=2,
            ),
            QueryError,
            ("bikez", "velib query --tables"),
        ),
        (
            Answer(
                states=["FAILED"],
                reason="TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.velib_db_tf.kpi_shortage' does not exist",
                category=2,
            ),
            QueryError,
            ("kpi_shortage", "velib_kpi_views"),
        ),
        (
            Answer(
                states=["FAILED"],
                reason="TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.velib_db_tf.source_velib' does not exist",
                category=2,
            ),
            QueryError,
            ("source_velib", "velib_clean_crawler"),
        ),
        (
            Answer(
                states=["FAILED"],
                reason="SCHEMA_NOT_FOUND: line 1:1: Schema 'velib' does not exist",
                category=2,
            ),
            SettingsError,
            ("Schema 'velib'", "VELIB_ATHENA_DATABASE"),
        ),
        (
            Answer(
                states=["FAILED"], reason="PERMISSION_DENIED: Access Denied (Service: Amazon S3)", category=2
            ),
            LakeError,
            ("Access Denied", "Glue catalogue"),
        ),
        (
            Answer(states=["FAILED"], reason="HIVE_BAD_DATA: Malformed Parquet file", category=2),
            LakeError,
            ("Malformed", "velib doctor"),
        ),
        (
            Answer(states=["FAILED"], reason="INTERNAL_ERROR_QUERY_ENGINE", category=1),
            LakeError,
            ("INTERNAL_ERROR", "Try again"),
        ),
        (
            Answer(states=["CANCELLED"], reason="Query cancelled! : Bytes scanned limit was exceeded"),
            QueryError,
            ("Bytes scanned limit", "fewer days"),
        ),
        (Answer(states=["CANCELLED"]), QueryError, ("cancelled",)),
    ],
)
def test_a_query_that_fails_says_why_and_what_to_do(
    engine_on: Ask, failed: Answer, error: type[VelibError], words: tuple[str, ...]
) -> None:
    with pytest.raises(error) as told:
        engine_on(failed).query("SELECT 1")
    for word in words:
        assert word in str(told.value)


@pytest.mark.parametrize(
    ("refusal", "error", "words"),
    [
        (
            Refusal("StartQueryExecution", "AccessDeniedException", "User: x is not authorized"),
            LakeError,
            ("not authorized", "rights"),
        ),
        (
            Refusal("StartQueryExecution", "ExpiredTokenException", "The security token is expired"),
            LakeError,
            ("expired", "aws sso login"),
        ),
        (
            Refusal("StartQueryExecution", "InvalidRequestException", "WorkGroup velib is not found."),
            SettingsError,
            ("WorkGroup velib", "VELIB_ATHENA_WORKGROUP"),
        ),
        (
            Refusal("StartQueryExecution", "InvalidRequestException", "line 1:8: mismatched input 'FORM'"),
            QueryError,
            ("mismatched input 'FORM'",),
        ),
        (
            Refusal("GetQueryResults", "AccessDeniedException", "Access denied when writing to location"),
            LakeError,
            ("Access denied",),
        ),
    ],
)
def test_what_aws_refuses_is_told(
    engine_on: Ask, athena: ScriptedAthena, refusal: Refusal, error: type[VelibError], words: tuple[str, ...]
) -> None:
    athena.refusal = refusal
    with pytest.raises(error) as told:
        engine_on(ONE).query("SELECT 1")
    for word in words:
        assert word in str(told.value)


def test_an_athena_that_cannot_be_reached_is_told() -> None:
    with ScriptedAthena() as gone:
        url = gone.url
    client = boto3.client(
        "athena",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",  # noqa: S106 - of no account
        config=boto3.session.Config(retries={"max_attempts": 0}),
    )
    with pytest.raises(LakeError, match="Athena cannot be reached"):
        AthenaEngine(Athena(client, "velib_db_tf", "velib_workgroup"), NOW).query("SELECT 1")


def test_a_query_that_takes_too_long_is_stopped(engine_on: Ask, athena: ScriptedAthena) -> None:
    endless = Answer(states=["RUNNING"])
    with pytest.raises(QueryError, match=r"longer than 0.3 s") as told:
        engine_on(endless, timeout_s=0.3, sleep=time.sleep).query("SELECT 1")
    assert "--query-timeout" in told.value.hint
    assert athena.asked("StopQueryExecution") == [{"QueryExecutionId": "query-0"}]


def test_ctrl_c_stops_the_query(engine_on: Ask, athena: ScriptedAthena) -> None:
    """A query that nobody waits for would go on scanning, and be paid."""

    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engine_on(Answer(states=["RUNNING"]), sleep=interrupted).query("SELECT 1")
    assert athena.asked("StopQueryExecution") == [{"QueryExecutionId": "query-0"}]


def test_a_kpi_is_asked_for_the_hours_of_its_window_alone(engine_on: Ask, athena: ScriptedAthena) -> None:
    columns = [(column.name, "varchar") for column in view("kpi_top10_2hour").columns]
    engine_on(latest(), Answer(columns, [])).view("kpi_top10_2hour")
    first, second = (asked["QueryString"] for asked in athena.asked("StartQueryExecution"))
    assert "date = '2026-02-28' AND hour >= '17'" in first
    assert "source_velib" not in first
    # The window is of 24 hours: an outage counts at its whole length, and two hours do not hold it.
    assert "FROM velib_db_tf.source_velib WHERE date = '2026-03-03' AND hour >= '17'" in second
    assert "FROM velib_db_tf.source_velib WHERE date = '2026-03-04' AND hour <= '17'" in second
    assert second.count("FROM velib_db_tf.source_velib") == 2
    assert "FROM velib_db_tf.ticks WHERE date = '2026-03-02' AND hour >= '15'" in second
    assert view("kpi_top10_2hour").text.strip() in second
    assert view("observed_ticks").text.strip() in second


def view(name: str) -> Any:
    return next(each for each in VIEWS if each.name == name)


def test_a_lake_that_ended_long_ago_is_found_by_its_whole_ledger(
    engine_on: Ask, athena: ScriptedAthena
) -> None:
    old = datetime(2024, 11, 5, 7, 55, tzinfo=UTC)
    columns = [(column.name, "varchar") for column in view("kpi_shortage").columns]
    engine_on(Answer([("snapshot_epoch", "bigint")], []), latest(old), Answer(columns, [])).view(
        "kpi_shortage"
    )
    asked = [each["QueryString"] for each in athena.asked("StartQueryExecution")]
    assert "WHERE date" not in asked[1].split("observed_ticks AS")[0]
    assert "date = '2024-11-05' AND hour <= '07'" in asked[2]


def test_a_latest_tick_that_cannot_be_judged_by_the_day_before_it_is_not_trusted(
    engine_on: Ask, athena: ScriptedAthena
) -> None:
    early = NOW - timedelta(days=3, hours=20)
    columns = [(column.name, "varchar") for column in view("kpi_shortage").columns]
    engine_on(latest(early), latest(early), Answer(columns, [])).view("kpi_shortage")
    assert len(athena.asked("StartQueryExecution")) == 3


def test_where_nothing_was_observed_there_is_nothing(engine_on: Ask) -> None:
    none = [("snapshot_epoch", "bigint")]
    with pytest.raises(NothingThere, match="velib_db_tf"):
        engine_on(Answer(none, []), Answer(none, [])).view("kpi_shortage")


def test_a_kpi_that_is_none_is_not_asked_for(engine_on: Ask, athena: ScriptedAthena) -> None:
    with pytest.raises(QueryError, match="there is no view 'kpi_nonsense'"):
        engine_on().view("kpi_nonsense")
    assert not athena.calls


def test_a_database_that_cannot_be_named_is_refused(athena: ScriptedAthena) -> None:
    with pytest.raises(SettingsError, match="cannot name an Athena database"):
        AthenaEngine(Athena(client_of(athena.url), 'x"; DROP', "velib_workgroup"), NOW)


def test_two_at_once_do_not_mix(athena: ScriptedAthena) -> None:
    athena.respond = lambda sql: Answer([("x", "varchar")], [[sql]])
    answers: dict[int, Any] = {}

    def ask(number: int) -> None:
        engine = AthenaEngine(Athena(client_of(athena.url), "velib_db_tf", "velib_workgroup"), NOW)
        answers[number] = engine.query(f"SELECT {number}")["x"].to_pylist()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {number: [f"SELECT {number}"] for number in range(4)}
