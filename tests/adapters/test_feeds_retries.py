"""When a feed file is asked for again, after how long, and when it is given up."""

from __future__ import annotations

import gzip
import time
from typing import TYPE_CHECKING

import pytest
from tests.adapters.feeds_world import Time, client_at
from tests.adapters.scripted_server import Reply

from velib_insights.adapters.feeds import HttpClient, HttpLimits
from velib_insights.core.errors import SettingsError

if TYPE_CHECKING:
    from tests.adapters.scripted_server import ScriptedServer

BODY = b'{"data": {"stations": []}}'


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_passing_trouble_is_asked_again(server: ScriptedServer, client: HttpClient, status: int) -> None:
    got = client.get("x", server.script("/", Reply(status), Reply(body=BODY)))
    assert (got.note.outcome, got.body) == ("ok", BODY)
    assert [attempt.status for attempt in got.note.attempts] == [status, 200]


@pytest.mark.parametrize("status", [204, 206, 400, 401, 403, 404, 410, 501, 505])
def test_a_lasting_answer_is_not_asked_again(server: ScriptedServer, client: HttpClient, status: int) -> None:
    got = client.get("x", server.script("/", Reply(status, body=b"")))
    assert (got.note.outcome, got.note.reason, got.body) == ("failed", f"the server answered {status}", None)
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(reset=True), "the server broke the connection before answering"),
        (Reply(raw=b""), "the server closed the connection without answering"),
        (Reply(raw=b"SSH-2.0-OpenSSH_9.6\r\n"), "the answer is not HTTP: SSH-2.0-OpenSSH_9.6"),
        (Reply(raw=b"HTTP/1.1 200 OK\r\nServer: x\r\nContent-"), "the answer stopped in its headers"),
        (Reply(body=b"x" * 600_000, cut_at=524_288), "the body stopped at 524,288 of 600,000 bytes"),
        (Reply(body=b"x" * 5000, chunked=True, cut_at=1000), "the body stopped at 994 bytes, before its end"),
        (Reply(body=BODY, headers={"Content-Encoding": "gzip"}), "the body is not valid gzip"),
        (
            Reply(body=gzip.compress(BODY)[:-9], headers={"Content-Encoding": "gzip"}),
            f"the gzip body stopped at {len(gzip.compress(BODY)) - 9} bytes, before its end",
        ),
        (Reply(body=b"x" * 50, stall_at=20), "the body stopped for 0.2 s after 20 bytes"),
        (Reply(delay_s=0.4), "no answer within 0.2 s"),
    ],
)
def test_a_broken_answer_is_asked_again_and_named(
    server: ScriptedServer, time_: Time, reply: Reply, words: str
) -> None:
    client = client_at(time_, HttpLimits(read_s=0.2))
    got = client.get("x", server.script("/", reply, Reply(body=BODY)))
    assert got.body == BODY
    assert [attempt.error for attempt in got.note.attempts] == [words, None]


def test_it_gives_up_after_the_attempts_allowed_and_says_so(
    server: ScriptedServer, client: HttpClient
) -> None:
    got = client.get("x", server.script("/", Reply(503, headers={"Server": "nginx"})))
    assert (got.note.outcome, got.note.status) == ("failed", 503)
    assert got.note.reason == "the server answered 503 four times"
    assert got.note.headers["server"] == "nginx"
    assert len(server.seen) == 4


def test_different_troubles_are_told_by_the_last(server: ScriptedServer, time_: Time) -> None:
    client = client_at(time_, HttpLimits(attempts=2))
    got = client.get("x", server.script("/", Reply(503), Reply(reset=True)))
    assert got.note.reason == "the server broke the connection before answering, at attempt 2"


def test_a_silent_server_is_named_with_its_times(server: ScriptedServer, time_: Time) -> None:
    client = client_at(time_, HttpLimits(read_s=0.05, attempts=2))
    got = client.get("x", server.script("/", Reply(delay_s=0.2)))
    assert got.note.reason == "no answer within 0.05 s, twice"


