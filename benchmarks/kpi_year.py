"""The client's five KPI on a lake of a year: in an open session, and from process start."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from lakes import SOURCE, year_lake
from lean import lean_environment
from measuring import arguments, environment, low_and_middle, milliseconds, progress, table, verdict

from velib_insights.steps.kpi import CLIENT_KPIS

MOST_OPEN_MS, MOST_START_MS = 50, 600
# Run by the lean environment's Python: one engine, each KPI asked again and again; milliseconds as JSON.
_SESSION = """
import json, sys, time
from velib_insights.adapters.duckdb_engine import DuckDbEngine
from velib_insights.adapters.lake import Lake
from velib_insights.steps.kpi import CLIENT_KPIS, kpi
engine = DuckDbEngine(Lake.open(sys.argv[1]), sys.argv[2])
for name in CLIENT_KPIS:
    kpi(engine, name)
told = {}
for _ in range(int(sys.argv[3])):
    for name in CLIENT_KPIS:
        started = time.perf_counter()
        kpi(engine, name)
        told.setdefault(name, []).append((time.perf_counter() - started) * 1000)
print(json.dumps(told))
"""


def measure(cache: Path, *, quick: bool) -> tuple[str, dict[str, object]]:
    """The results as Markdown and as JSON: milliseconds, least and median."""
    days, repeats = (30, 5) if quick else (365, 21)
    lake = year_lake(cache, days)
    bin_folder = lean_environment(cache)
    session = _session(bin_folder / "python", lake, repeats)
    started = {name: _from_start(bin_folder / "velib", lake, name, repeats // 2) for name in CLIENT_KPIS}
    rows: list[Sequence[object]] = []
    for name in CLIENT_KPIS:
        open_least, open_middle = low_and_middle(session[name])
        least, middle = low_and_middle(started[name])
        rows.append(
            [
                name,
                f"{open_least:.0f}",
                f"{open_middle:.0f}",
                f"under {MOST_OPEN_MS}: {verdict(open_middle < MOST_OPEN_MS)}",
                f"{least:.0f}",
                f"{middle:.0f}",
                f"under {MOST_START_MS}: {verdict(middle < MOST_START_MS)}",
            ]
        )
    head = [
        f"Lake of {days} days, ms", "open, least", "open, median", "target", "from start, least",
        "from start, median", "target",
    ]  # fmt: skip
    return table(head, rows), {"days": days, "open_session": session, "from_process_start": started}


def _session(python: Path, lake: Path, repeats: int) -> dict[str, list[float]]:
    progress("asking in an open session")
    done = subprocess.run(
        [python, "-c", _SESSION, lake, SOURCE, f"{repeats}"],
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
    )
    if done.returncode:
        sys.exit(done.stderr)
    told: dict[str, list[float]] = json.loads(done.stdout)
    return told


def _from_start(velib: Path, lake: Path, name: str, repeats: int) -> list[float]:
    progress(f"velib kpi {name}")

    def ask() -> None:
        subprocess.run(
            [velib, "kpi", name, "--lake", lake], check=True, stdout=subprocess.DEVNULL, env=environment()
        )

    ask()
    return milliseconds(ask, repeats)


def main() -> None:
    given = arguments(argparse.ArgumentParser(description=__doc__))
    print(measure(given.cache, quick=given.quick)[0])


if __name__ == "__main__":
    main()
