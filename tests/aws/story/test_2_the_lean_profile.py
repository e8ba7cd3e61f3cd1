"""The lean profile writes the same files; and what happens when something goes wrong."""

from __future__ import annotations

import io
import json
import time
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.aws.deployment import BUCKET, DATABASE, Deployment, Run

from velib_insights.simulator.feeds.faults import Fault, FaultKind

pytestmark = [pytest.mark.aws, pytest.mark.spark, pytest.mark.slow, pytest.mark.timeout(900)]


def test_the_lean_profile_writes_the_same_files_without_spark_and_crawler(
    deployment: Deployment, first_run: Run
) -> None:
    before = {tier: deployment.objects(tier) for tier in ("clean/", "quarantine/")}
    calls = list(deployment.emulator.calls())
    assert [call for _, call, allowed in calls if not allowed] == []
    deployment.calls_of_the_default = len(calls)
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


def test_the_schedule_starts_a_run_for_its_own_instant(deployment: Deployment) -> None:
    """The very schedule that Terraform made, but for the hour at which it is due."""
    schedules = deployment.emulator.client("scheduler")
    made = schedules.get_schedule(Name="velib_pipeline_schedule")
    due = datetime.now(UTC) + timedelta(seconds=2)
    before = deployment.executions()
    schedules.update_schedule(
        Name=made["Name"],
        ScheduleExpression=f"at({due:%Y-%m-%dT%H:%M:%S})",
        State="ENABLED",
        FlexibleTimeWindow=made["FlexibleTimeWindow"],
        Target=made["Target"],
    )
    until = time.monotonic() + 30
    while not (started := deployment.executions() - before):
        assert time.monotonic() < until, "the schedule started nothing"
        time.sleep(0.3)
    (execution,) = started
    run = deployment.ended(execution)
    assert run.status == "SUCCEEDED", run.cause
    given = json.loads(deployment.input_of(execution))
    assert abs(datetime.fromisoformat(given["tick"]) - due) < timedelta(seconds=20)


def test_a_run_started_by_hand_takes_the_tick_of_now(deployment: Deployment) -> None:
    deployment.simulator.set_time(datetime.now(UTC).timestamp())
    run = deployment.run(given={})
    assert run.status == "SUCCEEDED", run.cause
    assert "Take the tick of the start" in run.states


def _anew(deployment: Deployment) -> None:
    """The tick of now as one that was not asked for yet: a feed is asked for a tick at its time only.

    Its hour goes with it, which would not be made of fewer fetches than before.
    """
    deployment.tick_of_now()
    hour = deployment.tick.hour
    folder = f"date={hour.date}/hour={hour.hh}/"
    deployment.delete(f"raw/source=velib/{folder}{deployment.tick.stamp}")
    for tier in ("clean/source=velib", "clean/ticks", "quarantine/source=velib"):
        deployment.delete(f"{tier}/{folder}")


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
