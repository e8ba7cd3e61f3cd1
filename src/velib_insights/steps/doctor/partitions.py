"""What is stored: raw fetches that are whole, and Parquet files that can be read and were made from them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

from velib_insights.adapters.lake import Entry, Lake
from velib_insights.core import keys
from velib_insights.core.errors import LakeError
from velib_insights.core.fetch import FetchNote
from velib_insights.core.keys import FetchId
from velib_insights.core.schema import arrow_schema
from velib_insights.core.tables import QUARANTINE, SOURCE_VELIB, TICKS, Table
from velib_insights.core.tick import Hour
from velib_insights.core.zones import Zones
from velib_insights.steps.clean import is_current
from velib_insights.steps.doctor.finding import Finding, clean_command, counted, named, stamp
from velib_insights.steps.doctor.holdings import Holdings
from velib_insights.steps.ingest import read_note

RECENT_H = 7 * 24  # hours whose files and digests are read; older ones are judged by their listing alone
_NOTES_H = 48
_LONE_NOTES = 500
_READERS = 8


def raw_fetches(lake: Lake, held: Holdings, source: str) -> Iterator[Finding]:
    """Bodies without note, notes without their bodies, empty objects. Notes are read for the last 48 hours."""
    raw = held.of(source).raw
    if not raw:
        return
    last = max(raw)
    noteless: list[FetchId] = []
    empty: list[str] = []
    to_read: list[Mapping[str, Entry]] = []
    for hour in sorted(raw, reverse=True):
        for fetch, objects in raw[hour].items():
            if "fetch" not in objects:
                noteless.append(fetch)
            elif hour > last.back(_NOTES_H) or (len(objects) == 1 and len(to_read) < _LONE_NOTES):
                to_read.append(objects)
            empty += [entry.key for entry in objects.values() if not entry.size]
    if noteless:
        yield Finding(
            "note",
            "raw",
            f"{counted(len(noteless), 'fetch has', 'fetches have')} bodies and no note on how they were got, "
            f"as after a crash: {named(sorted(noteless))}.",
            "Nothing to do: they count all the same, dated by their tick.",
            {"count": len(noteless), "fetches": [str(fetch) for fetch in sorted(noteless)[:10]]},
        )
    if empty:
        yield Finding(
            "error",
            "raw",
            f"{counted(len(empty), 'raw object is', 'raw objects are')} empty: {named(sorted(empty))}.",
            "Bring them back from a backup, or remove them: nothing can be read from them.",
            {"count": len(empty), "keys": sorted(empty)[:10]},
        )
    gone, unreadable = [], []
    with ThreadPoolExecutor(_READERS) as pool:
        for missing, problem in pool.map(lambda objects: _bodies_missing(lake, objects), to_read):
            gone += missing
            unreadable += [problem] if problem else []
    if gone:
        yield Finding(
            "error",
            "raw",
            f"{counted(len(gone), 'body', 'bodies')} that a note tells of "
            f"{'is' if len(gone) == 1 else 'are'} missing: {named(sorted(gone))}.",
            "Bring them back from a backup and run `velib clean`; without them these ticks cannot be rebuilt.",
            {"count": len(gone), "keys": sorted(gone)[:10]},
        )
    if unreadable:
        yield Finding(
            "error",
            "raw",
            f"{counted(len(unreadable), 'fetch note')} cannot be read: {named(sorted(unreadable))}.",
            "Move them out of the lake and run `velib clean`; the bodies beside them still count.",
            {"count": len(unreadable), "keys": sorted(unreadable)[:10]},
        )
    if not (empty or gone or unreadable):
        fetches = sum(map(len, raw.values()))
        yield Finding(
            "ok",
            "raw",
            f"{counted(fetches, 'fetch is', 'fetches are')} kept; {counted(len(to_read), 'note')} read, "
            "no body missing.",
            figures={"fetches": fetches, "notes_read": len(to_read)},
        )


def _bodies_missing(lake: Lake, objects: Mapping[str, Entry]) -> tuple[list[str], str | None]:
    """Keys that the fetch's note names and that are not there; or the key of a note that cannot be read."""
    key = objects["fetch"].key
    try:
        note = read_note(lake.get(key) or b"", key)
    except LakeError:
        return [], key
    there = {entry.key for entry in objects.values()}
    return [feed.key for feed in note.feeds if feed.key and feed.key not in there], None


