"""Whether the clock of the machine that fetched was right, by the server's `Date` and by the feed's own clock.

A small computer without a battery starts in 1970, or where it was switched off. A feed that stopped has an old clock,
and a server may send a wrong `Date`: it takes both to say that the machine is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from velib_insights.core.fetch import OBSERVATION_FEEDS, FeedNote
from velib_insights.core.http_headers import http_date

CLOCKS_DISAGREE = "the clocks disagree"
LEAST_DIFFERENCE_S = 300
REPORTS_LAG_S = 3600
"""Where a feed has no clock, the latest report of a station stands for it: reports are renewed about once an hour."""


@dataclass(frozen=True, slots=True)
class ClockError:
    """The three clocks, where the machine's is far from both others. `is_sure`: these agree with one another."""

    machine: datetime
    server: datetime
    feed: datetime
    is_sure: bool

    @property
    def seconds(self) -> int:
        """How far the machine's clock is ahead of the server's; negative where it is behind."""
        return round((self.machine - self.server).total_seconds())

    @property
    def distance(self) -> str:
        """`3 h 12 min behind`."""
        return f"{_span(abs(self.seconds))} {'ahead of' if self.seconds > 0 else 'behind'}"

    def __str__(self) -> str:
        machine, server, feed = (f"{at:%Y-%m-%d %H:%M} UTC" for at in (self.machine, self.server, self.feed))
        return f"{CLOCKS_DISAGREE}: {machine} on the machine that asked, {server} by the server, {feed} by the feed"


def clock_error(
    notes: Iterable[FeedNote],
    machine: datetime,
    feed_clock: datetime | None,
    latest_report: datetime | None,
    cadence_s: int,
) -> ClockError | None:
    """None where the clocks agree, or where there is nothing to judge the machine's by.

    It is wrong where it differs from the server's and the feed's by more than a cadence and more than five minutes.
    `machine` is when the machine says that the file with the counts came, of which `notes` hold the headers.
    """
    server = server_clock(notes)
    allowed = timedelta(seconds=max(cadence_s, LEAST_DIFFERENCE_S))
    feed = feed_clock or latest_report
    if server is None or feed is None or abs(machine - server) <= allowed:
        return None
    allowed_of_feed = allowed if feed_clock else allowed + timedelta(seconds=REPORTS_LAG_S)
    if abs(machine - feed) <= allowed_of_feed:
        return None
    return ClockError(machine, server, feed, abs(server - feed) <= allowed_of_feed)


def differs_from_server(notes: Iterable[FeedNote], machine: datetime, cadence_s: int) -> bool:
    """Whether the feed's clock need be looked at."""
    server = server_clock(notes)
    return server is not None and abs(machine - server) > timedelta(
        seconds=max(cadence_s, LEAST_DIFFERENCE_S)
    )


def server_clock(notes: Iterable[FeedNote]) -> datetime | None:
    """`Date` of the answer with the counts, with the time that a cache held it (`Age`)."""
    headers = next((note.headers for note in notes if note.feed in OBSERVATION_FEEDS), {})
    date = http_date(headers.get("date", ""))
    try:
        return date and date + timedelta(seconds=int(headers.get("age", "0")))
    except (ValueError, OverflowError):
        return None


def _span(seconds: int) -> str:
    hours, minutes = divmod(round(seconds / 60), 60)
    days, of_day = divmod(hours, 24)
    if days:
        return f"{days:,} d {of_day} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
