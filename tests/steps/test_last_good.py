"""What stands in for a file that did not come: the last good one of 24 hours, from ingest and from raw alike."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.core.bodies import as_body, gbfs, information_row, status_row
from tests.steps.feeds import TICK, fetched, objects
from tests.steps.test_clean import rows

from velib_insights.adapters.lake import Lake
from velib_insights.core.fetch import FeedNote, Fetched, FetchedFeed
from velib_insights.core.ticks.tick import Tick
from velib_insights.core.zones import Zones
from velib_insights.steps.clean import clean, hours_with_raw
from velib_insights.steps.importing.folder import import_folder
from velib_insights.steps.ingest import Ingested, Network, store_fetch

NETWORK = Network()
TYPES = as_body(
    {
        "data": {
            "vehicle_types": [
                {"vehicle_type_id": "m", "form_factor": "bicycle", "propulsion_type": "human"},
                {"vehicle_type_id": "e", "form_factor": "bicycle", "propulsion_type": "electric_assist"},
            ]
        }
    }
)
DAY_S = 86_400


def status(bikes: int = 9) -> bytes:
    types = [{"vehicle_type_id": "m", "count": 5}, {"vehicle_type_id": "e", "count": bikes - 5}]
    row = status_row(
        num_bikes_available=bikes,
        numBikesAvailable=...,
        num_bikes_available_types=...,
        vehicle_types_available=types,
    )
    return gbfs([row])["station_status"]


def whole(**information: Any) -> dict[str, bytes]:
    bodies = gbfs([], [information_row(**information)])
    return {
        "station_status": status(),
        "station_information": bodies["station_information"],
        "vehicle_types": TYPES,
    }


def fetch(lake: Lake, tick: Tick, bodies: dict[str, bytes], *failed: str, after_s: float = 4) -> Ingested:
    came = fetched(bodies, tick.at + timedelta(seconds=after_s))
    lost = [
        FetchedFeed(
            FeedNote(feed, f"https://feed.example/{feed}", "failed", came.fetched_at, reason="503"), None
        )
        for feed in failed
    ]
    return store_fetch(lake, Fetched("gbfs", came.fetched_at, (*came.feeds, *lost)), tick, NETWORK)


def after(seconds: int) -> Tick:
    return Tick(TICK.epoch + seconds)


def row_at(lake: Lake, tick: Tick) -> dict[str, Any]:
    for hour in hours_with_raw(lake, "velib"):
        clean(lake, "velib", hour, Zones())
    found = rows(lake, f"clean/source=velib/date={tick.hour.date}/hour={tick.hour.hh}/part.parquet")
    (row,) = [row for row in found if row["snapshot_epoch"] == tick.epoch]
    return row


def ledger_at(lake: Lake, tick: Tick) -> dict[str, Any]:
    found = rows(lake, f"clean/ticks/date={tick.hour.date}/hour={tick.hour.hh}/part.parquet")
    (row,) = [row for row in found if row["snapshot_epoch"] == tick.epoch]
    return row


@pytest.mark.parametrize(
    "answer",
    [
        None,
        b"<html>503</html>",
        b'{"data": {"stations": [',
        b"",
        b"[]",
        b'{"data": {}}',
        b'{"data": {"stations": []}}',
    ],
    ids=["did not come", "html", "cut", "empty", "array", "no list", "no station"],
)
def test_attributes_and_types_are_those_of_the_last_good_files(lake: Lake, answer: bytes | None) -> None:
    fetch(lake, TICK, whole(name="Gare"))
    tick = after(3600)
    feeds = ("station_information", "vehicle_types")
    if answer is None:
        done = fetch(lake, tick, {"station_status": status(8)}, *feeds)
    else:
        done = fetch(lake, tick, {"station_status": status(8)} | dict.fromkeys(feeds, answer))
    assert (done.outcome, done.missing_feeds) == ("ok", feeds)
    assert [(lent.feed, lent.fetched_at) for lent in done.borrowed] == [
        (feed, TICK.at + timedelta(seconds=4)) for feed in feeds
    ]
    row = row_at(lake, tick)
    assert (row["name"], row["capacity"], row["bikes"]) == ("Gare", 35, 8)
    assert (row["mechanical"], row["ebikes"], row["station_code"]) == (5, 3, "16107")
    entry = ledger_at(lake, tick)
    assert (entry["outcome"], entry["missing_feeds"]) == ("ok", "station_information vehicle_types")
    assert (entry["stations_expected"], entry["rows_in"], entry["rows_refused"]) == (1, 1, 0)


def test_the_note_says_whose_body_it_is_and_from_when(lake: Lake) -> None:
    fetch(lake, TICK, whole())
    done = fetch(
        lake, after(900), {"station_status": status(), "vehicle_types": TYPES}, "station_information"
    )
    note = json.loads(lake.get("raw/source=velib/date=2026-11-23/hour=08/20261123T0830Z.fetch.json") or b"")
    (lent,) = note["borrowed"]
    assert (
        lent["key"] == "raw/source=velib/date=2026-11-23/hour=08/20261123T0815Z.station_information.json.gz"
    )
    assert (lent["feed"], lent["fetched_at"]) == ("station_information", "2026-11-23T08:15:04Z")
    assert done.borrowed[0].key == lent["key"]


@pytest.mark.parametrize(("after_s", "is_lent"), [(DAY_S - 1, True), (DAY_S, True), (DAY_S + 1, False)])
def test_a_body_stands_in_for_24_hours(lake: Lake, after_s: int, is_lent: bool) -> None:
    fetch(lake, TICK, whole())
    tick = after(DAY_S)
    done = fetch(lake, tick, {"station_status": status()}, "station_information", after_s=4 + after_s - DAY_S)
    assert bool(done.borrowed) == is_lent
    assert (row_at(lake, tick)["name"] is not None) == is_lent


def test_what_is_missing_for_days_is_lent_for_one_and_unknown_then(lake: Lake) -> None:
    fetch(lake, TICK, whole())
    lent = []
    for hours in range(1, 30):
        done = fetch(
            lake, after(3600 * hours), {"station_status": status()}, "station_information", "vehicle_types"
        )
        lent.append(len(done.borrowed))
    assert lent == [2] * 24 + [0] * 5
    row = row_at(lake, after(3600 * 29))
    assert (row["name"], row["capacity"], row["mechanical"], row["ebikes"], row["bikes"]) == (
        None,
        None,
        None,
        None,
        9,
    )


def test_a_failed_fetch_lends_the_file_that_did_come(lake: Lake) -> None:
    bodies = whole(name="Gare")
    del bodies["station_status"]
    assert fetch(lake, TICK, bodies, "station_status").outcome == "fetch_failed"
    fetch(lake, after(900), {"station_status": status()}, "station_information", "vehicle_types")
    assert row_at(lake, after(900))["name"] == "Gare"


def test_the_last_good_body_counts_and_not_a_later_bad_one(lake: Lake) -> None:
    fetch(lake, TICK, whole(name="Old"))
    fetch(lake, after(900), whole(name="New"))
    fetch(lake, after(1800), {"station_status": status(), "station_information": b"<html>"})
    fetch(lake, after(2700), {"station_status": status()}, "station_information")
    assert row_at(lake, after(2700))["name"] == "New"


def test_cleaning_again_gives_the_same_bytes_and_a_tick_that_came_later_changes_none(lake: Lake) -> None:
    fetch(lake, TICK, whole(name="Gare"))
    tick = after(3600)
    fetch(lake, tick, {"station_status": status()}, "station_information", "vehicle_types")
    row_at(lake, tick)
    before = objects(lake, "clean")
    fetch(lake, after(7200), whole(name="Renamed"))
    for hour in (TICK.hour, tick.hour):
        assert clean(lake, "velib", hour, Zones()).unchanged
        clean(lake, "velib", hour, Zones(), again=True)
    assert before.items() <= objects(lake, "clean").items()


def test_a_body_that_is_gone_is_done_without_and_used_again_when_it_is_back(lake: Lake) -> None:
    fetch(lake, TICK, whole(name="Gare"))
    tick = after(3600)
    fetch(lake, tick, {"station_status": status()}, "station_information")
    key = "raw/source=velib/date=2026-11-23/hour=08/20261123T0815Z.station_information.json.gz"
    body = lake.get(key)
    assert body is not None
    lake.delete(key)
    assert row_at(lake, tick)["name"] is None
    assert not clean(lake, "velib", tick.hour, Zones()).unchanged
    lake.put(key, body)
    assert row_at(lake, tick)["name"] == "Gare"
    assert clean(lake, "velib", tick.hour, Zones()).unchanged


def test_a_body_that_was_changed_is_not_taken(lake: Lake) -> None:
    fetch(lake, TICK, whole(name="Gare"))
    fetch(lake, after(3600), {"station_status": status()}, "station_information")
    other = objects(lake)["raw/source=velib/date=2026-11-23/hour=08/20261123T0815Z.station_status.json.gz"]
    lake.put("raw/source=velib/date=2026-11-23/hour=08/20261123T0815Z.station_information.json.gz", other)
    assert row_at(lake, after(3600))["name"] is None


def test_a_fetch_that_an_older_version_called_failed_is_used_where_its_counts_came(lake: Lake) -> None:
    fetch(lake, TICK, {"station_status": status()}, "vehicle_types")
    key = "raw/source=velib/date=2026-11-23/hour=08/20261123T0815Z.fetch.json"
    note = json.loads(lake.get(key) or b"") | {"outcome": "fetch_failed", "reason": "vehicle_types: 503"}
    lake.put(key, json.dumps(note).encode())
    row = row_at(lake, TICK)
    assert (row["bikes"], row["mechanical"], row["ebikes"]) == (9, None, None)
    assert ledger_at(lake, TICK)["missing_feeds"] == "station_information vehicle_types"


def test_an_imported_fetch_borrows_like_any_other(lake: Lake, tmp_path: Path) -> None:
    folder = tmp_path / "recorded"
    folder.mkdir()
    for feed, body in whole(name="Gare").items():
        (folder / f"2026-11-23T080002Z.{feed}.json").write_bytes(body)
    (folder / "2026-11-23T081502Z.station_status.json").write_bytes(status(8))
    stored: list[Ingested | None] = []
    import_folder(lake, folder, NETWORK, on_fetch=stored.append)
    first, second = stored
    assert first is not None
    assert second is not None
    assert (first.missing_feeds, second.missing_feeds) == ((), ("station_information", "vehicle_types"))
    assert [lent.feed for lent in second.borrowed] == ["station_information", "vehicle_types"]
    row = row_at(lake, second.tick)
    assert (row["name"], row["bikes"], row["mechanical"], row["ebikes"]) == ("Gare", 8, 5, 3)
    before = objects(lake)
    import_folder(lake, folder, NETWORK)
    assert objects(lake) == before
