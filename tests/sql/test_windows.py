"""A view gives the same whether it is shown the whole lake or only its window and 26 hours of ticks before it."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
import pytest

from velib_insights import sql
from velib_insights.core.catalogue.tables import TABLES
from velib_insights.core.catalogue.views import VIEWS

CADENCE_S = 3600
DAYS = 34
STATIONS = 12
LAST = datetime(2026, 4, 1, 6, tzinfo=UTC)  # the window of 31 days holds the change of clocks of 29 March
PARIS = ZoneInfo("Europe/Paris")
ARROW = {
    "varchar": pa.string(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("ms", tz="UTC"),
    "date": pa.date32(),
}


def calendar(at: datetime) -> dict[str, Any]:
    local = at.astimezone(PARIS)
    return {
        "source": "velib",
        "snapshot_at": at,
        "snapshot_epoch": int(at.timestamp()),
        "local_date": local.date(),
        "local_hour": local.hour,
        "local_weekday": local.isoweekday(),
        "date": at.strftime("%Y-%m-%d"),
        "hour": at.strftime("%H"),
    }


def station(number: int, bikes: int, fate: random.Random, *, is_late: bool) -> dict[str, Any]:
    name = f"Station {number}{' bis' if number == 3 and is_late else ''}"
    return {
        "station_id": f"id{number}",
        "station_code": f"S{number}",
        "name": None if fate.random() < 0.05 else name,
        "lat": 48.85 + number / 1000,
        "lon": 2.35,
        "zone_code": f"7510{number % 2}",
        "zone_name": f"zone {number % 2}",
        "zone_kind": "arrondissement",
        "capacity": 10,
        "bikes": bikes,
        "mechanical": bikes // 2,
        "ebikes": bikes - bikes // 2,
        "docks": 10 - bikes,
        "is_operative": fate.random() > 0.03,
        "fill_rate": bikes / 10,
        "occupancy": bikes / 10,
        "unavailable_docks": 0,
    }


def drawn_lake() -> dict[str, list[dict[str, Any]]]:
    """A month of an hourly feed of twelve stations, told as a large network, with its faults."""
    fate = random.Random(20260401)  # noqa: S311 - a drawn world, not a secret
    ticks, rows = [], []
    bikes = dict.fromkeys(range(STATIONS), 5)
    seen: list[dict[str, Any]] = []
    state = 0
    for back in range(DAYS * 24, -1, -1):
        at = LAST - timedelta(hours=back)
        kind = fate.choices(["ok", "frozen", "partial", "fetch_failed", "missing"], [85, 5, 3, 4, 3])[0]
        if kind == "missing":
            continue
        if kind != "frozen":
            state += 1
            for number in bikes:
                bikes[number] = max(0, min(10, bikes[number] + fate.choice([-3, -2, -1, 0, 0, 1, 2, 3])))
            shown = [number for number in bikes if fate.random() > 0.01]
            seen = [station(number, bikes[number], fate, is_late=back < 200) for number in shown]
        failed = kind == "fetch_failed"
        kept = {"fetch_failed": 0, "partial": 200}.get(kind, 1500)
        ticks.append(
            calendar(at)
            | {"cadence_s": CADENCE_S, "outcome": kind if failed else "ok", "stations_seen": kept}
            | {"rows_in": kept, "rows_kept": kept, "rows_refused": 0}
            | {"counts_hash": None if failed else f"state {state}"}
        )
        if not failed:
            rows += [calendar(at) | row for row in seen]
    return {"ticks": ticks, "source_velib": rows, "quarantine": []}


def lake(connection: duckdb.DuckDBPyConnection) -> None:
    drawn = drawn_lake()
    for table in TABLES:
        schema = pa.schema([(c.name, ARROW[c.type]) for c in (*table.columns, *table.partitions)])
        connection.register("given", pa.Table.from_pylist(drawn[table.name], schema))
        connection.execute(f"CREATE TABLE whole_{table.name} AS SELECT * FROM given")
        connection.unregister("given")


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect(config={"threads": 1}) as connection:
        lake(connection)
        for table in TABLES:
            connection.execute(f"CREATE VIEW {table.name} AS SELECT * FROM whole_{table.name}")
        for view in VIEWS:
            connection.execute(f"CREATE VIEW {view.name} AS {view.text}")
        yield connection


def show(connection: duckdb.DuckDBPyConnection, until: int, hours: int | None) -> None:
    """Let the views see the lake up to `until`, and `hours` of it before the latest observed tick."""
    for table in TABLES:
        reach = f"epoch(snapshot_at) <= {until}"
        if hours is not None:
            margin = sql.TICKS_MARGIN_H if table.name == "ticks" else 0
            reach += f" AND epoch(snapshot_at) >= {until - 3600 * (hours + margin)}"
        connection.execute(
            f"CREATE OR REPLACE VIEW {table.name} AS SELECT * FROM whole_{table.name} WHERE {reach}"
        )


def rows(connection: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    shown = ", ".join(
        f"round({c.name}, 9)"
        if c.type == "double"
        else f"epoch({c.name})"
        if c.type == "timestamp"
        else c.name
        for c in next(view.columns for view in VIEWS if view.name == name)
    )
    return sorted(map(repr, connection.execute(f"SELECT {shown} FROM {name}").fetchall()))


FINITE = [view.name for view in VIEWS if view.window_h is not None]


@pytest.mark.parametrize("hours_earlier", [0, 5, 31])
@pytest.mark.parametrize("name", FINITE)
def test_the_window_is_enough(connection, name, hours_earlier):
    view = next(view for view in VIEWS if view.name == name)
    show(connection, int(LAST.timestamp()) - 3600 * hours_earlier, None)
    now = connection.execute("SELECT snapshot_epoch FROM latest_tick").fetchone()[0]
    show(connection, now, None)
    whole = rows(connection, name)
    show(connection, now, view.window_h)
    assert rows(connection, name) == whole


def test_the_lake_of_this_test_gives_rows_to_compare(connection):
    show(connection, int(LAST.timestamp()), None)
    empty = {name for name in FINITE if not rows(connection, name)}
    assert empty <= {"kpi_chronic_stations", "kpi_cluster_outages"}


@pytest.mark.parametrize(("name", "hours"), [("kpi_outage_episodes", 24), ("kpi_network_headline", 12)])
def test_less_than_the_window_is_not_enough(connection, name, hours):
    now = int(LAST.timestamp())
    show(connection, now, None)
    whole = rows(connection, name)
    show(connection, now, hours)
    assert rows(connection, name) != whole
