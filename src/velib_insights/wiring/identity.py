"""Which network a lake is about: what it remembers, what the settings say, what the feed says of itself."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from velib_insights.adapters.feeds.addresses import discovery, usable
from velib_insights.adapters.lake_files import source_of
from velib_insights.core.errors import LakeError, SettingsError
from velib_insights.core.masking import masked_url
from velib_insights.core.network import VELIB, Named, Network
from velib_insights.settings import Settings, read_settings
from velib_insights.steps.network import known_network, noted_network, read_network

if TYPE_CHECKING:
    from velib_insights.adapters.lake import Lake
    from velib_insights.core.dialects.system_information import SystemInformation
    from velib_insights.wiring.intake import ProbedFeed

_LOG = logging.getLogger(__name__)
_VELIB_DATASET = "velib-disponibilite-en-temps-reel"


def network_of(settings: Settings, lake: Lake) -> Network:
    """The network the lake is about. Raises SettingsError where the settings say another one or another time zone,
    and where a lake with data knows no time zone; LakeError where `network.json` cannot be read.
    """
    held = source_of(lake)
    network = settled(settings, lake, known_network(lake, held), held)
    if held and not network.timezone:
        raise timezone_unknown(network, lake.name)
    return network


def remembered_network(lake: Lake) -> Network | None:
    """What the lake says of itself, whatever the settings say; None where it says nothing."""
    return known_network(lake, source_of(lake))


def mended(lake: Lake, source: str, given: Mapping[str, str]) -> Network:
    """What the lake says of itself with these texts in place of its own: timezone, name, feed, cadence, licence and
    licence_url. A `network.json` that cannot be read is replaced. Raises SettingsError for a text that cannot be.
    """
    held = source_of(lake)
    try:
        known = known_network(lake, held)
    except LakeError:
        known = noted_network(lake, held) if held else None
    source = held or (known.source if known else source)
    network = known or (VELIB if source == VELIB.source else Network(source, timezone=""))
    # Each text is checked as the setting of the same name is.
    settings = read_settings({name: given.get(name) for name in ("timezone", "cadence", "feed")}, environ={})
    change: dict[str, Any] = {name: given[name] for name in ("name",) if name in given}
    if "timezone" in given:
        change |= {"timezone": settings.timezone, "timezone_from": "velib network set"}
    if "cadence" in given:
        change["cadence_s"] = settings.cadence_s
    if "feed" in given:
        change |= {"feed": masked_url(discovery(usable(given["feed"]))), "system_id": None}
    if "licence" in given or "licence_url" in given:
        before = network.licence or Named("")
        name = given.get("licence") or before.name or given["licence_url"]
        change["licence"] = Named(name, given.get("licence_url") or before.url)
    network = msgspec.structs.replace(network, source=source, **change)
    if not network.timezone:
        raise timezone_unknown(network, lake.name)
    return network


def as_known(settings: Settings, network: Network) -> Settings:
    """The settings with what the lake knows in place of defaults."""
    known: dict[str, Any] = {
        "source": network.source,
        "feed": network.feed or settings.feed,
        "cadence": network.cadence_s // 60,
        "timezone": network.timezone,
    }
    return replace(settings, **{name: value for name, value in known.items() if name not in settings.given})


def network_to_fill(settings: Settings, lake: Lake) -> tuple[Network | None, Network | None, Network]:
    """What `network.json` says, what the lake knows with its notes, and the network to write about, whose time zone
    is empty where nobody has said it.

    A `network.json` that cannot be read keeps no tick back: the notes of the fetches before are read instead.
    """
    held = source_of(lake)
    stored = None
    try:
        stored = read_network(lake)
    except LakeError as error:
        _LOG.warning("%s. %s", error.message, error.hint)
    known = stored or (noted_network(lake, held) if held else None)
    return stored, known, settled(settings, lake, known, held)


def settled(settings: Settings, lake: Lake, known: Network | None, held: str | None) -> Network:
    """`known`, with what the settings add. Raises SettingsError where they contradict it."""
    source = held or (known.source if known else settings.source)
    given = settings.given
    if source != settings.source and "source" in given:
        raise SettingsError(
            f"the lake {lake.name} holds {source!r}, not {settings.source!r}",
            hint="A lake is about one network: name another lake with --lake.",
        )
    network = known or (VELIB if source == VELIB.source else Network(source, timezone=""))
    if "timezone" in given and known and known.timezone and known.timezone != settings.timezone:
        raise SettingsError(
            f"the lake {lake.name} has local times of {known.timezone}, and the time zone is given as "
            f"{settings.timezone}",
            hint="Leave it out: the lake knows it. Where the lake is wrong: "
            f"velib network set --lake {lake.name} --timezone {settings.timezone}",
        )
    if "timezone" in given and not (known and known.timezone):
        network = msgspec.structs.replace(network, timezone=settings.timezone, timezone_from="settings")
    cadence_s = settings.cadence_s if known is None or "cadence" in given else known.cadence_s
    return msgspec.structs.replace(network, source=source, cadence_s=cadence_s)


def timezone_unknown(network: Network, lake: str, because: str = "") -> SettingsError:
    return SettingsError(
        f"the time zone of {network.source} is not known{because}",
        hint=f"Say it once: velib network set --lake {lake} --timezone ZONE, as America/Toronto or Europe/Paris.",
    )


@dataclass(frozen=True, slots=True)
class Introduced:
    """Where a feed is asked, without credentials, and what it says of itself; `reason` is why it says no time zone."""

    feed: str
    said: SystemInformation
    reason: str = ""


def introduced(feed: ProbedFeed) -> Introduced:
    """Asks the feed for its `system_information`, where it has one."""
    from velib_insights.adapters.feeds import GbfsFeed
    from velib_insights.core.dialects.system_information import SystemInformation, read_system_information

    where = masked_url(feed.url)
    if not isinstance(feed, GbfsFeed):
        return Introduced(where, SystemInformation(), ", and an Opendatasoft dataset does not say it")
    answer = feed.system()
    if answer.body is None:
        reason = f": its system_information could not be read ({answer.note.reason})"
        return Introduced(where, SystemInformation(), reason)
    said = read_system_information(answer.body)
    return Introduced(where, said, "" if said.timezone else ": its system_information does not say it")


def merged(
    network: Network, by: SystemInformation, known: Network | None, feed: str | None = None, *, is_named: bool
) -> Network:
    """`network` with what it says of itself, asked at `feed`. The time zone that the lake knows stays.

    `is_named`: the feed is Vélib' by its name; its name and licence are then those that its publisher asks for.
    """
    said = {name: value for name, value in msgspec.structs.asdict(by).items() if value}
    if is_named:
        said = {name: value for name, value in said.items() if name not in ("name", "licence", "attribution")}
    zone = said.pop("timezone", None)
    if zone and not (known and known.timezone) and network.timezone_from != "settings":
        said |= {"timezone": zone, "timezone_from": "system_information"}
    elif zone and zone != network.timezone:
        _LOG.warning(
            "the lake's local times are those of %s, and the feed's system_information says %s. "
            "Where the lake is wrong: velib network set --timezone %s",
            *(network.timezone, zone, zone),
        )
    is_copy = bool(feed and network.feed and _is_velib(network.feed) and _is_velib(feed))
    return msgspec.structs.replace(network, feed=network.feed if is_copy else feed or network.feed, **said)


def raise_if_another(known: Network, by: Introduced, lake: str) -> None:
    """SettingsError where the feed is another network's, or cannot be seen to be that of the lake's."""
    if not known.feed or (_is_velib(known.feed) and _is_velib(by.feed)):
        return
    if known.system_id and by.said.system_id:
        if known.system_id == by.said.system_id:
            return
    elif is_loopback(by.feed) and is_loopback(known.feed):
        return
    here = _called(known.name or known.source, known.system_id)
    there = _called(by.said.name or "not known to be the same network", by.said.system_id)
    raise SettingsError(
        f"the lake {lake} is about {here}, asked at {known.feed}; {by.feed} is {there}",
        hint="Keep another network in a lake of its own, with --lake. Where this one has moved there: "
        f"velib network set --lake {lake} --feed {by.feed}",
    )


def _called(name: str, system_id: str | None) -> str:
    return f"{name} (system_id {system_id})" if system_id else name


def same_address(one: str, other: str) -> bool:
    """The same host, folder and query; the scheme and a closing slash do not matter."""
    first, second = (urlsplit(discovery(url)) for url in (one, other))
    return (first.netloc.lower(), first.path, first.query) == (
        second.netloc.lower(),
        second.path,
        second.query,
    )


def is_loopback(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return host in ("localhost", "::1") or host.startswith("127.")


def _is_velib(url: str) -> bool:
    from velib_insights.adapters.feeds import VELIB_GBFS_URL

    return same_address(url, VELIB_GBFS_URL) or _VELIB_DATASET in url
