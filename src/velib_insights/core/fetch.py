"""What a fetch brought and how it was got: the content of `.fetch.json` and of the bodies beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec

Dialect = Literal["gbfs", "opendatasoft"]
FeedOutcome = Literal["ok", "not_modified", "failed"]
TickOutcome = Literal["ok", "fetch_failed", "unreadable", "incomplete", "unusable"]

OBSERVATION_FEEDS = ("station_status", "exports", "records")


class Attempt(msgspec.Struct, frozen=True, omit_defaults=True):
    """One request. `elapsed_ms` counts to the last byte; `waited_s` is the pause before the next attempt."""

    at: datetime
    elapsed_ms: int
    status: int | None = None
    error: str | None = None
    waited_s: float = 0.0


class FeedNote(msgspec.Struct, frozen=True, omit_defaults=True):
    """How one feed file was got. `key` is where its body lies; `bytes` and `sha256` are of the body itself.

    `not_modified` means that the publisher answered 304: the body stored is the one it vouched for.
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


class FetchNote(msgspec.Struct, frozen=True, omit_defaults=True):
    """The whole `.fetch.json`: one fetch of one tick. `tick` is written like 20261123T0815Z."""

    source: str
    tick: str
    cadence_s: int
    timezone: str
    dialect: Dialect
    fetched_at: datetime
    outcome: TickOutcome
    reason: str | None = None
    feeds: tuple[FeedNote, ...] = ()
    how: str = "fetched"  # or "replayed from a recording"


@dataclass(frozen=True, slots=True)
class FetchedFeed:
    """A feed file's note (without key) and its body, decompressed and otherwise verbatim; None if none came."""

    note: FeedNote
    body: bytes | None


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
        """Why the fetch as a whole failed: the first feed without a body, in words; None if all came."""
        return next(
            (f"{feed.note.feed}: {feed.note.reason}" for feed in self.feeds if feed.body is None), None
        )


NOTE_DECODER = msgspec.json.Decoder(FetchNote)


def encode_note(note: FetchNote) -> bytes:
    """Readable JSON, keys in a fixed order, so that the same note has the same bytes."""
    return msgspec.json.format(msgspec.json.encode(note), indent=1)
