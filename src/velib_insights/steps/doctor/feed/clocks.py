"""What time a feed thinks it is, beside the clock of its server and the one of this machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from velib_insights.core.dialects.instants import epoch_of
from velib_insights.core.fetch import FeedNote
from velib_insights.core.http_headers import http_date
from velib_insights.steps.doctor.feed.remark import Remark, shown
from velib_insights.steps.doctor.feed.values import MILLISECONDS
from velib_insights.steps.doctor.finding import counted, duration

LATE_S = 300  # the specification's own limit
AHEAD_S = 120
_LONG_TTL_S = 300


@dataclass(frozen=True, slots=True)
class Poll:
    """One answer of the file with the counts: its note, its clock, and bikes and docks by station.

    `counts` is None where the answer could not be used.
    """

    note: FeedNote
    clock: datetime | None
    counts: Mapping[str, tuple[int | None, int | None]] | None
    operative: int = 0


def clock_of(document: object) -> tuple[str, object]:
    """The field that dates a GBFS file and what it says; (``, None) where there is none."""
    if isinstance(document, dict):
        for name in ("last_updated", "lastUpdatedOther"):
            if document.get(name) is not None:
                return name, document[name]
    return "", None


def is_in_milliseconds(value: object) -> bool:
    """Whether it is a time that nobody can have meant in seconds."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value > MILLISECONDS


def moment_of(value: object) -> datetime | None:
    epoch = epoch_of(value)
    return None if epoch is None else datetime.fromtimestamp(epoch, UTC)


def remarks_on_clocks(document: Mapping[str, Any], note: FeedNote) -> Iterator[Remark]:
    """Of the file with the counts. Judged against the server's own clock where it sends one."""
    file = note.feed
    now, server = note.fetched_at, server_clock(note)
    if server is not None and abs((server - now).total_seconds()) > AHEAD_S:
        off = duration(abs((server - now).total_seconds()))
        yield Remark(
            "warning",
            "clocks_differ",
            file,
            f"the clock of this machine and the server's Date header differ by {off}: "
            f"{now:%Y-%m-%d %H:%M:%S} UTC here, {server:%Y-%m-%d %H:%M:%S} UTC there.",
            "One of them is wrong. On this machine: timedatectl set-ntp true.",
            figures={"here": now, "server": server},
        )
    field, value = clock_of(document)
    clock = moment_of(value)
    if field == "lastUpdatedOther" and is_in_milliseconds(value):
        yield Remark(
            "warning",
            "clock_in_milliseconds",
            file,
            f"{field} is in milliseconds, not in seconds since 1970: {shown(value)}.",
            "Most readers take it for a year in the far future.",
            field,
            section="output-format",
        )
    if clock is None:
        what = (
            f"{field} cannot be read as a time: {shown(value)}."
            if field
            else "the file does not say when it was made."
        )
        yield Remark("warning", "clock_missing", file, what, "Its age is unknown.", field)
    else:
        yield _age(file, field, clock, server or now)
    ttl = document.get("ttl")
    if isinstance(ttl, int) and not isinstance(ttl, bool) and ttl > _LONG_TTL_S:
        yield Remark(
            "note",
            "ttl_long",
            file,
            f"ttl is {ttl:,} s: readers that obey it show counts up to {duration(ttl)} old.",
            "The specification asks for 0 where data should always be refreshed.",
            "ttl",
            section="data-latency",
        )


def _age(file: str, field: str, clock: datetime, now: datetime) -> Remark:
    lag_s = round((now - clock).total_seconds())
    figures = {"feed_clock": clock, "lag_s": lag_s}
    if lag_s > LATE_S:
        return Remark(
            "warning",
            "stale",
            file,
            f"{field} is {duration(lag_s)} old: {clock:%Y-%m-%d %H:%M:%S} UTC.",
            "The counts of a file with the status of stations may be at most 5 minutes old.",
            field,
            section="data-latency",
            figures=figures,
        )
    if lag_s < -AHEAD_S:
        return Remark(
            "warning",
            "clock_ahead",
            file,
            f"{field} lies {duration(-lag_s)} ahead: {clock:%Y-%m-%d %H:%M:%S} UTC.",
            "Readers that order files by it throw newer ones away.",
            field,
            section="output-format",
            figures=figures,
        )
    age = f"{duration(lag_s)} old" if lag_s >= 0 else f"{duration(-lag_s)} ahead"
    return Remark("ok", "fresh", file, f"{field} is {age}.", path=field, figures=figures)


def server_clock(note: FeedNote) -> datetime | None:
    """The Date header, later by the age that a cache adds."""
    return http_date(note.headers.get("date", ""))


