"""What the simulated hosts answer to a request at a simulated instant, faults of content included. No sockets."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfoNotFoundError

from velib_insights.simulator.feeds import velib as render
from velib_insights.simulator.feeds.corruption import corrupted
from velib_insights.simulator.feeds.faults import STATE_FAULTS, Fault, FaultKind
from velib_insights.simulator.feeds.gbfs import VERSIONS, Version, gbfs_feed
from velib_insights.simulator.world.seeding import seeded
from velib_insights.simulator.world.timeline import Snapshot, Timeline

DATASET_PATH = "/api/explore/v2.1/catalog/datasets/velib-disponibilite-en-temps-reel"
EXPORT_PATH = f"{DATASET_PATH}/exports/json"
RECORDS_PATH = f"{DATASET_PATH}/records"
_JSON = "application/json; charset=utf-8"
GBFS_PATH = f"{render.SYSTEM_PATH}/gbfs.json"


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """Status and body of an answer; `is_rate_limited` where the real host counts requests."""

    status: int
    body: bytes
    content_type: str = _JSON
    is_rate_limited: bool = False


class Feeds:
    """The answers of one network. Bodies are kept for the last instants asked for; safe between threads."""

    def __init__(self, timeline: Timeline) -> None:
        self._life = timeline
        self._snapshot = lru_cache(maxsize=4)(self._make_snapshot)
        self._body = lru_cache(maxsize=24)(self._make_body)

    def answer(self, target: str, epoch: int, base_url: str, faults: Sequence[Fault] = ()) -> HttpResponse:
        """`target` is path and query. Faults of transport are left to the server."""
        counts_epoch, feed_epoch = _instants(epoch, faults)
        try:
            body = self._body(target, counts_epoch, feed_epoch, base_url)
        except _BadRequest as error:
            return HttpResponse(400, _error("InvalidRESTParameterError", str(error)), is_rate_limited=True)
        if body is None:
            return HttpResponse(404, _error("NotFound", f"there is nothing at {urlsplit(target).path}"))
        content_type = _JSON
        for fault in faults:
            body = corrupted(body, fault)
            if fault.kind is FaultKind.HTML:
                content_type = "text/html; charset=utf-8"
        return HttpResponse(200, body, content_type, target.startswith(DATASET_PATH))

    def _make_snapshot(self, counts_epoch: int, feed_epoch: int) -> Snapshot:
        return self._life.state_at(counts_epoch, feed_epoch=feed_epoch)

    def _make_body(self, target: str, counts_epoch: int, feed_epoch: int, base_url: str) -> bytes | None:
        split = urlsplit(target)
        if split.path == GBFS_PATH:
            return render.gbfs_discovery(base_url)
        if split.path == f"{render.SYSTEM_PATH}/system_information.json":
            return render.gbfs_system_information(feed_epoch)
        snapshot = self._snapshot(counts_epoch, feed_epoch)
        if split.path == f"{render.SYSTEM_PATH}/station_information.json":
            return render.gbfs_station_information(snapshot)
        if split.path == f"{render.SYSTEM_PATH}/station_status.json":
            return render.gbfs_station_status(snapshot)
        if split.path in (EXPORT_PATH, RECORDS_PATH):
            return _opendatasoft(split.path, split.query, snapshot)
        version, _, feed = split.path.removeprefix("/gbfs/").partition("/")
        if split.path.startswith("/gbfs/") and feed.endswith(".json") and version in VERSIONS:
            known: Version = next(v for v in VERSIONS if v == version)
            return gbfs_feed(known, feed.removesuffix(".json"), snapshot, base_url)
        return None


class _BadRequest(Exception):
    pass


def _opendatasoft(path: str, query: str, snapshot: Snapshot) -> bytes:
    asked = {name: values[-1] for name, values in parse_qs(query).items()}
    timezone = asked.get("timezone", "UTC")
    try:
        if path == EXPORT_PATH:
            return render.opendatasoft_export(snapshot, timezone)
        limit, offset = int(asked.get("limit", "10")), int(asked.get("offset", "0"))
        if not -1 <= limit <= render.MAX_PAGE_ROWS or offset < 0 or max(limit, 0) + offset > 10_000:
            raise _BadRequest(
                f"limit must be between -1 and {render.MAX_PAGE_ROWS}, limit + offset at most 10000"
            )
        return render.opendatasoft_records(snapshot, timezone, limit, offset)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: a folder of the zone files
        raise _BadRequest(f"cannot read the parameters: {error}") from error


def _error(code: str, message: str) -> bytes:
    return json.dumps({"error_code": code, "message": message}).encode()


def _instants(epoch: int, faults: Sequence[Fault]) -> tuple[int, int]:
    """The instant of the counts and that of the feed's clock."""
    counts, clock = epoch, epoch
    for fault in faults:
        if fault.kind not in STATE_FAULTS:
            continue
        if fault.kind is FaultKind.FREEZE:
            counts = int(fault.value_or(epoch))
        elif fault.kind is FaultKind.CLOCK_SKEW:
            clock = epoch + int(fault.value_or(-7200))
        elif seeded("stale", epoch // 60).random() < 0.5:
            counts = epoch - int(fault.value_or(600))
    return counts, clock
