"""The compiled reader of exports/json: it reads sound bodies as Python does, and leaves every other one to it."""

from __future__ import annotations

import gzip
import json
import random
import shutil
import struct
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.core.bodies import as_body, ods_row
from tests.core.exports_readers import read_alike
from tests.needed import missing

from velib_insights.core.dialects import compiled
from velib_insights.simulator.recordings import write_recording
from velib_insights.simulator.world.network import Network

ROWS = [ods_row("16107"), ods_row("9020", name="Île - Été", ebike=0), ods_row("40001_relais")]
SOURCE = compiled.LIBRARY.with_name("exports.c")
Reader = compiled.CompiledExports


def codes(found: Any) -> list[str]:
    return found.columns.station_code.to_pylist()


def test_a_sound_body_is_read_in_the_order_of_codes(exports_reader: Reader) -> None:
    found = read_alike(exports_reader, as_body(ROWS))
    assert found is not None
    assert codes(found) == ["16107", "40001_relais", "9020"]
    assert found.columns.name.to_pylist()[2] == "Île - Été"
    assert found.columns.bikes.to_pylist() == [9, 9, 9]
    assert found.columns.last_reported.to_pylist() == [1795421131] * 3


@pytest.mark.parametrize(
    "write",
    [
        lambda rows: json.dumps(rows, indent=2).encode(),
        lambda rows: json.dumps(rows, separators=(",", ":"), ensure_ascii=False).encode(),
        lambda rows: b" \n" + json.dumps(rows).encode() + b"\r\n\t",
        lambda rows: json.dumps([dict(reversed(row.items())) for row in rows]).encode(),
    ],
    ids=["indented", "dense and unescaped", "blanks around", "fields in another order"],
)
def test_the_way_the_json_is_written_does_not_matter(
    exports_reader: Reader, write: Callable[[list[Any]], bytes]
) -> None:
    assert read_alike(exports_reader, write(ROWS)) is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"name": None},
        {"name": ...},
        {"name": "  \u00a0 "},
        {"name": 'a "quoted" \\ name / \b\f\n\r\t'},
        {"capacity": None, "ebike": None, "mechanical": ...},
        {"capacity": 0, "numbikesavailable": 100_000},
        {"is_installed": "NON", "is_renting": None, "is_returning": ...},
        {"duedate": None},
        {"duedate": "1970-01-01T00:00:00+00:00"},
        {"duedate": "2024-02-29T23:59:59-05:30"},
        {"duedate": "2065-01-24T05:20:00+00:00"},
        {"coordonnees_geo": None},
        {"coordonnees_geo": {"lon": None, "lat": 0}},
        {"coordonnees_geo": {"lat": -91.5, "more": [1, {"a": []}], "lon": 2}},
        {"a new field": {"with": ["anything", -1.5, True, False, None, {}]}},
        {"stationcode": "a b-c_d.e:f"},
    ],
    ids=str,
)
def test_what_a_sound_row_may_hold(exports_reader: Reader, changes: dict[str, Any]) -> None:
    assert read_alike(exports_reader, as_body([*ROWS, ods_row(**{"code": "1001"} | changes)])) is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"stationcode": None},
        {"stationcode": ""},
        {"stationcode": 1001},
        {"stationcode": " 1001"},
        {"stationcode": "1001 "},
        {"stationcode": "é"},
        {"stationcode": "16107"},
        {"name": 5},
        {"name": "\ud800"},
        {"capacity": -1},
        {"capacity": 100_001},
        {"capacity": 10**30},
        {"capacity": 5.0},
        {"capacity": 12.5},
        {"mechanical": -1},
        {"ebike": "some"},
        {"capacity": "5"},
        {"capacity": True},
        {"is_renting": True},
        {"is_renting": "oui"},
        {"duedate": "2026-11-23"},
        {"duedate": "2026-11-23T08:05:31Z"},
        {"duedate": "2026-11-23T08:05:31+00:60"},
        {"duedate": "2026-02-29T08:05:31+00:00"},
        {"duedate": "2026-11-31T08:05:31+00:00"},
        {"duedate": "2026-13-01T08:05:31+00:00"},
        {"duedate": "1969-12-31T08:05:31+00:00"},
        {"duedate": "2066-01-01T08:05:31+00:00"},
        {"duedate": 1795421131},
        {"coordonnees_geo": {"lon": "2", "lat": 48}},
        {"coordonnees_geo": {"lon": 2.3, "lat": ""}},
        {"coordonnees_geo": [2, 48]},
        {"unknown": 1e300},
    ],
    ids=str,
)
def test_what_calls_for_a_judgement_is_left_to_python(
    exports_reader: Reader, changes: dict[str, Any]
) -> None:
    assert read_alike(exports_reader, as_body([*ROWS, ods_row(**{"code": "1001"} | changes)])) is None


