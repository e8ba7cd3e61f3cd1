"""The vocabulary of the views: a column name means the same, in the same type and unit, wherever it stands."""

from __future__ import annotations

from velib_insights.core.catalogue import span_columns as span
from velib_insights.core.catalogue import station_columns as station
from velib_insights.core.catalogue import tick_columns as tick
from velib_insights.core.catalogue.tables import SOURCE_VELIB, TICKS, Column

COLUMNS: dict[str, Column] = {
    column.name: column
    for column in (
        *TICKS.columns,
        *TICKS.partitions,
        *SOURCE_VELIB.columns,
        *tick.NOW,
        *tick.LEDGER,
        *station.PREDICATES,
        *station.STATION,
        *station.ZONE,
        *station.CRITICAL,
        *span.EPISODES,
        *span.DAYS,
        *span.HISTORY,
        *span.EQUITY,
        *station.SITE,
        *span.MORE,
        *tick.USUAL,
        *tick.HEALTH,
    )
}
