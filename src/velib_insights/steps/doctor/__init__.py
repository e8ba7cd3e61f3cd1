"""Doctor: what is wrong with the lake, the feed and the data, and what to do about each.

One listing of the lake, its Parquet files (of a bucket's older hours the ledgers), the rows of the last seven
days, and one question to the feed. Nothing is changed but half-written files, and these only when asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from velib_insights.adapters.lake import Entry, Lake
from velib_insights.core.ticks.future import is_ahead, latest_tick
from velib_insights.core.ticks.tick import Hour
from velib_insights.sql import TICKS_MARGIN_H
from velib_insights.steps.doctor.feed import availability
from velib_insights.steps.doctor.finding import RECENT_H, Checkup, Finding
from velib_insights.steps.doctor.lake import (
    clean_hours,
    closed_days,
    future_ticks,
    ledger,
    raw_fetches,
    recent_rows,
    storage,
)
from velib_insights.steps.doctor.lake.clean_hours import Outdated
from velib_insights.steps.doctor.lake.inventory import Inventory, LakeSlice, take_inventory
from velib_insights.steps.doctor.lake.ledger import Ledger
from velib_insights.steps.doctor.lake.parquet_files import ParquetFiles, read_parquet_files
from velib_insights.steps.network import read_network

if TYPE_CHECKING:
    from velib_insights.adapters.feeds import FeedProbe
    from velib_insights.core.network import Network
    from velib_insights.core.zones import Zones
    from velib_insights.steps.kpi import Engine

__all__ = ["CHECKS", "Checkup", "Expected", "Finding", "examine_feed", "examine_lake"]

CHECKS = 24  # about as many as a round has, for those who show how far it is


@dataclass(frozen=True, slots=True)
class Expected:
    """What the settings say of the lake; `given` names those that were not left at their default."""

    source: str
    cadence_s: int
    given: frozenset[str] = frozenset()


def examine_feed(
    checkup: Checkup,
    probe: Callable[[], Sequence[FeedProbe]],
    instead: str,
    now: datetime,
    network: Network,
    zones: Zones,
) -> None:
    """The feed that the settings name, and what the pipeline makes of it now, as a tick of `network`."""
    checkup.check("feed", "the feed", lambda: availability.answers(probe(), instead, now, network, zones))


def examine_lake(
    checkup: Checkup,
    lake: Lake,
    expected: Expected,
    zones_of: Callable[[str], Zones],
    engine_of: Callable[[Lake], Engine],
    now: datetime,
    *,
    fix: bool = False,
) -> None:
    """Every check of the lake and what it holds. `now` is aware; `zones_of` is asked for the lake's source."""
    checkup.check("lake", "whether the lake can be written", lambda: storage.writable(lake))
    checkup.check("lake", "half-written files", lambda: storage.half_written(lake, now, fix=fix))
    listed: list[Inventory] = []

    def listing() -> Sequence[Finding]:
        listed.append(take_inventory(lake.entries("")))
        return ()

    checkup.check("lake", "the keys of the lake", listing)
    if not listed:
        return
    held = listed[0]
    source = held.main_source(expected.source)
    given = "source" in expected.given
    checkup.check("lake", "free space", lambda: storage.room(lake, held))
    checkup.check(
        "lake", "sources", lambda: storage.sources(lake, held, source, expected.source, is_given=given)
    )
    checkup.check("lake", "stray objects", lambda: storage.strays(held))
    bad: set[str] = set()
    checkup.check("raw", "raw fetches", lambda: raw_fetches.raw_fetches(lake, held, source))
    checkup.check("raw", "names of raw objects", lambda: clean_hours.raw_of_other_hours(held.of(source)))
    _examine_hours(checkup, lake, held, source, bad, zones_of)
    checkup.check("clean", "closed days", lambda: closed_days.open_days(held, source))
    known = read_network(lake)
    if known is not None and known.source == source:
        checkup.check(
            "clean",
            "the rollup of closed days",
            lambda: closed_days.days_not_rolled_up(lake, source, known.timezone),
        )
    checkup.check(
        "clean",
        "closed days against their folders",
        lambda: closed_days.days_of_other_dates(lake, held, source),
    )
    checkup.check("data", "the whole history", lambda: storage.since_the_beginning(held, source))
    _examine_data(checkup, lake, held, source, bad, expected, engine_of, now)


