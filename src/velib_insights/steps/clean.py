"""Clean: from the raw fetches of an hour to its partition, written whole in place of the last.

Raw may have expired: an hour is not replaced by one made of fewer fetches unless that is allowed.
"""

from __future__ import annotations

import gc
import hashlib
import multiprocessing
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial

from velib_insights.adapters.compression import CorruptBody, decompress
from velib_insights.adapters.lake import Entry, Lake
from velib_insights.adapters.lake_files import LakeFiles
from velib_insights.adapters.parquet import from_parquet, to_parquet
from velib_insights.core import keys
from velib_insights.core.clean import CleaningMemory, RawFetch, clean_hour
from velib_insights.core.errors import LakeError, VelibError
from velib_insights.core.fetch import OBSERVATION_FEEDS, Borrowed, FetchNote
from velib_insights.core.keys import NOTE, FetchId, RawKey
from velib_insights.core.ticks.tick import Hour, Tick
from velib_insights.core.zones import Zones
from velib_insights.steps.last_good import body_at
from velib_insights.steps.local_columns import IN_ZONE, localise
from velib_insights.steps.network import timezone_of
from velib_insights.steps.notes import read_note
from velib_insights.steps.provenance import Loss, Provenance, by_fetch, footer

# Raised when the same raw fetches give other tables than before, so that old partitions are cleaned again.
CLEAN_VERSION = "6"

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


@dataclass(frozen=True, slots=True)
class HourFailed:
    """Why an hour could not be cleaned, or was not because of what would be lost. It is as it was before."""

    hour: Hour
    reason: str
    loss: Loss | None = None


class WouldLose(LakeError):
    """Making the hour again would lose what its raw no longer holds. Nothing was changed."""

    def __init__(self, hour: Hour, loss: Loss, reason: str) -> None:
        super().__init__(
            f"the hour {hour.stamp} is kept as it is: {reason}",
            hint="Bring the raw back from a backup, or leave the hour as it is. To make it from what is left all the "
            f"same: velib clean --since {hour.stamp} --until {hour.stamp} --again --allow-fewer.",
        )
        self.hour, self.loss, self.reason = hour, loss, reason


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


def hours_to_clean(
    lake: Lake, source: str, first: Hour | None = None, last: Hour | None = None
) -> list[Hour]:
    """The hours that hold raw fetches or were cleaned before, in order: also those whose raw has expired."""
    cleaned = LakeFiles(lake, keys.TICKS_TIER).hours_between(first, last)
    return sorted({*hours_with_raw(lake, source, first, last), *cleaned})


def clean(
    lake: Lake,
    source: str,
    hour: Hour,
    zones: Zones,
    *,
    again: bool = False,
    allow_fewer: bool = False,
    without: Collection[Tick] = (),
    memory: CleaningMemory | None = None,
) -> HourCleaned:
    """Make the hour's partition from its raw fetches, unless it was made from the very same ones.

    Written in an order that a crash can cut anywhere: the ledger comes last and says what it was made from.
    Raises WouldLose, unless `allow_fewer`, where fetches that the hour was made from are gone; those of the ticks
    `without` were taken out on purpose. `memory` is that of the hours cleaned before, where there are any.
    """
    entries = _raw_entries(lake, source, hour)
    made_from = digest((entry for entry, _ in entries), zones, CLEAN_VERSION)
    before = Provenance.of(lake, source, hour)
    timezone = timezone_of(lake)
    if not again and before.made_from == made_from:
        return HourCleaned(hour, unchanged=not localise(lake, source, hour, timezone))
    stored = by_fetch(raw for _, raw in entries)
    loss = before.loss(lake, source, stored, without)
    if loss is None and not entries and not without:
        return HourCleaned(hour, unchanged=True)
    rules = f"{CLEAN_VERSION} {zones.digest}"
    if loss is not None and not again and not before.is_asked_anew(rules, stored):
        return HourCleaned(hour, unchanged=not localise(lake, source, hour, timezone))
    if not allow_fewer:
        _raise_if_lost(lake, source, hour, loss)
    lent = _Lent(lake)
    fetches = _fetches(lake, source, entries, lent)
    tables = clean_hour(source, fetches, zones, timezone, memory)
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
    notes = footer(made_from, rules, _used(stored, fetches, lent)) | ({IN_ZONE: timezone} if timezone else {})
    if entries or not without:
        lake.put(keys.part_key(keys.TICKS_TIER, hour), to_parquet(tables.ticks, notes))
    else:
        lake.delete(keys.part_key(keys.TICKS_TIER, hour))
    refused = len(tables.quarantine)
    kept = len(tables.observations)
    return HourCleaned(hour, len(tables.ticks), kept + refused, kept, refused)


def raise_if_more_is_lost(lake: Lake, source: str, hour: Hour, without: Collection[Tick]) -> None:
    """WouldLose where making the hour again without these ticks would lose something else."""
    stored = by_fetch(raw for _, raw in _raw_entries(lake, source, hour) if raw.fetch.tick not in without)
    _raise_if_lost(lake, source, hour, Provenance.of(lake, source, hour).loss(lake, source, stored, without))


def clean_or_tell(
    lake: Lake,
    source: str,
    hour: Hour,
    zones: Zones,
    *,
    again: bool = False,
    allow_fewer: bool = False,
    memory: CleaningMemory | None = None,
) -> HourCleaned | HourFailed:
    """As `clean`, with whatever goes wrong as an answer."""
    try:
        return clean(lake, source, hour, zones, again=again, allow_fewer=allow_fewer, memory=memory)
    except WouldLose as error:
        return HourFailed(hour, error.reason, error.loss)
    except VelibError as error:
        return HourFailed(hour, error.message)
    except Exception as error:  # noqa: BLE001 - told by raise_if_failed, after the other hours
        return HourFailed(hour, f"{type(error).__name__}: {error}")


