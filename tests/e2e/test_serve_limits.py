"""What `velib serve` promises of itself holds in the process that it starts: limits, queue, walls, headers."""

from __future__ import annotations

import contextlib
import csv
import gzip
import http.client
import io
import json
import os
import re
import shutil
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.core.bodies import export, ods_row
from tests.e2e.conftest import velib_in
from tests.e2e.test_serve import Serving, serving
from tests.steps.feeds import record, small_export

from velib_insights.dashboard.sandbox.pool import MAX_CONCURRENT_QUERIES, MAX_WAITING_QUERIES

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


def test_the_process_of_a_query_has_the_ceilings_of_the_system(served: Serving) -> None:
    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(query, served, SLOW)
        wait_until(lambda: len(sandboxes(served)) == 1)
        (process,) = sandboxes(served)
        wait_until(lambda: "2000000000" in Path(f"/proc/{process}/limits").read_text())
        limits = Path(f"/proc/{process}/limits").read_text()
        environment = Path(f"/proc/{process}/environ").read_bytes()
        assert answer.result(60).status == 400
    assert re.search(r"Max address space +2000000000 ", limits), "500 MB and room for the interpreter"
    assert re.search(r"Max cpu time +17 ", limits), "four times its three seconds and five"
    assert re.search(r"Max core file size +0 ", limits)
    assert b"PATH=" not in environment


def test_a_server_that_stops_ends_its_queries_and_leaves_no_process_behind(
    tmp_path: Path, filled: Path
) -> None:
    with (
        serving(tmp_path, "serve", "--lake", filled, "--port", "0", "--query-timeout", "600") as served,
        ThreadPoolExecutor() as threads,
    ):
        assert served.get("api/health")[0] == 200
        answers = [threads.submit(query, served, SLOW) for _ in range(MAX_CONCURRENT_QUERIES + 1)]
        wait_until(lambda: len(sandboxes(served)) == MAX_CONCURRENT_QUERIES)
        left = sandboxes(served)
        assert served.stop(signal.SIGTERM) == 0
        assert {answer.result().json()["error"]["message"] for answer in answers} == {
            "the server is stopping"
        }
    assert [process for process in left if Path(f"/proc/{process}").exists()] == []
    assert served.said[-1] == "Stopped.\n"


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


@pytest.fixture(scope="module")
def two_days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty hours of a small network up to 03:00 UTC of its second local day."""
    folder = tmp_path_factory.mktemp("two-days")
    record(folder / "recorded", 120, start=datetime(2026, 11, 21, 21, 0, tzinfo=UTC))
    assert velib_in(folder)("import", "recorded", "--lake", "lake").code == 0
    return folder / "lake"


def test_a_history_of_a_day_is_twenty_four_hours_and_no_more(tmp_path: Path, two_days: Path) -> None:
    with serving(tmp_path, "serve", "--lake", two_days, "--port", "0") as served:
        ticks = served.json("api/stations/1001/history?days=1")["epochs"]
        hours = served.json("api/stations/1001/history?days=1&resolution=hour")["epochs"]
    assert (len(ticks), ticks[-1] - ticks[0]) == (96, 95 * 900)
    assert (len(hours), hours[-1] - hours[0]) == (24, 23 * 3600)


def test_a_day_before_today_that_is_cleaned_again_shows_without_a_restart(
    tmp_path: Path, two_days: Path
) -> None:
    lake = tmp_path / "lake"
    shutil.copytree(two_days, lake)
    with serving(tmp_path, "serve", "--lake", lake, "--port", "0") as served:

        def ticks_of_yesterday() -> int:
            (found,) = (day["ticks"] for day in served.json("api/days") if day["date"] == "2026-11-22")
            return int(found)

        before = ticks_of_yesterday()
        record(tmp_path / "late", 1, start=datetime(2026, 11, 22, 8, 5, tzinfo=UTC))
        assert velib_in(tmp_path)("import", "late", "--lake", "lake", "--cadence", "5").code == 0
        wait_until(lambda: ticks_of_yesterday() == before + 1)


@pytest.fixture(scope="module")
def many_stations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six hours of 4,000 stations: more than a tenth of a second's and 64 MB's work."""
    folder = tmp_path_factory.mktemp("many-stations")
    (folder / "recorded").mkdir()
    for number in range(24):
        at = datetime(2026, 11, 22, 0, 0, 1, tzinfo=UTC) + number * timedelta(minutes=15)
        body = gzip.compress(small_export(number, 4_000), 1, mtime=0)
        (folder / "recorded" / f"{at:%Y-%m-%dT%H%M%SZ}.json.gz").write_bytes(body)
    assert velib_in(folder)("import", "recorded", "--lake", "lake").code == 0
    return folder / "lake"


