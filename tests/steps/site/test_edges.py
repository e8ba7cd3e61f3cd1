"""Edges of what the site is made from: how many days are asked for at once."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.steps.feeds import record

from velib_insights.adapters.lake import Lake
from velib_insights.core.zones import Zones
from velib_insights.steps.clean import clean_all, hours_with_raw
from velib_insights.steps.importing.folder import import_folder
from velib_insights.steps.ingest import Network
from velib_insights.steps.publish import publish


def test_each_of_forty_days_has_its_line(lake: Lake, tmp_path: Path) -> None:
    """More than local_days looks back on: days are asked for in portions."""
    record(tmp_path / "recorded", 80, start=datetime(2026, 3, 2, 21, tzinfo=UTC), every=timedelta(hours=12))
    import_folder(lake, tmp_path / "recorded", Network())
    clean_all(lake, "velib", hours_with_raw(lake, "velib"), Zones())
    publish(lake, "velib", "Europe/Paris", most_reports=0)
    days = json.loads(lake.get("site/data/index.json") or b"")["days"]
    assert len(days) == 41
    assert {(day["ticks"], day["observed"]) for day in days[1:-1]} == {(2, 2)}
    assert all(day["coverage"] > 0 for day in days[1:-1])
