"""What a decoded body says: one list a column, one entry a station, and the rows that were refused."""

from __future__ import annotations

from collections.abc import Sequence, Sized
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Generic, TypeVar

from velib_insights.core.fetch import TickOutcome
from velib_insights.core.rules import Rule

ColumnsT = TypeVar("ColumnsT", bound=Sized)


class UnreadableBody(ValueError):
    """The body is not JSON, is cut short, or has no known shape; the text says which."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused row: the feed file and position it stands at (from 0), why, and the row as JSON."""

    feed: str
    row_number: int
    rule: Rule
    reason: str
    row_json: str


@dataclass(slots=True)
class Columns:
    """Stations side by side, in the order of their identifiers: every list has the same length. Unknown is None.

    `last_reported` is in whole seconds since 1970; `is_code_given` is false where the station's id stands in for its
    code. Lists may be shared between ticks: never change one.
    """

    station_id: list[str] = field(default_factory=list)
    station_code: list[str] = field(default_factory=list)
    is_code_given: list[bool] = field(default_factory=list)
    name: list[str | None] = field(default_factory=list)
    lat: list[float | None] = field(default_factory=list)
    lon: list[float | None] = field(default_factory=list)
    capacity: list[int | None] = field(default_factory=list)
    bikes: list[int | None] = field(default_factory=list)
    mechanical: list[int | None] = field(default_factory=list)
    ebikes: list[int | None] = field(default_factory=list)
    docks: list[int | None] = field(default_factory=list)
    bikes_disabled: list[int | None] = field(default_factory=list)
    docks_disabled: list[int | None] = field(default_factory=list)
    is_installed: list[bool | None] = field(default_factory=list)
    is_renting: list[bool | None] = field(default_factory=list)
    is_returning: list[bool | None] = field(default_factory=list)
    last_reported: list[int | None] = field(default_factory=list)
    counts_disagree: list[bool] = field(default_factory=list)
    has_invalid: list[bool] = field(default_factory=list)
    has_other_vehicles: list[bool] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.station_id)

    @staticmethod
    def names() -> tuple[str, ...]:
        return tuple(f.name for f in fields(Columns))


@dataclass(slots=True)
class Decoded(Generic[ColumnsT]):
    """One fetch, decoded and judged; its columns are lists or, for a table, Arrow arrays.

    rows_in = len(columns) + len(refusals), always. Where `outcome` is not ok, no column has an entry.
    `missing` are the files that were wanted and are not there or cannot be read.
    """

    outcome: TickOutcome
    reason: str | None
    columns: ColumnsT
    refusals: Sequence[Refusal] = ()
    stations_seen: int = 0
    stations_expected: int | None = None
    feed_clock: datetime | None = None
    missing: tuple[str, ...] = ()

    @property
    def rows_in(self) -> int:
        return len(self.columns) + len(self.refusals)


def unreadable(reason: str, missing: tuple[str, ...] = ()) -> Decoded[Columns]:
    return Decoded("unreadable", reason, Columns(), missing=missing)
