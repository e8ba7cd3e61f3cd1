"""The site of a lake: closed days compacted and rolled up, then what changed of page, data and reports."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from velib_insights.core.errors import NothingThere
from velib_insights.wiring.engines import limits_of
from velib_insights.wiring.zones import basemap_of

if TYPE_CHECKING:
    from velib_insights.adapters.lake import Lake
    from velib_insights.core.network import Network
    from velib_insights.settings import Settings
    from velib_insights.steps.publish import Published


# A tick must not wait for the reports of a long past: those that are missing are made a few at a time.
REPORTS_A_TICK = 4


def publish_site(
    settings: Settings,
    lake: Lake,
    network: Network,
    *,
    most_reports: int | None = None,
    allow_fewer: bool = False,
    on_batch: Callable[[int, int], None] = lambda _done, _of: None,
) -> Published:
    """Of the days' reports no more than `most_reports`, for None all.

    Raises NothingThere, and LakeError, that of days which would be made of less once everything else is done.
    """
    from velib_insights.adapters import built_page
    from velib_insights.steps.catalog import compact_closed_days, raise_if_incomplete
    from velib_insights.steps.publish import publish
    from velib_insights.steps.rollup import roll_up_closing_day

    _, missing = compact_closed_days(lake, network.source)
    with suppress(NothingThere):  # publishing says so
        roll_up_closing_day(lake, network.source, network.timezone, limits_of(settings))
    published = publish(
        lake,
        network.source,
        network.timezone,
        limits=limits_of(settings),
        page={path: file.read_bytes() for path, file in built_page.files().items()},
        basemap=basemap_of(settings, lake),
        most_reports=most_reports,
        allow_fewer=allow_fewer,
        on_batch=on_batch,
    )
    raise_if_incomplete(missing)
    published.raise_if_days_were_kept()
    return published
