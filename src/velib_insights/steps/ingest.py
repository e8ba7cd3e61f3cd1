"""Ingest: ask the feed once for a tick and keep what it answered, verbatim, before anything judges it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, count
from types import MappingProxyType
from typing import Protocol

import msgspec

from velib_insights.adapters.compression import CorruptBody, compress, decompress
from velib_insights.adapters.lake import Lake
from velib_insights.core import dialects, keys
from velib_insights.core.errors import FeedChanged, FeedUnavailable, SettingsError
from velib_insights.core.fetch import (
    ATTRIBUTE_FEEDS,
    OBSERVATION_FEEDS,
    Borrowed,
    FeedNote,
    Fetched,
    FetchedFeed,
    FetchNote,
    TickOutcome,
    by_the_publisher,
    encode_note,
    missing_feeds,
)
from velib_insights.core.keys import NOTE, FetchId
from velib_insights.core.network import Network
from velib_insights.core.observations import Columns, Decoded
from velib_insights.core.ticks.clocks import ClockError, clock_error, differs_from_server
from velib_insights.core.ticks.tick import Tick
from velib_insights.steps.last_good import borrow
from velib_insights.steps.network import remember
from velib_insights.steps.notes import Warn, note_at, notes_of_hour, silent

_CLOCKS_DIFFER_S = 60
Verdict = tuple[Decoded[Columns], tuple[str, ...], tuple[Borrowed, ...]]


class Feed(Protocol):
    """Where bodies come from: a publisher over HTTP, a recording, or a test's script."""

    def fetch(self) -> Fetched:
        """One answer of every file the dialect needs. What the network does is in the notes, never raised."""
        ...


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of one tick. `was_present` means that a usable fetch of it was there and nothing was asked.

    `missing_feeds` are the files that did not come or cannot be read; `borrowed` stand in for some of them. Where
    `clock_error_s` is not 0, this machine's clock is so far ahead, and `tick` is the publisher's and not the one asked.
    """

    tick: Tick
    outcome: TickOutcome
    reason: str | None
    keys: tuple[str, ...]
    stations: int
    was_present: bool = False
    rows_refused: int = 0
    missing_feeds: tuple[str, ...] = ()
    borrowed: tuple[Borrowed, ...] = ()
    clock_error_s: int = 0

    def raise_if_unusable(self) -> None:
        """FeedUnavailable where nothing came, FeedChanged where what came cannot be used."""
        if self.outcome == "fetch_failed":
            raise FeedUnavailable(
                f"no data for tick {self.tick.stamp}: {self.reason}",
                hint="The failure is kept in the ledger. Try again later, or use --feed to ask elsewhere.",
            )
        if self.outcome != "ok":
            raise FeedChanged(
                f"the answer for tick {self.tick.stamp} is {self.outcome}: {self.reason}",
                hint=f"The body is kept at {self.keys[0] if self.keys else 'no key'}; have a look at it.",
            )


def ingest(
    lake: Lake,
    feed: Feed,
    tick: Tick,
    network: Network,
    how: str = "fetched",
    now: datetime | None = None,
    warn: Warn = silent,
) -> Ingested:
    """Fetch and keep. Doing it again for a tick that has a usable fetch changes nothing and asks nothing.

    With `now`, a tick is not asked for before its time or after it, when the answer would be another tick's: raises
    SettingsError or FeedUnavailable. Where the clock of this machine turns out to be wrong, the answer is filed under
    the tick of the publisher's clocks, or refused where these disagree too. `warn` is told of that, and of notes that
    cannot be read.
    """
    there = stored_fetch(lake, tick, network, now, warn)
    return there or ask(lake, feed, tick, network, how, warn)


def stored_fetch(
    lake: Lake, tick: Tick, network: Network, now: datetime | None = None, warn: Warn = silent
) -> Ingested | None:
    """The tick's usable fetch; None where the feed is to be asked. Raises as `ingest` does."""
    before = notes_of_tick(lake, network.source, tick, warn)
    usable = next((note for note in before if note.outcome == "ok" and not _is_misdated(lake, note)), None)
    if usable:
        stored = tuple(f.key for f in usable.feeds if f.key)
        return Ingested(tick, "ok", None, stored, stations=0, was_present=True)
    if now is not None:
        _raise_if_not_its_time(tick, now, network.cadence_s)
    return None