def last_note(lake: Lake, held: Holdings, source: str) -> FetchNote | None:
    """The note of the latest fetch of the last seven days that has one which can be read."""
    raw = held.of(source).raw
    for hour in sorted(raw, reverse=True):
        if hour <= max(raw).back(RECENT_H):
            break
        for fetch in sorted(raw[hour], reverse=True):
            entry = raw[hour][fetch].get("fetch")
            if entry is not None:
                with contextlib.suppress(LakeError):  # raw_fetches names it
                    return read_note(lake.get(entry.key) or b"", entry.key)
    return None


def unreadable_files(lake: Lake, held: Holdings, source: str, bad: set[str]) -> Iterator[Finding]:
    """Parquet files that cannot be read or have other columns than the catalogue. Their keys go into `bad`.

    Files that only lack columns can be read: an earlier version wrote them. The last seven days are read, older files
    are judged by their size.
    """
    of_source, last = held.of(source), max(held.ticks, default=held.last_hour(source))
    by_table: list[tuple[Table, Mapping[Hour, Entry]]] = [
        (TICKS, held.ticks),
        (SOURCE_VELIB, of_source.clean),
        (QUARANTINE, of_source.quarantine),
    ]
    to_read: list[tuple[Table, Hour, Entry]] = []
    broken: list[tuple[Hour, str, str]] = []
    other: list[tuple[Hour, str, str]] = []
    older: list[tuple[Hour, str, str]] = []
    for table, files in by_table:
        for hour, entry in files.items():
            if last is not None and hour > last.back(RECENT_H):
                to_read.append((table, hour, entry))
            elif not entry.size:
                broken.append((hour, entry.key, "it is empty"))
    with ThreadPoolExecutor(_READERS) as pool:
        judged = pool.map(lambda each: _what_is_wrong(lake, each[0], each[2]), to_read)
        found_as = {"broken": broken, "other": other, "older": older}
        for (_, hour, entry), (problem, state) in zip(to_read, judged, strict=True):
            if problem:
                found_as[state].append((hour, entry.key, problem))
    for found, kind in ((broken, "cannot be read"), (other, "has other columns than the catalogue")):
        if not found:
            continue
        found.sort()
        bad |= {key for _, key, _ in found}
        hours = [hour for hour, _, _ in found]
        plural = kind if len(found) == 1 else kind.replace("has", "have")
        yield Finding(
            "error",
            "clean",
            f"{counted(len(found), 'Parquet file')} {plural}: "
            f"{named([f'{key} ({why})' for _, key, why in found], 5)}.",
            f"Make them anew from raw: `{clean_command(hours)} --again`.",
            {"count": len(found), "files": [{"key": key, "why": why} for _, key, why in found[:10]]},
        )
    if older:
        older.sort()
        yield Finding(
            "warning",
            "clean",
            f"{counted(len(older), 'Parquet file lacks', 'Parquet files lack')} columns that an earlier version did "
            f"not write; they read as null: {named([f'{key} ({why})' for _, key, why in older], 5)}.",
            f"Make them anew from raw: `{clean_command([hour for hour, _, _ in older])} --again`.",
            {"count": len(older), "files": [{"key": key, "why": why} for _, key, why in older[:10]]},
        )
    for date, entry in sorted(of_source.history.items()):
        if not entry.size:
            yield Finding(
                "error",
                "clean",
                f"The compacted day {entry.key} is empty.",
                f"Remove the folder {keys.history_tier(source)}/date={date} and run `velib catalog`.",
                {"key": entry.key},
            )
    if not (broken or other or older) and to_read:
        yield Finding(
            "ok",
            "clean",
            f"{counted(len(to_read), 'Parquet file')} of the last seven days read: all follow the catalogue.",
            figures={"files_read": len(to_read)},
        )


