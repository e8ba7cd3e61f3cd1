"""Who answers for whom when a tick is taken in: from settings to the lake, the network and its feed.

Apart from the engines, because what takes in a tick on a small machine must not need one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from velib_insights.adapters.lake import Lake
from velib_insights.adapters.lake_files import source_of
from velib_insights.core.errors import SettingsError
from velib_insights.core.masking import masked_url
from velib_insights.settings import Settings
from velib_insights.steps.ingest import Feed, Ingested, Network, ingest, last_note, stored_body
from velib_insights.steps.last_good import last_discovery
from velib_insights.steps.notes import Warn, silent

if TYPE_CHECKING:
    from datetime import datetime

    from velib_insights.adapters.feeds import FeedProbe, HttpClient
    from velib_insights.core.fetch import FetchNote
    from velib_insights.core.tick import Tick

NAMED_FEEDS = ("velib", "opendatasoft")


class ProbedFeed(Feed, Protocol):
    """A feed that can also be asked for its health, without retries."""

    def probe(self) -> tuple[FeedProbe, ...]: ...


def open_lake(settings: Settings, *, create: bool = False) -> Lake:
    """Raises LakeError where there is none (unless `create`) or it cannot be used."""
    return Lake.open(
        settings.lake,
        create=create,
        region=settings.s3_region or None,
        endpoint=settings.s3_endpoint or None,
    )


def network_of(settings: Settings, lake: Lake) -> Network:
    """The network to write about. Raises SettingsError where the lake is about another one."""
    held = source_of(lake)
    if held and held != settings.source:
        if "source" in settings.given:
            raise SettingsError(
                f"the lake {lake.name} holds {held!r}, not {settings.source!r}",
                hint="A lake is about one network: name another lake with --lake.",
            )
        return Network(held, settings.cadence_s, settings.timezone)
    return Network(settings.source, settings.cadence_s, settings.timezone)


def source_to_read(settings: Settings, lake: Lake) -> str:
    """The source the lake holds; the setting where it is empty."""
    return source_of(lake) or settings.source


def feed_of(
    settings: Settings,
    last_note: FetchNote | None = None,
    body_for: Callable[[str], bytes | None] | None = None,
    known: Callable[[str], bytes | None] = lambda _: None,
) -> ProbedFeed:
    """The feed that the settings name. `last_note` and `body_for` let it ask only for what changed, and `known` finds
    the last `gbfs.json` of an address for the case that it does not come.

    Raises SettingsError for an address that is no feed, or another network's without a name for it.
    """
    from velib_insights.adapters.feeds import (
        VELIB_GBFS_URL,
        VELIB_OPENDATASOFT_URL,
        GbfsFeed,
        OpendatasoftFeed,
    )

    where = named_or_url(settings)
    if where not in NAMED_FEEDS and "source" not in settings.given and not _is_loopback(where):
        raise SettingsError(
            f"--feed {masked_url(where)} is another network, and the lake would call it {settings.source!r}",
            hint="Name it with --source, as --source lyon. For Vélib' itself say --source velib.",
        )
    client = client_of(settings, last_note, body_for)
    if where == "opendatasoft":
        return OpendatasoftFeed(VELIB_OPENDATASOFT_URL, client=client)
    if "/catalog/datasets/" in where:
        return OpendatasoftFeed(where, client=client)
    return GbfsFeed(VELIB_GBFS_URL if where == "velib" else where, client=client, known=known)


def named_or_url(settings: Settings) -> str:
    """The feed that the settings name. Raises SettingsError for what is neither a name nor a URL."""
    where = settings.feed
    if where not in NAMED_FEEDS and "://" not in where:
        raise SettingsError(
            f"--feed is {masked_url(where)!r}, neither {' nor '.join(NAMED_FEEDS)} nor a URL",
            hint="Give the URL of a gbfs.json, as https://example.org/gbfs/gbfs.json.",
        )
    return where


def client_of(
    settings: Settings,
    last_note: FetchNote | None = None,
    body_for: Callable[[str], bytes | None] | None = None,
) -> HttpClient:
    """The client within the limits of the settings, with the key of the feed for the feed's own host."""
    from velib_insights.adapters.feeds import (
        VELIB_GBFS_URL,
        VELIB_OPENDATASOFT_URL,
        Credentials,
        HttpClient,
        HttpLimits,
        validators_in,
    )

    where = named_or_url(settings)
    address = {"velib": VELIB_GBFS_URL, "opendatasoft": VELIB_OPENDATASOFT_URL}.get(where, where)
    return HttpClient(
        HttpLimits(
            connect_s=settings.connect_timeout,
            read_s=settings.read_timeout,
            deadline_s=settings.deadline,
            attempts=settings.attempts,
            max_bytes=settings.max_bytes,
        ),
        validators=validators_in(last_note.feeds) if last_note else None,
        body_for=body_for,
        credentials=Credentials.parse(settings.feed_header, address),
    )


def _is_loopback(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return host in ("localhost", "::1") or host.startswith("127.")


class Intake:
    """The lake and the feed that fills it: opened once, asked tick after tick."""

    def __init__(self, settings: Settings, *, create: bool = False, warn: Warn = silent) -> None:
        """`warn` is told of what is wrong in the lake and keeps no tick back."""
        self._settings = settings
        self._warn = warn
        self.lake = open_lake(settings, create=create)
        self.network = network_of(settings, self.lake)
        self._feed: ProbedFeed | None = None

    def ingest(self, tick: Tick, now: datetime) -> Ingested:
        return ingest(self.lake, self.feed(tick), tick, self.network, now=now, warn=self._warn)

    def feed(self, tick: Tick) -> ProbedFeed:
        """One feed for life; it starts from what the last fetch before `tick` learned of validators."""
        if self._feed is None:
            note = last_note(self.lake, self.network.source, tick, self._warn)
            self._feed = feed_of(
                self._settings,
                note,
                lambda digest: stored_body(self.lake, note, digest),
                lambda url: last_discovery(self.lake, self.network.source, tick, url),
            )
        return self._feed


def holds_nothing(lake: Lake) -> bool:
    """Whether nothing was ingested or cleaned yet."""
    return source_of(lake) is None
