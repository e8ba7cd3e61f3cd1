"""The simulated hosts over real HTTP."""

from __future__ import annotations

import gzip
import http.client
import json
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest

from velib_insights.simulator.feeds.endpoints import EXPORT_PATH, RECORDS_PATH
from velib_insights.simulator.server import Request, SimulatorServer
from velib_insights.simulator.world.network import Network

NOON = int(datetime(2026, 3, 4, 11, 0, tzinfo=UTC).timestamp())
STATUS_PATH = "/opendata/Velib_Metropole/station_status.json"
INFORMATION_PATH = "/opendata/Velib_Metropole/station_information.json"


def get(
    server: SimulatorServer, path: str, headers: dict[str, str] | None = None, method: str = "GET"
) -> tuple[int, http.client.HTTPMessage, bytes]:
    split = urlsplit(server.base_url)
    connection = http.client.HTTPConnection(split.hostname or "", split.port, timeout=10)
    try:
        connection.request(method, path, headers=headers or {})
        response = connection.getresponse()
        return response.status, response.msg, response.read()
    finally:
        connection.close()


def content(server: SimulatorServer, path: str) -> Any:
    status, _, body = get(server, path)
    assert status == 200
    return json.loads(body)


def test_the_feeds_are_found_through_gbfs_json(server: SimulatorServer) -> None:
    with urllib.request.urlopen(server.gbfs_url) as response:
        feeds = json.load(response)["data"]["en"]["feeds"]
    assert {each["name"] for each in feeds} == {"system_information", "station_information", "station_status"}
    for each in feeds:
        assert each["url"].startswith(server.base_url)
        with urllib.request.urlopen(each["url"]) as response:
            assert "data" in json.load(response)


def test_standard_systems_are_found_through_their_gbfs_json(server: SimulatorServer) -> None:
    with urllib.request.urlopen(server.standard_gbfs_url("3.0")) as response:
        urls = [each["url"] for each in json.load(response)["data"]["feeds"]]
    for url in urls:
        with urllib.request.urlopen(url) as response:
            assert json.load(response)["version"] == "3.0"


def test_the_export_takes_a_time_zone(server: SimulatorServer) -> None:
    rows = content(server, f"{EXPORT_PATH}?timezone=Europe%2FParis")
    assert len(rows) == len(server.timeline.state_at(server.now))
    assert all(row["duedate"][-6:] in ("+01:00", "+02:00") for row in rows)


def test_records_are_pages_of_a_hundred_at_most(server: SimulatorServer) -> None:
    page = content(server, f"{RECORDS_PATH}?limit=-1")
    assert len(page["results"]) == 100 < page["total_count"]
    rest = content(server, f"{RECORDS_PATH}?limit=100&offset=100")
    assert len(rest["results"]) == page["total_count"] - 100


@pytest.mark.parametrize(
    "query",
    [
        "limit=101",
        "limit=x",
        "offset=-1",
        "timezone=Mars%2FBase",
        "timezone=..%2F..",
        "timezone=Europe",
    ],
)
def test_impossible_parameters_are_refused_in_json(server: SimulatorServer, query: str) -> None:
    status, _, body = get(server, f"{RECORDS_PATH}?{query}")
    assert status == 400
    assert json.loads(body)["error_code"]


@pytest.mark.parametrize(
    "path", ["/", "/x", "/gbfs/9.9/gbfs.json", "/gbfs/1.1/vehicle_types.json", "/gbfs/2.3/../x"]
)
def test_other_paths_are_not_found_in_json(server: SimulatorServer, path: str) -> None:
    status, headers, body = get(server, path)
    assert status == 404
    assert headers["Content-Type"].startswith("application/json")
    assert json.loads(body)["message"]


