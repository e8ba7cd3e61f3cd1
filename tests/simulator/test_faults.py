"""Every fault, as a client meets it over HTTP, and the plans of when."""

from __future__ import annotations

import http.client
import json
import socket
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from velib_insights.simulator.feeds.corruption import TRUNCATED_AT_BYTES
from velib_insights.simulator.feeds.endpoints import EXPORT_PATH, RECORDS_PATH
from velib_insights.simulator.feeds.faults import Fault, FaultKind, FaultPlan, Scheduled, demo_faults
from velib_insights.simulator.server import SimulatorServer
from velib_insights.simulator.world.network import Network

NOON = int(datetime(2026, 3, 4, 11, 0, tzinfo=UTC).timestamp())
STATUS_PATH = "/opendata/Velib_Metropole/station_status.json"
INFORMATION_PATH = "/opendata/Velib_Metropole/station_information.json"

Row = dict[str, Any]


class Client:
    """Asks one server, each request on a connection of its own."""

    def __init__(self, server: SimulatorServer) -> None:
        self.server = server

    def get(self, path: str, timeout: float = 10) -> tuple[int, http.client.HTTPMessage, bytes]:
        split = urlsplit(self.server.base_url)
        connection = http.client.HTTPConnection(split.hostname or "", split.port, timeout=timeout)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.msg, response.read()
        finally:
            connection.close()

    def body(self, path: str) -> bytes:
        return self.get(path)[2]

    def rows(self, path: str = EXPORT_PATH) -> list[Row]:
        content = json.loads(self.body(path))
        rows: list[Row] = content if isinstance(content, list) else content["data"]["stations"]
        return rows

    def meets(self, kind: FaultKind, value: float | None = None, only: str = "") -> None:
        self.server.faults.queue(Fault(kind, value, only=only))


@pytest.fixture
def client(server: SimulatorServer) -> Client:
    return Client(server)


def test_a_hanging_answer_outlasts_the_clients_patience(client: Client) -> None:
    client.meets(FaultKind.HANG)
    with pytest.raises(TimeoutError):
        client.get(STATUS_PATH, timeout=0.2)
    assert client.get(STATUS_PATH)[0] == 200


def test_a_hanging_answer_may_end_without_a_word(client: Client) -> None:
    client.meets(FaultKind.HANG, 0.05)
    with pytest.raises(http.client.RemoteDisconnected):
        client.get(STATUS_PATH)


def test_a_server_with_hanging_and_slow_answers_stops_at_once() -> None:
    server = SimulatorServer(Network(5, 60), clock=lambda: NOON)
    server.start()
    server.faults.queue(Fault(FaultKind.HANG))
    server.faults.queue(Fault(FaultKind.DRIBBLE, 100))
    split = urlsplit(server.base_url)
    waiting = [socket.create_connection((split.hostname or "", split.port or 0)) for _ in range(2)]
    for connection in waiting:
        connection.sendall(f"GET {STATUS_PATH} HTTP/1.1\r\nHost: simulator\r\n\r\n".encode())
    deadline = time.monotonic() + 5
    while len(server.requests) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    began = time.monotonic()
    server.stop()
    assert time.monotonic() - began < 5
    for connection in waiting:
        connection.settimeout(2)
        while connection.recv(65536):
            pass
        connection.close()


@pytest.mark.parametrize("status", [500, 502, 503, 404])
def test_a_status_on_purpose(client: Client, status: int) -> None:
    client.meets(FaultKind.STATUS, status)
    assert client.get(STATUS_PATH)[0] == status
    assert client.get(STATUS_PATH)[0] == 200


def test_too_many_requests_says_when_to_come_back(client: Client) -> None:
    client.server.faults.queue(Fault(FaultKind.STATUS, 429, retry_after_s=7))
    status, headers, _ = client.get(EXPORT_PATH)
    assert (status, headers["Retry-After"]) == (429, "7")


def test_a_slow_body_comes_in_the_end(client: Client) -> None:
    whole = client.body(STATUS_PATH)
    client.meets(FaultKind.DRIBBLE, len(whole) * 3)
    began = time.monotonic()
    assert client.body(STATUS_PATH) == whole
    assert time.monotonic() - began > 0.2


def test_a_connection_reset_in_the_middle_of_the_body(client: Client) -> None:
    client.meets(FaultKind.RESET)
    with pytest.raises((ConnectionResetError, http.client.IncompleteRead)):
        client.get(STATUS_PATH)


def test_a_truncated_body_is_whole_for_http_and_no_json(client: Client) -> None:
    whole = client.body(EXPORT_PATH)
    client.meets(FaultKind.TRUNCATED)
    status, headers, body = client.get(EXPORT_PATH)
    assert status == 200
    assert int(headers["Content-Length"]) == len(body) < len(whole)
    assert whole.startswith(body)
    with pytest.raises(ValueError, match="char"):
        json.loads(body)


