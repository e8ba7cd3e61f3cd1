"""What strangers may try at the door: other hosts, odd paths, too much, too slowly."""

from __future__ import annotations

import http.client
import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.dashboard.conftest import Client, Served, serving
from tests.steps.feeds import objects

from velib_insights.adapters.lake import Lake
from velib_insights.dashboard.guards import MAX_BODY_BYTES, MAX_HEAD_BYTES, MAX_TARGET_BYTES
from velib_insights.dashboard.page import Page
from velib_insights.dashboard.server import ClientTimeouts
from velib_insights.pages.basemap import OWN_ARCHIVE, basemap
from velib_insights.pages.csp import content_security_policy
from velib_insights.pages.origins import Sharing
from velib_insights.pages.report_html import style

QUICK = ClientTimeouts(head_s=1.0, body_s=1.0, request_s=3.0)


@pytest.fixture(scope="module")
def hurried(lived: Lake) -> Iterator[Served]:
    """A server with little patience, so that tests need little too."""
    with serving(lived, patience=QUICK) as running:
        yield running


@pytest.mark.parametrize(
    "target",
    [
        "/../../../etc/passwd",
        "/..%2f..%2f..%2fetc%2fpasswd",
        "/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/%252e%252e/%252e%252e/etc/passwd",
        "/..%5c..%5c..%5cetc%5cpasswd",
        "/..\\..\\etc\\passwd",
        "//etc/passwd",
        "///etc/passwd",
        "/etc/passwd%00.html",
        "/index.html%00",
        "/assets/../../page.py",
        "/assets/%2e%2e/%2e%2e/page.py",
        "/assets/..%c0%af..%c0%afpage.py",
        "/assets/%ff%fe",
        "/built-from.json",
        "/data/../published.json",
        "/data/%2e%2e/published.json",
        "/data/..%2fpublished.json",
        "/data/../../raw/",
        "/data/kpi/../../../clean/ticks/date=2026-11-22/hour=21/part.parquet",
        "/data/days/..%2f..%2fpublished.json",
        "/data/days/2026-11-22.json%00.txt",
        "/data/history/%2e%2e%2findex.json",
        "/api/kpi/..%2f..%2fetc%2fpasswd",
        "/api/kpi/%2e%2e",
        "/api/stations/..%2f..%2fetc%2fpasswd",
        "/api/days/..%2f2026-11-22",
        "/api/insights/%2e%2e%2findex",
        "/file:///etc/passwd",
        "/C:%5cWindows%5cwin.ini",
    ],
)
def test_no_path_leads_out_of_what_is_served(client: Client, target: str) -> None:
    answered = client.get(target)
    assert answered.status in (400, 404), answered.body[:200]
    assert b"root:" not in answered.body
    assert b"PAR1" not in answered.body
    answered.error()


INJECTED = [
    "' OR 1=1 --",
    "'; DROP TABLE ticks; --",
    '" UNION SELECT * FROM read_text("/etc/passwd") --',
    "1001') OR ('1'='1",
    "${jndi:ldap://example.org/a}",
    "{{7*7}}",
    "$(id)",
    "`id`",
    "<script>alert(1)</script>",
    "%0d%0aSet-Cookie: a=b",
    "\r\nSet-Cookie: a=b",
    "\x00",
    "../../../etc/passwd",
    "NaN",
    "1e309",
    "-1",
    "9" * 400,
    "ⅷ",
    "\u202e",
]
PLACES = [
    "/api/latest?zone={}",
    "/api/latest?limit={}",
    "/api/latest?offset={}",
    "/api/stations/{}",
    "/api/stations/{}/history",
    "/api/stations/1001/history?days={}",
    "/api/stations/1001/history?resolution={}",
    "/api/kpi/{}",
    "/api/kpi/shortage?format={}",
    "/api/kpi/shortage?limit={}",
    "/api/days/{}",
    "/api/insights/{}",
    "/api/insights/2026-11-23?format=html&lang={}",
    "/data/kpi/{}.json",
    "/data/{}",
    "/{}",
]


