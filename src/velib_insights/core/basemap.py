"""A map of raster tiles below the stations: only where the operator has set one, since it asks another host."""

from __future__ import annotations

import re
from dataclasses import dataclass

from velib_insights.core.errors import SettingsError
from velib_insights.core.masking import masked_url

_ORIGIN = (
    r"https://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?|http://(?:127\.0\.0\.1|localhost)(?::\d{1,5})?"
)
# No character that could end an address inside a policy, an attribute or a style.
_ADDRESS = re.compile(rf"(?P<origin>{_ORIGIN})/[A-Za-z0-9._~%/?&=@:+{{}}-]*", re.IGNORECASE)
_MOST_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class Basemap:
    """`url` holds {z}, {x} and {y}; `attribution` is what the owner of the tiles wants to be said."""

    url: str
    attribution: str

    @property
    def origin(self) -> str:
        found = _ADDRESS.fullmatch(self.url)
        return found["origin"].lower() if found else ""


def basemap(url: str, attribution: str) -> Basemap | None:
    """None where there is none. Raises SettingsError for an address that is none of tiles."""
    if not url:
        return None
    found = _ADDRESS.fullmatch(url) if len(url) <= _MOST_CHARACTERS else None
    if found is None or sorted(re.findall(r"\{[^}]*\}", url)) != ["{x}", "{y}", "{z}"]:
        raise SettingsError(
            f"the basemap {masked_url(url)[:100]!r} is no address of raster tiles",
            hint="Write it as https://tiles.example.org/{z}/{x}/{y}.png.",
        )
    if not attribution.strip():
        raise SettingsError(
            "the basemap has no attribution",
            hint="Say whose tiles they are, as their licence asks, in basemap_attribution.",
        )
    return Basemap(url, attribution.strip())
