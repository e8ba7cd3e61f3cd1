"""Every command on a lake in S3 does and says what it does and says on a folder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.conftest import Said, environment, velib_in
from tests.e2e.lake.test_basemap import archive
from tests.steps.feeds import objects, record, without_versions

from velib_insights.adapters.lake import Lake
from velib_insights.simulator.server import SimulatorServer
from velib_insights.simulator.world.network import Network

On = Callable[..., Said]


@pytest.fixture
def aws(s3_lake: Lake, s3_endpoint: str, tmp_path: Path) -> dict[str, str]:
    """The environment of someone who works on the deployed lake."""
    keys = {name: os.environ[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")}
    return keys | {
        "VELIB_LAKE": s3_lake.name,
        "VELIB_S3_ENDPOINT": s3_endpoint,
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }


@pytest.fixture
def on_s3(tmp_path: Path, aws: Mapping[str, str]) -> On:
    return lambda *arguments: velib_in(tmp_path)(*arguments, env=aws)


@pytest.fixture
def replayed(tmp_path: Path, on_s3: On) -> On:
    """The same recordings in a folder and on S3; runs a command on each, which must agree, and gives its answer."""
    record(tmp_path / "recorded", 110)
    here = velib_in(tmp_path)
    for said in (
        here("import", "recorded", "--lake", "lake", "--json"),
        on_s3("import", "recorded", "--json"),
    ):
        assert said.code == 0, said.err

    def both(*arguments: object) -> Said:
        there, local = on_s3(*arguments), here(*arguments, "--lake", "lake")
        assert there.code == local.code, (there, local)
        return there if _alike(there, local) else pytest.fail(f"{there}\n{local}")

    return both


def _alike(one: Said, other: Said) -> bool:
    return one.out == other.out


def test_what_is_asked_is_answered_alike(replayed: On) -> None:
    for arguments in (
        ("kpi", "shortage", "--json"),
        ("kpi", "top10_2hour", "--format", "csv"),
        ("kpi", "saturation_par_arrondissement"),
        ("kpi", "feed_health", "--json"),
        (
            "query",
            "SELECT date, count(*) AS n, sum(bikes) AS bikes FROM source_velib GROUP BY date",
            "--json",
        ),
        ("insights", "--json"),
        ("catalog", "--json"),
        ("clean", "--json"),
        ("clean", "--again", "--json"),
        ("kpi", "nonsense"),
        ("query", "SELECT bikez FROM source_velib"),
    ):
        said = replayed(*arguments)
        assert said.out or said.code == 6


def test_what_is_written_is_the_same(replayed: On, s3_lake: Lake, tmp_path: Path) -> None:
    said = replayed("publish", "--json")
    assert said.code == 0, said.err
    here, there = objects(Lake.open(str(tmp_path / "lake"))), objects(s3_lake)
    assert sorted(there) == sorted(here)
    assert without_versions(here) == without_versions(there)
    assert len(here) - len(without_versions(here)) > 1


def test_doctor_looks_at_it(replayed: On, on_s3: On) -> None:
    said = on_s3("doctor", "--offline", "--json")
    assert said.code in (0, 1), said.err
    assert any(finding["area"] == "lake" for finding in findings(said))


def findings(said: Said) -> list[dict[str, Any]]:
    told: Any = said.json()
    return told if isinstance(told, list) else told["findings"]


@pytest.fixture
def feed_url() -> Iterator[str]:
    with SimulatorServer(Network(1), start=time.time(), speed=1) as server:
        yield server.gbfs_url


def test_a_run_from_the_live_feed(on_s3: On, feed_url: str, s3_lake: Lake) -> None:
    said = on_s3("run", "--feed", feed_url, "--json")
    assert said.code == 0, said.err
    assert said.json()["outcome"] == "ok"
    assert s3_lake.get("site/data/index.json")
    assert on_s3("kpi", "network_headline", "--json").json()[0]["stations"] > 1400


def test_it_is_served(replayed: On, tmp_path: Path, aws: dict[str, str]) -> None:
    command = [sys.executable, "-m", "velib_insights", "serve", "--port", "0", "--no-open"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment(**aws), stderr=subprocess.PIPE, text=True
    ) as serving:
        try:
            assert serving.stderr is not None
            url = next(word for word in serving.stderr.readline().split() if word.startswith("http"))
            with urllib.request.urlopen(f"{url.rstrip('/')}/data/index.json", timeout=60) as answer:
                index = json.loads(answer.read())
            assert index
        finally:
            serving.send_signal(signal.SIGTERM)
            serving.wait(20)


def test_an_empty_bucket_says_how_to_fill_it(on_s3: On) -> None:
    said = on_s3("kpi", "shortage")
    assert said.code == 7
    assert "velib run" in said.err


def test_a_bucket_that_may_not_be_read_is_told_and_not_waited_for(
    tmp_path: Path, aws: dict[str, str]
) -> None:
    began = time.monotonic()
    gone = aws | {"VELIB_LAKE": "s3://no-such-bucket-of-velib/velib"}
    said = velib_in(tmp_path)("kpi", "shortage", env=gone)
    assert said.code == 5
    assert "no-such-bucket-of-velib" in said.err
    assert time.monotonic() - began < 60


def test_a_basemap_is_kept_and_removed_alike(replayed: On, s3_lake: Lake, tmp_path: Path) -> None:
    (tmp_path / "world.pmtiles").write_bytes(archive({(0, 0, 0), (1, 1, 0), (1, 0, 0)}))
    assert replayed("basemap", "world.pmtiles", "--json").json()["tiles"] == 2
    kept = s3_lake.get("reference/basemap.pmtiles")
    assert kept == (tmp_path / "lake/reference/basemap.pmtiles").read_bytes()
    assert replayed("basemap", "--remove", "--json").json() == {"removed": True}
    assert s3_lake.get("reference/basemap.pmtiles") is None
