"""A lake that outlives its raw: no command replaces an hour, or a closed day, by one made of fewer fetches."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.core.bodies import gbfs, information_row, status_row
from tests.e2e.conftest import Said, Velib
from tests.steps.feeds import fetched, objects, record, small_export

from velib_insights.adapters.lake import Lake
from velib_insights.core.ticks.tick import Hour, Tick
from velib_insights.simulator.server import SimulatorServer
from velib_insights.simulator.world.network import Network as SimulatedNetwork
from velib_insights.steps.clean import clean
from velib_insights.steps.ingest import Network, store_fetch
from velib_insights.wiring import zones_of

HOUR = Hour.parse("2026-11-22", "22")
RAW = f"raw/source=velib/date={HOUR.date}/hour={HOUR.hh}"
LEDGER = f"clean/ticks/date={HOUR.date}/hour={HOUR.hh}/part.parquet"
NAMED = ("--since", HOUR.stamp, "--until", HOUR.stamp)
POLYGONS = (
    '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"c_ar": 1, "c_arinsee": 75101,'
    ' "l_ar": "1er Ardt"}, "geometry": {"type": "Polygon", "coordinates":'
    " [[[2.0, 48.0], [3.0, 48.0], [3.0, 49.0], [2.0, 49.0], [2.0, 48.0]]]}}]}"
)


@pytest.fixture
def lake(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """Six hours of four ticks each, 21:00 on 22 November to 02:45; the first three are a closed day, compacted."""
    shutil.copytree(filled, tmp_path / "lake")
    monkeypatch.chdir(tmp_path)
    return Lake.open(str(tmp_path / "lake"))


@pytest.fixture
def clean_(velib_here: Velib) -> Callable[..., Said]:
    return lambda *more: velib_here("clean", "--lake", "lake", *more, "--json")


def expire(lake: Lake, *names: str) -> None:
    """Remove the hour's raw objects whose names begin so; all for none."""
    for key in objects(lake, RAW):
        if not names or key.rsplit("/", 1)[-1].startswith(names):
            lake.delete(key)


def made(lake: Lake) -> dict[str, bytes]:
    return {
        key: body
        for key, body in objects(lake).items()
        if key.startswith(("clean/", "quarantine/", "history/"))
    }


def rows(lake: Lake, hour: Hour = HOUR) -> int:
    path = f"{lake.root}/clean/source=velib/date={hour.date}/hour={hour.hh}/part.parquet"
    return int(pq.read_metadata(path).num_rows)


def refused(said: Said, *words: str) -> None:
    assert said.code == 5, said
    message, hint = said.error()["message"], said.error()["hint"]
    for word in (HOUR.stamp, "kept as they are", *words):
        assert word in message
    assert "--allow-fewer" in hint


@pytest.mark.parametrize(
    ("gone", "left"),
    [
        (["20261122T2200Z"], "3 of 4 fetches left, 12 of 48 rows at risk"),
        (
            ["20261122T2200Z", "20261122T2215Z", "20261122T2230Z"],
            "1 of 4 fetches left, 36 of 48 rows at risk",
        ),
        ([], "0 of 4 fetches left, 48 of 48 rows at risk"),
        (["20261122T2200Z.exports"], "3 of 4 fetches left, 12 of 48 rows at risk"),
        (["20261122T2200Z.fetch"], "3 of 4 fetches left, 12 of 48 rows at risk"),
    ],
    ids=["one tick", "three ticks", "all", "a body whose note is there", "a note whose body is there"],
)
def test_cleaning_again_refuses_to_make_an_hour_of_fewer_fetches(
    lake: Lake, clean_: Callable[..., Said], gone: list[str], left: str
) -> None:
    expire(lake, *gone)
    before = made(lake)
    said = clean_("--again")
    refused(said, left)
    counts = said.json()
    assert (counts["hours"], counts["hours_kept"], counts["hours_failed"]) == (5, 1, 0)
    after = made(lake)
    # Cleaning the others of the day took its history away; the next catalog makes it, whole.
    assert {key: body for key, body in before.items() if not key.startswith("history/")} == after