@pytest.mark.parametrize("target", ["api/insights/2026-11-22", "data/kpi/kpi_outage_episodes.json"])
def test_many_who_wait_for_a_file_that_is_made_keep_nobody_else_waiting(
    tmp_path: Path, many_stations: Path, target: str
) -> None:
    """More of them than the server has threads. What is made is made once, so all of them end at once."""
    asked = 60
    with serving(tmp_path, "serve", "--lake", many_stations, "--port", "0") as served:
        wait_until(lambda: served.get("api/health")[0] == 200, 120)
        with ThreadPoolExecutor(asked) as threads:
            answers = [threads.submit(ask, served, "GET", f"/{target}") for _ in range(asked)]
            wait_until(lambda: established(served) == asked)
            meanwhile = served.get("api/health")[0]
            waiting = sum(not answer.done() for answer in answers)
            statuses = {answer.result().status for answer in answers}
    assert (meanwhile, statuses) == (200, {200})
    assert waiting == asked, "health was answered while the file was made"


def established(served: Serving) -> int:
    """Connections that the server has accepted, by what the system says."""
    port = urlsplit(served.url).port or 0
    lines = Path("/proc/net/tcp").read_text().splitlines()
    return sum(line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "01" for line in lines[1:])


@pytest.mark.parametrize(
    ("how", "target", "words"),
    [
        (("--query-timeout", "0.001"), "api/health", "the query took longer than 0.001 s"),
        (("--memory", "64"), "api/insights/2026-11-22", "the query needs more memory than it may use"),
    ],
)
def test_the_limits_that_are_set_hold_for_the_page_s_own_questions(
    tmp_path: Path, many_stations: Path, how: tuple[str, str], target: str, words: str
) -> None:
    with serving(tmp_path, "serve", "--lake", many_stations, "--port", "0", *how) as served:
        error = served.json(target)["error"]
    assert words in error["message"]
    assert_for_readers(json.dumps(error), many_stations)


def test_requests_that_no_browser_of_this_machine_sends_are_refused(served: Serving) -> None:
    address = urlsplit(served.url)
    page = ask(served, "GET", "/")
    assert page.status == 200
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff"
    elsewhere = ask(served, "GET", "/api/health", Host="evil.example")
    assert elsewhere.status == 421
    assert "--" not in elsewhere.json()["error"]["hint"]
    assert ask(served, "POST", "/api/query", b"x" * 64_001).status == 413
    assert ask(served, "GET", f"/{'x' * 4_001}").status == 414
    assert ask(served, "PUT", "/api/health").status == 405
    began = time.monotonic()
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=60) as silent:
        silent.sendall(b"GET /api/health HTTP/1.1\r\n")
        assert silent.recv(1) == b""
    assert time.monotonic() - began > 5
    with contextlib.closing(connected(served)) as slow:
        slow.putrequest("POST", "/api/query")
        slow.putheader("Content-Length", "20")
        slow.endheaders(b'{"sql"')
        assert slow.getresponse().status == 408