def test_pauses_are_full_jitter_under_a_doubling_ceiling(server: ScriptedServer) -> None:
    for share in (0.0, 0.5, 1.0):
        time_ = Time(share=share)
        limits = HttpLimits(attempts=6, backoff_s=1, max_backoff_s=5, deadline_s=600)
        got = client_at(time_, limits).get("x", server.script("/", Reply(500)))
        assert time_.slept == [share * ceiling for ceiling in (1, 2, 4, 5, 5)]
        assert [attempt.waited_s for attempt in got.note.attempts] == [*time_.slept, 0.0]


@pytest.mark.parametrize(
    ("headers", "pause_s"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "Mon, 23 Nov 2026 08:15:20 GMT"}, 20.0),
        # Counted from the server's own clock where it shows one.
        ({"Retry-After": "Mon, 23 Nov 2026 11:00:09 GMT", "Date": "Mon, 23 Nov 2026 11:00:00 GMT"}, 9.0),
        ({"Retry-After": "Mon, 23 Nov 2026 08:00:00 GMT"}, 0.5),
        ({"Retry-After": "0"}, 0.5),
        ({"Retry-After": "soon"}, 0.5),
        ({"Retry-After": "²"}, 0.5),
        ({"Retry-After": "-5"}, 0.5),
        ({}, 0.5),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_honoured(
    server: ScriptedServer, time_: Time, status: int, headers: dict[str, str], pause_s: float
) -> None:
    got = client_at(time_).get("x", server.script("/", Reply(status, headers=headers), Reply(body=BODY)))
    assert got.body == BODY
    assert time_.slept == [pause_s]


@pytest.mark.parametrize("asked", ["3600", "9" * 5000, "Mon, 23 Nov 2026 09:15:00 GMT"])
def test_a_pause_longer_than_the_deadline_is_not_waited(
    server: ScriptedServer, time_: Time, asked: str
) -> None:
    got = client_at(time_).get("x", server.script("/", Reply(429, headers={"Retry-After": asked})))
    assert time_.slept == []
    assert got.note.reason is not None
    assert got.note.reason.startswith("the server answered 429; it asked to wait ")
    assert got.note.reason.endswith(" s, longer than the 60 s left of 60 s")


def test_no_attempt_is_begun_that_the_deadline_would_not_allow(server: ScriptedServer) -> None:
    time_ = Time(share=1.0)
    limits = HttpLimits(attempts=9, backoff_s=4, deadline_s=10)
    got = client_at(time_, limits).get("x", server.script("/", Reply(503)))
    assert time_.slept == [4]
    assert (
        got.note.reason == "the server answered 503 twice; the 6 s left of 10 s do not allow another attempt"
    )


@pytest.mark.parametrize(
    "reply", [Reply(body=b"x" * 600, dribble_s=0.02), Reply(dribble_head_s=0.02, body=b"x" * 600)]
)
def test_a_dribbling_answer_is_stopped_at_the_deadline(server: ScriptedServer, reply: Reply) -> None:
    began = time.monotonic()
    got = HttpClient(HttpLimits(read_s=5, deadline_s=0.4)).get("x", server.script("/", reply))
    assert time.monotonic() - began < 1.0
    assert got.note.outcome == "failed"
    assert got.note.reason is not None
    assert got.note.reason.startswith("not complete within 0.4 s")
    assert len(got.note.attempts) == 1


def test_a_silent_server_is_left_at_the_deadline_too(server: ScriptedServer) -> None:
    began = time.monotonic()
    got = HttpClient(HttpLimits(read_s=5, deadline_s=0.3)).get("x", server.script("/", Reply(delay_s=1.5)))
    assert time.monotonic() - began < 0.9
    assert got.note.reason == "not complete within 0.3 s"


@pytest.mark.parametrize("name", ["connect_s", "deadline_s", "attempts", "max_bytes"])
def test_limits_must_be_above_zero(name: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} must be above 0"):
        HttpLimits(**{name: 0})
