"""A GBFS system, 1.x to 3.x, found through its `gbfs.json`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from velib_insights.adapters.feeds import addresses
from velib_insights.adapters.feeds.client import HttpClient
from velib_insights.adapters.feeds.probe import FeedProbe, probed
from velib_insights.core.fetch import Fetched, FetchedFeed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

VELIB_GBFS_URL = "https://velib-metropole-opendata.smovengo.cloud/opendata/Velib_Metropole/gbfs.json"

DISCOVERY, STATUS, INFORMATION, VEHICLE_TYPES = (
    "gbfs",
    "station_status",
    "station_information",
    "vehicle_types",
)
_REQUIRED = (STATUS, INFORMATION)  # the observation first: it is the one that ages


class GbfsFeed:
    """`discovery_url` is the URL of `gbfs.json` or of its folder; `languages` in order of preference.

    Feeds: `gbfs` when it was asked for, `station_status`, `station_information`, and `vehicle_types` where the
    system lists it. What `gbfs.json` lists is kept until a required file cannot be got; what it does not list
    is looked for beside it. Raises SettingsError for a URL that is not http(s) or names no host.
    """

    def __init__(
        self,
        discovery_url: str = VELIB_GBFS_URL,
        *,
        client: HttpClient | None = None,
        languages: Sequence[str] = ("fr", "en"),
    ) -> None:
        self.url = addresses.discovery(addresses.usable(discovery_url))
        self._client = client or HttpClient()
        self._languages = tuple(languages)
        self._listed: dict[str, str] = {}

    def fetch(self) -> Fetched:
        """What one round of requests brought; what failed is in the notes. `fetched_at` is the status file's."""
        got: dict[str, FetchedFeed] = {}
        listed = self._listed
        if not listed:
            got[DISCOVERY], listed = self._read(self._client.get(DISCOVERY, self.url))
        for name, url in self._wanted(listed).items():
            got[name] = self._client.get(name, url)
        all_came = all(name in listed and got[name].body is not None for name in _REQUIRED)
        self._listed = listed if all_came else {}
        return Fetched("gbfs", got[STATUS].note.fetched_at, tuple(got.values()))

    def probe(self) -> tuple[FeedProbe, ...]:
        """Every file asked for once, discovery included, without retries."""
        discovery, listed = self._read(self._client.get(DISCOVERY, self.url, attempts=1, conditional=False))
        files = [
            self._client.get(name, url, attempts=1, conditional=False)
            for name, url in self._wanted(listed).items()
        ]
        return tuple(probed(feed) for feed in (discovery, *files))

    def _read(self, discovery: FetchedFeed) -> tuple[FetchedFeed, dict[str, str]]:
        """The addresses that `gbfs.json` lists; its note says which of those needed are not among them."""
        if discovery.body is None:
            return discovery, {}
        listed = listed_feeds(discovery.body, self.url, self._languages)
        missing = " or ".join(name for name in _REQUIRED if name not in listed)
        if not missing:
            return discovery, listed
        reason = f"it lists no usable address of {missing}: looked beside it"
        return FetchedFeed(msgspec.structs.replace(discovery.note, reason=reason), discovery.body), listed

    def _wanted(self, listed: Mapping[str, str]) -> dict[str, str]:
        wanted = {name: listed.get(name) or addresses.beside(self.url, name) for name in _REQUIRED}
        return wanted | {name: url for name, url in listed.items() if name == VEHICLE_TYPES}


def listed_feeds(body: bytes, discovery_url: str, languages: Sequence[str]) -> dict[str, str]:
    """Feed name → absolute URL, from a `gbfs.json` of any version; empty where there is nothing to use.

    GBFS 3.x lists the feeds in `data` itself, 1.x and 2.x once for each language: the first of `languages`
    that is there counts, else the first language given.
    """
    try:
        document = msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    data = document.get("data") if isinstance(document, dict) else None
    if not isinstance(data, dict):
        return {}
    if "feeds" not in data:
        by_language = {tag.lower().partition("-")[0]: block for tag, block in reversed(data.items())}
        first = next(iter(data.values()), None)
        data = next((by_language[tag] for tag in languages if tag in by_language), first)
    feeds = data.get("feeds") if isinstance(data, dict) else None
    found: dict[str, str] = {}
    for feed in feeds if isinstance(feeds, list) else ():
        name, url = (feed.get("name"), feed.get("url")) if isinstance(feed, dict) else (None, None)
        if isinstance(name, str) and isinstance(url, str):
            address = addresses.listed(url, discovery_url)
            if address is not None:
                found.setdefault(name, address)
    return found