@pytest.mark.parametrize(
    "target",
    [
        "api/stations/nowhere",
        "api/stations/nowhere/history?resolution=hour",
        "api/kpi/nothing",
        "api/kpi/kpi_feed_health?format=geojson",
        "api/days/2001-01-01",
        "api/insights/2001-01-01",
        "api/latest?zone=nowhere",
        "api/latest?limit=-1",
        "data/nothing.json",
        "nothing",
    ],
)
def test_an_error_of_the_api_names_nothing_that_its_reader_does_not_have(
    everything: Serving, filled: Path, target: str
) -> None:
    status, body = everything.get(target)
    assert 400 <= status < 500
    assert_for_readers(body.decode(), filled)


@pytest.mark.parametrize(
    "sql",
    [
        SLOW,
        "SELECT count(DISTINCT range) FROM range(100000000)",
        "SELECT nothing FROM ticks",
        "SELECT * FROM nothing",
        "SELEC",
        "SELECT repeat('x', 100000) FROM range(1000)",
        "SELECT getenv('HOME')",
        "SELECT json_serialize_plan('SELECT 1')",
        "SELECT x" + "x" * 20_000,
    ],
)
def test_an_error_about_a_query_names_nothing_that_its_asker_does_not_have(
    everything: Serving, filled: Path, sql: str
) -> None:
    answer = query(everything, sql)
    assert answer.status == 400
    assert_for_readers(answer.body.decode(), filled)


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory, filled: Path) -> Iterator[Serving]:
    folder = tmp_path_factory.mktemp("everything")
    with serving(folder, "serve", "--lake", filled, "--port", "0", "--query-timeout", "2") as running:
        assert running.get("api/health")[0] == 200
        yield running


def assert_for_readers(text: str, lake: Path) -> None:
    assert not re.search(r"--[a-z]|VELIB_|\bvelib [a-z]+\b|velib\.toml", text), text
    assert str(lake.parent) not in text


def test_a_lake_that_cannot_be_read_is_told_in_the_log_and_not_to_strangers(
    tmp_path: Path, filled: Path
) -> None:
    lake = tmp_path / "lake"
    shutil.copytree(filled, lake)
    for file in (lake / "clean").rglob("*.parquet"):
        file.write_bytes(b"PAR1 no more PAR1")
    with serving(tmp_path, "serve", "--lake", lake, "--port", "0") as served:
        for status, body in (served.get("api/latest"), served.get("api/health")):
            assert status == 503
            assert_for_readers(body.decode(), lake)
        wait_until(lambda: any(str(lake) in line for line in served.said[1:]))


def test_text_of_a_feed_is_harmless_in_every_csv(tmp_path: Path) -> None:
    names = {"1001": "=1+1", "1002": "@x", "1003": "\x1b[31mRouge", "1004": "Bastille - Nord"}
    rows = export(*(ods_row(code, name=name) for code, name in names.items()))["exports"]
    (tmp_path / "recorded").mkdir()
    (tmp_path / "recorded" / "2026-11-22T210001Z.json").write_bytes(rows)
    velib = velib_in(tmp_path)
    assert velib("import", "recorded").code == 0
    assert velib("publish").code == 0
    texts = [velib("kpi", "taux_remplissage", "--format", "csv").out]
    texts.append(
        (tmp_path / "lake" / "site" / "data" / "kpi" / "kpi_taux_remplissage.csv").read_text("utf-8")
    )
    with serving(tmp_path, "serve", "--port", "0") as served:
        texts.append(served.get("api/kpi/taux_remplissage?format=csv")[1].decode())
        texts.append(served.get("data/kpi/kpi_taux_remplissage.csv")[1].decode())
        told = served.json("api/kpi/taux_remplissage")["rows"]
    for text in texts:
        read = {row["station_code"]: row["name"] for row in csv.DictReader(io.StringIO(text))}
        assert read == {"1001": "'=1+1", "1002": "'@x", "1003": "\\x1b[31mRouge", "1004": "Bastille - Nord"}
    assert {row["station_code"]: row["name"] for row in told} == names
