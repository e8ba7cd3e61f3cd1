"""Server-sent events: what a board listens to."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.dashboard.conftest import Served, fill, serving

from velib_insights.adapters.lake import Lake


@contextmanager
def listening(served: Served) -> Iterator[http.client.HTTPResponse]:
    connection = http.client.HTTPConnection(served.client.host, served.client.port, timeout=30)
    connection.request("GET", "/api/events")
    answer = connection.getresponse()
    try:
        yield answer
    finally:
        answer.close()
        connection.close()


def next_tick(answer: http.client.HTTPResponse) -> dict[str, int]:
    """The data of the next event named tick."""
    lines: list[str] = []
    while True:
        line = answer.readline().decode().rstrip("\n")
        if line:
            lines.append(line)
        elif "event: tick" in lines:
            told: dict[str, int] = json.loads(next(one for one in lines if one.startswith("data: "))[6:])
            return told
        else:
            lines = []


def test_the_tick_that_is_served_is_told_at_once_and_the_next_when_it_comes(
    lake: Lake, tmp_path: Path
) -> None:
    fill(tmp_path / "recorded", lake, ticks=2)
    with serving(lake) as served, listening(served) as answer:
        assert answer.status == 200
        assert answer.getheader("Content-Type", "").startswith("text/event-stream")
        assert answer.getheader("Cache-Control") == "no-store"
        first = next_tick(answer)
        assert first["observed_epoch"] == served.client.get("/api/health").json()["observed_epoch"]
        fill(tmp_path / "recorded", lake, first=2, ticks=1)
        second = next_tick(answer)
        assert second["ledger_epoch"] == first["ledger_epoch"] + 900
        # What it tells of is served already.
        assert served.client.get("/api/latest?limit=1").json()["epoch"] == second["observed_epoch"]


def test_who_listens_does_not_keep_the_server_from_stopping(lake: Lake, tmp_path: Path) -> None:
    fill(tmp_path / "recorded", lake, ticks=1)
    with ExitStack() as stack:
        with serving(lake) as served:
            next_tick(stack.enter_context(listening(served)))
            began = time.monotonic()
        assert time.monotonic() - began < 10


def test_an_empty_lake_says_nothing_until_there_is_a_tick(lake: Lake, tmp_path: Path) -> None:
    with serving(lake) as served, listening(served) as answer:
        fill(tmp_path / "recorded", lake, ticks=1)
        assert next_tick(answer)["observed_epoch"] > 0


def test_only_the_head_ends_at_once(lake: Lake, tmp_path: Path) -> None:
    fill(tmp_path / "recorded", lake, ticks=1)
    with serving(lake) as served:
        answered = served.client.ask("/api/events", "HEAD")
        assert (answered.status, answered.body) == (200, b"")
