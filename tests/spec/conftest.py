"""Behaviour of the views, drawn as small tables and run on every engine from the same SQL text.

A world is drawn as a grid, one row a tick and one column a station:

    at    | A        | B     | tick
    08:00 | 5/10     | 0/20  |
    08:15 | 3+2/10   | - off | = 08:00
    08:30 | ?/10     |       | rows 100
    08:45 |          |       | fetch_failed

A cell is bikes/docks, or mechanical+electric/docks; `?` is a missing count, `off` a station that is not operative, an
empty cell a station that is not in the feed. `= 08:00` repeats the counts hash of that tick, `rows 100` states how
many rows were kept (1500 unless drawn). Times are UTC, on 2 March 2026 unless a date stands before them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from tests.spark_session import spark_session

from velib_insights import sql
from velib_insights.core.catalogue.history import CALENDAR, HISTORY
from velib_insights.core.catalogue.rollups import LOCAL_HOURS, ROLLUPS, STATION_STEPS
from velib_insights.core.catalogue.tables import TABLES
from velib_insights.core.catalogue.views import VIEWS
from velib_insights.core.ticks.periods import Period, period_of
from velib_insights.steps.rollup.engine import local_hours
from velib_insights.steps.site.ledger import LocalDay

if TYPE_CHECKING:
    from collections.abc import Iterator

    from velib_insights.core.catalogue.tables import Column

PARIS = ZoneInfo("Europe/Paris")
CELL = re.compile(r"(?:(?P<m>\d+|\?)\+(?P<e>\d+|\?)|(?P<b>\d+|\?))/(?P<d>\d+|\?)(?P<state> off| unknown)?")
Row = dict[str, Any]


def drawn(table: str) -> list[dict[str, str]]:
    """The rows of a table drawn with `|`, as text; the first line names the columns."""
    lines = [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


def instant(text: str) -> datetime:
    """`08:15` or `2026-03-29 00:45`, UTC."""
    return datetime.fromisoformat(text if "-" in text else f"2026-03-02 {text}").replace(tzinfo=UTC)


def value(text: str, kind: str) -> Any:
    """A drawn cell as a value of a column of the catalogue; `-` is null."""
    if text == "-":
        return None
    if kind in ("integer", "bigint"):
        return int(text)
    if kind == "double":
        return round(float(Fraction(text)), 6)
    if kind == "boolean":
        return {"yes": True, "no": False}[text]
    if kind == "timestamp":
        return int(instant(text).timestamp())
    return date.fromisoformat(text) if kind == "date" else text


def local(at: datetime) -> Row:
    paris = at.astimezone(PARIS)
    return {"local_date": paris.date(), "local_hour": paris.hour, "local_weekday": paris.isoweekday()}


def utc_offset_s(at: datetime) -> int:
    offset = at.astimezone(PARIS).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


def calendar(at: datetime) -> Row:
    return {
        "source": "velib",
        "snapshot_at": at,
        "snapshot_epoch": int(at.timestamp()),
        "date": at.strftime("%Y-%m-%d"),
        "hour": at.strftime("%H"),
        **local(at),
    }


def tick_row(at: datetime, said: str, cadence_s: int) -> Row:
    outcome = said if said and not said.startswith(("=", "rows", "ok")) else "ok"
    kept = int(said.split()[1]) if said.startswith("rows") else 1500 if outcome == "ok" else 0
    hashed = instant(said[1:].strip()) if said.startswith("=") else at
    return calendar(at) | {
        "utc_offset_s": utc_offset_s(at),
        "cadence_s": cadence_s,
        "outcome": outcome,
        "reason": None if outcome == "ok" else "drawn",
        "dialect": "gbfs",
        "fetched_at": at,
        "how": "fetched",
        "bodies": 1,
        "stations_seen": kept,
        "stations_expected": None,
        "rows_in": kept,
        "rows_kept": kept,
        "stations_known": kept,
        "rows_refused": 0,
        "counts_hash": hashed.isoformat() if outcome == "ok" else None,
        "feed_clock": None,
        "lag_s": None,
        "clock_error_s": None,
        "bytes": 1000,
        "missing_feeds": None,
    }


def station_row(at: datetime, code: str, cell: str, about: Row) -> Row:
    match = CELL.fullmatch(cell)
    assert match, f"not a cell: {cell!r}"
    mechanical, ebikes, docks = (
        None if match[name] in (None, "?") else int(match[name]) for name in ("m", "e", "d")
    )
    bikes = None if match["b"] == "?" else int(match["b"]) if match["b"] else mechanical + ebikes
    counted = bikes is not None and docks is not None
    capacity = about.get("capacity", bikes + docks if counted else None)
    return calendar(at) | {
        "fetched_at": at,
        "station_id": f"id-{code}",
        "station_code": code,
        "name": about.get("name", f"Station {code}"),
        "lat": about.get("lat", 48.85),
        "lon": about.get("lon", 2.35),
        "zone_code": about.get("zone_code", "75101"),
        "zone_name": about.get("zone_name", "1er"),
        "zone_kind": "arrondissement",
        "capacity": capacity,
        "bikes": bikes,
        "mechanical": mechanical,
        "ebikes": ebikes,
        "docks": docks,
        "bikes_disabled": None,
        "docks_disabled": None,
        "is_installed": True,
        "is_renting": match["state"] != " off",
        "is_returning": match["state"] != " off",
        "is_operative": {" off": False, " unknown": None}.get(match["state"], True),
        "fill_rate": bikes / (bikes + docks) if counted and bikes + docks else None,
        "occupancy": bikes / capacity if bikes is not None and capacity else None,
        "unavailable_docks": max(0, capacity - bikes - docks) if counted and capacity else None,
        "last_reported": None,
        "flags": "",
    }


# Given with the days asked for, beside the tables of the lake.
DRAWN = (*TABLES, LOCAL_HOURS, CALENDAR)
MADE = {table.name: table for table in (STATION_STEPS, *ROLLUPS)}
TEXTS = (
    {each.name: each.text for each in VIEWS}
    | {name: sql.rollup(name).text for name in MADE}
    | {each.name: each.text for each in HISTORY}
)
COLUMNS_OF = {each.name: each.columns for each in (*VIEWS, *MADE.values(), *HISTORY)}


def local_hours_of(days: list[date]) -> list[Row]:
    return [
        {"local_date": day, "local_hour": hour, "started_epoch": start, "ended_epoch": end}
        for day in days
        for hour, start, end in local_hours(LocalDay.of(day, "Europe/Paris"), "Europe/Paris")
    ]


def calendar_of(days: list[date], by: Period) -> list[Row]:
    if not days:
        return []
    every = [days[0] + timedelta(days=number) for number in range((days[-1] - days[0]).days + 1)]
    lengths = [LocalDay.of(day, "Europe/Paris") for day in every]
    return [
        {
            "local_date": each.on,
            "local_weekday": each.on.isoweekday(),
            "period": period_of(each.on, by, days[0], days[-1]),
            "elapsed_s": each.end_epoch - each.start_epoch,
        }
        for each in lengths
    ]


@dataclass
class World:
    """What the tables hold, as far as it was drawn, on one engine."""

    engine: DuckDBEngine | SparkEngine
    rows: dict[str, list[Row]] = field(default_factory=lambda: {table.name: [] for table in TABLES})
    about: dict[str, Row] = field(default_factory=dict)
    by: Period = "day"
    last_day: date = date.max
    asked_from: date = date.min

    def stations(self, table: str) -> World:
        """What is known of stations, by `code`, from here on: any of name, lat, lon, zone_code, zone_name, capacity."""
        kinds = {column.name: column.type for column in TABLES[0].columns}
        for row in drawn(table):
            code = row.pop("code")
            self.about[code] = self.about.get(code, {}) | {
                name: value(cell, kinds[name]) for name, cell in row.items()
            }
        return self

    def grid(self, table: str, *, cadence_min: int = 15) -> World:
        for row in drawn(table):
            at = instant(row.pop("at"))
            self.rows["ticks"].append(tick_row(at, row.pop("tick", ""), cadence_min * 60))
            self.rows["source_velib"] += [
                station_row(at, code, cell, self.about.get(code, {})) for code, cell in row.items() if cell
            ]
        return self

    def refused(self, table: str) -> World:
        for number, row in enumerate(drawn(table)):
            at = instant(row["at"])
            kept = {
                name: cell
                for name, cell in calendar(at).items()
                if not name.startswith(("local", "snapshot_e"))
            }
            said = {"raw_key": "raw", "row_number": number, "reason": "drawn", "row_json": "{}"}
            self.rows["quarantine"].append(kept | said | {"rule": row["rule"]})
        return self

    def ledger(self, at: str, **columns: Any) -> World:
        """Set columns of the ledger at a tick already drawn."""
        row = next(row for row in self.rows["ticks"] if row["snapshot_at"] == instant(at))
        row.update(columns)
        return self

    def gives(self, name: str, table: str) -> World:
        """The view gives exactly these rows, in any order, as far as the drawn columns go."""
        expected = drawn(table)
        header = [cell.strip() for cell in table.strip().splitlines()[0].split("|")]
        columns = {column.name: column for column in COLUMNS_OF[name]}
        shown = [columns[each] for each in header]
        wanted = [tuple(value(row[column.name], column.type) for column in shown) for row in expected]
        days = sorted({row["local_date"] for row in self.rows["ticks"] if row["local_date"] <= self.last_day})
        given = self.rows | {
            "local_hours": local_hours_of(days),
            "calendar": calendar_of([day for day in days if day >= self.asked_from], self.by),
        }
        got = [
            tuple(round(cell, 6) if isinstance(cell, float) else cell for cell in row)
            for row in self.engine.rows_of(given, name, shown)
        ]
        assert sorted(got, key=repr) == sorted(wanted, key=repr)
        return self


class DuckDBEngine:
    TYPES = {"integer": "INTEGER", "timestamp": "TIMESTAMPTZ"}  # noqa: RUF012

    def __init__(self) -> None:
        self.connection = duckdb.connect(config={"threads": 1})
        for table in DRAWN:
            columns = ", ".join(
                f"{column.name} {self.TYPES.get(column.type, column.type)}"
                for column in (*table.columns, *table.partitions)
            )
            self.connection.execute(f"CREATE TABLE {table.name} ({columns})")
        for name, text in TEXTS.items():
            self.connection.execute(f"CREATE OR REPLACE VIEW {name} AS {text}")

    def rows_of(
        self, tables: dict[str, list[Row]], name: str, columns: list[Column]
    ) -> list[tuple[Any, ...]]:
        for table in DRAWN:
            self.connection.execute(f"DELETE FROM {table.name}")
            names = [column.name for column in (*table.columns, *table.partitions)]
            rows = [[row[each] for each in names] for row in tables.get(table.name, ())]
            if rows:
                marks = ", ".join("?" * len(names))
                self.connection.executemany(f"INSERT INTO {table.name} VALUES ({marks})", rows)
        shown = [f"CAST(epoch({c.name}) AS BIGINT)" if c.type == "timestamp" else c.name for c in columns]
        return self.connection.execute(f"SELECT {', '.join(shown)} FROM {name}").fetchall()


class SparkEngine:
    """Tables are literal VALUES, not data frames made by Python, because those start a worker for each."""

    TYPES = {"varchar": "string", "integer": "int"}  # noqa: RUF012

    def __init__(self, session: Any) -> None:
        self.session = session
        self.fill({table.name: [] for table in DRAWN})
        for name, text in TEXTS.items():
            self.session.sql(f"CREATE OR REPLACE TEMPORARY VIEW {name} AS {text}")

    def literal(self, cell: Any, column: Column) -> str:
        if isinstance(cell, datetime):
            cell = cell.strftime("%Y-%m-%d %H:%M:%S")
        text = "NULL" if cell is None else f"'{cell}'"
        return f"CAST({text} AS {self.TYPES.get(column.type, column.type)})"

    def fill(self, tables: dict[str, list[Row]]) -> None:
        for table in DRAWN:
            columns = (*table.columns, *table.partitions)
            rows = [
                "(" + ", ".join(self.literal(row[column.name], column) for column in columns) + ")"
                for row in tables.get(table.name) or [dict.fromkeys(column.name for column in columns)]
            ]
            names = ", ".join(column.name for column in columns)
            none = "" if tables.get(table.name) else " WHERE false"
            self.session.sql(
                f"CREATE OR REPLACE TEMPORARY VIEW {table.name} AS"
                f" SELECT {names} FROM VALUES {', '.join(rows)} AS drawn ({names}){none}"
            )

    def rows_of(
        self, tables: dict[str, list[Row]], name: str, columns: list[Column]
    ) -> list[tuple[Any, ...]]:
        self.fill(tables)
        shown = [f"CAST({c.name} AS BIGINT)" if c.type == "timestamp" else c.name for c in columns]
        return [tuple(row) for row in self.session.sql(f"SELECT {', '.join(shown)} FROM {name}").collect()]


@pytest.fixture(scope="session")
def duckdb_engine() -> DuckDBEngine:
    return DuckDBEngine()


@pytest.fixture(scope="session")
def spark_engine() -> Iterator[SparkEngine]:
    with spark_session("specs") as session:
        yield SparkEngine(session)


# pyspark leaves its sockets to the garbage collector.
SPARK = (
    pytest.mark.spark,
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
)


@pytest.fixture(params=["duckdb", pytest.param("spark", marks=SPARK)])
def world(request: pytest.FixtureRequest) -> World:
    return World(request.getfixturevalue(f"{request.param}_engine"))
