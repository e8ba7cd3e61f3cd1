"""The second reading: each fetch goes into the raw store as the live feed's do, in the order of time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field

import msgspec

from velib_insights.adapters.compression import compress
from velib_insights.adapters.lake import Lake
from velib_insights.adapters.recordings import Unreadable
from velib_insights.core import dialects
from velib_insights.core.dialects.rows import legible
from velib_insights.core.fetch import ATTRIBUTE_FEEDS, Borrowed, FeedNote, Fetched, FetchedFeed, FetchNote
from velib_insights.core.network import Network
from velib_insights.core.recordings.dating import EVIDENCE
from velib_insights.core.recordings.pairing import Fetch
from velib_insights.core.ticks.tick import Hour, Tick
from velib_insights.steps.importing.plan import DatedBody, Plan
from velib_insights.steps.ingest import Ingested, store_fetch
from velib_insights.steps.notes import notes_of_hour


@dataclass(slots=True)
class Stored:
    """What became of the fetches: outcomes of those stored now, and the ticks between which they lie."""

    outcomes: dict[str, int] = field(default_factory=dict)
    unusable: list[Ingested] = field(default_factory=list)
    first: Tick | None = None
    last: Tick | None = None


_MOST_UNUSABLE = 20
_THREADS, _AHEAD = 2, 4
"""Compressing a body takes twice as long as all else that is done to it, and zlib lets other threads run."""


def store(
    lake: Lake, made: Plan, network: Network, on_fetch: Callable[[Ingested | None], None] = lambda _: None
) -> Stored:
    """Store every fetch of the plan, and count the bodies in its account.

    A fetch that is in the lake is left as it is and not read again; so an import that was interrupted goes on where
    it stopped. `on_fetch` is called with each fetch stored, and with None for one that was there or cannot be read.
    """
    with ThreadPoolExecutor(_THREADS) as pool:
        storing = _Storing(lake, made, network, pool)
        ahead: deque[_Ready] = deque()
        for place, fetch in enumerate(made.fetches):
            ahead.append(storing.prepare(place, fetch, made.tick_of(fetch)))
            if len(ahead) > _AHEAD:
                on_fetch(storing.store(ahead.popleft()))
        while ahead:
            on_fetch(storing.store(ahead.popleft()))
        return storing.done


@dataclass(frozen=True, slots=True)
class _Ready:
    """A fetch with its bodies read and about to be compressed, or with the `note` of what is in the lake."""

    place: int
    fetch: Fetch[DatedBody]
    tick: Tick
    note: FetchNote | None
    fetched: Fetched | None


class _Storing:
    def __init__(self, lake: Lake, made: Plan, network: Network, pool: Executor) -> None:
        self._lake = lake
        self._plan = made
        self._network = network
        self._pool = pool
        self._decoder = dialects.Decoder()
        self._keys: dict[tuple[int, str], Borrowed] = {}
        self._bodies: dict[str, tuple[str, bytes]] = {}
        self._hour: Hour | None = None
        self._notes: list[FetchNote] = []
        self.done = Stored()

    def prepare(self, place: int, fetch: Fetch[DatedBody], tick: Tick) -> _Ready:
        """Read the bodies of a fetch that is not in the lake, and have them compressed by other threads."""
        note = self._note_of(fetch, tick)
        fetched = None
        if note is None:
            try:
                fetched = _read(fetch, self._pool)
            except Unreadable as error:
                for body in (fetch.main, *fetch.own):
                    self._plan.account.skip("unreadable", body.body.path, str(error))
        return _Ready(place, fetch, tick, note, fetched)

    def store(self, ready: _Ready) -> Ingested | None:
        fetch, tick, done = ready.fetch, ready.tick, None
        if ready.note is not None:
            self._plan.account.present += 1 + len(fetch.own)
            self._remember(ready.place, ready.note)
        elif ready.fetched is not None:
            done = self._store(ready.place, fetch, tick, ready.fetched)
            self._plan.account.kept += 1 + len(fetch.own)
        else:
            return None
        self.done.first = min(self.done.first or tick, tick)
        self.done.last = max(self.done.last or tick, tick)
        return done

    def _store(self, place: int, fetch: Fetch[DatedBody], tick: Tick, fetched: Fetched) -> Ingested:
        network = msgspec.structs.replace(self._network, cadence_s=self._plan.cadence_at(fetch.main.at))
        done = store_fetch(
            self._lake,
            fetched,
            tick,
            network,
            f"imported, dated by {EVIDENCE[fetch.main.dated_by]}",
            decoder=self._decoder,
            lent=self._lent(fetch),
        )
        keys = {key.rsplit(".", 3)[1]: key for key in done.keys}
        for feed in fetched.feeds:
            if feed.note.feed in ATTRIBUTE_FEEDS and feed.note.sha256:
                self._keys[place, feed.note.feed] = Borrowed(
                    feed.note.feed, keys[feed.note.feed], feed.note.fetched_at, feed.note.sha256
                )
        self.done.outcomes[done.outcome] = self.done.outcomes.get(done.outcome, 0) + 1
        if done.outcome != "ok" and len(self.done.unusable) < _MOST_UNUSABLE:
            self.done.unusable.append(done)
        return done

    def _lent(self, fetch: Fetch[DatedBody]) -> dict[Borrowed, bytes]:
        """The attributes that another fetch of this import owns."""
        found = {}
        for body, owner in fetch.shares:
            borrowed = self._keys.get((owner, body.feed))
            if borrowed is not None:
                held = self._bodies.get(body.feed)
                if held is None or held[0] != borrowed.key:
                    try:
                        held = self._bodies[body.feed] = (borrowed.key, body.body.read())
                    except Unreadable:
                        continue
                found[borrowed] = held[1]
        return found

    def _note_of(self, fetch: Fetch[DatedBody], tick: Tick) -> FetchNote | None:
        """The note of this very fetch, where it is in the lake."""
        if self._hour != tick.hour:
            self._hour = tick.hour
            self._notes = [note for _, note in notes_of_hour(self._lake, self._network.source, tick.hour)]
        digest = fetch.main.body.sha256.hex()
        for note in self._notes:
            if note.fetched_at == fetch.main.fetched_at and any(
                feed.feed == fetch.main.feed and feed.sha256 == digest for feed in note.feeds
            ):
                return note
        return None

    def _remember(self, place: int, note: FetchNote) -> None:
        for feed in note.feeds:
            if feed.feed in ATTRIBUTE_FEEDS and feed.key and feed.sha256:
                self._keys[place, feed.feed] = Borrowed(feed.feed, feed.key, feed.fetched_at, feed.sha256)


def _unchanged(each: DatedBody) -> bytes:
    body = each.body.read()
    if len(body) != each.body.size:
        raise Unreadable("it changed while it was imported")
    return body


def _read(fetch: Fetch[DatedBody], pool: Executor) -> Fetched:
    """Raises Unreadable."""
    bodies = (fetch.main, *fetch.own)
    read = [(each, _unchanged(each)) for each in bodies]
    feeds = tuple(
        FetchedFeed(
            FeedNote(
                each.feed,
                legible(each.body.path),
                "ok",
                each.fetched_at,
                sha256=each.body.sha256.hex(),
                bytes=each.body.size,
            ),
            body,
            pool.submit(compress, body).result,
        )
        for each, body in read
    )
    return Fetched(dialects.dialect_of({each.feed: each for each in bodies}), fetch.main.fetched_at, feeds)
