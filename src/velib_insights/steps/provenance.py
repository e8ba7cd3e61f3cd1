"""Provenance: which raw fetches an hour's files were made from, and which of those are gone.

Raw expires, by the bucket's lifecycle or by hand, and clean hours outlive it. An hour that is made again from what is
left of its raw would lose the rest, so cleaning asks here first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from velib_insights.adapters.lake import Lake
from velib_insights.adapters.parquet import from_parquet, notes_of
from velib_insights.core import keys
from velib_insights.core.errors import LakeError
from velib_insights.core.fetch import OBSERVATION_FEEDS
from velib_insights.core.keys import NOTE, FetchId, RawKey
from velib_insights.core.ticks.tick import Hour, Tick
from velib_insights.steps.notes import read_note

Stored = Mapping[FetchId, Collection[str]]
"""The raw objects of each fetch by feed, of which the fetch note is `fetch`; in a ledger also keys that it borrows."""

MADE_FROM = "velib.made_from"
_RULES, _FETCHES = "velib.rules", "velib.fetches"


@dataclass(frozen=True, slots=True)
class Loss:
    """What making an hour again would lose: fetches of those known, and at most so many of its rows."""

    fetches_known: int
    fetches_gone: int
    rows_known: int
    rows_at_risk: int

    def __str__(self) -> str:
        left = self.fetches_known - self.fetches_gone
        return f"{left} of {self.fetches_known} fetches left, {self.rows_at_risk:,} of {self.rows_known:,} rows at risk"


@dataclass(frozen=True, slots=True)
class TickKnown:
    """What is known of one tick of the hour from its files."""

    fetches: int
    rows: int
    has_note: bool


@dataclass(frozen=True, slots=True)
class Provenance:
    """What an hour's files say of their making.

    `rules` and `fetches` are None where an older version wrote the ledger, `ticks` is empty where the hour has none.
    """

    made_from: str | None
    rules: str | None
    fetches: Stored | None
    ticks: Mapping[Tick, TickKnown]

    @classmethod
    def of(cls, lake: Lake, source: str, hour: Hour) -> Provenance:
        """By the ledger; where that is missing or damaged, by the observations; at last by the closed day."""
        body = lake.get(keys.part_key(keys.TICKS_TIER, hour))
        ticks = _of_ledger(body)
        if (
            body is None or not ticks or any(tick.hour != hour for tick in ticks)
        ):  # none, or a copy of another hour's
            notes = notes_of(body) if body and ticks is not None and not ticks else {}
            return cls(notes.get(MADE_FROM), notes.get(_RULES), None, _of_observations(lake, source, hour))
        notes = notes_of(body)
        return cls(notes.get(MADE_FROM), notes.get(_RULES), fetches_in(notes), ticks)

    def loss(self, lake: Lake, source: str, stored: Stored, without: Collection[Tick] = ()) -> Loss | None:
        """What would be lost if the hour were made from `stored`; None if nothing but the ticks `without`."""
        gone = self._gone(lake, source, stored)
        for tick in without:
            del gone[tick]
        if not gone:
            return None
        known = len(self.fetches) if self.fetches is not None else sum(t.fetches for t in self.ticks.values())
        return Loss(
            known,
            sum(gone.values()),
            sum(tick.rows for tick in self.ticks.values()),
            sum(self.ticks[tick].rows for tick in gone if tick in self.ticks),
        )

    def is_asked_anew(self, rules: str, stored: Stored) -> bool:
        """Whether there is a reason to make the hour again beside raw that went: other rules or zones, further raw."""
        if self.rules != rules or self.fetches is None:
            return True
        return any(set(feeds).difference(self.fetches.get(fetch, ())) for fetch, feeds in stored.items())

    def _gone(self, lake: Lake, source: str, stored: Stored) -> Counter[Tick]:
        gone: Counter[Tick] = Counter()
        if self.fetches is not None:
            for fetch, objects in self.fetches.items():
                absent = set(objects).difference(stored.get(fetch, ()))
                if any("/" not in each or lake.get(each) is None for each in absent):
                    gone[fetch.tick] += 1
            return gone
        for tick, known in self.ticks.items():
            there = {fetch: feeds for fetch, feeds in stored.items() if fetch.tick == tick}
            whole = sum(_is_whole(lake, source, fetch, feeds) for fetch, feeds in there.items())
            missing = known.fetches - whole
            if missing <= 0 and known.rows:
                observed = any(set(OBSERVATION_FEEDS) & set(feeds) for feeds in there.values())
                noted = any(NOTE in feeds for feeds in there.values())
                missing = 0 if observed and (noted or not known.has_note) else 1
            if missing > 0:
                gone[tick] = missing
        return gone


def footer(made_from: str, rules: str, fetches: Stored) -> dict[str, str]:
    """What a ledger says of its making, for `Provenance.of` to read."""
    lines = [f"{fetch} {','.join(sorted(feeds))}" for fetch, feeds in sorted(fetches.items())]
    return {MADE_FROM: made_from, _RULES: rules, _FETCHES: "\n".join(lines)}


def fetches_in(notes: Mapping[str, str]) -> Stored | None:
    """The fetches that a ledger's footer lists; None for an older one."""
    return _parsed(notes[_FETCHES]) if _FETCHES in notes else None


