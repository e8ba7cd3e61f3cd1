"""The last good body of a file that a fetch lacks: names, places and types seldom change, and counts do not wait."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from velib_insights.adapters.compression import CorruptBody, decompress
from velib_insights.adapters.lake import Lake
from velib_insights.core import dialects
from velib_insights.core.fetch import Borrowed, FetchNote
from velib_insights.core.ticks.tick import Tick
from velib_insights.steps.notes import notes_of_hour

GOOD_FOR = timedelta(hours=24)
_HOURS = (
    26  # a body of 24 hours ago may belong to a tick of the hour before, and the fetch come late for its own
)


def borrow(
    lake: Lake, source: str, tick: Tick, fetched_at: datetime, feeds: Iterable[str]
) -> dict[Borrowed, bytes]:
    """For each of the feeds the last usable body that was fetched at most 24 hours before, where there is one."""
    wanted, found = set(feeds), dict[Borrowed, bytes]()
    for note in _notes_before(lake, source, tick):
        for feed in sorted(wanted):
            lent, is_last_word = _lent_by(note, feed)
            if lent and timedelta(0) <= fetched_at - lent.fetched_at <= GOOD_FOR:
                body = body_at(lake, lent.key, lent.sha256)
                if body is not None and dialects.is_usable_attributes(feed, body):
                    found[lent] = body
                    wanted.discard(feed)
            if is_last_word:
                wanted.discard(feed)
        if not wanted:
            break
    return found


def last_discovery(lake: Lake, source: str, tick: Tick, url: str) -> bytes | None:
    """The last `gbfs.json` that was read at this address, of the fetches of the last day."""
    for note in _notes_before(lake, source, tick):
        own = next((own for own in note.feeds if own.feed == "gbfs" and own.url == url), None)
        if own and own.key and own.sha256:
            body = body_at(lake, own.key, own.sha256)
            if body is not None:
                return body
    return None


def body_at(lake: Lake, key: str, digest: str) -> bytes | None:
    """The body kept under this key, decompressed; None where it is gone, damaged or another than `digest` says."""
    stored = lake.get(key)
    try:
        body = None if stored is None else decompress(stored)
    except CorruptBody:
        return None
    return body if body is not None and hashlib.sha256(body).hexdigest() == digest else None


def _notes_before(lake: Lake, source: str, tick: Tick) -> Iterator[FetchNote]:
    for hours in range(_HOURS):
        for fetch, note in notes_of_hour(lake, source, tick.hour.back(hours)):
            if fetch.tick <= tick:
                yield note


def _lent_by(note: FetchNote, feed: str) -> tuple[Borrowed | None, bool]:
    """What the fetch has of this feed, its own or borrowed; and whether no earlier fetch need be asked.

    A usable fetch that lacks the file has looked for it among all earlier ones.
    """
    if feed in note.missing_feeds:
        lent = next((lent for lent in note.borrowed if lent.feed == feed), None)
        return lent, note.outcome == "ok"
    own = next((own for own in note.feeds if own.feed == feed and own.key and own.sha256), None)
    if own is None or own.key is None or own.sha256 is None:
        return None, False
    return Borrowed(feed, own.key, own.fetched_at, own.sha256), False
