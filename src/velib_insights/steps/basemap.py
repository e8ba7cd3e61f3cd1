"""The streets below the stations: the network's box cut out of a PMTiles archive, kept in the lake's `reference/`."""

from __future__ import annotations

import gzip
import io
import json
import math
import re
import zlib
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from velib_insights.core import keys
from velib_insights.core.errors import FeedChanged, FeedUnavailable, LakeError, NothingThere

if TYPE_CHECKING:
    from velib_insights.adapters.lake import Lake
    from velib_insights.adapters.ranges import RangeReader

Box = tuple[float, float, float, float]
"""West, south, east, north, in degrees."""

BUILDS_URL = "https://build-metadata.protomaps.dev/builds.json"
_BUILDS = "https://build.protomaps.com"
_MARGIN_KM = 5.0
_KM_A_DEGREE = 111.2
_HEAD = 16_384  # the format's rule: header and root directory lie within
_GAP = 65_536  # bytes that are cheaper to fetch in vain than to ask around
_MOST_AT_ONCE = 8_000_000
_DIRECTORY_MOST = 16_000_000
_MOST_NORTH = 85.05


@dataclass(frozen=True, slots=True)
class Cut:
    """What lies in the box: `tiles` are (id, offset, length) by id, `ranges` the (offset, length) to fetch."""

    reader: RangeReader
    header: dict[str, Any]
    metadata: dict[str, Any]
    box: Box
    tiles: list[tuple[int, int, int]]
    ranges: list[tuple[int, int]]

    @property
    def fetched_bytes(self) -> int:
        return sum(length for _, length in self.ranges)


def box_around(places: Iterable[tuple[float | None, float | None]]) -> Box:
    """The box of stations at (lat, lon), with a margin of 5 km. Raises NothingThere where none has a position."""
    known = [(lat, lon) for lat, lon in places if lat is not None and lon is not None]
    if not known:
        raise NothingThere(
            "the lake has no station with a position yet",
            hint="Fill it first: velib run, velib import PATH or velib demo.",
        )
    lats, lons = [lat for lat, _ in known], [lon for _, lon in known]
    up = _MARGIN_KM / _KM_A_DEGREE
    aside = up / max(0.1, math.cos(math.radians(max(map(abs, lats)))))
    west, east = max(-180.0, min(lons) - aside), min(180.0, max(lons) + aside)
    return west, max(-_MOST_NORTH, min(lats) - up), east, min(_MOST_NORTH, max(lats) + up)


def latest_build() -> str:
    """The address of Protomaps' last daily archive of the planet."""
    from velib_insights.adapters.feeds import HttpClient

    fetched = HttpClient().get("builds", BUILDS_URL)
    if fetched.body is None:
        raise FeedUnavailable(
            f"{BUILDS_URL}: {fetched.note.reason}", hint="Name an archive: velib basemap FILE|URL."
        )
    return build_in(fetched.body)


def build_in(body: bytes) -> str:
    """The latest one in the list of builds. Raises FeedChanged for anything else than such a list."""
    try:
        names = [str(build["key"]) for build in json.loads(body)]
    except (ValueError, TypeError, KeyError):
        names = []
    dated = [name for name in names if re.fullmatch(r"\d{8}\.pmtiles", name, re.ASCII)]
    if not dated:
        raise FeedChanged(
            f"{BUILDS_URL} lists no build", hint="Name an archive yourself: velib basemap FILE|URL."
        )
    return f"{_BUILDS}/{max(dated)}"


def plan(reader: RangeReader, box: Box, max_zoom: int) -> Cut:
    """Reads the directories alone. Raises FeedChanged for a file that is no archive of vector tiles, NothingThere
    where it has none in the box.
    """
    from pmtiles.tile import Compression, TileType, deserialize_header

    head = reader.read(0, _HEAD)
    try:
        header: dict[str, Any] = dict(deserialize_header(head[:127]))
    except Exception as error:  # the library raises what it stumbles on
        raise FeedChanged(
            f"{reader.name} is not a PMTiles archive of version 3", hint="Nothing was written to the lake."
        ) from error
    if header["tile_type"] is not TileType.MVT:
        kind = header["tile_type"].name.lower()
        raise FeedChanged(
            f"{reader.name} holds {kind} tiles, not vector tiles", hint="Name an archive of vector tiles."
        )
    if header["internal_compression"] is not Compression.GZIP:
        raise FeedChanged(f"the directories of {reader.name} are not compressed by gzip")
    wanted = _tile_ids(box, header["min_zoom"], min(max_zoom, header["max_zoom"]))
    try:
        if not 0 <= header["metadata_length"] <= _DIRECTORY_MOST:
            raise ValueError("metadata too large")
        metadata = json.loads(
            gzip.decompress(reader.read(header["metadata_offset"], header["metadata_length"]))
        )
        if not isinstance(metadata, dict):
            raise TypeError("metadata is no object")
        tiles = sorted(_walk(reader, head, header, wanted))
    except (ValueError, TypeError, LookupError, EOFError, OSError, zlib.error) as error:
        raise FeedChanged(f"{reader.name} is damaged: {error}") from error
    if not tiles:
        west, south, east, north = box
        raise NothingThere(
            f"{reader.name} has no tile between {south:.3f}, {west:.3f} and {north:.3f}, {east:.3f}",
            hint="Name an archive that covers the network.",
        )
    return Cut(reader, header, metadata, box, tiles, _merged({tile[1:] for tile in tiles}))


