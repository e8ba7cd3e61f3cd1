"""Catalog compacts closed days without changing a row; publish writes the KPI as files that agree."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.steps.feeds import objects, record

from velib_insights.adapters.duckdb_engine import DuckDbEngine
from velib_insights.adapters.lake import Lake
from velib_insights.core.errors import LakeError, NothingThere
from velib_insights.core.zones import Zones
from velib_insights.steps.catalog import catalog, days_to_compact
from velib_insights.steps.clean import clean_all, hours_with_raw
from velib_insights.steps.importing.folder import import_folder
from velib_insights.steps.ingest import Network
from velib_insights.steps.kpi import CLIENT_KPIS
from velib_insights.steps.publish import publish

DAY = "history/source=velib/date=2026-11-22/part.parquet"


@pytest.fixture
def filled(lake: Lake, tmp_path: Path) -> Lake:
    """Six hours around midnight UTC, cleaned."""
    record(tmp_path / "recorded", 24)
    import_folder(lake, tmp_path / "recorded", Network())
    clean_all(lake, "velib", hours_with_raw(lake, "velib"), Zones())
    return lake


@pytest.fixture
def engine(filled: Lake) -> Iterator[DuckDbEngine]:
    opened = DuckDbEngine(filled, "velib")
    yield opened
    opened.close()


def table_at(lake: Lake, key: str) -> pa.Table:
    body = lake.get(key)
    assert body is not None, key
    return pq.read_table(io.BytesIO(body))


def test_an_empty_lake_is_catalogued_as_empty(lake: Lake) -> None:
    done = catalog(lake, "velib")
    assert (done.first_date, done.last_date, done.hours, done.days_compacted) == (None, None, 0, ())


def test_closed_days_are_compacted_once_and_the_last_one_stays_open(filled: Lake) -> None:
    assert days_to_compact(filled, "velib") == 1
    told: list[str] = []
    done = catalog(filled, "velib", told.append)
    assert (done.first_date, done.last_date, done.hours) == ("2026-11-22", "2026-11-23", 6)
    assert done.days_compacted == ("2026-11-22",)
    assert told == ["2026-11-22"]
    before = objects(filled)
    again = catalog(filled, "velib")
    assert (again.days_compacted, again.days_before) == ((), 1)
    assert objects(filled) == before
    assert [key for key in before if key.startswith("history/")] == [DAY]


def test_a_compacted_day_holds_every_row_of_its_hours_by_station_then_tick(filled: Lake) -> None:
    catalog(filled, "velib")
    day = table_at(filled, DAY).to_pylist()
    hours = [
        row | {"hour": hour}
        for hour in ("21", "22", "23")
        for row in table_at(
            filled, f"clean/source=velib/date=2026-11-22/hour={hour}/part.parquet"
        ).to_pylist()
    ]
    order = [(row["station_code"], row["snapshot_epoch"]) for row in day]
    assert order == sorted(order)
    assert day == sorted(hours, key=lambda row: (row["station_code"], row["snapshot_epoch"]))


def test_a_day_and_an_hour_whose_file_is_gone_are_not_counted(filled: Lake) -> None:
    catalog(filled, "velib")
    filled.delete(DAY)
    filled.delete("clean/source=velib/date=2026-11-22/hour=22/part.parquet")
    assert days_to_compact(filled, "velib") == 1
    done = catalog(filled, "velib")
    assert (done.hours, done.days_compacted, done.days_before) == (5, (), 0)
    assert [hour.stamp for hour in done.hours_missing] == ["2026-11-22T22"]
    assert filled.get(DAY) is None


def test_a_partition_that_is_no_parquet_is_named(filled: Lake) -> None:
    filled.put("clean/source=velib/date=2026-11-22/hour=22/part.parquet", b"garbage")
    with pytest.raises(LakeError, match=r"hour=22/part\.parquet is not a Parquet file"):
        catalog(filled, "velib")


def test_every_published_kpi_says_the_same_in_each_format(filled: Lake) -> None:
    done = publish(filled, "velib", "Europe/Paris")
    assert done.snapshot_at == "2026-11-23T02:45:00Z"
    index = json.loads(filled.get("site/data/index.json") or b"")
    assert set(CLIENT_KPIS) <= {view["name"] for view in index["views"]}
    for view in index["views"]:
        files = view["files"]
        as_json = json.loads(filled.get(f"site/data/{files['json']}") or b"")
        text = (filled.get(f"site/data/{files['csv']}") or b"").decode()
        as_csv = list(csv.DictReader(io.StringIO(text)))
        as_parquet = table_at(filled, f"site/data/{files['parquet']}").to_pylist()
        assert view["rows"] == len(as_json) == len(as_csv) == len(as_parquet), view["name"]
        for one, other, third in zip(as_json, as_csv, as_parquet, strict=True):
            assert list(one) == list(other) == list(third)
            assert [v is None for v in one.values()] == [v is None for v in third.values()]


def test_publishing_again_changes_no_byte(filled: Lake) -> None:
    publish(filled, "velib", "Europe/Paris")
    before = objects(filled)
    publish(filled, "velib", "Europe/Paris")
    assert objects(filled) == before


def test_a_lake_without_data_has_nothing_to_publish(lake: Lake) -> None:
    with pytest.raises(NothingThere, match="no cleaned data yet"):
        publish(lake, "velib", "Europe/Paris")
