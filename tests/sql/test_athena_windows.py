"""Which files a question opens where the engine knows whole tables alone: Athena's case, played by DuckDB and Spark.

DuckDB prunes by constants, as Athena does for what `velib kpi --engine athena` sends. Spark prunes at run time by what
is joined, as Athena does for the deployed views; both run the very texts of sql/.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from tests.e2e.conftest import velib_in
from tests.spark_session import spark_session
from tests.steps.feeds import record

from velib_insights.adapters.athena_sql import select_now, select_view
from velib_insights.adapters.duckdb_engine import DuckDbEngine
from velib_insights.adapters.lake import Lake
from velib_insights.core.catalogue.tables import TABLES
from velib_insights.core.catalogue.views import VIEWS
from velib_insights.core.catalogue.views import view as view_of
from velib_insights.core.ticks.hour_span import HourSpan
from velib_insights.core.ticks.tick import Hour, Tick, hours_between

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

DAYS = 5
LATEST = Tick.parse("20261130T0000Z")  # after the last of them, whatever the clock of the machine says
WINDOWED = [view.name for view in VIEWS if view.window_h is not None]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Five days of a small network, a file an hour."""
    folder = tmp_path_factory.mktemp("days")
    record(folder / "recorded", DAYS * 24 * 2)
    assert velib_in(folder)("import", "recorded", "--lake", "lake", "--cadence", "30").code == 0
    return Lake.open(str(folder / "lake"))


@pytest.fixture(scope="module")
def hours(lake: Lake) -> list[Hour]:
    keys = [entry.key.split("/") for entry in lake.entries("clean/ticks")]
    return sorted(
        Hour.parse(date.removeprefix("date="), hour.removeprefix("hour=")) for _, _, date, hour, _ in keys
    )


@pytest.fixture(scope="module")
def now(lake: Lake) -> Hour:
    return DuckDbEngine(lake, "velib", clock=lambda: LATEST.epoch).latest_observed_hour()


@pytest.mark.parametrize("table", ["source_velib", "ticks"])
@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("22 21", "22 23"),
        ("22 21", "23 00"),
        ("22 05", "24 03"),
        ("21 00", "25 23"),
        ("23 07", "23 07"),
        (None, "23 07"),
        ("23 07", None),
        (None, None),
    ],
)
def test_a_reach_is_its_hours_and_no_others(table: str, first: str | None, last: str | None) -> None:
    every = hours_between(Hour.parse("2026-11-21", "00"), Hour.parse("2026-11-25", "23"))
    reach = HourSpan(*(text and Hour.parse(f"2026-11-{text[:2]}", text[3:]) for text in (first, last)))
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA db")
    for each in TABLES:
        blank = {column.name: "NULL" for column in each.columns} | {"snapshot_epoch": "0"}
        columns = ", ".join(f"{value} AS {column}" for column, value in blank.items())
        values = ", ".join(f"('{hour.date}', '{hour.hh}')" for hour in every)
        connection.execute(
            f"CREATE VIEW db.{each.name} AS SELECT {columns}, date, hour FROM (VALUES {values}) AS v(date, hour)"
        )
    cut = re.search(rf"{table} AS \((.*?)\n\)", select_view("station_now", "db", reach, LATEST), re.DOTALL)
    assert cut
    given = sorted(connection.sql(f"SELECT date, hour FROM ({cut[1]})").fetchall())
    if table == "ticks":  # judged by the day before, and read on to its end
        reach = HourSpan(reach.first and reach.first.back(26), None)
    wanted = [
        h for h in every if (not reach.first or h >= reach.first) and (not reach.last or h <= reach.last)
    ]
    assert given == [(hour.date, hour.hh) for hour in wanted]


@pytest.fixture(scope="module")
def by_constants(lake: Lake) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA db")
    for table in TABLES:
        files = f"{lake.root}/{table.tier.format(source='velib')}/*/*/part.parquet"
        connection.execute(
            f"CREATE VIEW db.{table.name} AS SELECT * FROM read_parquet('{files}', "
            "hive_partitioning = true, hive_types = {'date': VARCHAR, 'hour': VARCHAR})"
        )
    return connection


