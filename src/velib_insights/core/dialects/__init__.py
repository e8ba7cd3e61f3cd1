"""The dialects in which a network publishes its state, each decoded into the same columns."""

from __future__ import annotations

from collections.abc import Mapping

from velib_insights.core.dialects import gbfs, opendatasoft
from velib_insights.core.fetch import Dialect
from velib_insights.core.observations import Columns, Decoded, UnreadableBody, unreadable


def dialect_of(feeds: Mapping[str, object]) -> Dialect:
    """The dialect that files of these names belong to."""
    return "opendatasoft" if any(feed in feeds for feed in opendatasoft.FEEDS) else "gbfs"


def decode(bodies: Mapping[str, bytes]) -> Decoded[Columns]:
    """One fetch's bodies by feed name, decoded and judged. Never raises for what a body holds."""
    try:
        if dialect_of(bodies) == "opendatasoft":
            return opendatasoft.decode(bodies)
        return gbfs.decode(bodies)
    except UnreadableBody as error:
        return unreadable(str(error))
