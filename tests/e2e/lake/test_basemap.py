"""`velib basemap` against archives of its own making, on disk and behind a server with the faults of real ones."""

from __future__ import annotations

import gzip
import io
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pmtiles.reader import MemorySource, Reader
from pmtiles.tile import Compression, TileType, deserialize_header, tileid_to_zxy, zxy_to_tileid
from pmtiles.writer import Writer
from tests.e2e.conftest import Velib, one_message
from tests.needed import missing

from velib_insights.core.errors import FeedChanged
from velib_insights.steps.basemap import build_in

PARIS = Path(__file__).parents[4] / "shared" / "data" / "basemap" / "paris.pmtiles"
KEPT = "reference/basemap.pmtiles"
METADATA = {"attribution": "© Example & co", "vector_layers": [{"id": "roads", "fields": {}}]}
# The world to zoom 6, then the tiles around Paris alone; and enough of them that there are leaf directories.
TILES = {(z, x, y) for z in range(7) for x in range(1 << z) for y in range(1 << z)} | {
    (14, x, y) for x in range(8200, 8400) for y in range(5580, 5700)
}


def archive(tiles: set[tuple[int, int, int]] = TILES, kind: TileType = TileType.MVT) -> bytes:
    file = io.BytesIO()
    writer: Any = Writer(file)  # type: ignore[no-untyped-call]
    for tile_id in sorted(zxy_to_tileid(*tile) for tile in tiles):
        writer.write_tile(tile_id, body_of(*tileid_to_zxy(tile_id)))
    world = {"min_lon_e7": -1_800_000_000, "min_lat_e7": -850_000_000, "max_lon_e7": 1_800_000_000}
    world |= {"max_lat_e7": 850_000_000, "center_zoom": 0, "center_lon_e7": 0, "center_lat_e7": 0}
    writer.finalize(world | {"tile_type": kind, "tile_compression": Compression.GZIP}, METADATA)
    return file.getvalue()


def body_of(z: int, x: int, y: int) -> bytes:
    return gzip.compress(f"{z}/{x}/{y}".encode(), mtime=0)


