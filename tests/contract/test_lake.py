"""One suite for every lake: what the steps may rely on, wherever the objects lie."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

from tests.steps.feeds import TICK, fetched, objects, small_export

from velib_insights.adapters.lake import Lake
from velib_insights.core.ticks.tick import Tick
from velib_insights.core.zones import Zones
from velib_insights.steps.clean import clean
from velib_insights.steps.ingest import Network, store_fetch

KEY = "raw/source=velib/date=2026-11-23/hour=08/20261123T0815Z.exports.json.gz"


def test_what_is_put_is_got_and_nothing_else_is(any_lake: Lake) -> None:
    assert any_lake.get(KEY) is None
    any_lake.put(KEY, b"\x00\xffbytes")
    assert any_lake.get(KEY) == b"\x00\xffbytes"
    assert any_lake.get("raw/source=velib/date=2026-11-23/hour=08") is None
    assert any_lake.get(f"{KEY}.more") is None


def test_an_empty_object_is_an_object(any_lake: Lake) -> None:
    any_lake.put(KEY, b"")
    assert any_lake.get(KEY) == b""
    assert [entry.size for entry in any_lake.entries("raw")] == [0]


def test_a_put_replaces_and_a_version_tells(any_lake: Lake) -> None:
    any_lake.put(KEY, b"one")
    (before,) = any_lake.entries("raw")
    any_lake.put(KEY, b"other")
    (after,) = any_lake.entries("raw")
    assert any_lake.get(KEY) == b"other"
    assert (before.key, before.size, after.size) == (KEY, 3, 5)
    assert before.version != after.version


def test_put_if_absent_takes_only_a_free_key(any_lake: Lake) -> None:
    assert any_lake.put_if_absent(KEY, b"first")
    assert not any_lake.put_if_absent(KEY, b"second")
    assert any_lake.get(KEY) == b"first"
    any_lake.delete(KEY)
    assert any_lake.put_if_absent(KEY, b"third")


def test_of_many_that_want_one_key_one_gets_it(any_lake: Lake) -> None:
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda i: any_lake.put_if_absent(KEY, b"%d" % i), range(8)))
    assert won.count(True) == 1
    assert any_lake.get(KEY) == b"%d" % won.index(True)


def test_delete_removes_and_does_not_mind_that_there_is_nothing(any_lake: Lake) -> None:
    any_lake.delete(KEY)
    any_lake.put(KEY, b"x")
    any_lake.delete(KEY)
    any_lake.delete(KEY)
    assert any_lake.get(KEY) is None
    assert any_lake.entries("raw") == []


def test_entries_are_all_below_a_folder_in_the_order_of_keys(any_lake: Lake) -> None:
    keys = [
        "clean/source=velib/date=2026-11-22/hour=23/part.parquet",
        "clean/source=velib/date=2026-11-23/hour=00/part.parquet",
        "clean/source=velib2/date=2026-11-23/hour=00/part.parquet",
        "clean/ticks/date=2026-11-23/hour=00/part.parquet",
    ]
    for key in reversed(keys):
        any_lake.put(key, b"x")
    assert [entry.key for entry in any_lake.entries("clean")] == keys
    assert [entry.key for entry in any_lake.entries("clean/source=velib")] == keys[:2]
    assert [entry.key for entry in any_lake.entries("clean/source=velib/date=2026-11-23")] == keys[1:2]
    assert any_lake.entries("nowhere/at=all") == []


def test_entries_between_two_folders_are_theirs_and_those_between(any_lake: Lake) -> None:
    dates = [f"2026-{month:02d}-{day:02d}" for month in (10, 11, 12) for day in (1, 15, 28)]
    tier = "clean/source=velib"
    for date in dates:
        any_lake.put(f"{tier}/date={date}/hour=23/part.parquet", b"x")
    any_lake.put(f"{tier}2/date={dates[4]}/hour=00/part.parquet", b"x")
    any_lake.put(f"{tier}/date={dates[4]}/hour=00/part.parquet", b"x")

    def found(first: str, last: str) -> list[str]:
        entries = any_lake.entries_between(tier, f"date={first}", f"date={last}")
        return [entry.key.removeprefix(f"{tier}/date=")[:18] for entry in entries]

    assert found("2026-10-28", "2026-11-15") == [
        "2026-10-28/hour=23",
        "2026-11-01/hour=23",
        "2026-11-15/hour=00",
        "2026-11-15/hour=23",
    ]
    assert len(found("2026-01-01", "2027-01-01")) == len(dates) + 1
    assert found("2026-11-02", "2026-11-14") == []
    assert found("2027-01-01", "2027-02-01") == []
    assert any_lake.entries_between("nowhere", "date=2026-01-01", "date=2027-01-01") == []


def test_folders_are_those_just_below(any_lake: Lake) -> None:
    for date in ("2026-11-23", "2026-11-22"):
        any_lake.put(f"clean/ticks/date={date}/hour=08/part.parquet", b"x")
    any_lake.put("clean/ticks/README.md", b"x")
    assert any_lake.folders("clean") == ["ticks"]
    assert any_lake.folders("clean/ticks") == ["date=2026-11-22", "date=2026-11-23"]
    assert any_lake.folders("clean/ticks/date=2026-11-22") == ["hour=08"]
    assert any_lake.folders("clean/ticks/date=2026-11-22/hour=08") == []
    assert any_lake.folders("nowhere") == []


def test_names_with_signs_and_accents_are_names(any_lake: Lake) -> None:
    keys = ["reference/zones/Communes de l'Île.geojson", "site/data/a=b&c+d.json", "site/data/100%.json"]
    for key in keys:
        any_lake.put(key, key.encode())
    assert {entry.key for entry in any_lake.entries("")} == set(keys)
    assert [any_lake.get(key) for key in keys] == [key.encode() for key in keys]


def test_a_reader_sees_the_old_object_or_the_new_one_and_never_a_part(any_lake: Lake) -> None:
    rounds = 15 if any_lake.name.startswith("s3://") else 150
    bodies = [bytes([65 + i]) * (400_000 + 70_000 * i) for i in range(3)]
    any_lake.put(KEY, bodies[0])
    done = threading.Event()

    def write() -> None:
        try:
            for i in range(rounds):
                any_lake.put(KEY, bodies[i % 3])
        finally:
            done.set()

    def read() -> tuple[int, set[int]]:
        times, strange = 0, set()
        while not done.is_set() or not times:
            body = any_lake.get(KEY)
            times += 1
            if body not in bodies:
                strange.add(-1 if body is None else len(body))
        return times, strange

    with ThreadPoolExecutor(3) as pool:
        writing = pool.submit(write)
        reading = [pool.submit(read) for _ in range(2)]
        writing.result()
        assert all(times > 0 and not strange for times, strange in (each.result() for each in reading))


def test_paths_are_files_that_hold_the_objects(any_lake: Lake) -> None:
    any_lake.put(KEY, b"one")
    entries = any_lake.entries("raw")
    (path,) = any_lake.paths(entries)
    assert path.endswith(KEY)
    with open(path, "rb") as file:  # noqa: PTH123 - an engine opens what it is given
        assert file.read() == b"one"
    any_lake.put(KEY, b"other")
    (path,) = any_lake.paths(any_lake.entries("raw"))
    with open(path, "rb") as file:  # noqa: PTH123
        assert file.read() == b"other"


def test_copies_of_objects_go_where_they_are_too_many(s3_lake: Lake) -> None:
    for number in range(4):
        s3_lake.put(f"clean/ticks/date=2026-11-2{number}/hour=08/part.parquet", bytes(1000))
    copies = [Path(path) for path in s3_lake.paths(s3_lake.entries("clean"))]
    for age, copy in enumerate(copies):
        os.utime(copy, (1_000_000_000 - age, 1_000_000_000 - age))
    s3_lake.evict_cache(10_000)
    assert all(copy.exists() for copy in copies)
    s3_lake.evict_cache(2_500)
    assert [copy.exists() for copy in copies] == [True, True, False, False]
    assert [Path(path).exists() for path in s3_lake.paths(s3_lake.entries("clean"))] == [True] * 4


def test_the_same_ticks_make_the_same_objects_wherever_they_lie(any_lake: Lake) -> None:
    there = Lake.in_memory()
    for lake in (any_lake, there):
        for number in range(3):
            tick = Tick(TICK.hour.epoch + 900 * number)
            answer = {"exports": small_export(number)}
            store_fetch(lake, fetched(answer, tick.at + timedelta(seconds=4)), tick, Network())
        clean(lake, "velib", TICK.hour, Zones())
        assert clean(lake, "velib", TICK.hour, Zones()).unchanged
    assert objects(any_lake) == objects(there)
