"""The lean clean engine: the hours of a tick cleaned in one function, where the Glue job would be oversized."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from velib_insights.aws.events import flag_of, hours_of
from velib_insights.settings import read_settings
from velib_insights.steps.clean import clean_or_tell, hours_to_clean, memory_of_process
from velib_insights.steps.clean_hours import HoursCleaned, raise_if_unbounded
from velib_insights.wiring.identity import network_of
from velib_insights.wiring.intake import open_lake
from velib_insights.wiring.zones import zones_of

if TYPE_CHECKING:
    from velib_insights.adapters.lake import Lake
    from velib_insights.core.network import Network


def handler(event: Mapping[str, Any] | None, context: object) -> dict[str, int]:  # noqa: ARG001 - Lambda's call
    """Raises LakeError, which names the hours that failed or would lose fetches, after the others are done.

    The event's `again` and `allow_fewer` are true or false, as the flags of `velib clean`.
    """
    said = event or {}
    (first, last), again, allow_fewer = hours_of(said), flag_of(said, "again"), flag_of(said, "allow_fewer")
    raise_if_unbounded(first, last, allow_fewer=allow_fewer)
    lake, network = _opened()
    zones = zones_of(lake, network.source)
    done = HoursCleaned.of(
        clean_or_tell(
            lake,
            network.source,
            hour,
            zones,
            again=again,
            allow_fewer=allow_fewer,
            memory=memory_of_process(),
        )
        for hour in hours_to_clean(lake, network.source, first, last)
    )
    done.raise_if_failed()
    return done.counts


@cache
def _opened() -> tuple[Lake, Network]:
    """Once for the life of the function's environment, and not at import."""
    settings = read_settings({})
    lake = open_lake(settings)
    return lake, network_of(settings, lake)
