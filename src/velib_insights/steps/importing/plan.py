"""Dates for the bodies that were found, and the fetches they make. Nothing is read again, nothing written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from velib_insights.core.errors import NothingThere, SettingsError
from velib_insights.core.fetch import ATTRIBUTE_FEEDS, OBSERVATION_FEEDS
from velib_insights.core.recordings.cadence import cadences_s
from velib_insights.core.recordings.dating import DatedBy, Evidence, ZoneFound, zone_of_names
from velib_insights.core.recordings.pairing import Fetch, pair
from velib_insights.core.ticks.tick import Tick
from velib_insights.steps.importing.survey import MOST_EXAMPLES, Account, Body, Survey, noted_times


@dataclass(frozen=True, slots=True)
class DatedBody:
    """A body and when it was fetched, in seconds since 1970."""

    body: Body
    at: float
    dated_by: DatedBy

    @property
    def feed(self) -> str:
        return self.body.feed

    @property
    def fetched_at(self) -> datetime:
        return datetime.fromtimestamp(self.at, UTC)


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two kinds of evidence that date a body more than a cadence apart. The first one counts."""

    path: str
    first: DatedBy
    second: DatedBy
    apart_s: int


@dataclass(frozen=True, slots=True)
class CadenceSpan:
    """From when fetches were made how often."""

    since: datetime
    cadence_s: int


@dataclass(slots=True)
class Plan:
    """What an import will store. `zone` is that of names without an offset, `zone_from` how it is known."""

    fetches: list[Fetch[DatedBody]]
    cadences: list[CadenceSpan]
    account: Account
    zone: str | None = None
    zone_from: Literal["given", "bodies"] | None = None
    conflicts: list[Conflict] = field(default_factory=list)
    conflicts_in_all: int = 0
    dated_by: dict[DatedBy, int] = field(default_factory=dict)

    def tick_of(self, fetch: Fetch[DatedBody]) -> Tick:
        return Tick.at_or_before(fetch.main.fetched_at, self.cadence_at(fetch.main.at))

    def cadence_at(self, at: float) -> int:
        """The cadence in force at that time, in seconds."""
        found = self.cadences[0].cadence_s
        for span in self.cadences:
            if span.since.timestamp() <= at:
                found = span.cadence_s
        return found


def plan(
    found: Survey,
    *,
    name_timezone: ZoneInfo | None,
    candidates: Sequence[ZoneInfo],
    cadence_s: int | None = None,
) -> Plan:
    """The fetches that the bodies make, in the order of their times.

    `candidates` are the zones in which names without an offset may be. Raises SettingsError where such names date
    bodies and no single zone fits, NothingThere where there is no body with counts.
    """
    noted = noted_times(found)
    evidence = [replace(body.evidence, noted=noted.get(body.path)) for body in found.bodies]
    zone = _zone(found.bodies, evidence, name_timezone, candidates)
    seen: set[tuple[str, float, bytes]] = set()
    dated: list[tuple[DatedBody, list[tuple[DatedBy, float]]]] = []
    undated = []
    for body, each in zip(found.bodies, evidence, strict=True):
        times = each.times(zone.zone)
        if times:
            kind, at = times[0]
            if (body.feed, at, body.sha256) in seen:
                found.account.skip("duplicate", body.path)
                continue
            seen.add((body.feed, at, body.sha256))
            dated.append((DatedBody(body, at, kind), times))
        else:
            undated.append(body)
    mains = [body.at for body, _ in dated if body.feed in OBSERVATION_FEEDS]
    for body in undated:
        if mains and body.feed in ATTRIBUTE_FEEDS:  # in force all the time, as far as is known
            dated.append((DatedBody(body, min(mains), "status"), []))
        else:
            found.account.skip(
                "undated" if body.feed in OBSERVATION_FEEDS else "unused", body.path, body.feed
            )
    fetches, unused = pair([body for body, _ in dated])
    for left in unused:
        found.account.skip("unused", left.body.path, left.feed)
    if not fetches:
        raise NothingThere(
            "nothing that was found can be imported",
            hint="It takes responses of GBFS station_status or of an Opendatasoft export. "
            f"Found: {found.account.found} files{_in_words(found.account)}.",
        )
    times_of_fetches = [fetch.main.at for fetch in fetches]
    cadences = [(times_of_fetches[0], cadence_s)] if cadence_s else cadences_s(times_of_fetches)
    made = Plan(
        fetches,
        [CadenceSpan(datetime.fromtimestamp(at, UTC), cadence) for at, cadence in cadences],
        found.account,
    )
    if any(each.needs_zone for each in evidence) and zone.zone is not None:
        made.zone = zone.zone.key
        made.zone_from = "given" if name_timezone else "bodies"
    for each_body, times in dated:
        made.dated_by[each_body.dated_by] = made.dated_by.get(each_body.dated_by, 0) + 1
        if times:
            _compare(made, each_body, times)
    return made


def _zone(
    bodies: Sequence[Body],
    evidence: Sequence[Evidence],
    given: ZoneInfo | None,
    candidates: Sequence[ZoneInfo],
) -> ZoneFound:
    asking = [body for body, each in zip(bodies, evidence, strict=True) if each.needs_zone]
    if given is not None or not asking:
        return ZoneFound(given, 0, 0)
    found = zone_of_names(evidence, candidates)
    if found.zone is None:
        at = next(each.named for each in evidence if each.needs_zone)
        others = f", and {len(asking) - 1:,} more names do not either" if len(asking) > 1 else ""
        raise SettingsError(
            f"{asking[0].path} says {at:%Y-%m-%d %H:%M} and not in which time zone{others}",
            hint="Say it: --name-timezone UTC, or the city's, as --name-timezone Europe/Paris.",
        )
    return found


def _compare(made: Plan, body: DatedBody, times: Sequence[tuple[DatedBy, float]]) -> None:
    first, at = times[0]
    for second, other in times[1:]:
        apart = abs(at - other)
        if second != "commit" and apart > made.cadence_at(at):
            made.conflicts_in_all += 1
            if len(made.conflicts) < MOST_EXAMPLES:
                made.conflicts.append(Conflict(body.body.path, first, second, int(apart)))
            return


def longest_gaps(made: Plan) -> list[tuple[datetime, datetime]]:
    """The longest times between two fetches, longest first: at most three, each of several cadences."""
    gaps = [
        (b.main.at - a.main.at, a.main.fetched_at, b.main.fetched_at)
        for a, b in pairwise(made.fetches)
        if b.main.at - a.main.at > 3 * made.cadence_at(a.main.at)
    ]
    return [(start, end) for _, start, end in sorted(gaps, reverse=True)[:3]]


def _in_words(account: Account) -> str:
    return "".join(
        f"; {files.count} {reason}, as {files.examples[0]}" for reason, files in account.skipped.items()
    )
