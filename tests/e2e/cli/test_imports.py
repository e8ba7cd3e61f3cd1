"""Importing the package costs next to nothing, and each room imports what it may and no more."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"duckdb", "pyarrow", "urllib3", "obstore", "typer", "rich", "msgspec", "boto3", "numpy", "pandas"}
CORE = sorted((Path(__file__).parents[3] / "src" / "velib_insights" / "core").rglob("*.py"))


def imported_by(statement: str) -> set[str]:
    """The top-level modules that are there after the statement."""
    code = (
        f"{statement}\nimport json, sys\nprint(json.dumps(sorted({{m.split('.')[0] for m in sys.modules}})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    return set(json.loads(done.stdout))


def test_the_package_imports_nothing_heavy() -> None:
    assert not imported_by("import velib_insights") & HEAVY


def test_help_needs_no_engine_and_no_lake() -> None:
    heavy = {"duckdb", "pyarrow", "urllib3", "obstore", "msgspec"}
    statement = (
        "import contextlib, io\nfrom velib_insights.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n    main(['--help'])"
    )
    assert not imported_by(statement) & heavy


def test_the_core_knows_no_cloud_no_engine_and_no_web() -> None:
    package = CORE[0].parents[1].parent
    names = [".".join(path.relative_to(package).with_suffix("").parts) for path in CORE]
    modules = ", ".join(name.removesuffix(".__init__") for name in names)
    forbidden = {"duckdb", "obstore", "urllib3", "boto3", "botocore", "typer", "rich"}
    assert not imported_by(f"import {modules}") & forbidden


@pytest.mark.parametrize("heavy", ["pyarrow", "duckdb", "rich"])
def test_ingest_needs_no_engine(heavy: str) -> None:
    assert heavy not in imported_by("import velib_insights.steps.ingest")


def test_clean_needs_no_engine_and_no_web() -> None:
    assert not imported_by("import velib_insights.steps.clean") & {"duckdb", "urllib3", "boto3"}
