"""The whole pipeline on the emulator, from `terraform apply` to `terraform destroy`, as one story in this order.

Real: Terraform and its provider, the functions' zips, Spark with the wheels that Glue gets, the SQL of the views,
every role's rights. Stood in for: AWS (tests/aws/emulator) and the feed (the simulator, over HTTP).
"""

from __future__ import annotations

import io
import json
import re
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.aws.conftest import initialised, missing
from tests.aws.deployment import BUCKET, DATABASE, PROVIDER, Deployment, Run
from tests.aws.emulator.server import ROOT, Emulator
from tests.aws.needs import NEEDS, NOT_SEEN_BY_THE_EMULATOR
from tests.aws.terraform_module import Module

from velib_insights.adapters.duckdb_engine import DuckDbEngine
from velib_insights.adapters.lake import Lake
from velib_insights.core.tick import Tick
from velib_insights.core.views import View, kpi_views, view
from velib_insights.core.zones import Zones
from velib_insights.simulator.faults import Fault, FaultKind
from velib_insights.simulator.network import Network
from velib_insights.simulator.server import SimulatorServer
from velib_insights.sql import load_all
from velib_insights.steps.clean import clean_all, hours_with_raw
from velib_insights.steps.kpi import CLIENT_KPIS

pytestmark = [pytest.mark.aws, pytest.mark.spark, pytest.mark.slow, pytest.mark.timeout(900)]

CADENCE = timedelta(minutes=15)
TAGS = {"project": "velib-insights", "owner": "team-naw-seu", "course": "data-pipeline-episen"}
DATA = ("raw/", "clean/", "quarantine/", "history/", "site/")


