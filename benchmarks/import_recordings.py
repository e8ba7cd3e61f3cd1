"""Import recordings: bodies beside the floor of the same work, a git history, and the table of an archive."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
from lakes import START, recording
from lean import lean_environment
from measuring import Measured, arguments, as_records, progress, run, table

HERE = Path(__file__).parent
_DISTINCT_DAYS = 2
_STATIONS, _SNAPSHOTS_A_MONTH = 1_480, 860


def measure(cache: Path, *, quick: bool) -> tuple[str, dict[str, object]]:
    """The results as Markdown and as JSON."""
    velib = lean_environment(cache) / "velib"
    place = cache / "import"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    sizes = (200, 400) if quick else (5_000, 20_000)
    commits, months = (100, 1) if quick else (5_000, 12)
    rows: list[Sequence[object]] = []
    runs: dict[str, list[Measured]] = {}

    def record(name: str, count: int, measured: Measured) -> None:
        rows.append(
            [
                name,
                f"{count:,}",
                f"{measured.cpu_s:.1f}",
                f"{count / measured.wall_s:,.0f}",
                f"{measured.largest_mb:.0f}",
            ]
        )
        runs[f"{name} {count}"] = [measured]
        progress(f"{name}, {count:,}: {measured.wall_s:.1f} s, {measured.largest_mb:.0f} MB")

    for count in sizes:
        folder = _bodies(cache, place, count)
        only = [velib, "import", folder, "--lake", place / f"lake{count}", "--workers", "1"]
        record("velib import, with cleaning", count, run(only))
        record(
            "floor", count, run([sys.executable, HERE / "peers" / "import_floor.py", folder, place / "floor"])
        )
        for left in (place / f"lake{count}", place / "floor"):
            shutil.rmtree(left)
    repository = _repository(cache, place, commits)
    history = [velib, "import", repository, "--git", "feed.json", "--lake", place / "git-lake"]
    record("git history, with cleaning", commits, run(history))
    archive = _archive(place, months)
    form = ["--format", "bike-sharing-history", "--lake", place / "table-lake"]
    record("archive table, with cleaning (rows)", archive[1], run([velib, "import", archive[0], *form]))
    shutil.rmtree(place)
    text = table(["what", "count", "CPU-s", "a second", "largest process MB"], rows)
    return text, {"runs": as_records(runs)}


def _bodies(cache: Path, place: Path, count: int) -> Path:
    """So many files, five minutes apart, of the bodies of some days."""
    source = sorted(recording(cache, _DISTINCT_DAYS).iterdir())
    folder = place / f"bodies{count}"
    folder.mkdir()
    for number in range(count):
        at = START + timedelta(minutes=5 * number)
        os.link(source[number % len(source)], folder / f"{at:%Y-%m-%dT%H%M%SZ}.json.gz")
    return folder


def _repository(cache: Path, place: Path, commits: int) -> Path:
    """A bare repository with so many versions of one file, written by git's own bulk format."""
    import gzip

    source = [
        gzip.decompress(path.read_bytes()) for path in sorted(recording(cache, _DISTINCT_DAYS).iterdir())
    ]
    repository = place / "history.git"
    subprocess.run(["git", "init", "-q", "--bare", repository], check=True)
    feeding = subprocess.Popen(["git", "-C", repository, "fast-import", "--quiet"], stdin=subprocess.PIPE)
    assert feeding.stdin is not None
    for number in range(commits):
        at = int((START + timedelta(minutes=5 * number)).timestamp())
        body = source[number % len(source)]
        feeding.stdin.write(
            f"commit refs/heads/main\ncommitter a <a@example.org> {at} +0000\ndata 1\nx\n".encode()
            + f"M 100644 inline feed.json\ndata {len(body)}\n".encode()
            + body
            + b"\n"
        )
    feeding.stdin.close()
    if feeding.wait():
        sys.exit("git fast-import failed")
    return repository


def _archive(place: Path, months: int) -> tuple[Path, int]:
    """Months of the public archive's schema, and their rows."""
    folder = place / "archive"
    folder.mkdir()
    for month in range(1, months + 1):
        start = datetime(2025, month, 1)  # noqa: DTZ001 - the archive's times have no zone
        duckdb.execute(
            "COPY (SELECT 'Paris' AS city, 'smovengo' AS provider, (21300000 + s)::VARCHAR AS station_id,"
            " 'Gare ' || s AS name, (16000 + s)::VARCHAR AS short_name, 2.2 + s / 10000 AS longitude,"
            " 48.8 + s / 20000 AS latitude, 30 AS capacity, (hash(s, t) % 31)::BIGINT AS num_bikes_available,"
            " 0 AS num_bikes_disabled, 30 - (hash(s, t) % 31)::BIGINT AS num_docks_available, 0 AS num_docks_disabled,"
            " true AS is_installed, true AS is_renting, true AS is_returning, 'OPEN' AS status,"
            f" TIMESTAMP '{start}' + to_seconds(t * 2700 + t % 7) AS committed_at_utc, 'abc' AS git_commit,"
            f" 'x.json' AS source_path FROM range({_STATIONS}) a(s), range({_SNAPSHOTS_A_MONTH}) b(t))"
            f" TO '{folder}/2025-{month:02d}.parquet' (FORMAT parquet, COMPRESSION zstd)"
        )
    return folder, months * _STATIONS * _SNAPSHOTS_A_MONTH


if __name__ == "__main__":
    given = arguments(argparse.ArgumentParser(description=__doc__))
    print(measure(given.cache, quick=given.quick)[0])
