"""The hours of the clean tables: readable, each of its own hour, and made from the raw and the rules of today."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from velib_insights.adapters.lake import Lake
from velib_insights.core import keys
from velib_insights.core.fetch import OBSERVATION_FEEDS
from velib_insights.core.keys import NOTE
from velib_insights.core.ticks.tick import Hour
from velib_insights.core.zones import Zones
from velib_insights.steps.clean import CLEAN_VERSION, digest
from velib_insights.steps.doctor.finding import Finding, clean_command, counted, named, stamp
from velib_insights.steps.doctor.lake.inventory import Inventory, SourceHoldings
from velib_insights.steps.doctor.lake.parquet_files import ParquetFiles, Part
from velib_insights.steps.provenance import Provenance, Stored, lacks


@dataclass(frozen=True, slots=True)
class Outdated:
    """Cleaned hours that cleaning would make otherwise today, by why; and those whose raw is no longer whole.

    `by_version` are hours made by an older version of the rules, by that version.
    """

    by_version: dict[str, list[Hour]]
    by_raw_or_zones: list[Hour]
    raw_expired: list[Hour]

    @property
    def hours(self) -> set[Hour]:
        older = [hour for hours in self.by_version.values() for hour in hours]
        return {*older, *self.by_raw_or_zones, *self.raw_expired}


def outdated_hours(lake: Lake, held: Inventory, source: str, parts: ParquetFiles, zones: Zones) -> Outdated:
    """Every hour's ledger against the listing of its raw, whatever its age.

    Nothing further is read, but for hours of an older version in which the body or the note of a fetch is missing.
    """
    found = Outdated({}, [], [])
    of_source = held.of(source)
    for hour, ledger in sorted(parts.ledgers.items()):
        if ledger.problem or hour not in of_source.raw:
            continue
        entries = of_source.raw_entries(hour)
        if ledger.made_from == digest(entries, zones):
            continue
        if _would_lose(lake, source, ledger, of_source.raw[hour]):
            found.raw_expired.append(hour)
            continue
        for version in _versions_before(CLEAN_VERSION):
            if ledger.made_from == digest(entries, zones, version):
                found.by_version.setdefault(version, []).append(hour)
                break
        else:
            found.by_raw_or_zones.append(hour)
    return found


def _would_lose(lake: Lake, source: str, ledger: Part, stored: Stored) -> bool:
    """Whether `velib clean` would keep the hour as it is, because raw that it was made from is gone."""
    if ledger.objects is not None:
        return lacks(ledger.objects, stored)
    if len(stored) < ledger.fetches:
        return True
    if all(NOTE in feeds and set(OBSERVATION_FEEDS) & set(feeds) for feeds in stored.values()):
        return False
    return Provenance.of(lake, source, ledger.hour).loss(lake, source, stored) is not None


def _versions_before(version: str) -> list[str]:
    return [str(number) for number in range(int(version) - 1, 0, -1)]


def unreadable_files(
    held: Inventory, source: str, parts: ParquetFiles, outdated: Collection[Hour], bad: set[str]
) -> Iterator[Finding]:
    """Parquet files that cannot be read or have other columns than the catalogue. Their keys go into `bad`."""
    of_source = held.of(source)
    broken = [part for part in parts.read if part.is_broken]
    other = [part for part in parts.read if part.problem and not part.is_broken]
    # An hour that is to be cleaned again for another reason, or cannot be, lacks columns that came later.
    lacking = [
        part for part in parts.read if part.lacks and part.hour in of_source.raw and part.hour not in outdated
    ]
    for found, kind, plural in (
        (broken, "cannot be read", "cannot be read"),
        (other, "has other columns than the catalogue", "have other columns than the catalogue"),
    ):
        if not found:
            continue
        found.sort(key=lambda part: (part.hour, part.key))
        bad |= {part.key for part in found}
        whys = {part.key: part.problem for part in found}
        yield Finding(
            "error",
            "clean",
            f"{counted(len(found), 'Parquet file')} {kind if len(found) == 1 else plural}: "
            f"{named([f'{key} ({why})' for key, why in whys.items()], 5)}.",
            f"Make them anew from raw: `{clean_command([part.hour for part in found])} --again`.",
            {
                "count": len(found),
                "files": [{"key": key, "why": why} for key, why in list(whys.items())[:10]],
            },
        )
    if lacking:
        lacking.sort(key=lambda part: (part.hour, part.key))
        named_files = named([f"{part.key} (without {named(part.lacks, 3)})" for part in lacking], 5)
        yield Finding(
            "warning",
            "clean",
            f"{counted(len(lacking), 'Parquet file lacks', 'Parquet files lack')} columns that an earlier version did "
            f"not write; they read as null: {named_files}.",
            f"Make them anew from raw: `{clean_command([part.hour for part in lacking])} --again`.",
            {"count": len(lacking), "keys": [part.key for part in lacking[:10]]},
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
    if parts.read and not (broken or other or lacking):
        among = "" if len(parts.read) == parts.of else f" of {parts.of:,}"
        yield Finding(
            "ok",
            "clean",
            f"{len(parts.read):,}{among} {'Parquet file' if parts.of == 1 else 'Parquet files'} read: "
            "all follow the catalogue.",
            figures={"files_read": len(parts.read), "files": parts.of},
        )


def files_of_other_hours(
    held: Inventory, source: str, parts: ParquetFiles, bad: set[str]
) -> Iterator[Finding]:
    """Files that hold rows of another hour than their folder's, as a copy does. Their keys go into `bad`."""
    found = sorted(
        (part for part in parts.read if part.hours - {part.hour}), key=lambda part: (part.hour, part.key)
    )
    if not found:
        return
    bad |= {part.key for part in found}
    of_source = held.of(source)
    with_raw = [part.hour for part in found if part.hour in of_source.raw]
    without = [part.key for part in found if part.hour not in of_source.raw]
    todo = []
    if with_raw:
        todo.append(f"Make them anew from raw: `{clean_command(with_raw)} --again`.")
    if without:
        todo.append(f"No raw lies behind {named(without, 3)}: move {_it(without)} out of the lake.")
    yield Finding(
        "error",
        "clean",
        f"{counted(len(found), 'file holds', 'files hold')} rows of another hour than "
        f"{'its folder' if len(found) == 1 else 'their folders'}: "
        f"{named([f'{part.key} (rows of {_rows_of(part)})' for part in found], 5)}. "
        "Every measure counts these rows twice or at the wrong time.",
        " ".join(todo),
        {
            "count": len(found),
            "files": [{"key": p.key, "rows_of": [stamp(h) for h in sorted(p.hours)[:5]]} for p in found[:10]],
        },
    )


