"""Who answers for whom when a tick is taken in: from settings to the lake, the network and its feed.

Apart from the engines, because what takes in a tick on a small machine must not need one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from velib_insights.adapters.lake import Lake
from velib_insights.adapters.lake_files import source_of
from velib_insights.core.dialects.system_information import SystemInformation
from velib_insights.core.errors import SettingsError
from velib_insights.core.masking import masked_url
from velib_insights.core.network import VELIB
from velib_insights.settings import Settings
from velib_insights.steps.ingest import Feed, Ingested, ask, last_note, stored_body, stored_fetch
from velib_insights.steps.last_good import last_discovery
from velib_insights.steps.network import read_network, remember, rewrite
from velib_insights.steps.notes import Warn, silent
from velib_insights.wiring.identity import (
    introduced,
    is_loopback,
    merged,
    network_to_fill,
    raise_if_another,
    same_address,
    timezone_unknown,
)

if TYPE_CHECKING:
    from datetime import datetime

    from velib_insights.adapters.feeds import FeedProbe, HttpClient
    from velib_insights.core.fetch import FetchNote
    from velib_insights.core.network import Network
    from velib_insights.core.ticks.tick import Tick

NAMED_FEEDS = ("velib", "opendatasoft")
MASK = "***"  # stands in an address for what must not be stored


class ProbedFeed(Feed, Protocol):
    """A feed that can also be asked for its health, without retries."""

    url: str

    def probe(self) -> tuple[FeedProbe, ...]: ...


def open_lake(settings: Settings, *, create: bool = False) -> Lake:
    """Raises LakeError where there is none (unless `create`) or it cannot be used."""
    return Lake.open(
        settings.lake,
        create=create,
        region=settings.s3_region or None,
        endpoint=settings.s3_endpoint or None,
    )


def source_to_read(settings: Settings, lake: Lake) -> str:
    """The source the lake holds; the setting where it is empty."""
    return source_of(lake) or settings.source


def feed_of(
    settings: Settings,
    last_note: FetchNote | None = None,
    body_for: Callable[[str], bytes | None] | None = None,
    known: Callable[[str], bytes | None] = lambda _: None,
    network: Network | None = None,
) -> ProbedFeed:
    """The feed that the settings name, else that of the lake's `network`.

    `last_note` and `body_for` let it ask only for what changed, and `known` finds the last `gbfs.json` of an address
    for the case that it does not come. Raises SettingsError for an address that is no feed, or another network's
    without a name for it.
    """
    from velib_insights.adapters.feeds import (
        VELIB_GBFS_URL,
        VELIB_OPENDATASOFT_URL,
        GbfsFeed,
        OpendatasoftFeed,
    )

    where = named_or_url(settings)
    if network and network.feed and "feed" not in settings.given:
        where = network.feed
        if MASK in where:
            raise SettingsError(
                f"the feed {where} is asked with a key, which the lake does not keep",
                hint="Give the whole address with --feed or VELIB_FEED.",
            )
    is_known = network is not None or "source" in settings.given
    if where not in NAMED_FEEDS and not (is_known or is_loopback(where)):
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


class IngestSession:
    """The lake and the feed that fills it: opened once, asked tick after tick."""

    def __init__(self, settings: Settings, *, create: bool = False, warn: Warn = silent) -> None:
        """`warn` is told of what is wrong in the lake and keeps no tick back."""
        self._settings = settings
        self._warn = warn
        self.lake = open_lake(settings, create=create)
        self._stored, self._known, self.network = network_to_fill(settings, self.lake)
        self._feed: ProbedFeed | None = None
        self._is_introduced = False
        self._zone_reason = ""

    def ingest(self, tick: Tick, now: datetime) -> Ingested:
        """One tick into raw/. What the feed says of itself is asked for with the first tick of a lake, and where the
        feed is another one than the lake remembers.

        Raises SettingsError for another network's feed, before anything is stored; and where nobody says the time
        zone, after the answer was kept.
        """
        done = stored_fetch(self.lake, tick, self.network, now, self._warn)
        if done is None:
            feed = self.feed(tick)
            if not self._is_introduced:
                self._introduce(feed)
            done = ask(self.lake, feed, tick, self.network, warn=self._warn)
        if not self.network.timezone:
            done.raise_if_unusable()
            self._is_introduced = False  # it may say so next time
            raise timezone_unknown(
                self.network, self.lake.name, f"{self._zone_reason}. The tick is kept in raw/"
            )
        if done.outcome == "ok" and (
            self._stored is None or (not done.was_present and self._stored != self.network)
        ):
            (rewrite if self._stored is not None else remember)(self.lake, self.network)
            self._stored = self.network
        return done

    def remembered(self) -> Network:
        """The network of a lake that is written without asking the feed; a lake older than `network.json` gets one.

        Raises SettingsError where nobody has said the time zone, LakeError where `network.json` cannot be read.
        """
        read_network(self.lake)
        if not self.network.timezone:
            raise timezone_unknown(self.network, self.lake.name)
        if self._known is not None:
            remember(self.lake, self.network)
        return self.network

    def network_imported(self, said: SystemInformation | None, *, is_velib: bool) -> Network:
        """The network of recordings: as the lake knows it, else by what was recorded of it.

        `is_velib` says that they may be of Vélib'. Raises SettingsError where nothing says the time zone.
        """
        if self._known is not None:
            return self.remembered()
        settings = self._settings
        network = merged(self.network, said or SystemInformation(), None, is_named=False)
        is_guessed = network.timezone_from == VELIB.timezone_from and "source" not in settings.given
        if not network.timezone or (is_guessed and not is_velib):
            raise SettingsError(
                "the recordings do not say which time zone the network's city has",
                hint="Give it with --timezone, as --timezone America/Toronto, and name the network with --source.",
            )
        self.network = network
        return network

    def feed(self, tick: Tick) -> ProbedFeed:
        """One feed for life; it starts from what the last fetch before `tick` learned of validators."""
        if self._feed is None:
            note = last_note(self.lake, self.network.source, tick, self._warn)
            self._feed = feed_of(
                self._settings,
                note,
                lambda digest: stored_body(self.lake, note, digest),
                lambda url: last_discovery(self.lake, self.network.source, tick, url),
                self._known,
            )
        return self._feed

    def _introduce(self, feed: ProbedFeed) -> None:
        stored = self._stored
        if stored is None or not stored.feed or not same_address(stored.feed, masked_url(feed.url)):
            said = introduced(feed)
            if self._known is not None:
                raise_if_another(self._known, said, self.lake.name)
            self.network = merged(
                self.network, said.said, self._known, said.feed, is_named=self._settings.feed in NAMED_FEEDS
            )
            self._zone_reason = said.reason
        self._is_introduced = True


def is_empty(lake: Lake) -> bool:
    """Whether nothing was ingested or cleaned yet."""
    return source_of(lake) is None