def ask(
    lake: Lake, feed: Feed, tick: Tick, network: Network, how: str = "fetched", warn: Warn = silent
) -> Ingested:
    """Fetch and keep, under the tick of the publisher's clocks where that of this machine is wrong."""
    fetched = feed.fetch()
    wrong = _clock_error(fetched, network.cadence_s)
    if wrong is None:
        return store_fetch(lake, fetched, tick, network, how)
    if not wrong.is_sure:
        warn(f"{wrong}. The answer for tick {tick.stamp} is kept and not used: set the clock of this machine")
        return store_fetch(lake, fetched, tick, network, how, wrong=wrong)
    tick = Tick.at_or_before(wrong.server, network.cadence_s)
    warn(
        f"this machine's clock is {wrong.distance} the publisher's: the answer is filed under tick {tick.stamp}. "
        "Set the clock, as by timedatectl"
    )
    return store_fetch(lake, by_the_publisher(fetched, wrong.seconds), tick, network, how, wrong=wrong)


def _clock_error(fetched: Fetched, cadence_s: int) -> ClockError | None:
    notes = [feed.note for feed in fetched.feeds]
    if not differs_from_server(notes, fetched.fetched_at, cadence_s):
        return None
    decoded = dialects.decode(fetched.bodies)
    reports = [report for report in decoded.columns.last_reported if report is not None]
    latest = datetime.fromtimestamp(max(reports), UTC) if reports else None
    return clock_error(notes, fetched.fetched_at, decoded.feed_clock, latest, cadence_s)


def _is_misdated(lake: Lake, note: FetchNote) -> bool:
    """Whether an older version filed this fetch by a clock that was wrong."""
    if not differs_from_server(note.feeds, note.fetched_at, note.cadence_s):
        return False
    found = [(own, stored_body(lake, note, own.sha256)) for own in note.feeds if own.key and own.sha256]
    fetched = Fetched(note.dialect, note.fetched_at, tuple(FetchedFeed(own, body) for own, body in found))
    return _clock_error(fetched, note.cadence_s) is not None


def _raise_if_not_its_time(tick: Tick, now: datetime, cadence_s: int) -> None:
    late_s = now.timestamp() - tick.epoch
    if late_s >= cadence_s:
        raise FeedUnavailable(
            f"tick {tick.stamp} is over: the feed serves only current data",
            hint="Ask without a tick for the one of now. Recorded bodies go in by velib import.",
        )
    if late_s < -_CLOCKS_DIFFER_S:
        raise SettingsError(f"tick {tick.stamp} is in the future", hint="Run again at or after that time.")


def store_fetch(
    lake: Lake,
    fetched: Fetched,
    tick: Tick,
    network: Network,
    how: str = "fetched",
    wrong: ClockError | None = None,
    decoder: dialects.Decoder | None = None,
    lent: Mapping[Borrowed, bytes] = MappingProxyType({}),
) -> Ingested:
    """Store the bodies, then judge them, then store the note that says how they were got and what they are.

    The same fetch kept twice is kept once. A further fetch of a tick is stored beside the first, never over it: of two
    workers on one tick each stores bodies and note under a name of its own. With a `wrong` clock `fetched` and `tick`
    follow the publisher's; where these are not sure, the fetch is stored as unusable. The first usable fetch of a lake
    also writes `network.json`. `decoder` is that of the fetches stored before, where there are many. `lent` are
    bodies of attributes in the lake that are known to go with this fetch; without them the last good ones are borrowed.
    """
    verdict = None
    error_s = wrong.seconds if wrong and wrong.is_sure else 0
    for fetch_id in _names(tick, fetched.fetched_at):
        stored = _store_bodies(lake, fetched, network.source, fetch_id)
        if stored is None:
            continue
        if wrong and not wrong.is_sure:
            verdict = _refused(fetched, wrong)
        verdict = verdict or _judge(lake, fetched, tick, network.source, decoder or dialects.Decoder(), lent)
        decoded, missing, borrowed = verdict
        note = FetchNote(
            source=network.source,
            tick=tick.stamp,
            cadence_s=network.cadence_s,
            timezone=network.timezone,
            dialect=fetched.dialect,
            fetched_at=fetched.fetched_at,
            outcome=decoded.outcome,
            reason=decoded.reason,
            feeds=stored,
            missing_feeds=missing,
            borrowed=borrowed,
            clock_error_s=error_s,
            how=how,
        )
        key = keys.fetch_note_key(network.source, fetch_id)
        if lake.put_if_absent(key, encode_note(note)) or _is_of(fetched, note_at(lake, key)):
            if (
                note.outcome == "ok" or network.feed is None
            ):  # an address that never answered may be a mistake
                remember(lake, network)
            return Ingested(
                tick,
                decoded.outcome,
                decoded.reason,
                tuple(feed.key for feed in stored if feed.key),
                len(decoded.columns),
                rows_refused=len(decoded.refusals),
                missing_feeds=missing,
                borrowed=borrowed,
                clock_error_s=error_s,
            )
    raise AssertionError("names of fetches do not end")