def fetch(cut: Cut, on_bytes: Callable[[int], None] = lambda _: None) -> bytes:
    """The archive of the box; `on_bytes` is told of each part. Raises FeedChanged where the source is too short."""
    from pmtiles.writer import Writer

    bodies: dict[tuple[int, int], bytes] = {}
    spans = sorted({tile[1:] for tile in cut.tiles})
    starts = [offset for offset, _ in spans]
    for first, length in cut.ranges:
        part = cut.reader.read(cut.header["tile_data_offset"] + first, length)
        if len(part) != length:
            raise FeedChanged(f"{cut.reader.name} ends before its tiles do", hint="Fetch it again.")
        for at in range(bisect_left(starts, first), bisect_left(starts, first + length)):
            offset, size = spans[at]
            bodies[offset, size] = part[offset - first : offset - first + size]
        on_bytes(length)
    west, south, east, north = cut.box
    file = io.BytesIO()
    try:
        writer: Any = Writer(file)  # type: ignore[no-untyped-call]
        for tile_id, offset, size in cut.tiles:
            writer.write_tile(tile_id, bodies[offset, size])
        header = {name: cut.header[name] for name in ("tile_type", "tile_compression")}
        header |= {"min_lon_e7": _e7(west), "min_lat_e7": _e7(south)}
        header |= {"max_lon_e7": _e7(east), "max_lat_e7": _e7(north)}
        header |= {"center_lon_e7": _e7((west + east) / 2), "center_lat_e7": _e7((south + north) / 2)}
        header["center_zoom"] = min(11, cut.header["max_zoom"])
        writer.finalize(header, cut.metadata)
    except OSError as error:
        raise LakeError(
            f"the archive could not be put together: {error.strerror}",
            hint="See that there is room for temporary files. The lake is as it was.",
        ) from error
    return file.getvalue()


def keep(lake: Lake, archive: bytes) -> None:
    lake.put(keys.REFERENCE_BASEMAP, archive, media_type="application/vnd.pmtiles", caching="no-cache")


def remove(lake: Lake) -> bool:
    """Whether there was one."""
    if not any(entry.key == keys.REFERENCE_BASEMAP for entry in lake.entries(keys.REFERENCE)):
        return False
    lake.delete(keys.REFERENCE_BASEMAP)
    return True


def _tile_ids(box: Box, min_zoom: int, max_zoom: int) -> list[int]:
    from pmtiles.tile import zxy_to_tileid

    west, south, east, north = box
    found = []
    for zoom in range(min_zoom, max_zoom + 1):
        left, top = _tile_at(west, north, zoom)
        right, bottom = _tile_at(east, south, zoom)
        found += [zxy_to_tileid(zoom, x, y) for x in range(left, right + 1) for y in range(top, bottom + 1)]
    return sorted(found)


def _tile_at(lon: float, lat: float, zoom: int) -> tuple[int, int]:
    count = 1 << zoom
    y = (1 - math.log(math.tan(math.pi / 4 + math.radians(lat) / 2)) / math.pi) / 2
    return tuple(max(0, min(count - 1, int(share * count))) for share in ((lon + 180) / 360, y))  # type: ignore[return-value]


def _walk(
    reader: RangeReader, head: bytes, header: dict[str, Any], wanted: list[int]
) -> Iterator[tuple[int, int, int]]:
    """The wanted tiles that there are; of the leaf directories only those that can hold one are read."""
    from pmtiles.tile import deserialize_directory

    # The format allows leaves below leaves; four levels hold any planet, and a loop in a broken file ends there.
    waiting = [(header["root_offset"], header["root_length"], 0, 1 << 62, 0)]
    while waiting:
        offset, length, low, high, depth = waiting.pop()
        if length > _DIRECTORY_MOST or depth > 3:
            raise ValueError("a directory is too large or too deep")
        inside = head[offset : offset + length] if offset + length <= len(head) else None
        entries = deserialize_directory(inside if inside is not None else reader.read(offset, length))
        for at, entry in enumerate(entries):
            is_leaf = entry.run_length == 0
            following = entries[at + 1].tile_id if at + 1 < len(entries) else high
            end = following if is_leaf else entry.tile_id + entry.run_length
            held = wanted[bisect_left(wanted, max(low, entry.tile_id)) : bisect_left(wanted, end)]
            if held and is_leaf:
                start = header["leaf_directory_offset"] + entry.offset
                waiting.append((start, entry.length, entry.tile_id, end, depth + 1))
            elif held:
                yield from ((tile_id, entry.offset, entry.length) for tile_id in held)


def _merged(spans: set[tuple[int, int]]) -> list[tuple[int, int]]:
    """Neighbours together, where the gap between them is small and the whole is not too large."""
    merged: list[tuple[int, int]] = []
    for offset, length in sorted(spans):
        first, size = merged[-1] if merged else (0, -_GAP - 1)
        end = max(first + size, offset + length)
        if offset - (first + size) <= _GAP and (end - first <= _MOST_AT_ONCE or offset < first + size):
            merged[-1] = (first, end - first)
        else:
            merged.append((offset, length))
    return merged


def _e7(degrees: float) -> int:
    return round(degrees * 10_000_000)
