"""A finding of the doctor, and the round in which findings are gathered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from velib_insights.core.errors import VelibError
from velib_insights.core.ticks.tick import Hour, Tick

Severity = Literal["error", "warning", "note", "ok"]
Area = Literal["settings", "lake", "raw", "clean", "feed", "data"]

RECENT_H = 7 * 24  # hours of which the rows are judged; older ones are judged by their files

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note", "ok")
AREAS: tuple[Area, ...] = ("settings", "lake", "raw", "clean", "feed", "data")


@dataclass(frozen=True, slots=True)
class Finding:
    """`what` is a sentence with its figures and names; `todo` says what to do, empty where nothing needs doing.

    `figures` are the same figures for a program: numbers, texts, lists of them, and times as aware datetimes.
    """

    severity: Severity
    area: Area
    what: str
    todo: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_wrong(self) -> bool:
        """Whether somebody should do something about it."""
        return self.severity in ("error", "warning")


Check = Callable[[], Iterable[Finding]]


class Checkup:
    """Gathers findings, check by check. `on_check` hears what is looked at next, `progress` how far that is.

    A check that fails becomes a finding itself and never keeps the others from being made.
    """

    def __init__(
        self,
        on_check: Callable[[str], None] = lambda _: None,
        progress: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._on_check = on_check
        self.progress = progress
        self._findings: list[Finding] = []

    def check(self, area: Area, about: str, look: Check) -> None:
        """`about` is what is looked at, as in `the zones`."""
        self._on_check(about)
        try:
            self._findings += look()
        except VelibError as error:
            self._findings.append(
                Finding("error", area, _sentence(error.message), error.hint, {"error": type(error).__name__})
            )
        except Exception as error:  # noqa: BLE001 - one broken check must not hide what the others find
            self._findings.append(
                Finding(
                    "error",
                    area,
                    f"{about} could not be looked at: {type(error).__name__}: {error}",
                    "This is a fault of velib-insights: please report it with this line.",
                    {"error": type(error).__name__},
                )
            )

    def findings(self) -> list[Finding]:
        """The worst first; findings of one severity by area, in the order in which they were made."""
        return sorted(self._findings, key=lambda f: (SEVERITIES.index(f.severity), AREAS.index(f.area)))


def _sentence(text: str) -> str:
    begins_with_a_word = text.split(" ", 1)[
        0
    ].isalpha()  # and not with a key or a path, which keep their case
    return (text[:1].upper() + text[1:] if begins_with_a_word else text).rstrip(".") + "."


def named(things: Sequence[object], most: int = 10) -> str:
    """`a, b and 3 more`: at most `most` of them by name."""
    shown = ", ".join(map(str, things[:most]))
    return f"{shown} and {len(things) - most:,} more" if len(things) > most else shown


def counted(number: int, one: str, many: str = "") -> str:
    """`1 tick`, `1,480 ticks`."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def span(first: Tick, last: Tick) -> str:
    """`2026-11-23 08:15 to 10:00 UTC`, the date said again only where it is another."""
    start, end = f"{first.at:%Y-%m-%d %H:%M}", f"{last.at:%Y-%m-%d %H:%M}"
    if start == end:
        return f"{start} UTC"
    return f"{start} to {end[11:] if start[:10] == end[:10] else end} UTC"


def duration(seconds: float) -> str:
    """`40 s`, `45 min`, `3 h 15 min`, `12 d`: as exactly as a reader needs it."""
    if seconds < 60:
        return f"{round(seconds)} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    if hours >= 48:
        return f"{round(hours / 24)} d"
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def percent(share: float) -> str:
    """`100 %`, `2.8 %`, `0.031 %`."""
    return f"{100 * share:.0f} %" if share >= 0.1 else f"{100 * share:.2g} %"


def volume(size: float) -> str:
    """`12 kB`, `3.4 MB`, in powers of a thousand."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.3g} {unit}" if unit != "bytes" else f"{size:.0f} bytes"
        size /= 1000
    return f"{size:.4g} TB"


def stamp(hour: Hour) -> str:
    """As `velib clean --since` takes it: `2026-11-23T08`."""
    return f"{hour.date}T{hour.hh}"


def clean_command(hours: Sequence[Hour]) -> str:
    """The command that cleans all of these hours."""
    return f"velib clean --since {stamp(min(hours))} --until {stamp(max(hours))}"
