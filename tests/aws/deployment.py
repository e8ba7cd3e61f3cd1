"""The pipeline deployed on the emulator, fed by the simulator, and started as its schedule would start it."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.aws.emulator.server import ACCOUNT, REGION, ROOT, Emulator
from tests.aws.terraform_module import Module

from velib_insights.adapters.feeds import GbfsFeed, HttpClient, HttpLimits
from velib_insights.adapters.lake import Lake
from velib_insights.core.ticks.tick import Tick
from velib_insights.simulator.server import SimulatorServer
from velib_insights.steps.ingest import Network, ingest

BUCKET = "velib-insights-naw-seu-2326"
DATABASE = "velib_db_tf"
WORKGROUP = "velib_workgroup"
# The provider as the emulator needs it; the module itself knows nothing of emulators.
PROVIDER = """
provider "aws" {
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  s3_use_path_style           = true
  max_retries                 = 6
}
"""
CADENCE_S = 900
_RUN_WITHIN_S = 200
_TO_ASK_S = 45


@dataclass(frozen=True)
class Run:
    """One execution, when it has ended."""

    status: str
    error: str
    cause: str
    states: tuple[str, ...]


@dataclass
class Deployment:
    emulator: Emulator
    module: Module
    simulator: SimulatorServer
    tick: Tick = field(default_factory=lambda: Tick.at_or_before(datetime.now(UTC), CADENCE_S))
    variables: dict[str, Any] = field(default_factory=dict)
    # How many calls the roles had made when the client's design gave way to the lean profile.
    calls_of_the_default: int = 0

    def apply(self, **variables: Any) -> None:
        """`terraform apply`; the variables stay for what follows."""
        self.variables |= variables
        file = self.module.folder / "terraform.tfvars.json"
        file.write_text(json.dumps(self.variables), "utf-8")
        self.module.must("apply", "-auto-approve", "-input=false", "-parallelism=20", timeout=400)

    def destroy(self) -> None:
        self.module.must("destroy", "-auto-approve", "-input=false", "-parallelism=20", timeout=400)

    @property
    def lake(self) -> Lake:
        return Lake.open(
            f"s3://{BUCKET}",
            endpoint=self.emulator.url,
            region=REGION,
            access_key_id=ROOT["AWS_ACCESS_KEY_ID"],
            secret_access_key=ROOT["AWS_SECRET_ACCESS_KEY"],
        )

    def tick_of_now(self) -> Tick:
        """The tick that a run is for from here on; not one that ends before a run could ask for it."""
        left_s = CADENCE_S - time.time() % CADENCE_S
        if left_s < _TO_ASK_S:
            time.sleep(left_s + 0.1)
        self.tick = Tick.at_or_before(datetime.now(UTC), CADENCE_S)
        self.simulator.set_time(self.tick.epoch + 1)
        return self.tick

    def seed(self, ticks: list[Tick]) -> None:
        """Take ticks in as the laptop does, each at its simulated time."""
        lake = self.lake
        limits = HttpLimits(read_s=2, deadline_s=10, attempts=2, backoff_s=0.01)
        for tick in ticks:
            self.simulator.set_time(tick.epoch + 1)
            feed = GbfsFeed(self.simulator.gbfs_url, client=HttpClient(limits))
            assert ingest(lake, feed, tick, Network()).outcome == "ok"
        self.simulator.set_time(self.tick.epoch + 1)

    def run(self, machine: str = "velib_pipeline", given: dict[str, Any] | None = None) -> Run:
        """Start the state machine and wait until it ends; without an input, as the schedule starts the pipeline."""
        usual = self.scheduled if machine == "velib_pipeline" else {}
        return self.ended(self.started(machine, usual if given is None else given))

    @property
    def scheduled(self) -> dict[str, str]:
        """What the schedule gives the pipeline."""
        return {"tick": f"{self.tick.at:%Y-%m-%dT%H:%M:%SZ}"}

    def started(self, machine: str, given: dict[str, Any]) -> str:
        arn = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{machine}"
        client = self.emulator.client("stepfunctions")
        return str(client.start_execution(stateMachineArn=arn, input=json.dumps(given))["executionArn"])

    def ended(self, execution: str) -> Run:
        client = self.emulator.client("stepfunctions")
        until = time.monotonic() + _RUN_WITHIN_S
        while (said := client.describe_execution(executionArn=execution))["status"] == "RUNNING":
            assert time.monotonic() < until, f"{execution} has not ended"
            time.sleep(0.3)
        events = client.get_execution_history(executionArn=execution, maxResults=1000)["events"]
        entered = tuple(
            event["stateEnteredEventDetails"]["name"]
            for event in events
            if "stateEnteredEventDetails" in event
        )
        return Run(said["status"], said.get("error", ""), said.get("cause", ""), entered)

    def executions(self) -> set[str]:
        """Of the pipeline, so far."""
        arn = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:velib_pipeline"
        client = self.emulator.client("stepfunctions")
        return {each["executionArn"] for each in client.list_executions(stateMachineArn=arn)["executions"]}

    def input_of(self, execution: str) -> str:
        client = self.emulator.client("stepfunctions")
        return str(client.describe_execution(executionArn=execution)["input"])

    def wait_for_error(self, execution: str, error: str) -> None:
        """Until a task of the execution failed with that error."""
        until = time.monotonic() + _RUN_WITHIN_S
        while not any(
            e.get("taskFailedEventDetails", {}).get("error") == error for e in self._history(execution)
        ):
            assert time.monotonic() < until, f"{execution} has not met {error}"
            time.sleep(0.3)

    def _history(self, execution: str) -> list[dict[str, Any]]:
        client = self.emulator.client("stepfunctions")
        return list(client.get_execution_history(executionArn=execution, maxResults=1000)["events"])

    def objects(self, prefix: str = "") -> dict[str, str]:
        """The SHA-256 of every object below the prefix, by key."""
        client = self.emulator.client("s3")
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        keys = [each["Key"] for page in pages for each in page.get("Contents", ())]
        return {key: hashlib.sha256(self.body(key)).hexdigest() for key in keys}

    def body(self, key: str) -> bytes:
        return bytes(self.emulator.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read())

    def delete(self, prefix: str) -> None:
        client = self.emulator.client("s3")
        for key in self.objects(prefix):
            client.delete_object(Bucket=BUCKET, Key=key)

    def ask(self, sql: str) -> tuple[list[str], list[list[str | None]]]:
        """The columns and rows of a query in the workgroup, cells as Athena's API gives them."""
        client = self.emulator.client("athena")
        query = client.start_query_execution(
            QueryString=sql, WorkGroup=WORKGROUP, QueryExecutionContext={"Database": DATABASE}
        )["QueryExecutionId"]
        until = time.monotonic() + 60
        while True:
            status = client.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]
            if status["State"] not in ("QUEUED", "RUNNING"):
                break
            assert time.monotonic() < until, f"still running: {sql}"
            time.sleep(0.1)
        assert status["State"] == "SUCCEEDED", status["StateChangeReason"]
        pages = client.get_paginator("get_query_results").paginate(QueryExecutionId=query)
        rows = [
            [cell.get("VarCharValue") for cell in row["Data"]]
            for page in pages
            for row in page["ResultSet"]["Rows"]
        ]
        return [str(name) for name in rows[0]], rows[1:]
