"""A day of the past on the page: what every station held at every tick, and the network's curve.

Counts of a tick are written as differences: `null` is unknown, and a number is added to the station's last known count
(to 0 where there is none). Most differences are 0, so a day of 1,480 stations weighs little once compressed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Any, cast

from velib_insights.core.ticks.expected import instants_due
from velib_insights.core.ticks.tick import Hour
from velib_insights.steps.site.contract import CurveName, DayCounts, DayFile, TickStatus
from velib_insights.steps.site.ledger import LocalDay
from velib_insights.steps.site.manifest import DayLine

if TYPE_CHECKING:
    import pyarrow as pa

    from velib_insights.steps.site.engine import SpanEngine

_COUNTS = ("bikes", "ebikes", "docks")
_CURVE: dict[CurveName, str] = {
    "bikes": "bikes",
    "mechanical": "mechanical",
    "ebikes": "ebikes",
    "docks": "docks",
    "fill_rate": "fill_rate",
    "no_bike": "short_stations",
    "saturated": "saturated_stations",
    "unusable": "unusable_stations",
    "operative": "operative_stations",
}
VIEWS_ASKED = ("observed_ticks", "station_observations", "network_ticks")


def replay_of(engine: SpanEngine, day: LocalDay, first_epoch: int, last_epoch: int) -> DayFile:
    """`days/<date>.json`, from an engine that shows VIEWS_ASKED over the hours of the day.

    Ticks that should have been, between the ledger's first and last, are listed as missing.
    """
    ledger = engine.ask(
        "SELECT snapshot_epoch, cadence_s, is_observed, is_frozen, is_partial, next_tick_epoch, grid_s "  # noqa: S608
        f"FROM observed_ticks WHERE snapshot_epoch < {day.end_epoch} ORDER BY snapshot_epoch"
    ).to_pylist()
    ticks = [row for row in ledger if row["snapshot_epoch"] >= day.start_epoch]
    stations = engine.ask(
        "SELECT snapshot_epoch, station_code, bikes, ebikes, docks, is_operative "  # noqa: S608 - a date
        f"FROM station_observations WHERE local_date = '{day}' ORDER BY snapshot_epoch, station_code"
    )
    curve = engine.ask(
        f"SELECT * FROM network_ticks WHERE local_date = '{day}'"  # noqa: S608 - a date
    ).to_pylist()
    told = {row["snapshot_epoch"]: _status(row) for row in ticks}
    cadences = {row["snapshot_epoch"]: row["cadence_s"] for row in ticks}
    epochs = sorted({*told, *_due(ledger, day, first_epoch, last_epoch)}) if told else []
    return {
        "date": str(day),
        "epochs": epochs,
        "status": [told.get(epoch, "missing") for epoch in epochs],
        "cadence_s": [cadences.get(epoch) for epoch in epochs],
        **_stations(stations, epochs),
        "curve": _curve(curve, epochs),
    }


def _due(ledger: list[dict[str, Any]], day: LocalDay, first_epoch: int, last_epoch: int) -> list[int]:
    due = instants_due(ledger, day.start_epoch, day.end_epoch, last_epoch)
    first = ledger[0]
    if first["snapshot_epoch"] > max(day.start_epoch, first_epoch):
        # The tick before is outside what is shown: its grid continues.
        due += range(first["snapshot_epoch"], max(day.start_epoch, first_epoch) - 1, -first["cadence_s"])
    return due


def _status(row: dict[str, Any]) -> TickStatus:
    if row["is_observed"]:
        return "observed"
    if row["is_frozen"]:
        return "frozen"
    return "partial" if row["is_partial"] else "failed"


def _stations(rows: pa.Table, epochs: list[int]) -> DayCounts:
    """Rows by tick and station into a matrix a count: a line a tick, null where the tick was not observed."""
    import pyarrow as pa
    import pyarrow.compute as pc

    code = pc.unique(rows["station_code"]).sort()
    lines: dict[str, list[list[int | None] | None]] = {name: [] for name in (*_COUNTS, "off")}
    zeros = pa.array([0] * len(code), pa.int32())
    last: dict[str, pa.Array] = dict.fromkeys(_COUNTS, zeros)
    slices = _slices(rows)
    for epoch in epochs:
        if epoch not in slices:
            for line in lines.values():
                line.append(None)
            continue
        tick = rows.slice(*slices[epoch]).combine_chunks()
        place = pc.index_in(code, tick["station_code"].combine_chunks())
        for name in _COUNTS:
            seen = tick[name].combine_chunks().take(place)
            lines[name].append(pc.subtract(seen, last[name]).to_pylist())
            last[name] = pc.coalesce(seen, last[name])
        is_off = pc.invert(tick["is_operative"].combine_chunks().take(place))
        lines["off"].append(pc.indices_nonzero(is_off).to_pylist())
    return cast("DayCounts", {"code": code.to_pylist(), **lines})


def _slices(rows: pa.Table) -> dict[int, tuple[int, int]]:
    """(offset, length) of each tick's rows, which lie together."""
    import pyarrow.compute as pc

    found, offset = {}, 0
    for run in pc.value_counts(rows["snapshot_epoch"]).to_pylist():
        found[run["values"]] = (offset, run["counts"])
        offset += run["counts"]
    return found


def _curve(rows: list[dict[str, Any]], epochs: list[int]) -> dict[CurveName, list[float | None]]:
    by_epoch = {row["snapshot_epoch"]: row for row in rows}
    return {
        name: [by_epoch[epoch][column] if epoch in by_epoch else None for epoch in epochs]
        for name, column in _CURVE.items()
    }


def day_lines(
    engine: SpanEngine, days: list[LocalDay], beside: tuple[Hour, Hour], now_epoch: int
) -> list[DayLine]:
    """Those of these days, which follow each other, that the ledger knows; `beside` are its hours next to them."""
    # Ticks are due from the one before the day to the one after it, however far away these are. The views are asked
    # over less, as their windows end at the latest observed tick that they are shown.
    engine.show(*beside, "observed_ticks")
    grid = engine.ask(
        "SELECT snapshot_epoch, next_tick_epoch, grid_s FROM observed_ticks ORDER BY snapshot_epoch"
    ).to_pylist()
    epochs = [row["snapshot_epoch"] for row in grid]
    engine.show(days[0].first, days[-1].last, "local_days", ticks_until=days[-1].held_until)
    by_date = {str(row["local_date"]): row for row in engine.ask("SELECT * FROM local_days").to_pylist()}
    counted = engine.ask(
        "SELECT local_date, count(*) AS ticks, min(CASE WHEN is_observed THEN snapshot_epoch END) AS first_observed "
        "FROM observed_ticks GROUP BY local_date"
    ).to_pylist()
    ticks = {str(row["local_date"]): row for row in counted}
    lines = []
    for day in days:
        if str(day) not in ticks:
            continue
        seen = by_date.get(str(day))
        # The view takes the end of what it is shown for now, so a day that ends in a gap would look whole.
        elapsed_s = min(day.end_epoch, now_epoch) - day.start_epoch
        coverage = min(1.0, (seen["observed_s"] if seen else 0) / elapsed_s) if elapsed_s > 0 else None
        told = ticks[str(day)]
        near = grid[max(0, bisect_right(epochs, day.start_epoch) - 1) : bisect_left(epochs, day.end_epoch)]
        lines.append(
            DayLine(
                str(day),
                len(instants_due(near, day.start_epoch, day.end_epoch)),
                told["ticks"],
                seen["ticks_observed"] if seen else 0,
                coverage,
                told["first_observed"],
            )
        )
    return lines
