"""A process killed at any moment leaves a lake that the next one can use: nothing lost, nothing doubled."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.e2e.conftest import environment
from tests.steps.feeds import objects, record, without_versions

from velib_insights.adapters.lake import Lake

KILLS = 50
SEED = 20261123


def start(folder: Path, lake: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "velib_insights", "import", "recorded", "--lake", lake, "--workers", "1"],
        cwd=folder,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def files_in(lake: Path) -> int:
    """Half-written ones too; a folder that is removed meanwhile holds none."""
    return sum(len(files) for _, _, files in os.walk(lake))


def is_killed(process: subprocess.Popen[bytes], lake: Path, files: int, further_s: float) -> bool:
    """Kills it a moment after the lake has so many files; false where it ends before."""
    while files_in(lake) < files:
        if process.poll() is not None:
            return False
        time.sleep(0.002)
    try:
        process.wait(further_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True
    return False


@pytest.mark.slow
def test_killed_50_times_the_replay_ends_in_the_same_lake(tmp_path: Path) -> None:
    """Moments are drawn from the work that is left and not from the clock, so that a slow machine is killed at work
    too; a lake that gets done is compared, and the killing starts again with an empty one."""
    bodies = record(tmp_path / "recorded", 40)
    assert start(tmp_path, "undisturbed").wait(120) == 0
    undisturbed = objects(Lake.open(str(tmp_path / "undisturbed")))
    all_files = files_in(tmp_path / "undisturbed")
    assert sum(key.startswith("raw/") for key in undisturbed) == 2 * len(bodies)
    assert any(key.startswith("history/") for key in undisturbed)

    chance = random.Random(SEED)  # noqa: S311 - moments, no secret
    kills, lakes = 0, 0
    while True:
        lakes += 1
        name = f"lake{lakes}"
        while kills < KILLS:
            there = files_in(tmp_path / name)
            process = start(tmp_path, name)
            left = max(1, all_files - there)
            if is_killed(process, tmp_path / name, there + chance.randint(1, left), chance.uniform(0, 0.05)):
                kills += 1
                continue
            assert process.returncode == 0
            break
        else:
            assert start(tmp_path, name).wait(120) == 0
        after = objects(Lake.open(str(tmp_path / name)))
        assert sorted(after) == sorted(undisturbed)
        assert without_versions(after) == without_versions(undisturbed)
        assert any(key.startswith("rollup/station_day/") for key in after)
        if kills >= KILLS:
            break
