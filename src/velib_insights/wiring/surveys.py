"""A look at every file of the feed that the settings name, without a lake."""

from __future__ import annotations

from typing import TYPE_CHECKING

from velib_insights.core.network import Network
from velib_insights.wiring.intake import client_of, named_or_url

if TYPE_CHECKING:
    from velib_insights.adapters.feeds import Survey
    from velib_insights.core.zones import Zones
    from velib_insights.settings import Settings


def survey_of(settings: Settings) -> Survey:
    """Each file once. Raises SettingsError for an address that no feed can be behind."""
    from velib_insights.adapters.feeds import (
        VELIB_GBFS_URL,
        VELIB_OPENDATASOFT_URL,
        survey_gbfs,
        survey_opendatasoft,
    )

    where = named_or_url(settings)
    client = client_of(settings)
    if where == "opendatasoft" or "/catalog/datasets/" in where:
        return survey_opendatasoft(VELIB_OPENDATASOFT_URL if where == "opendatasoft" else where, client)
    return survey_gbfs(VELIB_GBFS_URL if where == "velib" else where, client)


def checked_network(settings: Settings) -> tuple[Network, Zones]:
    """The network as which a feed without a lake is judged: zones by code for Vélib' alone."""
    from velib_insights.core.zones import Zones

    is_velib = (
        settings.feed in ("velib", "opendatasoft")
        or "/datasets/velib-" in settings.feed
        or (settings.source == "velib" and "source" in settings.given)
    )
    source = settings.source if "source" in settings.given else "velib" if is_velib else "feed"
    timezone = settings.timezone or "UTC"  # local times have no part in what is judged
    return Network(source, settings.cadence_s, timezone), Zones(by_code=is_velib)