SOUND = as_body(ROWS)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"[" + b" " * 400,
        SOUND[:-1],
        SOUND[:-2] + b",]",
        SOUND + b"]",
        SOUND + b"\x00",
        b"\xef\xbb\xbf" + SOUND,
        as_body([*ROWS, None]),
        as_body([*ROWS, []]),
        as_body({"total_count": 3, "results": ROWS}),
        SOUND.replace(b'"name"', b'"na\\u006de"', 1),
        SOUND.replace(b'"name"', b'"capacity"', 1),
        SOUND.replace(b": 35", b": 035", 1),
        SOUND.replace(b": 35", b": 35.0", 1),
        SOUND.replace(b": 35", b": 35e0", 1),
        SOUND.replace(b": 35", b": -0", 1),
        SOUND.replace(b": 35,", b": 35", 1),
        SOUND.replace(b'"OUI"', b'"OUI', 1),
        SOUND.replace(b"Benjamin", b"Benj\namin", 1),
        SOUND.replace(b"Benjamin", b"Benj\\xamin", 1),
        SOUND.replace(b"Benjamin", b"Benj\xffamin", 1),
        SOUND.replace(b"Paris", b"\\ud800", 1),
        SOUND.replace(b"null", b"nul", 1),
        SOUND.replace(b"null", b"[" * 17 + b"]" * 17, 1),
        SOUND.replace(b"null", b"[1,]", 1),
        SOUND.replace(b"null", b"{1:1}", 1),
        SOUND.replace(b"null", b"{,}", 1),
        as_body([{"stationcode": str(i)} for i in range(9)]),
        as_body([ods_row(str(i)) for i in range(100)]),
        as_body([ods_row(str(i), numbikesavailable=None if i < 2 else 1) for i in range(3)]),
    ],
    ids=range(31),
)
def test_a_body_that_is_not_sound_through_and_through_is_left_to_python(
    exports_reader: Reader, body: bytes
) -> None:
    assert read_alike(exports_reader, body) is None


def test_what_is_remembered_of_the_stations_is_forgotten_when_they_change(exports_reader: Reader) -> None:
    bodies = [
        ROWS,
        [ods_row(row["stationcode"], name="Another") for row in ROWS],
        [*ROWS, ods_row("1001")],
        ROWS[1:],
        [ods_row(row["stationcode"], coordonnees_geo={"lon": 2, "lat": 49}) for row in ROWS],
        ROWS,
    ]
    for rows in bodies:
        assert read_alike(exports_reader, as_body(rows)) is not None


def test_stations_come_in_order_however_the_body_has_them(exports_reader: Reader) -> None:
    alike = [f"{prefix}{i}" for prefix in ("", "12345678", "123456789") for i in range(70)]
    for seed in range(5):
        rows = [ods_row(code, capacity=i) for i, code in enumerate(alike)]
        random.Random(seed).shuffle(rows)  # noqa: S311
        found = read_alike(exports_reader, as_body(rows))
        assert found is not None
        assert codes(found) == sorted(alike)


def test_every_body_of_the_simulator_is_sound(exports_reader: Reader, tmp_path: Path) -> None:
    write_recording(tmp_path, Network(3), datetime(2026, 11, 23, tzinfo=UTC), 1, 10_800)
    bodies = [gzip.decompress(path.read_bytes()) for path in sorted(tmp_path.glob("*.gz"))]
    assert len(bodies) == 8
    assert all(read_alike(exports_reader, body) for body in bodies)


@pytest.mark.recordings
def test_recorded_bodies_are_read_as_python_reads_them(exports_reader: Reader, recordings: Path) -> None:
    files = sorted((recordings / "ods_exports_2024-11-05").glob("*.json.gz"))[::10]
    assert len(files) > 5
    assert all(read_alike(exports_reader, gzip.decompress(path.read_bytes())) for path in files)
    for path in sorted(recordings.glob("ods*faults*/*.gz")):
        read_alike(exports_reader, gzip.decompress(path.read_bytes()))


def test_a_package_without_the_library_has_no_reader(tmp_path: Path) -> None:
    assert compiled.load(tmp_path / "none.so") is None
    (tmp_path / "text.so").write_text("no library")
    assert compiled.load(tmp_path / "text.so") is None


def test_damaged_bodies_are_read_without_touching_memory_that_is_not_theirs(tmp_path: Path) -> None:
    """Compiled with the sanitizers of addresses and undefined behaviour, which end the program at the first fault."""
    compiler = next(filter(None, map(shutil.which, ("cc", "gcc", "clang"))), None)
    if compiler is None:
        missing("there is no C compiler")
    program = tmp_path / "harness"
    built = subprocess.run(
        [
            compiler, "-g", "-O1", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined",
            "-fno-sanitize-recover=all", "-o", program, Path(__file__).with_name("exports_harness.c"),
            "-I", SOURCE.parent,
        ],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    if built.returncode and "asan" in built.stderr:
        missing("the C compiler has no sanitizers")
    assert built.returncode == 0, built.stderr
    bodies = list(_damaged(SOUND, 4000))
    (tmp_path / "bodies").write_bytes(b"".join(struct.pack("=q", len(body)) + body for body in bodies))
    ended = subprocess.run([program, tmp_path / "bodies"], capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
    read, left = map(int, ended.stdout.split())
    assert read + left == len(bodies)
    assert read > 100
    assert left > 1000


def _damaged(body: bytes, times: int) -> Any:
    """The body cut at every place, then with pieces of itself and of JSON put where they do not belong."""
    chance = random.Random(0)  # noqa: S311
    pieces = [
        b'"',
        b"\\",
        b"\\u",
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b"-",
        b"1e9",
        b"null",
        b"\xc3",
        b"\x00",
        b"",
    ]
    for end in range(0, len(body), 3):
        yield body[:end]
    for _ in range(times):
        damaged = body
        for _ in range(chance.choice([1, 1, 2, 3])):
            start, at = chance.randrange(len(body)), chance.randrange(len(damaged))
            piece = chance.choice([*pieces, body[start : start + chance.randrange(40)]])
            damaged = damaged[:at] + piece + damaged[at + chance.choice([0, 0, 1, len(piece), 30]) :]
        yield damaged