def planned(connection: duckdb.DuckDBPyConnection, sql: str, every: int) -> list[tuple[str, int]]:
    """(table, files) of every scan of the plan, made before a file is opened. A plan that leaves no file of `every`
    out does not count them."""
    found = []

    def walk(node: dict[str, Any]) -> None:
        told = node.get("extra_info", {})
        if "Scanning Files" in told or "PARQUET" in node.get("name", ""):
            files = int(str(told.get("Scanning Files", f"{every}/{every}")).split("/")[0])
            table = "ticks" if "counts_hash" in str(told) or "rows_in" in str(told) else "source_velib"
            found.append((table, files))
        for child in node.get("children", ()):
            walk(child)

    (plan,) = json.loads(connection.sql(f"EXPLAIN (FORMAT JSON) {sql}").fetchall()[0][1])
    walk(plan)
    return found


@pytest.mark.parametrize("name", WINDOWED)
def test_what_is_sent_to_athena_opens_the_hours_of_its_window(
    by_constants: duckdb.DuckDBPyConnection, hours: list[Hour], now: Hour, name: str
) -> None:
    view = view_of(name)
    assert view.window_h is not None
    reach = HourSpan.of_window(now, view.window_h)
    scans = planned(by_constants, select_view(name, "db", reach, LATEST), len(hours))
    observed = [hour for hour in hours if now.back(view.window_h) <= hour <= now]
    judged = [hour for hour in hours if hour >= now.back(view.window_h + 26)]
    assert scans
    for table, files in scans:
        assert files <= len(observed if table == "source_velib" else judged), scans


def test_the_latest_tick_is_looked_for_in_the_last_days_alone(
    by_constants: duckdb.DuckDBPyConnection, hours: list[Hour], now: Hour
) -> None:
    scans = planned(by_constants, select_now("db", HourSpan(now.back(30)), LATEST), len(hours))
    assert scans
    assert sum(files for _, files in scans) == len([hour for hour in hours if hour >= now.back(30)])


@pytest.fixture(scope="module")
def spark(lake: Lake) -> Iterator[SparkSession]:
    partitions_are_text = {"spark.sql.sources.partitionColumnTypeInference.enabled": "false"}
    with spark_session("windows", **partitions_are_text) as session:
        for table in TABLES:
            folder = f"{lake.root}/{table.tier.format(source='velib')}"
            session.read.parquet(folder).createOrReplaceTempView(table.name)
        for view in VIEWS:
            session.sql(view.text).createOrReplaceTempView(view.name)
        yield session


def opened(frame: DataFrame) -> list[int]:
    """How many files each scan of source_velib opened, once the question is answered."""
    frame.collect()
    found = []

    def walk(node: Any) -> None:
        if node.getClass().getSimpleName() == "FileSourceScanExec":
            root = node.relation().location().rootPaths().head().toString()
            if "/clean/source=" in root:
                found.append(int(node.metrics().get("numFiles").get().value()))
        children = node.children()
        for place in range(children.size()):
            walk(children.apply(place))

    walk(frame._jdf.queryExecution().executedPlan())
    return found


@pytest.mark.spark
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("name", "back_h"),
    [
        ("kpi_taux_remplissage", 0),
        ("kpi_shortage", 24),
        ("kpi_station_saturation", 24),
        ("kpi_saturation_par_arrondissement", 0),
        ("kpi_top10_2hour", 24),
        ("kpi_network_headline", 25),
    ],
)
def test_a_deployed_view_opens_the_days_of_its_window(
    spark: SparkSession, hours: list[Hour], now: Hour, name: str, back_h: int
) -> None:
    """Pruned by date and by hour, each on its own: a window over midnight opens those hours of both days."""
    needed = hours_between(now.back(back_h), now)
    dates, clock = {hour.date for hour in needed}, {hour.hh for hour in needed}
    most = len([hour for hour in hours if hour.date in dates and hour.hh in clock])
    found = opened(spark.sql(f"SELECT * FROM {name}"))
    assert found
    assert max(found) <= most
    assert most < len(hours)
