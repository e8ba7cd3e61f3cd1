"""Fixtures for the whole suite."""

from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from velib_insights.adapters.lake import Lake

pytest_plugins = ["tests.aws_artifacts", "tests.s3_server"]
PROJECT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of recorded real feeds: VELIB_RECORDINGS, else the one beside the project."""
    folder = Path(os.environ.get("VELIB_RECORDINGS", PROJECT.parent / "shared" / "data" / "recordings"))
    if not folder.is_dir():
        pytest.skip(f"no recorded feeds at {folder}; name them with VELIB_RECORDINGS")
    return folder


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake in an empty folder."""
    return Lake.open(str(tmp_path / "lake"), create=True)


@pytest.fixture(autouse=True)
def _no_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Tests see no VELIB_ setting, no velib.toml and no lake of whoever runs them."""
    for name in list(os.environ):
        if name.startswith("VELIB_") and name not in (
            "VELIB_REQUIRE_ALL",
            "VELIB_RECORDINGS",
            "VELIB_AWS_ARTIFACTS",
        ):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """An S3 service on this machine, played by moto's server; skipped where that is not installed."""
    if not all(importlib.util.find_spec(name) for name in ("moto", "flask")):
        reason = "moto[server] is not installed: nothing plays S3 here (uv sync --all-groups)"
        if os.environ.get("VELIB_REQUIRE_ALL") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    port = _free_port()
    endpoint = f"http://127.0.0.1:{port}"
    with subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            for _ in range(200):
                try:
                    urllib.request.urlopen(f"{endpoint}/moto-api/data.json", timeout=1).close()
                    break
                except OSError:
                    time.sleep(0.1)
            yield endpoint
        finally:
            server.kill()


@pytest.fixture
def s3_lake(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Lake:
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "testing"),
        ("AWS_SECRET_ACCESS_KEY", "testing"),
        ("AWS_REGION", "eu-west-3"),
    ):
        monkeypatch.setenv(name, value)
    bucket = f"lake-{time.time_ns()}"
    where = "<LocationConstraint>eu-west-3</LocationConstraint>"
    location = f"<CreateBucketConfiguration>{where}</CreateBucketConfiguration>".encode()
    request = urllib.request.Request(f"{s3_endpoint}/{bucket}", data=location, method="PUT")
    urllib.request.urlopen(request, timeout=10).close()
    return Lake.open(f"s3://{bucket}/velib", region="eu-west-3", endpoint=s3_endpoint)
