"""Whether a decoded body may count at all: a body that is whole, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from velib_insights.core.dialects.rows import TypedRows
from velib_insights.core.observations import Columns, Decoded, Refusal
from velib_insights.core.rules import BODY_INCOMPLETE, COUNTS_ABSENT


def judge(
    typed: TypedRows[Any],
    columns: Columns,
    *,
    seen: int,
    expected: int | None,
    incomplete: str | None = None,
    feed_clock: datetime | None = None,
    further: Sequence[Refusal] = (),
    missing: tuple[str, ...] = (),
) -> Decoded[Columns]:
    """The verdict on a body: ok with its columns, or another outcome with every row refused.

    `incomplete` says in words why the body cannot be whole; `further` are refusals from other feed files, `missing`
    the names of those that are not there or cannot be read.
    """

    def refused_whole(outcome: Any, reason: str) -> Decoded[Columns]:
        refusals = (*typed.refusals, *further)
        return Decoded(outcome, reason, Columns(), refusals, seen, expected, feed_clock, missing)

    rows = len(columns)
    if incomplete:
        typed.refuse([(i, BODY_INCOMPLETE, incomplete) for i in range(rows)])
        return refused_whole("incomplete", incomplete)
    without_counts = columns.bikes.count(None)
    if without_counts:  # a count that was given twice, each time another, is no sign of another shape
        pairs = zip(columns.bikes, columns.counts_disagree, strict=True)
        without_counts = sum(bikes is None and not disagree for bikes, disagree in pairs)
    if rows and 2 * without_counts > rows:
        reason = f"{without_counts} of {rows} rows have no count of bikes: the shape of the feed has changed"
        typed.refuse([(i, COUNTS_ABSENT, reason) for i in range(rows)])
        return refused_whole("unusable", reason)
    if not rows:
        return refused_whole("unusable", _why_empty(typed.refusals))
    return Decoded("ok", None, columns, (*typed.refusals, *further), seen, expected, feed_clock, missing)


def _why_empty(refusals: Sequence[Refusal]) -> str:
    if not refusals:
        return "the body names no station"
    rules = [refusal.rule.id for refusal in refusals]
    commonest = max(sorted(set(rules)), key=rules.count)
    return f"none of {len(rules)} rows could be used, most by rule {commonest}"
