"""`velib serve` as a process: it says where it is, answers, stops when asked, and shows a lake that is being filled."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.conftest import Velib, environment, one_message

from velib_insights.cli.commands import serve as cli_serving


class Serving:
    """A running `velib serve`: what it said and what it answers."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.said: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        deadline = time.monotonic() + 60
        while not self.said and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.05)
        assert self.said, "it never said where it is"
        self.url = self.said[0].split()[0]

    def _read(self) -> None:
        assert self.process.stderr is not None
        self.said += [self.process.stderr.readline()]
        for line in self.process.stderr:
            self.said.append(line)

    def get(self, path: str) -> tuple[int, bytes]:
        try:
            with urllib.request.urlopen(self.url + path, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def json(self, path: str) -> Any:
        return json.loads(self.get(path)[1])

    def stop(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        code = self.process.wait(30)
        self._reader.join(10)
        assert self.process.stderr is not None
        self.process.stderr.close()
        assert "Traceback" not in "".join(self.said), self.said
        return code


@contextmanager
def serving(folder: Path, *arguments: object, env: Mapping[str, str] | None = None) -> Iterator[Serving]:
    process = subprocess.Popen(
        [sys.executable, "-m", "velib_insights", *map(str, arguments)],
        cwd=folder,
        env=environment(**env or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield Serving(process)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(30)
        if process.stderr is not None:
            process.stderr.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_is_and_stops_when_asked(tmp_path: Path, filled: Path, number: int) -> None:
    with serving(tmp_path, "serve", "--lake", filled, "--port", "0") as served:
        assert served.url.startswith("http://127.0.0.1:")
        assert str(filled) in served.said[0]
        assert served.get("")[0] == 200
        assert served.json("api/latest?limit=1")["total"] == 12
        assert served.stop(number) == 0
        assert served.said[-1] == "Stopped.\n"


def test_before_there_is_data_it_says_what_to_do_and_then_shows_what_comes(
    tmp_path: Path, velib: Velib, filled: Path
) -> None:
    with serving(tmp_path, "serve", "--port", "0") as served:
        status, body = served.get("api/latest")
        told = json.loads(body)["error"]
        assert (status, told["class"]) == (503, "NothingYet")
        assert "velib run" in told["hint"]
        assert served.get("")[0] == 200
        assert any("velib watch" in line for line in served.said)
        assert velib("import", filled.parent / "recorded", "--lake", "lake").code == 0
        deadline = time.monotonic() + 60
        while served.get("api/latest")[0] != 200 and time.monotonic() < deadline:
            time.sleep(0.2)
        assert served.json("api/latest")["total"] == 12
        assert served.stop() == 0


def test_a_port_that_is_taken_is_said_and_without_a_wish_another_serves(
    velib: Velib, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        one_message(velib("serve", "--port", port), 2, f"cannot listen on 127.0.0.1:{port}", "--port")
        monkeypatch.setattr(cli_serving, "PORT", port)
        with cli_serving.listening("127.0.0.1", None) as other:
            assert other.getsockname()[1] not in (0, port)


def test_the_demo_ends_with_the_page(tmp_path: Path) -> None:
    arguments = ("demo", "--days", "0.1", "--no-faults", "--serve", "--port", "0", "--no-open")
    process = subprocess.Popen(
        [sys.executable, "-m", "velib_insights", *arguments],
        cwd=tmp_path,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    with process, process.stderr:
        try:
            url = next(line.split()[0] for line in process.stderr if line.startswith("http://"))
            with urllib.request.urlopen(f"{url}api/latest?limit=1", timeout=60) as answer:
                assert json.load(answer)["total"] > 1_000
        finally:
            process.send_signal(signal.SIGINT)
        assert "Stopped." in process.stderr.read()
        assert process.wait(30) == 0


def test_without_a_terminal_the_demo_ends_and_says_how_to_see_the_page(velib: Velib) -> None:
    said = velib("demo", "--days", "0.1", "--no-faults")
    assert said.code == 0
    assert said.err.rstrip().endswith("velib serve --lake demo-lake")
