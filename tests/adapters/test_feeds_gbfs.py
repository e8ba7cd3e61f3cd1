"""Finding a system's files through gbfs.json, whatever its version, and without it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.adapters.feeds_world import Time, client_at
from tests.adapters.scripted_server import Reply

from velib_insights.adapters.feeds import VELIB_GBFS_URL, GbfsFeed, OpendatasoftFeed
from velib_insights.core.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.adapters.scripted_server import ScriptedServer

    from velib_insights.adapters.feeds import HttpClient
    from velib_insights.core.fetch import Fetched

STATUS, INFORMATION, TYPES = (
    b'{"last_updated": 1795421640}',  # 08:14 UTC of the day on which the client's clock stands
    b'{"data": {}}',
    b'{"data": {"vehicle_types": []}}',
)


def _list(folder: str, *names: str) -> dict[str, Any]:
    return {"feeds": [{"name": name, "url": f"{folder}/{name}.json"} for name in names]}


def _system(server: ScriptedServer, folder: str, discovery: bytes | None) -> str:
    """A system in `folder`, discovered in /gbfs.json; the URL of that."""
    if discovery is not None:
        server.script("/gbfs.json", Reply(body=discovery))
    server.script(f"{folder}/station_status.json", Reply(body=STATUS))
    server.script(f"{folder}/station_information.json", Reply(body=INFORMATION))
    server.script(f"{folder}/vehicle_types.json", Reply(body=TYPES))
    return f"{server.url}/gbfs.json"


def _outcomes(got: Fetched) -> Mapping[str, str]:
    return {feed.note.feed: feed.note.outcome for feed in got.feeds}


def test_discovery_by_language_prefers_the_one_wanted(server: ScriptedServer, client: HttpClient) -> None:
    data = {
        language: _list(f"{server.url}/{language}", "station_status", "station_information")
        for language in ["de", "en", "fr-FR"]
    }
    document = json.dumps({"version": "2.3", "data": data}).encode()
    url = _system(server, "/fr-FR", document)

    got = GbfsFeed(url, client=client).fetch()

    assert got.dialect == "gbfs"
    assert got.bodies == {"gbfs": document, "station_status": STATUS, "station_information": INFORMATION}
    assert got.failure is None
    assert server.paths() == ["/gbfs.json", "/fr-FR/station_status.json", "/fr-FR/station_information.json"]
    status = next(feed.note for feed in got.feeds if feed.note.feed == "station_status")
    assert got.fetched_at == status.fetched_at


@pytest.mark.parametrize(("languages", "folder"), [(("en",), "/en"), (("it",), "/de"), ((), "/de")])
def test_without_the_language_wanted_the_first_is_taken(
    server: ScriptedServer, client: HttpClient, languages: tuple[str, ...], folder: str
) -> None:
    data = {
        name: _list(f"{server.url}/{name}", "station_status", "station_information") for name in ("de", "en")
    }
    url = _system(server, folder, json.dumps({"data": data}).encode())
    assert GbfsFeed(url, client=client, languages=languages).fetch().failure is None
    assert f"{folder}/station_status.json" in server.paths()


def test_discovery_of_version_3_is_flat_and_vehicle_types_are_fetched(
    server: ScriptedServer, client: HttpClient
) -> None:
    data = _list(
        f"{server.url}/v3", "station_status", "station_information", "vehicle_types", "geofencing_zones"
    )
    url = _system(server, "/v3", json.dumps({"version": "3.0", "data": data}).encode())
    got = GbfsFeed(url, client=client).fetch()
    assert list(_outcomes(got)) == ["gbfs", "station_status", "station_information", "vehicle_types"]
    assert got.bodies["vehicle_types"] == TYPES


def test_relative_addresses_are_read_from_where_the_list_lies(
    server: ScriptedServer, client: HttpClient
) -> None:
    url = _system(
        server, "/here", json.dumps({"data": _list("here", "station_status", "station_information")}).encode()
    )
    assert GbfsFeed(url, client=client).fetch().failure is None


def test_a_byte_order_mark_does_no_harm(server: ScriptedServer, client: HttpClient) -> None:
    data = _list("/x", "station_status", "station_information")
    url = _system(server, "/x", b"\xef\xbb\xbf" + json.dumps({"data": data}).encode())
    assert GbfsFeed(url, client=client).fetch().failure is None


def test_failing_vehicle_types_are_noted_and_the_rest_kept(
    server: ScriptedServer, client: HttpClient
) -> None:
    names = ("station_status", "station_information", "vehicle_types")
    url = _system(server, "/v3", json.dumps({"data": _list(f"{server.url}/v3", *names)}).encode())
    server.script("/v3/vehicle_types.json", Reply(404))
    feed = GbfsFeed(url, client=client)

    got = feed.fetch()

    assert _outcomes(got)["vehicle_types"] == "failed"
    assert got.bodies.keys() >= {"station_status", "station_information"}
    assert _outcomes(feed.fetch())["gbfs"] == "ok", "the address failed, so the list is read anew"


@pytest.mark.parametrize(
    "discovery",
    [
        None,
        b"<html>gone</html>",
        b"[]",
        b"null",
        b'{"data": []}',
        b'{"data": {}}',
        b'{"data": {"fr": null}}',
        b'{"data": {"fr": {"feeds": {}}}}',
        b'{"data": {"feeds": [1, {"name": 1, "url": 2}, {"name": "station_status"}]}}',
        b'{"data": {"feeds": [{"name": "station_status", "url": "file:///etc/passwd"}]}}',
        b'{"data": {"feeds": [{"name": "station_status", "url": "http://[::1"}]}}',
        b"[" * 100_000,
        b"\xff\xfe",
        b"",
    ],
)
def test_without_a_usable_list_the_names_beside_it_are_asked_for(
    server: ScriptedServer, client: HttpClient, discovery: bytes | None
) -> None:
    url = _system(server, "", discovery)

    got = GbfsFeed(url, client=client).fetch()

    assert got.bodies["station_status"] == STATUS
    assert got.bodies["station_information"] == INFORMATION
    note = got.feeds[0].note
    assert note.feed == "gbfs"
    if discovery is None:
        assert (note.outcome, note.reason) == ("failed", "the server answered 404")
    else:
        assert got.bodies["gbfs"] == discovery
        assert (
            note.reason
            == "it lists no usable address of station_status or station_information: looked beside it"
        )


def test_a_file_that_is_not_listed_is_looked_for_beside(server: ScriptedServer, client: HttpClient) -> None:
    url = _system(server, "", json.dumps({"data": _list(f"{server.url}/new", "station_status")}).encode())
    server.script("/new/station_status.json", Reply(body=b"new"))
    got = GbfsFeed(url, client=client).fetch()
    assert (got.bodies["station_status"], got.bodies["station_information"]) == (b"new", INFORMATION)


def test_what_is_listed_is_kept_until_a_file_fails(server: ScriptedServer, client: HttpClient) -> None:
    data = {"fr": _list(f"{server.url}/old", "station_status", "station_information")}
    url = _system(server, "/old", json.dumps({"data": data}).encode())
    feed = GbfsFeed(url, client=client)
    assert "gbfs" in _outcomes(feed.fetch())
    assert "gbfs" not in _outcomes(feed.fetch())

    # The system moves house.
    moved = {"fr": _list(f"{server.url}/new", "station_status", "station_information")}
    _system(server, "/new", json.dumps({"data": moved}).encode())
    server.script("/old/station_status.json", Reply(410))
    got = feed.fetch()
    assert got.failure is None
    assert [each.note.feed for each in got.feeds] == ["gbfs", "station_status", "station_information"]
    assert got.feeds[1].note.url == f"{server.url}/new/station_status.json"
    assert (
        got.feeds[1].note.reason
        == f"asked for there because of {server.url}/old/station_status.json: the server answered 410"
    )
    assert server.paths()[-4:] == [
        "/old/station_status.json",
        "/old/station_information.json",
        "/gbfs.json",
        "/new/station_status.json",
    ]
    assert "gbfs" not in _outcomes(feed.fetch())
    assert server.paths()[-2:] == ["/new/station_status.json", "/new/station_information.json"]


@pytest.mark.parametrize(
    ("after_s", "is_read"), [(86_399, False), (86_400, True), (86_401, True), (-60, True)]
)
def test_the_list_is_read_anew_once_a_day(server: ScriptedServer, after_s: int, is_read: bool) -> None:
    time = Time()
    url = _system(
        server, "", json.dumps({"data": _list(server.url, "station_status", "station_information")}).encode()
    )
    feed = GbfsFeed(url, client=client_at(time))
    feed.fetch()
    time.slept.append(after_s)
    assert ("gbfs" in _outcomes(feed.fetch())) == is_read


def test_while_the_list_does_not_come_the_addresses_known_before_are_asked(server: ScriptedServer) -> None:
    time = Time()
    data = _list(f"{server.url}/far", "station_status", "station_information")
    url = _system(server, "/far", json.dumps({"data": data}).encode())
    feed = GbfsFeed(url, client=client_at(time))
    feed.fetch()
    server.script("/gbfs.json", Reply(404))
    time.slept.append(86_400)
    for _ in range(2):
        got = feed.fetch()
        assert (got.failure, _outcomes(got)["gbfs"]) == (None, "failed")
    assert server.paths()[-3:] == ["/gbfs.json", "/far/station_status.json", "/far/station_information.json"]


def test_a_process_that_cannot_read_the_list_goes_by_the_one_that_another_kept(
    server: ScriptedServer, client: HttpClient
) -> None:
    data = _list(f"{server.url}/far", "station_status", "station_information")
    kept = json.dumps({"data": data}).encode()
    url = _system(server, "/far", None)
    asked_for: list[str] = []

    def known(url: str) -> bytes | None:
        asked_for.append(url)
        return kept

    got = GbfsFeed(url, client=client, known=known).fetch()
    assert (got.failure, asked_for) == (None, [url])
    assert "/far/station_status.json" in server.paths()


@pytest.mark.parametrize(("behind_s", "moves"), [(86_399, False), (86_400, True), (3 * 86_400, True)])
def test_a_status_whose_clock_is_a_day_old_is_left_for_another_that_is_listed(
    server: ScriptedServer, behind_s: int, moves: bool
) -> None:
    time = Time()
    data = {
        tag: _list(f"{server.url}/{tag}", "station_status", "station_information") for tag in ("fr", "en")
    }
    url = _system(server, "/en", json.dumps({"data": data}).encode())
    _system(server, "/fr", None)
    old = json.dumps({"last_updated": int(time.now().timestamp()) - behind_s}).encode()
    server.script("/fr/station_status.json", Reply(body=old))
    feed = GbfsFeed(url, client=client_at(time))
    got = feed.fetch()
    assert got.bodies["station_status"] == (STATUS if moves else old)
    if moves:
        assert got.feeds[1].note.reason is not None
        assert got.feeds[1].note.reason.endswith("/fr/station_status.json: its clock stands still")
        feed.fetch()
        assert server.paths()[-2:] == ["/en/station_status.json", "/en/station_information.json"]


def test_a_status_that_is_old_at_every_address_stays_where_it_is(server: ScriptedServer) -> None:
    time = Time()
    data = {
        tag: _list(f"{server.url}/{tag}", "station_status", "station_information") for tag in ("fr", "en")
    }
    url = _system(server, "/en", json.dumps({"data": data}).encode())
    _system(server, "/fr", None)
    for tag in ("fr", "en"):
        server.script(f"/{tag}/station_status.json", Reply(body=b'{"last_updated": 1700000000}'))
    got = GbfsFeed(url, client=client_at(time)).fetch()
    assert got.feeds[1].note.url == f"{server.url}/fr/station_status.json"


@pytest.mark.parametrize("page", [Reply(410), Reply(body=b"<html>We have moved</html>")])
def test_an_address_that_fails_is_left_for_another_that_is_listed(
    server: ScriptedServer, client: HttpClient, page: Reply
) -> None:
    data = {
        tag: _list(f"{server.url}/{tag}", "station_status", "station_information") for tag in ("fr", "en")
    }
    url = _system(server, "/en", json.dumps({"data": data}).encode())
    _system(server, "/fr", None)
    server.script("/fr/station_status.json", page)
    got = GbfsFeed(url, client=client).fetch()
    assert got.bodies["station_status"] == STATUS


def test_a_system_that_is_down_is_told_file_by_file(server: ScriptedServer, client: HttpClient) -> None:
    for name in ("gbfs", "station_status", "station_information"):
        server.script(f"/{name}.json", Reply(503))
    got = GbfsFeed(server.url, client=client).fetch()
    assert set(_outcomes(got).values()) == {"failed"}
    assert got.bodies == {}
    assert got.failure is not None
    assert got.failure.endswith(": the server answered 503 four times")
    assert got.fetched_at == got.feeds[1].note.fetched_at


@pytest.mark.parametrize("given", ["/velib/gbfs.json", "/velib/", "/velib"])
def test_the_folder_or_the_file_may_be_given(server: ScriptedServer, client: HttpClient, given: str) -> None:
    server.script("/velib/gbfs.json", Reply(404))
    server.script("/velib/station_status.json", Reply(body=STATUS))
    server.script("/velib/station_information.json", Reply(body=INFORMATION))
    got = GbfsFeed(server.url + given, client=client).fetch()
    assert got.bodies.keys() == {"station_status", "station_information"}


def test_a_list_without_an_ending_has_neighbours_without_one(
    server: ScriptedServer, client: HttpClient
) -> None:
    GbfsFeed(f"{server.url}/2.3/gbfs?lang=fr", client=client).fetch()
    assert server.paths() == [
        "/2.3/gbfs?lang=fr",
        "/2.3/station_status?lang=fr",
        "/2.3/station_information?lang=fr",
    ]


def test_credentials_go_to_the_listed_files_of_the_same_origin_only(
    server: ScriptedServer, other_server: ScriptedServer, client: HttpClient
) -> None:
    data = _list(server.url, "station_status")
    data["feeds"] += _list(other_server.url, "station_information")["feeds"]
    _system(server, "", json.dumps({"data": data}).encode())
    other_server.script("/station_information.json", Reply(body=INFORMATION))

    got = GbfsFeed(f"http://me:pw@127.0.0.1:{server.port}/", client=client).fetch()

    assert got.failure is None
    assert all("authorization" in seen.headers for seen in server.seen)
    assert "authorization" not in other_server.seen[0].headers
    assert "pw" not in repr([feed.note for feed in got.feeds])


def test_unchanged_files_are_vouched_for_one_by_one(server: ScriptedServer, client: HttpClient) -> None:
    server.script("/gbfs.json", Reply(404))
    server.script("/station_status.json", Reply(body=b"1"), Reply(body=b"2"))
    server.script("/station_information.json", Reply(body=INFORMATION, headers={"ETag": '"i"'}), Reply(304))
    feed = GbfsFeed(server.url, client=client)
    feed.fetch()
    got = feed.fetch()
    assert _outcomes(got) == {"gbfs": "failed", "station_status": "ok", "station_information": "not_modified"}
    assert got.bodies == {"station_status": b"2", "station_information": INFORMATION}


def test_a_probe_asks_each_file_once_and_reads_its_clock(server: ScriptedServer, client: HttpClient) -> None:
    data = _list(server.url, "station_status", "station_information")
    url = _system(
        server, "", json.dumps({"last_updated": "2026-11-23T09:15:00+01:00", "data": data}).encode()
    )
    server.script("/station_information.json", Reply(503))

    gbfs, status, information = GbfsFeed(url, client=client).probe()

    assert (gbfs.feed, gbfs.reachable, gbfs.status, gbfs.error) == ("gbfs", True, 200, None)
    assert gbfs.feed_clock is not None
    assert gbfs.feed_clock.isoformat() == "2026-11-23T08:15:00+00:00"
    assert status.feed_clock is not None
    assert status.feed_clock.timestamp() == 1_795_421_640
    assert (information.reachable, information.status, information.feed_clock) == (False, 503, None)
    assert information.error == "the server answered 503"
    assert len(server.seen) == 3


@pytest.mark.parametrize(
    ("body", "epoch"),
    [
        (b'{"lastUpdatedOther": 1700000000, "ttl": 3600}', 1_700_000_000),
        (b'{"last_updated": 1700000000000}', 1_700_000_000),
        (b'{"last_updated": null}', None),
        (b'{"last_updated": 1e300}', None),
        (b'{"last_updated": "yesterday"}', None),
        (b'{"last_updated": []}', None),
        (b"[]", None),
        (b"<html>", None),
        (b"", None),
    ],
)
def test_a_probe_reads_the_clock_where_there_is_one(
    server: ScriptedServer, client: HttpClient, body: bytes, epoch: int | None
) -> None:
    server.script("/gbfs.json", Reply(body=body))
    clock = GbfsFeed(server.url, client=client).probe()[0].feed_clock
    assert (clock.timestamp() if clock else None) == epoch


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("/api/datasets/velib", "/api/datasets/velib/exports/json?timezone=UTC"),
        ("/api/datasets/velib/", "/api/datasets/velib/exports/json?timezone=UTC"),
        ("/api/datasets/velib?apikey=k", "/api/datasets/velib/exports/json?apikey=k&timezone=UTC"),
        ("/api/datasets/velib/exports/json?timezone=UTC", "/api/datasets/velib/exports/json?timezone=UTC"),
    ],
)
def test_an_export_is_one_request(server: ScriptedServer, client: HttpClient, given: str, asked: str) -> None:
    server.script(asked, Reply(body=b"[]"))
    feed = OpendatasoftFeed(server.url + given, client=client)

    got = feed.fetch()

    assert (got.dialect, got.bodies, got.failure) == ("opendatasoft", {"exports": b"[]"}, None)
    assert got.fetched_at == got.feeds[0].note.fetched_at
    assert server.paths() == [asked]
    assert [(probe.feed, probe.reachable, probe.feed_clock) for probe in feed.probe()] == [
        ("exports", True, None)
    ]


@pytest.mark.parametrize("feed", [GbfsFeed, OpendatasoftFeed])
@pytest.mark.parametrize(
    "url", ["", "velib", "s3://bucket/gbfs.json", "https:///gbfs.json", "https://example.org:99999/"]
)
def test_an_unusable_address_is_refused_before_anything_is_asked(
    client: HttpClient, feed: type[GbfsFeed | OpendatasoftFeed], url: str
) -> None:
    with pytest.raises(SettingsError, match="cannot be used"):
        feed(url, client=client)


def test_the_default_is_velib() -> None:
    assert GbfsFeed().url == VELIB_GBFS_URL
    assert OpendatasoftFeed().url.endswith("/velib-disponibilite-en-temps-reel/exports/json?timezone=UTC")


def test_importing_feeds_imports_no_http_library() -> None:
    look = "import sys, velib_insights.adapters.feeds; print(*sys.modules)"
    shown = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert not {"urllib3", "truststore", "ssl", "http.client"} & set(shown.stdout.split())
