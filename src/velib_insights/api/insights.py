"""The report of a day, for a notebook."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

    from velib_insights.core.insights.report import DayReport
    from velib_insights.core.locale import Language


class Insights:
    """The report of one day in one language: `facts` holds every figure, `sentences` what they come to."""

    def __init__(self, facts: DayReport, language: Language) -> None:
        self.facts = facts
        self.language = language

    @property
    def sentences(self) -> tuple[str, ...]:
        """What happened, a sentence each."""
        return self.facts.sentences[self.language]

    def zones(self) -> pa.Table:
        """A row a zone."""
        return _rows_of(self.facts.zones)

    def moments(self) -> pa.Table:
        """A row a tick of the day."""
        return _rows_of(self.facts.moments)

    def html(self) -> str:
        """The report as one HTML document that needs nothing else, as `velib insights --format html` writes it."""
        from velib_insights.pages.report_html import html

        return html(self.facts, self.language)

    def __str__(self) -> str:
        return "\n".join(self.sentences)

    def __repr__(self) -> str:
        return f"Insights({self.facts.date}, {self.language})\n{self}"

    def _repr_html_(self) -> str:
        said = "".join(f"<li>{escape(sentence)}</li>" for sentence in self.sentences)
        return f"<h3>{escape(self.facts.network_name)}, {escape(self.facts.date)}</h3><ul>{said}</ul>"


def _rows_of(structs: Iterable[Any]) -> pa.Table:
    import msgspec
    import pyarrow as pa

    return pa.Table.from_pylist([msgspec.to_builtins(each) for each in structs])
