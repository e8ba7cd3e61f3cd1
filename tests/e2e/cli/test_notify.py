"""`velib watch --notify-url`: what is sent, that it is tried again, and that no tick waits for it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.conftest import Velib
from tests.steps.feeds import TICK

from velib_insights.adapters.webhook import Webhook
from velib_insights.core.notices import parse_rules
from velib_insights.simulator.server import SimulatorServer
from velib_insights.steps.notify import Notifier
from velib_insights.steps.site.manifest import SITE_DATA


class Hook:
    """Answers with these statuses in turn, the last one for ever; 0 takes the request and stays silent."""

    def __init__(self, *statuses: int) -> None:
        self.got: list[dict[str, Any]] = []
        left = list(statuses)
        hook, self.is_over = self, threading.Event()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.got.append(json.loads(body))
                status = left.pop(0) if len(left) > 1 else left[0]
                if status == 0:
                    hook.is_over.wait(30)
                    return
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?token=SECRET"

    def close(self) -> None:
        self.is_over.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def hooks() -> Iterator[Any]:
    made: list[Hook] = []

    def make(*statuses: int) -> Hook:
        made.append(Hook(*statuses))
        return made[-1]

    yield make
    for hook in made:
        hook.close()


def test_a_tick_that_meets_a_rule_is_told_as_json(velib_here: Velib, tmp_path: Path, hooks: Any) -> None:
    hook = hooks(200)
    with SimulatorServer() as server:
        said = velib_here(
            *("watch", "--ticks", "1", "--lake", tmp_path / "lake", "--feed", server.gbfs_url),
            *(
                "--notify-url",
                hook.url,
                "--notify-when",
                "network over 0 % unusable; station 9 full for 1 min",
            ),
        )
    assert said.code == 0, said.err
    assert "'9': 'station 9 full for 1 min' will not notify" in said.err
    (notice,) = hook.got
    headline = json.loads((tmp_path / "lake" / SITE_DATA / "headline.json").read_text("utf-8"))["now"]
    assert notice["event"] == "begun"
    assert notice["rule"] == "network over 0 % unusable"
    assert notice["observed_epoch"] == headline["epoch"]
    assert notice["unusable_share"] == pytest.approx(headline["unusable"] / headline["operative"], abs=1e-4)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--notify-url", "http://127.0.0.1:1/"), "an address to notify and no rule"),
        (("--notify-when", "network over 1 % unusable"), "rules to notify of and no address"),
        (("--notify-url", "ftp://x", "--notify-when", "network over 1 % unusable"), "no address to notify"),
        (("--notify-url", "http://127.0.0.1:1/", "--notify-when", "network is bad"), "is no rule"),
    ],
)
def test_what_cannot_be_is_said_before_the_first_tick(
    velib_here: Velib, tmp_path: Path, given: tuple[str, ...], said: str
) -> None:
    with SimulatorServer() as server:
        told = velib_here("watch", "--ticks", "1", "--lake", tmp_path, "--feed", server.gbfs_url, *given)
    assert told.code == 2
    assert said in told.err


def test_each_rule_is_told_once_when_it_begins_and_once_when_it_ends(lake: Any) -> None:
    sent: list[dict[str, Any]] = []
    notifier = Notifier(lake, parse_rules("station 1001 empty for 30 min"), sent.append)
    assert notifier.look() == []
    for minutes, over in ((15, False), (30, False), (45, False), (60, True), (75, True)):
        publish(lake, minutes, is_over=over)
        notifier.look()
    assert [(notice["event"], notice["minutes"]) for notice in sent] == [("begun", 30), ("ended", 45)]
    assert sent[0]["station"] == {"code": "1001", "name": "One"}
    assert sent[0]["since_epoch"] == TICK.epoch


def publish(lake: Any, minutes: int, *, is_over: bool) -> None:
    epoch = TICK.epoch + int(timedelta(minutes=minutes).total_seconds())
    outage = {"code": "1001", "kind": "no_bike", "since": TICK.epoch, "since_open": False, "is_over": is_over}
    files = {
        "index": {"network_name": "Somewhere", "source": "velib"},
        "now": {"code": ["1001"], "name": ["One"], "zones": []},
        "board": {"epoch": epoch, "outages": [outage]},
        "zones_now": [],
        "headline": {"now": {"operative": 1, "unusable": 1}},
    }
    for name, told in files.items():
        lake.put(f"{SITE_DATA}/{name}.json", json.dumps(told).encode())


def test_what_fails_for_a_while_is_tried_again(hooks: Any) -> None:
    hook, warned = hooks(503, 429, 204), []
    webhook = Webhook(hook.url, warned.append, waits_s=(0.01, 0.01, 0.01))
    webhook.send({"rule": "one"})
    until(lambda: len(hook.got) == 3)
    webhook.close()
    assert hook.got == [{"rule": "one"}] * 3
    assert warned == []


def test_what_is_refused_is_said_without_its_secret_and_not_tried_again(hooks: Any) -> None:
    hook, warned = hooks(403), []
    webhook = Webhook(hook.url, warned.append, waits_s=(0.01,))
    webhook.send({"rule": "one"})
    until(lambda: bool(warned))
    webhook.close()
    assert len(hook.got) == 1
    assert "refused by HTTP 403" in warned[0]
    assert "SECRET" not in warned[0]


def test_who_cannot_be_reached_is_said_in_words() -> None:
    warned: list[str] = []
    webhook = Webhook("http://127.0.0.1:9/hook?token=SECRET", warned.append, waits_s=(0.01,))
    webhook.send({"rule": "one"})
    until(lambda: bool(warned))
    webhook.close()
    assert warned == [
        "http://127.0.0.1:9/hook?token=*** was not notified of 'one': 127.0.0.1:9 cannot be reached: Connection refused"
    ]


def test_it_is_told_through_the_proxy_of_the_environment(hooks: Any, monkeypatch: Any) -> None:
    hook = hooks(200)
    monkeypatch.setenv("HTTP_PROXY", hook.url.partition("/hook")[0])
    webhook = Webhook("http://hooks.invalid/city", lambda _: None, waits_s=())
    webhook.send({"rule": "one"})
    until(lambda: bool(hook.got))
    webhook.close()
    assert hook.got == [{"rule": "one"}]


def test_who_does_not_answer_keeps_nobody_waiting(hooks: Any) -> None:
    webhook = Webhook(hooks(0).url, lambda _: None, waits_s=())
    began = time.monotonic()
    for number in range(2_000):
        webhook.send({"rule": str(number)})
    assert time.monotonic() - began < 5
    webhook._ends.set()


def until(holds: Any) -> None:
    end = time.monotonic() + 15
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)
