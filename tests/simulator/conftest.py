"""Networks and servers of the simulator."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from velib_insights.simulator.server import SimulatorServer
from velib_insights.simulator.world.network import Network
from velib_insights.simulator.world.timeline import Timeline

WEDNESDAY_10H = int(datetime(2026, 3, 4, 9, 0, tzinfo=UTC).timestamp())


@pytest.fixture(scope="session")
def network() -> Network:
    """A network of usual size."""
    return Network(seed=1)


@pytest.fixture(scope="session")
def timeline(network: Network) -> Timeline:
    return Timeline(network)


@pytest.fixture
def server() -> Iterator[SimulatorServer]:
    """A network of 150 stations over HTTP, standing still on a Wednesday at 10:00 in Paris."""
    with SimulatorServer(Network(seed=5, stations=150), clock=lambda: WEDNESDAY_10H) as running:
        yield running
