"""What the pipeline makes of a feed: its own steps, run on what came, in a lake in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from velib_insights.adapters.lake import Lake
from velib_insights.adapters.parquet import from_parquet
from velib_insights.core import keys, rules
from velib_insights.core.fetch import Fetched, TickOutcome
from velib_insights.core.network import Network
from velib_insights.core.ticks.tick import Tick
from velib_insights.core.zones import Zones
from velib_insights.steps.clean import clean
from velib_insights.steps.doctor.feed.remark import Examples, Remark, shown
from velib_insights.steps.doctor.finding import Severity, counted
from velib_insights.steps.doctor.lake.ledger import ROUTINE_SHARE
from velib_insights.steps.ingest import ingest

PIPELINE_FILES = ("gbfs", "station_status", "station_information", "vehicle_types", "exports", "records")
"""The files that the pipeline reads."""

MANY = 0.1  # of the stations: from here on a flag is more than the odd station

_DEAD_FILE = {
    "unreadable": "The tick is lost: nothing can be read from the body.",
    "incomplete": "The tick is lost: a part of the stations would look like a network that shrank.",
    "unusable": "The tick is lost: no row can be counted.",
}
_SHOWN_WITH_FLAG = {
    rules.BIKES_OVER_CAPACITY.id: ("bikes", "capacity"),
    rules.OVER_CAPACITY.id: ("bikes", "docks", "capacity"),
    rules.LAST_REPORTED_OLD.id: ("last_reported",),
    rules.COUNTS_MISSING.id: ("bikes", "docks"),
}
_OF_PLACE = (rules.COORDINATES_IMPLAUSIBLE.id, rules.COORDINATES_SWAPPED.id)
_ALWAYS_A_FAULT = {
    *_OF_PLACE,
    rules.ATTRIBUTE_INVALID.id,
    rules.COUNTS_DISAGREE.id,
    rules.TYPES_DISAGREE.id,
}
_SAID_BY_COVERAGE = {rules.ZONE_UNKNOWN.id, rules.TYPES_MISSING.id}


@dataclass(frozen=True, slots=True)
class Verdict:
    """One tick through ingest and clean. Rows in = kept + refused, and `refused` counts them by rule.

    `rows` are those kept, with their flags; `missing_feeds` the files that did not come or cannot be read.
    """

    outcome: TickOutcome
    reason: str | None
    rows_in: int
    rows_kept: int
    stations_expected: int | None
    feed_clock: datetime | None
    refused: Counter[str] = field(default_factory=Counter)
    examples: Mapping[str, str] = field(default_factory=dict)
    rows: Sequence[Mapping[str, Any]] = ()
    missing_feeds: frozenset[str] = frozenset()

    @property
    def rows_refused(self) -> int:
        return sum(self.refused.values())

    @property
    def is_usable(self) -> bool:
        return self.outcome == "ok"


@dataclass(frozen=True, slots=True)
class _Brought:
    """A feed that brings what came already."""

    fetched: Fetched

    def fetch(self) -> Fetched:
        return self.fetched


def through_pipeline(fetched: Fetched, network: Network, zones: Zones) -> Verdict:
    """Kept and cleaned as `velib run` would, and forgotten."""
    lake = Lake.in_memory()
    tick = ingest(
        lake, _Brought(fetched), Tick.at_or_before(fetched.fetched_at, network.cadence_s), network
    ).tick
    clean(lake, network.source, tick.hour, zones)

    def table(tier: str) -> list[dict[str, Any]]:
        key = keys.part_key(tier, tick.hour)
        body = lake.get(key)
        rows: list[dict[str, Any]] = from_parquet(body, key).to_pylist() if body else []
        return rows

    (row,) = table(keys.TICKS_TIER)
    refused = table(keys.quarantine_tier(network.source))
    examples: dict[str, str] = {}
    for each in refused:
        examples.setdefault(each["rule"], f"{each['reason']} (row {each['row_number']})")
    return Verdict(
        row["outcome"],
        row["reason"],
        row["rows_in"],
        row["rows_kept"],
        row["stations_expected"],
        row["feed_clock"],
        Counter(each["rule"] for each in refused),
        examples,
        table(keys.clean_tier(network.source)),
        frozenset((row["missing_feeds"] or "").split()),
    )


def remarks_on_verdict(
    verdict: Verdict, file: str, places: Mapping[str, str] | None = None
) -> Iterator[Remark]:
    """Whether a tick would count, the rows refused by rule, the flags, and what is known of types and zones.

    `places` are positions as the feed writes them, by station: those that cannot be are null in the rows.
    """
    figures = {
        "outcome": verdict.outcome,
        "rows_in": verdict.rows_in,
        "rows_kept": verdict.rows_kept,
        "rows_refused": verdict.rows_refused,
        "stations_expected": verdict.stations_expected,
    }
    if verdict.outcome == "fetch_failed":
        return  # the file that did not come is named with its address
    if not verdict.is_usable:
        yield Remark(
            "error",
            verdict.outcome,
            file,
            f"the pipeline cannot use it: {verdict.reason}.",
            _DEAD_FILE[verdict.outcome],
            figures=figures,
        )
    else:
        refused = f", {verdict.rows_refused:,} refused" if verdict.rows_refused else ""
        yield Remark(
            "ok",
            "usable",
            file,
            f"the pipeline reads {counted(verdict.rows_in, 'row')} and keeps {verdict.rows_kept:,}{refused}.",
            figures=figures,
        )
    about = {rule.id: rule.about for rule in rules.ROW_RULES}
    for rule, count in verdict.refused.most_common():
        yield Remark(
            "warning" if count >= ROUTINE_SHARE * verdict.rows_in else "note",
            f"refused_{rule}",
            file,
            f"rows are refused by the rule {rule}. {about.get(rule, '')}",
            "These rows are left out of every figure.",
            count=count,
            of=verdict.rows_in,
            examples=[verdict.examples[rule]],
        )
    yield from _flags(verdict, file, places or {})
    if verdict.rows:
        yield from _coverage(verdict, file)


def _flags(verdict: Verdict, file: str, places: Mapping[str, str]) -> Iterator[Remark]:
    about = {flag.id: flag.about for flag in rules.FLAGS}
    found: dict[str, Examples] = {}
    for row in verdict.rows:
        for flag in set(row["flags"].split()) - _SAID_BY_COVERAGE:
            columns = _SHOWN_WITH_FLAG.get(flag, ())
            values = ", ".join(f"{name} {_value(row[name])}" for name in columns)
            if flag in _OF_PLACE:
                values = places.get(row["station_id"], "")
            station = f"station {shown(row['station_id'])}"
            found.setdefault(flag, Examples()).add(f"{station}: {values}" if values else station)
    total = len(verdict.rows)
    for flag, examples in sorted(found.items()):
        yield Remark(
            _severity(flag, examples.count / total),
            f"flag_{flag}",
            file,
            f"{about.get(flag, flag)}",
            f"The pipeline keeps such rows and flags them {flag}.",
            count=examples.count,
            of=total,
            examples=examples.kept,
            figures={"flag": flag},
        )


def _severity(flag: str, share: float) -> Severity:
    return "warning" if flag in _ALWAYS_A_FAULT or share >= MANY else "note"


def _value(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    return "unknown" if value is None else str(value)


def _coverage(verdict: Verdict, file: str) -> Iterator[Remark]:
    """For how many stations the feed tells what the measures need."""
    total = len(verdict.rows)
    shares = {
        what: sum(all(row[name] is not None for name in columns) for row in verdict.rows)
        for what, columns in (
            ("names", ("name",)),
            ("places", ("lat", "lon")),
            ("capacities", ("capacity",)),
            ("bikes by type", ("mechanical", "ebikes")),
            ("zones", ("zone_code",)),
        )
    }
    known_for = ", ".join(f"{what} for {_of(known, total)}" for what, known in shares.items())
    bikes = [row["bikes"] for row in verdict.rows if row["bikes"] is not None]
    open_ = sum(row["is_operative"] is True for row in verdict.rows)
    yield Remark(
        "ok",
        "coverage",
        file,
        f"{counted(total, 'station')}, {open_:,} in operation, {sum(bikes):,} bikes; {known_for}.",
        figures={"stations": total, "operative": open_, "bikes": sum(bikes) if bikes else None, **shares},
    )


def _of(known: int, total: int) -> str:
    if known in (0, total):
        return "all" if known else "none"
    return f"{known:,} of {total:,}"