@pytest.fixture(scope="module")
def deployment(
    new_module: Callable[[str], Module], aws_artifacts: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    """Applied with the client's defaults; the two hours before the tick of now are in raw/ already."""
    try:
        import pyspark  # noqa: F401
    except ImportError:
        missing("pyspark is not installed (uv sync --group spark)")
    emulator = Emulator(tmp_path_factory.mktemp("emulator"))
    module = new_module("deployed")
    (module.folder / "emulator_override.tf").write_text(PROVIDER, "utf-8")
    initialised(module)
    with pytest.MonkeyPatch.context() as patch, SimulatorServer(Network(1)) as simulator:
        for name, value in ROOT.items():
            patch.setenv(name, value)
        emulator.start()
        module.environment["AWS_ENDPOINT_URL"] = emulator.url
        deployed = Deployment(emulator, module, simulator)
        try:
            deployed.apply(
                artifacts_dir=str(aws_artifacts),
                feed=simulator.gbfs_url,
                # One try for each request of a function: it is the state machine's retry that is looked at.
                settings={"VELIB_S3_ENDPOINT": emulator.url, "VELIB_ATTEMPTS": "1", "VELIB_DEADLINE": "10"},
                settle_seconds=1,
                delete_data_on_destroy=True,
                alarm_email="team@example.org",
            )
            tick = deployed.tick_of_now()
            deployed.seed([Tick.at_or_before(tick.at - n * CADENCE, 900) for n in range(8, 0, -1)])
            yield deployed
        finally:
            emulator.stop()


@pytest.fixture(scope="module")
def first_run(deployment: Deployment) -> Run:
    return deployment.run()


@pytest.fixture(scope="module")
def laptop(
    deployment: Deployment, first_run: Run, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Lake, Path]:
    """A lake in a folder with the very raw snapshots of the bucket, cleaned on this machine."""
    folder = tmp_path_factory.mktemp("laptop") / "lake"
    lake = Lake.open(str(folder), create=True)
    for key in deployment.objects("raw/"):
        lake.put(key, deployment.body(key))
    clean_all(lake, "velib", hours_with_raw(lake, "velib"), Zones.from_geojson([], by_code=True))
    return lake, folder


def test_every_resource_has_the_tags(deployment: Deployment) -> None:
    tagged = {
        at: found["tags_all"]
        for at, found in deployment.module.state().resources.items()
        if "tags_all" in found
    }
    assert len(tagged) > 20
    assert {at: tags for at, tags in tagged.items() if tags != TAGS} == {}
    bucket = deployment.emulator.client("s3").get_bucket_tagging(Bucket=BUCKET)["TagSet"]
    assert {each["Key"]: each["Value"] for each in bucket} == TAGS


# Of these the emulator does not keep every property that it was given.
FORGETS = re.compile(r"aws_cloudwatch_metric_alarm\..*|aws_glue_crawler\.clean\[0\]|aws_glue_job\.clean\[0\]")


def test_a_second_plan_changes_nothing(deployment: Deployment) -> None:
    said = deployment.module.must("plan", "-no-color", "-input=false", "-lock=false")
    changed = re.findall(r"^  # (\S+) (?:will|must) be", said, re.MULTILINE)
    assert [at for at in changed if not FORGETS.fullmatch(at)] == []


def test_the_tick_goes_through_every_step(deployment: Deployment, first_run: Run) -> None:
    assert (first_run.status, first_run.error) == ("SUCCEEDED", ""), first_run.cause
    asked = [state for state in first_run.states if state not in ("Let it crawl", "Look at the crawler")]
    assert asked == [
        "Is the tick given?", "Ingest", "Settle", "Clean", "Start the crawler",
        *["Is the crawl over?"] * asked.count("Is the crawl over?"), "Publish", "Was the tick taken in?", "Done",
    ]  # fmt: skip
    hour = f"date={deployment.tick.hour.date}/hour={deployment.tick.hour.hh}"
    kept = deployment.objects()
    assert f"raw/source=velib/{hour}/{deployment.tick.stamp}.fetch.json" in kept
    assert f"clean/source=velib/{hour}/part.parquet" in kept
    assert f"clean/ticks/{hour}/part.parquet" in kept
    assert any(key.startswith("site/data/") for key in kept)


def test_the_crawler_makes_the_clients_table(deployment: Deployment, first_run: Run) -> None:
    glue = deployment.emulator.client("glue")
    table = glue.get_table(DatabaseName=DATABASE, Name="source_velib")["Table"]
    declared = json.loads((deployment.module.folder / "glue_tables.json").read_text("utf-8"))["source_velib"]
    assert [(each["Name"], each["Type"]) for each in table["StorageDescriptor"]["Columns"]] == [
        (each["name"], each["type"]) for each in declared["columns"]
    ]
    assert [each["Name"] for each in table["PartitionKeys"]] == ["date", "hour"]
    partitions = glue.get_partitions(DatabaseName=DATABASE, TableName="source_velib")["Partitions"]
    hours = {key.rsplit("/", 1)[0] for key in deployment.objects("clean/source=velib/")}
    assert {
        f"clean/source=velib/date={each['Values'][0]}/hour={each['Values'][1]}" for each in partitions
    } == hours


def test_glue_writes_the_files_of_the_laptop(deployment: Deployment, laptop: tuple[Lake, Path]) -> None:
    lake, _ = laptop
    for tier in ("clean", "quarantine"):
        here = {entry.key: lake.get(entry.key) for entry in lake.entries(tier)}
        there = {key: deployment.body(key) for key in deployment.objects(f"{tier}/")}
        assert here == there
    assert len(lake.entries("clean")) >= 6  # three hours at least, observations and ledger


def test_a_second_run_for_the_tick_changes_nothing_though_another_crawl_is_going_on(
    deployment: Deployment, first_run: Run
) -> None:
    """The crawl that is going on is waited for, and another one made: it may have begun too early."""
    glue = deployment.emulator.client("glue")
    before = {tier: deployment.objects(tier) for tier in DATA}
    requests = len(deployment.simulator.requests)
    deployment.emulator.hold_crawls()
    glue.start_crawler(Name="velib_clean_crawler")
    execution = deployment.started("velib_pipeline", deployment.scheduled)
    deployment.wait_for_error(execution, "Glue.CrawlerRunningException")
    ended_at = time.time()
    deployment.emulator.let_crawls_end()
    run = deployment.ended(execution)
    assert run.status == "SUCCEEDED", run.cause
    assert {tier: deployment.objects(tier) for tier in DATA} == before
    assert len(deployment.simulator.requests) == requests  # the feed is not asked again for what is there
    last = glue.get_crawler(Name="velib_clean_crawler")["Crawler"]["LastCrawl"]
    assert last["StartTime"].timestamp() > ended_at


def test_every_view_is_made(deployment: Deployment, first_run: Run) -> None:
    run = deployment.run("velib_kpi_views")
    assert run.status == "SUCCEEDED", run.cause
    tables = deployment.emulator.client("glue").get_tables(DatabaseName=DATABASE)["TableList"]
    views = {table["Name"] for table in tables if table["TableType"] == "VIRTUAL_VIEW"}
    assert views == {file.name for file in load_all()}


@pytest.mark.parametrize("name", [*CLIENT_KPIS, *(v.name for v in kpi_views() if v.name not in CLIENT_KPIS)])
def test_athena_answers_as_duckdb_does(deployment: Deployment, laptop: tuple[Lake, Path], name: str) -> None:
    lake, _ = laptop
    about = view(name)
    engine = DuckDbEngine(lake, "velib")
    expected = engine.view(name).select([column.name for column in about.columns]).to_pylist()
    engine.close()
    columns, rows = deployment.ask(f"SELECT * FROM {name}")
    assert columns == [column.name for column in about.columns]
    answered = [_typed(about, row) for row in rows]
    by_grain = _by_grain(about)
    assert sorted(answered, key=by_grain) == sorted((_bare(row) for row in expected), key=by_grain)
    if name in CLIENT_KPIS:
        assert len(answered) >= 10


def _typed(about: View, row: list[str | None]) -> dict[str, Any]:
    """A row of Athena's, each cell as its column's type."""
    read: dict[str, Callable[[str], Any]] = {
        "varchar": str,
        "integer": int,
        "bigint": int,
        "double": float,
        "boolean": lambda text: {"true": True, "false": False}[text],
        "timestamp": lambda text: datetime.strptime(text, "%Y-%m-%d %H:%M:%S.%f").replace(tzinfo=UTC),
        "date": date.fromisoformat,
    }
    return {
        column.name: None if cell is None else read[column.type](cell)
        for column, cell in zip(about.columns, row, strict=True)
    }


def _bare(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.astimezone(UTC) if isinstance(value, datetime) else value for name, value in row.items()
    }


def _by_grain(about: View) -> Callable[[dict[str, Any]], tuple[str, ...]]:
    keys = [part.strip() for part in about.grain.split(",")]
    return lambda row: tuple(str(row.get(key)) for key in keys)


def test_a_glue_job_that_fails_ends_the_run(deployment: Deployment, first_run: Run) -> None:
    key = next(key for key in deployment.objects("glue/scripts/wheels/") if "velib_insights" in key)
    wheel = deployment.body(key)
    deployment.delete(key)
    try:
        run = deployment.run()
    finally:
        deployment.emulator.client("s3").put_object(Bucket=BUCKET, Key=key, Body=wheel)
    assert (run.status, run.error) == ("FAILED", "States.TaskFailed")
    assert "there is no wheel" in run.cause
    assert "Start the crawler" not in run.states


def test_a_crawl_that_fails_ends_the_run(deployment: Deployment, first_run: Run) -> None:
    key = "clean/source=velib/date=2026-01-01/hour=00/part.parquet"
    deployment.emulator.client("s3").put_object(Bucket=BUCKET, Key=key, Body=b"no Parquet at all")
    try:
        run = deployment.run()
    finally:
        deployment.delete(key)
    assert (run.status, run.error) == ("FAILED", "CrawlFailed")
    assert "Parquet" in run.cause
    assert "Publish" not in run.states


def test_the_lean_profile_writes_the_same_files_without_spark_and_crawler(
    deployment: Deployment, first_run: Run
) -> None:
    before = {tier: deployment.objects(tier) for tier in ("clean/", "quarantine/")}
    calls = list(deployment.emulator.calls())
    assert [call for _, call, allowed in calls if not allowed] == []
    _default_calls.append(len(calls))
    # What the crawler made is not Terraform's, which would find its own table's name taken.
    deployment.emulator.client("glue").delete_table(DatabaseName=DATABASE, Name="source_velib")
    deployment.apply(clean_engine="lambda", catalog="projection")
    for tier in before:
        deployment.delete(tier)
    run = deployment.run()
    assert run.status == "SUCCEEDED", run.cause
    assert run.states == (
        "Is the tick given?", "Ingest", "Settle", "Clean", "Publish", "Was the tick taken in?", "Done",
    )  # fmt: skip
    assert {tier: deployment.objects(tier) for tier in before} == before
    assert deployment.emulator.client("glue").get_jobs()["Jobs"] == []
    assert deployment.emulator.client("glue").get_crawlers()["Crawlers"] == []


def test_athena_answers_the_same_with_projected_partitions(deployment: Deployment, first_run: Run) -> None:
    before = deployment.ask("SELECT * FROM kpi_top10_2hour ORDER BY critical_rank")
    run = deployment.run("velib_kpi_views")
    assert run.status == "SUCCEEDED", run.cause
    assert deployment.ask("SELECT * FROM kpi_top10_2hour ORDER BY critical_rank") == before
    assert len(before[1]) == 10


def test_a_feed_that_stumbles_is_asked_again(deployment: Deployment) -> None:
    _anew(deployment)
    deployment.simulator.faults.queue(Fault(FaultKind.STATUS, 503, only="station_status"))
    run = deployment.run()
    assert run.status == "SUCCEEDED", run.cause
    assert [note["outcome"] for note in _notes(deployment)] == ["fetch_failed", "ok"]
    assert _outcome_in_ledger(deployment) == "ok"


def test_a_feed_that_is_down_is_told_by_the_ledger_and_fails_the_run(deployment: Deployment) -> None:
    _anew(deployment)
    deployment.simulator.faults.queue(Fault(FaultKind.STATUS, 503, only="station_status"), requests=3)
    run = deployment.run()
    assert (run.status, run.error) == ("FAILED", "FeedUnavailable")
    assert "503" in run.cause
    assert {"Clean the hour of the failure", "Clean", "Publish"} <= set(run.states)
    assert [note["outcome"] for note in _notes(deployment)] == ["fetch_failed"] * 3
    assert _outcome_in_ledger(deployment) == "fetch_failed"


def test_a_feed_that_changed_is_not_asked_again(deployment: Deployment) -> None:
    _anew(deployment)
    deployment.simulator.faults.queue(Fault(FaultKind.RENAMED_FIELD, only="station_status"), requests=3)
    run = deployment.run()
    deployment.simulator.faults.clear()
    assert (run.status, run.error) == ("FAILED", "FeedChanged")
    assert len(_notes(deployment)) == 1
    assert _outcome_in_ledger(deployment) not in ("ok", None)


def test_a_function_that_dies_fails_the_run_and_the_next_one_makes_up_for_it(deployment: Deployment) -> None:
    _anew(deployment)
    functions = deployment.emulator.client("lambda")
    dies = io.BytesIO()
    with zipfile.ZipFile(dies, "w") as archive:
        archive.writestr("velib_insights/__init__.py", "")
        archive.writestr("velib_insights/aws/__init__.py", "")
        archive.writestr("velib_insights/aws/ingest_lambda.py", "import os\ndef handler(*_): os._exit(1)\n")
    functions.update_function_code(FunctionName="velib_ingest_lambda", ZipFile=dies.getvalue())
    run = deployment.run()
    functions.update_function_code(
        FunctionName="velib_ingest_lambda", S3Bucket=BUCKET, S3Key="lambda/velib_ingest_lambda.zip"
    )
    assert run.status == "FAILED"
    assert "Clean" in run.states
    assert _notes(deployment) == []
    assert deployment.run().status == "SUCCEEDED"
    assert _outcome_in_ledger(deployment) == "ok"


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("velib_ingest_lambda", "KeepRaw"),
        ("velib_clean_lambda", "WriteClean"),
        ("velib_pipeline", "CallFunctions"),
    ],
)
def test_a_right_that_is_taken_away_is_missed(deployment: Deployment, role: str, statement: str) -> None:
    _anew(deployment)
    iam = deployment.emulator.client("iam")
    name = iam.list_role_policies(RoleName=role)["PolicyNames"][0]
    whole = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    less = {**whole, "Statement": [each for each in whole["Statement"] if each["Sid"] != statement]}
    assert len(less["Statement"]) == len(whole["Statement"]) - 1
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(less))
    run = deployment.run()
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(whole))
    assert run.status == "FAILED"
    assert deployment.run().status == "SUCCEEDED"


