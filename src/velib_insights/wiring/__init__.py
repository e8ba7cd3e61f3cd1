"""Who answers for whom: from settings to the feed, the lake, the zones and the engine."""

from velib_insights.wiring.engines import asked_engine, engine_of, limits_of, timezone_shown
from velib_insights.wiring.identity import as_known, mended, network_of, remembered_network
from velib_insights.wiring.intake import (
    NAMED_FEEDS,
    Intake,
    ProbedFeed,
    feed_of,
    holds_nothing,
    open_lake,
    source_to_read,
)
from velib_insights.wiring.places import basemap_of, zones_of
from velib_insights.wiring.publishing import publish_site
from velib_insights.wiring.surveys import checked_network, survey_of

__all__ = [
    "NAMED_FEEDS",
    "Intake",
    "ProbedFeed",
    "as_known",
    "asked_engine",
    "basemap_of",
    "checked_network",
    "engine_of",
    "feed_of",
    "holds_nothing",
    "limits_of",
    "mended",
    "network_of",
    "open_lake",
    "publish_site",
    "remembered_network",
    "source_to_read",
    "survey_of",
    "timezone_shown",
    "zones_of",
]
