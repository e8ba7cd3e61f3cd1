"""Every file of a feed, asked for once and not to be kept: what a check of the feed looks at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import msgspec

from velib_insights.adapters.feeds import addresses
from velib_insights.adapters.feeds.client import HttpClient
from velib_insights.core.dialects.encoding import in_utf8
from velib_insights.core.fetch import Dialect, Fetched, FetchedFeed
from velib_insights.core.masking import masked_url

_NEEDED = ("station_status", "station_information", "system_information")
_MOST_FILES = 20  # a system lists a dozen; a list without end is not followed


@dataclass(frozen=True, slots=True)
class Survey:
    """What came of a feed. `unlisted` are needed files that the discovery does not list, looked for beside it.

    `total_count` is what an Opendatasoft data set says that it holds. `poll` asks for the file with the counts again.
    """

    url: str
    dialect: Dialect
    files: tuple[FetchedFeed, ...]
    poll: Callable[[], FetchedFeed]
    unlisted: tuple[str, ...] = ()
    total_count: int | None = None

    @property
    def by_name(self) -> dict[str, FetchedFeed]:
        return {file.note.feed: file for file in self.files}

    def fetched(self, names: tuple[str, ...]) -> Fetched:
        """The files of these names as the pipeline fetches them."""
        chosen = tuple(file for file in self.files if file.note.feed in names)
        counts = next(
            (file for file in chosen if file.note.feed in ("station_status", "exports", "records")), None
        )
        at = (counts or self.files[0]).note.fetched_at
        return Fetched(self.dialect, at, chosen)


def survey_gbfs(discovery_url: str, client: HttpClient) -> Survey:
    """`gbfs.json` and what it lists, each once and without retries. Raises SettingsError for an unusable address."""
    url = addresses.discovery(addresses.usable(discovery_url))
    discovery = _once(client, "gbfs", url)
    listed = _listed(discovery.body, url)
    unlisted = tuple(name for name in _NEEDED if name not in listed)
    wanted = {name: addresses.beside(url, name) for name in unlisted} | listed
    files = {name: _once(client, name, address) for name, address in wanted.items() if name != "gbfs"}
    return Survey(
        masked_url(url),
        "gbfs",
        (discovery, *files.values()),
        lambda: _once(client, "station_status", wanted["station_status"]),
        unlisted,
    )


def survey_opendatasoft(dataset_url: str, client: HttpClient) -> Survey:
    """The export, or the page of records where that is the address given, and how many rows the data set has."""
    parts = urlsplit(addresses.usable(dataset_url))
    folder = parts.path.rstrip("/").removesuffix("/exports/json").removesuffix("/records")
    is_page = parts.path.rstrip("/").endswith("/records")
    name = "records" if is_page else "exports"
    path = f"{folder}/records" if is_page else f"{folder}/exports/json"
    url = parts._replace(path=path, query=parts.query or ("" if is_page else "timezone=UTC")).geturl()
    counts = _once(client, name, url)
    page = _once(client, "total", parts._replace(path=f"{folder}/records", query="limit=1").geturl())
    return Survey(
        masked_url(url),
        "opendatasoft",
        (counts,),
        lambda: _once(client, name, url),
        total_count=_total(page.body),
    )


def _once(client: HttpClient, name: str, url: str) -> FetchedFeed:
    return client.get(name, url, attempts=1, conditional=False)


def _listed(body: bytes | None, discovery_url: str) -> dict[str, str]:
    """Name → address of the first language that lists it, as the pipeline prefers them: French, English, any."""
    document = _parsed(body)
    data = document.get("data") if isinstance(document, dict) else None
    if not isinstance(data, dict):
        return {}
    blocks: list[Any] = [data]
    if "feeds" not in data:
        preferred = [data[tag] for tag in ("fr", "en") if tag in data]
        blocks = preferred + [
            block for block in data.values() if not any(block is each for each in preferred)
        ]
    found: dict[str, str] = {}
    for block in blocks:
        feeds = block.get("feeds") if isinstance(block, dict) else None
        for feed in feeds if isinstance(feeds, list) else ():
            if len(found) >= _MOST_FILES or not isinstance(feed, dict):
                continue
            name, url = feed.get("name"), feed.get("url")
            address = addresses.listed(url, discovery_url) if isinstance(url, str) else None
            if isinstance(name, str) and address is not None:
                found.setdefault(name, address)
    return found


def _total(body: bytes | None) -> int | None:
    document = _parsed(body)
    total = document.get("total_count") if isinstance(document, dict) else None
    return total if isinstance(total, int) else None


def _parsed(body: bytes | None) -> Any:
    try:
        return msgspec.json.decode(in_utf8(body or b"null"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
