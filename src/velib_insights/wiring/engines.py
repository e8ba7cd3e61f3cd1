"""Who runs SQL over the lake."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from velib_insights.wiring.identity import network_of
from velib_insights.wiring.intake import open_lake, source_to_read

if TYPE_CHECKING:
    from velib_insights.adapters.athena import Scanned
    from velib_insights.adapters.duckdb_engine import DuckDbEngine
    from velib_insights.adapters.lake import Lake
    from velib_insights.adapters.query_limits import QueryLimits
    from velib_insights.settings import Settings
    from velib_insights.steps.kpi import DatedEngine


def limits_of(settings: Settings) -> QueryLimits:
    from velib_insights.adapters.query_limits import QueryLimits

    return QueryLimits(memory_mb=settings.memory, timeout_s=settings.query_timeout)


def engine_of(settings: Settings, lake: Lake) -> DuckDbEngine:
    from velib_insights.adapters.duckdb_engine import DuckDbEngine

    return DuckDbEngine(lake, source_to_read(settings, lake), limits_of(settings))


def timezone_shown(settings: Settings) -> str:
    """In which times of day are said beside UTC; empty where Athena is asked and no lake is named that would say."""
    if settings.engine == "athena" and "lake" not in settings.given:
        return settings.timezone
    return network_of(settings, open_lake(settings)).timezone


def open_engine(settings: Settings, on_scan: Callable[[Scanned], None] = lambda _: None) -> DatedEngine:
    """The engine that the settings name: DuckDB over the lake, or Athena, which needs no lake named.

    `on_scan` is told of what Athena bills. Raises SettingsError where Athena cannot be reached for want of boto3,
    a region or credentials, LakeError where there is no lake.
    """
    if settings.engine != "athena":
        return engine_of(settings, open_lake(settings))
    from velib_insights.adapters.athena import Athena, AthenaEngine
    from velib_insights.adapters.aws_session import session

    client = session(settings.s3_region or None).client("athena")
    athena = Athena(client, settings.athena_database, settings.athena_workgroup, settings.query_timeout)
    return AthenaEngine(athena, datetime.now(UTC), tell=on_scan)
