"""The views as they stood at a moment of the past: one SELECT over the tables, cut off at that moment.

A view looks back from the latest observed tick. With the later ticks cut off, the last one left is that tick, and
every view says what it said then, by the very text of its file. The name of a table stands for the cut one inside
the SELECT, which DuckDB, Trino and Spark all read so. Several views in one SELECT share what they stand on: asked
one by one, nine of them would read the same observations nine times.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.resources import files

from velib_insights import sql
from velib_insights.core.catalogue.tables import SOURCE_VELIB, TABLES, TICKS, Table
from velib_insights.core.catalogue.views import VIEWS

# What only the report of a day asks: files of `sql/insights/` and the columns they give.
INSIGHTS = {
    "insights_network_day": """local_date stations stations_served stations_never_out stations_always_out
        bike_availability dock_availability full_availability unusable_share short_minutes no_dock_minutes
        outage_minutes operative_minutes""",
    "insights_types_day": """local_date scope zone_code zone_name mean_mechanical mean_ebikes ebike_share
        mean_stations_without_mechanical mean_stations_without_ebikes""",
    "insights_station_moves": "local_date station_code bikes_moved cadence_s",
    "insights_observed_hours": "local_date local_hour observed_s least_cadence_s most_cadence_s",
    "insights_zone_hours": """local_date local_hour zone_code operative_stations operative_s bikes_known_s docks_known_s
        short_s no_dock_s unusable_s mechanical_s ebikes_s""",
    "insights_moves_hours": "local_date local_hour bikes_moved",
}
TOLD_BY = "told_by"
"""The column that names the view a row is from, where several are asked at once."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What of the lake is read.

    Ticks from the UTC date `since` up to `until_epoch`. Of the observations those between `spans`, pairs of epochs
    of which the second is not included; all of these ticks' for None.
    """

    until_epoch: int
    since: date
    spans: tuple[tuple[int, int], ...] | None = None


def as_of(wanted: Mapping[str, Sequence[date]], reach: Reach, hint: str = "") -> str:
    """One SELECT that gives the rows of each of these views as they stood then; the column `told_by` names the view.

    Of a view only the rows of the local days given with it are wanted, all for none. Columns that a view does not
    have are null in its rows. `hint` is for the common table expressions, as `not materialized`.
    Raises KeyError for an unknown name.
    """
    needed = sql.upstream_of(wanted, _insights())
    parts = [
        f"{table.name} as {hint} (\nselect {', '.join(c.name for c in (*table.columns, *table.partitions))}\n"
        f"from {table.name}\nwhere {_kept(reach, table)}\n)"
        for table in TABLES
        if table.name in needed
    ]
    # Each after all that it reads: the views first, in their order, as none of them reads an insight.
    texts = {file.name: file.text for file in (*sql.load_all(), *_insights())}
    parts += [f"{name} as (\n{text}\n)" for name, text in texts.items() if name in needed]
    every = list(dict.fromkeys(column for name in wanted for column in columns_of(name)))
    rows = [_rows_of(name, days, every) for name, days in wanted.items()]
    return f"with {', '.join(parts)}\n" + "\nunion all\n".join(rows)


def columns_of(name: str) -> tuple[str, ...]:
    """The columns of a view or insight. Raises KeyError."""
    if name in INSIGHTS:
        return tuple(INSIGHTS[name].split())
    return tuple(column.name for column in {view.name: view for view in VIEWS}[name].columns)


def insight(name: str) -> sql.SqlFile:
    """A file of `sql/insights/`."""
    text = (files(sql) / "insights" / f"{name}.sql").read_text(encoding="utf-8")
    return sql.parse(text, "insights")


def _rows_of(name: str, days: Sequence[date], every: Sequence[str]) -> str:
    own = set(columns_of(name))
    columns = ", ".join(column if column in own else f"null as {column}" for column in every)
    dates = ", ".join(f"date '{day}'" for day in days)
    only = f"\nwhere local_date in ({dates})" if days else ""
    return f"select '{name}' as {TOLD_BY}, {columns}\nfrom {name}{only}"


@cache
def _insights() -> tuple[sql.SqlFile, ...]:
    return tuple(map(insight, INSIGHTS))


def _kept(reach: Reach, table: Table) -> str:
    if table is SOURCE_VELIB:
        # An observation is one of a tick that is kept. Named dates spare files, but make DuckDB expect a single row.
        return _within(reach.spans) if reach.spans is not None else "true"
    last = datetime.fromtimestamp(reach.until_epoch, UTC).date()
    kept = f"date >= '{reach.since}' and date <= '{last}'"
    # Quarantine is kept by the day.
    return f"{kept} and snapshot_epoch <= {reach.until_epoch}" if table is TICKS else kept


def _within(spans: Sequence[tuple[int, int]]) -> str:
    # Dates as well, because they name files, and files are what costs.
    dates = sorted({f"'{day}'" for span in spans for day in _dates_of(*span)})
    between = [f"(snapshot_epoch >= {first} and snapshot_epoch < {end})" for first, end in spans]
    return f"date in ({', '.join(dates)})\nand ({' or '.join(between)})"


def _dates_of(first_epoch: int, end_epoch: int) -> list[date]:
    first = datetime.fromtimestamp(first_epoch, UTC).date()
    last = datetime.fromtimestamp(end_epoch - 1, UTC).date()
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
