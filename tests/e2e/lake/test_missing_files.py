"""A tick whose counts arrived is there, whatever else of the feed did not come: through the commands of a user."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.adapters.scripted_server import Reply, ScriptedServer
from tests.e2e.conftest import Said, Velib
from tests.steps.feeds import objects

from velib_insights.adapters.lake import Lake
from velib_insights.simulator.feeds.faults import Fault, FaultKind
from velib_insights.simulator.server import SimulatorServer
from velib_insights.simulator.world.network import Network

FILES = ("station_status", "station_information", "vehicle_types")
LEDGER = (
    "SELECT outcome, reason, missing_feeds, rows_kept, rows_refused, stations_expected FROM ticks "
    "ORDER BY snapshot_epoch DESC LIMIT 1"
)
ATTRIBUTES = (
    "SELECT count(*) AS n, count(name) AS names, count(capacity) AS capacities, "
    "count(mechanical) AS mechanical, sum(bikes) AS bikes, sum(mechanical) + sum(ebikes) AS of_types "
    "FROM source_velib WHERE snapshot_epoch = (SELECT max(snapshot_epoch) FROM ticks)"
)
FAULTS = {
    "404": Fault(FaultKind.STATUS, 404),
    "503": Fault(FaultKind.STATUS, 503),
    "html": Fault(FaultKind.HTML),
    "cut": Fault(FaultKind.TRUNCATED),
}


@pytest.fixture(scope="module")
def network() -> Network:
    return Network(1)


@pytest.fixture
def feed(network: Network) -> Iterator[SimulatorServer]:
    with SimulatorServer(network) as server:
        yield server


def record_an_hour_ago(feed: SimulatorServer, folder: Path, *files: str) -> None:
    """Every file of the feed as it was, named by when it was got."""
    at = datetime.now(UTC) - timedelta(hours=1)
    now, feed.clock = feed.clock, at.timestamp
    folder.mkdir()
    for name in files:
        url = feed.standard_gbfs_url("2.3").replace("gbfs.json", f"{name}.json")
        with urllib.request.urlopen(url, timeout=10) as answer:
            (folder / f"{at:%Y-%m-%dT%H%M%SZ}.{name}.json").write_bytes(answer.read())
    feed.clock = now


def ingested(velib: Velib, feed: SimulatorServer) -> Said:
    return velib("ingest", "--feed", feed.standard_gbfs_url("2.3"), "--attempts", "1", "--json")


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("file", ["gbfs", "station_information", "vehicle_types"])
def test_a_file_that_does_not_come_is_named_and_its_attributes_are_the_last_good_ones(
    velib_here: Velib, tmp_path: Path, feed: SimulatorServer, file: str, fault: str
) -> None:
    record_an_hour_ago(feed, tmp_path / "recorded", *FILES)
    assert velib_here("import", "recorded", "--timezone", "Europe/Paris").code == 0
    kind = FAULTS[fault]
    feed.faults.queue(Fault(kind.kind, kind.value, only=f"/{file}.json"), 100)
    said = ingested(velib_here, feed)
    lent = file.replace("gbfs", "vehicle_types")  # without the list nobody knows of that file
    assert (said.code, said.json()["outcome"]) == (0, "ok")
    assert said.json()["missing_feeds"] == sorted({file, lent})
    assert [each["feed"] for each in said.json()["borrowed"]] == [lent]

    velib_here("clean")
    (ledger,) = velib_here("query", LEDGER, "--json").json()
    assert (ledger["outcome"], ledger["reason"], ledger["missing_feeds"]) == (
        "ok",
        None,
        " ".join(sorted({file, lent})),
    )
    assert ledger["rows_refused"] == 0
    (seen,) = velib_here("query", ATTRIBUTES, "--json").json()
    assert seen["n"] == seen["names"] == seen["capacities"] > 1400
    assert (seen["mechanical"], seen["of_types"]) == (seen["n"], seen["bikes"])

    lake = Lake.open(str(tmp_path / "lake"))
    before = objects(lake, "clean")
    velib_here("clean", "--again")
    assert objects(lake, "clean") == before


def test_without_a_last_good_file_what_it_would_say_is_unknown_and_never_zero(
    velib_here: Velib, feed: SimulatorServer
) -> None:
    feed.faults.queue(Fault(FaultKind.STATUS, 404, only="vehicle_types"), 100)
    feed.faults.queue(Fault(FaultKind.HTML, only="station_information"), 100)
    said = velib_here("run", "--feed", feed.standard_gbfs_url("2.3"), "--attempts", "1")
    assert said.code == 0
    assert "without station_information, vehicle_types" in said.out + said.err
    (ledger,) = velib_here("query", LEDGER, "--json").json()
    assert (ledger["outcome"], ledger["missing_feeds"]) == ("ok", "station_information vehicle_types")
    assert ledger["stations_expected"] is None
    (seen,) = velib_here("query", ATTRIBUTES, "--json").json()
    assert seen["n"] > 1400
    assert (seen["names"], seen["capacities"], seen["mechanical"], seen["of_types"]) == (0, 0, 0, None)


def test_doctor_and_the_pipeline_agree_on_what_can_be_done_without(
    velib_here: Velib, feed: SimulatorServer
) -> None:
    feed.faults.queue(Fault(FaultKind.STATUS, 503, only="station_information"), 100)
    feed.faults.queue(Fault(FaultKind.STATUS, 503, only="vehicle_types"), 100)
    assert ingested(velib_here, feed).code == 0
    velib_here("clean")
    said = velib_here("doctor", "--lake", "lake", "--feed", feed.standard_gbfs_url("2.3"), "--json")
    whats = [finding["what"] for finding in json.loads(said.out)["findings"] if finding["area"] == "data"]
    for file in ("station_information", "vehicle_types"):
        assert any(
            what.startswith(f"{file} was missing at 1 tick that counts all the same") for what in whats
        )
    about = {
        finding["figures"]["feed"]: finding
        for finding in json.loads(said.out)["findings"]
        if finding["area"] == "feed" and not finding["figures"].get("reachable", True)
    }
    assert about.keys() == {"station_information", "vehicle_types"}
    for finding in about.values():
        assert finding["severity"] == "warning"
        assert "It can be done without" in finding["todo"]


def test_the_status_that_does_not_come_loses_the_tick(velib_here: Velib, feed: SimulatorServer) -> None:
    feed.faults.queue(Fault(FaultKind.STATUS, 503, only="station_status"), 100)
    said = ingested(velib_here, feed)
    assert (said.code, json.loads(said.out)["outcome"]) == (3, "fetch_failed")
    assert json.loads(said.out)["missing_feeds"] == ["station_status"]


def test_a_new_process_goes_by_the_list_that_an_earlier_one_kept(
    velib_here: Velib, feed: SimulatorServer, tmp_path: Path
) -> None:
    """The files do not lie beside gbfs.json, so without it nobody finds them."""
    while time.time() % 3600 < 61 or time.time() % 60 > 50:  # the hour's tick is another than the minute's
        time.sleep(1)
    listed = {
        "data": {
            "en": {
                "feeds": [
                    {"name": name, "url": f"{feed.base_url}/gbfs/1.1/{name}.json"}
                    for name in ("station_status", "station_information")
                ]
            }
        }
    }
    server = ScriptedServer()
    try:
        server.script("/list/gbfs.json", Reply(body=json.dumps(listed).encode()))
        command = ("ingest", "--feed", f"{server.url}/list/gbfs.json", "--attempts", "1", "--json")
        assert velib_here(*command, "--cadence", "60").json()["missing_feeds"] == []
        server.script("/list/gbfs.json", Reply(404))
        said = velib_here(*command, "--cadence", "1")
        assert (said.code, said.json()["outcome"], said.json()["missing_feeds"]) == (0, "ok", ["gbfs"])
        assert not said.json()["already_there"]
    finally:
        server.close()
