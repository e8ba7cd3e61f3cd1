"""Time and chance for feed tests: a clock that only sleeping moves, and jitter that is chosen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from velib_insights.adapters.feeds import HttpClient, HttpLimits


class Time:
    """Stands still at 08:15:00 UTC but for `sleep`. `share` is how much of each jitter range is drawn."""

    def __init__(self, share: float = 0.5) -> None:
        self.share = share
        self.slept: list[float] = []

    def now(self) -> datetime:
        return datetime(2026, 11, 23, 8, 15, tzinfo=UTC) + timedelta(seconds=sum(self.slept))

    def monotonic(self) -> float:
        return 1000.0 + sum(self.slept)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def uniform(self, low: float, high: float) -> float:
        return low + (high - low) * self.share


def client_at(time_: Time, limits: HttpLimits | None = None) -> HttpClient:
    return HttpClient(
        limits, clock=time_.now, monotonic=time_.monotonic, sleep=time_.sleep, uniform=time_.uniform
    )
