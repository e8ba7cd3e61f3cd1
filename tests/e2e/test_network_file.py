"""What a lake remembers of its network, as the commands write and read it."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.cities import City, city, system
from tests.e2e.conftest import Velib
from tests.steps.feeds import record

TORONTO = ZoneInfo("America/Toronto")


def told(lake: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((lake / "network.json").read_text("utf-8"))
    return found


def local_hours(velib: Velib, lake: Path) -> set[tuple[str, int, int]]:
    rows = velib(
        "query",
        "SELECT DISTINCT CAST(local_date AS varchar) AS d, local_hour, local_weekday FROM source_velib",
        "--lake",
        lake,
        "--json",
    ).json()
    return {(row["d"], row["local_hour"], row["local_weekday"]) for row in rows}


def now_in(zone: ZoneInfo) -> set[tuple[str, int, int]]:
    local = datetime.now(UTC).astimezone(zone)
    return {(f"{local:%Y-%m-%d}", local.hour, local.isoweekday())}


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    return tmp_path / "lake"


def test_a_city_says_its_time_zone_once_and_no_command_is_told_again(velib_here: Velib, lake: Path) -> None:
    with city() as toronto:
        done = velib_here("run", "--feed", toronto.url, "--source", "toronto", "--lake", lake)
        assert done.code == 0, done.err
        said = told(lake)
        expected = {
            "version": 1,
            "source": "toronto",
            "timezone": "America/Toronto",
            "timezone_from": "system_information",
            "cadence_s": 900,
            "name": "Bike Share Toronto",
            "language": "en",
            "system_id": "bike_share_toronto",
            "feed": f"{toronto.url}gbfs.json",
        }
        assert {key: said[key] for key in expected} == expected
        assert local_hours(velib_here, lake) == now_in(TORONTO)
        for command in (["catalog"], ["clean", "--again"], ["publish"], ["kpi", "network_headline"]):
            assert velib_here(*command, "--lake", lake).code == 0
        report = velib_here("insights", "--lake", lake, "--json").json()
        assert report["timezone"] == "America/Toronto"
        index = json.loads((lake / "site/data/index.json").read_text("utf-8"))
        assert (index["timezone"], index["source"]) == ("America/Toronto", "toronto")
        assert velib_here("run", "--lake", lake).code == 0  # neither feed nor source is told again


def test_without_a_time_zone_a_tick_is_kept_and_the_command_asks_for_it(
    velib_here: Velib, lake: Path
) -> None:
    with city(system_information=404) as unknown:
        ask = ["run", "--feed", unknown.url, "--source", "toronto", "--lake", lake]
        said = velib_here(*ask)
        assert said.code == 2
        assert "time zone" in said.err
        assert "--timezone" in said.err
        assert list(lake.glob("raw/source=toronto/*/*/*.station_status.json.gz"))
        assert not (lake / "network.json").exists()
        assert not (lake / "clean").exists()
        refused = velib_here("clean", "--lake", lake)
        assert refused.code == 2
        assert "--timezone" in refused.err
        done = velib_here(*ask, "--timezone", "America/Toronto")
        assert done.code == 0, done.err
        assert told(lake)["timezone_from"] == "settings"
        assert local_hours(velib_here, lake) == now_in(TORONTO)


@pytest.mark.parametrize(
    "bad", [system(timezone=None), system(timezone="Mars/Olympus"), b"<html>", {"timezone": 5}, 503]
)
def test_a_system_information_that_says_no_time_zone_is_none(
    velib_here: Velib, lake: Path, bad: object
) -> None:
    with city(system_information=bad) as unknown:
        said = velib_here("ingest", "--feed", unknown.url, "--source", "t", "--lake", lake, "--attempts", "1")
    assert said.code == 2
    assert "system_information" in said.err
    assert "--timezone" in said.err


def test_a_time_zone_given_goes_before_what_the_feed_says_and_is_not_changed_by_a_flag(
    velib_here: Velib, lake: Path
) -> None:
    with city() as toronto:
        ask = ["run", "--feed", toronto.url, "--source", "toronto", "--lake", lake]
        assert velib_here(*ask, "--timezone", "America/Vancouver").code == 0
        assert told(lake)["timezone"] == "America/Vancouver"
    for command in (["insights"], ["publish"], ["run"]):
        said = velib_here(*command, "--lake", lake, "--timezone", "America/Toronto")
        assert said.code == 2, command
        assert "America/Vancouver" in said.err
        assert "velib network set" in said.err
    assert velib_here("insights", "--lake", lake, "--timezone", "America/Vancouver", "--json").code == 0


def test_a_cadence_given_is_that_of_the_ticks_to_come(velib_here: Velib, lake: Path) -> None:
    with city() as toronto:
        ask = ["ingest", "--feed", toronto.url, "--source", "toronto", "--lake", lake]
        velib_here(*ask, "--cadence", "5")
        assert told(lake)["cadence_s"] == 300
        tick = velib_here("ingest", "--lake", lake, "--json").json()["tick"]
        assert int(tick[11:13]) % 5 == 0
        shutil.rmtree(lake / "raw")  # the tick of now is then to be asked for once more
        velib_here("ingest", "--lake", lake, "--cadence", "1")
        assert told(lake)["cadence_s"] == 60
        assert told(lake)["timezone"] == "America/Toronto"


def test_recordings_of_another_city_are_not_taken_for_those_of_paris(
    velib_here: Velib, lake: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "recorded"
    folder.mkdir()
    for feed in ("station_status", "station_information"):
        body = {"last_updated": 1_772_439_300, "data": City().body(feed)}
        (folder / f"2026-03-02T081501Z.{feed}.json").write_text(json.dumps(body))
    refused = velib_here("replay", folder, "--lake", lake)
    assert refused.code == 2
    assert "--timezone" in refused.err
    assert not (lake / "raw").exists()
    body = {"last_updated": 1_772_439_300, "data": system()}
    (folder / "2026-03-02T081501Z.system_information.json").write_text(json.dumps(body))
    assert velib_here("replay", folder, "--lake", lake, "--source", "toronto").code == 0
    assert (told(lake)["timezone"], told(lake)["name"]) == ("America/Toronto", "Bike Share Toronto")
    assert local_hours(velib_here, lake) == {("2026-03-02", 3, 1)}


def test_recordings_of_velib_are_of_paris(velib_here: Velib, lake: Path, tmp_path: Path) -> None:
    record(tmp_path / "recorded", 2)
    assert velib_here("replay", tmp_path / "recorded", "--lake", lake).code == 0
    said = told(lake)
    assert (said["timezone"], said["timezone_from"]) == ("Europe/Paris", "source velib")
    assert said["licence"]["name"] == "Licence Ouverte 2.0"


def test_a_lake_of_before_is_read_by_its_notes_and_written_at_the_next_step(
    velib_here: Velib, lake: Path
) -> None:
    with city() as toronto:
        velib_here("run", "--feed", toronto.url, "--source", "toronto", "--lake", lake)
    (lake / "network.json").unlink()
    assert velib_here("insights", "--lake", lake, "--json").json()["timezone"] == "America/Toronto"
    assert not (lake / "network.json").exists()
    assert velib_here("clean", "--lake", lake).code == 0
    assert told(lake)["timezone"] == "America/Toronto"
    assert told(lake)["timezone_from"] == "note of a fetch"


def test_a_network_file_that_cannot_be_read_keeps_no_tick_back(velib_here: Velib, lake: Path) -> None:
    with city() as toronto:
        velib_here("run", "--feed", toronto.url, "--source", "toronto", "--lake", lake)
        (lake / "network.json").write_text("{")
        for stored in [*lake.glob("raw/*/*/*/*.gz"), *lake.glob("raw/*/*/*/*.fetch.json")]:
            if stored.name.endswith(".gz"):
                stored.unlink()
            else:  # a tick that is not there yet, for a lake whose time zone its notes say
                note = json.loads(stored.read_text())
                stored.write_text(json.dumps(note | {"outcome": "unusable"}))
        said = velib_here("ingest", "--lake", lake, "--feed", toronto.url)
    assert said.code == 0, said.err
    assert list(lake.glob("raw/*/*/*/*.station_status.json.gz"))
    refused = velib_here("clean", "--lake", lake)
    assert refused.code == 5
    assert "network.json cannot be read" in refused.err
    assert "velib network set" in refused.err
