"""Rounds of the doctor over a lake of the tests, and what they found wrong."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from velib_insights.adapters.duckdb_engine import DuckDbEngine
from velib_insights.adapters.lake import Lake
from velib_insights.core.zones import Zones
from velib_insights.steps.doctor import Checkup, Expected, Finding, examine_lake

TEN = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def examined(lake: Lake, **settings: Any) -> list[Finding]:
    """A round over the lake, at ten o'clock unless `now` says otherwise; other words are settings."""
    fix, now = settings.pop("fix", False), settings.pop("now", TEN)
    expected = Expected(**{"source": "velib", "cadence_s": 900} | settings)
    checkup = Checkup()
    examine_lake(
        checkup,
        lake,
        expected,
        lambda _: Zones(),
        lambda part: DuckDbEngine(part, "velib", clock=now.timestamp),
        now,
        fix=fix,
    )
    return checkup.findings()


def wrong(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.is_wrong]


def only_wrong(findings: list[Finding]) -> Finding:
    """The one error or warning."""
    found = wrong(findings)
    assert len(found) == 1, [finding.what for finding in found]
    return found[0]
