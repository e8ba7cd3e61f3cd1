"""One new tick from process start, and what the smallest commands cost, in an environment as a user has it."""

from __future__ import annotations

import argparse
import http.client
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lakes import SOURCE, TIMEZONE
from lean import lean_environment
from measuring import arguments, environment, low_and_middle, milliseconds, progress, table, verdict

from velib_insights.adapters.lake import Lake
from velib_insights.core import keys
from velib_insights.core.ticks.tick import Tick
from velib_insights.core.zones import Zones
from velib_insights.simulator.recordings import write_recording
from velib_insights.simulator.world.network import Network as SimulatedNetwork
from velib_insights.steps.clean import clean
from velib_insights.steps.importing.folder import import_folder
from velib_insights.steps.ingest import Network

GBFS_PATH = "/opendata/Velib_Metropole/gbfs.json"
BEFORE = (
    3  # ticks of the hour that are there already: four are the most that an hour has at the usual cadence
)
CADENCE_MIN = 1  # so that "now" is a tick of its own at any moment


def measure(cache: Path, *, quick: bool) -> tuple[str, dict[str, object]]:
    """The results as Markdown and as JSON: milliseconds, least and median."""
    repeats = 5 if quick else 21
    bin_folder = lean_environment(cache)
    velib, python = bin_folder / "velib", bin_folder / "python"
    with _feed() as url:
        ticks = [_one_tick(velib, cache, url) for _ in range(repeats)]
        lake, tick = _three_ticks(cache / "tick-lake")
        hour = tick.hour.stamp
        again = [velib, "clean", "--lake", lake, "--again", "--since", hour, "--until", hour]
        cleaning = _times(again, repeats)
    helping = _times([velib, "--help"], repeats)
    bare = _times([python, "-c", "pass"], repeats)
    importing = _times([python, "-c", "import velib_insights"], repeats)
    shutil.rmtree(cache / "tick-lake", ignore_errors=True)
    figures = {
        "velib run: process start to clean partition replaced": ([t[0] for t in ticks], 400),
        "velib run: to the end (catalog and KPI too)": ([t[1] for t in ticks], None),
        "velib clean of an hour (4 ticks), whole process": (cleaning, 400),
        "velib --help": (helping, 200),
        "python -c 'import velib_insights'": (importing, None),
        "python -c pass": (bare, None),
    }
    rows: list[Sequence[object]] = []
    for name, (times, most) in figures.items():
        least, middle = low_and_middle(times)
        target = f"under {most}: {verdict(middle < most)}" if most else ""
        rows.append([name, f"{least:.0f}", f"{middle:.0f}", target])
    cost = low_and_middle(importing)[1] - low_and_middle(bare)[1]
    rows.append(
        ["import velib_insights, less python itself", "", f"{cost:.0f}", f"under 100: {verdict(cost < 100)}"]
    )
    text = table(["From process start, ms", "least", "median", "target"], rows)
    return text, {name: times for name, (times, _) in figures.items()}


def _one_tick(velib: Path, cache: Path, url: str) -> tuple[float, float]:
    """Milliseconds from process start until the hour's partition is another file, and until the process ends."""
    lake, tick = _three_ticks(cache / "tick-lake")
    part = lake / keys.part_key(keys.TICKS_TIER, tick.hour)
    before = part.stat().st_ino, part.stat().st_mtime_ns
    started = time.perf_counter()
    process = subprocess.Popen(
        [velib, "run", "--lake", lake, "--feed", url, "--cadence", f"{CADENCE_MIN}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environment(),
    )
    replaced = None
    while replaced is None and process.poll() is None:
        now = part.stat()  # the ledger is written after the observations: with it the hour is whole
        if (now.st_ino, now.st_mtime_ns) != before:
            replaced = time.perf_counter()
        time.sleep(0.001)
    _, said = process.communicate()
    if process.returncode or replaced is None:
        sys.exit(f"velib run ended with {process.returncode}: {said.decode(errors='replace')}")
    return (replaced - started) * 1_000, (time.perf_counter() - started) * 1_000


def _three_ticks(folder: Path) -> tuple[Path, Tick]:
    """A lake with the three ticks before now, cleaned, and the tick of now; early in an hour it waits for a fourth."""
    cadence_s = 60 * CADENCE_MIN
    while (tick := Tick.at_or_before(datetime.now(UTC), cadence_s)).at.minute < BEFORE:
        time.sleep(1)
    recorded = folder.with_name("tick-recorded")
    for old in (folder, recorded):
        shutil.rmtree(old, ignore_errors=True)
    first = tick.at - timedelta(seconds=BEFORE * cadence_s)
    write_recording(recorded, SimulatedNetwork(1), first, BEFORE * cadence_s / 86_400, cadence_s, "gbfs")
    lake = Lake.open(str(folder), create=True)
    import_folder(lake, recorded, Network(SOURCE, cadence_s, TIMEZONE))
    clean(lake, SOURCE, tick.hour, Zones())
    return folder, tick


@contextmanager
def _feed() -> Iterator[str]:
    """A simulated network served by another process; the URL of its gbfs.json, asked once so that it is warm."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        "simulate",
        "--port",
        f"{port}",
        "--speed",
        "0.001",
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "velib_insights", *command], stderr=subprocess.DEVNULL, env=environment()
    )
    try:
        for feed in ("gbfs", "station_status", "station_information"):
            _get_when_it_listens(port, GBFS_PATH.replace("gbfs.json", f"{feed}.json"))
        progress(f"the simulated feed answers on port {port}")
        yield f"http://127.0.0.1:{port}{GBFS_PATH}"
    finally:
        process.terminate()
        process.wait()


def _get_when_it_listens(port: int, path: str) -> None:
    for _ in range(100):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", path)
            connection.getresponse().read()
        except OSError:
            time.sleep(0.1)
        else:
            return
        finally:
            connection.close()
    sys.exit(f"the simulated feed does not answer on port {port}")


def _times(command: Sequence[str | Path], repeats: int) -> list[float]:
    def ask() -> None:
        subprocess.run(
            command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment()
        )

    ask()
    return milliseconds(ask, repeats)


def main() -> None:
    given = arguments(argparse.ArgumentParser(description=__doc__))
    print(measure(given.cache, quick=given.quick)[0])


if __name__ == "__main__":
    main()