def test_expired_raw_alone_is_no_reason_to_say_anything(lake: Lake, clean_: Callable[..., Said]) -> None:
    before = made(lake)
    expire(lake, "20261122T2200Z")
    assert clean_().json()["hours_unchanged"] == 6
    expire(lake)
    said = clean_()
    assert (said.code, said.json()["hours_unchanged"]) == (0, 6)
    shutil.rmtree(f"{lake.root}/raw/source=velib/date={HOUR.date}")
    said = clean_(*NAMED, "--allow-fewer")
    assert (said.code, said.json()["hours_unchanged"]) == (0, 1)
    assert made(lake) == before


def test_another_tick_does_not_make_up_for_one_whose_raw_is_gone(
    lake: Lake, clean_: Callable[..., Said]
) -> None:
    expire(lake, "20261122T2200Z")
    late = Tick(HOUR.epoch + 300)
    store_fetch(
        lake,
        fetched({"exports": small_export(5)}, late.at + timedelta(seconds=2)),
        late,
        Network(cadence_s=300),
    )
    before = made(lake)
    refused(clean_(), "3 of 4 fetches left")
    assert made(lake) == before


def test_another_fetch_of_the_tick_does_not_make_up_for_the_one_that_is_gone(
    lake: Lake, clean_: Callable[..., Said]
) -> None:
    tick = Tick(HOUR.epoch)
    store_fetch(lake, fetched({"exports": small_export(9)}, tick.at + timedelta(minutes=5)), tick, Network())
    expire(lake, "20261122T2200Z.exports", "20261122T2200Z.fetch")
    before = made(lake)
    refused(clean_(), "3 of 4 fetches left")
    assert made(lake) == before


