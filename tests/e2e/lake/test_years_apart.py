"""A lake whose data lies years apart costs what its data costs, not what the time between would."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.e2e.conftest import Velib
from tests.steps.feeds import fetched, objects, record, small_export

from velib_insights.adapters.lake import Lake
from velib_insights.core.ticks.tick import Tick
from velib_insights.simulator.server import SimulatorServer
from velib_insights.simulator.world.network import Network as SimulatedNetwork
from velib_insights.steps.ingest import Network, store_fetch


@pytest.fixture
def feed() -> Iterator[SimulatorServer]:
    """The simulated network at the real time, not asked when a tick is about to end."""
    while time.time() % 900 > 840:
        time.sleep(1)
    with SimulatorServer(SimulatedNetwork(1), clock=time.time) as server:
        yield server


def dates_published(lake: Lake, folder: str) -> list[str]:
    names = [key.rsplit("/", 1)[-1] for key in objects(lake, f"site/data/{folder}")]
    return sorted({name.split(".")[0] for name in names if name != "index.json"})


def test_one_tick_of_1970_adds_one_day_to_what_run_publishes(
    velib: Velib, tmp_path: Path, feed: SimulatorServer
) -> None:
    lake = Lake.open(str(tmp_path / "lake"), create=True)
    long_ago = Tick(900)
    store_fetch(
        lake, fetched({"exports": small_export(1)}, datetime.fromtimestamp(902, UTC)), long_ago, Network()
    )
    assert velib("clean", "--lake", "lake").code == 0
    said = velib("run", "--lake", "lake", "--feed", feed.gbfs_url, "--json")  # stopped after two minutes
    assert said.code == 0, said.err
    today = datetime.now(UTC).strftime("%Y-%m")
    days = dates_published(lake, "days")
    assert len(days) == 2
    assert days[0] == "1970-01-01"
    assert days[1].startswith(today)
    assert dates_published(lake, "insights") == days
    assert len(objects(lake, "site/data")) < 400
    index = json.loads(lake.get("site/data/index.json") or b"")
    assert [day["date"] for day in index["days"]] == days
    assert [day["ticks"] for day in index["days"]] == [1, 1]
    # A second publication finds everything as it is.
    assert len(velib("publish", "--lake", "lake", "--json").json()["keys"]) <= 1


def test_two_spans_years_apart_are_published_and_asked_as_what_they_hold(
    velib_here: Velib, tmp_path: Path
) -> None:
    for name, start in (
        ("old", datetime(2019, 3, 4, 6, tzinfo=UTC)),
        ("new", datetime(2026, 3, 3, 20, tzinfo=UTC)),
    ):
        record(tmp_path / name, 24, start=start)
        said = velib_here("import", tmp_path / name, "--lake", tmp_path / "lake", "--cadence", "15")
        assert said.code == 0, said.err
    said = velib_here("publish", "--lake", tmp_path / "lake", "--json")
    assert said.code == 0, said.err
    lake = Lake.open(str(tmp_path / "lake"))
    days = ["2019-03-04", "2026-03-03", "2026-03-04"]
    assert dates_published(lake, "days") == dates_published(lake, "insights") == days
    index = json.loads(lake.get("site/data/index.json") or b"")
    assert [(day["date"], day["ticks"], day["observed"]) for day in index["days"]] == [
        ("2019-03-04", 24, 24), ("2026-03-03", 12, 12), ("2026-03-04", 12, 12)
    ]  # fmt: skip
    before = objects(lake, "site/data")
    # A tick of the old span that is cleaned again makes the old day anew, and no other.
    late = Tick(int(datetime(2019, 3, 4, 12, tzinfo=UTC).timestamp()))
    store_fetch(lake, fetched({"exports": small_export(3)}, late.at), late, Network())
    velib_here("clean", "--lake", tmp_path / "lake")
    velib_here("publish", "--lake", tmp_path / "lake")
    after = objects(lake, "site/data")
    changed = {key for key in before | after if before.get(key) != after.get(key)}
    assert "site/data/days/2019-03-04.json" in changed
    assert not {f"site/data/days/{day}.json" for day in days[1:]} & changed
