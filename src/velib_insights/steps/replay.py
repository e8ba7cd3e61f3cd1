"""Replay: recorded bodies through the same pipeline, dated by when they were fetched.

A recording is a folder of JSON bodies, plain or gzip. Where a name holds the instant of the fetch
(`2024-11-05T075501Z.json.gz`, `station_status_1730793600.json`) that is the time; else the feed's own clock is, else
the latest report in the body, and the note says so. A time without an offset is of a zone that has to be given.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

from velib_insights.adapters.lake import Lake
from velib_insights.core import dialects
from velib_insights.core.dialects.instants import epoch_of
from velib_insights.core.dialects.system_information import SystemInformation, read_system_information
from velib_insights.core.errors import NothingThere, SettingsError
from velib_insights.core.fetch import FeedNote, Fetched, FetchedFeed
from velib_insights.core.network import Network
from velib_insights.core.ticks.filename_time import in_zone, time_in_name
from velib_insights.core.ticks.local_time import zone_info
from velib_insights.core.ticks.tick import DEFAULT_CADENCE_S, Tick
from velib_insights.steps.ingest import Ingested, store_fetch

GBFS_FEEDS = ("station_status", "station_information", "vehicle_types", "system_information", "gbfs")
CADENCES_S = (60, 120, 180, 300, 360, 600, 720, 900, 1200, 1800, 3600)

_SMALL_PIECE = 256  # bytes: what a damaged piece would have held before the damage is lost with it
_CLOCK = re.compile(rb'"(?:last_updated|lastUpdatedOther)"\s*:\s*("[^"]{1,40}"|\d{1,13})')
_LOOKED_AT = 20
_STATION = re.compile(rb'"station_id"\s*:')
_VELIB_FIELD = re.compile(rb'"station[cC]ode"\s*:')
_REPORT = re.compile(rb'"duedate"\s*:\s*"([^"]{1,40})"')


@dataclass(frozen=True, slots=True)
class Recording:
    """One recorded fetch: when it was made, its files by feed, and how its time is known."""

    fetched_at: datetime
    files: tuple[tuple[str, Path], ...]
    dated_by: str

    def read(self) -> Fetched:
        feeds = tuple(self._feed(feed, path) for feed, path in self.files)
        return Fetched(dialects.dialect_of(dict(self.files)), self.fetched_at, feeds)

    def _feed(self, feed: str, path: Path) -> FetchedFeed:
        body = read_body(path)
        digest = hashlib.sha256(body).hexdigest()
        note = FeedNote(feed, path.name, "ok", self.fetched_at, sha256=digest, bytes=len(body))
        return FetchedFeed(note, body)


def recordings_in(folder: Path, name_timezone: str | None = None) -> list[Recording]:
    """The recorded fetches of a folder, in the order of their times.

    `name_timezone` is the zone of times in names that have no offset. Raises SettingsError where there is no such
    folder or a name needs a zone, NothingThere where it holds no recording.
    """
    if not folder.is_dir():
        raise SettingsError(f"there is no folder {folder}", hint="Name a folder of recorded JSON bodies.")
    files = sorted(p for p in folder.iterdir() if p.is_file() and p.name.endswith((".json", ".json.gz")))
    groups: dict[str, dict[str, Path]] = {}
    for path in files:
        feed = _feed_of(path.name)
        named = time_in_name(path.name)
        group = (str(named) if named else "undated") if feed in GBFS_FEEDS else path.name
        groups.setdefault(group, {})[feed] = path
    zone = zone_info(name_timezone) if name_timezone else None
    found = [
        _dated(group, zone)
        for group in groups.values()
        if set(group) - set(GBFS_FEEDS) or "station_status" in group
    ]
    if not found:
        raise NothingThere(
            f"{folder} holds no recorded body",
            hint="Expected names like 2024-11-05T075501Z.json.gz or 2026-03-02T081501Z.station_status.json.gz.",
        )
    return sorted(found, key=lambda recording: (recording.fetched_at, recording.files[0][1].name))


def told_by(recordings: Sequence[Recording]) -> SystemInformation:
    """What the recorded network says of itself, by its `system_information`."""
    for recording in recordings:
        for feed, path in recording.files:
            if feed == "system_information":
                return read_system_information(read_body(path))
    return SystemInformation()


def are_another_networks(recordings: Sequence[Recording]) -> bool:
    """Whether the stations lack the field by which those of Vélib' are told; of bodies without stations, no."""
    for recording in recordings[:_LOOKED_AT]:
        body = read_body(recording.files[0][1])
        if _VELIB_FIELD.search(body):
            return False
        if _STATION.search(body):
            return True
    return False


