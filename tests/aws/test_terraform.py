"""The module itself: well formed, valid, every name and setting as stated, every wrong value refused."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.aws.conftest import TestReport, initialised, read_report
from tests.aws.terraform_module import INFRA, Module, Plan

from velib_insights.aws.metrics import tell_ingested
from velib_insights.core.ticks.tick import Tick
from velib_insights.steps.ingest import Ingested

pytestmark = [pytest.mark.aws, pytest.mark.timeout(600)]

TAGS = {"project": "velib-insights", "owner": "team-naw-seu", "course": "data-pipeline-episen"}


@dataclass(frozen=True)
class Variable:
    name: str
    text: str

    @property
    def validations(self) -> int:
        return self.text.count("validation {")


def variables() -> list[Variable]:
    text = (INFRA / "variables.tf").read_text("utf-8")
    return [
        Variable(*found)
        for found in re.findall(r'^variable "(\w+)" \{\n(.*?)^\}', text, re.MULTILINE | re.DOTALL)
    ]


def first_run(module: Module) -> TestReport:
    """`terraform test` of a module that was spoilt; the first run, of the defaults, is enough to see it."""
    names = module.folder / "tests" / "names.tftest.hcl"
    names.write_text(names.read_text("utf-8").partition('run "lean"')[0], "utf-8")
    initialised(module)
    return read_report(module.run("test", "-json", f"-filter=tests/{names.name}").stdout)


def test_every_file_is_formatted(module: Module) -> None:
    assert module.must("fmt", "-check", "-recursive", "-diff") == ""


def test_types_and_references_hold(module: Module) -> None:
    assert "valid" in module.must("validate")


def test_names_tags_and_profiles_are_as_stated(report: TestReport) -> None:
    assert report.errors == []
    assert set(report.statuses.values()) == {"pass"}
    assert {run for _, run in report.statuses} >= {"default", "lean", "lab", "another_network"}


def test_a_name_that_is_not_the_clients_fails(new_module: Callable[[str], Module]) -> None:
    module = new_module("wrong-name")
    variables_file = module.folder / "variables.tf"
    text = variables_file.read_text("utf-8")
    variables_file.write_text(text.replace('"velib_clean_crawler"', '"velib_crawler"'), "utf-8")
    report = first_run(module)
    assert report.statuses["names.tftest.hcl", "default"] == "fail"
    assert any("The crawler is velib_clean_crawler" in error for error in report.errors)


def test_wrong_values_are_refused(module: Module) -> None:
    report = read_report(module.run("test", "-json", "-filter=tests/validation.tftest.hcl").stdout)
    assert report.errors == []
    assert set(report.statuses.values()) == {"pass"}


def test_every_validation_has_a_wrong_value() -> None:
    text = (INFRA / "tests" / "validation.tftest.hcl").read_text("utf-8")
    tried = Counter(re.findall(r"expect_failures = \[var\.(\w+)\]", text))
    lacking = {each.name for each in variables() if tried[each.name] < each.validations}
    assert lacking == set()
    assert sum(tried.values()) > 30


@pytest.mark.parametrize("variable", variables(), ids=lambda variable: variable.name)
def test_every_variable_says_what_it_is(variable: Variable) -> None:
    assert re.search(r"^  description = \"[^\"]{15,}", variable.text, re.MULTILINE)
    assert re.search(r"^  type +=", variable.text, re.MULTILINE)
    for message in re.findall(r'error_message = "(.*)"$', variable.text, re.MULTILINE):
        assert len(message) > 60, f"says what, but not why: {message}"


def test_every_resource_is_tagged(module: Module, plans: dict[str, Plan]) -> None:
    provider = (INFRA / "main.tf").read_text("utf-8").partition("default_tags {")[2].partition("\n  }\n")[0]
    said = dict(re.findall(r"(\w+) += var\.(\w+)", provider))
    defaults = {each.name: re.search(r'default += "(.*)"', each.text) for each in variables()}
    assert {tag: defaults[name][1] for tag, name in said.items() if defaults[name]} == TAGS
    for plan in plans.values():
        overridden = {at for at, found in plan.resources.items() if found.get("tags")}
        assert overridden == set()


def test_the_profiles_are_values_and_nothing_else(module: Module) -> None:
    known = {each.name for each in variables()}
    files = sorted((INFRA / "profiles").glob("*.tfvars"))
    assert [file.stem for file in files] == ["lab", "lean"]
    for file in files:
        assert set(re.findall(r"^(\w+) +=", file.read_text("utf-8"), re.MULTILINE)) <= known


@pytest.mark.parametrize("profile", ["lab", "lean"])
def test_a_profile_can_be_planned(module: Module, profile: str) -> None:
    said = module.run(
        "test",
        "-json",
        "-test-directory=tests/profiles",
        f"-var-file=profiles/{profile}.tfvars",
        "-verbose",
    )
    report = read_report(said.stdout)
    assert report.errors == []
    assert report.statuses["profile.tftest.hcl", "profile"] == "pass"
    assert (report.plans["profile"].of_type("aws_iam_role") == {}) == (profile == "lab")


def test_alarms_look_at_figures_that_are_told(
    plans: dict[str, Plan], capsys: pytest.CaptureFixture[str]
) -> None:
    """An alarm on a metric that nobody writes would never be raised, or never rest."""
    tick = Tick.parse("20261123T0815Z")
    tell_ingested(Ingested(tick, "ok", None, (), stations=1480), "velib-insights", 1.0)
    told = json.loads(capsys.readouterr().out)
    (directive,) = told["_aws"]["CloudWatchMetrics"]
    known = {(directive["Namespace"], each["Name"]) for each in directive["Metrics"]}
    assert directive["Dimensions"] == [["Project"]]
    looked_at = [
        metric
        for alarm in plans["default"].of_type("aws_cloudwatch_metric_alarm").values()
        for query in alarm["metric_query"]
        for metric in query["metric"]
        if metric["namespace"] != "AWS/States"
    ]
    assert len(looked_at) == 3
    assert {(metric["namespace"], metric["metric_name"]) for metric in looked_at} <= known
    assert all(metric["dimensions"] == {"Project": told["Project"]} for metric in looked_at)


def test_no_account_and_no_credentials_are_in_the_module() -> None:
    for file in INFRA.rglob("*.tf*"):
        text = file.read_text("utf-8")
        numbers = set(re.findall(r"(?<![0-9])[0-9]{12}(?![0-9])", text)) - {"123456789012"}
        assert numbers == set(), f"{file.name} names an account"
        assert not re.search(r"AKIA[0-9A-Z]{16}|secret_key", text), f"{file.name} holds credentials"


def test_without_a_package_the_plan_says_how_to_make_one(module: Module, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = module.run("plan", "-input=false", f"-var=artifacts_dir={tmp_path / 'empty'}")
    assert done.returncode == 1
    assert "just package" in done.stderr


def test_views_in_a_circle_are_named(new_module: Callable[[str], Module]) -> None:
    module = new_module("circle")
    sql = module.folder.parent / "src" / "velib_insights" / "sql"
    real = sql.resolve()
    sql.unlink()
    shutil.copytree(real, sql, ignore=shutil.ignore_patterns("__pycache__"))
    view = sql / "base" / "observed_ticks.sql"
    view.write_text(view.read_text("utf-8").replace("-- reads: ticks", "-- reads: latest_tick"), "utf-8")
    report = first_run(module)
    assert any(
        "No order to make these views in" in error and "latest_tick" in error for error in report.errors
    )
