"""Clean a month of raw bodies: `velib clean` against DuckDB, Polars, pandas and the floor, alternated."""

from __future__ import annotations

import argparse
import multiprocessing
import shutil
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from pathlib import Path

import duckdb
from lakes import SOURCE, START, raw_lake
from lean import lean_environment
from measuring import Measured, arguments, as_records, best, progress, run, table, verdict

from velib_insights.core import keys

HERE = Path(__file__).parent
PEERS = {
    "DuckDB read_json": "duckdb_json.py",
    "Polars": "polars_json.py",
    "pandas json_normalize": "pandas_json.py",
}
OURS = {"velib clean, 1 worker": 1, "velib clean, 2 workers": 2}
FLOOR = "floor: decompress, decode, write"
PANDAS = "pandas json_normalize"
_OLD = "old-results"
MOST_OF_BEST_PEER, MOST_OF_PANDAS, MOST_MEMORY_MB = 0.75, 0.12, 600


def measure(cache: Path, *, quick: bool) -> tuple[str, dict[str, object]]:
    """The results as Markdown and as JSON. Raises SystemExit where a peer's table is not ours."""
    days, repeats = (3, 1) if quick else (30, 3)
    lake = raw_lake(cache, days)
    out = cache / "peer-out"
    velib = lean_environment(cache) / "velib"
    runs: dict[str, list[Measured]] = {name: [] for name in (*OURS, *PEERS, FLOOR)}
    for repeat in range(repeats):
        for name, workers in OURS.items():
            runs[name].append(_ours(velib, lake, days, workers))
        for name, script in PEERS.items():
            if name == PANDAS and repeat:
                continue  # once is enough to place it, and it takes minutes
            runs[name].append(_peer(script, lake, out, days))
            if not repeat:
                _compare_apart(name, lake, out, days)
        runs[FLOOR].append(_peer("floor.py", lake, out, days))
    flat = {n: _ours(velib, lake, n, 2) for n in ((1, 3) if quick else (3, 10, 30))}
    shutil.rmtree(out, ignore_errors=True)
    shutil.rmtree(cache / _OLD, ignore_errors=True)
    text = f"{_speed(runs, days)}\n\n{_memory(flat)}"
    record = {
        "days": days,
        "runs": as_records(runs),
        "memory_by_days": as_records({str(n): [r] for n, r in flat.items()}),
    }
    return text, record


def _ours(velib: Path, lake: Path, days: int, workers: int) -> Measured:
    for tier in ("clean", "quarantine"):
        _put_away(lake / tier, lake.parent / _OLD)
    until = f"{START + timedelta(days=days - 1):%Y-%m-%d}T23"
    command = [velib, "clean", "--lake", lake, "--workers", f"{workers}", "--until", until]
    measured = run(command, on_terminal=True)
    progress(
        f"velib clean, {workers} workers, {days} days: {measured.cpu_s:.1f} s CPU, {measured.wall_s:.1f} s"
    )
    return measured


def _peer(script: str, lake: Path, out: Path, days: int) -> Measured:
    _put_away(out, out.parent / _OLD)
    measured = run([sys.executable, HERE / "peers" / script, lake / keys.raw_tier(SOURCE), out, f"{days}"])
    progress(f"{script}, {days} days: {measured.cpu_s:.1f} s CPU, {measured.wall_s:.1f} s")
    return measured


def _put_away(result: Path, old: Path) -> None:
    """Not removed before the end: for minutes ext4 passes over the inodes of removed files at each new one.

    That would charge a run for what became of the run before: three milliseconds for every hour that is written.
    """
    if result.exists():
        old.mkdir(exist_ok=True)
        result.rename(old / f"{time.time_ns()}")


def _compare_apart(name: str, lake: Path, out: Path, days: int) -> None:
    """In a process of its own: what is forked from a large process counts its memory as ours."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        fault = pool.submit(_compare, name, lake, out, days).result()
    if fault:
        sys.exit(fault)
    progress(f"{name} gives the same table")


def _compare(name: str, lake: Path, out: Path, days: int) -> str | None:
    """What differs. All rows are counted; the first, the middle and the last day are compared, floats exactly."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    ours, theirs = lake / keys.clean_tier(SOURCE), out
    counts = [_one(connection, f"SELECT count(*) FROM {_read(folder)}") for folder in (ours, theirs)]
    if counts[0] != counts[1]:
        return f"{name} gives {counts[1]:,} rows, velib clean {counts[0]:,}"
    columns = ", ".join(_columns(connection, ours))
    for day in sorted({0, days // 2, days - 1}):
        date = f"date={START + timedelta(days=day):%Y-%m-%d}"
        left, right = (f"SELECT {columns} FROM {_read(folder, date)}" for folder in (ours, theirs))
        differing = _one(connection, f"SELECT count(*) FROM (({left}) EXCEPT ALL ({right}))")
        if differing:
            return f"{name}: {differing:,} rows of {date} are not those of velib clean"
    return None


def _read(folder: Path, date: str = "*") -> str:
    types = "{'date': VARCHAR, 'hour': VARCHAR}"
    files = f"{folder}/{date}/*/*.parquet"
    return f"read_parquet('{files}', hive_partitioning = true, hive_types = {types})"


def _columns(connection: duckdb.DuckDBPyConnection, folder: Path) -> list[str]:
    described = connection.execute(f"DESCRIBE SELECT * FROM {_read(folder)}").fetchall()
    # Timestamps are stored to the millisecond by us, to the microsecond by some: the instants must be equal.
    return [f"epoch_us({name})" if kind.startswith("TIMESTAMP") else name for name, kind, *_ in described]


def _one(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    return int(connection.execute(sql).fetchall()[0][0])


def _speed(runs: dict[str, list[Measured]], days: int) -> str:
    bests = {name: best(of) for name, of in runs.items()}
    peer = min(bests[name].cpu_s for name in PEERS)
    rows: list[Sequence[object]] = [
        [
            name,
            f"{b.cpu_s:.1f}",
            f"{b.cpu_s / peer:.2f}",
            f"{b.cpu_s / bests[PANDAS].cpu_s:.2f}",
            f"{b.wall_s:.1f}",
            f"{b.largest_mb:.0f}",
            f"{b.tree_mb:.0f}",
            len(runs[name]),
        ]
        for name, b in bests.items()
    ]
    head = [
        f"Clean {days} days",
        "CPU, s",
        "of the best peer",
        "of pandas",
        "wall, s",
        "largest process, MB",
        "all, MB",
        "runs",
    ]
    verdicts = [
        f"- {name}: at most {most} of {whose}: {verdict(bests[name].cpu_s <= most * of)} ({bests[name].cpu_s / of:.2f})"
        for name in OURS
        for whose, most, of in (
            ("the best peer's CPU", MOST_OF_BEST_PEER, peer),
            ("pandas'", MOST_OF_PANDAS, bests[PANDAS].cpu_s),
        )
    ]
    return "\n".join([table(head, rows), "", *verdicts])


def _memory(flat: dict[int, Measured]) -> str:
    rows = [[days, f"{run.largest_mb:.0f}", f"{run.tree_mb:.0f}"] for days, run in flat.items()]
    most = max(run.tree_mb for run in flat.values())
    return (
        f"{table(['Days cleaned', 'largest process, MB', 'all three processes, MB'], rows)}\n\n"
        f"- under {MOST_MEMORY_MB} MB: {verdict(most < MOST_MEMORY_MB)}"
    )


def main() -> None:
    given = arguments(argparse.ArgumentParser(description=__doc__))
    print(measure(given.cache, quick=given.quick)[0])


if __name__ == "__main__":
    main()
