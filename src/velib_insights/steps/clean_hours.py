"""Many hours, each cleaned on its own: one that fails does not keep the others back, and is told at the end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from velib_insights.adapters.lake import Lake
from velib_insights.core.errors import LakeError, VelibError
from velib_insights.core.tick import Hour
from velib_insights.core.zones import Zones
from velib_insights.steps.clean import HourCleaned, clean

_NAMED = 5


@dataclass(frozen=True, slots=True)
class HourFailed:
    """Why an hour could not be cleaned. Its partition is the one it had before."""

    hour: Hour
    reason: str


@dataclass(frozen=True, slots=True)
class HoursCleaned:
    """What became of the hours, in their order."""

    cleaned: tuple[HourCleaned, ...]
    failed: tuple[HourFailed, ...]

    @classmethod
    def of(cls, outcomes: Iterable[HourCleaned | HourFailed]) -> HoursCleaned:
        ordered = sorted(outcomes, key=lambda outcome: outcome.hour)
        return cls(
            tuple(each for each in ordered if isinstance(each, HourCleaned)),
            tuple(each for each in ordered if isinstance(each, HourFailed)),
        )

    @property
    def counts(self) -> dict[str, int]:
        """rows_in = rows_kept + rows_refused, over the hours that were made anew."""
        made = [hour for hour in self.cleaned if not hour.unchanged]
        return {
            "hours": len(made),
            "hours_unchanged": len(self.cleaned) - len(made),
            "hours_failed": len(self.failed),
            "ticks": sum(hour.ticks for hour in made),
            "rows_in": sum(hour.rows_in for hour in made),
            "rows_kept": sum(hour.rows_kept for hour in made),
            "rows_refused": sum(hour.rows_refused for hour in made),
        }

    def raise_if_failed(self) -> None:
        """LakeError, which names the hours and why."""
        if not self.failed:
            return
        told = "; ".join(f"{each.hour.stamp}: {each.reason}" for each in self.failed[:_NAMED])
        more = f"; and {len(self.failed) - _NAMED} more" if len(self.failed) > _NAMED else ""
        raise LakeError(
            f"{len(self.failed)} of {len(self.failed) + len(self.cleaned)} hours could not be cleaned: {told}{more}",
            hint="The other hours are done. Put the cause right and clean these hours again.",
        )


def clean_or_tell(
    lake: Lake, source: str, hour: Hour, zones: Zones, *, again: bool = False
) -> HourCleaned | HourFailed:
    """As `clean`, with whatever goes wrong as an answer."""
    try:
        return clean(lake, source, hour, zones, again=again)
    except VelibError as error:
        return HourFailed(hour, error.message)
    except Exception as error:  # noqa: BLE001 - told by raise_if_failed, after the other hours
        return HourFailed(hour, f"{type(error).__name__}: {error}")
