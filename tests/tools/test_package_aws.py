"""What is deployed: the same bytes wherever it is built, for the machines of AWS, small enough, and it runs."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.aws_artifacts import PROJECT, THIS_PYTHON, package

from velib_insights.core.ticks.tick import Tick
from velib_insights.simulator.server import SimulatorServer
from velib_insights.simulator.world.network import Network

MB = 1_000_000
FUNCTIONS = ("velib_ingest_lambda", "velib_clean_lambda", "velib_publish_lambda")
UNSHARED = {
    ".git",
    ".venv",
    "dist",
    "node_modules",
    ".node",
    "__pycache__",
    ".mypy_cache",
    ".ruff_cache",
    "page",
}
ELF_X86_64 = 62


def manifest(folder: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / "manifest.json").read_text("utf-8"))
    return told


def test_the_manifest_tells_the_files_that_are_there(aws_artifacts: Path) -> None:
    told = manifest(aws_artifacts)
    there = {
        path.relative_to(aws_artifacts).as_posix() for path in aws_artifacts.rglob("*") if path.is_file()
    }
    assert set(told["files"]) == there - {"manifest.json"}
    for name, facts in told["files"].items():
        body = (aws_artifacts / name).read_bytes()
        assert facts["bytes"] == len(body)
        assert facts["sha256"] == hashlib.sha256(body).hexdigest()
    assert told["glue_wheels"][-1].startswith("wheels/velib_insights-")
    assert {f"wheels/{path.name}" for path in aws_artifacts.glob("wheels/*")} == set(told["glue_wheels"])
    script = PROJECT / "src" / "velib_insights" / "aws" / "velib_clean_job.py"
    assert (aws_artifacts / told["glue_script"]).read_bytes() == script.read_bytes()


def test_the_zips_are_small_enough_for_lambda(aws_artifacts: Path) -> None:
    files = manifest(aws_artifacts)["files"]
    assert files["velib_ingest_lambda.zip"]["bytes"] < 15 * MB
    for function in FUNCTIONS:
        facts = files[f"{function}.zip"]
        with zipfile.ZipFile(aws_artifacts / f"{function}.zip") as archive:
            assert facts["unzipped_bytes"] == sum(entry.file_size for entry in archive.infolist())
        assert facts["unzipped_bytes"] < 250 * 1024 * 1024


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_zip_can_be_read_by_all_and_holds_no_time_no_test_and_no_boto3(
    aws_artifacts: Path, function: str
) -> None:
    with zipfile.ZipFile(aws_artifacts / f"{function}.zip") as archive:
        entries = archive.infolist()
    names = [entry.filename for entry in entries]
    assert names == sorted(names)
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.external_attr >> 16 for entry in entries} == {0o100644}
    tops = {name.split("/")[0] for name in names}
    assert not tops & {"boto3", "botocore", "pyspark", "fastapi", "rich", "bin"}
    assert ("duckdb" in tops) == (function == "velib_publish_lambda")
    assert ("pyarrow" in tops) == (function != "velib_ingest_lambda")
    assert not [name for name in names if "/tests/" in name or name.endswith(".pyc")]
    assert f"velib_insights/aws/{function.removeprefix('velib_')}.py" in names


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_library_is_for_the_machines_of_aws(aws_artifacts: Path, function: str) -> None:
    tag = f"cpython-{THIS_PYTHON.replace('.', '')}-x86_64-linux-gnu"
    with zipfile.ZipFile(aws_artifacts / f"{function}.zip") as archive:
        libraries = [name for name in archive.namelist() if ".so" in Path(name).name]
        for name in libraries:
            head = archive.read(name)[:20]
            assert head[:4] == b"\x7fELF"
            assert int.from_bytes(head[18:20], "little") == ELF_X86_64
            if ".cpython-" in name:
                assert tag in name
    assert libraries


def test_for_lambda_itself_it_is_lambdas_python(tmp_path: Path) -> None:
    package(tmp_path / "aws", "--only", "velib_ingest_lambda")
    assert manifest(tmp_path / "aws")["lambda_runtime"] == "python3.13"
    with zipfile.ZipFile(tmp_path / "aws" / "velib_ingest_lambda.zip") as archive:
        libraries = [name for name in archive.namelist() if name.endswith(".so")]
    assert libraries
    assert all("cpython-313-x86_64-linux-gnu" in name or ".abi3." in name for name in libraries)


def checkout(folder: Path) -> Path:
    """The project elsewhere, with other times and modes."""
    shutil.copytree(PROJECT, folder, ignore=lambda _, names: UNSHARED & set(names))
    for path in folder.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
        path.chmod(0o700 if path.is_dir() else 0o600)
    return folder


@pytest.mark.slow
def test_the_same_sources_give_the_same_bytes(aws_artifacts: Path, tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        package(
            tmp_path / "aws",
            "--lambda-python",
            THIS_PYTHON,
            project=checkout(tmp_path / "else where" / "project"),
        )
    finally:
        os.umask(before)
    assert manifest(tmp_path / "aws") == manifest(aws_artifacts)


def test_what_cannot_be_built_is_said(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="there is no artefact velib_brew_lambda"):
        package(tmp_path / "aws", "--only", "velib_brew_lambda")
    assert not (tmp_path / "aws").exists()


@pytest.fixture(scope="module")
def unzipped(aws_artifacts: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unzipped")
    for function in FUNCTIONS:
        with zipfile.ZipFile(aws_artifacts / f"{function}.zip") as archive:
            archive.extractall(folder / function)
    return folder


def in_a_new_process(code: str, function_folder: Path, **environment: str) -> str:
    """Runs with nothing but the zip's content and the standard library."""
    path = f"import sys\nsys.path.insert(0, {str(function_folder)!r})\n"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", path + code],
        env={"PATH": os.environ["PATH"], **environment},
        cwd=function_folder,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_ingest_function_imports_neither_engine_nor_web(unzipped: Path) -> None:
    code = (
        "import json\nimport velib_insights.aws.ingest_lambda\n"
        "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    there = set(json.loads(in_a_new_process(code, unzipped / "velib_ingest_lambda")))
    assert "velib_insights" in there
    assert not there & {"duckdb", "pyarrow", "pyspark", "fastapi", "boto3", "numpy", "rich", "uvicorn"}


def test_a_cold_import_takes_less_than_300_ms(unzipped: Path) -> None:
    """CPU time, which is the same on a busy machine; nothing is compiled beforehand, as on Lambda's read-only disk."""
    code = "import time\nimport velib_insights.aws.ingest_lambda\nprint(time.process_time())"
    least = min(float(in_a_new_process(code, unzipped / "velib_ingest_lambda")) for _ in range(3))
    assert least < 0.3


def test_the_functions_run_from_their_zips_alone(unzipped: Path, tmp_path: Path) -> None:
    while time.time() % 3600 > 3600 - 120:  # the feed is asked now, for the tick of now
        time.sleep(1)
    tick = Tick.at_or_before(datetime.now(UTC), 3600)
    answers = {}
    with SimulatorServer(Network(1), clock=lambda: tick.epoch + 2) as feed:
        for function, event in (
            ("velib_ingest_lambda", {"tick": tick.at.isoformat()}),
            ("velib_clean_lambda", {"since": tick.hour.stamp, "until": tick.hour.stamp}),
            ("velib_publish_lambda", {}),
        ):
            module = f"velib_insights.aws.{function.removeprefix('velib_')}"
            code = f"import json\nfrom {module} import handler\nprint(json.dumps(handler({event!r}, None)))"
            environment = {"VELIB_LAKE": str(tmp_path / "lake"), "VELIB_FEED": feed.gbfs_url} | {
                "VELIB_CADENCE": "60",
                "TMPDIR": str(tmp_path),
            }
            answers[function] = json.loads(
                in_a_new_process(code, unzipped / function, **environment).splitlines()[-1]
            )
    assert answers["velib_ingest_lambda"]["outcome"] == "ok"
    assert answers["velib_clean_lambda"]["hours"] == 1
    assert answers["velib_publish_lambda"]["snapshot_at"] == tick.at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert (tmp_path / "lake" / "site" / "data" / "index.json").is_file()
