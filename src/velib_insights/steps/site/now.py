"""The present on the page: the stations, the headline figures with their past, outages and what each station needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from velib_insights.adapters.formats import rows_of
from velib_insights.core.ticks.tick import Hour
from velib_insights.steps.kpi import kpi
from velib_insights.steps.site.contract import (
    BoardFile,
    BoardOutage,
    Headline,
    HeadlineFile,
    NeedRow,
    NowFile,
    RebalancingFile,
    ZoneEntry,
)

if TYPE_CHECKING:
    import pyarrow as pa

    from velib_insights.steps.site.engine import RecentWindowEngine, SpanEngine

Row = dict[str, Any]

OPERATIVE, NOT_OPERATIVE, UNKNOWN_STATE = 0, 1, 2
_DAY_S, _WEEK_S = 86_400, 7 * 86_400


def stations_now(held: RecentWindowEngine) -> pa.Table:
    """The view `station_now`, in the order of station codes."""
    return held.view("station_now").sort_by("station_code")


def now(stations: pa.Table) -> NowFile:
    """`now.json`: the stations in columns. A zone is its place among `zones`; null where it is unknown."""
    column = {name: stations.column(name).to_pylist() for name in stations.column_names}
    zones: dict[str, ZoneEntry] = {
        code: {"code": code, "name": name, "kind": kind}
        for code, name, kind in sorted(
            {
                place
                for place in zip(column["zone_code"], column["zone_name"], column["zone_kind"], strict=True)
                if place[0] is not None
            },
            key=str,
        )
    }
    place_of = {code: place for place, code in enumerate(zones)}
    return {
        "epoch": column["snapshot_epoch"][0] if len(stations) else None,
        "n": len(stations),
        "code": column["station_code"],
        "name": column["name"],
        "lat": column["lat"],
        "lon": column["lon"],
        "zone": [place_of.get(code) for code in column["zone_code"]],
        "capacity": column["capacity"],
        "bikes": column["bikes"],
        "mechanical": column["mechanical"],
        "ebikes": column["ebikes"],
        "docks": column["docks"],
        "state": [
            UNKNOWN_STATE if not is_known else OPERATIVE if is_operative else NOT_OPERATIVE
            for is_known, is_operative in zip(column["is_state_known"], column["is_operative"], strict=True)
        ],
        "since": column["out_since_epoch"],
        "since_open": [bool(is_open) for is_open in column["out_since_is_open"]],
        "zones": list(zones.values()),
    }


def headline(held: RecentWindowEngine, past: SpanEngine, observed_epoch: int, cadence_s: int) -> HeadlineFile:
    """`headline.json`: now, and the observed ticks nearest to a day and a week before, at most one cadence off."""
    week_ago = Hour((observed_epoch - _WEEK_S) // 3600 * 3600)
    past.show(week_ago.back(1), Hour(week_ago.epoch + 3600), "network_ticks")
    return {
        "now": _nearest(held, observed_epoch, 0),
        "day_before": _nearest(held, observed_epoch - _DAY_S, cadence_s),
        "week_before": _nearest(past, observed_epoch - _WEEK_S, cadence_s),
    }


def _nearest(engine: SpanEngine, wanted_epoch: int, off_s: int) -> Headline | None:
    """As kpi_network_headline chooses: the nearest, of two the earlier."""
    rows = rows_of(
        engine.ask(
            f"SELECT * FROM network_ticks WHERE abs(snapshot_epoch - {wanted_epoch}) <= {off_s}"  # noqa: S608
        )
    )
    rows.sort(key=lambda row: (abs(row["snapshot_epoch"] - wanted_epoch), row["snapshot_epoch"]))
    return _headline(rows[0]) if rows else None


def _headline(row: Row) -> Headline:
    """A row of network_ticks."""
    return {
        "epoch": row["snapshot_epoch"],
        "stations": row["stations"],
        "operative": row["operative_stations"],
        "bikes": row["bikes"],
        "mechanical": row["mechanical"],
        "ebikes": row["ebikes"],
        "docks": row["docks"],
        "fill_rate": row["fill_rate"],
        "no_bike": row["short_stations"],
        "no_bike_naive": row["short_stations_naive"],
        "saturated": row["saturated_stations"],
        "saturated_naive": row["saturated_stations_naive"],
        "unusable": row["unusable_stations"],
        "bike_availability": row["bike_availability"],
        "dock_availability": row["dock_availability"],
    }


def rebalancing(held: RecentWindowEngine) -> RebalancingFile:
    """`rebalancing.json`: every station's need; the page makes tours of it, for the vans that its reader has."""
    return {"need": cast("list[NeedRow]", rows_of(kpi(held, "kpi_rebalancing_need")))}


def board(episodes: pa.Table, observed_epoch: int) -> BoardFile:
    """`board.json`: ongoing outages, and those seen to end since the tick before, from the rows of
    kpi_outage_episodes; the longest first."""
    import pyarrow.compute as pc

    is_over = pc.and_(episodes["end_was_seen"], pc.equal(episodes["ended_epoch"], observed_epoch))
    told = episodes.filter(pc.or_(episodes["is_open"], is_over))
    rows: list[BoardOutage] = [
        {
            "code": row["station_code"],
            "kind": row["kind"],
            "since": row["started_epoch"],
            "since_open": not row["start_was_seen"],
            "is_over": not row["is_open"],
        }
        for row in told.to_pylist()
    ]
    rows.sort(key=lambda row: (row["since"], row["code"], row["kind"]))
    return {"epoch": observed_epoch, "outages": rows}
