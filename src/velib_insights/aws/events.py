"""What the state machine says to the functions, and what they answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from velib_insights.core.errors import SettingsError
from velib_insights.core.ticks.tick import Hour, Tick, hour_span
from velib_insights.steps.ingest import Ingested

# A run that failed after its tick was kept is made up by the runs that follow within these hours.
_MADE_UP_H = 3


def tick_of(event: Mapping[str, Any], now: datetime, cadence_s: int) -> Tick:
    """The tick at or before the scheduled time, as `2026-11-23T08:15:00Z`; without one, at or before `now`.

    Raises SettingsError for a text that is no instant.
    """
    said = event.get("tick")
    if not said:
        return Tick.at_or_before(now, cadence_s)
    try:
        at = datetime.fromisoformat(said)
    except (TypeError, ValueError) as error:
        raise SettingsError(
            f"the event's tick is {said!r}, no instant", hint="Write it as 2026-11-23T08:15:00Z."
        ) from error
    return Tick.at_or_before(at if at.tzinfo else at.replace(tzinfo=UTC), cadence_s)


def hours_of(event: Mapping[str, Any]) -> tuple[Hour | None, Hour | None]:
    """The first and last hour to clean, both included; None is open. Raises SettingsError."""
    return hour_span(event.get("since"), event.get("until"))


def flag_of(event: Mapping[str, Any], name: str) -> bool:
    """False where the event does not have it. Raises SettingsError for what is neither true nor false."""
    said = event.get(name, False)
    if not isinstance(said, bool):
        raise SettingsError(f"the event's {name} is {said!r}", hint="Write true or false, without quotes.")
    return said


def ingested_answer(done: Ingested) -> dict[str, Any]:
    return {
        "tick": done.tick.stamp,
        "outcome": done.outcome,
        "reason": done.reason,
        "already": done.was_present,
        "since": done.tick.hour.back(_MADE_UP_H).stamp,
        "until": done.tick.hour.stamp,
    }