SURE_OF_A_FREEZE = 16.0  # changes expected and none seen: a chance of e^-16
_NO_CHANCE = 3  # stations: that so many return to an earlier state at once is no chance
_CHANGES_AN_HOUR = ((300, 0.10), (0, 0.02))  # share of the stations, by how many there are


def remarks_on_polls(polls: Sequence[Poll], ttl_s: float) -> Iterator[Remark]:
    """Whether counts and clock move from one answer to the next."""
    if len(polls) < 2:
        return
    file = polls[0].note.feed
    came = [poll for poll in polls if poll.counts is not None]
    if len(came) < len(polls):
        failed = [poll.note.reason or "it cannot be used" for poll in polls if poll.counts is None]
        yield Remark(
            "warning",
            "poll_failed",
            file,
            f"{counted(len(failed), 'answer')} of {len(polls)} did not come or cannot be used: {failed[0]}.",
            "Readers miss these moments.",
        )
    if len(came) < 2:
        return
    elapsed_s = (came[-1].note.fetched_at - came[0].note.fetched_at).total_seconds()
    yield from _movement(file, came, elapsed_s)
    yield from _returns(file, came)
    clocks = [poll.clock for poll in came if poll.clock is not None]
    back = [(one, two) for one, two in pairwise(clocks) if two < one]
    if back:
        one, two = back[0]
        yield Remark(
            "warning",
            "clock_back",
            file,
            f"its clock goes back from one answer to the next: {one:%H:%M:%S}, then {two:%H:%M:%S} UTC.",
            "Servers that answer in turn hold states of different age.",
            count=len(back),
            of=len(clocks) - 1,
        )
    elif len(clocks) > 1 and clocks[0] == clocks[-1] and elapsed_s > max(2 * ttl_s, LATE_S):
        yield Remark(
            "warning",
            "clock_stands",
            file,
            f"its clock stands at {clocks[0]:%H:%M:%S} UTC for {duration(elapsed_s)}.",
            "The feed is not refreshed, or its clock is not that of the counts.",
            section="data-latency",
        )


def _returns(file: str, polls: Sequence[Poll]) -> Iterator[Remark]:
    """Answers that show an earlier state of the whole network again, after others in between."""
    again = []
    for late in range(2, len(polls)):
        for early in range(late - 1):
            between = max(_differences(polls[early], polls[each]) for each in range(early + 1, late))
            if between >= _NO_CHANCE and polls[early].counts == polls[late].counts:
                again.append((polls[early], polls[late], between))
                break
    if again:
        early_poll, late_poll, differing = again[0]
        yield Remark(
            "warning",
            "state_returns",
            file,
            f"the answer of {late_poll.note.fetched_at:%H:%M:%S} UTC shows the state of "
            f"{early_poll.note.fetched_at:%H:%M:%S} again, although {differing} stations differed in between.",
            "Servers that answer in turn hold states of different age: counts seem to jump back and forth.",
            count=len(again),
            of=len(polls),
            section="data-latency",
        )


def _differences(one: Poll, other: Poll) -> int:
    counts = other.counts or {}
    return sum(counts.get(station) != known for station, known in (one.counts or {}).items())


def _movement(file: str, polls: Sequence[Poll], elapsed_s: float) -> Iterator[Remark]:
    first, last = polls[0].counts or {}, polls[-1].counts or {}
    changed = sum(
        any((poll.counts or {}).get(station) != counts for poll in polls[1:])
        for station, counts in first.items()
    )
    rate = next(rate for least, rate in _CHANGES_AN_HOUR if len(first) >= least)
    expected = len(first) * rate * elapsed_s / 3600
    figures = {
        "polls": len(polls),
        "elapsed_s": elapsed_s,
        "changed": changed,
        "expected": round(expected, 1),
    }
    over = f"over {len(polls)} answers in {duration(elapsed_s)}"
    if changed or first.keys() != last.keys():
        yield Remark("ok", "moving", file, f"{counted(changed, 'station')} changed {over}.", figures=figures)
    elif not any(poll.operative for poll in polls):
        yield Remark(
            "note", "closed", file, f"no count changed {over}: no station is in operation.", figures=figures
        )
    elif expected >= SURE_OF_A_FREEZE:
        yield Remark(
            "warning",
            "frozen",
            file,
            f"no count changed {over}, where about {expected:.0f} stations would have.",
            "The feed repeats itself: its counts are of an earlier moment, whatever its clock says.",
            section="data-latency",
            figures=figures,
        )
    else:
        yield Remark(
            "note",
            "still",
            file,
            f"no count changed {over}; that is too short to tell a freeze (about {expected:.1f} changes expected).",
            "Look longer: --polls 10 --every 120.",
            figures=figures,
        )