@pytest.mark.parametrize("place", PLACES)
def test_what_is_put_into_a_parameter_is_a_value_and_never_code(client: Client, place: str) -> None:
    for value in INJECTED:
        written = "".join(f"%{byte:02x}" for byte in value.encode())
        answered = client.get(place.format(written))
        assert answered.status in (400, 404), (value, answered.status, answered.body[:200])
        error = answered.error()
        assert answered.headers["content-type"] == "application/json"
        assert "set-cookie" not in answered.headers
        assert "49" not in error["message"].replace(value, ""), "a template that was worked out"
        assert "Traceback" not in answered.text


def test_unknown_parameters_and_repeated_ones_do_no_harm(client: Client) -> None:
    assert client.get("/api/latest?nothing=1&limit=2").json()["limit"] == 2
    assert client.get("/api/latest?limit=1&limit=3").json()["limit"] in (1, 3)


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "", "localhost@evil", "[::1"]
)
def test_a_name_that_is_not_ours_is_refused(client: Client, host: str) -> None:
    answered = client.get("/api/latest", Host=host)
    assert answered.status in (400, 421)
    assert b"stations" not in answered.body


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8000", "127.0.0.1", "127.0.0.1:1", "[::1]:8000", "[::1]"]
)
def test_names_of_this_machine_are_ours(client: Client, host: str) -> None:
    assert client.get("/api/latest?limit=1", Host=host).status == 200


def test_who_opens_the_door_to_others_is_called_by_any_name(lived: Lake) -> None:
    with serving(lived, host="0.0.0.0") as open_to_all:  # noqa: S104 - closed again at once
        assert open_to_all.client.get("/api/latest?limit=1", Host="bikes.example").status == 200


def test_a_long_address_is_refused(client: Client) -> None:
    assert client.get(f"/{'x' * (MAX_TARGET_BYTES - 1)}").status == 404
    answered = client.get(f"/{'x' * MAX_TARGET_BYTES}")
    assert (answered.status, answered.error()["class"]) == (414, "TooLarge")


