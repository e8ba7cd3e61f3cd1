"""What lies in the lake, from one listing: by tier and hour, and what does not follow the grammar of keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from velib_insights.adapters.lake import Entry, Lake
from velib_insights.core import keys
from velib_insights.core.keys import FetchId
from velib_insights.core.ticks.tick import Hour

FREE_FOLDERS = ("insights", "site", "reference", "removed", "glue", "athena-results")
"""Folders in which the grammar leaves the names open."""


@dataclass(slots=True)
class SourceHoldings:
    """One source. `raw` holds the objects of each fetch by feed, the note as `fetch`.

    `misplaced` are raw objects by the hour of the folder they lie in, which is not that of their name.
    """

    raw: dict[Hour, dict[FetchId, dict[str, Entry]]] = field(default_factory=dict)
    misplaced: dict[Hour, list[Entry]] = field(default_factory=dict)
    clean: dict[Hour, Entry] = field(default_factory=dict)
    quarantine: dict[Hour, Entry] = field(default_factory=dict)
    history: dict[str, Entry] = field(default_factory=dict)

    def raw_entries(self, hour: Hour) -> list[Entry]:
        """What cleaning reads for that hour: all that lies in its folder, in the order of keys."""
        own = [entry for objects in self.raw.get(hour, {}).values() for entry in objects.values()]
        return sorted([*own, *self.misplaced.get(hour, ())], key=lambda entry: entry.key)


@dataclass(slots=True)
class Inventory:
    entries: Sequence[Entry]
    sources: dict[str, SourceHoldings] = field(default_factory=dict)
    ticks: dict[Hour, Entry] = field(default_factory=dict)
    strays: list[Entry] = field(default_factory=list)

    def of(self, source: str) -> SourceHoldings:
        return self.sources.get(source) or SourceHoldings()

    def main_source(self, wanted: str) -> str:
        """`wanted` where the lake holds it or is empty, else the source with most raw hours."""
        if wanted in self.sources or not self.sources:
            return wanted
        return max(sorted(self.sources), key=lambda name: len(self.sources[name].raw))

    def last_hour(self, source: str) -> Hour | None:
        """The last hour of the ledger or the raw store."""
        return max((*self.ticks, *self.of(source).raw), default=None)


def take_inventory(entries: Sequence[Entry]) -> Inventory:
    held = Inventory(entries)
    hours: dict[tuple[str, str], Hour | None] = {}
    for entry in entries:
        tier, _, tail = entry.key.partition("/")
        if (tier in FREE_FOLDERS and tail) or entry.key == keys.NETWORK or keys.is_rollup_key(entry.key):
            continue
        folder, _, rest = tail.partition("/")
        parsed = keys.parse_partition(rest)
        if parsed is None or not _file(held, tier, folder, parsed, entry, hours):
            held.strays.append(entry)
    return held


def _file(
    held: Inventory,
    tier: str,
    folder: str,
    parsed: tuple[str, str | None, str],
    entry: Entry,
    hours: dict[tuple[str, str], Hour | None],
) -> bool:
    """Put the object where it belongs; False where the grammar knows no place for it."""
    date, hh, name = parsed
    place = (date, hh or "00")
    if place not in hours:
        hours[place] = _hour(*place)
    hour = hours[place]
    source = folder.removeprefix("source=")
    named_source = folder.startswith("source=") and keys.is_source(source)
    if hour is None or not (named_source or (tier == "clean" and folder == "ticks")):
        return False
    if tier == "raw" and hh is not None:
        raw = keys.parse_raw_name(name)
        if raw is None:
            return False
        if raw.fetch.tick.hour != hour:
            of_source = held.sources.setdefault(source, SourceHoldings())
            of_source.misplaced.setdefault(hour, []).append(entry)
            return True
        of_hour = held.sources.setdefault(source, SourceHoldings()).raw.setdefault(hour, {})
        of_hour.setdefault(raw.fetch, {})[raw.feed] = entry
        return True
    if name != keys.PART:
        return False
    if tier == "history" and hh is None:
        held.sources.setdefault(source, SourceHoldings()).history[date] = entry
        return True
    if hh is None or tier not in ("clean", "quarantine"):
        return False
    if folder == "ticks":
        held.ticks[hour] = entry
    else:
        of_source = held.sources.setdefault(source, SourceHoldings())
        (of_source.clean if tier == "clean" else of_source.quarantine)[hour] = entry
    return True


def _hour(date: str, hh: str) -> Hour | None:
    try:
        return Hour.parse(date, hh)
    except ValueError:
        return None


class LakeSlice(Lake):
    """The part of a lake that these objects make up, for an engine that should read nothing else."""

    def __init__(self, lake: Lake, entries: Iterable[Entry]) -> None:
        super().__init__(lake.store, lake.name, lake.root)
        self._entries = sorted(entries, key=lambda entry: entry.key)

    def entries(self, folder: str) -> list[Entry]:
        return [entry for entry in self._entries if entry.key.startswith(f"{folder}/")]

    def entries_between(self, folder: str, first: str, last: str) -> list[Entry]:
        return [
            entry
            for entry in self.entries(folder)
            if first <= entry.key.removeprefix(f"{folder}/").split("/", 1)[0] <= last
        ]

    def folders(self, folder: str) -> list[str]:
        below = (entry.key.removeprefix(f"{folder}/") for entry in self.entries(folder))
        return sorted({tail.split("/", 1)[0] for tail in below if "/" in tail})