def test_bodies_are_compressed_when_asked_for(server: SimulatorServer) -> None:
    _, plain_headers, plain = get(server, STATUS_PATH)
    _, packed_headers, packed = get(server, STATUS_PATH, {"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain_headers
    assert packed_headers["Content-Encoding"] == "gzip"
    assert len(packed) < len(plain) / 4
    assert gzip.decompress(packed) == plain


def test_a_body_that_has_not_changed_is_not_sent_again(server: SimulatorServer) -> None:
    _, headers, _ = get(server, INFORMATION_PATH)
    again = {"If-None-Match": headers["ETag"]}
    server.set_time(server.now + 900)
    status, _, body = get(server, INFORMATION_PATH, again)
    assert (status, body) == (304, b"")
    assert get(server, STATUS_PATH, again)[0] == 200


def test_the_export_tells_how_many_requests_are_left(server: SimulatorServer) -> None:
    left = [int(get(server, EXPORT_PATH)[1]["X-RateLimit-Remaining"]) for _ in range(2)]
    assert left[1] == left[0] - 1
    headers = get(server, EXPORT_PATH)[1]
    assert int(headers["X-RateLimit-Limit"]) > left[0]
    assert headers["X-RateLimit-Reset"].startswith("2026-03-05")
    assert "X-RateLimit-Limit" not in get(server, STATUS_PATH)[1]


def test_one_connection_serves_many_requests(server: SimulatorServer) -> None:
    split = urlsplit(server.base_url)
    connection = http.client.HTTPConnection(split.hostname or "", split.port, timeout=10)
    connection.connect()
    first = connection.sock.getsockname()
    for path in (STATUS_PATH, INFORMATION_PATH, "/none", STATUS_PATH):
        connection.request("GET", path)
        connection.getresponse().read()
        assert connection.sock.getsockname() == first
    connection.close()


def test_head_has_the_headers_and_no_body(server: SimulatorServer) -> None:
    status, headers, body = get(server, STATUS_PATH, method="HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["Content-Length"]) == len(get(server, STATUS_PATH)[2])


def test_time_stands_where_it_is_set(server: SimulatorServer) -> None:
    before = get(server, STATUS_PATH)[2]
    assert get(server, STATUS_PATH)[2] == before
    server.set_time(NOON + 6 * 3600)
    _, headers, after = get(server, STATUS_PATH)
    assert after != before
    assert headers["Date"] == "Wed, 04 Mar 2026 17:00:00 GMT"


def test_simulated_time_can_run_faster_than_real_time() -> None:
    with SimulatorServer(Network(5, 60), start=NOON, speed=3600) as server:
        time.sleep(0.05)
        assert 60 < server.now - NOON < 3600
    with pytest.raises(ValueError, match="must run forward"):
        SimulatorServer(Network(5, 60), speed=0)


def test_requests_are_noted(server: SimulatorServer) -> None:
    get(server, "/none")
    get(server, f"{EXPORT_PATH}?timezone=UTC")
    assert server.requests == [Request("/none", 404), Request(f"{EXPORT_PATH}?timezone=UTC", 200)]


def test_many_clients_at_once_get_the_same(server: SimulatorServer) -> None:
    bodies: list[bytes] = []
    threads = [Thread(target=lambda: bodies.append(get(server, STATUS_PATH)[2])) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(bodies) == 12
    assert len(set(bodies)) == 1


def test_it_stops_at_once_even_with_a_connection_open() -> None:
    server = SimulatorServer(Network(5, 60), clock=lambda: NOON)
    server.start()
    split = urlsplit(server.base_url)
    connection = http.client.HTTPConnection(split.hostname or "", split.port, timeout=10)
    connection.request("GET", STATUS_PATH)
    connection.getresponse().read()
    began = time.monotonic()
    server.stop()
    assert time.monotonic() - began < 5
    with pytest.raises((urllib.error.URLError, OSError)):
        urllib.request.urlopen(server.gbfs_url, timeout=2)
    connection.close()
    server.stop()


def test_a_repeated_request_is_cheap() -> None:
    with SimulatorServer(Network(1), clock=lambda: NOON) as server:
        get(server, EXPORT_PATH, {"Accept-Encoding": "gzip"})
        took_s = []
        for _ in range(20):
            began = time.monotonic()
            get(server, EXPORT_PATH, {"Accept-Encoding": "gzip"})
            took_s.append(time.monotonic() - began)
        assert min(took_s) < 0.05