def _rows_of(part: Part) -> str:
    return named(sorted(part.hours), 2)


def _it(things: Sequence[object]) -> str:
    return "it" if len(things) == 1 else "them"


def stale_hours(held: Inventory, source: str, parts: ParquetFiles, outdated: Outdated) -> Iterator[Finding]:
    """Hours not cleaned at all, and those of the whole history that cleaning would make otherwise today."""
    raw = held.of(source).raw
    uncleaned = sorted(hour for hour in raw if hour not in held.ticks)
    groups = [(uncleaned, "not cleaned yet")]
    groups += [
        (hours, f"made by version {version} of the cleaning rules, which are at version {CLEAN_VERSION}")
        for version, hours in sorted(outdated.by_version.items())
    ]
    groups.append((outdated.by_raw_or_zones, "made from other raw or zones than lie there"))
    for hours, how in groups:
        if hours:
            yield Finding(
                "warning",
                "clean",
                f"{counted(len(hours), 'hour is', 'hours are')} {how}: {named(hours, 5)}.",
                f"Run `{clean_command(hours)}`.",
                {"count": len(hours), "hours": [stamp(hour) for hour in hours[:10]]},
            )
    if outdated.raw_expired:
        hours = outdated.raw_expired
        yield Finding(
            "note",
            "clean",
            f"{counted(len(hours), 'hour is', 'hours are')} made from more fetches than the raw store still holds: "
            f"{named(hours, 5)}.",
            "Keep them: cleaning them again would lose ticks. Bring the raw back from a backup if there is one.",
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
    compared = sum(hour in raw for hour in parts.ledgers)
    if raw and not uncleaned and not outdated.hours:
        yield Finding(
            "ok",
            "clean",
            f"{counted(len(raw), 'hour')} cleaned; all compared with the raw store and current.",
            figures={"hours": len(raw), "hours_compared": compared},
        )


def raw_of_other_hours(of_source: SourceHoldings) -> Iterator[Finding]:
    """Raw objects whose name is of another hour than their folder."""
    found = [(entry, hour) for hour, entries in sorted(of_source.misplaced.items()) for entry in entries]
    if not found:
        return
    folders = Counter(entry.key.rsplit("/", 1)[0] for entry, _ in found)
    yield Finding(
        "error",
        "raw",
        f"{counted(len(found), 'raw object lies', 'raw objects lie')} in the folder of another hour than "
        f"{'its name says' if len(found) == 1 else 'their names say'}: "
        f"{named([entry.key for entry, _ in found], 5)}.",
        f"Move them to the folders of their hours, or out of the lake if they are copies, then run "
        f"`{clean_command([hour for _, hour in found])}`: cleaning files them under the wrong hour.",
        {"count": len(found), "keys": [entry.key for entry, _ in found[:10]], "folders": len(folders)},
    )
