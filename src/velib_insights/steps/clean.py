"""Clean: from the raw fetches of an hour to its partition, written whole in place of the last."""

from __future__ import annotations

import gc
import hashlib
import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass

from velib_insights.adapters.lake import Entry, Lake
from velib_insights.adapters.packed import DamagedBody, unpack
from velib_insights.adapters.parquet import notes_of, to_parquet
from velib_insights.core import keys
from velib_insights.core.clean import NOTE, RawFetch, clean_hour
from velib_insights.core.errors import LakeError
from velib_insights.core.fetch import Borrowed, FetchNote
from velib_insights.core.keys import FetchId, RawKey
from velib_insights.core.tick import Hour
from velib_insights.core.zones import Zones
from velib_insights.steps.last_good import body_at
from velib_insights.steps.notes import read_note

# Raised when the same raw fetches give other tables than before, so that old partitions are cleaned again.
CLEAN_VERSION = "5"

MADE_FROM = "velib.made_from"  # the note in a ledger's footer that holds the digest
_SELDOM = 100_000  # objects made between two collections of garbage
_WORTH_A_PROCESS = 24  # hours: about as long as a process takes to start
_HOURS_A_TASK = 6  # handing over each hour on its own costs two workers a fifth of their time


@dataclass(frozen=True, slots=True)
class HourCleaned:
    """What became of an hour. `unchanged` means that its partition was made from the same raw before."""

    hour: Hour
    ticks: int = 0
    rows_in: int = 0
    rows_kept: int = 0
    rows_refused: int = 0
    unchanged: bool = False


def hours_with_raw(
    lake: Lake, source: str, first: Hour | None = None, last: Hour | None = None
) -> list[Hour]:
    """The hours that hold raw fetches, in order, between `first` and `last` where these are given."""
    hours = []
    for date_folder in lake.folders(keys.raw_tier(source)):
        date = date_folder.removeprefix("date=")
        if (first and date < first.date) or (last and date > last.date):
            continue
        for hour_folder in lake.folders(f"{keys.raw_tier(source)}/{date_folder}"):
            try:
                hour = Hour.parse(date, hour_folder.removeprefix("hour="))
            except ValueError:
                continue  # a folder of another kind; velib doctor names it
            if (first is None or hour >= first) and (last is None or hour <= last):
                hours.append(hour)
    return hours


def clean(lake: Lake, source: str, hour: Hour, zones: Zones, *, again: bool = False) -> HourCleaned:
    """Make the hour's partition from its raw fetches, unless it was made from the very same ones.

    Written in an order that a crash can cut anywhere: the ledger comes last and says what it was made from.
    """
    entries = _raw_entries(lake, source, hour)
    made_from = digest((entry for entry, _ in entries), zones, CLEAN_VERSION)
    ledger = keys.part_key(keys.TICKS_TIER, hour)
    if not again and _made_from(lake, ledger) == made_from:
        return HourCleaned(hour, unchanged=True)
    lent = _Lent(lake)
    tables = clean_hour(source, _fetches(lake, source, entries, lent), zones)
    if lent.absent:  # then it is made again once they are back
        made_from = hashlib.sha256("\n".join([made_from, *lent.absent]).encode()).hexdigest()
    lake.delete(keys.day_part_key(keys.history_tier(source), hour.date))
    for tier, table in (
        (keys.quarantine_tier(source), tables.quarantine),
        (keys.clean_tier(source), tables.observations),
    ):
        if len(table):
            lake.put(keys.part_key(tier, hour), to_parquet(table))
        else:
            lake.delete(keys.part_key(tier, hour))
    lake.put(ledger, to_parquet(tables.ticks, {MADE_FROM: made_from}))
    refused = len(tables.quarantine)
    kept = len(tables.observations)
    return HourCleaned(hour, len(tables.ticks), kept + refused, kept, refused)


def _raw_entries(lake: Lake, source: str, hour: Hour) -> list[tuple[Entry, RawKey]]:
    """The hour's raw objects, with what their names say; objects of other names are none."""
    entries = lake.entries(keys.hour_folder(keys.raw_tier(source), hour))
    named = ((entry, keys.parse_raw_name(entry.key.rsplit("/", 1)[-1])) for entry in entries)
    return [(entry, raw) for entry, raw in named if raw is not None]


