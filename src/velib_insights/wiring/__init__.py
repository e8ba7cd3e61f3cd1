"""Who answers for whom: from settings to the feed, the lake, the zones and the engine."""

from velib_insights.wiring.engines import asked_engine, engine_of, limits_of
from velib_insights.wiring.intake import (
    NAMED_FEEDS,
    Intake,
    ProbedFeed,
    feed_of,
    holds_nothing,
    network_of,
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
    "asked_engine",
    "basemap_of",
    "checked_network",
    "engine_of",
    "feed_of",
    "holds_nothing",
    "limits_of",
    "network_of",
    "open_lake",
    "publish_site",
    "source_to_read",
    "survey_of",
    "zones_of",
]
