"""The feed: does it answer, how fast, and what time does it think it is?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from velib_insights.core.fetch import OBSERVATION_FEEDS
from velib_insights.steps.doctor.finding import Finding, duration

if TYPE_CHECKING:
    from velib_insights.adapters.feeds import FeedProbe

_DONE_WITHOUT = (
    "It can be done without: ticks count, with the names, places and types of the last good file for a day. Where it "
    "stays away, check the address."
)
_STALE_S, _AHEAD_S, _SLOW_MS = 900, 120, 10_000


def answers(probes: Sequence[FeedProbe], instead: str, now: datetime) -> Iterator[Finding]:
    """One finding for each file asked for. `instead` says what to do while a file that is needed does not come."""
    for probe in probes:
        figures = {
            "feed": probe.feed,
            "url": probe.url,
            "reachable": probe.reachable,
            "status": probe.status,
            "latency_ms": probe.latency_ms,
            "feed_clock": probe.feed_clock,
            "error": probe.error,
        }
        if not probe.reachable:
            optional = probe.feed not in OBSERVATION_FEEDS
            yield Finding(
                "warning" if optional else "error",
                "feed",
                f"{probe.feed} does not come from {probe.url}: {probe.error}.",
                _DONE_WITHOUT if optional else instead,
                figures,
            )
            continue
        took = f"{probe.feed} answers {probe.status} in {probe.latency_ms:,} ms"
        if probe.error:
            yield Finding("note", "feed", f"{took}, but {probe.error}.", figures=figures)
        elif probe.latency_ms > _SLOW_MS:
            todo = "Try again later; raise VELIB_READ_TIMEOUT and VELIB_DEADLINE where it stays so slow."
            yield Finding("warning", "feed", f"{took}, which is slow.", todo, figures)
        else:
            yield Finding("ok", "feed", f"{took}.", figures=figures)
        if probe.feed in OBSERVATION_FEEDS and probe.feed_clock is not None:
            yield from _clock(probe.feed, probe.feed_clock, now)


def _clock(feed: str, clock: datetime, now: datetime) -> Iterator[Finding]:
    lag_s = int((now - clock).total_seconds())
    figures = {"feed": feed, "feed_clock": clock, "lag_s": lag_s}
    if lag_s > _STALE_S:
        yield Finding(
            "warning",
            "feed",
            f"The clock of {feed} is {duration(lag_s)} behind: it says {clock:%Y-%m-%d %H:%M} UTC.",
            "The publisher may have stopped: what it says now is old. Frozen ticks are left out of the measures.",
            figures,
        )
    elif lag_s < -_AHEAD_S:
        yield Finding(
            "warning",
            "feed",
            f"The clock of {feed} is {duration(-lag_s)} in the future.",
            "Check the clock of this machine (timedatectl); if it is right, the publisher's is wrong.",
            figures,
        )
    else:
        yield Finding(
            "ok", "feed", f"The clock of {feed} is {duration(max(lag_s, 0))} behind ours.", figures=figures
        )
