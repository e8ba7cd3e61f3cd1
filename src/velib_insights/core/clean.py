"""Cleaning: the pure function from an hour's raw fetches to its tables. It opens nothing and asks no clock.

The same fetches give the same tables, whatever order they come in; so an hour may be cleaned again at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from velib_insights.core import dialects
from velib_insights.core.arrow_columns import ArrowColumns, ToArrow
from velib_insights.core.catalogue.schema import arrow_schema
from velib_insights.core.catalogue.tables import QUARANTINE, SOURCE_VELIB, TICKS, Table
from velib_insights.core.dialects import compiled
from velib_insights.core.errors import SettingsError
from velib_insights.core.fetch import OBSERVATION_FEEDS, FetchNote, TickOutcome, missing_feeds
from velib_insights.core.keys import NOTE, FetchId
from velib_insights.core.network import VELIB
from velib_insights.core.observations import Columns, Decoded, Refusal, unreadable
from velib_insights.core.stations import CountsHash, StationTables, TickObservations
from velib_insights.core.ticks.clocks import clock_error, differs_from_server
from velib_insights.core.ticks.local_time import local_time
from velib_insights.core.ticks.tick import DEFAULT_CADENCE_S, Tick
from velib_insights.core.zones import Zones

# What a tick is called when no fetch of it was usable: the fetch that got furthest.
_OUTCOME_RANK: dict[TickOutcome, int] = {
    "ok": 4,
    "incomplete": 3,
    "unusable": 2,
    "unreadable": 1,
    "fetch_failed": 0,
}


@dataclass(frozen=True, slots=True)
class RawFetch:
    """One fetch as it lies in the raw store. `note` is None where a crash kept it from being written.

    `bodies` are decompressed; `damaged` says, by feed, why a stored body cannot be decompressed, and by `NOTE` why the
    note cannot be read; `keys` are theirs. `borrowed` are the bodies of earlier fetches that the note names in place
    of files it lacks.
    """

    id: FetchId
    note: FetchNote | None
    bodies: Mapping[str, bytes]
    keys: Mapping[str, str] = field(default_factory=dict)
    damaged: Mapping[str, str] = field(default_factory=dict)
    borrowed: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def fetched_at(self) -> datetime | None:
        return self.note.fetched_at if self.note else None

    @property
    def cadence_s(self) -> int:
        return self.note.cadence_s if self.note else DEFAULT_CADENCE_S

    @property
    def timezone(self) -> str:
        """That of the lake when the fetch was kept; empty where it is not known."""
        return self.note.timezone if self.note else ""

    @property
    def how(self) -> str | None:
        """`fetched`, `simulated` or `imported`: the note's text up to a comma, after which it has details."""
        return self.note.how.partition(",")[0] if self.note else None

    def missing(self, decoded: Decoded[ArrowColumns]) -> str:
        """The names of the files that did not come or cannot be read, one space between."""
        unread = {*decoded.missing, *self.damaged} - {NOTE}
        return " ".join(missing_feeds(self.note.feeds if self.note else (), unread))


