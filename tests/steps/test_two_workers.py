"""Two workers on one tick: each leaves its own bodies and note or none, whatever the order of their writes."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import itertools
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from tests.core.bodies import gbfs, information_row, status_row
from tests.steps.feeds import TICK, fetched, objects
from tests.steps.test_clean import rows

from velib_insights.adapters.lake import Lake
from velib_insights.core.fetch import Fetched
from velib_insights.core.zones import Zones
from velib_insights.steps.clean import clean
from velib_insights.steps.ingest import Network, store_fetch

NETWORK = Network()
LEDGER = "clean/ticks/date=2026-11-23/hour=08/part.parquet"
SHARED_COUNT, SHARED_NAME = 30, "the same for all"
SEEN = "clean/source=velib/date=2026-11-23/hour=08/part.parquet"


class Crash(BaseException):
    """A process that ends here."""


class Stepwise(Lake):
    """A lake that lets `before` know of each write, which may do anything meanwhile, or raise."""

    def __init__(self, lake: Lake, before: Callable[[str], None]) -> None:
        super().__init__(lake.store, lake.name, lake.root)
        self._before = before

    def put(self, key: str, body: bytes, **how: Any) -> None:
        self._before(key)
        super().put(key, body, **how)

    def put_if_absent(self, key: str, body: bytes) -> bool:
        self._before(key)
        return super().put_if_absent(key, body)


def answer(worker: int, lacks: str = "", same: tuple[str, ...] = ()) -> Fetched:
    """What a worker got, some seconds after the tick; of `same` files every worker got the same bytes."""
    bodies = gbfs(
        [status_row(num_bikes_available=worker, numBikesAvailable=worker)],
        [information_row(name=f"worker {worker}")],
    )
    bodies = {"gbfs": b'{"data": {}}'} | bodies
    for feed in same:
        shared = gbfs(
            [status_row(num_bikes_available=SHARED_COUNT, numBikesAvailable=SHARED_COUNT)],
            [information_row(name=SHARED_NAME)],
        )
        bodies[feed] = shared[feed]
    bodies.pop(lacks, None)
    return fetched(bodies, TICK.at + timedelta(seconds=worker))


def raw_is_sound(lake: Lake) -> list[dict[str, Any]]:
    """The notes; each names bodies that are there and are the ones it means, and no body has two notes."""
    there = objects(lake, "raw")
    notes = [json.loads(body) for key, body in there.items() if key.endswith("fetch.json")]
    named = [feed for note in notes for feed in note["feeds"] if "key" in feed]
    for feed in named:
        assert hashlib.sha256(gzip.decompress(there[feed["key"]])).hexdigest() == feed["sha256"], feed["key"]
    assert len({feed["key"] for feed in named}) == len(named)
    return notes


def cleaned_is_of_one(lake: Lake) -> None:
    """The tick's row has the counts and the name that one worker got."""
    clean(lake, "velib", TICK.hour, Zones())
    (tick,) = rows(lake, LEDGER)
    assert tick["outcome"] == "ok"
    (row,) = rows(lake, SEEN)
    if row["bikes"] != SHARED_COUNT and row["name"] not in (None, SHARED_NAME):
        assert row["name"] == f"worker {row['bikes']}"


SHARED = [(), ("station_status",), ("station_information",), ("station_status", "station_information")]
LACKS = [("", ""), ("station_information", ""), ("", "station_information"), ("gbfs", "station_information")]


@pytest.mark.parametrize("same", SHARED, ids="+".join)
@pytest.mark.parametrize("lacks", LACKS, ids="-".join)
def test_a_worker_that_writes_between_any_two_writes_of_another_mixes_nothing(
    lacks: tuple[str, str], same: tuple[str, ...]
) -> None:
    for at in range(6):
        lake = Lake.in_memory()
        steps = itertools.count()

        def other(_: str, lake: Lake = lake, steps: Iterator[int] = steps, at: int = at) -> None:
            if next(steps) == at:
                store_fetch(lake, answer(2, lacks[1], same), TICK, NETWORK)

        store_fetch(Stepwise(lake, other), answer(1, lacks[0], same), TICK, NETWORK)
        store_fetch(lake, answer(2, lacks[1], same), TICK, NETWORK)
        assert len(raw_is_sound(lake)) == 2
        cleaned_is_of_one(lake)


@pytest.mark.parametrize("same", SHARED, ids="+".join)
@pytest.mark.parametrize("lacks", LACKS, ids="-".join)
def test_a_worker_that_crashes_between_any_two_writes_is_followed_by_another(
    lacks: tuple[str, str], same: tuple[str, ...]
) -> None:
    for at in range(4):
        lake = Lake.in_memory()
        steps = itertools.count()

        def crash(_: str, steps: Iterator[int] = steps, at: int = at) -> None:
            if next(steps) == at:
                raise Crash

        with contextlib.suppress(Crash):  # it may have fewer writes
            store_fetch(Stepwise(lake, crash), answer(1, lacks[0], same), TICK, NETWORK)
        before = objects(lake)
        store_fetch(lake, answer(2, lacks[1], same), TICK, NETWORK)
        assert before.items() <= objects(lake).items()
        assert any(note["fetched_at"] == "2026-11-23T08:15:02Z" for note in raw_is_sound(lake))
        cleaned_is_of_one(lake)


def test_counts_that_a_crash_left_are_not_lost_to_a_retry_that_gets_nothing() -> None:
    lake = Lake.in_memory()

    def crash(key: str) -> None:
        if key.endswith("fetch.json"):
            raise Crash

    with pytest.raises(Crash):
        store_fetch(Stepwise(lake, crash), answer(1), TICK, NETWORK)
    store_fetch(lake, fetched("timed out", TICK.at + timedelta(seconds=60)), TICK, NETWORK)
    cleaned_is_of_one(lake)


def test_counts_beside_the_note_of_another_are_a_fetch_of_their_own(lake: Lake) -> None:
    store_fetch(lake, fetched("timed out"), TICK, NETWORK)
    status = gbfs([status_row()])["station_status"]
    key = "raw/source=velib/date=2026-11-23/hour=08/20261123T0815Z.station_status.json.gz"
    lake.put(key, gzip.compress(status))
    cleaned_is_of_one(lake)
    (tick,) = rows(lake, LEDGER)
    assert (tick["bodies"], tick["fetched_at"]) == (2, None)


@pytest.mark.parametrize("kind", ["folder", "memory", "s3"])
@pytest.mark.parametrize("same", SHARED, ids="+".join)
def test_many_workers_at_once_leave_each_its_own(
    kind: str, same: tuple[str, ...], request: pytest.FixtureRequest
) -> None:
    lake: Lake = {"folder": lambda: request.getfixturevalue("lake"), "memory": Lake.in_memory}.get(
        kind, lambda: request.getfixturevalue("s3_lake")
    )()
    workers = 6
    start = threading.Barrier(workers)

    def work(worker: int) -> None:
        start.wait()
        store_fetch(
            lake, answer(worker, "station_information" if worker % 3 == 0 else "", same), TICK, NETWORK
        )

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, range(1, workers + 1)))
    notes = raw_is_sound(lake)
    assert sorted(note["fetched_at"] for note in notes) == [
        f"2026-11-23T08:15:0{i}Z" for i in range(1, workers + 1)
    ]
    cleaned_is_of_one(lake)
