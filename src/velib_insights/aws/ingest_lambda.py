"""velib_ingest_lambda: one tick of the feed into raw/, and which hours are now to be cleaned."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from velib_insights.aws.events import ingested_answer, tick_of
from velib_insights.aws.metrics import tell_ingested
from velib_insights.settings import Settings, read_settings
from velib_insights.wiring.intake import IngestSession


def handler(event: Mapping[str, Any] | None, context: object) -> dict[str, Any]:  # noqa: ARG001 - Lambda's call
    """Raises FeedUnavailable or FeedChanged once the failure is kept in raw/."""
    settings, intake = _opened()
    now, began = datetime.now(UTC), time.monotonic()
    tick = tick_of(event or {}, now, intake.network.cadence_s)
    done = intake.ingest(tick, now)
    tell_ingested(done, settings.project, time.monotonic() - began)
    done.raise_if_unusable()
    return ingested_answer(done)


@cache
def _opened() -> tuple[Settings, IngestSession]:
    """Once for the life of the function's environment, and not at import."""
    settings = read_settings({})
    return settings, IngestSession(settings, create=True, warn=_log)


def _log(warning: str) -> None:
    """Beside the metrics, which are read out of standard output."""
    sys.stderr.write(f"warning: {warning}\n")
