"""The dialects in which a network publishes its state, each decoded into the same columns."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from velib_insights.core.dialects import gbfs, opendatasoft, table
from velib_insights.core.fetch import OBSERVATION_FEEDS, Dialect
from velib_insights.core.observations import Columns, Decoded, UnreadableBody, unreadable

_NONE: Mapping[str, bytes] = MappingProxyType({})


def dialect_of(feeds: Mapping[str, object]) -> Dialect:
    """The dialect that files of these names belong to."""
    if table.TABLE in feeds:
        return "table"
    return "opendatasoft" if any(feed in feeds for feed in opendatasoft.FEEDS) else "gbfs"


class Decoder:
    """Decodes and judges one fetch after another.

    It remembers what seldom changes from one to the next, which saves time and changes no result. Not to be shared
    between threads.
    """

    def __init__(self) -> None:
        self._gbfs = gbfs.GbfsDecoder()
        self._opendatasoft = opendatasoft.OpendatasoftDecoder()
        self._table = table.TableDecoder()

    def decode(self, bodies: Mapping[str, bytes], borrowed: Mapping[str, bytes] = _NONE) -> Decoded[Columns]:
        """One fetch's bodies by feed name. Never raises for what a body holds.

        `borrowed` are earlier bodies of attributes, used where the fetch's own are missing or cannot be read.
        """
        try:
            match dialect_of(bodies):
                case "table":
                    return self._table.decode(bodies)
                case "opendatasoft":
                    return self._opendatasoft.decode(bodies)
            return self._gbfs.decode(bodies, borrowed)
        except UnreadableBody as error:
            return unreadable(str(error), tuple(feed for feed in OBSERVATION_FEEDS if feed in bodies))


def decode(bodies: Mapping[str, bytes], borrowed: Mapping[str, bytes] = _NONE) -> Decoded[Columns]:
    """One fetch on its own, as Decoder.decode."""
    return Decoder().decode(bodies, borrowed)


def is_usable_attributes(feed: str, body: bytes) -> bool:
    """Whether the body of `station_information` or `vehicle_types` says anything."""
    return gbfs.is_usable_attributes(feed, body)