def test_a_whole_network_is_cut_where_the_recorded_one_was(network: Network) -> None:
    with SimulatorServer(network, clock=lambda: NOON) as server:
        server.faults.queue(Fault(FaultKind.TRUNCATED))
        assert len(Client(server).body(EXPORT_PATH)) == TRUNCATED_AT_BYTES == 524_288


def test_an_export_of_a_hundred_rows(client: Client) -> None:
    client.meets(FaultKind.HUNDRED_ROWS)
    assert len(client.rows()) == 100


def test_shells_know_counts_and_not_whose(client: Client) -> None:
    client.meets(FaultKind.NULL_SHELLS)
    for row in client.rows():
        assert row["numbikesavailable"] is not None
        assert row["is_installed"] in ("OUI", "NON")
        for field in ("stationcode", "name", "capacity", "mechanical", "ebike", "coordonnees_geo"):
            assert row[field] is None
    client.meets(FaultKind.NULL_SHELLS, only="station_status")
    assert all(row["stationCode"] is None and row["station_id"] is None for row in client.rows(STATUS_PATH))


def test_partial_nulls_touch_some_rows_and_not_their_codes(client: Client) -> None:
    client.meets(FaultKind.PARTIAL_NULLS, 0.1)
    rows = client.rows()
    poor = [row for row in rows if row["name"] is None]
    assert 0 < len(poor) < len(rows) / 5
    for row in poor:
        assert row["capacity"] is row["coordonnees_geo"] is row["code_insee_commune"] is None
        assert row["stationcode"]
        assert row["mechanical"] is not None


def test_null_counts(client: Client) -> None:
    client.meets(FaultKind.NULL_COUNTS)
    assert all(row["numbikesavailable"] is None and row["ebike"] is None for row in client.rows())
    client.meets(FaultKind.NULL_COUNTS, 0.5)
    missing = [row["num_bikes_available"] is None for row in client.rows(STATUS_PATH)]
    assert 0.4 < sum(missing) / len(missing) < 0.6


@pytest.mark.parametrize("path", [EXPORT_PATH, INFORMATION_PATH])
def test_capacity_zero_nearly_everywhere(client: Client, path: str) -> None:
    client.meets(FaultKind.ZERO_CAPACITIES)
    rows = client.rows(path)
    assert 0.9 < sum(row["capacity"] == 0 for row in rows) / len(rows) < 1


@pytest.mark.parametrize("path", [EXPORT_PATH, STATUS_PATH])
def test_a_renamed_field(client: Client, path: str) -> None:
    before = set(client.rows(path)[0])
    client.meets(FaultKind.RENAMED_FIELD)
    after = set(client.rows(path)[0])
    assert before - after
    assert after - before
    assert len(before) == len(after)


@pytest.mark.parametrize(("path", "field"), [(EXPORT_PATH, "ebike"), (STATUS_PATH, "num_docks_available")])
def test_numbers_as_text(client: Client, path: str, field: str) -> None:
    before = [row[field] for row in client.rows(path)]
    client.meets(FaultKind.NUMBERS_AS_TEXT)
    assert [row[field] for row in client.rows(path)] == [str(number) for number in before]


def test_duplicate_rows(client: Client) -> None:
    before = [row["stationcode"] for row in client.rows()]
    client.meets(FaultKind.DUPLICATE_ROWS)
    after = [row["stationcode"] for row in client.rows()]
    assert len(after) == len(before) + 5
    assert set(after) == set(before)


def test_a_station_in_one_file_and_not_in_the_other(client: Client) -> None:
    client.meets(FaultKind.STATION_MISSING, 2, only="station_information")
    status = {row["station_id"] for row in client.rows(STATUS_PATH)}
    information = {row["station_id"] for row in client.rows(INFORMATION_PATH)}
    assert len(status - information) == 2
    assert information < status


def test_no_rows_at_all(client: Client) -> None:
    client.meets(FaultKind.EMPTY_ARRAY)
    assert client.body(EXPORT_PATH) == b"[]"
    client.meets(FaultKind.EMPTY_ARRAY)
    assert client.rows(STATUS_PATH) == []


def test_a_page_for_people(client: Client) -> None:
    client.meets(FaultKind.HTML)
    status, headers, body = client.get(EXPORT_PATH)
    assert status == 200
    assert headers["Content-Type"].startswith("text/html")
    assert body.startswith(b"<!DOCTYPE html>")


def test_an_oversized_body(client: Client) -> None:
    client.meets(FaultKind.OVERSIZED, 3_000_000)
    assert len(client.body(EXPORT_PATH)) == 3_000_000


