"""The API over a lake of a year, asked fifty times a second by another process: how long an answer takes."""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lakes import year_lake
from lean import lean_environment
from measuring import environment, progress, table, verdict

RATE = 50
MOST_LATEST_MS, MOST_HISTORY_MS = 50, 100
_HISTORIES = 400  # distinct stations and spans, more than any cache should be praised for
_LOAD = Path(__file__).with_name("api_load.py")


def measure(cache: Path, *, quick: bool) -> tuple[str, dict[str, object]]:
    """The results as Markdown and as JSON: milliseconds from when a request was due to its last byte."""
    days, seconds = (30, 4) if quick else (365, 30)
    lake = year_lake(cache, days)
    velib = lean_environment(cache) / "velib"
    rows: list[Sequence[object]] = []
    record: dict[str, object] = {"days": days, "rate": RATE}
    with serving(velib, lake) as (url, ready_s):
        codes = [station["code"] for station in told(url, "api/latest")["stations"]]
        random.Random(1).shuffle(codes)  # noqa: S311 - the same ones each time
        histories = [f"/api/stations/{code}/history?days=30" for code in codes[:_HISTORIES]]
        mixed = [target for history in histories for target in ("/api/latest", history)]
        for name, targets, most_ms in (
            ("latest status", ["/api/latest"], MOST_LATEST_MS),
            ("30 days of a station", histories, MOST_HISTORY_MS),
            ("both, one after the other", mixed, MOST_HISTORY_MS),
        ):
            asked = loaded(url, seconds, targets)
            waits = sorted(asked["ms"])
            p50, p99 = waits[len(waits) // 2], waits[int(len(waits) * 0.99)]
            size = asked["bytes"] / len(waits) / 1000
            rows.append(
                [
                    name,
                    len(waits),
                    f"{size:.0f}",
                    f"{p50:.1f}",
                    f"{p99:.1f}",
                    f"{waits[-1]:.1f}",
                    f"under {most_ms}: {verdict(p99 < most_ms)}",
                ]
            )
            record[name] = asked
    record["ready_s"] = ready_s
    head = [
        f"Lake of {days} days, {RATE} a second",
        "requests",
        "kB",
        "p50, ms",
        "p99, ms",
        "longest, ms",
        "p99 wanted",
    ]
    return f"{table(head, rows)}\n\nReady {ready_s:.1f} s after the start.", record


@contextmanager
def serving(velib: Path, lake: Path) -> Iterator[tuple[str, float]]:
    """`velib serve` on a free port, once it has answered for latest status and history: its address, and how long
    that took."""
    progress("starting velib serve")
    started = time.perf_counter()
    process = subprocess.Popen(
        [velib, "serve", "--lake", lake, "--port", "0", "--no-open"],
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    try:
        assert process.stderr is not None
        url = process.stderr.readline().split()[0]
        code = told(url, "api/latest?limit=1")["stations"][0]["code"]
        told(url, f"api/stations/{code}/history?days=30")
        yield url, time.perf_counter() - started
    finally:
        process.terminate()
        process.wait(60)


def told(url: str, path: str) -> Any:
    with urllib.request.urlopen(f"{url}{path}", timeout=300) as answer:  # noqa: S310 - our own server
        return json.load(answer)


def loaded(url: str, seconds: int, targets: Sequence[str]) -> dict[str, Any]:
    progress(f"asking for {targets[0]} and the like for {seconds} s")
    done = subprocess.run(
        [sys.executable, _LOAD, url, str(RATE), str(seconds), *targets],
        capture_output=True,
        text=True,
        timeout=seconds + 300,
        check=False,
    )
    if done.returncode:
        sys.exit(done.stderr)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def main() -> None:
    from measuring import arguments

    given = arguments(argparse.ArgumentParser(description=__doc__))
    print(measure(given.cache, quick=given.quick)[0])


if __name__ == "__main__":
    main()
