"""velib_publish_lambda: the site, made anew where the lake changed, and closed days compacted."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from velib_insights.aws.events import flag_of
from velib_insights.settings import Settings, read_settings
from velib_insights.wiring.identity import network_of
from velib_insights.wiring.intake import open_lake
from velib_insights.wiring.publishing import publish_site

if TYPE_CHECKING:
    from velib_insights.adapters.lake import Lake

# The first run on a long history makes the reports of its last days, and each later run some more.
_REPORTS_A_RUN = 4
# Copies of hours that were replaced since stay in a warm function's folder of 512 MB, unless they are removed.
_CACHE_BYTES = 150_000_000


def handler(event: Mapping[str, Any] | None, context: object) -> dict[str, Any]:  # noqa: ARG001 - Lambda's call
    """Raises NothingThere for a lake without an observed tick, LakeError for what could not be made, at the end.

    The event's `allow_fewer` is true or false, as the flag of `velib publish`.
    """
    allow_fewer = flag_of(event or {}, "allow_fewer")
    settings, lake = _opened()
    try:
        done = publish_site(
            settings,
            lake,
            network_of(settings, lake),
            most_reports=_REPORTS_A_RUN,
            allow_fewer=allow_fewer,
        )
    finally:
        lake.evict_cache(_CACHE_BYTES)
    return {"files": len(done.keys), "snapshot_at": done.snapshot_at, "has_page": done.has_page}


@cache
def _opened() -> tuple[Settings, Lake]:
    """Once for the life of the function's environment. Only its temporary folder can be written to."""
    os.environ.setdefault("XDG_CACHE_HOME", tempfile.gettempdir())
    settings = read_settings({})
    return settings, open_lake(settings)
