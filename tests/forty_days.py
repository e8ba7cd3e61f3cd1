"""A lake of forty days, made once for all tests: twelve stations every hour, with a freeze of five days.

Written straight into the clean tier by the function that cleans, since raw of a thousand ticks would take a minute.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from tests.core.bodies import export, ods_row

from velib_insights.adapters.lake import Lake
from velib_insights.adapters.parquet import to_parquet
from velib_insights.core import keys
from velib_insights.core.clean import RawFetch, clean_hour
from velib_insights.core.fetch import FetchNote
from velib_insights.core.keys import FetchId
from velib_insights.core.network import VELIB
from velib_insights.core.ticks.tick import Tick
from velib_insights.core.zones import Zones
from velib_insights.steps.catalog import catalog
from velib_insights.steps.network import remember

FIRST = datetime(2026, 1, 10, 23, tzinfo=UTC)  # midnight in Paris
DAYS = 40
FROZEN_FROM, FROZEN_H = 20 * 24 + 10, 120  # ticks from the first one; longer than the dates read first
STATIONS = 12
RESIZED_ON = 35  # the last station, whose capacity was last known at the first tick of the 30th day before
EMPTY_AT = (8, 9)  # local hours in which the first station has no bike, on each day


def ticks() -> list[Tick]:
    return [Tick.at_or_before(FIRST + timedelta(hours=number), 3600) for number in range(24 * DAYS)]


def body(number: int) -> bytes:
    """No two ticks alike but those of the freeze, which repeat the last one before it."""
    if FROZEN_FROM <= number < FROZEN_FROM + FROZEN_H:
        number = FROZEN_FROM - 1
    rows = []
    resized = RESIZED_ON * 24
    capacities = {STATIONS - 1: 30 if number <= resized - 30 * 24 else 0 if number < resized else 40}
    for i in range(STATIONS):
        bikes = 3 + (7 * number + 3 * i + number // 24) % 20
        if i == 0:
            bikes = 0 if number % 24 in EMPTY_AT else 3 + number // 24 % 10
        rows.append(
            ods_row(
                str(1001 + 1000 * i + i),
                numbikesavailable=bikes,
                numdocksavailable=30 - bikes,
                mechanical=bikes - bikes // 3,
                ebike=bikes // 3,
                capacity=capacities.get(i, 30),
            )
        )
    return export(*rows)["exports"]


def fill(lake: Lake) -> None:
    remember(lake, msgspec.structs.replace(VELIB, cadence_s=3600))
    for number, tick in enumerate(ticks()):
        at = tick.at + timedelta(seconds=3)
        note = FetchNote("velib", tick.stamp, 3600, "Europe/Paris", "opendatasoft", at, "ok")
        tables = clean_hour("velib", [RawFetch(FetchId(tick), note, {"exports": body(number)})], Zones())
        for tier, table in (
            (keys.clean_tier("velib"), tables.observations),
            (keys.TICKS_TIER, tables.ticks),
        ):
            path = Path(lake.root or "") / keys.part_key(tier, tick.hour)
            path.parent.mkdir(parents=True)
            path.write_bytes(to_parquet(table))
    catalog(lake, "velib")


@pytest.fixture(scope="session")
def forty_days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nobody writes to it but to add what it lacks: it is shared."""
    folder = tmp_path_factory.mktemp("forty") / "lake"
    fill(Lake.open(str(folder), create=True))
    return folder
