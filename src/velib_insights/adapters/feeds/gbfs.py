"""A GBFS system, 1.x to 3.x, found through its `gbfs.json`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

from velib_insights.adapters.feeds import addresses
from velib_insights.adapters.feeds.client import HttpClient
from velib_insights.adapters.feeds.probe import FeedProbe, feed_clock, probed
from velib_insights.core.dialects.encoding import in_utf8
from velib_insights.core.fetch import Fetched, FetchedFeed
from velib_insights.core.masking import masked_url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

VELIB_GBFS_URL = "https://velib-metropole-opendata.smovengo.cloud/opendata/Velib_Metropole/gbfs.json"

DISCOVERY, STATUS, INFORMATION, VEHICLE_TYPES = (
    "gbfs",
    "station_status",
    "station_information",
    "vehicle_types",
)
SYSTEM = "system_information"
_REQUIRED = (STATUS, INFORMATION)  # the observation first: it is the one that ages
_READ_ANEW_AFTER = timedelta(days=1)
_STALE_AFTER = timedelta(days=1)
_SHAPE = msgspec.json.Decoder(dict[str, msgspec.Raw])


class GbfsFeed:
    """`discovery_url` is the URL of `gbfs.json` or of its folder; `languages` in order of preference.

    Feeds: `gbfs` when it was asked for, `station_status`, `station_information`, and `vehicle_types` where the
    system lists it. `gbfs.json` is read at first, then at least once a day and whenever a listed file cannot be got;
    while it cannot be read, what it listed before is used. What it does not list is looked for beside it. A file that
    cannot be got, and a status whose clock is a day old, is asked for at another address where one is listed.
    `known` finds a `gbfs.json` that an earlier process read. Raises SettingsError for a URL that is not http(s) or
    names no host.
    """

    def __init__(
        self,
        discovery_url: str = VELIB_GBFS_URL,
        *,
        client: HttpClient | None = None,
        languages: Sequence[str] = ("fr", "en"),
        known: Callable[[str], bytes | None] = lambda _: None,
    ) -> None:
        self.url = addresses.discovery(addresses.usable(discovery_url))
        self._client = client or HttpClient()
        self._languages = tuple(languages)
        self._known = known
        self._listings: list[dict[str, str]] = []
        self._read_at: datetime | None = None

    def fetch(self) -> Fetched:
        """What one round of requests brought; what failed is in the notes. `fetched_at` is the status file's."""
        discovery = self._discover() if self._is_due() else None
        asked = _wanted(self.url, self._listings)
        got = {name: self._client.get(name, url) for name, url in asked.items()}
        if discovery is None and not all(map(_came, got.values())):
            discovery = self._discover()
        for name, feed in got.items():
            if not _came(feed):
                got[name] = self._asked_elsewhere(feed, asked[name])
        if _is_stale(got[STATUS]):
            got[STATUS] = self._asked_elsewhere(got[STATUS], asked[STATUS])
        found = (*([discovery] if discovery else ()), *got.values())
        return Fetched("gbfs", got[STATUS].note.fetched_at, found)

    def probe(self) -> tuple[FeedProbe, ...]:
        """Every file asked for once, discovery included, without retries."""
        got = self._client.get(DISCOVERY, self.url, attempts=1, conditional=False)
        discovery, listings = self._read(got)
        files = [
            self._client.get(name, url, attempts=1, conditional=False)
            for name, url in _wanted(self.url, listings).items()
        ]
        return tuple(probed(feed) for feed in (discovery, *files))

    def system(self) -> FetchedFeed:
        """`system_information`: the network's name, time zone and licence. Asked for once, not tick by tick."""
        discovery = self._client.get(DISCOVERY, self.url)
        listings = listed_feeds(discovery.body, self.url, self._languages) if discovery.body else []
        listed = next((each[SYSTEM] for each in listings if SYSTEM in each), None)
        return self._client.get(SYSTEM, listed or addresses.beside(self.url, SYSTEM))

    def _is_due(self) -> bool:
        if self._read_at is None:
            return True
        return not timedelta(0) <= self._client.now() - self._read_at < _READ_ANEW_AFTER

    def _discover(self) -> FetchedFeed:
        """Reads `gbfs.json`; while it cannot be read, the addresses known before stay."""
        discovery, listings = self._read(self._client.get(DISCOVERY, self.url))
        if listings:
            self._listings, self._read_at = listings, discovery.note.fetched_at
        elif not self._listings:
            earlier = self._known(masked_url(self.url))
            self._listings = listed_feeds(earlier, self.url, self._languages) if earlier else []
        return discovery

    def _read(self, discovery: FetchedFeed) -> tuple[FetchedFeed, list[dict[str, str]]]:
        """The addresses that `gbfs.json` lists; its note says which of those needed are not among them."""
        if discovery.body is None:
            return discovery, []
        listings = listed_feeds(discovery.body, self.url, self._languages)
        missing = " or ".join(
            name for name in _REQUIRED if not any(name in listed for listed in listings[:1])
        )
        if not missing:
            return discovery, listings
        reason = f"it lists no usable address of {missing}: looked beside it"
        return FetchedFeed(msgspec.structs.replace(discovery.note, reason=reason), discovery.body), listings

    def _asked_elsewhere(self, got: FetchedFeed, address: str) -> FetchedFeed:
        """The better one of `got` and what the next address that is listed for the file answers."""
        name = got.note.feed
        others = [listed for listed in self._listings if listed.get(name, address) != address]
        if not others:
            return got
        other = self._client.get(name, others[0][name])
        if not _came(other) or (_came(got) and not _is_newer(other, got)):
            return got
        if name == STATUS:  # the files of the same list belong together
            self._listings.remove(others[0])
            self._listings.insert(0, others[0])
        why = got.note.reason or "it cannot be read"
        if _came(got):
            why = "its clock stands still"
        reason = f"asked for there because of {got.note.url}: {why}"
        return FetchedFeed(msgspec.structs.replace(other.note, reason=reason), other.body)