class CleaningMemory:
    """What cleaning one tick leaves for the next: parsed attributes, the order of stations, unchanged columns.

    It saves time and changes no result. Not to be shared between threads.
    """

    def __init__(self) -> None:
        self._decoder = dialects.Decoder()
        self._compiled = compiled.load()
        self._to_arrow = ToArrow()
        self._tables: StationTables | None = None
        self.counts_hash = CountsHash()

    def tables(self, source: str, zones: Zones) -> StationTables:
        if self._tables is None or not self._tables.are_of(source, zones):
            self._tables = StationTables(source, zones)
        return self._tables

    def decode(self, fetch: RawFetch) -> Decoded[ArrowColumns]:
        """The bodies, decoded and judged. A fetch without counts says why; it may lack other files."""
        failed = fetch.note is not None and fetch.note.outcome == "fetch_failed"
        has_counts = any(feed in fetch.bodies for feed in OBSERVATION_FEEDS)
        if has_counts or (fetch.bodies and not fetch.damaged and not failed):
            found = self._compiled.decode(fetch.bodies) if self._compiled else None
            return self._dated_right(
                fetch, found or self._in_arrow(self._decoder.decode(fetch.bodies, fetch.borrowed))
            )
        return self._in_arrow(_without_counts(fetch))

    def _dated_right(self, fetch: RawFetch, decoded: Decoded[ArrowColumns]) -> Decoded[ArrowColumns]:
        """Unusable where the machine that fetched had a wrong clock: then nobody knows which tick it was."""
        note = fetch.note
        if note is None or not differs_from_server(note.feeds, note.fetched_at, note.cadence_s):
            return decoded
        latest = pc.max(decoded.columns.last_reported).as_py()
        report = None if latest is None else datetime.fromtimestamp(latest, UTC)
        wrong = clock_error(note.feeds, note.fetched_at, decoded.feed_clock, report, note.cadence_s)
        if wrong is None:
            return decoded
        return self._in_arrow(
            Decoded("unusable", str(wrong), Columns(), feed_clock=decoded.feed_clock, missing=decoded.missing)
        )

    def _in_arrow(self, decoded: Decoded[Columns]) -> Decoded[ArrowColumns]:
        return Decoded(
            decoded.outcome,
            decoded.reason,
            self._to_arrow(decoded.columns),
            decoded.refusals,
            decoded.stations_seen,
            decoded.stations_expected,
            decoded.feed_clock,
            decoded.missing,
        )


def _without_counts(fetch: RawFetch) -> Decoded[Columns]:
    if fetch.damaged:
        return unreadable("; ".join(f"{feed}: {why}" for feed, why in sorted(fetch.damaged.items())))
    reason = (fetch.note and fetch.note.reason) or "nothing was fetched"
    return Decoded("fetch_failed", reason, Columns())


@dataclass(frozen=True, slots=True)
class CleanHour:
    """The tables of one hour, in the schemas of the catalogue; each may be empty."""

    observations: pa.Table
    ticks: pa.Table
    quarantine: pa.Table


class TickRow(msgspec.Struct, frozen=True):
    """A row of `ticks`; the fields are its columns."""

    source: str
    snapshot_at: datetime
    snapshot_epoch: int
    local_date: object
    local_hour: int
    local_weekday: int
    utc_offset_s: int
    cadence_s: int
    outcome: TickOutcome
    reason: str | None
    dialect: str | None
    how: str | None
    fetched_at: datetime | None
    clock_error_s: int | None
    bodies: int
    missing_feeds: str
    stations_seen: int
    stations_expected: int | None
    rows_in: int
    rows_kept: int
    stations_known: int
    rows_refused: int
    counts_hash: str | None
    feed_clock: datetime | None
    lag_s: int | None
    bytes: int


def clean_hour(
    source: str,
    fetches: Iterable[RawFetch],
    zones: Zones,
    timezone: str = "",
    memory: CleaningMemory | None = None,
) -> CleanHour:
    """The hour's tables. Of several fetches of one tick the first usable one counts.

    `timezone` is that of the lake; where it is empty, each fetch has its own. `memory` is that of the hours cleaned
    before, where there are any. Raises SettingsError where no time zone is known.

    Rows read = rows kept + rows refused, tick by tick. No error is raised for what a body holds.
    """
    memory = memory or CleaningMemory()
    by_tick: dict[Tick, list[RawFetch]] = {}
    for fetch in fetches:
        by_tick.setdefault(fetch.id.tick, []).append(fetch)
    rows, observed, refused = [], [], []
    for tick in sorted(by_tick):
        candidates = sorted(by_tick[tick], key=_when_fetched)
        row, observations, quarantine = _clean_tick(source, tick, candidates, timezone, memory)
        rows.append(row)
        refused += quarantine
        if observations is not None:
            observed.append(observations)
    return CleanHour(
        observations=memory.tables(source, zones).table(observed) if observed else _empty(SOURCE_VELIB),
        ticks=pa.Table.from_pylist([msgspec.structs.asdict(row) for row in rows], arrow_schema(TICKS)),
        quarantine=pa.concat_tables(refused) if refused else _empty(QUARANTINE),
    )


