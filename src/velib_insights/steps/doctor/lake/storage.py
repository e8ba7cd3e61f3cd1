"""The place itself: can it be written, is there room, and what lies in it that should not."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from datetime import datetime

from velib_insights.adapters.lake import Lake
from velib_insights.core import keys
from velib_insights.core.ticks.tick import Hour
from velib_insights.steps.doctor.finding import Finding, counted, duration, named, volume
from velib_insights.steps.doctor.lake.inventory import Inventory

PROBE_KEY = "site/doctor-probe.txt"
_STAGED_AFTER_S = 60
_DAY_S = 86_400
_LITTLE_ROOM = 200_000_000  # bytes: about what compacting a day and a query's answer may need at once


def writable(lake: Lake) -> Iterator[Finding]:
    """Writes an object, reads it and removes it. Raises LakeError, which says why it cannot."""
    was_there = lake.root is not None and (lake.root / "site").exists()
    lake.put(PROBE_KEY, b"velib doctor")
    back = lake.get(PROBE_KEY)
    lake.delete(PROBE_KEY)
    if lake.root is not None and not was_there:
        with contextlib.suppress(OSError):
            (lake.root / "site").rmdir()
    if back == b"velib doctor":
        yield Finding("ok", "lake", f"{lake.name} can be read and written.")
    else:
        yield Finding(
            "error",
            "lake",
            f"what is written to {lake.name} does not read back the same",
            "Check the disk or the S3 service: data kept there cannot be trusted.",
        )


def room(lake: Lake, held: Inventory) -> Iterator[Finding]:
    """Free space of a local lake against what a day adds, measured over its last seven days of data."""
    size = sum(entry.size for entry in held.entries)
    growth = _growth_a_day(held)
    figures = {"bytes": size, "objects": len(held.entries), "bytes_a_day": growth}
    weighs = f"The lake weighs {volume(size)} in {counted(len(held.entries), 'object')}"
    if growth:
        weighs += f" and grows by {volume(growth)} a day"
    if lake.root is None:
        yield Finding("note", "lake", f"{weighs}.", figures=figures)
        return
    free = shutil.disk_usage(lake.root).free
    figures |= {"bytes_free": free}
    days = free / growth if growth else None
    lasts = ""
    if days is not None:
        lasts = ", enough for years" if days > 3_650 else f", enough for {duration(days * _DAY_S)}"
    text = f"{weighs}; {volume(free)} are free{lasts}."
    todo = "Free some space, or move the lake to a larger disk or to S3 (--lake s3://bucket/prefix)."
    if free < _LITTLE_ROOM or (days is not None and days < 3):
        yield Finding("error", "lake", text, todo, figures)
    elif days is not None and days < 30:
        yield Finding("warning", "lake", text, todo, figures)
    else:
        yield Finding("ok", "lake", text, figures=figures)


def _growth_a_day(held: Inventory) -> int:
    hours: dict[Hour, int] = {}
    for of_source in held.sources.values():
        for hour, fetches in of_source.raw.items():
            hours[hour] = hours.get(hour, 0) + sum(
                e.size for objects in fetches.values() for e in objects.values()
            )
        for part in (of_source.clean, of_source.quarantine):
            for hour, entry in part.items():
                hours[hour] = hours.get(hour, 0) + entry.size
    for hour, entry in held.ticks.items():
        hours[hour] = hours.get(hour, 0) + entry.size
    if not hours:
        return 0
    last = max(hours)
    recent = {hour: size for hour, size in hours.items() if hour > last.back(7 * 24)}
    whole_hours = 1 + (last.epoch - min(recent).epoch) // 3600
    return 24 * sum(recent.values()) // whole_hours


def sources(lake: Lake, held: Inventory, source: str, wanted: str, *, is_given: bool) -> Iterator[Finding]:
    """A lake is about one network, and the settings should name the same."""
    found = sorted(held.sources)
    if len(found) > 1:
        yield Finding(
            "error",
            "lake",
            f"The lake holds {len(found)} sources: {named(found)}. Every KPI refuses to answer; "
            f"what follows is about {source!r}.",
            f"Keep one network in a lake: move raw/source={next(n for n in found if n != source)}/ and the other "
            "tiers of that name to a lake of their own, then run `velib clean` there.",
            {"sources": found},
        )
    if found and wanted not in found and is_given:
        yield Finding(
            "error",
            "lake",
            f"The setting says source {wanted!r} and the lake {lake.name} holds {found[0]!r}.",
            "Name another lake with --lake, or set the source to the one that the lake holds.",
            {"source_set": wanted, "source_held": found[0]},
        )


def strays(held: Inventory) -> Iterator[Finding]:
    """Objects whose keys the grammar does not know."""
    if not held.strays:
        yield Finding("ok", "lake", "Every key follows the grammar of the lake.")
        return
    found = [entry.key for entry in held.strays]
    kind = counted(len(found), "object does", "objects do")
    yield Finding(
        "warning",
        "lake",
        f"{kind} not follow the grammar of keys: {named(found)}.",
        "Move them out of the lake, or to where the grammar puts them (docs/reference/lake.md).",
        {"count": len(found), "keys": found[:10]},
    )


def half_written(lake: Lake, now: datetime, *, fix: bool) -> Iterator[Finding]:
    """Staged files older than a minute: what a crash left. With `fix` they are removed."""
    left = []
    for path in lake.partial_writes():
        with contextlib.suppress(FileNotFoundError):  # a writer finished it meanwhile
            if now.timestamp() - path.stat().st_mtime >= _STAGED_AFTER_S:
                left.append(path)
    if not left:
        return
    names = [str(path.relative_to(lake.root)) if lake.root else path.name for path in sorted(left)]
    size = sum(path.stat().st_size for path in left)
    figures = {"count": len(left), "bytes": size, "files": names[:10]}
    text = f"{counted(len(left), 'half-written file')} of {volume(size)} left by a crash: {named(names)}."
    if not fix:
        yield Finding(
            "warning", "lake", text, "Remove them: velib doctor --fix. No reader sees them.", figures
        )
        return
    for path in left:
        path.unlink(missing_ok=True)
    yield Finding("note", "lake", f"Removed {text}", figures=figures)


def since_the_beginning(held: Inventory, source: str) -> Iterator[Finding]:
    """What the keys alone tell of the whole history: how many hours of it hold something."""
    of_source = held.of(source)
    hours = {*held.ticks, *of_source.raw}
    if not hours:
        return
    first, last = min(hours), max(hours)
    every = 1 + (last.epoch - first.epoch) // 3600
    ticks = sum(len({fetch.tick for fetch in fetches}) for fetches in of_source.raw.values())
    seen = len(of_source.clean)
    yield Finding(
        "note",
        "data",
        f"Since the beginning, {first} to {last}: {counted(ticks, 'tick')} asked for, {counted(len(hours), 'hour')} "
        f"with a fetch and {seen:,} with observations, of {every:,} ({100 * seen / every:.1f} %).",
        figures={
            "first_hour": f"{first.date}T{first.hh}",
            "last_hour": f"{last.date}T{last.hh}",
            "hours": every,
            "hours_with_fetch": len(hours),
            "hours_with_observations": seen,
            "ticks_asked": ticks,
            "key": keys.clean_tier(source),
        },
    )
