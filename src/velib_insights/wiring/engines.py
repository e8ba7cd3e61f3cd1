"""Who runs SQL over the lake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from velib_insights.wiring.intake import source_to_read

if TYPE_CHECKING:
    from velib_insights.adapters.duckdb_engine import DuckDbEngine, QueryLimits
    from velib_insights.adapters.lake import Lake
    from velib_insights.settings import Settings


def limits_of(settings: Settings) -> QueryLimits:
    from velib_insights.adapters.duckdb_engine import QueryLimits

    return QueryLimits(memory_mb=settings.memory, timeout_s=settings.query_timeout)


def engine_of(settings: Settings, lake: Lake) -> DuckDbEngine:
    from velib_insights.adapters.duckdb_engine import DuckDbEngine

    return DuckDbEngine(lake, source_to_read(settings, lake), limits_of(settings))
