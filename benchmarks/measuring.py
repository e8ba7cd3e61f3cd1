"""Processes measured from outside: CPU-seconds of the whole tree, wall time, peak memory. And tables of them."""

from __future__ import annotations

import argparse
import os
import pty
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

_SAMPLE_S = 0.1


@dataclass(frozen=True, slots=True)
class Measured:
    """`largest_mb` is the peak of the largest process as the kernel saw it, `tree_mb` that of all of them together,
    sampled ten times a second, pages that they share counted in each."""

    cpu_s: float
    wall_s: float
    largest_mb: float
    tree_mb: float


def environment() -> dict[str, str]:
    """Ours, without what would make a process compile its modules anew or read other settings."""
    return {
        name: value
        for name, value in os.environ.items()
        if name != "PYTHONDONTWRITEBYTECODE" and not name.startswith("VELIB_")
    }


def run(command: Sequence[str | Path], *, on_terminal: bool = False) -> Measured:
    """Run to the end. `on_terminal` gives it a terminal for standard error, so that it draws its progress.

    Raises RuntimeError, with what it said, where it fails.
    """
    reader, writer = pty.openpty() if on_terminal else os.pipe()
    said: list[bytes] = []
    drain = threading.Thread(target=_drain, args=(reader, said))
    started = time.perf_counter()
    process = subprocess.Popen(
        [str(part) for part in command], stdout=subprocess.DEVNULL, stderr=writer, env=environment()
    )
    os.close(writer)
    drain.start()
    peak = [0.0]
    done = threading.Event()
    sampler = threading.Thread(target=_sample, args=(process.pid, peak, done))
    sampler.start()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    done.set()
    sampler.join()
    drain.join()
    if process.returncode:
        text = b"".join(said).decode(errors="replace")
        raise RuntimeError(f"{' '.join(map(str, command))} ended with {process.returncode}: {text[-2000:]}")
    largest = usage.ru_maxrss / 1024
    return Measured(usage.ru_utime + usage.ru_stime, wall, largest, max(peak[0], largest))


def _drain(reader: int, said: list[bytes]) -> None:
    while True:
        try:
            piece = os.read(reader, 65_536)
        except OSError:  # a terminal whose last writer has left
            piece = b""
        if not piece:
            os.close(reader)
            return
        said.append(piece)


def _sample(pid: int, peak: list[float], done: threading.Event) -> None:
    while not done.wait(_SAMPLE_S):
        try:
            process = psutil.Process(pid)
            tree = [process, *process.children(recursive=True)]
            peak[0] = max(peak[0], sum(each.memory_info().rss for each in tree) / 2**20)
        except psutil.NoSuchProcess:
            continue


def best(runs: Sequence[Measured]) -> Measured:
    """The run that took the least CPU: what disturbs a run can only add to it. Memory is the highest of all."""
    least = min(runs, key=lambda run: run.cpu_s)
    return Measured(
        least.cpu_s,
        min(run.wall_s for run in runs),
        max(run.largest_mb for run in runs),
        max(run.tree_mb for run in runs),
    )


def as_records(runs: dict[str, list[Measured]]) -> dict[str, list[dict[str, float]]]:
    return {name: [asdict(run) for run in of] for name, of in runs.items()}


def milliseconds(ask: Callable[[], object], repeats: int) -> list[float]:
    """Wall times of a call."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        ask()
        times.append((time.perf_counter() - started) * 1_000)
    return times


def low_and_middle(times: Sequence[float]) -> tuple[float, float]:
    return min(times), statistics.median(times)


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table; numbers stand to the right."""
    lines = ["| " + " | ".join(head) + " |", "|---" + "|---:" * (len(head) - 1) + "|"]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def verdict(holds: bool) -> str:
    return "yes" if holds else "**no**"


def progress(text: str) -> None:
    print(f"[load {os.getloadavg()[0]:.1f}] {text}", file=sys.stderr, flush=True)


def arguments(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """--quick and --cache, which every benchmark has."""
    parser.add_argument("--quick", action="store_true", help="Few days and few repeats: does it still work?")
    parser.add_argument(
        "--cache",
        type=Path,
        default=Path(tempfile.gettempdir()) / "velib-benchmarks",
        help="Where the simulated lakes are kept between runs (3 GB for all). (default: %(default)s)",
    )
    given = parser.parse_args()
    given.cache.mkdir(parents=True, exist_ok=True)
    return given
