"""Publish: the site's data, under `site/data/` of the lake, for the page and for anyone who wants the figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from velib_insights.steps.site import Edition
from velib_insights.steps.site_made import MADE_KEY, Made

if TYPE_CHECKING:
    from velib_insights.adapters.duckdb_engine import QueryLimits
    from velib_insights.adapters.lake import Lake

SITE_DATA = "site/data"
INDEX_KEY = f"{SITE_DATA}/index.json"


@dataclass(frozen=True, slots=True)
class Published:
    """The keys that were written, and the tick that the site now tells of, as 2026-03-04T17:30:00Z."""

    keys: tuple[str, ...]
    snapshot_at: str


def publish(
    lake: Lake,
    source: str,
    timezone: str,
    *,
    limits: QueryLimits | None = None,
    on_batch: Callable[[int, int], None] = lambda _done, _of: None,
) -> Published:
    """Write what changed since the last publication, then the index that names it all.

    Each file is replaced at once. What it was made from is noted last, so a crash makes the next publication write
    again and never leave out. `on_batch` is told (batches done, batches in all) as they are written.
    Raises NothingThere for a lake without an observed tick, LakeError where it cannot be written.
    """
    edition = Edition(lake, source, timezone, Made.of(lake), limits)
    try:
        written = _write_batches(lake, edition, on_batch)
        _put(lake, written, INDEX_KEY, edition.index())
    finally:
        edition.close()
    note = msgspec.json.encode(edition.made, order="deterministic")
    _put(lake, written, MADE_KEY, note)
    at = datetime.fromtimestamp(edition.moment.observed_epoch, UTC)
    return Published(tuple(written), at.strftime("%Y-%m-%dT%H:%M:%SZ"))


def _write_batches(lake: Lake, edition: Edition, on_batch: Callable[[int, int], None]) -> list[str]:
    there = {entry.key for entry in lake.entries(SITE_DATA)}
    before = {path for made in edition.made.batches.values() for path in made.paths}
    stale = [
        batch
        for batch in edition.batches.values()
        if not edition.made.stands(batch)
        or not there.issuperset(_keys(edition.made.batches[batch.name].paths))
    ]
    written: list[str] = []
    for done, batch in enumerate(stale, 1):
        for path, body in edition.make(batch).items():
            lake.put(f"{SITE_DATA}/{path}", body)
            written.append(f"{SITE_DATA}/{path}")
        on_batch(done, len(stale))
    for name in edition.made.batches.keys() - edition.batches.keys():
        del edition.made.batches[name]
    after = {path for made in edition.made.batches.values() for path in made.paths}
    for key in sorted(_keys(before - after) & there):
        lake.delete(key)
    return written


def _keys(paths: set[str] | list[str]) -> set[str]:
    return {f"{SITE_DATA}/{path}" for path in paths}


def _put(lake: Lake, written: list[str], key: str, body: bytes) -> None:
    """Write what differs from what is there."""
    if lake.get(key) != body:
        lake.put(key, body)
        written.append(key)