def _examine_hours(
    checkup: Checkup,
    lake: Lake,
    held: Inventory,
    source: str,
    bad: set[str],
    zones_of: Callable[[str], Zones],
) -> None:
    found: list[ParquetFiles] = []
    outdated: list[Outdated] = []

    def read() -> Sequence[Finding]:
        found.append(
            read_parquet_files(
                lake, held, source, lambda done, of: checkup.progress(f"Parquet files, {done:,} of {of:,}")
            )
        )
        return ()

    def compare() -> Iterator[Finding]:
        outdated.append(clean_hours.outdated_hours(lake, held, source, found[0], zones_of(source)))
        yield from clean_hours.stale_hours(held, source, found[0], outdated[0])

    checkup.check("clean", "Parquet files", read)
    if not found:
        return
    checkup.check("clean", "hours against their raw", compare)
    known = outdated[0].hours if outdated else set()
    checkup.check(
        "clean",
        "columns of Parquet files",
        lambda: clean_hours.unreadable_files(held, source, found[0], known, bad),
    )
    checkup.check(
        "clean",
        "hours against their folders",
        lambda: clean_hours.files_of_other_hours(held, source, found[0], bad),
    )


def _examine_data(
    checkup: Checkup,
    lake: Lake,
    held: Inventory,
    source: str,
    bad: set[str],
    expected: Expected,
    engine_of: Callable[[Lake], Engine],
    now: datetime,
) -> None:
    checkup.check("data", "ticks ahead of the clock", lambda: future_ticks.ticks_ahead(lake, held, now))
    latest = latest_tick(now.timestamp())
    last = max((hour for hour in held.ticks if not is_ahead(hour, latest)), default=None)
    if last is None and held.ticks:
        return
    if last is None:
        raw = bool(held.of(source).raw)
        todo = (
            "Run `velib clean`."
            if raw
            else "Fill it: velib run, velib watch, velib import PATH or velib demo."
        )
        checkup.check(
            "data",
            "the ledger",
            lambda: [Finding("note", "data", "The lake holds no cleaned data yet.", todo)],
        )
        return
    first = last.back(RECENT_H - 1)
    engine = engine_of(LakeSlice(lake, _recent(held, source, first, bad)))
    found: list[Ledger] = []

    def read() -> Sequence[Finding]:
        found.append(Ledger.read(engine, source, first))
        return ()

    checkup.check("data", "the ledger", read)
    if not found or not found[0].ticks:
        return
    book = found[0]
    cadence_given = "cadence" in expected.given
    checkup.check("data", "missing ticks", lambda: ledger.coverage(book))
    checkup.check("data", "failed ticks", lambda: ledger.failures(book))
    checkup.check("data", "missing files", lambda: ledger.missing_files(book))
    checkup.check("data", "frozen ticks", lambda: ledger.freezes(book))
    checkup.check("data", "partial ticks", lambda: ledger.partial_ticks(book))
    checkup.check(
        "clean", "files of the ledger", lambda: recent_rows.without_file(book, list(held.of(source).clean))
    )
    checkup.check("data", "refused rows", lambda: recent_rows.refused(engine, book))
    checkup.check("data", "flagged rows", lambda: recent_rows.flagged(engine))
    checkup.check("data", "names and places", lambda: recent_rows.nameless(engine, book))
    if any(tick.is_observed for tick in book.ticks):
        checkup.check("data", "stations that came and went", lambda: recent_rows.came_and_went(engine, book))

    def timely() -> Sequence[Finding]:
        note = raw_fetches.last_note(lake, held, source)
        return [
            *ledger.freshness(book, note, now),
            *ledger.rhythm(book, expected.cadence_s, note, is_given=cadence_given),
        ]

    checkup.check("data", "freshness", timely)


def _recent(held: Inventory, source: str, first: Hour, bad: set[str]) -> list[Entry]:
    """The readable files of the hours from `first` on, and of the ledger before it by which these are judged."""
    of_source = held.of(source)
    before = max((hour for hour in held.ticks if hour < first), default=first)
    reach = (
        (held.ticks, min(before, first.back(TICKS_MARGIN_H))),
        (of_source.clean, first),
        (of_source.quarantine, first),
    )
    return [
        entry
        for files, since in reach
        for hour, entry in files.items()
        if hour >= since and entry.size and entry.key not in bad
    ]