def _when_fetched(fetch: RawFetch) -> tuple[bool, datetime, FetchId]:
    """One without a note comes last: a crash may have kept some of its files from being stored."""
    return fetch.note is None, fetch.fetched_at or fetch.id.tick.at, fetch.id


def _clean_tick(
    source: str, tick: Tick, candidates: Sequence[RawFetch], timezone: str, memory: CleaningMemory
) -> tuple[TickRow, TickObservations | None, list[pa.Table]]:
    tried: list[tuple[RawFetch, Decoded[ArrowColumns]]] = []
    for fetch in candidates:
        tried.append((fetch, memory.decode(fetch)))
        if tried[-1][1].outcome == "ok":
            break
    counting, decoded = max(tried, key=lambda pair: _OUTCOME_RANK[pair[1].outcome])
    local = local_time(tick, timezone or counting.timezone or _timezone_of(source))
    fetched_at, clock = counting.fetched_at, decoded.feed_clock
    observations, digest = None, None
    if len(decoded.columns):
        observations = TickObservations(tick, local, fetched_at, decoded.columns)
        digest = memory.counts_hash.of(decoded.columns)
    row = TickRow(
        source=source,
        snapshot_at=tick.at,
        snapshot_epoch=tick.epoch,
        local_date=local.date,
        local_hour=local.hour,
        local_weekday=local.weekday,
        utc_offset_s=local.utc_offset_s,
        cadence_s=counting.cadence_s,
        outcome=decoded.outcome,
        reason=decoded.reason,
        dialect=dialects.dialect_of(counting.bodies) if counting.bodies else None,
        how=counting.how,
        fetched_at=fetched_at,
        clock_error_s=(counting.note and counting.note.clock_error_s) or None,
        bodies=len(candidates),
        missing_feeds=counting.missing(decoded),
        stations_seen=decoded.stations_seen,
        stations_expected=decoded.stations_expected,
        rows_in=sum(d.rows_in for _, d in tried),
        rows_kept=len(decoded.columns),
        stations_known=_stations_known(decoded.columns),
        rows_refused=sum(len(d.refusals) for _, d in tried),
        counts_hash=digest,
        feed_clock=clock,
        lag_s=int((fetched_at - clock).total_seconds()) if fetched_at and clock else None,
        bytes=sum(map(len, counting.bodies.values())),
    )
    quarantine = [_quarantine(source, fetch, d.refusals) for fetch, d in tried if d.refusals]
    return row, observations, quarantine


def _stations_known(columns: ArrowColumns) -> int:
    """Rows whose bikes and docks are both known."""
    known = pc.and_(columns.bikes.is_valid(), columns.docks.is_valid())
    return int(known.true_count)


def _timezone_of(source: str) -> str:
    """Where neither the lake nor the fetch says: a crash before the first note of a lake."""
    if source == VELIB.source:
        return VELIB.timezone
    raise SettingsError(
        f"the time zone of {source} is not known", hint="Say it once: velib network set --timezone ZONE."
    )


def _quarantine(source: str, fetch: RawFetch, refusals: Sequence[Refusal]) -> pa.Table:
    n = len(refusals)
    columns = {
        "source": [source] * n,
        "snapshot_at": [fetch.id.tick.at] * n,
        "raw_key": [fetch.keys.get(refusal.feed, refusal.feed) for refusal in refusals],
        "row_number": [refusal.row_number for refusal in refusals],
        "rule": [refusal.rule.id for refusal in refusals],
        "reason": [refusal.reason for refusal in refusals],
        "row_json": [refusal.row_json for refusal in refusals],
    }
    return pa.table(columns, schema=arrow_schema(QUARANTINE)).sort_by(
        [("raw_key", "ascending"), ("row_number", "ascending")]
    )


def _empty(table: Table) -> pa.Table:
    return arrow_schema(table).empty_table()
