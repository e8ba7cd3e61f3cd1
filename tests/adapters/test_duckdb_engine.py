"""The engine's "now": the latest observed tick that is not ahead of the clock, of the lake as it is when asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.steps.feeds import fetched, small_export

from velib_insights.adapters.duckdb_engine import DuckDbEngine
from velib_insights.adapters.lake import Lake
from velib_insights.core.errors import NothingThere
from velib_insights.core.ticks.tick import Tick
from velib_insights.core.zones import Zones
from velib_insights.steps.clean import clean
from velib_insights.steps.ingest import Network, store_fetch

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


def keep_tick(lake: Lake, at: datetime, state: int | None, cadence_s: int = 900) -> None:
    """A tick with the counts of that state; None for a fetch that failed. Its hour is cleaned."""
    tick = Tick.at_or_before(at, cadence_s)
    answer = "timed out" if state is None else {"exports": small_export(state)}
    store_fetch(lake, fetched(answer, at + timedelta(seconds=2)), tick, Network(cadence_s=cadence_s))
    clean(lake, "velib", tick.hour, Zones())


def latest(engine: DuckDbEngine) -> datetime:
    (at,) = engine.view("latest_tick")["snapshot_at"].to_pylist()
    assert isinstance(at, datetime)
    return at


@pytest.fixture
def lake_of_noon(lake: Lake) -> Lake:
    for number in range(-4, 3):
        keep_tick(lake, NOON + timedelta(minutes=15 * number), number + 10)
    return lake


@pytest.mark.parametrize(
    ("clock", "seen"),
    [
        (timedelta(minutes=28, seconds=59), 15),
        (timedelta(minutes=29), 30),
        (timedelta(minutes=29, seconds=1), 30),
        (timedelta(minutes=14), 15),
        (timedelta(minutes=13, seconds=59), 0),
        (timedelta(days=400), 30),
    ],
)
def test_a_tick_more_than_a_minute_ahead_of_the_clock_takes_no_part(
    lake_of_noon: Lake, clock: timedelta, seen: int
) -> None:
    at = NOON + timedelta(minutes=seen)
    engine = DuckDbEngine(lake_of_noon, "velib", clock=(NOON + clock).timestamp)
    assert latest(engine) == at
    # Windows, tables, and a user's SQL are cut alike.
    assert max(engine.view("station_observations")["snapshot_at"].to_pylist()) == at
    for table in ("ticks", "source_velib", "quarantine"):
        found = engine.query(f"SELECT max(snapshot_at) AS last FROM {table}")["last"].to_pylist()[0]
        assert found <= at, table


def test_a_tick_ahead_is_seen_once_its_time_has_come(lake_of_noon: Lake) -> None:
    now = [(NOON + timedelta(minutes=20)).timestamp()]
    engine = DuckDbEngine(lake_of_noon, "velib", clock=lambda: now[0])
    assert latest(engine) == NOON + timedelta(minutes=15)
    now[0] += 540
    assert latest(engine) == NOON + timedelta(minutes=30)


@pytest.mark.parametrize("years", [1, 10])
def test_hours_and_days_that_lie_ahead_hide_nothing(lake_of_noon: Lake, years: int) -> None:
    """As many dates ahead as the engine looks back at first."""
    for day in range(6):
        keep_tick(lake_of_noon, NOON + timedelta(days=365 * years + day), day)
    engine = DuckDbEngine(lake_of_noon, "velib", clock=(NOON + timedelta(hours=1)).timestamp)
    assert latest(engine) == NOON + timedelta(minutes=30)
    assert engine.view("kpi_network_headline").num_rows == 1


def test_a_lake_that_lies_ahead_altogether_says_so(lake_of_noon: Lake) -> None:
    engine = DuckDbEngine(lake_of_noon, "velib", clock=(NOON - timedelta(days=2)).timestamp)
    with pytest.raises(NothingThere, match="in the future by this machine's clock, the first on 2026-03-04"):
        engine.view("latest_tick")


def test_a_tick_of_the_first_day_read_is_judged_by_the_day_before(lake: Lake) -> None:
    """A freeze that began the evening before, and three days of failures after: the first four days read by the
    engine begin inside the freeze, whose first ticks look new to who does not know the evening."""
    midnight = NOON.replace(hour=0)
    for hour in range(-12, -4):
        keep_tick(lake, midnight + timedelta(hours=hour), 20 + hour, 3600)
    for hour in range(-4, 9):
        keep_tick(lake, midnight + timedelta(hours=hour), 3, 3600)
    for day in range(1, 4):
        keep_tick(lake, NOON + timedelta(days=day), None, 3600)
    # The state of 20:00 is a repeat from six hours on: 01:00 is the last tick that was observed.
    assert latest(DuckDbEngine(lake, "velib")) == midnight + timedelta(hours=1)


def test_an_open_session_judges_again_when_the_ledger_changed(lake_of_noon: Lake) -> None:
    engine = DuckDbEngine(lake_of_noon, "velib")
    assert latest(engine) == NOON + timedelta(minutes=30)
    keep_tick(lake_of_noon, NOON + timedelta(minutes=45), 30)  # a further tick of the same hour
    assert latest(engine) == NOON + timedelta(minutes=45)
    keep_tick(lake_of_noon, NOON + timedelta(minutes=60), 31)  # an hour more
    assert latest(engine) == NOON + timedelta(minutes=60)
    lake_of_noon.delete("clean/ticks/date=2026-03-04/hour=13/part.parquet")
    assert latest(engine) == NOON + timedelta(minutes=45)
