"""How French and English write the numbers, times and lists of a report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from velib_insights.core.ticks.local_time import zone_info

Language = Literal["fr", "en"]
LANGUAGES: tuple[Language, ...] = ("fr", "en")

THIN, FIXED = "\u202f", "\u00a0"
"""The narrow and the wide space at which no line breaks: French thousands, and before a colon."""

MINUS = "\u2212"
_HOURS_TOLD_FROM = 60

_WEEKDAYS = {
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS = {
    "fr": (
        *("janvier", "février", "mars", "avril", "mai", "juin"),
        *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    ),
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}


@dataclass(frozen=True, slots=True)
class Locale:
    """One language and the network's time zone."""

    language: Language
    timezone: str

    def number(self, value: float, decimals: int = 0) -> str:
        """12345 as 12 345 (narrow, no break) or 12,345."""
        text = f"{abs(value):,.{decimals}f}"
        if self.language == "fr":
            text = text.replace(",", THIN).replace(".", ",")
        return f"{MINUS}{text}" if value < 0 and _has_digit(text) else text

    def signed(self, value: float, decimals: int = 0) -> str:
        text = self.number(value, decimals)
        return f"+{text}" if value > 0 and _has_digit(text) else text

    def percent(self, share: float, decimals: int = 1) -> str:
        """A ratio as 12,3 % or 12.3%; 0 and 1 without decimals, and never rounded up to one of them."""
        value = 100 * share
        step = 10**-decimals
        if 0 < value < step / 2:
            less = "moins de " if self.language == "fr" else "less than "
            return less + self._percent(self.number(step, decimals))
        if 100 - step / 2 < value < 100:
            more = "plus de " if self.language == "fr" else "more than "
            return more + self._percent(self.number(100 - step, decimals))
        return self._percent(self.number(value, 0 if value in (0, 100) else decimals))

    def _percent(self, text: str) -> str:
        return f"{text}{THIN}%" if self.language == "fr" else f"{text}%"

    def signed_percent(self, share: float) -> str:
        return self._percent(self.signed(100 * share, 1))

    def points(self, change: float) -> str:
        """The size of a change of a share, in points, without its sign: 1,2 point, 2,4 points."""
        value = round(abs(100 * change), 1)
        return f"{self.number(value, 1)} {self.plural(value, 'point', 'points')}"

    def plural(self, count: float, one: str, many: str) -> str:
        """French keeps the singular below two, English has it for one alone."""
        is_one = abs(count) < 2 if self.language == "fr" else count == 1
        return one if is_one else many

    def count(self, count: int, one: str, many: str) -> str:
        """1 station, 2 stations, 12 345 stations."""
        return f"{self.number(count)}{FIXED}{self.plural(count, one, many)}"

    def duration(self, minutes: int) -> str:
        """45 min, 3 h, 1 h 05 (1 h 05 min)."""
        if minutes < _HOURS_TOLD_FROM:
            return f"{minutes}{FIXED}min"
        hours, rest = divmod(minutes, 60)
        text = f"{self.number(hours)}{FIXED}h"
        unit = "" if self.language == "fr" else f"{FIXED}min"
        return f"{text}{FIXED}{rest:02d}{unit}" if rest else text

    def day(self, day: date | str, *, weekday: bool = True) -> str:
        """mercredi 1er mars 2026, Wednesday 1 March 2026."""
        day = date.fromisoformat(day) if isinstance(day, str) else day
        number = "1er" if self.language == "fr" and day.day == 1 else str(day.day)
        text = f"{number} {_MONTHS[self.language][day.month - 1]} {day.year}"
        return f"{self.weekday(day.isoweekday())} {text}" if weekday else text

    def weekday(self, number: int) -> str:
        """1 is Monday."""
        return _WEEKDAYS[self.language][number - 1]

    def weekdays(self, number: int) -> str:
        return f"{self.weekday(number)}s"

    def time(self, epoch: int) -> str:
        """Local time, 18 h 05 or 18:05; which of the two where clocks have gone back and it comes twice."""
        local = datetime.fromtimestamp(epoch, zone_info(self.timezone))
        if self.language == "fr":
            text = f"{local.hour}{FIXED}h" + (f"{FIXED}{local.minute:02d}" if local.minute else "")
        else:
            text = f"{local.hour:02d}:{local.minute:02d}"
        if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset() and _comes_twice(local):
            season = (
                ("heure d'été", "heure d'hiver") if self.language == "fr" else ("summer time", "winter time")
            )
            text += f" ({season[local.fold]})"
        return text

    def hour(self, hour: int) -> str:
        return f"{hour}{FIXED}h" if self.language == "fr" else f"{hour:02d}:00"

    def listed(self, items: Sequence[str]) -> str:
        """a, b et c."""
        if len(items) < 2:
            return "".join(items)
        last = " et " if self.language == "fr" else " and "
        return ", ".join(items[:-1]) + last + items[-1]


def _comes_twice(local: datetime) -> bool:
    """Whether clocks go back over this local time; where they go forward it does not come at all."""
    first, second = local.replace(fold=0).utcoffset(), local.replace(fold=1).utcoffset()
    return (first or timedelta()) > (second or timedelta())


def _has_digit(text: str) -> bool:
    return any(character in "123456789" for character in text)
