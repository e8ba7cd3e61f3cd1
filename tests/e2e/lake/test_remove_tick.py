"""`velib remove-tick`: out of everything that is derived, kept under removed/, and back to the byte."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.e2e.conftest import Said, Velib
from tests.steps.feeds import fetched, objects, small_export, without_versions

from velib_insights.adapters.lake import Lake
from velib_insights.core.ticks.tick import Tick
from velib_insights.steps.ingest import Network, store_fetch

TICK = Tick.parse("20261122T2215Z")
RAW = "raw/source=velib/date=2026-11-22/hour=22"
DAY = "date=2026-11-22"


@pytest.fixture
def lake(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """Six hours of four ticks each, 21:00 on 22 November to 02:45; the first three are a closed day."""
    shutil.copytree(filled, tmp_path / "lake")
    monkeypatch.chdir(tmp_path)
    return Lake.open(str(tmp_path / "lake"))


@pytest.fixture
def remove(velib_here: Velib) -> Callable[..., Said]:
    return lambda *more: velib_here("remove-tick", *more, "--lake", "lake", "--json")


def stamps(velib_here: Velib) -> list[str]:
    said = velib_here(
        "query", "SELECT snapshot_at FROM ticks ORDER BY snapshot_at", "--lake", "lake", "--format", "json"
    )
    return [datetime.fromisoformat(row["snapshot_at"]).strftime("%Y%m%dT%H%MZ") for row in said.json()]


def test_a_tick_leaves_every_tier_and_comes_back_to_the_byte(
    lake: Lake, remove: Callable[..., Said], velib_here: Velib
) -> None:
    assert velib_here("publish", "--lake", "lake").code == 0
    before = objects(lake)
    said = remove(TICK.stamp, "--dry-run")
    assert (said.code, [each["rows"] for each in said.json()]) == (0, [12])
    said = remove(TICK.stamp)
    assert said.code == 2
    assert "--yes" in said.error()["hint"]
    assert objects(lake) == before

    said = remove(TICK.stamp, "--yes")
    assert said.code == 0, said.err
    (told,) = said.json()
    assert len(told["objects"]) == 2
    after = objects(lake)
    for key in told["objects"]:
        assert key not in after
        assert after[f"removed/{key}"] == before[key]
    assert TICK.stamp not in stamps(velib_here)
    for key in (
        f"clean/source=velib/{DAY}/hour=22/part.parquet",
        f"clean/ticks/{DAY}/hour=22/part.parquet",
        f"history/source=velib/{DAY}/part.parquet",
    ):
        assert after[key] != before[key], key
    day = json.loads(after["site/data/days/2026-11-22.json"])
    assert dict(zip(day["epochs"], day["status"], strict=True))[TICK.epoch] == "missing"
    findings = velib_here("doctor", "--lake", "lake", "--offline", "--json").json()["findings"]
    assert not [each for each in findings if "not follow the grammar" in each["what"]]
    # The hour is as any other now: nothing is lost from it, and nothing asks to make it again.
    assert velib_here("clean", "--lake", "lake", "--json").json()["hours_unchanged"] == 6
    assert velib_here("clean", "--lake", "lake", "--again", "--json").code == 0
    assert velib_here("catalog", "--lake", "lake").code == 0

    assert remove(TICK.stamp, "--undo").code == 0
    back = objects(lake)
    assert without_versions(back) == without_versions(before)


def test_the_only_tick_of_an_hour_takes_the_hour_and_its_day_with_it(
    lake: Lake, remove: Callable[..., Said], velib_here: Velib
) -> None:
    long_ago = Tick(900)
    store_fetch(
        lake, fetched({"exports": small_export(1)}, long_ago.at + timedelta(seconds=2)), long_ago, Network()
    )
    velib_here("clean", "--lake", "lake")
    velib_here("publish", "--lake", "lake")
    assert lake.get("site/data/days/1970-01-01.json")
    said = remove(long_ago.stamp, "--yes")
    assert said.code == 0, said.err
    assert {key.partition("/")[0] for key in objects(lake) if "1970" in key} == {"removed"}
    index = json.loads(lake.get("site/data/index.json") or b"")
    assert [each["date"] for each in index["days"]] == ["2026-11-22", "2026-11-23"]
    assert remove(long_ago.stamp, "--undo").code == 0
    assert lake.get("site/data/days/1970-01-01.json")


def test_a_tick_is_not_taken_out_where_something_else_would_be_lost(
    lake: Lake, remove: Callable[..., Said]
) -> None:
    for key in objects(lake, RAW):
        if "T2245Z" in key:
            lake.delete(key)
    before = objects(lake)
    said = remove(TICK.stamp, "--yes")
    assert said.code == 5
    assert "2026-11-22T22 is kept as it is" in said.error()["message"]
    said = remove("20261122T2245Z", "--yes")
    assert said.code == 5
    assert "could not be put back" in said.error()["message"]
    assert objects(lake) == before


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["20261122T2217Z", "--yes"], 7, "holds no tick 20261122T2217Z"),
        (["20261122T2215Z", "--undo"], 7, "was not taken out"),
        (["yesterday", "--yes"], 2, "not a tick"),
    ],
)
def test_what_cannot_be_taken_out_is_said(
    lake: Lake, remove: Callable[..., Said], arguments: list[str], code: int, words: str
) -> None:
    before = objects(lake)
    said = remove(*arguments)
    assert said.code == code
    assert words in said.error()["message"]
    assert objects(lake) == before


def test_after_a_crash_the_same_command_goes_on(
    lake: Lake, remove: Callable[..., Said], velib_here: Velib
) -> None:
    """The raw was moved and the hour not cleaned: a clean in between keeps the hour, and says so."""
    for key, body in objects(lake, RAW).items():
        if TICK.stamp in key:
            lake.put(f"removed/{key}", body)
            lake.delete(key)
    assert velib_here("clean", "--lake", "lake", "--again", "--json").code == 5
    assert remove(TICK.stamp, "--yes").code == 0
    assert TICK.stamp not in stamps(velib_here)
