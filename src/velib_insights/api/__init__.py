"""The Python front door: a lake, asked as the commands ask it, with answers as Arrow tables.

    import velib_insights as velib

    lake = velib.open_lake("lake")
    lake.kpi("shortage").to_pandas()

Every answer is a `pyarrow.Table` whose columns are those of docs/reference: `.to_pandas()`, `polars.from_arrow(...)`,
or a name in DuckDB's FROM. Missing values are null. Importing this module imports neither an engine nor the CLI.
"""

from __future__ import annotations

from velib_insights.api.insights import Insights
from velib_insights.api.lake import Lake, open_lake
from velib_insights.api.station_map import StationMap, explore

__all__ = ["Insights", "Lake", "StationMap", "explore", "open_lake"]
