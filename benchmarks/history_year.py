"""Histories on a lake of a year, in an open session, beside DuckDB and Polars on the hourly files; and the rollup."""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lakes import SOURCE, TIMEZONE, year_lake
from measuring import arguments, best, environment, low_and_middle, progress, run, table, verdict

# The question, its target in ms.
QUESTIONS = {
    "history_network": 30,
    "history_zones": 30,
    "history_stations": 50,
    "history_profile": 30,
    "history_profile_zones": 30,
}
_ROLLUP = """
import sys
from velib_insights.adapters.lake import Lake
from velib_insights.steps.rollup import rollup
rollup(Lake.open(sys.argv[1]), sys.argv[2], sys.argv[3], again=True)
"""
_FLOOR = """
import io, sys
from pathlib import Path
import pyarrow.parquet as pq
for path in sorted(Path(sys.argv[1]).glob("clean/source=*/date=*/hour=*/part.parquet")):
    pq.read_table(io.BytesIO(path.read_bytes()))
"""
_SESSION = """
import json, sys, time
from velib_insights.adapters.history_engine import HistoryEngine
from velib_insights.adapters.lake import Lake
from velib_insights.steps.history import history
lake = Lake.open(sys.argv[1])
engine = HistoryEngine(lake, sys.argv[2])
told = {}
for repeat in range(int(sys.argv[4]) + 1):
    for name in sys.argv[5:]:
        started = time.perf_counter()
        history(engine, lake, sys.argv[3], name)
        if repeat:
            told.setdefault(name, []).append((time.perf_counter() - started) * 1000)
print(json.dumps(told))
"""
# The share of ticks without a bike, of operative stations, by zone and month: counted, not weighted by time, and
# without looking for frozen ticks, so less than the history answers.
_DUCKDB = """
import json, sys, time
import duckdb
files = f"{sys.argv[1]}/clean/source=*/date=*/hour=*/part.parquet"
connection = duckdb.connect()
connection.execute("SET enable_progress_bar = false")  # it is drawn on standard output
told = []
for _ in range(int(sys.argv[2])):
    started = time.perf_counter()
    connection.execute(f'''SELECT zone_code, date_trunc('month', local_date) AS month,
        avg(CASE WHEN bikes = 0 THEN 1 ELSE 0 END) AS short, avg(bikes) AS bikes
        FROM read_parquet('{files}') WHERE is_operative GROUP BY 1, 2''').fetchall()
    told.append((time.perf_counter() - started) * 1000)
print(json.dumps(told))
"""
_POLARS = """
import json, sys, time
import polars as pl
files = f"{sys.argv[1]}/clean/source=*/date=*/hour=*/part.parquet"
told = []
for _ in range(int(sys.argv[2])):
    started = time.perf_counter()
    (pl.scan_parquet(files, hive_partitioning=False).filter(pl.col("is_operative"))
        .group_by("zone_code", pl.col("local_date").dt.truncate("1mo").alias("month"))
        .agg((pl.col("bikes") == 0).mean().alias("short"), pl.col("bikes").mean().alias("mean"))
        .collect(engine="streaming"))
    told.append((time.perf_counter() - started) * 1000)
print(json.dumps(told))
"""


def measure(cache: Path, *, quick: bool) -> tuple[str, dict[str, object]]:
    """The results as Markdown and as JSON."""
    days, repeats = (30, 5) if quick else (365, 15)
    lake = year_lake(cache, days)
    progress("rolling up")
    shutil.rmtree(lake / "rollup", ignore_errors=True)
    made = run([sys.executable, "-c", _ROLLUP, lake, SOURCE, TIMEZONE])
    floor = best([run([sys.executable, "-c", _FLOOR, lake]) for _ in range(2)])
    size = sum(path.stat().st_size for path in (lake / "rollup").rglob("*.parquet")) / 1e6
    rollup = table(
        [f"{days} days", "CPU-s", "s", "largest process, MB", "CPU over floor"],
        [
            ["`velib rollup --again`", f"{made.cpu_s:.0f}", f"{made.wall_s:.0f}", f"{made.largest_mb:.0f}",
             f"{made.cpu_s / floor.cpu_s:.1f} (at most 3: {verdict(made.cpu_s <= 3 * floor.cpu_s)})"],
            ["floor: read every clean file", f"{floor.cpu_s:.0f}", f"{floor.wall_s:.0f}",
             f"{floor.largest_mb:.0f}", ""],
        ],
    )  # fmt: skip
    progress("asking")
    session = _ask(_SESSION, lake, SOURCE, TIMEZONE, repeats, *QUESTIONS)
    peers = {"DuckDB, hourly files": _ask(_DUCKDB, lake, 3), "Polars, hourly files": _ask(_POLARS, lake, 3)}
    rows: list[Sequence[object]] = []
    ours = low_and_middle(session["history_zones"])[1]
    for name, most in QUESTIONS.items():
        least, middle = low_and_middle(session[name])
        rows.append([name, f"{least:.0f}", f"{middle:.0f}", f"under {most}: {verdict(middle < most)}", ""])
    for name, times in peers.items():
        least, middle = low_and_middle(times)
        rows.append(
            [f"{name}: zone and month", f"{least:,.0f}", f"{middle:,.0f}", "", f"{middle / ours:,.0f}"]
        )
    head = [f"{days} days by month, ms", "least", "median", "target", "times history_zones"]
    text = f"{rollup}\n\nThe rollup weighs {size:.0f} MB.\n\n{table(head, rows)}"
    return text, {
        "days": days,
        "rollup": made.cpu_s,
        "floor": floor.cpu_s,
        "mb": size,
        "session": session,
    } | peers


def _ask(code: str, *given: object) -> Any:
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, given)],
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
    )
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout)


def main() -> None:
    given = arguments(argparse.ArgumentParser(description=__doc__))
    print(measure(given.cache, quick=given.quick)[0])


if __name__ == "__main__":
    main()
