"""Tools of the AWS tests. A tool that is missing skips what needs it, and fails it where everything is required."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.aws.terraform_module import Module, Plan, copy_of_module, provider_mirror
from tests.needed import missing


@pytest.fixture(scope="session")
def new_module(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Module]:
    """Makes a copy of `infra/`, not initialised yet."""
    if not shutil.which("terraform"):
        missing("terraform is not installed (1.11 or newer)")

    def make(name: str) -> Module:
        folder = tmp_path_factory.mktemp(name)
        home = folder / "home"
        home.mkdir()
        return copy_of_module(folder / "project", home)

    return make


def initialised(module: Module) -> Module:
    done = module.run("init", "-backend=false", "-input=false")
    if done.returncode and provider_mirror() is None:
        pytest.skip("the AWS provider is in no local mirror, and the registry cannot be reached")
    assert done.returncode == 0, done.stderr
    return module


@pytest.fixture(scope="session")
def module(new_module: Callable[[str], Module]) -> Module:
    """`infra/`, initialised, to look at; no test changes it."""
    return initialised(new_module("module"))


@dataclass
class TestReport:
    """What `terraform test` said: the status of each run, what went wrong, and the plan of each."""

    __test__ = False

    statuses: dict[tuple[str, str], str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    plans: dict[str, Plan] = field(default_factory=dict)


@pytest.fixture(scope="session")
def report(module: Module) -> TestReport:
    """`terraform test` of the names and the settings, without AWS and without credentials."""
    done = module.run("test", "-json", "-verbose", "-filter=tests/names.tftest.hcl")
    return read_report(done.stdout)


def read_report(output: str) -> TestReport:
    report = TestReport()
    for line in output.splitlines():
        said = json.loads(line)
        run = said.get("@testrun", "")
        if said["type"] == "diagnostic":
            found = said["diagnostic"]
            report.errors.append(f"{run}: {found['summary']}\n{found.get('detail', '')}")
        elif said["type"] == "test_run" and said["test_run"]["progress"] == "complete":
            report.statuses[Path(said["@testfile"]).name, run] = said["test_run"]["status"]
        elif said["type"] == "test_plan":
            changes = said["test_plan"]["resource_changes"]
            report.plans[run] = Plan(
                {each["address"]: each["change"]["after"] for each in changes if each["change"]["after"]}
            )
    return report


@pytest.fixture(scope="session")
def plans(report: TestReport) -> dict[str, Plan]:
    """The plan of each run of tests/names.tftest.hcl, by the run's name."""
    return report.plans
