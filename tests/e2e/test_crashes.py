"""A process killed at any moment leaves a lake from which the next one goes on: nothing lost, nothing doubled."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.e2e.conftest import environment
from tests.steps.feeds import objects, record

from velib_insights.adapters.lake import Lake

KILLS = 50
SEED = 20261123


def start(folder: Path, lake: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "velib_insights", "replay", "recorded", "--lake", lake, "--workers", "1"],
        cwd=folder,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.mark.slow
def test_killed_50_times_the_replay_ends_in_the_same_lake(tmp_path: Path) -> None:
    """Delays lie between the end of the imports and the end of the run; a lake that gets done is compared, and
    the killing goes on with an empty one."""
    bodies = record(tmp_path / "recorded", 40)
    started = time.monotonic()
    assert start(tmp_path, "undisturbed").wait(60) == 0
    whole_run_s = time.monotonic() - started
    undisturbed = objects(Lake.open(str(tmp_path / "undisturbed")))
    assert sum(key.startswith("raw/") for key in undisturbed) == 2 * len(bodies)
    assert any(key.startswith("history/") for key in undisturbed)

    chance = random.Random(SEED)  # noqa: S311 - moments, no secret
    kills, killed_at_work, lakes = 0, 0, 0
    while True:
        lakes += 1
        name = f"lake{lakes}"
        while kills < KILLS:
            process = start(tmp_path, name)
            try:
                code = process.wait(chance.uniform(0.3, 1.0) * whole_run_s)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                kills += 1
                killed_at_work += (tmp_path / name).exists()
                continue
            assert code == 0
            break
        else:
            assert start(tmp_path, name).wait(60) == 0
        lake = Lake.open(str(tmp_path / name))
        after = objects(lake)
        assert sorted(after) == sorted(undisturbed)
        assert after == undisturbed
        if kills >= KILLS:
            break
    assert killed_at_work >= KILLS // 2