def _raise_if_lost(lake: Lake, source: str, hour: Hour, loss: Loss | None) -> None:
    if loss is not None:
        raise WouldLose(hour, loss, str(loss))
    at_risk = _only_in_the_day(lake, source, hour)
    if at_risk:
        rows = sum(each.rows_known for each in at_risk.values())
        hours = ", ".join(each.stamp for each in at_risk)
        raise WouldLose(
            hour,
            Loss(0, 0, rows, rows),
            f"its day in history/ would be made anew without {hours}, whose clean files and raw are gone",
        )


def _only_in_the_day(lake: Lake, source: str, hour: Hour) -> dict[Hour, Loss]:
    """Other hours that the closed day holds and that neither clean files nor raw could give it again."""
    key = keys.day_part_key(keys.history_tier(source), hour.date)
    body = lake.get(key)
    if body is None:
        return {}
    try:
        epochs = from_parquet(body, key)["snapshot_epoch"].unique().to_pylist()
    except (LakeError, KeyError):
        return {}  # nothing can be read from it, and the next catalog makes it anew
    first, last = Hour.parse(hour.date, "00"), Hour.parse(hour.date, "23")
    clean = LakeFiles(lake, keys.clean_tier(source)).hours_between(first, last)
    found = {}
    for each in sorted({Hour(epoch - epoch % 3600) for epoch in epochs}.difference(clean, [hour])):
        stored = by_fetch(raw for _, raw in _raw_entries(lake, source, each))
        loss = Provenance.of(lake, source, each).loss(lake, source, stored)
        if loss is not None:
            found[each] = loss
    return found


def _used(
    stored: Mapping[FetchId, set[str]], fetches: Sequence[RawFetch], lent: _Lent
) -> dict[FetchId, set[str]]:
    """Of each fetch the objects that said something, those that it borrows by key.

    One that is damaged may be taken away without loss.
    """
    found: dict[FetchId, set[str]] = {}
    for fetch in fetches:
        borrowed = {own.key for own in fetch.note.borrowed} if fetch.note else set()
        used = stored[fetch.id].difference(fetch.damaged) | borrowed.difference(lent.absent)
        found.setdefault(fetch.id, set()).update(used)
    return found


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
                bodies[raw.fetch][raw.feed] = decompress(body)
            except CorruptBody as error:
                damaged[raw.fetch][raw.feed] = f"the stored body cannot be decompressed: {error}"
    fetches = []
    for fetch_id, found in bodies.items():
        note = notes.get(fetch_id)
        body_keys = {feed: keys.raw_body_key(source, fetch_id, feed) for feed in found}
        own, strays = found, dict[str, bytes]()
        if note is not None:
            named = {feed.feed for feed in note.feeds if feed.key}
            own = {feed: body for feed, body in found.items() if feed in named}
            strays = {feed: body for feed, body in found.items() if feed not in named}
        fetches.append(RawFetch(fetch_id, note, own, body_keys, damaged[fetch_id], lent.bodies(note)))
        if any(feed in strays for feed in OBSERVATION_FEEDS):  # of another worker, which crashed
            fetches.append(RawFetch(fetch_id, None, strays, body_keys))
    return fetches


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
    allow_fewer: bool = False,
    workers: int = 1,
    on_hour: Callable[[HourCleaned | HourFailed], None] = lambda _: None,
) -> list[HourCleaned | HourFailed]:
    """Clean many hours, telling `on_hour` of each as it is done; the answer is in the order of `hours`.

    An hour that fails does not keep the others back. Many hours are shared between `workers` processes; a few are
    not worth starting one.
    """
    task = partial(_clean_some, lake, source, zones=zones, again=again, allow_fewer=allow_fewer)
    if workers == 1 or len(hours) < _WORTH_A_PROCESS * 2 or lake.is_in_memory:
        with _collecting_seldom():
            return task(hours, memory=CleaningMemory(), on_hour=on_hour)
    workers = min(workers, len(hours) // _WORTH_A_PROCESS)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, gc.set_threshold, (_SELDOM,)) as pool:
        tasks = [
            pool.submit(_in_worker, task, hours[at : at + _HOURS_A_TASK])
            for at in range(0, len(hours), _HOURS_A_TASK)
        ]
        try:
            for each in as_completed(tasks):
                for outcome in each.result():
                    on_hour(outcome)
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
        return [outcome for each in tasks for outcome in each.result()]


def _clean_some(
    lake: Lake,
    source: str,
    hours: Sequence[Hour],
    *,
    zones: Zones,
    again: bool,
    allow_fewer: bool,
    memory: CleaningMemory,
    on_hour: Callable[[HourCleaned | HourFailed], None] = lambda _: None,
) -> list[HourCleaned | HourFailed]:
    done = []
    for hour in hours:
        done.append(
            clean_or_tell(lake, source, hour, zones, again=again, allow_fewer=allow_fewer, memory=memory)
        )
        on_hour(done[-1])
    return done


def _in_worker(
    task: Callable[..., list[HourCleaned | HourFailed]], hours: Sequence[Hour]
) -> list[HourCleaned | HourFailed]:
    return task(hours, memory=memory_of_process())


@cache
def memory_of_process() -> CleaningMemory:
    """One for each worker process, which is given hours task by task and may clean them in one thread only."""
    return CleaningMemory()


@contextmanager
def _collecting_seldom() -> Iterator[None]:
    """Bodies are trees: looking for cycles in them every 700 objects costs a sixth of the cleaning."""
    before = gc.get_threshold()
    gc.set_threshold(_SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)