def _wanted(discovery_url: str, listings: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The address to ask first for each file: the one listed, or beside `gbfs.json`."""
    listed = listings[0] if listings else {}
    wanted = {name: listed.get(name) or addresses.beside(discovery_url, name) for name in _REQUIRED}
    return wanted | {name: url for name, url in listed.items() if name == VEHICLE_TYPES}


def _came(got: FetchedFeed) -> bool:
    """Whether the file came and is a JSON object: an address that is gone may answer with a page and 200."""
    try:
        return got.body is not None and isinstance(_SHAPE.decode(in_utf8(got.body)), dict)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


def _is_stale(got: FetchedFeed) -> bool:
    clock = feed_clock(got.body) if got.body is not None else None
    return clock is not None and got.note.fetched_at - clock >= _STALE_AFTER


def _is_newer(one: FetchedFeed, other: FetchedFeed) -> bool:
    clocks = [feed_clock(feed.body or b"") for feed in (one, other)]
    return clocks[0] is not None and clocks[1] is not None and clocks[0] > clocks[1]


def listed_feeds(body: bytes, discovery_url: str, languages: Sequence[str]) -> list[dict[str, str]]:
    """Lists of feed name → absolute URL, from a `gbfs.json` of any version; none where there is nothing to use.

    GBFS 3.x lists the feeds in `data` itself, 1.x and 2.x once for each language: the first of `languages`
    that is there comes first, then the others as they are given.
    """
    try:
        document = msgspec.json.decode(in_utf8(body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return []
    data = document.get("data") if isinstance(document, dict) else None
    if not isinstance(data, dict):
        return []
    blocks = [data]
    if "feeds" not in data:
        by_language = {tag.lower().partition("-")[0]: block for tag, block in reversed(data.items())}
        wanted = [by_language[tag] for tag in languages if tag in by_language][:1]
        blocks = wanted + [block for block in data.values() if not any(block is one for one in wanted)]
    found = [_addresses(block, discovery_url) for block in blocks]
    return [listed for listed in found if listed]


def _addresses(block: object, discovery_url: str) -> dict[str, str]:
    feeds = block.get("feeds") if isinstance(block, dict) else None
    found: dict[str, str] = {}
    for feed in feeds if isinstance(feeds, list) else ():
        name, url = (feed.get("name"), feed.get("url")) if isinstance(feed, dict) else (None, None)
        if isinstance(name, str) and isinstance(url, str):
            address = addresses.listed(url, discovery_url)
            if address is not None:
                found.setdefault(name, address)
    return found