def test_a_run_started_by_hand_takes_the_tick_of_now(deployment: Deployment) -> None:
    deployment.simulator.set_time(datetime.now(UTC).timestamp())
    run = deployment.run(given={})
    assert run.status == "SUCCEEDED", run.cause
    assert "Take the tick of the start" in run.states


def test_what_was_called_is_what_the_rights_are_measured_by(deployment: Deployment) -> None:
    """needs.py says neither less nor more than what the roles did, as far as it can be seen here."""
    calls = [(role, call.action) for role, call, allowed in deployment.emulator.calls() if allowed]
    made = {"default": calls[: _default_calls[0]], "lean": calls[_default_calls[0] :]}
    for profile, roles in NEEDS.items():
        for role, needs in roles.items():
            same = NEEDS["default"].get(role) == NEEDS["lean"].get(role)
            called = {
                action
                for name, action in (calls if same else made[profile])
                if name == ROLE_NAMES[role, profile]
            }
            needed = {call.action for call in needs}
            unseen = NOT_SEEN_BY_THE_EMULATOR[role]
            assert called <= needed, f"{profile}: {role} calls what needs.py does not say"
            assert needed - called <= unseen, f"{profile}: {role} never calls these"
            assert called & unseen == set(), f"{profile}: {role} is seen to call these"


