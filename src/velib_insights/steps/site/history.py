"""A month of hours on the page: each station's means and minutes without, one file a zone."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from velib_insights.core.ticks.tick import Hour
from velib_insights.steps.site.contract import HistorySeries, HistoryShard

if TYPE_CHECKING:
    import pyarrow as pa

    from velib_insights.steps.site.engine import SpanEngine

HOURS = 30 * 24
NO_ZONE = "none"

_SERIES = {
    "bikes": "mean_bikes",
    "ebikes": "mean_ebikes",
    "docks": "mean_docks",
    "no_bike_min": "short_minutes",
    "no_dock_min": "no_dock_minutes",
    "out_min": "outage_minutes",
}


def station_hours(engine: SpanEngine, last: Hour) -> pa.Table:
    """`station_hours` over the 30 days that end with that hour, by station and hour; means to one decimal."""
    series = ", ".join(
        f"round({column}, 1) AS {name}" if column.startswith("mean_") else f"{column} AS {name}"
        for name, column in _SERIES.items()
    )
    # The last tick of the last hour holds until the next one.
    engine.show(last.back(HOURS - 1), last, "station_hours", ticks_until=Hour(last.epoch + 2 * 3600))
    return engine.ask(
        f"SELECT hour_epoch, station_code, zone_code, {series} "  # noqa: S608 - names of the catalogue
        f"FROM station_hours WHERE hour_epoch <= {last.epoch} ORDER BY station_code, hour_epoch"
    )


def shards(hours: pa.Table) -> dict[str, dict[str, pa.Table]]:
    """By zone, the rows of each of its stations. A station stands in the zone that it was last seen in."""
    import pyarrow.compute as pc

    found: dict[str, dict[str, pa.Table]] = {}
    offset = 0
    for run in pc.value_counts(hours["station_code"]).to_pylist():
        own = hours.slice(offset, run["counts"]).combine_chunks()
        offset += run["counts"]
        known = own["zone_code"].drop_null()
        zone = known[-1].as_py() if len(known) else NO_ZONE
        found.setdefault(zone, {})[run["values"]] = own
    return dict(sorted(found.items()))


def shard(stations: dict[str, pa.Table]) -> HistoryShard:
    """`history/<zone>.json`: whole hours at which some station of the zone was seen, and the series of each."""
    import pyarrow as pa
    import pyarrow.compute as pc

    seen = pa.chunked_array([chunk for own in stations.values() for chunk in own["hour_epoch"].chunks])
    epochs = pc.unique(seen).sort()
    series: dict[str, HistorySeries] = {}
    for code, own in stations.items():
        place = pc.index_in(epochs, own["hour_epoch"].combine_chunks())
        hours = {name: own[name].combine_chunks().take(place).to_pylist() for name in _SERIES}
        series[code] = cast("HistorySeries", hours)
    return {"epochs": epochs.to_pylist(), "stations": series}