def _names(tick: Tick, fetched_at: datetime) -> Iterator[FetchId]:
    """The tick's own name, then those of its further fetches."""
    return chain([FetchId(tick)], (FetchId.refetch(tick, fetched_at, nth) for nth in count(1)))


def _store_bodies(
    lake: Lake, fetched: Fetched, source: str, fetch_id: FetchId
) -> tuple[FeedNote, ...] | None:
    """The notes of the files with the keys of their bodies, stored under this name; None where it is another fetch's.

    Nothing is overwritten. What a crash left without a note under this name is adopted if it is the same. The file
    with the counts goes first: two fetches differ in it, so whoever comes second has stored nothing yet.
    """
    folder = keys.hour_folder(keys.raw_tier(source), fetch_id.tick.hour)
    taken = {keys.parse_raw_name(entry.key.rsplit("/", 1)[-1]) for entry in lake.entries(folder)}
    there = {raw.feed for raw in taken if raw is not None and raw.fetch == fetch_id}
    note_key = keys.fetch_note_key(source, fetch_id)
    bodies = fetched.bodies
    is_free = _is_of(fetched, note_at(lake, note_key)) if NOTE in there else there <= bodies.keys()
    if not is_free:
        return None
    compressed = {feed.note.feed: feed.compressed for feed in fetched.feeds}
    for feed in sorted(bodies, key=lambda feed: feed not in OBSERVATION_FEEDS):
        key = keys.raw_body_key(source, fetch_id, feed)
        ready = compressed[feed]
        body = ready() if ready else compress(bodies[feed])
        if not lake.put_if_absent(key, body) and _decompressed(lake.get(key)) != bodies[feed]:
            return None
    return tuple(
        msgspec.structs.replace(
            feed.note,
            key=None if feed.body is None else keys.raw_body_key(source, fetch_id, feed.note.feed),
        )
        for feed in fetched.feeds
    )


def _is_of(fetched: Fetched, note: FetchNote | None) -> bool:
    """Whether it is this very fetch, kept before."""
    return (
        note is not None
        and note.fetched_at == fetched.fetched_at
        and _digests(note) == {feed.note.feed: feed.note.sha256 for feed in fetched.feeds}
    )


def _refused(fetched: Fetched, wrong: ClockError) -> Verdict:
    decoded = Decoded("unusable", str(wrong), Columns())
    return decoded, missing_feeds((feed.note for feed in fetched.feeds), ()), ()


def _judge(
    lake: Lake,
    fetched: Fetched,
    tick: Tick,
    source: str,
    decoder: dialects.Decoder,
    lent: Mapping[Borrowed, bytes],
) -> Verdict:
    """The verdict, the names of the missing files, and what stands in for those with attributes."""
    notes = [feed.note for feed in fetched.feeds]
    if fetched.failure:
        return Decoded("fetch_failed", fetched.failure, Columns()), missing_feeds(notes, ()), ()
    decoded = decoder.decode(fetched.bodies)
    missing = missing_feeds(notes, decoded.missing)
    without = [feed for feed in ATTRIBUTE_FEEDS if feed in missing]
    if decoded.outcome == "unreadable" or not (without or lent):
        return decoded, missing, ()
    lent = lent or borrow(lake, source, tick, fetched.fetched_at, without)
    if lent:
        decoded = decoder.decode(fetched.bodies, {each.feed: body for each, body in lent.items()})
    return decoded, missing, tuple(sorted(lent, key=lambda each: each.feed))


def _digests(note: FetchNote) -> dict[str, str | None]:
    return {feed.feed: feed.sha256 for feed in note.feeds}


def _decompressed(stored: bytes | None) -> bytes | None:
    try:
        return None if stored is None else decompress(stored)
    except CorruptBody:
        return None


def notes_of_tick(lake: Lake, source: str, tick: Tick, warn: Warn = silent) -> list[FetchNote]:
    """The notes of every fetch of the tick that can be read, the first kept first."""
    return [note for _, note in notes_of_hour(lake, source, tick.hour, warn, of=tick)][::-1]


def last_note(lake: Lake, source: str, tick: Tick, warn: Warn = silent) -> FetchNote | None:
    """The note of the last usable fetch of the tick's hour or the one before; None where there is none."""
    for hour in (tick.hour, tick.hour.back(1)):
        for _, note in notes_of_hour(lake, source, hour, warn):
            if note.outcome == "ok":
                return note
    return None


def stored_body(lake: Lake, note: FetchNote | None, digest: str) -> bytes | None:
    """The body that the note keeps under this SHA-256, decompressed; None where it is not there."""
    for feed in note.feeds if note else ():
        stored = lake.get(feed.key) if feed.key and feed.sha256 == digest else None
        if stored is not None:
            return _decompressed(stored)
    return None
