"""What Terraform deploys, built once for the session: fixtures that any test may ask for.

The zips are for the Python of this machine, so that they can be run here; all else is as deployed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.needed import missing

PROJECT = Path(__file__).parent.parent
THIS_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
_NO_REGISTRY = (
    "Failed to fetch",
    "error sending request",
    "No matching distribution",
    "Network unreachable",
    "dns error",
)


def package(output: Path, *arguments: str, project: Path = PROJECT) -> None:
    """Run the tool of that checkout; skips where the registry of packages cannot be reached."""
    if shutil.which("uv") is None:
        missing("uv is not installed: nothing can be packaged")
    done = subprocess.run(
        [sys.executable, "tools/package_aws.py", "--output", str(output), "--without-page", *arguments],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=280,
    )
    if done.returncode and any(words in done.stderr for words in _NO_REGISTRY):
        missing(f"the packages could not be fetched: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def aws_artifacts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `just package` makes; VELIB_AWS_ARTIFACTS names one that is there."""
    given = os.environ.get("VELIB_AWS_ARTIFACTS")
    if given:
        return Path(given)
    output = tmp_path_factory.mktemp("artifacts") / "aws"
    package(output, "--lambda-python", THIS_PYTHON)
    return output