_NAMES = {
    "ingest": "velib_ingest_lambda",
    "publish": "velib_publish_lambda",
    "crawler": "velib_clean_crawler",
    "pipeline": "velib_pipeline",
    "kpi_views": "velib_kpi_views",
    "schedule": "velib_pipeline_schedule",
}
ROLE_NAMES = {(role, profile): name for role, name in _NAMES.items() for profile in NEEDS}
ROLE_NAMES |= {("clean", "default"): "velib_clean_job", ("clean", "lean"): "velib_clean_lambda"}
_default_calls: list[int] = []


def _anew(deployment: Deployment) -> None:
    """The tick of now as one that was not asked for yet: a feed is asked for a tick at its time only."""
    deployment.tick_of_now()
    hour = deployment.tick.hour
    deployment.delete(f"raw/source=velib/date={hour.date}/hour={hour.hh}/{deployment.tick.stamp}")
    deployment.simulator.set_time(deployment.tick.epoch + 1)


def _notes(deployment: Deployment) -> list[dict[str, Any]]:
    """The fetch notes of the tick, in the order in which they were kept."""
    folder = f"raw/source=velib/date={deployment.tick.hour.date}/hour={deployment.tick.hour.hh}/"
    names = [key for key in deployment.objects(folder) if key.endswith(".fetch.json")]
    return [
        json.loads(deployment.body(key)) for key in sorted(names, key=len) if deployment.tick.stamp in key
    ]