def test_a_long_head_is_refused(client: Client) -> None:
    with contextless(client) as connection:
        connection.sendall(
            b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * (MAX_HEAD_BYTES * 2) + b"\r\n\r\n"
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 431")
    with contextless(client) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        for _ in range(MAX_HEAD_BYTES // 1_000 + 2):
            connection.sendall(b"X: " + b"x" * 1_000 + b"\r\n")
            time.sleep(0.01)
        assert connection.recv(100).startswith(b"HTTP/1.1 400")


def test_a_body_that_says_it_is_large_is_refused_unread(client: Client) -> None:
    with contextless(client) as connection:
        connection.sendall(
            b"POST /api/query HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
            % (MAX_BODY_BYTES + 1)
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 413")


def test_a_body_that_does_not_say_so_is_cut_off(client: Client) -> None:
    with contextless(client) as connection:
        connection.sendall(
            b"POST /api/query HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        chunk = b"%x\r\n%s\r\n" % (10_000, b"x" * 10_000)
        for _ in range(MAX_BODY_BYTES // 10_000 + 2):
            connection.sendall(chunk)
        assert connection.recv(100).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GARBAGE\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\n\r\n",
        b"GET /\x01 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST /api/query HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        b"POST /api/query HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"POST /api/query HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
        b"\x16\x03\x01\x02\x00\x01\x00",
    ],
)
def test_what_is_no_http_is_refused_and_others_are_served(hurried: Served, request_bytes: bytes) -> None:
    with contextless(hurried.client) as connection:
        connection.sendall(request_bytes)
        answer = connection.recv(1_000)
        assert answer == b"" or answer.split()[1] in (b"400", b"421")
    assert hurried.client.get("/api/latest?limit=1").status == 200


def closed_after(connection: socket.socket) -> float:
    """Seconds until the other side hangs up; whatever it says until then is read."""
    began = time.monotonic()
    connection.settimeout(20)
    try:
        while connection.recv(1_000):
            pass
    except ConnectionError:
        pass
    return time.monotonic() - began


def test_who_sends_a_head_a_byte_at_a_time_is_cut_off_and_keeps_nobody_waiting(hurried: Served) -> None:
    stop = threading.Event()
    dripping = [contextless(hurried.client) for _ in range(40)]

    def drip() -> None:
        for byte in b"GET /api/latest HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + b"x" * 1_000:
            for connection in dripping:
                try:
                    connection.send(bytes([byte]))
                except OSError:
                    stop.set()
            if stop.wait(0.05):
                return

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    began = time.monotonic()
    assert hurried.client.get("/api/latest?limit=1").status == 200
    assert time.monotonic() - began < 1.0
    assert closed_after(dripping[0]) < QUICK.head_s + 1.5
    stop.set()
    thread.join(10)
    for connection in dripping:
        connection.close()


def test_who_says_nothing_is_cut_off(hurried: Served) -> None:
    with contextless(hurried.client) as connection:
        assert closed_after(connection) < QUICK.head_s + 1.5


def test_who_sends_a_body_a_byte_at_a_time_is_cut_off(hurried: Served) -> None:
    with contextless(hurried.client) as connection:
        connection.sendall(b"POST /api/query HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n")
        began = time.monotonic()
        connection.settimeout(0.1)
        answer = b""
        while not answer and time.monotonic() - began < 10:
            connection.sendall(b" ")
            try:
                answer = connection.recv(1_000)
            except TimeoutError:
                continue
        assert answer.startswith(b"HTTP/1.1 408")
        assert time.monotonic() - began < QUICK.body_s + 1.5


def test_who_does_not_take_the_answer_is_cut_off(hurried: Served) -> None:
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
        connection.connect((hurried.client.host, hurried.client.port))
        request = b"GET /data/kpi/kpi_availability_station_day.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
        connection.sendall(request * 200)
        time.sleep(QUICK.request_s + 1)
        with pytest.raises(OSError):  # noqa: PT011 - reset or broken pipe, as the system has it
            ask_on(connection, request)
    assert hurried.client.get("/api/latest?limit=1").status == 200


def ask_on(connection: socket.socket, request: bytes) -> None:
    for _ in range(100):
        connection.sendall(request)
        time.sleep(0.02)


def test_a_connection_that_is_used_again_and_again_is_kept(hurried: Served) -> None:
    connection = http.client.HTTPConnection(hurried.client.host, hurried.client.port, timeout=10)
    for pause_s in (0.0, 0.6, 0.6, 0.6):
        time.sleep(pause_s)
        connection.request("GET", "/api/latest?limit=1")
        answer = connection.getresponse()
        assert (answer.status, bool(answer.read())) == (200, True)
    connection.close()


def contextless(client: Client) -> socket.socket:
    """A plain connection."""
    return socket.create_connection((client.host, client.port), timeout=20)


EVERYWHERE = ["/", "/api/latest", "/api/docs", "/data/now.json", "/nothing", "/api/kpi/nothing"]


@pytest.mark.parametrize("target", EVERYWHERE)
def test_browsers_are_told_what_they_may_do(client: Client, target: str) -> None:
    headers = client.get(target).headers
    rules = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self'"
    assert rules["connect-src"] == "'self'"
    assert rules["frame-ancestors"] == "'none'"
    assert "unsafe" not in headers["content-security-policy"]
    assert not re.search(r"https?:|\*", headers["content-security-policy"])
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "server" not in headers


def test_a_refusal_at_the_door_carries_the_same_rules(client: Client) -> None:
    answered = client.get("/", Host="evil.example")
    assert "content-security-policy" in answered.headers


def test_a_basemap_opens_the_rules_for_its_host_alone(lived: Lake, tmp_path: Path) -> None:
    tiles = basemap("https://tiles.example.org:8443/{z}/{x}/{y}.png?key=a", attribution="© Example")
    with serving(lived, page=Page(tmp_path), basemap=tiles) as running:
        rules = running.client.get("/").headers["content-security-policy"]
        assert running.client.get("/data/index.json").json()["basemap"]["light"] == tiles.light
    assert [rule for rule in rules.split("; ") if "https:" in rule] == [
        "img-src 'self' data: blob: https://tiles.example.org:8443",
        "connect-src 'self' https://tiles.example.org:8443",
    ]


def test_the_lakes_own_archive_is_sent_a_part_at_a_time(lived: Lake, tmp_path: Path) -> None:
    """Asks for parts as the reader of PMTiles does: with a strong tag, uncompressed, from our own origin alone."""
    body = bytes(range(256)) * 8
    lived.put("reference/basemap.pmtiles", body)
    try:
        with serving(lived, page=Page(tmp_path), basemap=OWN_ARCHIVE) as running:
            client = running.client
            whole = client.get("/data/basemap.pmtiles")
            part = client.get("/data/basemap.pmtiles", Range="bytes=16-31")
            beyond = client.get("/data/basemap.pmtiles", Range="bytes=9000-9001")
            rules = client.get("/").headers["content-security-policy"]
    finally:
        lived.delete("reference/basemap.pmtiles")
    assert (whole.status, whole.body) == (200, body)
    assert (part.status, part.body) == (206, body[16:32])
    assert part.headers["content-range"] == f"bytes 16-31/{len(body)}"
    assert part.headers["etag"] == whole.headers["etag"]
    assert not part.headers["etag"].startswith("W/")
    assert "content-encoding" not in part.headers
    assert beyond.status == 416
    assert "https:" not in rules


def test_without_an_archive_there_is_nothing_to_ask_parts_of(lived: Lake, tmp_path: Path) -> None:
    with serving(lived, page=Page(tmp_path), basemap=OWN_ARCHIVE) as running:
        assert running.client.get("/data/basemap.pmtiles").status == 404


def test_the_style_of_a_report_is_the_one_that_the_rules_name(client: Client) -> None:
    document = client.get("/api/insights/2026-11-23?format=html").text
    assert re.findall(r"<style>(.*?)</style>", document, re.DOTALL) == [style()]
    assert "<script" not in document
    assert not re.search(r"\sstyle=|\son\w+=", document), "nothing inline that the rules would stop"
    assert "sha256-" in content_security_policy()


def test_without_a_built_page_the_first_screen_says_how_to_build_it(lived: Lake, tmp_path: Path) -> None:
    with serving(lived, page=Page(tmp_path)) as running:
        answered = running.client.get("/")
    assert answered.status == 200
    assert "python web/build.py" in answered.text
    assert "data/index.json" in answered.text


def test_a_fault_of_ours_tells_nothing_of_our_inside(client: Client) -> None:
    """Whatever is asked, an error is JSON of one shape."""
    for target in EVERYWHERE[4:]:
        assert set(json.loads(client.get(target).body)["error"]) == {"class", "message", "hint"}


def test_after_all_that_nothing_of_the_lake_has_changed(served: Served) -> None:
    assert not [key for key in objects(served.lake) if key.startswith("site/")]


def test_sites_that_are_named_may_frame_it_and_ask_the_api(lived: Lake) -> None:
    sharing = Sharing(frames=("https://a.example",), scripts=("https://b.example",))
    with serving(lived, sharing=sharing) as shared:
        headers = shared.client.get("/").headers
        assert "frame-ancestors 'self' https://a.example" in headers["content-security-policy"]
        assert "x-frame-options" not in headers
        assert "access-control-allow-origin" not in headers
        answered = shared.client.get("/api/latest?limit=1", Origin="https://b.example")
        assert answered.headers["access-control-allow-origin"] == "https://b.example"
        assert "Origin" in answered.headers["vary"]
        other = shared.client.get("/api/latest?limit=1", Origin="https://a.example")
        assert (other.status, "access-control-allow-origin" in other.headers) == (200, False)
        asked = shared.client.ask("/api/query", "OPTIONS", headers={"Origin": "https://b.example"})
        assert asked.status == 204
        assert "POST" in asked.headers["access-control-allow-methods"]


def test_by_default_nobody_does(client: Client) -> None:
    answered = client.get("/api/latest?limit=1", Origin="https://b.example")
    assert "access-control-allow-origin" not in answered.headers
    assert answered.headers["x-frame-options"] == "DENY"
    assert client.ask("/api/query", "OPTIONS", headers={"Origin": "https://b.example"}).status == 405
