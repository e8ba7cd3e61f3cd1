"""Raw fetches: bodies and notes that belong together, whole."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor

from velib_insights.adapters.lake import Entry, Lake
from velib_insights.core.errors import LakeError
from velib_insights.core.fetch import FetchNote
from velib_insights.core.keys import FetchId
from velib_insights.steps.doctor.finding import RECENT_H, Finding, counted, named
from velib_insights.steps.doctor.lake.inventory import Inventory
from velib_insights.steps.notes import read_note

_NOTES_H = 48
_LONE_NOTES = 500
_READERS = 8


def raw_fetches(lake: Lake, held: Inventory, source: str) -> Iterator[Finding]:
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


def last_note(lake: Lake, held: Inventory, source: str) -> FetchNote | None:
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
