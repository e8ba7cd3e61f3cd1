"""The step clean: partitions that follow their raw fetches, written once, whole, and the same each time."""

from __future__ import annotations

import gzip
import io
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.core.bodies import export, ods_row
from tests.steps.feeds import GOOD, TICK, fetched, objects, record, small_export

from velib_insights.adapters.lake import Lake
from velib_insights.core.ticks.tick import Hour, Tick
from velib_insights.core.zones import Zones
from velib_insights.steps.catalog import catalog
from velib_insights.steps.clean import clean, clean_all, hours_with_raw
from velib_insights.steps.importing.folder import import_folder
from velib_insights.steps.ingest import Network, store_fetch

NETWORK = Network()
HOUR = TICK.hour
LEDGER = "clean/ticks/date=2026-11-23/hour=08/part.parquet"
OBSERVED = "clean/source=velib/date=2026-11-23/hour=08/part.parquet"
REFUSED = "quarantine/source=velib/date=2026-11-23/hour=08/part.parquet"
RAW = "raw/source=velib/date=2026-11-23/hour=08"


def keep_tick(lake: Lake, number: int, answer: dict[str, bytes] | str | None = None) -> None:
    tick = Tick(HOUR.epoch + 900 * number)
    answer = {"exports": small_export(number)} if answer is None else answer
    store_fetch(lake, fetched(answer, tick.at + timedelta(seconds=4)), tick, NETWORK)


def rows(lake: Lake, key: str) -> list[dict[str, Any]]:
    body = lake.get(key)
    assert body is not None, key
    found: list[dict[str, Any]] = pq.read_table(io.BytesIO(body)).to_pylist()
    return found


def cleaned_objects(lake: Lake) -> dict[str, bytes]:
    return {key: body for key, body in objects(lake).items() if not key.startswith(("raw/", "network.json"))}


def test_an_hour_is_cleaned_into_observations_ledger_and_quarantine(lake: Lake) -> None:
    for number in range(4):
        keep_tick(lake, number)
    done = clean(lake, "velib", HOUR, Zones())
    assert (done.ticks, done.rows_in, done.rows_kept, done.rows_refused) == (4, 50, 48, 2)
    assert set(cleaned_objects(lake)) == {LEDGER, OBSERVED, REFUSED}
    assert len(rows(lake, OBSERVED)) == 48
    assert [row["rows_kept"] for row in rows(lake, LEDGER)] == [12] * 4
    for refused in rows(lake, REFUSED):
        assert refused["rule"] == "station_id_missing"
        assert lake.get(refused["raw_key"]) is not None


def test_cleaning_again_changes_no_byte_and_is_not_done_at_all_unless_asked_for(lake: Lake) -> None:
    keep_tick(lake, 0)
    clean(lake, "velib", HOUR, Zones())
    before = objects(lake)
    assert clean(lake, "velib", HOUR, Zones()).unchanged
    again = clean(lake, "velib", HOUR, Zones(), again=True)
    assert (again.unchanged, again.ticks) == (False, 1)
    assert objects(lake) == before


def test_new_raw_and_new_zones_are_noticed(lake: Lake) -> None:
    keep_tick(lake, 0)
    clean(lake, "velib", HOUR, Zones())
    keep_tick(lake, 1)
    assert clean(lake, "velib", HOUR, Zones()).ticks == 2
    assert not clean(lake, "velib", HOUR, Zones(by_code=False)).unchanged
    assert {row["zone_code"] for row in rows(lake, OBSERVED)} == {None}


def test_ticks_in_any_order_leave_the_same_bytes(tmp_path: Path) -> None:
    lakes = []
    for seed in range(3):
        lake = Lake.open(str(tmp_path / f"lake{seed}"), create=True)
        numbers = list(range(8))
        random.Random(seed).shuffle(numbers)  # noqa: S311 - an order, no secret
        for number in numbers:
            keep_tick(lake, number)
            for hour in hours_with_raw(lake, "velib"):
                clean(lake, "velib", hour, Zones())
        lakes.append(objects(lake))
    assert lakes[0] == lakes[1] == lakes[2]


def test_an_hour_with_nothing_usable_has_a_ledger_and_no_observations(lake: Lake) -> None:
    keep_tick(lake, 0)
    clean(lake, "velib", HOUR, Zones())
    for key in list(objects(lake, "raw")):
        lake.delete(key)
    keep_tick(lake, 0, "refused")
    assert clean(lake, "velib", HOUR, Zones(), again=True, allow_fewer=True).rows_in == 0
    assert set(cleaned_objects(lake)) == {LEDGER}
    assert [(row["outcome"], row["reason"]) for row in rows(lake, LEDGER)] == [
        ("fetch_failed", "exports: refused")
    ]


def test_a_body_without_its_note_counts_with_an_unknown_time_of_fetch(lake: Lake) -> None:
    keep_tick(lake, 1, GOOD)
    lake.delete(f"{RAW}/20261123T0815Z.fetch.json")
    clean(lake, "velib", HOUR, Zones())
    assert [(row["bikes"], row["fetched_at"]) for row in rows(lake, OBSERVED)] == [(9, None), (0, None)]


