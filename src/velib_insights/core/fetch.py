"""What a fetch brought and how it was got: the content of `.fetch.json` and of the bodies beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import msgspec

Dialect = Literal["gbfs", "opendatasoft", "table"]
FeedOutcome = Literal["ok", "not_modified", "failed"]
TickOutcome = Literal["ok", "fetch_failed", "unreadable", "incomplete", "unusable"]

OBSERVATION_FEEDS = ("station_status", "exports", "records", "table")
"""The files with the counts: a tick is lost only where none of them came."""

ATTRIBUTE_FEEDS = ("station_information", "vehicle_types")
"""The files with names, places, capacities and vehicle types, which seldom change."""


class Attempt(msgspec.Struct, frozen=True, omit_defaults=True):
    """One request. `elapsed_ms` counts to the last byte; `waited_s` is the pause before the next attempt."""

    at: datetime
    elapsed_ms: int
    status: int | None = None
    error: str | None = None
    waited_s: float = 0.0


class FeedNote(msgspec.Struct, frozen=True, omit_defaults=True):
    """How one feed file was got. `key` is where its body lies; `bytes` and `sha256` are of the body itself.

    `not_modified` means that the publisher answered 304: the body stored is the one it vouched for. `redirects` are
    the addresses that `url` passed the request on to.
    """

    feed: str
    url: str
    outcome: FeedOutcome
    fetched_at: datetime
    reason: str | None = None
    status: int | None = None
    headers: dict[str, str] = {}
    sha256: str | None = None
    bytes: int | None = None
    key: str | None = None
    attempts: tuple[Attempt, ...] = ()
    redirects: tuple[str, ...] = ()


class Borrowed(msgspec.Struct, frozen=True):
    """The last good body of a file that this fetch lacks: `key` is where it lies, `fetched_at` when it came."""

    feed: str
    key: str
    fetched_at: datetime
    sha256: str


class FetchNote(msgspec.Struct, frozen=True, omit_defaults=True):
    """The whole `.fetch.json`: one fetch of one tick. `tick` is written like 20261123T0815Z.

    `missing_feeds` are the files that did not come or cannot be read; `borrowed` stand in for some of them.
    `clock_error_s` is how far the machine's clock was ahead where it was wrong: the tick and every `fetched_at` follow
    the publisher's, the attempts the machine's.
    """

    source: str
    tick: str
    cadence_s: int
    timezone: str
    dialect: Dialect
    fetched_at: datetime
    outcome: TickOutcome
    reason: str | None = None
    feeds: tuple[FeedNote, ...] = ()
    missing_feeds: tuple[str, ...] = ()
    borrowed: tuple[Borrowed, ...] = ()
    clock_error_s: int = 0
    how: str = "fetched"  # or "imported, dated by its name"


@dataclass(frozen=True, slots=True)
class FetchedFeed:
    """A feed file's note (without key) and its body, decompressed and otherwise verbatim; None if none came.

    `compressed` gives the body as it is stored, where somebody compresses it already.
    """

    note: FeedNote
    body: bytes | None
    compressed: Callable[[], bytes] | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """All that one fetch of a source brought. `fetched_at` is when the observation feed answered."""

    dialect: Dialect
    fetched_at: datetime
    feeds: tuple[FetchedFeed, ...]

    @property
    def bodies(self) -> dict[str, bytes]:
        return {feed.note.feed: feed.body for feed in self.feeds if feed.body is not None}

    @property
    def failure(self) -> str | None:
        """Why the fetch as a whole failed: the file with the counts did not come, in words; None if it did."""
        wanted = [feed for feed in self.feeds if feed.note.feed in OBSERVATION_FEEDS]
        if any(feed.body is not None for feed in wanted):
            return None
        return next(
            (f"{feed.note.feed}: {feed.note.reason}" for feed in wanted), "no file with counts was asked for"
        )


def missing_feeds(notes: Iterable[FeedNote], unread: Iterable[str]) -> tuple[str, ...]:
    """The names, in order, of the files that did not come, by their notes, or were found to be `unread`."""
    return tuple(sorted({*unread, *(note.feed for note in notes if note.outcome == "failed")}))


def by_the_publisher(fetched: Fetched, ahead_s: int) -> Fetched:
    """The fetch as a machine would have noted it whose clock was not `ahead_s` ahead."""
    error = timedelta(seconds=ahead_s)
    feeds = (
        FetchedFeed(msgspec.structs.replace(feed.note, fetched_at=feed.note.fetched_at - error), feed.body)
        for feed in fetched.feeds
    )
    return Fetched(fetched.dialect, fetched.fetched_at - error, tuple(feeds))


NOTE_DECODER = msgspec.json.Decoder(FetchNote)


def encode_note(note: FetchNote) -> bytes:
    """Readable JSON, keys in a fixed order, so that the same note has the same bytes."""
    return msgspec.json.format(msgspec.json.encode(note), indent=1)
