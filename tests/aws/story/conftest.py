"""The pipeline on the emulator, from `terraform apply` to `terraform destroy`. Files and tests run in order, and each
starts from the state that the one before it left.

Real: Terraform and its provider, the functions' zips, Spark with the wheels that Glue gets, the SQL of the views,
every role's rights. Stood in for: AWS (tests/aws/emulator) and the feed (the simulator, over HTTP).
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.aws.conftest import initialised
from tests.aws.deployment import CADENCE_S, PROVIDER, Deployment, Run
from tests.aws.emulator.server import Emulator
from tests.aws.terraform_module import Module
from tests.needed import missing

from velib_insights.adapters.lake import Lake
from velib_insights.core.keys import NETWORK
from velib_insights.core.ticks.tick import Tick
from velib_insights.core.zones import Zones
from velib_insights.simulator.server import SimulatorServer
from velib_insights.simulator.world.network import Network
from velib_insights.steps.clean import clean_all, hours_with_raw


@pytest.fixture(scope="session")
def players() -> None:
    """Spark and the emulator: without them there is no need to package anything."""
    for name, group in (("pyspark", "spark"), ("ministack", "aws")):
        if importlib.util.find_spec(name) is None:
            missing(f"{name} is not installed (uv sync --group {group})")


@pytest.fixture(scope="session")
def deployment(
    players: None,
    new_module: Callable[[str], Module],
    aws_artifacts: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Deployment]:
    """Applied with the client's defaults; the two hours before the tick of now are in raw/ already."""
    emulator = Emulator(tmp_path_factory.mktemp("emulator"))
    module = new_module("deployed")
    (module.folder / "emulator_override.tf").write_text(PROVIDER, "utf-8")
    initialised(module)
    with SimulatorServer(Network(1)) as simulator:
        emulator.start()
        module.environment["AWS_ENDPOINT_URL"] = emulator.url
        deployed = Deployment(emulator, module, simulator)
        try:
            deployed.apply(
                artifacts_dir=str(aws_artifacts),
                feed=simulator.gbfs_url,
                # One try for each request of a function: it is the state machine's retry that is looked at.
                settings={"VELIB_S3_ENDPOINT": emulator.url, "VELIB_ATTEMPTS": "1", "VELIB_DEADLINE": "10"},
                settle_seconds=1,
                schedule_enabled=False,  # runs are started here; one test lets the schedule do it
                delete_data_on_destroy=True,
                alarm_email="team@example.org",
            )
            tick = deployed.tick_of_now()
            deployed.seed(
                [
                    Tick.at_or_before(tick.at - timedelta(seconds=n * CADENCE_S), CADENCE_S)
                    for n in range(8, 0, -1)
                ]
            )
            yield deployed
        finally:
            emulator.stop()


@pytest.fixture(scope="session")
def first_run(deployment: Deployment) -> Run:
    deployment.tick_of_now()
    return deployment.run()


@pytest.fixture(scope="session")
def laptop(
    deployment: Deployment, first_run: Run, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Lake, Path]:
    """A lake in a folder with the very raw snapshots of the bucket, cleaned on this machine."""
    folder = tmp_path_factory.mktemp("laptop") / "lake"
    lake = Lake.open(str(folder), create=True)
    for key in [NETWORK, *deployment.objects("raw/")]:
        lake.put(key, deployment.body(key))
    clean_all(lake, "velib", hours_with_raw(lake, "velib"), Zones.from_geojson([], by_code=True))
    return lake, folder
