"""The definitions, as Terraform renders them, are right by language and services; planted faults are seen."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.aws.state_machines import problems, states
from tests.aws.terraform_module import Plan

from velib_insights.core import errors
from velib_insights.sql import load_all

pytestmark = pytest.mark.aws

Machine = dict[str, Any]
PROFILES = ["default", "lean", "lab", "another_network", "hourly_and_by_names_of_ones_own"]
OUR_ERRORS = frozenset(name for name, kind in vars(errors).items() if isinstance(kind, type))


def definition(plans: dict[str, Plan], name: str, profile: str = "default") -> str:
    return str(plans[profile].resources[f"aws_sfn_state_machine.{name}"]["definition"])


@pytest.mark.parametrize("name", ["pipeline", "kpi_views"])
@pytest.mark.parametrize("profile", PROFILES)
def test_nothing_is_wrong(plans: dict[str, Plan], profile: str, name: str) -> None:
    assert problems(definition(plans, name, profile), OUR_ERRORS) == []


Spoil = Callable[[dict[str, Machine]], object]
PIPELINE_FAULTS: dict[str, Spoil] = {
    "a step that leads nowhere": lambda s: s["Settle"].update(Next="Cleaning"),
    "a step that nothing leads to": lambda s: s["Ingest"].update(Next="Clean", Catch=[]),
    "a step without an end": lambda s: s["Publish"].pop("Next"),
    "an unknown type": lambda s: s["Settle"].update(Type="Sleep"),
    "a wait without a span": lambda s: s["Settle"].pop("Seconds"),
    "a choice without a condition": lambda s: s["Is the crawl over?"]["Choices"][1]["And"][1].pop(
        "StringEquals"
    ),
    "a choice without a way on": lambda s: s["Was the tick taken in?"]["Choices"][0].pop("Next"),
    "a back-off below one": lambda s: s["Ingest"]["Retry"][0].update(BackoffRate=0.5),
    "a retry of nothing": lambda s: s["Ingest"]["Retry"][0].pop("ErrorEquals"),
    "a catch-all before the others": lambda s: s["Ingest"]["Retry"].insert(
        0, {"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}
    ),
    "a broken path": lambda s: s["Ingest"].update(ResultPath="ingest"),
    "an error of another service": lambda s: s["Start the crawler"]["Retry"][0].update(
        ErrorEquals=["Glue.ConcurrentRunsExceededException"]
    ),
    "an error that does not exist": lambda s: s["Clean"]["Retry"][0].update(ErrorEquals=["Glue.TooManyRuns"]),
    "an error that our functions do not know": lambda s: s["Ingest"]["Retry"][0].update(
        ErrorEquals=["FeedUnreachable"]
    ),
    "an unknown service": lambda s: s["Start the crawler"].update(
        Resource="arn:aws:states:::aws-sdk:gluon:startCrawler"
    ),
    "an unknown operation": lambda s: s["Start the crawler"].update(
        Resource="arn:aws:states:::aws-sdk:glue:runCrawler"
    ),
    "an operation with a capital": lambda s: s["Start the crawler"].update(
        Resource="arn:aws:states:::aws-sdk:glue:StartCrawler"
    ),
    "a wait that is not offered": lambda s: s["Start the crawler"].update(
        Resource="arn:aws:states:::aws-sdk:glue:startCrawler.sync"
    ),
    "an ARN that is none": lambda s: s["Clean"].update(Resource="glue:startJobRun.sync"),
    "a parameter that is not taken": lambda s: s["Clean"]["Parameters"].update(Args={}),
    "a parameter in small letters": lambda s: s["Clean"]["Parameters"].update(
        jobName=s["Clean"]["Parameters"].pop("JobName")
    ),
    "a parameter that is lacking": lambda s: s["Look at the crawler"]["Parameters"].pop("Name"),
    "a parameter of another type": lambda s: s["Clean"]["Parameters"].update(Arguments=["--since"]),
    "an argument that is no text": lambda s: s["Clean"]["Parameters"]["Arguments"].update({"--again": True}),
    "a path without its mark": lambda s: s["Clean"]["Parameters"]["Arguments"].update(
        {"--since": "$.ingest.since"}
    ),
    "a mark without a path": lambda s: s["Ingest"]["Parameters"]["Payload"].update({"tick.$": "tick"}),
}


@pytest.mark.parametrize("fault", PIPELINE_FAULTS)
def test_a_fault_planted_in_the_pipeline_is_seen(plans: dict[str, Plan], fault: str) -> None:
    machine = json.loads(definition(plans, "pipeline"))
    PIPELINE_FAULTS[fault](machine["States"])
    assert problems(json.dumps(machine), OUR_ERRORS) != []


def first_view(states: dict[str, Machine]) -> Machine:
    return next(iter(states["Round 1"]["Branches"][0]["States"].values()))


KPI_FAULTS: dict[str, Spoil] = {
    "a workgroup by another name": lambda s: first_view(s)["Parameters"].update(Workgroup="velib_workgroup"),
    "no query": lambda s: first_view(s)["Parameters"].pop("QueryString"),
    "a database out of its place": lambda s: first_view(s)["Parameters"].update(Database="velib_db_tf"),
    "a branch that begins nowhere": lambda s: s["Round 2"]["Branches"][0].update(StartAt="nobody"),
    "a round without branches": lambda s: s["Round 2"].pop("Branches"),
    "an unknown error": lambda s: first_view(s)["Retry"][0].update(ErrorEquals=["Athena.Busy"]),
}


@pytest.mark.parametrize("fault", KPI_FAULTS)
def test_a_fault_planted_in_the_views_is_seen(plans: dict[str, Plan], fault: str) -> None:
    machine = json.loads(definition(plans, "kpi_views"))
    KPI_FAULTS[fault](machine["States"])
    assert problems(json.dumps(machine), OUR_ERRORS) != []


def test_every_view_is_made_from_its_file_after_what_it_reads(plans: dict[str, Plan]) -> None:
    machine = json.loads(definition(plans, "kpi_views"))
    files = {file.name: file for file in load_all()}
    made_in: dict[str, str] = {}
    for path, state in states(machine):
        if state["Type"] == "Task":
            name = path.rpartition("/")[2]
            made_in[name] = path.partition("[")[0]
            query = state["Parameters"]["QueryString"]
            assert query == f"CREATE OR REPLACE VIEW {name} AS\n{files[name].text}"
    assert set(made_in) == set(files)
    for name, file in files.items():
        for read in file.reads:
            assert read not in files or made_in[read] < made_in[name], f"{name} is made before {read}"


def test_definitions_are_no_larger_than_step_functions_takes(plans: dict[str, Plan]) -> None:
    for name in ("pipeline", "kpi_views"):
        assert len(definition(plans, name).encode()) < 1_048_576
    for _, state in states(json.loads(definition(plans, "kpi_views"))):
        if state["Type"] == "Task":
            assert len(state["Parameters"]["QueryString"].encode()) < 262_144  # Athena's own limit


def test_what_is_switched_off_is_not_called(plans: dict[str, Plan]) -> None:
    lean = json.loads(definition(plans, "pipeline", "lean"))["States"]
    assert lean["Clean"]["Resource"] == "arn:aws:states:::lambda:invoke"
    assert not any("crawl" in name for name in lean)
    assert lean["Clean"]["Next"] == "Publish"
    silent = json.loads(definition(plans, "pipeline", "another_network"))["States"]
    assert "Publish" not in silent
    assert silent["Clean"]["Next"] == "Was the tick taken in?"
