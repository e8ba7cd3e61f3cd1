"""Figures for CloudWatch, as a line of the log: it reads them out of there, and no right to call it is needed.

The form is the Embedded Metric Format,
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
import sys
from typing import Any

from velib_insights.steps.ingest import Ingested

NAMESPACE = "VelibInsights"


def tell_ingested(done: Ingested, project: str, seconds: float) -> None:
    """A tick that was there already is usable; its rows were counted when it came."""
    usable = 1 if done.outcome == "ok" else 0
    _tell(
        project,
        int(done.tick.epoch * 1000),
        {
            "UsableTicks": (usable, "Count"),
            "RowsSeen": (done.stations + done.rows_refused, "Count"),
            "RowsRefused": (done.rows_refused, "Count"),
            "FetchSeconds": (round(seconds, 3), "Seconds"),
        },
        {"tick": done.tick.stamp, "outcome": done.outcome, "reason": done.reason},
    )


def _tell(project: str, at_ms: int, figures: dict[str, tuple[float, str]], said: dict[str, Any]) -> None:
    metrics = [{"Name": name, "Unit": unit} for name, (_, unit) in figures.items()]
    directive = {"Namespace": NAMESPACE, "Dimensions": [["Project"]], "Metrics": metrics}
    line = {
        "_aws": {"Timestamp": at_ms, "CloudWatchMetrics": [directive]},
        "Project": project,
        **{name: value for name, (value, _) in figures.items()},
        **said,
    }
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