def replay(
    lake: Lake,
    recordings: Sequence[Recording],
    network: Network,
    on_kept: Callable[[Ingested], None] = lambda _: None,
) -> list[Ingested]:
    """Keep every recorded fetch in the raw store; a recording kept before is kept once."""
    kept = []
    decoder = dialects.Decoder()
    for recording in recordings:
        tick = Tick.at_or_before(recording.fetched_at, network.cadence_s)
        how = f"replayed, {recording.dated_by}"
        kept.append(store_fetch(lake, recording.read(), tick, network, how, decoder=decoder))
        on_kept(kept[-1])
    return kept


def measured_cadence_s(recordings: Sequence[Recording]) -> int:
    """The usual time between two recordings, as a divisor of the hour; 15 minutes where they do not tell."""
    times = [recording.fetched_at for recording in recordings]
    gaps = sorted((b - a).total_seconds() for a, b in pairwise(times))
    close = [gap for gap in gaps if 30 <= gap <= 1.1 * max(CADENCES_S)]
    if not close:
        return DEFAULT_CADENCE_S
    usual = close[len(close) // 2]
    return min(CADENCES_S, key=lambda cadence: abs(cadence - usual))


def read_body(path: Path) -> bytes:
    """The body as recorded; a gzip file that is cut or damaged gives what can still be read of it."""
    raw = path.read_bytes()
    if raw[:2] != b"\x1f\x8b":
        return raw
    try:
        return gzip.decompress(raw)
    except (OSError, EOFError, zlib.error):
        return _readable_part(raw)


def _readable_part(raw: bytes) -> bytes:
    stream = zlib.decompressobj(wbits=31)
    read = bytearray()
    try:
        for start in range(0, len(raw), _SMALL_PIECE):
            read += stream.decompress(raw[start : start + _SMALL_PIECE])
    except zlib.error:
        pass  # what comes after the damage cannot be read
    return bytes(read)


def _feed_of(name: str) -> str:
    known = next((feed for feed in GBFS_FEEDS if feed in name), None)
    return known or ("records" if "records" in name else "exports")


def _instant_in(name: str, zone: ZoneInfo | None) -> datetime | None:
    at = time_in_name(name)
    if at is None or at.tzinfo is not None:
        return at
    if zone is None:
        raise SettingsError(
            f"{name} says {at:%Y-%m-%d %H:%M} and not in which time zone",
            hint="Say it: --name-timezone UTC, or the city's, as --name-timezone Europe/Paris.",
        )
    return in_zone(at, zone)


def _dated(files: dict[str, Path], zone: ZoneInfo | None) -> Recording:
    ordered = tuple(
        sorted(files.items(), key=lambda item: GBFS_FEEDS.index(item[0]) if item[0] in GBFS_FEEDS else 0)
    )
    main = ordered[0][1]
    named = _instant_in(main.name, zone)
    if named:
        return Recording(named, ordered, "dated by its file name")
    body = read_body(main)
    clock = _CLOCK.search(body[:500]) or _CLOCK.search(body[-500:])
    if clock:
        text = clock[1].decode("ascii", "replace").strip('"')
        epoch = epoch_of(int(text) if text.isdigit() else text)
        if epoch is not None:
            return Recording(datetime.fromtimestamp(epoch, UTC), ordered, "dated by the feed's own clock")
    reports = [epoch_of(match.decode("ascii", "replace")) for match in _REPORT.findall(body)]
    latest = max((epoch for epoch in reports if epoch is not None), default=None)
    if latest is not None:
        return Recording(datetime.fromtimestamp(latest, UTC), ordered, "dated by the latest report in it")
    changed = datetime.fromtimestamp(int(main.stat().st_mtime), UTC)
    return Recording(changed, ordered, "dated by the time of its file")
