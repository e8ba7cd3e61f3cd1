"""Faults that a feed can have, and a plan of when it has them. Each was seen in recordings or in public archives."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from threading import Lock


class FaultKind(StrEnum):
    """What goes wrong. `value` of a fault is given in the words after the colon; where none, it has none."""

    # How the answer travels
    HANG = "hang"  # no answer: seconds until the connection is closed (none: until the server stops)
    STATUS = "status"  # an HTTP error: the status (503); `retry_after_s` adds Retry-After
    DRIBBLE = "dribble"  # a slow body: bytes a second (4,000)
    RESET = "reset"  # the connection is reset in the middle of the body
    # What stands in the body
    TRUNCATED = "truncated"  # a body cut short: bytes kept (524,288, or 7/8 of a shorter body)
    HUNDRED_ROWS = "hundred_rows"  # the first 100 rows of all: rows kept (100)
    NULL_SHELLS = "null_shells"  # every row without code, name, capacity, types and position
    PARTIAL_NULLS = "partial_nulls"  # name, capacity, position, commune null: share of rows (0.02)
    NULL_COUNTS = "null_counts"  # bikes and docks null: share of rows (1.0)
    ZERO_CAPACITIES = "zero_capacities"  # capacity 0: share of rows (0.93)
    RENAMED_FIELD = "renamed_field"  # the count of bikes has another name
    NUMBERS_AS_TEXT = "numbers_as_text"  # counts are strings
    DUPLICATE_ROWS = "duplicate_rows"  # rows that stand twice: how many (5)
    STATION_MISSING = "station_missing"  # stations left out: how many (3)
    EMPTY_ARRAY = "empty_array"  # no rows at all
    HTML = "html"  # a page for people, with status 200
    OVERSIZED = "oversized"  # a body far too large: bytes (64 MiB)
    # What the feed knows
    FREEZE = "freeze"  # counts stand still while timestamps move on: the epoch at which they stand
    STALE_REPLICA = "stale_replica"  # every other minute, by chance, an older state: seconds behind (600)
    CLOCK_SKEW = "clock_skew"  # the feed's clock and timestamps are off: seconds (-7,200)
    # What the server knows
    DATE_SKEW = "date_skew"  # the server's clock, in the header Date, is off: seconds (-7,200)


STATE_FAULTS = frozenset({FaultKind.FREEZE, FaultKind.STALE_REPLICA, FaultKind.CLOCK_SKEW})
TRANSPORT_FAULTS = frozenset({FaultKind.HANG, FaultKind.STATUS, FaultKind.DRIBBLE, FaultKind.RESET})


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. `only` limits it to requests whose path holds that text, such as `station_status`."""

    kind: FaultKind
    value: float | None = None
    retry_after_s: int | None = None
    only: str = ""

    def value_or(self, default: float) -> float:
        return default if self.value is None else self.value


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A fault in simulated time [start, end), epoch seconds; with `requests`, for the first so many only."""

    fault: Fault
    start: int
    end: int
    requests: int | None = None


class FaultPlan:
    """Which faults a request meets: those queued first, then those scheduled for the simulated instant."""

    def __init__(self, scheduled: Iterable[Scheduled] = ()) -> None:
        self._scheduled = [_freeze_at_start(each) for each in scheduled]
        self._met = [0] * len(self._scheduled)
        self._queue: deque[Fault] = deque()
        self._lock = Lock()

    def queue(self, fault: Fault, requests: int = 1) -> None:
        """Let the next `requests` requests that `fault.only` admits meet it, one fault a request."""
        with self._lock:
            self._queue.extend([fault] * requests)

    def schedule(self, scheduled: Scheduled) -> None:
        with self._lock:
            self._scheduled.append(_freeze_at_start(scheduled))
            self._met.append(0)

    def clear(self) -> None:
        """Forget every fault, queued and scheduled."""
        with self._lock:
            self._scheduled.clear()
            self._met.clear()
            self._queue.clear()

    def take_due(self, epoch: int, path: str) -> list[Fault]:
        """The faults that a request for `path` meets at that instant; those limited in number are used up."""
        with self._lock:
            faults = []
            for fault in self._queue:
                if fault.only in path:
                    self._queue.remove(fault)
                    faults.append(fault)
                    break
            for at, each in enumerate(self._scheduled):
                if not each.start <= epoch < each.end or each.fault.only not in path:
                    continue
                if each.requests is not None:
                    if self._met[at] >= each.requests:
                        continue
                    self._met[at] += 1
                faults.append(each.fault)
            return faults


def _freeze_at_start(scheduled: Scheduled) -> Scheduled:
    fault = scheduled.fault
    if fault.kind is FaultKind.FREEZE and fault.value is None:
        return replace(scheduled, fault=replace(fault, value=scheduled.start))
    return scheduled


def demo_faults(start: int, cadence_s: int = 900) -> FaultPlan:
    """A believable handful of faults over two days from `start` (epoch seconds, a tick).

    One freeze of five and a half hours in the second night, a truncated body and one of null shells in the first
    day, two 503 that a retry overcomes, one tick without any answer.
    """

    def tick(
        hours: float, kind: FaultKind, *, requests: int | None = None, lasts_s: int | None = None
    ) -> Scheduled:
        at = start + int(hours * 3600) // cadence_s * cadence_s
        return Scheduled(Fault(kind), at, at + (lasts_s or cadence_s), requests)

    return FaultPlan(
        (
            tick(7.5, FaultKind.STATUS, requests=1),
            tick(10.25, FaultKind.TRUNCATED),
            tick(14.75, FaultKind.NULL_SHELLS),
            tick(19.0, FaultKind.STATUS, requests=1),
            tick(24.5, FaultKind.FREEZE, lasts_s=int(5.5 * 3600)),
            tick(36.0, FaultKind.STATUS),
        )
    )
