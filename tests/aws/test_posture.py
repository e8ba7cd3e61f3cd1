"""checkov finds nothing but what is left out with a reason, and what is left out is still needed."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.aws.terraform_module import INFRA
from tests.needed import missing

pytestmark = [pytest.mark.aws, pytest.mark.timeout(600)]

CHECKOV = "checkov==3.3.30"  # pinned: a newer one may know checks that nobody has looked at yet
SKIP = re.compile(r"^  - (CKV\w+) # .{15,}$", re.MULTILINE)


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[tuple[str, str]]]:
    """The checks that fail for the module as it is, and for one that was spoilt: check and resource."""
    folder = tmp_path_factory.mktemp("checkov")
    for name in ("module", "spoilt"):
        shutil.copytree(INFRA, folder / name, ignore=shutil.ignore_patterns(".terraform*", ".checkov.yaml"))
    storage = folder / "spoilt" / "storage.tf"
    text = storage.read_text("utf-8")
    storage.write_text(
        text.replace("restrict_public_buckets = true", "restrict_public_buckets = false"), "utf-8"
    )
    done = _checkov(folder)
    answer = json.loads(done.stdout)
    assert answer["summary"]["parsing_errors"] == 0
    assert answer["summary"]["passed"] > 100
    found: dict[str, set[tuple[str, str]]] = {"module": set(), "spoilt": set()}
    for each in answer["results"]["failed_checks"]:
        found[each["file_path"].split("/")[1]].add((each["check_id"], each["resource"]))
    return found


def _checkov(folder: Path) -> subprocess.CompletedProcess[str]:
    """checkov in an environment of its own: its many dependencies would not fit beside ours."""
    if not shutil.which("uv"):
        missing("uv is not on the path to run checkov with")
    command = ["uv", "tool", "run", "--quiet", "--from", CHECKOV, "checkov", "--directory", str(folder)]
    arguments = ["--framework", "terraform", "--skip-download", "--quiet", "--compact", "--output", "json"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VIRTUAL_ENV")}
    done = subprocess.run(
        [*command, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=400
    )
    if done.returncode not in (0, 1) or not done.stdout.startswith("{"):
        missing(f"checkov could not be run: {done.stderr[-500:]}")
    return done


def test_what_is_left_out_is_what_fails(failed: dict[str, set[tuple[str, str]]]) -> None:
    text = (INFRA / ".checkov.yaml").read_text("utf-8")
    skipped = set(SKIP.findall(text))
    assert len(skipped) == text.count("  - CKV"), "a check is left out without a reason"
    assert {check for check, _ in failed["module"]} == skipped


def test_a_bucket_that_is_opened_is_seen(failed: dict[str, set[tuple[str, str]]]) -> None:
    new = {check for check, _ in failed["spoilt"] - failed["module"]}
    assert "CKV_AWS_56" in new
