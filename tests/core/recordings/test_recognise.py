"""What a recorded body is, by its content."""

from __future__ import annotations

import json
import time
from typing import Any

import msgspec
import pytest
from tests.core.bodies import as_body, information_row, note_at, ods_row, stations, status_row

from velib_insights.core.fetch import FeedNote, encode_note
from velib_insights.core.recordings.recognise import Note, NotStored, Recognised, Wrapped, recognise
from velib_insights.core.ticks.tick import Tick

STATUS = stations([status_row()], last_updated=1_795_421_690)
EXPORT = as_body([ods_row("16107"), ods_row("16108")])
V1_ROW = {"datasetid": "velib", "recordid": "a", "fields": ods_row("16107"), "geometry": None}


def data(**members: Any) -> bytes:
    return as_body({"last_updated": 1_795_421_690, "ttl": 60, "version": "2.3", "data": members})


@pytest.mark.parametrize(
    ("body", "feed"),
    [
        (STATUS, "station_status"),
        (stations([information_row()]), "station_information"),
        (data(vehicle_types=[]), "vehicle_types"),
        (data(system_id="velib", timezone="Europe/Paris", language="fr"), "system_information"),
        (data(en={"feeds": []}), "gbfs"),
        (data(feeds=[]), "gbfs"),
        (EXPORT, "exports"),
        (as_body({"total_count": 1500, "results": [ods_row()]}), "records"),
        (as_body({"error_code": "InvalidREST", "message": "no"}), "exports"),
        (as_body([V1_ROW]), "exports"),
        (b"[]", "exports"),
        (EXPORT[: len(EXPORT) // 2], "exports"),
        (STATUS[: len(STATUS) // 2], "station_status"),
        (STATUS.decode().encode("utf-16"), "station_status"),
        (b"\xef\xbb\xbf" + STATUS, "station_status"),
    ],
)
def test_a_body_is_told_by_what_it_holds_whatever_its_name(body: bytes, feed: str) -> None:
    for name in ("", "README.md", "station_information.json"):
        verdict = recognise(body, name)
        assert isinstance(verdict, Recognised), verdict
        assert verdict.feed == feed


def test_the_feeds_own_clock_is_read_where_it_has_one() -> None:
    assert recognise(STATUS) == Recognised("station_status", 1_795_421_690)
    other = as_body({"data": {"stations": [status_row()]}, "lastUpdatedOther": 1_795_421_690})
    assert recognise(other) == Recognised("station_status", 1_795_421_690)
    iso = stations([status_row()], last_updated="2026-11-23T09:14:50+01:00")
    assert recognise(iso) == Recognised("station_status", 1_795_421_690)
    assert recognise(EXPORT) == Recognised("exports", None)


def test_a_body_without_a_station_is_told_by_its_name_alone() -> None:
    empty = stations([])
    assert recognise(empty, "x/station_information.json") == Recognised(
        "station_information",
        recognise(empty).feed_clock,  # type: ignore[union-attr]
    )
    assert isinstance(recognise(empty), Recognised)
    assert recognise(empty).feed == "station_status"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"<!doctype html><title>503</title>", "html"),
        (b"# Recordings\n", "not_json"),
        (b"\x00\x01\x02", "not_json"),
        (data(alerts=[]), "other_gbfs_file"),
        (data(vehicles=[]), "other_gbfs_file"),
        (data(regions=[]), "other_gbfs_file"),
        (as_body({"hello": "world"}), "unknown_json"),
        (as_body([1, 2, 3]), "unknown_json"),
        (b'{"hello": ', "unreadable"),
        (as_body({"version": 1, "source": "velib", "timezone": "Europe/Paris"}), "lake_file"),
    ],
)
def test_what_is_no_body_says_why(body: bytes, reason: str) -> None:
    verdict = recognise(body)
    assert isinstance(verdict, NotStored)
    assert verdict.reason == reason


def test_what_should_be_json_and_is_not_looks_like_data() -> None:
    for name, reason in (("x/2024-11-05.json.gz", "unreadable"), ("photo.jpg", "not_json"), ("", "not_json")):
        verdict = recognise(b"\x89PNG", name)
        assert isinstance(verdict, NotStored)
        assert verdict.reason == reason


def test_virtual_stations_do_not_replace_the_real_ones() -> None:
    virtual = stations([information_row(is_virtual_station=True)])
    assert isinstance(recognise(virtual), NotStored)
    mixed = stations([information_row(1, is_virtual_station=True), information_row(2)])
    assert isinstance(recognise(mixed), Recognised)


@pytest.mark.parametrize(
    ("around", "at"),
    [
        ({"fetched_at": "2026-11-23T08:14:55Z"}, 1_795_421_695),
        ({"timestamp": 1_795_421_695}, 1_795_421_695),
        ({"ts": 1_795_421_695_123}, 1_795_421_695),
        ({"time": "1795421695"}, 1_795_421_695),
        ({"headers": {"date": "Mon, 23 Nov 2026 08:14:55 GMT"}}, 1_795_421_695),
        ({"timestamp": "2026-11-23 08:14:55"}, None),  # of no zone: it dates nothing
        ({"city": "Paris"}, None),
    ],
)
@pytest.mark.parametrize("as_text", [False, True])
@pytest.mark.parametrize("key", ["body", "data", "response", "whatever"])
def test_a_body_in_an_envelope_is_found_with_the_time_beside_it(
    around: dict[str, Any], at: int | None, key: str, as_text: bool
) -> None:
    inner = STATUS.decode() if as_text else msgspec.json.decode(STATUS)
    verdict = recognise(json.dumps({**around, key: inner}).encode())
    assert isinstance(verdict, Wrapped)
    ((body, found_at),) = verdict.bodies
    assert found_at == at
    assert msgspec.json.decode(body) == msgspec.json.decode(STATUS)


def test_an_http_date_without_a_zone_is_gmt_wherever_the_machine_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        body = json.dumps({"headers": {"Date": "Mon, 23 Nov 2026 08:14:55 -0000"}, "body": STATUS.decode()})
        verdict = recognise(body.encode())
    finally:
        monkeypatch.undo()
        time.tzset()
    assert isinstance(verdict, Wrapped)
    assert [at for _, at in verdict.bodies] == [1_795_421_695]


def test_the_body_of_an_envelope_is_verbatim() -> None:
    wrapped = b'{"at": 1795421695, "body": ' + STATUS.replace(b":", b" :  ") + b"}"
    verdict = recognise(wrapped)
    assert isinstance(verdict, Wrapped)
    assert verdict.bodies == ((STATUS.replace(b":", b" :  "), 1_795_421_695),)


def test_an_array_of_bodies_is_each_of_them() -> None:
    envelopes = [{"at": 1_795_421_695 + n, "body": msgspec.json.decode(STATUS)} for n in range(3)]
    verdict = recognise(as_body(envelopes))
    assert isinstance(verdict, Wrapped)
    assert [at for _, at in verdict.bodies] == [1_795_421_695, 1_795_421_696, 1_795_421_697]
    plain = recognise(b"[" + STATUS + b"," + STATUS + b"]")
    assert isinstance(plain, Wrapped)
    assert len(plain.bodies) == 2


def test_a_fetch_note_tells_when_each_file_was_fetched() -> None:
    tick = Tick.parse("20261123T0815Z")
    feed = FeedNote("exports", "https://feed.example", "ok", tick.at, key="raw/x", sha256="0")
    verdict = recognise(encode_note(note_at(tick, tick.at, feeds=(feed,))))
    assert isinstance(verdict, Note)
    assert verdict.fetched_at == {"exports": tick.epoch, "": tick.epoch}
