"""The client's own design: Glue's Spark cleans, the crawler finds the new hours, Athena answers."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.aws.deployment import BUCKET, DATABASE, Deployment, Run
from tests.aws.emulator.server import ROOT

from velib_insights.adapters.athena import Scanned
from velib_insights.adapters.duckdb_engine import DuckDbEngine
from velib_insights.adapters.lake import Lake
from velib_insights.core.catalogue.views import View, kpi_views, view
from velib_insights.settings import read_settings
from velib_insights.sql import load_all
from velib_insights.steps.kpi import CLIENT_KPIS, kpi
from velib_insights.wiring.engines import open_engine

pytestmark = [pytest.mark.aws, pytest.mark.spark, pytest.mark.slow, pytest.mark.timeout(900)]

TAGS = {"project": "velib-insights", "owner": "team-naw-seu", "course": "data-pipeline-episen"}
DATA = ("raw/", "clean/", "quarantine/", "history/", "site/")
# Of these the emulator does not keep every property that it was given.
FORGETS = re.compile(r"aws_cloudwatch_metric_alarm\..*|aws_glue_crawler\.clean\[0\]|aws_glue_job\.clean\[0\]")


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


def test_a_second_plan_changes_nothing(deployment: Deployment) -> None:
    said = deployment.module.must("plan", "-no-color", "-input=false", "-lock=false")
    changed = re.findall(r"^  # (\S+) (?:will|must) be", said, re.MULTILINE)
    assert [at for at in changed if not FORGETS.fullmatch(at)] == []


def test_a_state_from_before_the_modules_stays_as_it_is(deployment: Deployment, tmp_path: Path) -> None:
    """The deployed state with the addresses that `moved.tf` names: nothing is created or destroyed."""
    text = (deployment.module.folder / "moved.tf").read_text("utf-8")
    moved = {new: old for old, new in re.findall(r"from = (\S+)\n  to   = (\S+)", text)}
    state = json.loads(deployment.module.must("state", "pull"))
    before = [resource for resource in state["resources"] if not _at_old_address(resource, moved)]
    assert len(state["resources"]) - len(before) == 20, (
        "of 22; the client's design has no function that cleans"
    )
    older = tmp_path / "older.tfstate"
    older.write_text(json.dumps(state), "utf-8")
    said = deployment.module.must(
        "plan", "-no-color", "-input=false", "-lock=false", "-refresh=false", f"-state={older}"
    )
    assert "Plan:" not in said or re.search(
        r"^Plan: 0 to add, \d+ to change, 0 to destroy\.", said, re.MULTILINE
    )
    assert said.count("has moved to") + said.count("(moved from") >= 20


def _at_old_address(resource: dict[str, Any], moved: dict[str, str]) -> bool:
    """Puts a resource of a state where it was before; whether it was elsewhere."""
    (instance,) = resource["instances"] if len(resource["instances"]) == 1 else (None,)
    if instance is None:
        return False
    module = f"{resource['module']}." if "module" in resource else ""
    index = f"[{instance['index_key']}]" if isinstance(instance.get("index_key"), int) else ""
    old = moved.get(f"{module}{resource['type']}.{resource['name']}{index}")
    if old is None:
        return False
    resource.pop("module", None)
    resource["name"] = old.split(".")[1].partition("[")[0]
    instance.pop("index_key", None)
    if old.endswith("[0]"):
        instance["index_key"] = 0
    return True


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


@pytest.mark.parametrize("name", CLIENT_KPIS)
def test_velib_asks_athena_as_it_asks_duckdb(
    deployment: Deployment, laptop: tuple[Lake, Path], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`velib kpi NAME --engine athena`, from the laptop: the product's own way, without the deployed views."""
    for variable, value in (ROOT | {"AWS_ENDPOINT_URL_ATHENA": deployment.emulator.url}).items():
        monkeypatch.setenv(variable, value)
    scanned: list[Scanned] = []
    asked = kpi(open_engine(read_settings({"engine": "athena"}), scanned.append), name)
    lake, _ = laptop
    engine = DuckDbEngine(lake, "velib")
    expected = kpi(engine, name)
    engine.close()
    by_grain = _by_grain(view(name))
    assert asked.column_names == expected.column_names
    assert sorted(map(_bare, asked.to_pylist()), key=by_grain) == sorted(
        map(_bare, expected.to_pylist()), key=by_grain
    )
    assert scanned


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
