"""`velib import`: the same recording in many shapes gives the same lake, and every file is accounted for."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import os
import random
import shutil
import signal
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from tests.core.bodies import as_body, information_row, ods_row, stations, status_row
from tests.e2e.conftest import Velib, environment, one_message
from tests.steps.feeds import objects

from velib_insights.adapters.lake import Lake

START = datetime(2026, 3, 2, 8, 0, 2, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")
TICKS = 12  # long enough for reports to tell the zone of names
LATE = timedelta(seconds=20)  # of information behind its status


@dataclass(frozen=True)
class Recorded:
    """One body: which file it is of, when it was fetched, and its bytes."""

    feed: str
    at: datetime
    body: bytes


def exports() -> list[Recorded]:
    found = []
    for n in range(TICKS):
        at = START + timedelta(minutes=15 * n)
        said = (at - timedelta(minutes=7 + 15 * (n % 4))).isoformat()  # renewed once an hour
        rows = [
            ods_row(
                str(16_100 + i), numbikesavailable=(n + i) % 9, mechanical=(n + i) % 9, ebike=0, duedate=said
            )
            for i in range(12)
        ]
        found.append(Recorded("exports", at, as_body(rows)))
    return found


def gbfs() -> list[Recorded]:
    found = []
    for n in range(TICKS):
        at = START + timedelta(minutes=15 * n)
        clock = int((at - timedelta(seconds=30)).timestamp())
        rows = [
            status_row(
                100 + i,
                stationCode=str(16_100 + i),
                num_bikes_available=(n + i) % 9,
                numBikesAvailable=(n + i) % 9,
                num_bikes_available_types=[{"mechanical": (n + i) % 9}, {"ebike": 0}],
            )
            for i in range(12)
        ]
        found.append(Recorded("station_status", at, stations(rows, last_updated=clock)))
        information = [
            information_row(100 + i, stationCode=str(16_100 + i), name=f"Gare {i} {n // 4}")
            for i in range(12)
        ]
        found.append(Recorded("station_information", at + LATE, stations(information, last_updated=clock)))
    return found


Write = Callable[[Path, list[Recorded]], tuple[str, ...]]


def plain(folder: Path, recorded: list[Recorded]) -> tuple[str, ...]:
    for each in recorded:
        (folder / f"{each.at:%Y-%m-%dT%H%M%SZ}.{each.feed}.json.gz").write_bytes(gzip.compress(each.body))
    return ()


def compact_utc(folder: Path, recorded: list[Recorded]) -> tuple[str, ...]:
    """Without an offset: the bodies tell that it is UTC."""
    for each in recorded:
        (folder / f"{each.feed}_{each.at:%Y%m%d%H%M%S}.json").write_bytes(each.body)
    return ()


def local(folder: Path, recorded: list[Recorded]) -> tuple[str, ...]:
    for each in recorded:
        (folder / f"velib_{each.feed[8:]}_{each.at.astimezone(PARIS):%Y-%m-%d %H-%M-%S}.json").write_bytes(
            each.body
        )
    return ("--name-timezone", "Europe/Paris")


def local_unsaid(folder: Path, recorded: list[Recorded]) -> tuple[str, ...]:
    local(folder, recorded)
    return ()


def epochs(folder: Path, recorded: list[Recorded]) -> tuple[str, ...]:
    for each in recorded:
        (folder / f"{each.feed}-{int(each.at.timestamp())}.json.xz").write_bytes(lzma.compress(each.body))
    return ()


def milliseconds(folder: Path, recorded: list[Recorded]) -> tuple[str, ...]:
    for each in recorded:
        (folder / f"{int(each.at.timestamp())}000.{each.feed}.bz2").write_bytes(bz2.compress(each.body))
    return ()


def by_day(folder: Path, recorded: list[Recorded]) -> tuple[str, ...]:
    """The date in folders, the time in the name."""
    for each in recorded:
        place = folder / f"{each.at:%Y/%m/%d}" / each.feed
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{each.at:%H-%M-%S}Z.json").write_bytes(each.body)
    return ()


def enveloped(folder: Path, recorded: list[Recorded]) -> tuple[str, ...]:
    """Meaningless names in any order; the time is around the body."""
    shuffled = list(enumerate(recorded))
    random.Random(1).shuffle(shuffled)  # noqa: S311 - an order
    for number, (_, each) in enumerate(shuffled):
        wrapped = {"fetched_at": each.at.isoformat(), "status": 200, "body": each.body.decode()}
        (folder / f"{number:04d}").write_bytes(as_body(wrapped))
    return ()


def http_answers(folder: Path, recorded: list[Recorded]) -> tuple[str, ...]:
    for number, each in enumerate(recorded):
        head = {"Date": f"{each.at:%a, %d %b %Y %H:%M:%S GMT}"}
        wrapped = b'{"headers": ' + json.dumps(head).encode() + b', "body": ' + each.body + b"}"
        (folder / f"answer{number}.json").write_bytes(wrapped)
    return ()


def json_lines(folder: Path, recorded: list[Recorded]) -> tuple[str, ...]:
    lines = [b'{"ts": %d, "data": %s}\n' % (each.at.timestamp(), each.body) for each in recorded]
    packed = pa.compress(b"".join(lines), codec="zstd", asbytes=True)
    (folder / "feed.jsonl.zst").write_bytes(packed)
    return ()


def plain_lines(folder: Path, recorded: list[Recorded]) -> tuple[str, ...]:
    (folder / "feed.ndjson").write_bytes(
        b"".join(b'{"ts": %d, "data": %s}\n\n' % (each.at.timestamp(), each.body) for each in recorded)
    )
    return ()


def zipped(folder: Path, recorded: list[Recorded]) -> tuple[str, ...]:
    with zipfile.ZipFile(folder / "month.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for each in recorded:
            archive.writestr(f"data/{each.at:%Y-%m-%d}/{each.feed}_{each.at:%H%M%SZ}.json", each.body)
        archive.writestr("__MACOSX/data/._x.json", b"\x00")
    return ()


def tar_in_zip(folder: Path, recorded: list[Recorded]) -> tuple[str, ...]:
    """A compressed tar of gzipped files, in a zip, in a folder."""
    buffer = BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for each in reversed(recorded):
            body = gzip.compress(each.body)
            entry = tarfile.TarInfo(f"./{each.at:%Y%m%dT%H%M%SZ}.{each.feed}.json.gz")
            entry.size = len(body)
            archive.addfile(entry, BytesIO(body))
    (folder / "deep").mkdir()
    with zipfile.ZipFile(folder / "deep" / "backup.zip", "w") as outer:
        outer.writestr("backup.tar.gz", buffer.getvalue())
    return ()


def git_history(folder: Path, recorded: list[Recorded]) -> tuple[str, ...]:
    """Every body a version of one file in a bare repository; exports are dated by their commits."""

    def git(*words: str, at: datetime = START) -> None:
        date = {"GIT_AUTHOR_DATE": at.isoformat(), "GIT_COMMITTER_DATE": at.isoformat()}
        who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
        subprocess.run(
            ["git", *who, "-C", str(folder / "work"), *words], check=True, env={**os.environ, **date}
        )

    (folder / "work" / "data").mkdir(parents=True)
    git("init", "-q", "-b", "main")
    for each in recorded:
        (folder / "work" / "data" / f"{each.feed}.json").write_bytes(each.body)
        git("add", "-A")
        git("commit", "-q", "-m", "update", at=each.at)
    git("clone", "-q", "--bare", ".", "../repo.git")
    shutil.rmtree(folder / "work")
    return ("--git", "data/*.json")


WAYS: list[Write] = [
    plain,
    compact_utc,
    local,
    local_unsaid,
    epochs,
    milliseconds,
    by_day,
    enveloped,
    http_answers,
    json_lines,
    plain_lines,
    zipped,
    tar_in_zip,
    git_history,
]
ROWS = "SELECT * FROM source_velib ORDER BY snapshot_at, station_code"
LEDGER = "SELECT snapshot_at, outcome, cadence_s, how, rows_kept, missing_feeds FROM ticks ORDER BY 1"


def asked(velib: Velib, lake: Path, sql: str) -> Any:
    said = velib("query", sql, "--lake", lake, "--json")
    assert said.code == 0, said
    return said.json()


def imported(velib: Velib, folder: Path, way: Write, recorded: list[Recorded]) -> tuple[Path, dict[str, Any]]:
    """The lake that this way of writing gives, and what the import says."""
    place = folder / way.__name__
    place.mkdir()
    further = way(place, recorded)
    source = place / "repo.git" if way is git_history else place
    lake = folder / f"{way.__name__}_lake"
    said = velib("import", source, "--lake", lake, "--workers", "1", "--json", *further)
    assert said.code == 0, said
    return lake, said.json()


# GBFS of a git history is dated by its own clock, so its fetches are at other seconds: a test of its own.
CASES = [(make, way) for make in (exports, gbfs) for way in WAYS[1:] if (make, way) != (gbfs, git_history)]


@pytest.mark.parametrize(("make", "way"), CASES, ids=lambda each: each.__name__)
def test_every_way_to_keep_a_recording_gives_the_same_lake(
    velib_here: Velib, tmp_path: Path, make: Callable[[], list[Recorded]], way: Write
) -> None:
    recorded = make()
    straight, first = imported(velib_here, tmp_path, plain, recorded)
    lake, said = imported(velib_here, tmp_path, way, recorded)
    for answer in (first, said):
        assert (answer["found"], answer["stored"], answer["skipped"]) == (len(recorded), len(recorded), {})
        assert (answer["fetches"], answer["outcomes"]) == (TICKS, {"ok": TICKS})
        assert answer["conflicts"]["count"] == 0
        assert [each["cadence_min"] for each in answer["cadences"]] == [15]
    rows = asked(velib_here, straight, ROWS)
    assert len(rows) == TICKS * 12
    assert all(row["bikes"] is not None for row in rows)
    assert asked(velib_here, lake, ROWS) == rows
    assert asked(velib_here, lake, LEDGER) == asked(velib_here, straight, LEDGER)


def test_a_git_history_of_gbfs_is_dated_by_the_feeds_clock(velib_here: Velib, tmp_path: Path) -> None:
    lake, said = imported(velib_here, tmp_path, git_history, gbfs())
    assert said["dated_by"] == {"clock": 2 * TICKS}
    assert said["outcomes"] == {"ok": TICKS}
    assert len(asked(velib_here, lake, ROWS)) == TICKS * 12


def test_importing_twice_changes_nothing(velib_here: Velib, tmp_path: Path) -> None:
    lake, _ = imported(velib_here, tmp_path, tar_in_zip, gbfs())
    before = {path: path.read_bytes() for path in lake.rglob("*") if path.is_file()}
    said = velib_here("import", tmp_path / "tar_in_zip", "--lake", lake, "--json").json()
    assert (said["stored"], said["already_there"], said["outcomes"]) == (0, 2 * TICKS, {})
    assert {path: path.read_bytes() for path in lake.rglob("*") if path.is_file()} == before


def test_the_raw_store_of_a_lake_is_imported_by_its_notes(velib_here: Velib, tmp_path: Path) -> None:
    """Its bodies are named by their ticks, and its notes say to the second when each was fetched."""
    first, _ = imported(velib_here, tmp_path, plain, gbfs())
    said = velib_here("import", first / "raw", "--lake", tmp_path / "again", "--json").json()
    assert said["dated_by"] == {"note": 2 * TICKS}
    assert said["skipped"] == {
        "fetch_note": {"count": TICKS, "examples": said["skipped"]["fetch_note"]["examples"]}
    }
    assert said["found"] == said["stored"] + TICKS
    times = "SELECT snapshot_at, fetched_at FROM ticks ORDER BY 1"
    assert asked(velib_here, tmp_path / "again", times) == asked(velib_here, first, times)
    assert asked(velib_here, tmp_path / "again", ROWS) == asked(velib_here, first, ROWS)


def test_every_file_is_stored_there_or_skipped_for_a_reason(velib_here: Velib, tmp_path: Path) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    plain(folder, exports())
    (folder / "README.md").write_text("# Recordings\n", "utf-8")
    (folder / "empty.json").write_bytes(b"")
    (folder / "error.json").write_bytes(b"<html>503</html>")
    (folder / "alerts.json").write_bytes(as_body({"last_updated": 1, "data": {"alerts": []}}))
    (folder / "undated.json").write_bytes(exports()[0].body)
    (folder / "strange.json").write_bytes(b'{"stations": 12}')
    (folder / "2026-03-02T081502Z.copy.json").write_bytes(exports()[1].body)
    (folder / "cut.zip").write_bytes(b"PK\x03\x04 and no more")
    (folder / "cut.gz").write_bytes(b"\x1f\x8b")
    (folder / "nothing.gz").write_bytes(gzip.compress(b""))
    lake = tmp_path / "lake"
    dry = velib_here("import", folder, "--lake", lake, "--dry-run", "--json")
    assert dry.code == 0
    assert dry.json()["is_dry_run"]
    assert not lake.exists()
    said = velib_here("import", folder, "--lake", lake, "--json")
    assert said.code == 8
    answer = json.loads(said.out)
    assert {reason: files["count"] for reason, files in answer["skipped"].items()} == {
        "duplicate": 1,
        "not_json": 1,
        "empty": 2,
        "html": 1,
        "other_gbfs_file": 1,
        "undated": 1,
        "unknown_json": 1,
        "unreadable": 2,
    }
    assert answer["found"] == answer["stored"] + answer["already_there"] + 10
    assert said.error()["exit_code"] == 8
    assert "4 files that look like data were not imported" in said.error()["message"]
    assert velib_here("import", folder, "--lake", lake, "--skip-unknown").code == 0
    shown = velib_here("import", folder, "--lake", lake, "--dry-run")
    assert "warning: JSON of an unknown shape (1): mixed/strange.json" in shown.err
    assert "Nothing was written." in shown.err


def test_a_whole_lake_is_imported_by_its_raw_store(velib_here: Velib, tmp_path: Path) -> None:
    first, _ = imported(velib_here, tmp_path, plain, gbfs())
    assert velib_here("publish", "--lake", first).code == 0
    said = velib_here("import", first, "--lake", tmp_path / "again", "--json")
    assert said.code == 0, said
    assert said.json()["stored"] == 2 * TICKS
    assert set(said.json()["skipped"]) == {"fetch_note"}
    tables = velib_here("import", first / "clean", "--lake", tmp_path / "tables", "--json").json()
    assert (tables["fetches"], set(tables["skipped"])) == (TICKS, {"lake_file"})
    assert asked(velib_here, tmp_path / "tables", ROWS) == asked(velib_here, first, ROWS)


@pytest.mark.skipif(os.geteuid() == 0, reason="permissions do not bind root")
def test_a_folder_that_may_not_be_read_is_said(velib: Velib, tmp_path: Path) -> None:
    folder = tmp_path / "recorded"
    (folder / "closed").mkdir(parents=True)
    plain(folder, exports())
    plain(folder / "closed", exports())
    (folder / "closed").chmod(0)
    try:
        said = velib("import", "recorded", "--lake", "lake")
    finally:
        (folder / "closed").chmod(0o755)
    assert said.code == 8
    assert "recorded/closed/" in said.err


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_damaged_file_of_a_zip_does_not_keep_the_others_out(
    velib_here: Velib, tmp_path: Path, method: int
) -> None:
    recorded = exports()
    place = tmp_path / "month.zip"
    with zipfile.ZipFile(place, "w", method) as archive:
        for each in recorded:
            archive.writestr(f"{each.at:%Y%m%dT%H%M%SZ}.json", each.body)
        first = archive.infolist()[0]
    raw = bytearray(place.read_bytes())
    start = first.header_offset + 30 + len(first.filename)
    raw[start : start + first.compress_size] = b"\xff" * first.compress_size
    place.write_bytes(raw)
    said = velib_here("import", place, "--lake", tmp_path / "lake", "--json")
    assert said.code == 8, said
    answer = json.loads(said.out)
    assert (answer["stored"], answer["skipped"]["unreadable"]["count"]) == (TICKS - 1, 1)
    assert first.filename in answer["skipped"]["unreadable"]["examples"][0]


def test_names_and_clocks_that_disagree_are_listed_by_file(velib_here: Velib, tmp_path: Path) -> None:
    folder = tmp_path / "recorded"
    folder.mkdir()
    recorded = [each for each in gbfs() if each.feed == "station_status"]
    plain(folder, recorded[:-1])
    last = recorded[-1]
    wrong = last.at + timedelta(hours=5)
    (folder / f"{wrong:%Y-%m-%dT%H%M%SZ}.station_status.json").write_bytes(last.body)
    said = velib_here("import", folder, "--lake", tmp_path / "lake", "--json").json()
    assert said["conflicts"]["count"] == 1
    (conflict,) = said["conflicts"]["examples"]
    assert conflict["path"].endswith(f"{wrong:%H%M%SZ}.station_status.json")
    assert (conflict["first"], conflict["second"]) == ("name", "clock")
    assert abs(conflict["apart_s"] - 5 * 3600) < 60


def test_another_networks_recordings_do_not_get_in(velib_here: Velib, tmp_path: Path) -> None:
    lake, _ = imported(velib_here, tmp_path, plain, gbfs())
    other = tmp_path / "other"
    other.mkdir()
    rows = [status_row(f"lyon-{i}", stationCode=f"lyon-{i}") for i in range(12)]
    places = [
        information_row(f"lyon-{i}", stationCode=f"lyon-{i}", lat=45.76, lon=4.83 + i / 1000)
        for i in range(12)
    ]
    at = int(START.timestamp())
    (other / "status.json").write_bytes(stations(rows, last_updated=at))
    (other / "information.json").write_bytes(stations(places, last_updated=at))
    before = sorted(lake.rglob("*"))
    one_message(
        velib_here("import", other, "--lake", lake),
        2,
        "another network than the lake",
        "--lake NAME --source NAME",
    )
    assert sorted(lake.rglob("*")) == before
    plain(other, gbfs())
    one_message(velib_here("import", other, "--lake", tmp_path / "new"), 2, "more than one network")


def test_a_folder_that_holds_nothing_and_one_that_is_not_there(velib_here: Velib, tmp_path: Path) -> None:
    one_message(velib_here("import", tmp_path / "nowhere"), 2, "there is no file or folder")
    (tmp_path / "README.md").write_text("nothing here", "utf-8")
    one_message(
        velib_here("import", tmp_path), 7, "nothing that was found can be imported", "1 not_json, as "
    )
    one_message(velib_here("import", tmp_path, "--git", "x.json"), 2, "is no git repository")


def test_an_import_that_is_killed_again_and_again_ends_in_the_same_lake(velib: Velib, tmp_path: Path) -> None:
    recorded = gbfs()
    (tmp_path / "straight").mkdir()
    plain(tmp_path / "straight", recorded)
    assert velib("import", "straight", "--lake", "whole", "--workers", "1").code == 0
    wait = random.Random(4)  # noqa: S311 - moments, no secrets
    command = [
        sys.executable,
        "-m",
        "velib_insights",
        "import",
        "straight",
        "--lake",
        "killed",
        "--workers",
        "1",
    ]
    for _ in range(12):
        process = subprocess.Popen(
            command, cwd=tmp_path, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            process.wait(timeout=wait.uniform(0.2, 0.9))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        process.wait()
    assert velib("import", "straight", "--lake", "killed", "--workers", "1").code == 0

    killed, whole = (objects(Lake.open(str(tmp_path / name))) for name in ("killed", "whole"))
    assert killed == whole
