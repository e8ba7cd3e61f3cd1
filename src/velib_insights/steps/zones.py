"""Zones: polygons of arrondissements and communes, fetched into the lake's `reference/zones/`, never shipped."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

from velib_insights.adapters.lake import Lake
from velib_insights.core import keys
from velib_insights.core.errors import FeedChanged, FeedUnavailable, SettingsError
from velib_insights.core.masking import masked_url
from velib_insights.core.zones import Zones

ARRONDISSEMENTS_URL = (
    "https://opendata.paris.fr/api/explore/v2.1/catalog/datasets/arrondissements/exports/geojson"
)


def keep_zones(lake: Lake, place: str) -> tuple[str, int]:
    """Store the polygons of a GeoJSON file or URL; the key and the number of zones.

    Raises SettingsError for a missing file, FeedUnavailable where the URL does not answer, FeedChanged for JSON
    that is no collection of polygons.
    """
    body = _fetched(place) if "://" in place else _read(place)
    try:
        collection = json.loads(body)
        zones = Zones.from_geojson([collection])
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise FeedChanged(
            f"{masked_url(place) if '://' in place else place} is not GeoJSON of polygons: {error}",
            hint="Nothing was stored. Look at the file.",
        ) from error
    key = f"{keys.REFERENCE_ZONES}/{_name(place)}.geojson"
    lake.put(key, body)
    return key, len(zones)


def _read(place: str) -> bytes:
    try:
        return Path(place).read_bytes()
    except OSError as error:
        raise SettingsError(
            f"{place} cannot be read: {error.strerror}", hint="Name a GeoJSON file or URL."
        ) from error


def _fetched(url: str) -> bytes:
    from velib_insights.adapters.feeds import HttpClient

    fetched = HttpClient().get("zones", url)
    if fetched.body is None:
        raise FeedUnavailable(
            f"{masked_url(url)}: {fetched.note.reason}",
            hint="Try again, or name a file that you have fetched.",
        )
    return fetched.body


def _name(place: str) -> str:
    parts = [part for part in urlsplit(place).path.split("/") if part not in ("", "exports", "geojson")]
    stem = re.sub(r"\.(geo)?json$", "", parts[-1] if parts else "zones")
    return re.sub(r"[^A-Za-z0-9_-]+", "_", stem) or "zones"
