"""The step zones, and one tick from end to end."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.core.bodies import export, ods_row
from tests.core.test_zones import collection, square
from tests.steps.feeds import GOOD, TICK, ScriptedFeed

from velib_insights.adapters.lake import Lake
from velib_insights.core.errors import FeedChanged, FeedUnavailable, LakeError, SettingsError
from velib_insights.core.zones import Zones
from velib_insights.steps.ingest import Network
from velib_insights.steps.tick_pipeline import run_tick
from velib_insights.steps.zones import keep_zones
from velib_insights.wiring import zones_of

LEDGER = "clean/ticks/date=2026-11-23/hour=08/part.parquet"
FIFTEENTH = collection(({"c_ar": 15}, [square(2.27, 48.86, 0.01)]))


def test_polygons_are_kept_verbatim_and_place_stations(lake: Lake, tmp_path: Path) -> None:
    file = tmp_path / "Arrondissements de Paris.geojson"
    file.write_text(json.dumps(FIFTEENTH), "utf-8")
    key, count = keep_zones(lake, str(file))
    assert (key, count) == ("reference/zones/Arrondissements_de_Paris.geojson", 1)
    assert lake.get(key) == file.read_bytes()
    zone = zones_of(lake, "velib").find("16107", 48.865983, 2.275725)
    assert zone is not None
    assert zone.name == "Paris 15e"


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"[]",
        b"{}",
        b'{"type": "FeatureCollection", "features": [3]}',
        b'{"type": "FeatureCollection", "features": [{"properties": {"c_ar": 1}, "geometry": null}]}',
        b'{"type": "FeatureCollection", "features": [{"properties": {"c_ar": "x"}, "geometry": {}}]}',
        b'{"type": "FeatureCollection", "features": [{"properties": {"c_ar": 1}, "geometry":'
        b' {"type": "Polygon", "coordinates": [[]]}}]}',
    ],
)
def test_a_file_that_is_no_polygons_is_refused_and_nothing_is_stored(
    lake: Lake, tmp_path: Path, body: bytes
) -> None:
    file = tmp_path / "zones.geojson"
    file.write_bytes(body)
    with pytest.raises((FeedChanged, LakeError)):
        keep_zones(lake, str(file))
    assert lake.entries("reference") == []


def test_a_missing_file_and_a_url_that_does_not_answer_are_told_apart(lake: Lake, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        keep_zones(lake, str(tmp_path / "nowhere.geojson"))
    with pytest.raises(FeedUnavailable):
        keep_zones(lake, "http://127.0.0.1:9/zones.geojson")


def test_a_zones_file_in_the_lake_that_is_no_json_is_named(lake: Lake) -> None:
    lake.put("reference/zones/communes.geojson", b"{")
    lake.put("reference/zones/README.md", b"where these come from")
    with pytest.raises(LakeError, match=r"reference/zones/communes\.geojson"):
        zones_of(lake, "velib")


def test_a_tick_runs_from_the_feed_to_its_partition(lake: Lake) -> None:
    done = run_tick(lake, ScriptedFeed(GOOD), TICK, Network(), Zones())
    assert (done.ingested.outcome, done.cleaned.ticks, done.cleaned.rows_kept) == ("ok", 1, 2)


def test_a_tick_that_failed_is_in_the_ledger_and_its_retry_counts(lake: Lake) -> None:
    feed = ScriptedFeed("timed out", export(ods_row()))
    failed = run_tick(lake, feed, TICK, Network(), Zones())
    assert (failed.ingested.outcome, failed.cleaned.rows_in) == ("fetch_failed", 0)
    (row,) = pq.read_table(io.BytesIO(lake.get(LEDGER) or b"")).to_pylist()
    assert (row["outcome"], row["reason"]) == ("fetch_failed", "exports: timed out")
    again = run_tick(lake, feed, TICK, Network(), Zones())
    assert (again.ingested.outcome, again.cleaned.rows_kept) == ("ok", 1)
    (row,) = pq.read_table(io.BytesIO(lake.get(LEDGER) or b"")).to_pylist()
    assert (row["outcome"], row["bodies"]) == ("ok", 2)
    assert run_tick(lake, feed, TICK, Network(), Zones()).cleaned.unchanged
    assert feed.asked == 2
