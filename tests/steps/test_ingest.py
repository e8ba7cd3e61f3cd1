"""Ingest: what is asked, what is kept and under which name, whatever happened before."""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import timedelta

import pytest
from tests.core.bodies import export, gbfs, information_row, ods_row, status_row
from tests.steps.feeds import GOOD, TICK, ScriptedFeed, fetched, objects

from velib_insights.adapters.lake import Lake
from velib_insights.core.errors import FeedChanged, FeedUnavailable, SettingsError
from velib_insights.core.fetch import FeedNote, Fetched, FetchedFeed
from velib_insights.steps.ingest import Network, ingest, last_note, notes_of_tick, store_fetch, stored_body

NETWORK = Network()
FOLDER = "raw/source=velib/date=2026-11-23/hour=08"


def body_at(lake: Lake, key: str) -> bytes:
    stored = lake.get(key)
    assert stored is not None
    return gzip.decompress(stored)


def test_a_fetch_is_kept_verbatim_with_a_note_on_how_it_was_got(lake: Lake) -> None:
    bodies = gbfs([status_row()], [information_row()])
    done = ingest(lake, ScriptedFeed(bodies), TICK, NETWORK)
    assert (done.outcome, done.reason, done.stations, done.was_present) == ("ok", None, 1, False)
    assert done.keys == tuple(f"{FOLDER}/20261123T0815Z.{feed}.json.gz" for feed in bodies)
    for key, body in zip(done.keys, bodies.values(), strict=True):
        assert body_at(lake, key) == body
    note = json.loads(lake.get(f"{FOLDER}/20261123T0815Z.fetch.json") or b"")
    assert (note["tick"], note["outcome"], note["dialect"]) == ("20261123T0815Z", "ok", "gbfs")
    assert (note["cadence_s"], note["timezone"], note["fetched_at"]) == (
        900,
        "Europe/Paris",
        "2026-11-23T08:15:04Z",
    )
    for feed, body in zip(note["feeds"], bodies.values(), strict=True):
        assert feed["sha256"] == hashlib.sha256(body).hexdigest()
        assert (feed["bytes"], feed["status"]) == (len(body), 200)
        assert feed["key"] in done.keys


def test_a_tick_that_is_there_is_not_asked_for_again(lake: Lake) -> None:
    feed = ScriptedFeed(GOOD)
    first = ingest(lake, feed, TICK, NETWORK)
    before = objects(lake)
    second = ingest(lake, feed, TICK, NETWORK)
    assert feed.asked == 1
    assert (second.was_present, second.outcome, second.keys) == (True, "ok", first.keys)
    assert objects(lake) == before


@pytest.mark.parametrize(
    ("answer", "outcome", "error"),
    [
        ("timed out after 60 s", "fetch_failed", FeedUnavailable),
        ({"exports": b"<html>"}, "unreadable", FeedChanged),
        (export(), "unusable", FeedChanged),
        (export(*(ods_row(str(i)) for i in range(100))), "incomplete", FeedChanged),
    ],
)
def test_what_cannot_be_used_is_kept_and_a_retry_stands_beside_it(
    lake: Lake, answer: dict[str, bytes] | str, outcome: str, error: type[Exception]
) -> None:
    feed = ScriptedFeed(answer, GOOD)
    first = ingest(lake, feed, TICK, NETWORK)
    assert first.outcome == outcome
    with pytest.raises(error, match="20261123T0815Z"):
        first.raise_if_unusable()
    before = objects(lake)
    second = ingest(lake, feed, TICK, NETWORK)
    assert (second.outcome, feed.asked) == ("ok", 2)
    assert second.keys == (f"{FOLDER}/20261123T0815Z.at081604Z.exports.json.gz",)
    after = objects(lake)
    assert before.items() <= after.items()
    assert [note.outcome for note in notes_of_tick(lake, "velib", TICK)] == [outcome, "ok"]
    assert ingest(lake, feed, TICK, NETWORK).was_present


def partly(bodies: dict[str, bytes], *failed: str) -> Fetched:
    """A fetch to which these bodies came, and those feeds did not."""
    whole = fetched(bodies)
    lost = [
        FetchedFeed(
            FeedNote(feed, f"https://feed.example/{feed}", "failed", whole.fetched_at, reason="503"), None
        )
        for feed in failed
    ]
    return Fetched("gbfs", whole.fetched_at, (*lost, *whole.feeds))


def test_without_the_file_with_the_counts_a_fetch_has_failed_and_the_other_is_kept(lake: Lake) -> None:
    information = gbfs([], [information_row()])["station_information"]
    done = store_fetch(
        lake, partly({"station_information": information}, "gbfs", "station_status"), TICK, NETWORK
    )
    assert (done.outcome, done.reason) == ("fetch_failed", "station_status: 503")
    assert done.missing_feeds == ("gbfs", "station_status")
    assert body_at(lake, f"{FOLDER}/20261123T0815Z.station_information.json.gz") == information


@pytest.mark.parametrize("lost", ["gbfs", "vehicle_types", "system_information", "station_information"])
def test_without_another_file_a_fetch_is_usable_and_says_what_it_lacks(lake: Lake, lost: str) -> None:
    bodies = gbfs([status_row()], [information_row()])
    bodies.pop(lost, None)
    done = store_fetch(lake, partly(bodies, lost), TICK, NETWORK)
    assert (done.outcome, done.reason, done.missing_feeds, done.borrowed) == ("ok", None, (lost,), ())
    note = json.loads(lake.get(f"{FOLDER}/20261123T0815Z.fetch.json") or b"")
    assert note["missing_feeds"] == [lost]


