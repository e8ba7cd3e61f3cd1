"""Getting one feed file: what is kept of it, what is refused, what is remembered for the next time."""

from __future__ import annotations

import gzip
import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from tests.adapters.feeds_world import Time, client_at
from tests.adapters.scripted_server import Reply

from velib_insights.adapters.feeds import HttpClient, HttpLimits, validators_in

if TYPE_CHECKING:
    from tests.adapters.scripted_server import ScriptedServer

BODY = b'{"data": {"stations": []}}'


def _sha(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def test_a_note_says_what_came_and_how(server: ScriptedServer, time_: Time) -> None:
    headers = {
        "ETag": '"v1"',
        "Date": "Mon, 23 Nov 2026 08:15:03 GMT",
        "X-RateLimit-Remaining": "4999",
        "X-Other": "no",
    }
    url = server.script("/status.json", Reply(body=BODY, headers=headers))

    got = client_at(time_).get("station_status", url)

    assert got.body == BODY
    note = got.note
    assert (note.feed, note.url, note.outcome, note.status, note.reason) == (
        "station_status",
        url,
        "ok",
        200,
        None,
    )
    assert (note.bytes, note.sha256) == (len(BODY), _sha(BODY))
    assert note.headers == {
        "content-length": str(len(BODY)),
        "date": "Mon, 23 Nov 2026 08:15:03 GMT",
        "etag": '"v1"',
        "x-ratelimit-remaining": "4999",
    }
    assert note.fetched_at == time_.now()
    assert [(attempt.status, attempt.error, attempt.waited_s) for attempt in note.attempts] == [
        (200, None, 0.0)
    ]


def test_the_project_introduces_itself_and_asks_for_gzip(server: ScriptedServer, client: HttpClient) -> None:
    client.get("exports", server.script("/", Reply()))

    sent = server.seen[0].headers
    assert sent["user-agent"].startswith("velib-insights/")
    assert sent["user-agent"].endswith(" (+https://github.com/velib-insights/velib-insights)")
    assert sent["accept-encoding"] == "gzip"


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("zipped", [False, True])
def test_the_body_is_kept_verbatim_however_it_travels(
    server: ScriptedServer, client: HttpClient, chunked: bool, zipped: bool
) -> None:
    body = bytes(range(256)) * 1000
    got = client.get("x", server.script("/", Reply(body=body, gzip=zipped, chunked=chunked)))
    assert got.body == body


def test_a_body_that_ends_with_the_connection_is_whole(server: ScriptedServer, client: HttpClient) -> None:
    got = client.get("x", server.script("/", Reply(raw=b"HTTP/1.0 200 OK\r\n\r\n[1, 2]")))
    assert got.body == b"[1, 2]"


def test_gzip_in_several_members_is_one_body(server: ScriptedServer, client: HttpClient) -> None:
    body = gzip.compress(b"one,") + gzip.compress(b"two") + b"\0\0"
    got = client.get("x", server.script("/", Reply(body=body, headers={"Content-Encoding": "gzip"})))
    assert got.body == b"one,two"


@pytest.mark.parametrize(
    "body", [b"<html><body>Maintenance</body></html>", b"", b"\xff\xfe not text", b'{"cut": ']
)
def test_bytes_are_bytes_whatever_they_say_they_are(
    server: ScriptedServer, client: HttpClient, body: bytes
) -> None:
    got = client.get("x", server.script("/", Reply(body=body, headers={"Content-Type": "text/html"})))
    assert (got.note.outcome, got.body) == ("ok", body)
    assert got.note.headers["content-type"] == "text/html"


@pytest.mark.parametrize("chunked", [False, True])
def test_an_answer_over_the_cap_is_refused_at_once(
    server: ScriptedServer, time_: Time, chunked: bool
) -> None:
    client = client_at(time_, HttpLimits(max_bytes=2_000_000))
    url = server.script("/", Reply(body=b"x" * 2_000_001, chunked=chunked))
    got = client.get("x", url)
    assert (got.body, got.note.reason) == (None, "answer larger than 2 MB: refused")
    assert len(server.seen) == 1
    server.script("/", Reply(body=b"x" * 2_000_000, chunked=chunked))
    assert client.get("x", url).note.bytes == 2_000_000


def test_a_gzip_bomb_is_refused_before_it_unfolds(server: ScriptedServer, time_: Time) -> None:
    import tracemalloc

    url = server.script("/", Reply(body=bytes(60_000_000), gzip=True))
    server_side = gzip.compress(bytes(60_000_000))
    server.script("/", Reply(body=server_side, headers={"Content-Encoding": "gzip"}))
    client = client_at(time_, HttpLimits(max_bytes=1_000_000))
    tracemalloc.start()
    got = client.get("x", url)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert got.note.reason == "answer larger than 1 MB: refused"
    assert len(server_side) < 100_000
    assert peak < 8_000_000


def test_an_encoding_nobody_asked_for_is_refused(server: ScriptedServer, client: HttpClient) -> None:
    got = client.get("x", server.script("/", Reply(headers={"Content-Encoding": "br"})))
    assert got.note.reason == "the body is encoded as 'br', which was not asked for"


def test_an_unchanged_file_is_vouched_for_and_its_body_remembered(
    server: ScriptedServer, client: HttpClient
) -> None:
    validators = {"ETag": '"v1"', "Last-Modified": "Mon, 23 Nov 2026 08:00:00 GMT"}
    url = server.script("/", Reply(body=BODY, headers=validators), Reply(304, headers={"ETag": '"v1"'}))

    client.get("x", url)
    got = client.get("x", url)

    assert server.seen[1].headers["if-none-match"] == '"v1"'
    assert server.seen[1].headers["if-modified-since"] == "Mon, 23 Nov 2026 08:00:00 GMT"
    assert (got.note.outcome, got.note.status, got.body) == ("not_modified", 304, BODY)
    assert (got.note.sha256, got.note.bytes) == (_sha(BODY), len(BODY))


def test_a_new_process_takes_up_the_validators_of_the_last(server: ScriptedServer, time_: Time) -> None:
    url = server.script("/", Reply(body=BODY, headers={"ETag": '"v1"'}), Reply(304))
    first = client_at(time_)
    note = first.get("x", url).note
    assert first.validators == validators_in([note]) == {url: ('"v1"', None, _sha(BODY))}

    second = HttpClient(validators=first.validators, body_for={_sha(BODY): BODY}.get)
    got = second.get("x", url)

    assert (got.note.outcome, got.body) == ("not_modified", BODY)


@pytest.mark.parametrize("kept", [None, b"another body"])
def test_without_the_remembered_body_no_condition_is_sent(server: ScriptedServer, kept: bytes | None) -> None:
    url = server.script("/", Reply(body=BODY))
    client = HttpClient(validators={url: ('"v1"', None, _sha(BODY))}, body_for={_sha(BODY): kept}.get)
    assert client.get("x", url).note.outcome == "ok"
    assert "if-none-match" not in server.seen[0].headers


def test_a_304_nobody_asked_for_is_a_failure(server: ScriptedServer, client: HttpClient) -> None:
    got = client.get("x", server.script("/", Reply(304)))
    assert (got.note.outcome, got.body) == ("failed", None)
    assert got.note.reason == "the server answered 304 to a request without conditions"


def test_a_changed_file_replaces_what_was_remembered(server: ScriptedServer, client: HttpClient) -> None:
    replies = (
        Reply(body=b"1", headers={"ETag": '"v1"'}),
        Reply(body=b"2", headers={"ETag": '"v2"'}),
        Reply(304),
    )
    url = server.script("/", *replies)
    assert [client.get("x", url).body for _ in range(3)] == [b"1", b"2", b"2"]
    assert server.seen[2].headers["if-none-match"] == '"v2"'


def test_a_folded_header_does_no_harm(server: ScriptedServer, client: HttpClient) -> None:
    url = server.script("/", Reply(raw=b'HTTP/1.1 200 OK\r\nETag: "a\r\n b"\r\nContent-Length: 1\r\n\r\n1'))
    assert client.get("x", url).note.headers["etag"] == '"a b"'
    assert client.get("x", url).note.outcome == "ok"


def test_times_are_utc_and_elapsed_is_counted(server: ScriptedServer) -> None:
    got = HttpClient().get("x", server.script("/", Reply(delay_s=0.1)))
    attempt = got.note.attempts[0]
    assert 90 <= attempt.elapsed_ms < 1000
    assert attempt.at.tzinfo is UTC
    assert abs((datetime.now(UTC) - got.note.fetched_at).total_seconds()) < 5