def digest(entries: Iterable[Entry], zones: Zones, version: str = CLEAN_VERSION) -> str:
    """What a partition is made from: raw objects are never changed, so name and size tell them apart.

    `entries` are the hour's raw objects in the order of their keys. A note names the bodies that it borrows, so these
    are among it.
    """
    text = "\n".join([version, zones.digest, *(f"{entry.key} {entry.size}" for entry in entries)])
    return hashlib.sha256(text.encode()).hexdigest()


def _made_from(lake: Lake, ledger: str) -> str | None:
    body = lake.get(ledger)
    return notes_of(body).get(MADE_FROM) if body else None


def _fetches(lake: Lake, source: str, entries: Iterable[tuple[Entry, RawKey]], lent: _Lent) -> list[RawFetch]:
    notes: dict[FetchId, FetchNote] = {}
    bodies: dict[FetchId, dict[str, bytes]] = {}
    damaged: dict[FetchId, dict[str, str]] = {}
    for entry, raw in entries:
        body = lake.get(entry.key)
        if body is None:
            continue
        bodies.setdefault(raw.fetch, {})
        damaged.setdefault(raw.fetch, {})
        if raw.is_note:
            try:
                notes[raw.fetch] = read_note(body, entry.key)
            except LakeError as error:
                damaged[raw.fetch][NOTE] = error.message
        else:
            try:
                bodies[raw.fetch][raw.feed] = unpack(body)
            except DamagedBody as error:
                damaged[raw.fetch][raw.feed] = f"the stored body cannot be decompressed: {error}"
    return [
        RawFetch(
            fetch_id,
            notes.get(fetch_id),
            found,
            {feed: keys.raw_body_key(source, fetch_id, feed) for feed in found},
            damaged[fetch_id],
            lent.bodies(notes.get(fetch_id)),
        )
        for fetch_id, found in bodies.items()
    ]


class _Lent:
    """The bodies of other fetches that notes name, each read once an hour; `absent` are the keys that are gone."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._read: dict[str, bytes | None] = {}

    @property
    def absent(self) -> list[str]:
        return sorted(key for key, body in self._read.items() if body is None)

    def bodies(self, note: FetchNote | None) -> dict[str, bytes]:
        found = {lent.feed: self._body(lent) for lent in (note.borrowed if note else ())}
        return {feed: body for feed, body in found.items() if body is not None}

    def _body(self, lent: Borrowed) -> bytes | None:
        if lent.key not in self._read:
            self._read[lent.key] = body_at(self._lake, lent.key, lent.sha256)
        return self._read[lent.key]


def clean_all(
    lake: Lake,
    source: str,
    hours: Sequence[Hour],
    zones: Zones,
    *,
    again: bool = False,
    workers: int = 1,
    on_hour: Callable[[HourCleaned], None] = lambda _: None,
) -> list[HourCleaned]:
    """Clean many hours, telling `on_hour` of each as it is done; the answer is in the order of `hours`.

    Many hours are shared between `workers` processes; a few are not worth starting one.
    """
    if workers == 1 or len(hours) < _WORTH_A_PROCESS * 2 or lake.is_in_memory:
        done = []
        with _collecting_seldom():
            for hour in hours:
                done.append(clean(lake, source, hour, zones, again=again))
                on_hour(done[-1])
        return done
    workers = min(workers, len(hours) // _WORTH_A_PROCESS)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, gc.set_threshold, (_SELDOM,)) as pool:
        tasks = [
            pool.submit(_clean_some, lake, source, hours[at : at + _HOURS_A_TASK], zones, again=again)
            for at in range(0, len(hours), _HOURS_A_TASK)
        ]
        try:
            for task in as_completed(tasks):
                for cleaned in task.result():
                    on_hour(cleaned)
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
        return [cleaned for task in tasks for cleaned in task.result()]


def _clean_some(
    lake: Lake, source: str, hours: Sequence[Hour], zones: Zones, *, again: bool
) -> list[HourCleaned]:
    return [clean(lake, source, hour, zones, again=again) for hour in hours]


@contextmanager
def _collecting_seldom() -> Iterator[None]:
    """Bodies are trees: looking for cycles in them every 700 objects costs a sixth of the cleaning."""
    before = gc.get_threshold()
    gc.set_threshold(_SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)
