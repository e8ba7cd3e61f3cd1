"""velib_publish_lambda: the site's data, made anew where the lake changed, and closed days compacted."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from velib_insights.adapters import built_page
from velib_insights.settings import Settings, read_settings
from velib_insights.steps.catalog import compact_closed_days
from velib_insights.steps.publish import publish
from velib_insights.wiring.engines import limits_of
from velib_insights.wiring.intake import network_of, open_lake
from velib_insights.wiring.places import basemap_of

if TYPE_CHECKING:
    from velib_insights.adapters.lake import Lake
    from velib_insights.steps.ingest import Network


# Each takes seconds over a long past; those that are missing are made by later publications.
_REPORTS = 4


def handler(event: Mapping[str, Any] | None, context: object) -> dict[str, Any]:  # noqa: ARG001 - Lambda's call
    settings, lake, network = _opened()
    compact_closed_days(lake, network.source)
    done = publish(
        lake,
        network.source,
        network.timezone,
        limits=limits_of(settings),
        page={path: file.read_bytes() for path, file in built_page.files().items()},
        basemap=basemap_of(settings),
        most_reports=_REPORTS,
    )
    return {"files": len(done.keys), "snapshot_at": done.snapshot_at}


@cache
def _opened() -> tuple[Settings, Lake, Network]:
    """Once for the life of the function's environment. Only its temporary folder can be written to."""
    os.environ.setdefault("XDG_CACHE_HOME", tempfile.gettempdir())
    settings = read_settings({})
    lake = open_lake(settings)
    return settings, lake, network_of(settings, lake)
