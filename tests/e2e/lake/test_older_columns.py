"""Hours that were cleaned before a column existed are read beside newer ones: the column is null in them."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.e2e.conftest import Velib

from velib_insights.adapters.duckdb_engine import DuckDbEngine
from velib_insights.adapters.lake import Lake
from velib_insights.adapters.parquet import to_parquet

ADDED = {
    "source_velib": ["bikes_disabled", "docks_disabled"],
    "ticks": ["utc_offset_s", "missing_feeds", "stations_known"],
}
HOW_OLD: dict[str, Callable[[int], bool]] = {
    "every hour": lambda _: True,
    "the first hours": lambda hour: hour < 3,
    "the last hours": lambda hour: hour >= 3,
    "the hour now": lambda hour: hour == 5,
    "every other hour": lambda hour: hour % 2 == 1,
}
HOURS = 6


def age(folder: Path, is_old: Callable[[int], bool]) -> None:
    """Takes the added columns out of the files of some hours, counted from the first."""
    for tier, table in (("clean/source=velib", "source_velib"), ("clean/ticks", "ticks")):
        files = sorted((folder / tier).glob("date=*/hour=*/part.parquet"))
        assert len(files) == HOURS
        for number, file in enumerate(files):
            if is_old(number):
                held = pq.read_table(io.BytesIO(file.read_bytes()))
                file.write_bytes(to_parquet(held.drop_columns(ADDED[table])))


@pytest.fixture(params=HOW_OLD)
def aged(request: pytest.FixtureRequest, filled: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "lake"
    shutil.copytree(filled, folder)
    age(folder, HOW_OLD[request.param])
    return folder


@pytest.mark.parametrize("name", ["top10_2hour", "feed_health", "outage_episodes"])
def test_kpi_are_the_same_over_older_hours(velib_here: Velib, filled: Path, aged: Path, name: str) -> None:
    asked = ("kpi", name, "--format", "json")
    assert velib_here(*asked, "--lake", aged) == velib_here(*asked, "--lake", filled)


def test_a_column_is_null_in_the_hours_that_lack_it(velib_here: Velib, filled: Path, aged: Path) -> None:
    def asked(lake: Path) -> list[dict[str, object]]:
        sql = (
            "SELECT t.date, t.hour, count(t.stations_known) AS known, sum(s.n) AS n, sum(s.broken) AS broken "
            "FROM ticks t "
            "JOIN (SELECT snapshot_at, count(*) AS n, count(bikes_disabled) AS broken FROM source_velib GROUP BY 1) s "
            "USING (snapshot_at) GROUP BY ALL ORDER BY ALL"
        )
        rows: list[dict[str, object]] = velib_here("query", sql, "--lake", lake, "--format", "json").json()
        return rows

    there = {
        file.parent.name for file in aged.glob("clean/ticks/date=*/hour=*/part.parquet") if _has_known(file)
    }
    whole = asked(filled)
    assert len(whole) == HOURS
    for row in whole:
        if f"hour={row['hour']}" not in there:
            row["known"] = 0
    assert asked(aged) == whole


def _has_known(file: Path) -> bool:
    return "stations_known" in pq.read_schema(io.BytesIO(file.read_bytes())).names


def _in_order(view: pa.Table) -> list[dict[str, object]]:
    """A view promises no order of its rows; the commands that show it sort it."""
    return sorted(view.to_pylist(), key=str)


def test_one_engine_reads_older_and_newer_hours_one_after_the_other(filled: Path, tmp_path: Path) -> None:
    """As the server does, whose lake changes under it."""
    folder = tmp_path / "lake"
    shutil.copytree(filled, folder)
    with_all = DuckDbEngine(Lake.open(str(filled)), "velib")
    engine = DuckDbEngine(Lake.open(str(folder)), "velib")
    try:
        expected = {name: _in_order(with_all.view(name)) for name in ("station_now", "kpi_feed_health")}
        for is_old in HOW_OLD.values():
            shutil.rmtree(folder)
            shutil.copytree(filled, folder)
            age(folder, is_old)
            for name, rows in expected.items():
                assert _in_order(engine.view(name)) == rows
    finally:
        engine.close()
        with_all.close()


def test_days_are_compacted_and_checked_with_older_hours(velib_here: Velib, filled: Path, aged: Path) -> None:
    assert velib_here("catalog", "--lake", aged).code == 0
    (day,) = aged.glob("history/source=velib/date=*/part.parquet")
    compacted = pq.read_table(io.BytesIO(day.read_bytes()))
    assert set(ADDED["source_velib"]) < set(compacted.column_names)
    hours = aged.glob(f"clean/source=velib/{day.parent.name}/hour=*/part.parquet")
    assert len(compacted) == sum(len(pq.read_table(io.BytesIO(hour.read_bytes()))) for hour in hours)
    said = velib_here("doctor", "--offline", "--lake", aged, "--json")
    findings = said.json()["findings"]
    assert "warning" in {finding["severity"] for finding in findings if finding["area"] == "clean"}
    assert not [finding for finding in findings if finding["severity"] == "error"]


def test_reports_of_older_hours(velib_here: Velib, filled: Path, aged: Path) -> None:
    def told(lake: Path) -> str:
        said = velib_here("insights", "--date", "2026-11-23", "--lake", lake, "--json")
        assert said.code == 0, said
        return said.out

    assert told(aged) == told(filled)
