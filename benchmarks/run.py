"""Every benchmark, one after the other: a Markdown table of each on standard output, figures in results/."""

from __future__ import annotations

import argparse
import json
import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import api_year
import clean_month
import history_year
import import_recordings
import kpi_year
import one_tick
import page
from measuring import arguments

BENCHMARKS = {
    "clean_month": clean_month,
    "import_recordings": import_recordings,
    "one_tick": one_tick,
    "kpi_year": kpi_year,
    "history_year": history_year,
    "api_year": api_year,
    "page": page,
}
_LIBRARIES = ("duckdb", "polars", "pandas", "pyarrow", "msgspec", "obstore")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=BENCHMARKS, action="append", help="Just this one; may be repeated.")
    given = arguments(parser)
    print(f"{_machine()}\n")
    for name in given.only or BENCHMARKS:
        text, record = BENCHMARKS[name].measure(given.cache, quick=given.quick)
        print(f"### {name}\n\n{text}\n", flush=True)
        _keep(name, record)


def _machine() -> str:
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the start, "
        f"Python {platform.python_version()}, {libraries}"
    )


def _keep(name: str, record: dict[str, object]) -> None:
    folder = Path(__file__).parent / "results"
    folder.mkdir(exist_ok=True)
    at = datetime.now(UTC)
    told = {"at": f"{at:%Y-%m-%dT%H:%M:%SZ}", "machine": _machine(), **record}
    (folder / f"{name}-{at:%Y%m%dT%H%M%SZ}.json").write_text(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
