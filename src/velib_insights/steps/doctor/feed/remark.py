"""What the check of a feed remarks: one fault or recommendation, exact enough to be sent to the publisher."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from velib_insights.core.masking import mask_urls_in
from velib_insights.steps.doctor.finding import SEVERITIES, Finding, Severity, percent

_EXAMPLES = 3
_SPECIFICATION = "https://github.com/MobilityData/gbfs/blob/v{version}/gbfs.md#{section}"


@dataclass(frozen=True, slots=True)
class Remark:
    """`what` is a sentence. `path` names a field as in `data.stations[].is_renting`; empty for a whole file.

    `count` of `of` rows are concerned, None where rows do not matter. `examples` are texts as they may be shown.
    `why` says what readers of the feed lose. `section` is the anchor of the specification, empty where it is silent.
    """

    severity: Severity
    check: str
    file: str
    what: str
    why: str = ""
    path: str = ""
    count: int | None = None
    of: int | None = None
    examples: Sequence[str] = ()
    section: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)

    @property
    def rows(self) -> str:
        """`12 of 1,480 (0.8 %)`; empty where rows do not matter."""
        if self.count is None:
            return ""
        if not self.of:
            return f"{self.count:,}"
        return f"{self.count:,} of {self.of:,} ({percent(self.count / self.of)})"

    def finding(self, version: str | None) -> Finding:
        """As `velib doctor` lists it."""
        shown = f" For example {'; '.join(self.examples)}." if self.examples else ""
        rows = f" Rows: {self.rows}." if self.count is not None else ""
        place = f"{self.file}: " if self.file else ""
        return Finding(
            self.severity, "feed", f"{place}{self.what}{rows}{shown}", self.why, self.as_dict(version)
        )

    def as_dict(self, version: str | None) -> dict[str, Any]:
        """As a program reads it."""
        return {
            "severity": self.severity,
            "check": self.check,
            "file": self.file,
            "path": self.path,
            "what": self.what,
            "why": self.why,
            "count": self.count,
            "of": self.of,
            "examples": list(self.examples),
            "section": specification(version, self.section),
            "figures": dict(self.figures),
        }


def worst_first(remarks: Sequence[Remark]) -> list[Remark]:
    return sorted(remarks, key=lambda remark: SEVERITIES.index(remark.severity))


def specification(version: str | None, section: str) -> str:
    """The address of a section of the GBFS specification, of the feed's own version; empty without a section."""
    return _SPECIFICATION.format(version=version or "1.0", section=section) if section else ""


def shown(value: object) -> str:
    """A value of a feed as it may be printed: short, on one line, without control characters and secrets."""
    import json

    text = mask_urls_in(json.dumps(value, ensure_ascii=False, default=str))
    text = one_line(text)
    return text if len(text) <= 80 else f"{text[:77]}…"


def one_line(text: str) -> str:
    """The text with line breaks and control characters, which a feed may hold, as their escapes."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


class Examples:
    """Counts what is met again and again, and keeps the first few."""

    def __init__(self) -> None:
        self.count = 0
        self.kept: list[str] = []

    def add(self, example: str) -> None:
        self.count += 1
        if len(self.kept) < _EXAMPLES:
            self.kept.append(example)
