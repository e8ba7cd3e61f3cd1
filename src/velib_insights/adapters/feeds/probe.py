"""What `velib doctor` asks of a feed: does it answer, how fast, and what time does it think it is?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from velib_insights.core.dialects.encoding import in_utf8
from velib_insights.core.dialects.instants import epoch_of

if TYPE_CHECKING:
    from velib_insights.core.fetch import FetchedFeed


@dataclass(frozen=True, slots=True)
class FeedProbe:
    """One feed file asked for once. `reachable`: a whole answer of status 200 came.

    `feed_clock` is the time the file gives itself (UTC), None where it gives none; `error` is in words; `got` is the
    answer itself.
    """

    feed: str
    url: str
    reachable: bool
    status: int | None
    latency_ms: int
    feed_clock: datetime | None
    error: str | None
    got: FetchedFeed | None = None


class _Header(msgspec.Struct, rename={"last_updated_other": "lastUpdatedOther"}):
    last_updated: int | float | str | None = None
    last_updated_other: int | float | str | None = None


_HEADER = msgspec.json.Decoder(_Header)


def probed(got: FetchedFeed) -> FeedProbe:
    """The probe that a single attempt makes."""
    note = got.note
    clock = feed_clock(got.body) if got.body is not None else None
    latency_ms = note.attempts[-1].elapsed_ms
    return FeedProbe(
        note.feed, note.url, got.body is not None, note.status, latency_ms, clock, note.reason, got
    )


def feed_clock(body: bytes) -> datetime | None:
    """`last_updated` of a GBFS file (`lastUpdatedOther` in Vélib's): epoch seconds or milliseconds, or ISO 8601."""
    try:
        header = _HEADER.decode(in_utf8(body))
        told = header.last_updated if header.last_updated is not None else header.last_updated_other
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    epoch = epoch_of(told)
    return None if epoch is None else datetime.fromtimestamp(epoch, UTC)
