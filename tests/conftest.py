"""Fixtures for the whole suite."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from velib_insights.adapters.lake import Lake

pytest_plugins = [
    "tests.side_by_side",
    "tests.aws_artifacts",
    "tests.core.exports_readers",
    "tests.forty_days",
    "tests.s3_server",
]
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
    """Tests see no VELIB_ setting, no velib.toml, no lake and no window of whoever runs them."""
    for name in list(os.environ):
        if name.startswith("VELIB_") and name not in (
            "VELIB_REQUIRE_ALL",
            "VELIB_RECORDINGS",
            "VELIB_AWS_ARTIFACTS",
        ):
            monkeypatch.delenv(name)
    monkeypatch.delenv("COLUMNS", raising=False)  # a worker of pytest-xdist has the width of who started it
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