def _what_is_wrong(
    lake: Lake, table: Table, entry: Entry
) -> tuple[str | None, Literal["broken", "other", "older"]]:
    """In words, or None for a file as it should be; and whether it is broken, has other columns or lacks some."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not entry.size:
        return "it is empty", "broken"
    try:
        found = pq.read_schema(pa.BufferReader(lake.get(entry.key) or b""))
    except (pa.ArrowInvalid, OSError) as error:
        return str(error).split("\n", 1)[0].rstrip(". "), "broken"
    wanted = arrow_schema(table)
    missing = [name for name in wanted.names if name not in found.names]
    further = [name for name in found.names if name not in wanted.names]
    typed = [
        f"{name} is {found.field(name).type}, not {wanted.field(name).type}"
        for name in wanted.names
        if name in found.names and found.field(name).type != wanted.field(name).type
    ]
    said = [f"without {named(missing, 3)}"] if missing else []
    said += [f"with {named(further, 3)} besides"] if further else []
    return "; ".join([*said, *typed[:3]]) or None, "other" if further or typed else "older"


def stale_hours(lake: Lake, held: Holdings, source: str, zones: Zones) -> Iterator[Finding]:
    """Hours not cleaned at all, and those of the last seven days that were made from other raw than lies there."""
    raw, last = held.of(source).raw, held.last_hour(source)
    uncleaned = sorted(hour for hour in raw if hour not in held.ticks)
    recent = [hour for hour in sorted(raw) if hour in held.ticks and last and hour > last.back(RECENT_H)]
    with ThreadPoolExecutor(_READERS) as pool:
        current = pool.map(lambda hour: is_current(lake, source, hour, zones), recent)
        outdated = [hour for hour, is_it in zip(recent, current, strict=True) if not is_it]
    for hours, how in ((uncleaned, "not cleaned yet"), (outdated, "made from other raw, rules or zones")):
        if hours:
            yield Finding(
                "warning",
                "clean",
                f"{counted(len(hours), 'hour is', 'hours are')} {how}: {named(hours, 5)}.",
                f"Run `{clean_command(hours)}`.",
                {"count": len(hours), "hours": [stamp(hour) for hour in hours[:10]]},
            )
    orphans = sorted(hour for hour in held.ticks if hour not in raw)
    if orphans:
        yield Finding(
            "note",
            "clean",
            f"{counted(len(orphans), 'hour is', 'hours are')} clean whose raw is gone: {named(orphans, 5)}.",
            "Keep them: they cannot be made anew. Bring the raw back from a backup if there is one.",
            {"count": len(orphans), "hours": [stamp(hour) for hour in orphans[:10]]},
        )
    if raw and not uncleaned and not outdated:
        yield Finding(
            "ok",
            "clean",
            f"{counted(len(raw), 'hour')} cleaned; the last {counted(len(recent), 'hour')} with data "
            "compared with the raw store and current.",
            figures={"hours": len(raw), "hours_compared": len(recent)},
        )


def open_days(held: Holdings, source: str) -> Iterator[Finding]:
    """Closed days that are not compacted: nothing is wrong, long questions take longer."""
    of_source = held.of(source)
    dates = sorted({hour.date for hour in of_source.clean})
    left = [date for date in dates[:-1] if date not in of_source.history]
    if left:
        yield Finding(
            "note",
            "clean",
            f"{counted(len(left), 'closed day is', 'closed days are')} not compacted: {named(left, 5)}.",
            "Run `velib catalog`; questions over long ranges get faster.",
            {"count": len(left), "dates": left[:10]},
        )