def lacks(fetches: Stored, stored: Stored) -> bool:
    """Whether raw objects of these fetches are gone; bodies that they borrow elsewhere are not looked at."""
    return any(
        "/" not in each
        for fetch, objects in fetches.items()
        for each in set(objects).difference(stored.get(fetch, ()))
    )


def _parsed(text: str) -> Stored:
    found = {}
    for line in text.splitlines():
        name, _, feeds = line.partition(" ")
        stamp, _, refetch_suffix = name.partition(".")
        found[FetchId(Tick.parse(stamp), refetch_suffix)] = frozenset(feeds.split(","))
    return found


def by_fetch(named: Iterable[RawKey]) -> dict[FetchId, set[str]]:
    """The feeds of each fetch."""
    found: dict[FetchId, set[str]] = {}
    for raw in named:
        found.setdefault(raw.fetch, set()).add(raw.feed)
    return found


def _is_whole(lake: Lake, source: str, fetch: FetchId, feeds: Collection[str]) -> bool:
    """Whether every body that the fetch's note tells of is there; yes without a note that can be read."""
    key = keys.fetch_note_key(source, fetch)
    body = lake.get(key) if NOTE in feeds else None
    if body is None:
        return True
    try:
        note = read_note(body, key)
    except LakeError:
        return True
    return all(feed.feed in feeds for feed in note.feeds if feed.key)


def _of_ledger(body: bytes | None) -> dict[Tick, TickKnown] | None:
    """None for a ledger that is missing, damaged or without these columns."""
    if body is None:
        return None
    try:
        rows = (
            from_parquet(body, "").select(["snapshot_epoch", "bodies", "rows_kept", "fetched_at"]).to_pylist()
        )
    except (LakeError, KeyError):
        return None
    return {
        Tick(row["snapshot_epoch"]): TickKnown(row["bodies"], row["rows_kept"], row["fetched_at"] is not None)
        for row in rows
    }


def rows_in_ledger(lake: Lake, hour: Hour) -> int:
    """How many rows the ledger says that the hour holds; 0 without one that can be read."""
    known = _of_ledger(lake.get(keys.part_key(keys.TICKS_TIER, hour))) or {}
    return sum(tick.rows for tick in known.values())


def _of_observations(lake: Lake, source: str, hour: Hour) -> dict[Tick, TickKnown]:
    day = keys.day_part_key(keys.history_tier(source), hour.date)
    for key in (keys.part_key(keys.clean_tier(source), hour), day):
        body = lake.get(key)
        if body is None:
            continue
        try:
            table = from_parquet(body, key).select(["snapshot_epoch", "fetched_at"])
        except (LakeError, KeyError):
            continue
        epochs = table["snapshot_epoch"].to_pylist()
        noted = {
            epoch for epoch, at in zip(epochs, table["fetched_at"].to_pylist(), strict=True) if at is not None
        }
        counts = Counter(epoch for epoch in epochs if hour.epoch <= epoch < hour.epoch + 3600)
        if counts:
            return {Tick(epoch): TickKnown(1, rows, epoch in noted) for epoch, rows in sorted(counts.items())}
    return {}
