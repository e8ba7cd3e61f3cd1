"""The simulator's standard GBFS is valid by the schemas of each version."""

from __future__ import annotations

import pytest
from tests.needed import module

from velib_insights.simulator.feeds.gbfs import VERSIONS, Version
from velib_insights.simulator.server import SimulatorServer

gbfs_validator = module("gbfs_validator", "dev")


@pytest.mark.parametrize("version", VERSIONS)
def test_every_file_of_a_version_is_valid(server: SimulatorServer, version: Version) -> None:
    report = gbfs_validator.validate_feed(f"{server.base_url}/gbfs/{version}/gbfs.json")
    assert report["summary"]["version"] == {"detected": version, "validated": version}
    there = {file["file"] for file in report["files"] if file["exists"]}
    assert {
        "gbfs.json",
        "system_information.json",
        "station_information.json",
        "station_status.json",
    } <= there
    assert ("vehicle_types.json" in there) == (version != "1.1")
    assert {file["file"]: file["errorsCount"] for file in report["files"] if file["hasErrors"]} == {}
    assert report["summary"]["errorsCount"] == 0
