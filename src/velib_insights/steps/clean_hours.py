"""Many hours, each cleaned on its own: one that fails does not keep the others back, and is told at the end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from velib_insights.core.errors import LakeError, SettingsError
from velib_insights.core.ticks.tick import Hour
from velib_insights.steps.clean import HourCleaned, HourFailed

_NAMED = 5


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
    def kept(self) -> tuple[HourFailed, ...]:
        """The hours that were not made again because of what they would have lost."""
        return tuple(each for each in self.failed if each.loss is not None)

    @property
    def counts(self) -> dict[str, int]:
        """rows_in = rows_kept + rows_refused, over the hours that were made anew."""
        made = [hour for hour in self.cleaned if not hour.unchanged]
        return {
            "hours": len(made),
            "hours_unchanged": len(self.cleaned) - len(made),
            "hours_failed": len(self.failed) - len(self.kept),
            "hours_kept": len(self.kept),
            "rows_at_risk": sum(each.loss.rows_at_risk for each in self.kept if each.loss),
            "ticks": sum(hour.ticks for hour in made),
            "rows_in": sum(hour.rows_in for hour in made),
            "rows_kept": sum(hour.rows_kept for hour in made),
            "rows_refused": sum(hour.rows_refused for hour in made),
        }

    def raise_if_failed(self) -> None:
        """LakeError, which names the hours and why."""
        if not self.failed:
            return
        broken = [each for each in self.failed if each.loss is None]
        said = [_of(self, broken, "could not be cleaned")] if broken else []
        hints = ["Put the cause right and clean these hours again."] if broken else []
        if self.kept:
            at_risk = sum(each.loss.rows_at_risk for each in self.kept if each.loss)
            rows = f"{at_risk:,} rows that they hold would be lost, for raw they were made from is gone"
            said.append(_of(self, self.kept, f"are kept as they are, since {rows}"))
            hints.append(
                "Restore the raw from a backup, or leave these hours as they are: they stay usable. To rebuild some of "
                "them from what is left all the same, name them: velib clean "
                f"--since {self.kept[0].hour.stamp} --until {self.kept[-1].hour.stamp} --again --allow-fewer."
            )
        raise LakeError(". ".join(said), hint=" ".join(["The other hours are done.", *hints]))


def raise_if_unbounded(first: Hour | None, last: Hour | None, *, allow_fewer: bool) -> None:
    """SettingsError where hours may lose fetches and nobody said which hours."""
    if allow_fewer and (first is None or last is None):
        raise SettingsError(
            "hours may be made of fewer fetches only where the first and the last of them are given",
            hint="Add --since and --until: what these hours lose cannot be made again.",
        )


def _of(done: HoursCleaned, failed: Sequence[HourFailed], what: str) -> str:
    named = "; ".join(f"{each.hour.stamp}: {each.reason}" for each in failed[:_NAMED])
    more = f"; and {len(failed) - _NAMED} more" if len(failed) > _NAMED else ""
    return f"{len(failed)} of {len(done.failed) + len(done.cleaned)} hours {what}: {named}{more}"