@pytest.mark.parametrize("change", ["zones", "version"])
def test_new_zones_or_rules_leave_hours_without_raw_as_they_are_and_say_how_many(
    lake: Lake, clean_: Callable[..., Said], velib_here: Velib, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    expire(lake)
    before = rows(lake), lake.get(LEDGER)
    if change == "zones":
        lake.put("reference/zones/arrondissements.geojson", POLYGONS.encode())
    else:
        monkeypatch.setattr("velib_insights.steps.clean.CLEAN_VERSION", "another")
    for times in range(2):
        said = clean_()
        refused(said, "1 of 6 hours are kept as they are, since 48 rows", "0 of 4 fetches left")
        assert (said.json()["hours"], said.json()["hours_unchanged"]) == ((0, 5) if times else (5, 0))
    assert (rows(lake), lake.get(LEDGER)) == before
    found = [
        each["what"]
        for each in velib_here("doctor", "--lake", "lake", "--offline", "--json").json()["findings"]
    ]
    assert not [text for text in found if "made from other raw" in text and "2026-11-22 22:00 UTC" in text]
    assert [text for text in found if "2026-11-22 22:00 UTC" in text and "raw is gone" in text]


@pytest.mark.parametrize("gone", ["20261122T2200Z", "20261122T2200Z.exports"])
def test_an_hour_with_a_part_of_its_raw_is_told_by_doctor_as_one_to_keep(
    lake: Lake, velib_here: Velib, monkeypatch: pytest.MonkeyPatch, gone: str
) -> None:
    expire(lake, gone)
    monkeypatch.setattr("velib_insights.steps.clean.CLEAN_VERSION", "another")
    found = velib_here("doctor", "--lake", "lake", "--offline", "--json").json()["findings"]
    (kept,) = [
        each["what"] for each in found if "more fetches than the raw store still holds" in each["what"]
    ]
    assert kept.startswith("1 hour is made from")
    assert not [each for each in found if HOUR.stamp in each["todo"]]


def test_fewer_may_be_allowed_for_hours_that_are_named(lake: Lake, clean_: Callable[..., Said]) -> None:
    expire(lake, "20261122T2200Z")
    for bounds in ((), NAMED[:2], NAMED[2:]):
        said = clean_("--again", "--allow-fewer", *bounds)
        assert said.code == 2
        assert "--since and --until" in said.error()["hint"]
    assert rows(lake) == 48
    said = clean_("--again", "--allow-fewer", *NAMED)
    assert (said.code, said.json()["rows_kept"], rows(lake)) == (0, 36, 36)
    assert clean_("--again").code == 0


def test_many_workers_refuse_as_one_does(velib: Velib, tmp_path: Path) -> None:
    record(tmp_path / "recorded", 50, every=timedelta(hours=1))
    velib("import", "recorded", "--lake", "lake")
    lake = Lake.open(str(tmp_path / "lake"))
    gone = "raw/source=velib/date=2026-11-23/hour=10"
    for key in objects(lake, gone):
        lake.delete(key)
    before = made(lake)
    said = velib("clean", "--lake", "lake", "--again", "--workers", 2, "--json")
    assert said.code == 5
    assert (said.json()["hours"], said.json()["hours_kept"]) == (49, 1)
    assert "2026-11-23T10: 0 of 1 fetches left" in said.error()["message"]
    kept = {key: body for key, body in before.items() if not key.startswith("history/")}
    assert {key: body for key, body in made(lake).items() if not key.startswith("history/")} == kept


def test_a_ledger_of_an_older_version_is_enough_to_refuse(lake: Lake, clean_: Callable[..., Said]) -> None:
    """It has no list of fetches in its footer, only what its rows say."""
    for gone in ("20261122T2200Z", "20261122T2215Z.exports", "20261122T2230Z.fetch"):
        path = Path(f"{lake.root}/{LEDGER}")
        pq.write_table(pq.read_table(path).replace_schema_metadata(None), path)
        expire(lake, gone)
        before = rows(lake)
        refused(clean_())
        assert rows(lake) == before


def test_without_a_ledger_the_observations_tell_what_the_hour_was_made_from(
    lake: Lake, clean_: Callable[..., Said]
) -> None:
    lake.delete(LEDGER)
    expire(lake, "20261122T2200Z")
    refused(clean_(), "3 of 4 fetches left, 12 of 48 rows at risk")
    assert rows(lake) == 48


def test_hours_whose_files_were_lost_are_made_from_raw_and_only_the_day_holds_the_others(
    lake: Lake, clean_: Callable[..., Said]
) -> None:
    """All of clean/ is gone, as is the raw of one hour of the closed day, which history/ alone still holds."""
    before = made(lake)
    shutil.rmtree(f"{lake.root}/clean")
    day = {key: body for key, body in before.items() if key.startswith("history/")}
    assert len(day) == 1
    expire(lake)
    said = clean_()
    assert said.code == 5
    assert "2026-11-22T22" in said.error()["message"]
    assert {key: body for key, body in made(lake).items() if key.startswith("history/")} == day
    assert said.json()["hours"] == 3


def test_a_gbfs_fetch_that_lost_its_information_file_is_not_whole(
    tmp_path: Path, velib_here: Velib, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lake = Lake.open(str(tmp_path / "lake"), create=True)
    tick = Tick(HOUR.epoch)
    store_fetch(
        lake,
        fetched(gbfs([status_row()], [information_row()]), tick.at + timedelta(seconds=2)),
        tick,
        Network(),
    )
    clean(lake, "velib", HOUR, zones_of(lake, "velib"))
    before = made(lake)
    lake.delete(f"{RAW}/20261122T2200Z.station_information.json.gz")
    said = velib_here("clean", "--lake", "lake", "--again", "--json")
    refused(said, "0 of 1 fetches left")
    assert made(lake) == before


def test_raw_replaced_by_another_size_is_noticed(lake: Lake, clean_: Callable[..., Said]) -> None:
    """Raw objects are never changed by us; one that is put back from elsewhere is told apart by its size."""
    key = f"{RAW}/20261122T2200Z.exports.json.gz"
    other = f"{RAW}/20261122T2215Z.exports.json.gz"
    assert len(lake.get(key) or b"") != len(lake.get(other) or b"")
    lake.put(key, lake.get(other) or b"")
    said = clean_()
    assert (said.code, said.json()["hours"], said.json()["hours_unchanged"]) == (0, 1, 5)


def test_a_closed_day_is_not_compacted_without_an_hour_that_its_ledger_tells_of(
    lake: Lake, velib_here: Velib, clean_: Callable[..., Said]
) -> None:
    clean_(*NAMED, "--again")  # takes the day's file away
    lake.delete(f"clean/source=velib/date={HOUR.date}/hour=23/part.parquet")
    for command in ("catalog", "publish"):
        said = velib_here(command, "--lake", "lake", "--json")
        assert said.code == 5
        assert "1 closed day is not compacted" in said.error()["message"]
        assert "2026-11-22T23" in said.error()["message"]
        assert not objects(lake, "history")
    assert lake.get("site/data/index.json")  # everything else was done
    assert clean_("--since", "2026-11-22T23", "--until", "2026-11-22T23", "--again").code == 0
    said = velib_here("catalog", "--lake", "lake", "--json")
    assert (said.code, said.json()["days_compacted"]) == (0, ["2026-11-22"])


def test_an_hour_is_not_cleaned_where_that_takes_away_the_day_which_alone_holds_another(
    lake: Lake, clean_: Callable[..., Said]
) -> None:
    for tier in ("clean/source=velib", "clean/ticks"):
        lake.delete(f"{tier}/date={HOUR.date}/hour=23/part.parquet")
    for key in objects(lake, f"raw/source=velib/date={HOUR.date}/hour=23"):
        lake.delete(key)
    before = made(lake)
    refused(clean_(*NAMED, "--again"), "its day in history/ would be made anew without 2026-11-22T23")
    assert made(lake) == before


def test_a_published_day_keeps_its_files_when_hours_of_it_are_gone(
    lake: Lake, velib_here: Velib, clean_: Callable[..., Said]
) -> None:
    """All of the closed day is gone but its file in history/; then the day after grows by a tick."""
    assert velib_here("publish", "--lake", "lake").code == 0
    day = [key for key in objects(lake, "site/data") if HOUR.date in key]
    before = objects(lake)
    assert len(day) == 4
    for tier in ("clean/source=velib", "clean/ticks", "raw/source=velib"):
        shutil.rmtree(f"{lake.root}/{tier}/date={HOUR.date}")
    tick = Tick(HOUR.epoch + 5 * 3600)
    store_fetch(lake, fetched({"exports": small_export(7)}, tick.at + timedelta(seconds=2)), tick, Network())
    assert clean_().code == 0
    for _ in range(2):
        said = velib_here("publish", "--lake", "lake", "--json")
        assert said.code == 5
        message = said.error()["message"]
        assert "3 hours that the site was made from are gone from the ledger" in message
        assert "2026-11-22T21, 2026-11-22T22, 2026-11-22T23" in message
        assert {key: lake.get(key) for key in day} == {key: before[key] for key in day}
        index = json.loads(lake.get("site/data/index.json") or b"")
        assert [each["date"] for each in index["days"]] == ["2026-11-22", "2026-11-23"]
        assert index["observed_epoch"] == tick.epoch  # everything else follows
    said = velib_here("publish", "--lake", "lake", "--allow-fewer", "--json")
    assert said.code == 0, said.err
    index = json.loads(lake.get("site/data/index.json") or b"")
    assert [each["date"] for each in index["days"]] == ["2026-11-23"]
    assert velib_here("publish", "--lake", "lake").code == 0


def test_run_keeps_the_new_answer_and_the_hour_that_lost_raw(
    tmp_path: Path, velib_here: Velib, monkeypatch: pytest.MonkeyPatch
) -> None:
    while time.time() % 900 > 840:
        time.sleep(1)
    monkeypatch.chdir(tmp_path)
    lake = Lake.open(str(tmp_path / "lake"), create=True)
    now = Tick.at_or_before(datetime.now(UTC), 900)
    before = Tick(now.hour.epoch + 420)
    store_fetch(lake, fetched({"exports": small_export(1)}, before.at), before, Network())
    assert velib_here("clean", "--lake", "lake").code == 0
    held = made(lake)
    for key in objects(lake, "raw"):
        lake.delete(key)
    with SimulatorServer(SimulatedNetwork(1), clock=time.time) as feed:
        said = velib_here("run", "--lake", "lake", "--feed", feed.gbfs_url, "--json")
    assert said.code == 5, said
    assert f"the hour {now.hour.stamp} is kept as it is: 0 of 1 fetches left" in said.error()["message"]
    assert made(lake) == held
    assert [key for key in objects(lake, "raw") if now.stamp in key]


def test_replay_into_an_hour_that_lost_raw_keeps_the_hour(
    lake: Lake, velib_here: Velib, tmp_path: Path
) -> None:
    expire(lake)
    before = made(lake)
    record(tmp_path / "late", 1, start=datetime(2026, 11, 22, 22, 10, tzinfo=UTC))
    said = velib_here("import", "late", "--lake", "lake", "--cadence", "5", "--json")
    refused_hours = said.error()["message"]
    assert said.code == 5
    assert f"{HOUR.stamp}: 0 of 4 fetches left" in refused_hours
    assert made(lake) == before