def _outcome_in_ledger(deployment: Deployment) -> str | None:
    hour = deployment.tick.hour
    ledger = pq.read_table(
        io.BytesIO(deployment.body(f"clean/ticks/date={hour.date}/hour={hour.hh}/part.parquet"))
    )
    outcomes = {row["snapshot_epoch"]: row["outcome"] for row in ledger.to_pylist()}
    return outcomes.get(deployment.tick.epoch)


def test_destroy_leaves_nothing(deployment: Deployment) -> None:
    deployment.destroy()
    assert deployment.module.state().resources == {}
    client = deployment.emulator.client
    left = {
        "buckets": client("s3").list_buckets()["Buckets"],
        "functions": client("lambda").list_functions()["Functions"],
        "databases": client("glue").get_databases()["DatabaseList"],
        "jobs": client("glue").get_jobs()["Jobs"],
        "crawlers": client("glue").get_crawlers()["Crawlers"],
        "machines": client("stepfunctions").list_state_machines()["stateMachines"],
        "schedules": client("scheduler").list_schedules()["Schedules"],
        "workgroups": [
            each["Name"]
            for each in client("athena").list_work_groups()["WorkGroups"]
            if each["Name"] != "primary"
        ],
        "roles": client("iam").list_roles()["Roles"],
        "topics": client("sns").list_topics()["Topics"],
        "alarms": client("cloudwatch").describe_alarms()["MetricAlarms"],
        "logs": client("logs").describe_log_groups()["logGroups"],
    }
    assert {what: found for what, found in left.items() if found} == {}