class Served:
    """An archive on loopback. `fault` changes the nth answer (from 1): its status, its headers or its body."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.requests = 0
        self.sent = 0
        self.fault: Callable[[int, int, dict[str, str], bytes], tuple[int, dict[str, str], bytes]] = (
            lambda _nth, status, headers, part: (status, headers, part)
        )
        served = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                served.requests += 1
                first, last = map(int, self.headers["Range"].removeprefix("bytes=").split("-"))
                part = served.body[first : last + 1]
                headers = {
                    "Content-Range": f"bytes {first}-{first + len(part) - 1}/{len(served.body)}",
                    "ETag": '"one"',
                    "Content-Length": str(len(part)),
                }
                status, headers, part = served.fault(served.requests, 206, headers, part)
                served.sent += len(part)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(part)
                self.close_connection = True

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/planet.pmtiles"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture(scope="module")
def whole() -> bytes:
    return archive()


@pytest.fixture
def served(whole: bytes) -> Iterator[Served]:
    server = Served(whole)
    yield server
    server.close()


@pytest.fixture
def lake(filled: Path) -> Iterator[Path]:
    (filled / KEPT).unlink(missing_ok=True)
    yield filled
    (filled / KEPT).unlink(missing_ok=True)


def test_the_box_of_the_stations_is_cut_out_by_ranges(
    velib_here: Velib, lake: Path, served: Served, whole: bytes
) -> None:
    dry = velib_here("basemap", served.url, "--lake", lake, "--dry-run", "--json").json()
    assert not (lake / KEPT).exists()
    served.sent = 0
    told = velib_here("basemap", served.url, "--lake", lake, "--json").json()
    assert told == dry | {"key": KEPT, "bytes": (lake / KEPT).stat().st_size}
    assert dry["bytes_to_fetch"] < served.sent < len(whole) / 2
    found = Reader(MemorySource((lake / KEPT).read_bytes()))  # type: ignore[no-untyped-call]
    assert found.metadata() == METADATA
    header = found.header()
    assert (header["tile_type"], header["max_zoom"]) == (TileType.MVT, 14)
    corner = [header["min_lon_e7"] / 1e7, header["min_lat_e7"] / 1e7]
    assert corner == pytest.approx(dry["box"][:2], abs=1e-6)
    west, _, east, _ = dry["box"]
    columns = [int((lon + 180) / 360 * (1 << 14)) for lon in (west, east)]
    kept = {(x, y) for z, x, y in TILES if z == 14 and found.get(z, x, y) == body_of(z, x, y)}
    assert (min(x for x, _ in kept), max(x for x, _ in kept)) == tuple(columns)
    assert len(kept) + 7 <= told["tiles"]
    assert found.get(0, 0, 0) == body_of(0, 0, 0)


def test_a_file_gives_the_same_bytes_as_its_url(
    velib_here: Velib, lake: Path, served: Served, whole: bytes, tmp_path: Path
) -> None:
    assert velib_here("basemap", served.url, "--lake", lake).code == 0
    once = (lake / KEPT).read_bytes()
    (tmp_path / "planet.pmtiles").write_bytes(whole)
    said = velib_here("basemap", tmp_path / "planet.pmtiles", "--lake", lake)
    assert (said.code, said.out) == (0, "")
    assert "MB to fetch from" in said.err
    assert (lake / KEPT).read_bytes() == once


def test_the_zoom_is_capped_and_the_archive_removed(velib_here: Velib, lake: Path, served: Served) -> None:
    assert velib_here("basemap", served.url, "--max-zoom", 5, "--lake", lake, "--json").json()["tiles"] == 6
    assert velib_here("basemap", "--remove", "--lake", lake, "--json").json() == {"removed": True}
    assert not (lake / KEPT).exists()
    assert velib_here("basemap", "--remove", "--lake", lake, "--json").json() == {"removed": False}


@pytest.mark.parametrize("kind", ["error", "cut short"])
def test_a_range_that_fails_once_is_asked_for_again(
    velib_here: Velib, lake: Path, served: Served, kind: str
) -> None:
    served.fault = lambda nth, status, headers, part: (
        (status, headers, part)
        if nth != 2
        else ((503, {"Content-Length": "0"}, b"") if kind == "error" else (status, headers, part[:-3]))
    )
    assert velib_here("basemap", served.url, "--lake", lake).code == 0
    assert (lake / KEPT).exists()


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        (lambda _n, _s, h, part: (200, h, part), 4, "ignores byte ranges"),
        (lambda n, s, h, part: (s, h | {"ETag": f'"{n}"'}, part), 4, "was replaced while it was read"),
        (lambda _n, _s, _h, _p: (404, {"Content-Length": "0"}, b""), 3, "HTTP 404"),
        (lambda _n, s, h, part: (s, h, b"x" * len(part)), 4, "is not a PMTiles archive"),
    ],
)
def test_a_server_that_will_not_do_is_named_and_the_lake_keeps_what_it_had(
    velib_here: Velib, lake: Path, served: Served, fault: Any, code: int, words: str
) -> None:
    (lake / KEPT).parent.mkdir(exist_ok=True)
    (lake / KEPT).write_bytes(b"before")
    served.fault = fault
    one_message(last_line(velib_here("basemap", served.url, "--lake", lake)), code, words)
    assert (lake / KEPT).read_bytes() == b"before"


def last_line(said: Any) -> Any:
    """Without the size, which is said before the tiles are asked for."""
    at = said.err.find("error: ")
    return type(said)(said.code, said.out, said.err[at:])


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (archive({(0, 0, 0)}, TileType.PNG), 4, "holds png tiles"),
        (archive({(14, 0, 0)}), 7, "has no tile between"),
        (
            archive()[: deserialize_header(archive()[:127])["tile_data_offset"] + 10],
            4,
            "ends before its tiles do",
        ),
    ],
    ids=["raster", "elsewhere", "truncated"],
)
def test_an_archive_that_will_not_do_is_named(
    velib_here: Velib, lake: Path, tmp_path: Path, body: bytes, code: int, words: str
) -> None:
    (tmp_path / "a.pmtiles").write_bytes(body)
    one_message(last_line(velib_here("basemap", tmp_path / "a.pmtiles", "--lake", lake)), code, words)
    assert not (lake / KEPT).exists()


def test_the_latest_build_is_taken() -> None:
    builds = [{"key": "20261124.pmtiles"}, {"key": "20261126.pmtiles"}, {"key": "notes.txt"}]
    assert build_in(json.dumps(builds).encode()) == "https://build.protomaps.com/20261126.pmtiles"
    for other in (b"[]", b"<html>", b'{"key": 1}', b"[1]"):
        with pytest.raises(FeedChanged, match="lists no build"):
            build_in(other)


def test_a_real_archive_is_cut(velib_here: Velib, lake: Path) -> None:
    if not PARIS.is_file():
        missing("there is no archive of Paris in ../shared/data/basemap")
    told = velib_here("basemap", PARIS, "--lake", lake, "--json").json()
    found, source = (
        Reader(MemorySource(path.read_bytes()))  # type: ignore[no-untyped-call]
        for path in (lake / KEPT, PARIS)
    )
    assert found.metadata() == source.metadata()
    assert found.get(12, 2074, 1409) == source.get(12, 2074, 1409) is not None
    assert told["tiles"] > 50