def test_a_stored_body_that_is_damaged_makes_its_tick_unreadable_and_no_other(lake: Lake) -> None:
    keep_tick(lake, 0, GOOD)
    keep_tick(lake, 1, GOOD)
    lake.put(f"{RAW}/20261123T0815Z.exports.json.gz", gzip.compress(GOOD["exports"])[:-20])
    clean(lake, "velib", HOUR, Zones())
    good, damaged = rows(lake, LEDGER)
    assert good["outcome"] == "ok"
    assert damaged["outcome"] == "unreadable"
    assert "exports: the stored body cannot be decompressed" in damaged["reason"]


def test_a_note_that_is_no_json_costs_its_tick_the_time_of_fetch_and_no_more(lake: Lake) -> None:
    keep_tick(lake, 0, GOOD)
    keep_tick(lake, 1, GOOD)
    lake.put(f"{RAW}/20261123T0815Z.fetch.json", b"\x00 no json")
    done = clean(lake, "velib", HOUR, Zones())
    assert done.ticks == 2
    assert [(row["outcome"], row["missing_feeds"]) for row in rows(lake, LEDGER)] == [("ok", "")] * 2
    assert [row["fetched_at"] is None for row in rows(lake, LEDGER)] == [False, True]


def test_a_note_that_is_no_json_and_has_no_body_is_named_in_the_ledger(lake: Lake) -> None:
    keep_tick(lake, 0, "timed out")
    lake.put(f"{RAW}/20261123T0800Z.fetch.json", b"")
    clean(lake, "velib", HOUR, Zones())
    (row,) = rows(lake, LEDGER)
    assert (row["outcome"], row["missing_feeds"]) == ("unreadable", "")
    assert "20261123T0800Z.fetch.json is not a fetch note" in row["reason"]


def test_files_and_folders_of_others_are_left_alone(lake: Lake) -> None:
    keep_tick(lake, 0)
    for key in (
        f"{RAW}/README.md",
        f"{RAW}/20261123T0800Z.exports.json",
        "raw/source=velib/date=2026-11-23/hour=xx/20261123T0800Z.exports.json.gz",
        "raw/source=velib/date=someday/hour=08/x",
        "raw/source=velib/notes/x",
    ):
        lake.put(key, b"mine")
    assert hours_with_raw(lake, "velib") == [HOUR]
    clean(lake, "velib", HOUR, Zones())
    assert [row["bodies"] for row in rows(lake, LEDGER)] == [1]
    assert lake.get(f"{RAW}/README.md") == b"mine"


def test_hours_are_found_between_bounds(lake: Lake, tmp_path: Path) -> None:
    record(tmp_path / "recorded", 24)
    import_folder(lake, tmp_path / "recorded", NETWORK)
    hours = hours_with_raw(lake, "velib")
    assert [str(hour) for hour in hours] == [f"2026-11-22 {h} UTC" for h in ("21:00", "22:00", "23:00")] + [
        f"2026-11-23 {h} UTC" for h in ("00:00", "01:00", "02:00")
    ]
    middle = hours_with_raw(lake, "velib", Hour.parse("2026-11-22", "23"), Hour.parse("2026-11-23", "00"))
    assert middle == hours[2:4]


def test_a_closed_day_that_is_cleaned_anew_loses_its_history_until_the_next_catalog(
    lake: Lake, tmp_path: Path
) -> None:
    record(tmp_path / "recorded", 24)
    import_folder(lake, tmp_path / "recorded", NETWORK)
    hours = hours_with_raw(lake, "velib")
    clean_all(lake, "velib", hours, Zones())
    catalog(lake, "velib")
    day = "history/source=velib/date=2026-11-22/part.parquet"
    before = lake.get(day)
    assert before is not None
    late = Tick(hours[0].epoch)
    store_fetch(lake, fetched(export(ods_row("1001")), late.at + timedelta(minutes=5)), late, NETWORK)
    clean(lake, "velib", hours[0], Zones())
    assert lake.get(day) is None
    catalog(lake, "velib")
    assert lake.get(day) == before  # the first fetch of the tick still counts


def test_many_hours_on_several_processes_give_the_same_bytes(tmp_path: Path) -> None:
    record(tmp_path / "recorded", 50, every=timedelta(hours=1))
    lakes = []
    for workers in (1, 2):
        lake = Lake.open(str(tmp_path / f"lake{workers}"), create=True)
        import_folder(lake, tmp_path / "recorded", Network(cadence_s=3600))
        told = []
        done = clean_all(
            lake, "velib", hours_with_raw(lake, "velib"), Zones(), workers=workers, on_hour=told.append
        )
        assert [hour.ticks for hour in done] == [1] * 50
        assert sorted(hour.hour for hour in told) == [hour.hour for hour in done]
        lakes.append(objects(lake))
    assert lakes[0] == lakes[1]


@pytest.mark.parametrize("version", ["0", "another"])
def test_a_new_version_of_cleaning_cleans_old_partitions_again(
    lake: Lake, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_tick(lake, 0)
    clean(lake, "velib", HOUR, Zones())
    monkeypatch.setattr("velib_insights.steps.clean.CLEAN_VERSION", version)
    assert not clean(lake, "velib", HOUR, Zones()).unchanged
