"""The way to a feed file: connections, redirects, credentials, proxies, TLS."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.adapters.feeds_world import Time, client_at
from tests.adapters.scripted_server import Reply, ScriptedServer

from velib_insights.adapters.feeds import HttpClient, HttpLimits
from velib_insights.core.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

BODY = b'{"data": {"stations": []}}'


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(server: ScriptedServer, client: HttpClient, status: int) -> None:
    server.script("/new/status.json", Reply(body=BODY))
    url = server.script("/old/status.json", Reply(status, headers={"Location": "../new/status.json"}))
    got = client.get("x", url)
    assert (got.body, got.note.url, len(got.note.attempts)) == (BODY, url, 1)


def test_a_redirect_loop_ends(server: ScriptedServer, client: HttpClient) -> None:
    got = client.get("x", server.script("/a", Reply(302, headers={"Location": "/a"})))
    assert got.note.reason == "redirected more than 5 times"
    assert len(server.seen) == 6


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://example.org/x", "http://[::1"])
def test_redirects_lead_to_http_only(server: ScriptedServer, client: HttpClient, location: str) -> None:
    got = client.get("x", server.script("/", Reply(302, headers={"Location": location})))
    assert (got.note.outcome, got.body, len(server.seen)) == ("failed", None, 1)
    assert got.note.reason is not None
    assert got.note.reason.startswith("redirected to ")


def test_a_redirect_without_a_target_is_a_plain_failure(server: ScriptedServer, client: HttpClient) -> None:
    assert client.get("x", server.script("/", Reply(302))).note.reason == "the server answered 302"


def test_connections_are_kept_alive(server: ScriptedServer, client: HttpClient) -> None:
    replies = (
        Reply(body=BODY, headers={"ETag": "1"}),
        Reply(304),
        Reply(body=BODY, gzip=True),
        Reply(body=BODY, chunked=True),
    )
    url = server.script("/", *replies)
    assert [client.get("x", url).body for _ in range(5)] == [BODY] * 5
    assert len({seen.port for seen in server.seen}) == 1


def test_a_closed_client_asks_anew(server: ScriptedServer, client: HttpClient) -> None:
    url = server.script("/", Reply(body=BODY))
    client.get("x", url)
    client.close()
    assert client.get("x", url).body == BODY
    assert len({seen.port for seen in server.seen}) == 2


def test_a_host_that_is_not_there_is_named(client: HttpClient) -> None:
    got = client.get("x", "http://no-such-host.invalid/gbfs.json")
    assert got.note.reason == "host not found: no-such-host.invalid, four times"
    assert got.note.status is None


def test_a_port_that_refuses_is_named(client: HttpClient) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    got = client.get("x", f"http://127.0.0.1:{port}/")
    assert got.note.reason == f"127.0.0.1:{port} cannot be reached: Connection refused, four times"


def test_tls_to_a_server_without_it_fails_in_words(server: ScriptedServer, client: HttpClient) -> None:
    got = client.get("x", f"https://127.0.0.1:{server.port}/", attempts=1)
    assert got.note.reason is not None
    assert got.note.reason.startswith(f"no TLS connection to 127.0.0.1:{server.port}: ")


def test_credentials_are_sent_and_never_noted(server: ScriptedServer, client: HttpClient) -> None:
    headers = {"ETag": '"1"'}
    server.script("/?apikey=s3cret&lang=fr", Reply(body=BODY, headers=headers))
    got = client.get("x", f"http://someone:pass%40word@127.0.0.1:{server.port}/?apikey=s3cret&lang=fr#part")

    assert server.seen[0].headers["authorization"] == "Basic c29tZW9uZTpwYXNzQHdvcmQ="
    assert got.body == BODY
    assert got.note.url == f"http://127.0.0.1:{server.port}/?apikey=***&lang=fr"
    for told in (repr(got.note), repr(client.validators)):
        assert "pass" not in told
        assert "s3cret" not in told


def test_credentials_do_not_follow_a_redirect_elsewhere(
    server: ScriptedServer, other_server: ScriptedServer, client: HttpClient
) -> None:
    elsewhere = other_server.script("/x", Reply(body=BODY))
    server.script("/here", Reply(302, headers={"Location": elsewhere}))
    server.script("/", Reply(302, headers={"Location": "/here"}))

    assert client.get("x", f"http://a:b@127.0.0.1:{server.port}/").body == BODY

    assert all("authorization" in seen.headers for seen in server.seen)
    assert "authorization" not in other_server.seen[0].headers


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org/gbfs.json",
        "file:///etc/passwd",
        "ftp://example.org/",
        "http://",
        "http://example.org:x/",
        "http://a b/",
    ],
)
def test_an_address_no_feed_can_be_behind_is_a_settings_error(client: HttpClient, url: str) -> None:
    with pytest.raises(SettingsError, match="cannot be used"):
        client.get("x", url)


def test_a_proxy_of_the_environment_is_used_and_no_proxy_honoured(
    server: ScriptedServer, other_server: ScriptedServer, monkeypatch: pytest.MonkeyPatch, time_: Time
) -> None:
    other_server.script("http://feed.invalid/gbfs.json", Reply(body=b"by proxy"))
    monkeypatch.setenv("http_proxy", f"http://me:pw@127.0.0.1:{other_server.port}")
    monkeypatch.setenv("https_proxy", f"127.0.0.1:{other_server.port}")
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    client = client_at(time_)

    assert client.get("x", "http://feed.invalid/gbfs.json").body == b"by proxy"
    assert other_server.seen[0].headers["proxy-authorization"] == "Basic bWU6cHc="
    assert client.get("x", server.script("/", Reply(body=b"direct"))).body == b"direct"
    refused = client.get("x", "https://feed.invalid/gbfs.json", attempts=1)
    assert refused.note.reason is not None
    assert refused.note.reason.startswith("the proxy failed: ")
    assert "403" in refused.note.reason
    assert other_server.paths() == ["http://feed.invalid/gbfs.json", "feed.invalid:443"]


def test_a_proxy_that_cannot_be_used_is_a_settings_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "socks5://me:pw@127.0.0.1:1080")
    with pytest.raises(SettingsError, match=r"the proxy socks5://127\.0\.0\.1:1080 cannot be used"):
        HttpClient()


def test_a_host_that_does_not_answer_the_door_is_named(time_: Time) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as deaf:
        port = deaf.getsockname()[1]
        queue = [socket.socket() for _ in range(3)]
        for caller in queue:
            caller.setblocking(False)
            caller.connect_ex(("127.0.0.1", port))
        got = client_at(time_, HttpLimits(connect_s=0.2, attempts=2)).get("x", f"http://127.0.0.1:{port}/")
        for caller in queue:
            caller.close()
    assert got.note.reason == f"no connection to 127.0.0.1:{port} within 0.2 s, twice"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate of 127.0.0.1 and its key, in one file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs the openssl program to make a certificate")
    pem = tmp_path_factory.mktemp("tls") / "self_signed.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    make = [
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-keyout",
        str(pem),
        "-out",
        str(pem) + ".crt",
    ]
    subprocess.run([openssl, *make, *subject], check=True, capture_output=True)
    pem.write_text(pem.read_text() + Path(f"{pem}.crt").read_text())
    return pem


@pytest.fixture
def tls_server(certificate: Path) -> Iterator[ScriptedServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    scripted = ScriptedServer(context)
    yield scripted
    scripted.close()


def test_a_certificate_that_is_not_trusted_is_named_and_not_asked_again(
    tls_server: ScriptedServer, client: HttpClient
) -> None:
    got = client.get("x", tls_server.script("/", Reply(body=BODY)))
    assert got.note.reason is not None
    assert got.note.reason.startswith(f"the certificate of 127.0.0.1:{tls_server.port} is not trusted: self")
    assert len(got.note.attempts) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere trust is the system's own, not a file's")
def test_what_the_system_trusts_is_trusted_and_the_deadline_holds_over_tls(
    tls_server: ScriptedServer, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", f"{certificate}.crt")
    client = HttpClient(HttpLimits(read_s=5, deadline_s=0.5))
    url = tls_server.script("/", Reply(body=BODY), Reply(body=BODY), Reply(body=b"x" * 600, dribble_s=0.02))
    assert [client.get("x", url).body for _ in range(2)] == [BODY, BODY]
    assert len({seen.port for seen in tls_server.seen}) == 1

    began = time.monotonic()
    got = client.get("x", url)
    assert time.monotonic() - began < 1.0
    assert got.note.reason is not None
    assert got.note.reason.startswith("not complete within 0.5 s: the body stopped at ")
