"""The map below the stations: the lake's own archive, a style or tiles of another host, or none."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from velib_insights.core.errors import SettingsError
from velib_insights.core.masking import masked_url
from velib_insights.pages.origins import ORIGIN

AUTO, NONE = "auto", "none"
ARCHIVE_PATH = "data/basemap.pmtiles"
"""Where the page finds the lake's archive, beside its other data."""

# No character that could end an address inside a policy, an attribute or a style.
_ADDRESS = re.compile(rf"(?P<origin>{ORIGIN})/[A-Za-z0-9._~%/?&=@:+{{}}-]*", re.IGNORECASE)
_HOST = re.compile(ORIGIN, re.IGNORECASE)
_MOST_CHARACTERS = 500
_HINT = (
    "Write auto, none, or an address: a style (https://…/style.json), an archive (https://….pmtiles) or raster tiles "
    "(https://…/{z}/{x}/{y}.png)."
)


@dataclass(frozen=True, slots=True)
class Basemap:
    """`light` and `dark` are addresses by theme; `origins` are the hosts that the reader's browser asks.

    With `is_optional` the page stays without where the browser cannot reach it, and says nothing of it.
    """

    kind: Literal["none", "pmtiles", "style", "raster"]
    light: str = ""
    dark: str = ""
    attribution: str = ""
    is_optional: bool = False
    origins: tuple[str, ...] = ()

    def as_published(self) -> dict[str, Any]:
        """What data/index.json says of it."""
        said: dict[str, Any] = {"kind": self.kind, "optional": self.is_optional}
        if self.kind == "pmtiles":
            return said | {"url": self.light, "attribution": self.attribution}
        if self.kind == "none":
            return said
        return said | {"light": self.light, "dark": self.dark, "attribution": self.attribution}


NO_BASEMAP = Basemap("none")
OWN_ARCHIVE = Basemap("pmtiles", ARCHIVE_PATH)
"""Its metadata says whose it is."""

# https://openfreemap.org: no key, no limit on requests; asks for this credit.
OPEN_FREE_MAP = Basemap(
    "style",
    "https://tiles.openfreemap.org/styles/positron",
    "https://tiles.openfreemap.org/styles/dark",
    "OpenFreeMap © OpenMapTiles Data from OpenStreetMap",
    is_optional=True,
    origins=("https://tiles.openfreemap.org",),
)


def basemap(
    where: str, dark: str = "", attribution: str = "", hosts: str = "", *, has_archive: bool = False
) -> Basemap:
    """As the settings have it; `has_archive` says whether the lake holds one of its own.

    Raises SettingsError for an address that is none, and for tiles without attribution.
    """
    if where == NONE:
        return NO_BASEMAP
    if where in (AUTO, ""):
        return OWN_ARCHIVE if has_archive else OPEN_FREE_MAP
    kind, origin = _checked(where)
    origins = [origin]
    if dark:
        kind_dark, origin_dark = _checked(dark)
        if kind_dark != kind or kind == "pmtiles":
            raise SettingsError(
                f"basemap_dark {masked_url(dark)[:100]!r} is not of the kind of the basemap", hint=_HINT
            )
        origins.append(origin_dark)
    credit = attribution.strip()
    if kind == "raster" and not credit:
        raise SettingsError(
            "the basemap has no attribution",
            hint="Say whose tiles they are, as their licence asks, in basemap_attribution.",
        )
    origins += _hosts(hosts.replace(",", " ").split())
    return Basemap(kind, where, dark or where, credit, origins=tuple(dict.fromkeys(origins)))


def _checked(url: str) -> tuple[Literal["pmtiles", "style", "raster"], str]:
    """The kind of an address and its origin."""
    found = _ADDRESS.fullmatch(url) if len(url) <= _MOST_CHARACTERS else None
    marks = sorted(mark for mark in re.findall(r"\{[^}]*\}", url) if mark != "{r}")
    if found is None or marks not in ([], ["{x}", "{y}", "{z}"]) or ("{r}" in url and not marks):
        raise SettingsError(f"the basemap {masked_url(url)[:100]!r} is no address of a map", hint=_HINT)
    origin = found["origin"].lower()
    if marks:
        return "raster", origin
    return ("pmtiles" if url.partition("?")[0].endswith(".pmtiles") else "style"), origin


def _hosts(hosts: Iterable[str]) -> list[str]:
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise SettingsError(
                f"{host[:100]!r} in basemap_hosts is no host", hint="Write https://tiles.example.org."
            )
    return [host.lower() for host in hosts]
