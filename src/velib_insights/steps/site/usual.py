"""What is usual on the page: the norms of each hour of a local day, from the same weekday of the weeks before.

They are rows of the view `usual_hours` as it stands on that day. Only the eight days that it speaks of are read.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, cast

from velib_insights.steps.site.contract import UsualFile, UsualHours, UsualStations
from velib_insights.steps.site.ledger import LocalDay

if TYPE_CHECKING:
    import pyarrow as pa

    from velib_insights.steps.site.engine import SpanEngine

FOLDER = "usual"
# The rows of the latest day as they are: what the KPI of now is made from, tick after tick.
NOW = f"{FOLDER}/now.parquet"
WEEKS = 8
VIEW = "usual_hours"
LEAST_DAYS = 3
"""Of fewer days nothing is said to be usual, as in kpi_against_usual."""

_STATION = "station"
_SERIES = {
    "days": "usual_days",
    "fill_rate": "usual_fill_rate",
    "unusable_share": "usual_unusable_share",
    "no_bike": "usual_short_stations",
    "no_bike_low": "usual_short_stations_low",
    "no_bike_high": "usual_short_stations_high",
    "no_dock": "usual_no_dock_stations",
    "no_dock_low": "usual_no_dock_stations_low",
    "no_dock_high": "usual_no_dock_stations_high",
}
_DECIMALS = {"fill_rate": 4, "unusable_share": 4}


def days_before(day: LocalDay, timezone: str) -> list[LocalDay]:
    """The same weekday of the eight weeks before, the earliest first."""
    return [LocalDay.of(day.on - timedelta(weeks=back), timezone) for back in range(WEEKS, 0, -1)]


def usual_hours(engine: SpanEngine, day: LocalDay, timezone: str) -> pa.Table:
    """The rows of `usual_hours` on that local day, of which something was observed, by scope, code and hour."""
    before = [(each.first, each.last, each.held_until) for each in days_before(day, timezone)]
    # No tick after the day itself: the latest one says whose weekday is asked for.
    engine.show_spans([*before, (day.first, day.last, day.last)], VIEW)
    return engine.ask(f"SELECT * FROM {VIEW} ORDER BY scope, code, local_hour")  # noqa: S608 - a name of the catalogue


def norms(table: pa.Table, day: LocalDay) -> UsualFile:
    """`usual/<date>.json`: the network and each zone, hour by hour from 0 to 23; null where nothing is known."""
    import pyarrow.compute as pc

    zones = table.filter(pc.equal(table["scope"], "zone"))
    network = table.filter(pc.equal(table["scope"], "network"))
    codes = pc.unique(zones["code"]).to_pylist()
    return {
        "date": str(day),
        "weekday": day.on.isoweekday(),
        "network": _by_hour(network),
        "zones": {code: _by_hour(zones.filter(pc.equal(zones["code"], code))) for code in codes},
    }


def station_norms(table: pa.Table) -> UsualStations:
    """`usual/<date>/stations.json`: for each hour the usual fill rate of each station, in thousandths."""
    import pyarrow.compute as pc

    stations = table.filter(pc.equal(table["scope"], _STATION))
    codes = pc.unique(stations["code"]).to_pylist()
    place = {code: at for at, code in enumerate(codes)}
    hours: list[list[int | None]] = [[None] * len(codes) for _ in range(24)]
    columns = (stations[name].to_pylist() for name in ("code", "local_hour", "usual_days", "usual_fill_rate"))
    for code, hour, days, fill in zip(*columns, strict=True):
        if days >= LEAST_DAYS and fill is not None:
            hours[hour][place[code]] = round(1000 * fill)
    return {"code": codes, "fill_rate": hours}


def _by_hour(rows: pa.Table) -> UsualHours:
    told: dict[str, list[float | None]] = {}
    hours = rows["local_hour"].to_pylist()
    for name, column in _SERIES.items():
        told[name] = [None] * 24
        for hour, value in zip(hours, rows[column].to_pylist(), strict=True):
            told[name][hour] = round(value, _DECIMALS.get(name, 2)) if value is not None else None
    return cast("UsualHours", told)
