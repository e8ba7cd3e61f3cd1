"""What `velib serve` promises of itself holds in the process that it starts: limits, queue, walls, headers."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.e2e.test_serve import Serving, serving

from velib_insights.dashboard.sandbox_pool import MAX_CONCURRENT_QUERIES, MAX_WAITING_QUERIES

SLOW = "SELECT sum(sqrt(range)) FROM range(1000000000000)"
QUICK = "SELECT 1 AS one"


class Asked:
    """An answer of the server, its headers in lower case."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self.status = answer.status
        self.headers = {name.lower(): value for name, value in answer.getheaders()}
        self.body = answer.read()

    def json(self) -> Any:
        return json.loads(self.body)


def connected(served: Serving, timeout_s: float = 120) -> http.client.HTTPConnection:
    address = urlsplit(served.url)
    return http.client.HTTPConnection(address.hostname or "", address.port, timeout=timeout_s)


def ask(served: Serving, method: str, path: str, body: bytes | None = None, **headers: str) -> Asked:
    with contextlib.closing(connected(served)) as connection:
        connection.request(method, path, body, {name.replace("_", "-"): v for name, v in headers.items()})
        return Asked(connection.getresponse())


def query(served: Serving, sql: str) -> Asked:
    return ask(
        served, "POST", "/api/query", json.dumps({"sql": sql}).encode(), Content_Type="application/json"
    )


def sandboxes(served: Serving) -> list[int]:
    """The server's sandbox processes that live, by what the system says."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, IndexError, ValueError):
            state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
            if int(parent) == served.process.pid and state != "Z":
                found.append(int(entry.name))
    return found


@contextlib.contextmanager
def counted(served: Serving) -> Iterator[list[int]]:
    """How many sandboxes there were each time, looked at until the end."""
    counts: list[int] = []
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.02):
            counts.append(len(sandboxes(served)))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield counts
    finally:
        over.set()
        thread.join()


def wait_until(what: Any, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not what() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert what()


@pytest.fixture
def served(tmp_path: Path, filled: Path) -> Iterator[Serving]:
    with serving(
        tmp_path, "serve", "--lake", filled, "--port", "0", "--no-open", "--query-timeout", "3"
    ) as running:
        assert running.get("api/health")[0] == 200
        yield running


def test_many_queries_at_once_run_two_at_a_time_and_keep_nobody_else_waiting(served: Serving) -> None:
    """The rest queue or are asked to come again, and other requests are answered meanwhile."""
    asked = 120
    with counted(served) as counts, ThreadPoolExecutor(asked) as threads:
        answers = [threads.submit(query, served, SLOW) for _ in range(asked)]
        wait_until(lambda: len(sandboxes(served)) == MAX_CONCURRENT_QUERIES)
        meanwhile = [served.get("api/health")[0] for _ in range(5)]
        running = sum(not answer.done() for answer in answers)
        statuses = Counter(answer.result().status for answer in answers)
        refused = [answer.result() for answer in answers if answer.result().status == 503]
    assert meanwhile == [200] * 5
    assert running >= MAX_CONCURRENT_QUERIES, "health was answered while queries ran"
    assert max(counts) == MAX_CONCURRENT_QUERIES
    assert set(statuses) == {400, 503}
    assert MAX_CONCURRENT_QUERIES <= statuses[400] <= MAX_CONCURRENT_QUERIES + MAX_WAITING_QUERIES + 10
    assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)
    assert {answer.json()["error"]["class"] for answer in refused} == {"Busy"}
    wait_until(lambda: not sandboxes(served))
    assert query(served, QUICK).json()["rows"] == [[1]]


def test_a_client_that_hangs_up_frees_its_place_at_once(tmp_path: Path, filled: Path) -> None:
    """Whether its query runs or waits: with ten minutes for a query, only that lets the next one in."""
    with serving(tmp_path, "serve", "--lake", filled, "--port", "0", "--query-timeout", "600") as served:
        assert served.get("api/health")[0] == 200
        leaving = [connected(served) for _ in range(MAX_CONCURRENT_QUERIES + 3)]
        body, headers = json.dumps({"sql": SLOW}).encode(), {"Content-Type": "application/json"}
        for connection in leaving:
            connection.request("POST", "/api/query", body, headers)
        wait_until(lambda: len(sandboxes(served)) == MAX_CONCURRENT_QUERIES)
        for connection in reversed(leaving):
            connection.close()
        wait_until(lambda: not sandboxes(served))
        assert query(served, QUICK).json()["rows"] == [[1]]


def test_a_process_that_hangs_is_stopped_by_the_clock_on_the_wall(served: Serving) -> None:
    """Not by its own limits: a process that stands still uses no time of a processor and hears no engine."""
    with ThreadPoolExecutor(1) as threads:
        began = time.monotonic()
        answer = threads.submit(query, served, SLOW)
        wait_until(lambda: len(sandboxes(served)) == 1)
        (process,) = sandboxes(served)
        os.kill(process, signal.SIGSTOP)
        error = answer.result(60).json()["error"]
    assert error["message"] == "the query took longer than 3 s and was stopped"
    assert time.monotonic() - began < 3 + 5 + 20
    assert not sandboxes(served)


def test_a_server_that_stops_leaves_no_process_behind(served: Serving) -> None:
    with contextlib.closing(connected(served)) as connection:
        connection.request(
            "POST", "/api/query", json.dumps({"sql": SLOW}), {"Content-Type": "application/json"}
        )
        wait_until(lambda: len(sandboxes(served)) == 1)
        (process,) = sandboxes(served)
        assert served.stop(signal.SIGTERM) == 0
    assert not Path(f"/proc/{process}").exists()


@pytest.mark.parametrize(
    ("how", "sql", "words"),
    [
        (("--query-timeout", "1"), SLOW, "longer than 1 s"),
        (("--memory", "64"), "SELECT count(DISTINCT range) FROM range(20000000)", "more memory"),
    ],
)
@pytest.mark.parametrize("place", ["flag", "variable", "file"])
def test_the_limits_that_are_set_hold_for_queries(
    tmp_path: Path,
    filled: Path,
    place: str,
    how: tuple[str, str],
    sql: str,
    words: str,
) -> None:
    flag, value = how
    name = flag.removeprefix("--").replace("-", "_")
    if place == "file":
        (tmp_path / "velib.toml").write_text(f"{name} = {value}\n", "utf-8")
    env = {f"VELIB_{name.upper()}": value} if place == "variable" else {}
    flags = how if place == "flag" else ()
    with serving(tmp_path, "serve", "--lake", filled, "--port", "0", *flags, env=env) as served:
        error = query(served, sql).json()["error"]
    assert error["class"] == "QueryError"
    assert words in error["message"]
    assert "--" not in error["hint"]
