"""The command line as a user runs it: a process of its own, its exit code and what it says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.steps.feeds import record

from velib_insights.cli import main


@dataclass(frozen=True)
class Said:
    """What a command left: its exit code, standard output and standard error."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)

    def error(self) -> dict[str, Any]:
        """The error of a command run with --json."""
        told: dict[str, Any] = json.loads(self.err)["error"]
        return told


Velib = Callable[..., Said]


def one_message(said: Said, code: int, *words: str) -> None:
    """One error and its hint, nothing else, and nothing on standard output."""
    assert said.code == code, said
    assert said.out == ""
    assert said.err.count("error: ") == 1, said.err
    assert said.err.startswith("error: ")
    for word in words:
        assert word in said.err


def environment(**more: str) -> dict[str, str]:
    """That of the tests without settings, proxies or colours of whoever runs them."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("VELIB_") and not name.lower().endswith("_proxy")
    }
    return kept | {"NO_COLOR": "1", "PYTHONWARNINGS": "error::ResourceWarning"} | more


def velib_in(folder: Path) -> Velib:
    """Runs `velib` in that folder."""

    def run(*arguments: object, env: Mapping[str, str] | None = None, stdin: str = "") -> Said:
        done = subprocess.run(
            [sys.executable, "-m", "velib_insights", *map(str, arguments)],
            cwd=folder,
            env=environment(**env or {}),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert "Traceback" not in done.stderr, done.stderr
        assert "unexpected" not in done.stderr, done.stderr
        return Said(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def velib(tmp_path: Path) -> Velib:
    return velib_in(tmp_path)


@pytest.fixture
def velib_here(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Velib:
    """The same in this process, for the many that would each wait for the start of another."""

    def run(*arguments: object, env: Mapping[str, str] | None = None) -> Said:
        for name, value in (env or {}).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("VELIB_DEBUG", "1")  # what is not foreseen is raised, and fails the test
        with pytest.raises(SystemExit) as left:
            main([*map(str, arguments)])
        out, err = capsys.readouterr()
        return Said(int(left.value.code or 0), out, err)

    return run


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake of a small network over six hours, replayed by the command itself."""
    folder = tmp_path_factory.mktemp("filled")
    record(folder / "recorded", 24)
    assert velib_in(folder)("import", "recorded", "--lake", "lake").code == 0
    return folder / "lake"
