"""The feed: does it answer, how fast, what does the pipeline make of it, and what time does it think it is?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from velib_insights.core.dialects.rows import parse_json
from velib_insights.core.fetch import OBSERVATION_FEEDS, Dialect, Fetched
from velib_insights.core.observations import UnreadableBody
from velib_insights.steps.doctor.feed.clocks import clock_of, is_in_milliseconds
from velib_insights.steps.doctor.feed.content import Verdict, through_pipeline
from velib_insights.steps.doctor.feed.remark import one_line, shown
from velib_insights.steps.doctor.finding import Finding, counted, duration
from velib_insights.steps.doctor.lake.ledger import ROUTINE_SHARE

if TYPE_CHECKING:
    from velib_insights.adapters.feeds import FeedProbe
    from velib_insights.core.network import Network
    from velib_insights.core.zones import Zones

_DONE_WITHOUT = (
    "It can be done without: ticks count, with the names, places and types of the last good file for a day. Where it "
    "stays away, check the address."
)
_CHECK = "`velib doctor --feed URL --report feed.md`"
_STALE_S, _AHEAD_S, _SLOW_MS = 900, 120, 10_000


def answers(
    probes: Sequence[FeedProbe], instead: str, now: datetime, network: Network, zones: Zones
) -> Iterator[Finding]:
    """One finding for each file asked for. `instead` says what to do while a file that is needed does not come.

    Status 200 is not enough: the bodies go through the pipeline's own steps, and a file that these could not use is
    not ok.
    """
    verdict = _verdict(probes, network, zones)
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
        if probe.feed in OBSERVATION_FEEDS and verdict and not verdict.is_usable:
            figures |= {"outcome": verdict.outcome, "reason": verdict.reason}
            why = f"{took}, and the pipeline cannot use it ({verdict.outcome}): {one_line(verdict.reason or '')}."
            yield Finding("error", "feed", why, f"{instead} The publisher should know: {_CHECK}.", figures)
        elif verdict and probe.feed in verdict.missing_feeds:
            yield Finding(
                "warning", "feed", f"{took}, and cannot be read.", f"{_DONE_WITHOUT} See {_CHECK}.", figures
            )
        elif probe.error:
            yield Finding("note", "feed", f"{took}, but {probe.error}.", figures=figures)
        elif probe.latency_ms > _SLOW_MS:
            todo = "Try again later; raise VELIB_READ_TIMEOUT and VELIB_DEADLINE where it stays so slow."
            yield Finding("warning", "feed", f"{took}, which is slow.", todo, figures)
        else:
            yield Finding("ok", "feed", f"{took}.", figures=figures)
        if probe.feed in OBSERVATION_FEEDS and probe.feed_clock is not None:
            yield from _clock(probe.feed, probe.feed_clock, now)
        if probe.got is not None and probe.got.body is not None:
            yield from _milliseconds(probe.feed, probe.got.body)
    if verdict and verdict.is_usable:
        yield from _content(verdict)


def _verdict(probes: Sequence[FeedProbe], network: Network, zones: Zones) -> Verdict | None:
    """None where no body came: that is said file by file."""
    got = tuple(probe.got for probe in probes if probe.got is not None)
    counts = next((feed for feed in got if feed.note.feed in OBSERVATION_FEEDS), None)
    if counts is None or counts.body is None:
        return None
    dialect: Dialect = "gbfs" if counts.note.feed == "station_status" else "opendatasoft"
    return through_pipeline(Fetched(dialect, counts.note.fetched_at, got), network, zones)


def _content(verdict: Verdict) -> Iterator[Finding]:
    """How many rows a tick of now would have, and the rules and flags that they meet."""
    flags = Counter(flag for row in verdict.rows for flag in row["flags"].split())
    figures = {
        "outcome": verdict.outcome,
        "rows_in": verdict.rows_in,
        "rows_kept": verdict.rows_kept,
        "rows_refused": dict(verdict.refused),
        "flags": dict(flags),
    }
    refused = [f"{rule} {count:,}" for rule, count in verdict.refused.most_common()]
    flagged = [f"{flag} {count:,}" for flag, count in flags.most_common()]
    text = f"Of {counted(verdict.rows_in, 'row')} the pipeline keeps {verdict.rows_kept:,}"
    text += f" and refuses {verdict.rows_refused:,} ({', '.join(refused)})" if refused else ""
    text += f"; flags: {', '.join(flagged)}" if flagged else ""
    many = verdict.rows_refused >= ROUTINE_SHARE * verdict.rows_in and refused
    yield Finding(
        "warning" if many else "ok",
        "feed",
        f"{text}.",
        f"Which rows and why: {_CHECK}." if many else "",
        figures,
    )


def _milliseconds(feed: str, body: bytes) -> Iterator[Finding]:
    try:
        field, value = clock_of(parse_json(body))
    except UnreadableBody:
        return
    if is_in_milliseconds(value):
        yield Finding(
            "warning",
            "feed",
            f"The clock of {feed} is in milliseconds, not in seconds: {field} is {shown(value)}.",
            "The pipeline reads it all the same; other readers may not. The publisher should know.",
            {"feed": feed, "field": field, "value": value},
        )


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
        yield Finding("ok", "feed", f"The clock of {feed} is {_beside(lag_s)} ours.", figures=figures)


def _beside(lag_s: int) -> str:
    return f"{duration(lag_s)} behind" if lag_s >= 0 else f"{duration(-lag_s)} ahead of"
