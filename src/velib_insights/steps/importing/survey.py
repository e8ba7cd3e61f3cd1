"""The first reading: what each document is, and all that says when it was fetched. Nothing is written."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from velib_insights.adapters.recordings import Member, Spool, Unreadable
from velib_insights.adapters.recordings.kinds import is_table
from velib_insights.adapters.recordings.table_format import TableFormat
from velib_insights.core.dialects.instants import epoch_of
from velib_insights.core.dialects.rows import legible
from velib_insights.core.dialects.system_information import SystemInformation, read_system_information
from velib_insights.core.dialects.table import TABLE
from velib_insights.core.errors import ImportIncomplete
from velib_insights.core.keys import parse_raw_name
from velib_insights.core.recordings.dating import Evidence
from velib_insights.core.recordings.recognise import (
    LOOKS_LIKE_DATA,
    Note,
    NotStored,
    Recognised,
    Verdict,
    Wrapped,
    recognise,
)
from velib_insights.core.recordings.table_columns import TableColumns
from velib_insights.core.ticks.filename_time import time_in_path

MOST_EXAMPLES = 5
_OF_A_LAKE = ({"outcome", "rows_in", "rows_kept"}, {"rule", "row_json"}, {"local_date", "outage_minutes"})
"""Columns that tell the tables of a lake or an export which hold no observation."""

_REPORT = re.compile(rb'"duedate"\s*:\s*"([^"]{1,40})"')
_VELIB_FIELD = re.compile(rb'"station[cC]ode"\s*:')
_LAST_REPORTED = re.compile(rb'"last_reported"\s*:\s*(\d{9,13})')


@dataclass(frozen=True, slots=True)
class Body:
    """A body that was found: which file of which feed it is, and what dates it. `read` gives its bytes again."""

    path: str
    feed: str
    read: Callable[[], bytes]
    evidence: Evidence
    sha256: bytes
    size: int


@dataclass(slots=True)
class SkippedFiles:
    """How many files were left out for one reason, and some of them."""

    count: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, example: str) -> None:
        self.count += 1
        if len(self.examples) < MOST_EXAMPLES:
            self.examples.append(example)


@dataclass(slots=True)
class Account:
    """Every document found is stored, was there before, or was skipped for a reason."""

    found: int = 0
    kept: int = 0
    present: int = 0
    skipped: dict[str, SkippedFiles] = field(default_factory=dict)

    @property
    def skipped_count(self) -> int:
        return sum(files.count for files in self.skipped.values())

    def skip(self, reason: str, path: str, what: str = "") -> None:
        self.skipped.setdefault(reason, SkippedFiles()).add(f"{path} ({what})" if what else path)

    @property
    def looks_like_data(self) -> dict[str, SkippedFiles]:
        """What was skipped although it may hold observations."""
        return {reason: files for reason, files in self.skipped.items() if reason in LOOKS_LIKE_DATA}

    def raise_if_incomplete(self) -> None:
        """ImportIncomplete where files that look like data were skipped."""
        left = self.looks_like_data
        if left:
            count = sum(files.count for files in left.values())
            example = next(iter(left.values())).examples[0]
            words = ", ".join(f"{files.count} {REASONS[reason]}" for reason, files in left.items())
            raise ImportIncomplete(
                f"{count} {'file that looks' if count == 1 else 'files that look'} like data "
                f"{'was' if count == 1 else 'were'} not imported ({words}), as {example}",
                hint="Look at them with --dry-run; --skip-unknown accepts that they are left out.",
            )


REASONS = {
    "empty": "empty",
    "not_json": "not JSON",
    "html": "HTML pages",
    "other_gbfs_file": "other GBFS files",
    "lake_file": "files of a lake",
    "fetch_note": "fetch notes, read for their times",
    "unknown_json": "JSON of an unknown shape",
    "unknown_table": "tables whose columns are not known (see --columns)",
    "unreadable": "damaged or unreadable",
    "undated": "without any time",
    "unused": "attributes that no status needs",
    "duplicate": "found twice",
}
"""Each reason in words, in the order in which they are shown."""


@dataclass(slots=True)
class Survey:
    """What was found.

    `said` is what the recorded network says of itself. `has_velib_stations` tells whether a GBFS status has the field
    that only Vélib' has; None where there is no such status. `tables` has the columns of each table, by path.
    """

    bodies: list[Body] = field(default_factory=list)
    account: Account = field(default_factory=Account)
    notes: dict[str, Note] = field(default_factory=dict)
    said: SystemInformation | None = None
    has_velib_stations: bool | None = None
    tables: dict[str, TableColumns] = field(default_factory=dict)

    @property
    def may_be_velib(self) -> bool:
        """Whether nothing says that the stations are those of another network."""
        return self.has_velib_stations is not False


def survey(
    members: Iterable[Member],
    spool: Spool,
    on_member: Callable[[Member], None] = lambda _: None,
    tables: TableFormat | None = None,
) -> Survey:
    """Read every document once. Memory grows by less than a kilobyte a body.

    `tables` says how tables are read. Raises SettingsError for columns that are not there and for a table that holds
    several networks.
    """
    found = Survey()
    tables = tables or TableFormat()
    for member in members:
        try:
            if member.on_disk is not None:
                _add_table(found, member, member.on_disk, tables, spool)
                continue
            body = member.read()
            if is_table(body):
                place = spool.new_file()
                place.write_bytes(body)
                _add_table(found, member, place, tables, spool)
                place.unlink()
                continue
        except Unreadable as error:
            found.account.found += 1
            found.account.skip("unreadable", member.path, str(error))
        else:
            _look_at(found, member, body, spool)
        finally:
            on_member(member)
    return found


def _add_table(found: Survey, member: Member, place: Path, form: TableFormat, spool: Spool) -> None:
    """Each time of the table is a body; its rows are counted, and those without a time are said."""
    from velib_insights.adapters.recordings.tables import ArchiveTable

    account = found.account
    with closing(ArchiveTable(place, legible(member.path), form, spool)) as table:
        if any(table.types.keys() >= marks for marks in _OF_A_LAKE):
            account.found += 1
            account.skip("lake_file", member.path)
            return
        if not table.columns.is_enough:
            account.found += 1
            account.skip("unknown_table", member.path, f"columns {', '.join(list(table.types)[:8])}")
            return
        found.tables[member.path] = table.columns
        for snapshot in table.snapshots():
            account.found += 1
            named = snapshot.at if isinstance(snapshot.at, datetime) else None
            row = None if isinstance(snapshot.at, datetime) else snapshot.at
            at = named or datetime.fromtimestamp(row or 0, UTC)
            digest, size = hashlib.sha256(snapshot.body).digest(), len(snapshot.body)
            path = f"{member.path}#{at:%Y-%m-%dT%H:%M:%S}"
            evidence = Evidence(row=row, named=named)
            found.bodies.append(Body(path, TABLE, spool.keep(snapshot.body), evidence, digest, size))
        if table.rows_undated:
            account.found += 1
            account.skip("undated", member.path, f"{table.rows_undated:,} rows")


def _look_at(found: Survey, member: Member, body: bytes, spool: Spool) -> None:
    verdict = recognise(body, member.path)
    if isinstance(verdict, Wrapped):
        many = len(verdict.bodies) > 1
        for number, (inner, around) in enumerate(verdict.bodies, 1):
            path = f"{member.path}:{number}" if many else member.path
            read = spool.keep(inner) if many else partial(_unwrapped, member)
            _add(found, Member(path, read, member.committed_at), inner, recognise(inner, path), around)
        return
    _add(found, member, body, verdict, None)


def _unwrapped(member: Member) -> bytes:
    verdict = recognise(member.read(), member.path)
    if not isinstance(verdict, Wrapped):
        raise Unreadable("it changed while it was imported")
    return verdict.bodies[0][0]


def _add(found: Survey, member: Member, body: bytes, verdict: Verdict, around: int | None) -> None:
    account = found.account
    account.found += 1
    if isinstance(verdict, Note):
        found.notes[_fetch_of(member.path)] = verdict
        account.skip("fetch_note", member.path)
    elif isinstance(verdict, NotStored):
        account.skip(verdict.reason, member.path, verdict.what)
    elif isinstance(verdict, Recognised):
        if verdict.feed == "system_information" and found.said is None:
            found.said = read_system_information(body)
        if verdict.feed == "station_status" and not found.has_velib_stations:
            found.has_velib_stations = _VELIB_FIELD.search(body) is not None
        found.bodies.append(
            Body(
                member.path,
                verdict.feed,
                member.read,
                _evidence(member, body, verdict, around),
                hashlib.sha256(body).digest(),
                len(body),
            )
        )
    else:
        account.skip("unknown_json", member.path)


def _evidence(member: Member, body: bytes, verdict: Recognised, around: int | None) -> Evidence:
    named = time_in_path(member.path)
    is_naive = named is not None and named.tzinfo is None and around is None and verdict.feed_clock is None
    return Evidence(
        around=around,
        named=named,
        clock=verdict.feed_clock,
        committed=member.committed_at,
        reported=_latest_report(body) if is_naive else None,
    )


def _latest_report(body: bytes) -> int | None:
    """The newest time that a station reports: never dates a body, and tells in which zone its name is."""
    texts = {text.decode("ascii", "replace") for text in _REPORT.findall(body)}
    reports = [epoch_of(text) for text in texts]
    reports += [epoch_of(int(digits)) for digits in set(_LAST_REPORTED.findall(body))]
    return max((report for report in reports if report is not None), default=None)


def noted_times(found: Survey) -> dict[str, float]:
    """When bodies were fetched by the fetch notes beside them, by path."""
    times = {}
    for body in found.bodies:
        note = found.notes.get(_fetch_of(body.path))
        if note is not None:
            times[body.path] = note.fetched_at.get(body.feed, note.fetched_at[""])
    return times


def _fetch_of(path: str) -> str:
    """What the files of one fetch in a lake have in common: the folder and the fetch's own name."""
    folder, _, name = path.rpartition("/")
    raw = parse_raw_name(name)
    return f"{folder}/{raw.fetch}" if raw else path