@pytest.mark.parametrize(("late_s", "is_asked"), [(899, True), (899.999, True), (900, False), (901, False)])
def test_a_tick_is_asked_for_until_the_next_one_is_due(lake: Lake, late_s: float, is_asked: bool) -> None:
    feed = ScriptedFeed(GOOD)
    now = TICK.at + timedelta(seconds=late_s)
    if is_asked:
        assert ingest(lake, feed, TICK, NETWORK, now=now).outcome == "ok"
    else:
        with pytest.raises(FeedUnavailable):
            ingest(lake, feed, TICK, NETWORK, now=now)
    assert feed.asked == is_asked


@pytest.mark.parametrize(
    ("early_s", "is_asked"), [(0, True), (59, True), (60, True), (60.001, False), (61, False)]
)
def test_a_tick_is_asked_for_a_minute_before_its_time_and_no_sooner(
    lake: Lake, early_s: float, is_asked: bool
) -> None:
    feed = ScriptedFeed(GOOD)
    now = TICK.at - timedelta(seconds=early_s)
    if is_asked:
        assert ingest(lake, feed, TICK, NETWORK, now=now).outcome == "ok"
    else:
        with pytest.raises(SettingsError):
            ingest(lake, feed, TICK, NETWORK, now=now)
    assert feed.asked == is_asked


def test_the_same_fetch_kept_twice_is_kept_once(lake: Lake) -> None:
    store_fetch(lake, fetched(GOOD), TICK, NETWORK)
    before = objects(lake)
    store_fetch(lake, fetched(GOOD), TICK, NETWORK)
    assert objects(lake) == before


def test_a_body_that_a_crash_left_without_note_is_adopted_by_the_same_body(lake: Lake) -> None:
    store_fetch(lake, fetched(GOOD), TICK, NETWORK)
    whole = objects(lake)
    lake.delete(f"{FOLDER}/20261123T0815Z.fetch.json")
    store_fetch(lake, fetched(GOOD), TICK, NETWORK)
    assert objects(lake) == whole


@pytest.mark.parametrize(
    "left", [gzip.compress(b"[]", mtime=0), b"half writ"], ids=["another body", "damaged"]
)
def test_a_body_that_a_crash_left_without_note_is_never_overwritten(lake: Lake, left: bytes) -> None:
    key = f"{FOLDER}/20261123T0815Z.exports.json.gz"
    lake.put(key, left)
    done = store_fetch(lake, fetched(GOOD), TICK, NETWORK)
    assert lake.get(key) == left
    assert done.keys == (f"{FOLDER}/20261123T0815Z.at081504Z.exports.json.gz",)


def test_a_further_fetch_never_stands_over_another_one_of_the_same_second(lake: Lake) -> None:
    answers = [GOOD, export(ods_row("1001")), export(ods_row("1002")), export(ods_row("9020"))]
    for answer in answers:
        store_fetch(lake, fetched(answer), TICK, NETWORK)
    stored = [gzip.decompress(body) for key, body in objects(lake).items() if key.endswith(".gz")]
    assert sorted(stored) == sorted(answer["exports"] for answer in answers)


def test_fetches_of_one_tick_on_two_days_do_not_meet(lake: Lake) -> None:
    for days in range(3):
        at = TICK.at + timedelta(days=days, seconds=4)
        store_fetch(lake, fetched(export(ods_row(str(1001 + days))), at), TICK, NETWORK)
    assert sum(key.endswith(".gz") for key in objects(lake)) == 3


@pytest.mark.parametrize("damage", [b"", b"{", b"\x00 no json", b"[]"])
def test_a_note_that_cannot_be_read_is_warned_of_and_no_obstacle(lake: Lake, damage: bytes) -> None:
    store_fetch(lake, fetched(GOOD), TICK, NETWORK)
    key = f"{FOLDER}/20261123T0815Z.fetch.json"
    lake.put(key, damage)
    said: list[str] = []
    done = ingest(lake, ScriptedFeed(export(ods_row("9020"))), TICK, NETWORK, warn=said.append)
    assert (done.outcome, done.was_present) == ("ok", False)
    assert done.keys == (f"{FOLDER}/20261123T0815Z.at081504Z.exports.json.gz",)
    (warning,) = said
    assert warning.startswith(f"{key} is not a fetch note")
    assert lake.get(key) == damage
    assert ingest(lake, ScriptedFeed(GOOD), TICK, NETWORK).was_present
    after = type(TICK)(TICK.epoch + 900)
    assert last_note(lake, "velib", after, said.append) is not None
    lake.delete(f"{FOLDER}/20261123T0815Z.at081504Z.fetch.json")
    assert last_note(lake, "velib", after, said.append) is None


def test_files_of_others_among_the_raw_do_no_harm(lake: Lake) -> None:
    lake.put(f"{FOLDER}/README.md", b"mine")
    assert ingest(lake, ScriptedFeed(GOOD), TICK, NETWORK).outcome == "ok"
    assert lake.get(f"{FOLDER}/README.md") == b"mine"


def test_the_last_usable_note_and_its_bodies_are_found_for_the_next_tick(lake: Lake) -> None:
    assert last_note(lake, "velib", TICK) is None
    store_fetch(lake, fetched(GOOD), TICK, NETWORK)
    after = type(TICK)(TICK.epoch + 3600)
    note = last_note(lake, "velib", after)
    assert note is not None
    digest = hashlib.sha256(GOOD["exports"]).hexdigest()
    assert stored_body(lake, note, digest) == GOOD["exports"]
    assert stored_body(lake, note, "0" * 64) is None
    assert last_note(lake, "velib", type(TICK)(TICK.epoch + 7200)) is None
