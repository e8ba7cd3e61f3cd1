"""Who answers for whom: from settings to the feed, the lake, the zones and the engine."""

from velib_insights.wiring.engines import engine_of, limits_of, open_engine, timezone_shown
from velib_insights.wiring.identity import as_known, mended, network_of, remembered_network
from velib_insights.wiring.intake import (
    NAMED_FEEDS,
    IngestSession,
    ProbedFeed,
    feed_of,
    is_empty,
    open_lake,
    source_to_read,
)
from velib_insights.wiring.publishing import REPORTS_A_TICK, publish_site
from velib_insights.wiring.surveys import checked_network, survey_of
from velib_insights.wiring.zones import basemap_of, zones_of

__all__ = [
    "NAMED_FEEDS",
    "REPORTS_A_TICK",
    "IngestSession",
    "ProbedFeed",
    "as_known",
    "basemap_of",
    "checked_network",
    "engine_of",
    "feed_of",
    "is_empty",
    "limits_of",
    "mended",
    "network_of",
    "open_engine",
    "open_lake",
    "publish_site",
    "remembered_network",
    "source_to_read",
    "survey_of",
    "timezone_shown",
    "zones_of",
]
