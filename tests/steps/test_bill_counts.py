"""The calls of S3 that the bill counts with, counted on a lake."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from obstore.store import MemoryStore
from tests.core.bodies import gbfs, information_row, status_row
from tests.steps.feeds import TICK, ScriptedFeed

from velib_insights.adapters.lake import Entry, Lake
from velib_insights.core.billing import bill
from velib_insights.core.ticks.tick import Tick
from velib_insights.core.zones import Zones
from velib_insights.steps.clean import clean_or_tell, hours_to_clean
from velib_insights.steps.ingest import Network, ingest


class CountingLake(Lake):
    """In memory; counts what S3 bills: PUT and LIST alike, and GET."""

    def __init__(self) -> None:
        super().__init__(MemoryStore(), "memory://")
        self.calls: Counter[str] = Counter()

    def get(self, key: str) -> bytes | None:
        self.calls["get"] += 1
        return super().get(key)

    def put(self, key: str, body: bytes, *more: Any, **named: Any) -> None:
        self.calls["put"] += 1
        super().put(key, body, *more, **named)

    def put_if_absent(self, key: str, body: bytes) -> bool:
        self.calls["put"] += 1
        return super().put_if_absent(key, body)

    def entries(self, folder: str) -> list[Entry]:
        self.calls["put"] += 1
        return super().entries(folder)

    def entries_between(self, folder: str, first: str, last: str) -> list[Entry]:
        self.calls["put"] += 1
        return super().entries_between(folder, first, last)

    def folders(self, folder: str) -> list[str]:
        self.calls["put"] += 1
        return super().folders(folder)


def test_a_tick_calls_s3_as_often_as_the_bill_says() -> None:
    """The last tick of an hour, with the three hours before it there: the dearest of the four."""
    lake = CountingLake()
    ingested, cleaned = Counter[str](), Counter[str]()
    ticks = [Tick(TICK.hour.back(3).epoch + 900 * number) for number in range(16)]
    for number, tick in enumerate(ticks):
        bodies = gbfs([status_row(num_bikes_available=number)], [information_row()])
        lake.calls.clear()
        ingest(lake, ScriptedFeed(bodies, start=tick.at + timedelta(seconds=1)), tick, Network())
        ingested = Counter(lake.calls)
        lake.calls.clear()
        for hour in hours_to_clean(lake, "velib", tick.hour.back(3), tick.hour):
            clean_or_tell(lake, "velib", hour, Zones())
        cleaned = Counter(lake.calls)
    assert ingested["put"] <= bill.INGEST_PUTS
    assert ingested["get"] <= bill.INGEST_GETS
    assert bill.INGEST_PUTS - ingested["put"] <= 1
    assert cleaned["put"] <= bill.CLEAN_PUTS + 1
    assert bill.CLEAN_GETS / 2 <= cleaned["get"] <= bill.CLEAN_GETS * 1.5
