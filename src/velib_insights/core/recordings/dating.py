"""When a body was fetched, by the best evidence there is.

In this order: a time beside or around the body (a fetch note, an envelope), a time in its name or its folders, the
feed's own clock, the time of the commit that recorded it. What stations report and the time of a file date nothing: a
report may be hours old, and a file is copied.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from velib_insights.core.ticks.filename_time import in_zone

DatedBy = Literal["note", "envelope", "name", "clock", "commit", "status", "row"]

EVIDENCE: dict[DatedBy, str] = {
    "note": "its fetch note",
    "row": "its rows",
    "envelope": "the time around the body",
    "name": "its name",
    "clock": "the feed's own clock",
    "commit": "its commit",
    "status": "the first status",
}

_AHEAD_S, _BEHIND_S = 120, 20 * 60
"""How far a feed's clock may lie after and before the fetch: it is made now and then, and clocks differ a little."""

_MOST_UNLIKE = 0.1
"""The share of bodies whose clock may contradict the zone of the others: feeds freeze."""

_LEAST_REPORTS, _LEAST_SPAN_S, _LEAST_AGEING_S = 8, 9_000, 30 * 60
"""Reports tell a zone only over so many bodies and seconds: Vélib' renews them about once an hour, so that the latest
one is between a few minutes and more than an hour old (6 to 119 minutes in November 2024)."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What tells when a body was fetched, in seconds since 1970. `named` is naive where the name has no offset."""

    noted: float | None = None
    row: float | None = None
    around: float | None = None
    named: datetime | None = None
    clock: float | None = None
    committed: float | None = None
    reported: float | None = None

    @property
    def needs_zone(self) -> bool:
        """Whether nothing but a name without an offset dates the body."""
        return (
            self.noted is None
            and self.row is None
            and self.around is None
            and self.named is not None
            and self.named.tzinfo is None
        )

    def times(self, zone: ZoneInfo | None) -> list[tuple[DatedBy, float]]:
        """Every kind of evidence there is, the best first."""
        named = self.named
        if named is not None and named.tzinfo is None:
            named = in_zone(named, zone) if zone else None
        kinds: list[tuple[DatedBy, float | None]] = [
            ("note", self.noted),
            ("row", self.row),
            ("envelope", self.around),
            ("name", named.timestamp() if named else None),
            ("clock", self.clock),
            ("commit", self.committed),
        ]
        return [(kind, at) for kind, at in kinds if at is not None]


@dataclass(frozen=True, slots=True)
class ZoneFound:
    """The zone of names without an offset, and how many bodies say so; `zone` is None where they do not."""

    zone: ZoneInfo | None
    asked: int
    agree: int


def zone_of_names(evidence: Iterable[Evidence], candidates: Sequence[ZoneInfo]) -> ZoneFound:
    """The one zone in which names agree with the feed's clock, or with the latest reports, inside their bodies.

    Zones that give every name the same instant count as one. None where no zone fits, or more than one does.
    """
    asking = [each for each in evidence if each.needs_zone and each.named is not None]
    clocks = [(each.named, each.clock) for each in asking if each.named and each.clock is not None]
    reports = [
        (each.named, each.reported)
        for each in asking
        if each.named and each.clock is None and each.reported is not None
    ]
    fits: dict[tuple[float, ...], tuple[ZoneInfo, int]] = {}
    for zone in candidates:
        behind_clock = [in_zone(named, zone).timestamp() - said for named, said in clocks]
        behind_report = [in_zone(named, zone).timestamp() - said for named, said in reports]
        agree = sum(-_AHEAD_S <= age <= _BEHIND_S for age in behind_clock)
        if clocks and agree < (1 - _MOST_UNLIKE) * len(clocks):
            continue
        if (not clocks or reports) and not _may_be_ages(
            behind_report, [in_zone(named, zone).timestamp() for named, _ in reports]
        ):
            continue
        fits.setdefault((*behind_clock, *behind_report), (zone, agree + len(reports)))
    asked = len(clocks) + len(reports)
    if len(fits) != 1:
        return ZoneFound(None, asked, 0)
    ((zone, agree),) = fits.values()
    return ZoneFound(zone, asked, agree)


def _may_be_ages(ages: Sequence[float], times: Sequence[float]) -> bool:
    """Whether reports may be so old: none is of the future, and they were seen to age and to be renewed."""
    if len(ages) < _LEAST_REPORTS or max(times) - min(times) < _LEAST_SPAN_S:
        return False
    if max(ages) - min(ages) < _LEAST_AGEING_S:  # as by a recorder that comes once an hour
        return False
    return min(ages) >= -_AHEAD_S and min(ages) <= _BEHIND_S