def counts(rows: list[Row]) -> dict[str, tuple[int, int, int]]:
    return {row["stationcode"]: (row["mechanical"], row["ebike"], row["numdocksavailable"]) for row in rows}


def test_a_freeze_holds_the_counts_while_timestamps_move(client: Client) -> None:
    server = client.server
    server.faults.schedule(Scheduled(Fault(FaultKind.FREEZE), NOON, NOON + 6 * 3600))
    server.set_time(NOON)
    before = client.rows()
    server.set_time(NOON + 5 * 3600)
    frozen = client.rows()
    assert counts(frozen) == counts(before)
    assert {row["duedate"] for row in frozen} != {row["duedate"] for row in before}
    server.set_time(NOON + 6 * 3600)
    assert counts(client.rows()) != counts(before)


def test_a_stale_replica_answers_by_turns(client: Client) -> None:
    server = client.server
    minutes = [NOON + 60 * minute for minute in range(12)]
    true = {epoch: counts_at(server, epoch) for minute in minutes for epoch in (minute, minute - 600)}
    server.faults.schedule(Scheduled(Fault(FaultKind.STALE_REPLICA, 600), NOON, NOON + 3600))
    stale = []
    for epoch in minutes:
        server.set_time(epoch)
        seen = counts(client.rows())
        assert seen in (true[epoch], true[epoch - 600])
        stale.append(seen == true[epoch - 600])
    assert set(stale) == {True, False}


def counts_at(server: SimulatorServer, epoch: int) -> dict[str, tuple[int, int, int]]:
    snapshot = server.timeline.state_at(epoch)
    held = zip(snapshot.mechanical, snapshot.ebikes, snapshot.docks, strict=True)
    return {station.code: now for station, now in zip(snapshot.stations, held, strict=True)}


def test_clock_skew_moves_the_feeds_clock_and_not_the_counts(client: Client) -> None:
    def told() -> tuple[int, list[int]]:
        content = json.loads(client.body(STATUS_PATH))
        return content["lastUpdatedOther"], [
            row["num_bikes_available"] for row in content["data"]["stations"]
        ]

    clock, bikes = told()
    client.meets(FaultKind.CLOCK_SKEW, -7200)
    skewed, same = told()
    assert (skewed - clock, same) == (-7200, bikes)


@pytest.mark.parametrize(
    "kind",
    [kind for kind in FaultKind if kind not in (FaultKind.HANG, FaultKind.OVERSIZED, FaultKind.RESET)],
)
@pytest.mark.parametrize("path", [RECORDS_PATH, "/gbfs/3.0/station_status.json", "/gbfs/1.1/gbfs.json"])
def test_every_fault_can_meet_every_feed(client: Client, kind: FaultKind, path: str) -> None:
    client.meets(kind, 1e6 if kind is FaultKind.DRIBBLE else None)
    assert client.get(path)[0] == (503 if kind is FaultKind.STATUS else 200)


def test_a_queued_fault_waits_for_its_path(client: Client) -> None:
    client.meets(FaultKind.HTML, only="station_status")
    assert client.body(INFORMATION_PATH).startswith(b"{")
    assert client.body(STATUS_PATH).startswith(b"<!DOCTYPE")
    assert client.body(STATUS_PATH).startswith(b"{")


def test_a_scheduled_fault_may_end_after_some_requests() -> None:
    plan = FaultPlan((Scheduled(Fault(FaultKind.STATUS), 100, 200, requests=2),))
    assert [len(plan.take_due(epoch, "/x")) for epoch in (99, 100, 150, 199)] == [0, 1, 1, 0]
    plan.schedule(Scheduled(Fault(FaultKind.HTML), 100, 200))
    assert len(plan.take_due(200, "/x")) == 0
    plan.clear()
    assert plan.take_due(150, "/x") == []


def test_the_demo_meets_a_believable_handful() -> None:
    plan = demo_faults(NOON)
    met: dict[FaultKind, int] = {}
    retried = 0
    for tick in range(NOON, NOON + 2 * 86_400, 900):
        first, second = (plan.take_due(tick, "/x") for _ in range(2))
        retried += bool(first) and not second
        for fault in second:
            met[fault.kind] = met.get(fault.kind, 0) + 1
    assert retried == 2
    assert met == {
        FaultKind.TRUNCATED: 1,
        FaultKind.NULL_SHELLS: 1,
        FaultKind.FREEZE: 22,
        FaultKind.STATUS: 1,
    }


def test_faults_do_not_spoil_the_next_answer(client: Client) -> None:
    before = client.body(EXPORT_PATH)
    for kind in (FaultKind.NULL_SHELLS, FaultKind.DUPLICATE_ROWS, FaultKind.CLOCK_SKEW):
        client.meets(kind)
        assert client.body(EXPORT_PATH) != before
        assert client.body(EXPORT_PATH) == before
