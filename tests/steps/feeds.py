"""A scripted feed, and small recordings in a folder."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.core.bodies import Bodies, export, ods_row

from velib_insights.adapters.lake import Lake
from velib_insights.core.fetch import Dialect, FeedNote, Fetched, FetchedFeed
from velib_insights.core.ticks.tick import Tick

TICK = Tick.parse("20261123T0815Z")
GOOD = export(ods_row("1001"), ods_row("1002", numbikesavailable=0, mechanical=0, ebike=0))
Answer = Bodies | str


def fetched(answer: Answer, at: datetime | None = None) -> Fetched:
    """What a fetch brought: bodies, or words on why there are none. Without `at`, four seconds after the tick."""
    at = at or TICK.at + timedelta(seconds=4)
    if isinstance(answer, str):
        feeds = (
            FetchedFeed(
                FeedNote("exports", "https://feed.example/exports", "failed", at, reason=answer), None
            ),
        )
        return Fetched("opendatasoft", at, feeds)
    dialect: Dialect = "opendatasoft" if {"exports", "records"} & set(answer) else "gbfs"
    return Fetched(
        dialect,
        at,
        tuple(
            FetchedFeed(
                FeedNote(
                    feed,
                    f"https://feed.example/{feed}",
                    "ok",
                    at,
                    status=200,
                    sha256=hashlib.sha256(body).hexdigest(),
                    bytes=len(body),
                ),
                body,
            )
            for feed, body in answer.items()
        ),
    )


class ScriptedFeed:
    """Gives its answers one after the other, a minute apart, and counts how often it was asked."""

    def __init__(self, *answers: Answer, start: datetime = TICK.at) -> None:
        self._answers = answers
        self._start = start
        self.asked = 0

    def fetch(self) -> Fetched:
        answer = self._answers[min(self.asked, len(self._answers) - 1)]
        self.asked += 1
        return fetched(answer, self._start + timedelta(seconds=60 * self.asked - 56))


def without_versions(objects: dict[str, bytes]) -> dict[str, bytes]:
    """Without the notes that hold the versions of other objects, which differ in a lake that was written anew."""
    notes = ("site/published.json", "rollup/made_from/")
    return {key: body for key, body in objects.items() if not key.startswith(notes)}


def objects(lake: Lake, folder: str = "") -> dict[str, bytes]:
    """Every object of the lake by key."""
    found = {}
    for entry in lake.entries(folder):
        body = lake.get(entry.key)
        assert body is not None
        found[entry.key] = body
    return found


def small_export(number: int, stations: int = 12) -> bytes:
    """A whole body of a small network whose counts move from one number to the next; now and then a bad row."""
    rows = []
    for i in range(stations):
        bikes = (7 * number + 3 * i) % 31
        ebikes = bikes // 3
        rows.append(
            ods_row(
                str(1001 + 1000 * (i % 20) + i),
                numbikesavailable=bikes,
                numdocksavailable=30 - bikes,
                mechanical=bikes - ebikes,
                ebike=ebikes,
                capacity=30,
            )
        )
    if number % 3 == 0:
        rows.append(ods_row(None))
    return export(*rows)["exports"]


def record(
    folder: Path, ticks: int, *, start: datetime | None = None, every: timedelta = timedelta(minutes=15)
) -> list[Path]:
    """Recorded exports, named by the instant of their fetch, one or two seconds after each tick."""
    start = start or datetime(2026, 11, 22, 21, 0, tzinfo=UTC)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number in range(ticks):
        at = start + number * every + timedelta(seconds=1 + number % 2)
        path = folder / f"{at:%Y-%m-%dT%H%M%SZ}.json.gz"
        path.write_bytes(gzip.compress(small_export(number), mtime=0))
        paths.append(path)
    return paths


def note_keys(keys: Sequence[str]) -> list[str]:
    return [key.rsplit("/", 1)[-1] for key in keys if key.endswith(".fetch.json")]
