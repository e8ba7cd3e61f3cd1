"""Where stations lie: the polygons that the lake holds, and station codes; and the map below them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from velib_insights.core import keys
from velib_insights.core.errors import LakeError

if TYPE_CHECKING:
    from velib_insights.adapters.lake import Lake
    from velib_insights.core.zones import Zones
    from velib_insights.pages.basemap import Basemap
    from velib_insights.settings import Settings


def zones_of(lake: Lake, source: str) -> Zones:
    """Polygons of the lake's `reference/zones/`, and station codes where they tell the zone.

    Raises LakeError, which names the file, for one that is not GeoJSON of polygons.
    """
    from velib_insights.core.zones import Zones

    collections = []
    for entry in lake.entries(keys.REFERENCE_ZONES):
        if not entry.key.endswith((".geojson", ".json")):
            continue
        try:
            collections.append(json.loads(lake.get(entry.key) or b""))
        except ValueError as error:
            raise LakeError(
                f"{entry.key} is not JSON: {error}", hint="Fetch it again: velib zones."
            ) from error
    return Zones.from_geojson(collections, by_code=source == "velib")


def basemap_of(settings: Settings, lake: Lake) -> Basemap:
    """Raises SettingsError for an address that is none of a map."""
    from velib_insights.pages.basemap import basemap

    return basemap(
        settings.basemap,
        settings.basemap_dark,
        settings.basemap_attribution,
        settings.basemap_hosts,
        has_archive=any(entry.key == keys.REFERENCE_BASEMAP for entry in lake.entries(keys.REFERENCE)),
    )
