"""What the lake is about: `network.json`, written with the first usable tick and read by every step."""

from __future__ import annotations

import msgspec

from velib_insights.adapters.lake import Lake
from velib_insights.core import keys
from velib_insights.core.fetch import NOTE_DECODER, FetchNote
from velib_insights.core.network import VELIB, Network, decode_network, encode_network


def read_network(lake: Lake) -> Network | None:
    """What `network.json` says; None where there is none. Raises LakeError for one that cannot be read."""
    body = lake.get(keys.NETWORK)
    return None if body is None else decode_network(body, lake.name)


def timezone_of(lake: Lake) -> str:
    """The time zone in `network.json`; empty where there is none."""
    network = read_network(lake)
    return network.timezone if network else ""


def remember(lake: Lake, network: Network) -> None:
    """Write `network.json` where there is none and the time zone is known."""
    if network.timezone and lake.get(keys.NETWORK) is None:
        lake.put_if_absent(keys.NETWORK, encode_network(network))


def rewrite(lake: Lake, network: Network) -> None:
    """Write `network.json` over the one that is there, or anew."""
    lake.put(keys.NETWORK, encode_network(network))


def known_network(lake: Lake, source: str | None) -> Network | None:
    """What the lake says of itself: `network.json`, else the latest note of a fetch; None where neither tells."""
    told = read_network(lake)
    return told or (noted_network(lake, source) if source else None)


def noted_network(lake: Lake, source: str) -> Network | None:
    """What the latest readable note of a fetch says, in lakes older than `network.json`."""
    tier = keys.raw_tier(source)
    for date in reversed(lake.folders(tier)):
        for hour in reversed(lake.folders(f"{tier}/{date}")):
            for entry in reversed(lake.entries(f"{tier}/{date}/{hour}")):
                parsed = keys.parse_raw_name(entry.key.rsplit("/", 1)[-1])
                body = lake.get(entry.key) if parsed and parsed.is_note else None
                note = _note(body) if body else None
                if note is not None and note.timezone:
                    return _of_note(note)
    return None


def _note(body: bytes) -> FetchNote | None:
    try:
        return NOTE_DECODER.decode(body)
    except msgspec.DecodeError:
        return None


def _of_note(note: FetchNote) -> Network:
    asked = {feed.feed: feed.url for feed in note.feeds if note.how == "fetched" and "://" in feed.url}
    network = VELIB if note.source == VELIB.source else Network(note.source)
    return msgspec.structs.replace(
        network,
        cadence_s=note.cadence_s,
        timezone=note.timezone,
        timezone_from="note of a fetch",
        feed=asked.get("gbfs") or asked.get("exports"),
    )
