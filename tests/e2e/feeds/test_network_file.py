"""What a lake remembers of its network, as the commands write and read it."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
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


def test_page_and_report_name_the_network_and_its_licence(velib_here: Velib, lake: Path) -> None:
    said = system(license_id="CC-BY-4.0", attribution_organization_name="City of Toronto")
    with city(system_information=said) as toronto:
        assert velib_here("run", "--feed", toronto.url, "--source", "toronto", "--lake", lake).code == 0
    assert velib_here("publish", "--lake", lake).code == 0
    index = json.loads((lake / "site/data/index.json").read_text("utf-8"))
    report = velib_here("insights", "--lake", lake, "--json").json()
    for found in (index, report):
        assert found["network_name"] == "Bike Share Toronto"
        assert found["attribution"]["en"].startswith("Source: City of Toronto (open data), updated ")
        assert "– CC-BY-4.0. " in found["attribution"]["en"]
    assert index["attribution"]["licence"] == "CC-BY-4.0"


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
    refused = velib_here("import", folder, "--lake", lake)
    assert refused.code == 2
    assert "--timezone" in refused.err
    assert not (lake / "raw").exists()
    body = {"last_updated": 1_772_439_300, "data": system()}
    (folder / "2026-03-02T081501Z.system_information.json").write_text(json.dumps(body))
    assert velib_here("import", folder, "--lake", lake, "--source", "toronto").code == 0
    assert (told(lake)["timezone"], told(lake)["name"]) == ("America/Toronto", "Bike Share Toronto")
    assert local_hours(velib_here, lake) == {("2026-03-02", 3, 1)}


def test_recordings_of_velib_are_of_paris(velib_here: Velib, lake: Path, tmp_path: Path) -> None:
    record(tmp_path / "recorded", 2)
    assert velib_here("import", tmp_path / "recorded", "--lake", lake).code == 0
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


def test_a_time_zone_that_was_wrong_is_mended_by_one_command(velib_here: Velib, tmp_path: Path) -> None:
    """The same tables as if it had been right from the first tick, also for an hour whose raw has expired."""
    record(tmp_path / "recorded", 120)
    wrong, right = tmp_path / "wrong", tmp_path / "right"
    for lake, zone in ((wrong, "Europe/Paris"), (right, "America/St_Johns")):
        done = velib_here("import", tmp_path / "recorded", "--lake", lake, "--timezone", zone)
        assert done.code == 0, done.err
    shutil.rmtree(wrong / "raw/source=velib/date=2026-11-22/hour=23")
    assert velib_here("publish", "--lake", wrong).code == 0
    done = velib_here("network", "set", "--lake", wrong, "--timezone", "America/St_Johns")
    assert done.code == 0, done.err
    assert "30 hours" in done.err
    for tier in ("clean", "history", "quarantine"):
        files = {path.relative_to(right): path.read_bytes() for path in right.glob(f"{tier}/**/*.parquet")}
        assert files
        for path, body in files.items():
            if "ticks" in path.parts:  # whose footer names the raw it was made from, and its notes differ
                assert pq.read_table(wrong / path).equals(pq.read_table(right / path)), path
            else:
                assert (wrong / path).read_bytes() == body, path
    rows = velib_here("query", "SELECT DISTINCT utc_offset_s FROM ticks", "--lake", wrong, "--json").json()
    assert [row["utc_offset_s"] for row in rows] == [-12600]
    told_by_report = velib_here("insights", "--lake", wrong, "--json").json()
    assert told_by_report["timezone"] == "America/St_Johns"
    assert velib_here("publish", "--lake", wrong).code == 0
    index = json.loads((wrong / "site/data/index.json").read_text("utf-8"))
    assert index["timezone"] == "America/St_Johns"
    again = velib_here("network", "set", "--lake", wrong, "--timezone", "America/St_Johns")
    assert "0 hours" in again.err
    cleaned = velib_here("clean", "--lake", wrong)
    assert "0 hours cleaned" in cleaned.err


def test_a_command_stopped_half_way_is_finished_by_the_next(velib_here: Velib, tmp_path: Path) -> None:
    record(tmp_path / "recorded", 24)
    lake, right = tmp_path / "lake", tmp_path / "right"
    velib_here("import", tmp_path / "recorded", "--lake", lake)
    velib_here("import", tmp_path / "recorded", "--lake", right, "--timezone", "Asia/Kolkata")
    said = told(lake) | {"timezone": "Asia/Kolkata"}  # as far as the command came
    (lake / "network.json").write_text(json.dumps(said))
    assert velib_here("clean", "--lake", lake).code == 0
    for path in right.glob("clean/**/*.parquet"):
        assert (lake / path.relative_to(right)).read_bytes() == path.read_bytes(), path


def test_what_the_lake_remembers_is_shown_and_set(velib_here: Velib, tmp_path: Path) -> None:
    record(tmp_path / "recorded", 1)
    lake = tmp_path / "lake"
    nothing = velib_here("network", "--lake", tmp_path)
    assert nothing.code == 7
    velib_here("import", tmp_path / "recorded", "--lake", lake)
    shown = velib_here("network", "--lake", lake).out
    assert "Europe/Paris" in shown
    assert "Licence Ouverte 2.0" in shown
    said = velib_here(
        *("network", "set", "--lake", lake, "--name", "Vélo", "--cadence", "5"),
        *("--licence", "CC0", "--feed", "https://user:secret@new.example/gbfs?token=secret"),
    )
    assert said.code == 0, said.err
    known = velib_here("network", "--lake", lake, "--json").json()
    assert (known["name"], known["cadence_s"], known["licence"]["name"]) == ("Vélo", 300, "CC0")
    assert "secret" not in (lake / "network.json").read_text()
    for bad in (["--timezone", "Mars"], ["--cadence", "0"], ["--feed", "nowhere"], []):
        assert velib_here("network", "set", "--lake", lake, *bad).code == 2
    assert velib_here("network", "--timezone", "Asia/Tokyo", "--lake", lake).code == 2
    (lake / "network.json").write_text("{")
    assert velib_here("network", "--lake", lake).code == 5
    assert velib_here("network", "set", "--lake", lake, "--timezone", "Asia/Tokyo").code == 0
    assert told(lake)["timezone"] == "Asia/Tokyo"


def test_another_city_under_the_same_source_is_refused(velib_here: Velib, lake: Path) -> None:
    other = system("bike_share_montreal", "America/Toronto", name="Bixi")
    with city() as toronto, city(system_information=other) as montreal:
        assert velib_here("run", "--feed", toronto.url, "--source", "toronto", "--lake", lake).code == 0
        before = sorted(lake.rglob("*"))
        shutil.rmtree(lake / "raw/source=toronto" / _only_date(lake))
        for command in ("run", "ingest"):
            said = velib_here(command, "--feed", montreal.url, "--source", "toronto", "--lake", lake)
            assert said.code == 2, command
            for part in ("Bike Share Toronto", "bike_share_toronto", "Bixi", "bike_share_montreal"):
                assert part in said.err
            assert "velib network set" in said.err
            assert not list(lake.glob("raw/**/*.gz"))
        assert before


def test_a_publisher_that_moved_is_followed(velib_here: Velib, lake: Path) -> None:
    with city() as before, city() as moved:
        assert velib_here("run", "--feed", before.url, "--source", "toronto", "--lake", lake).code == 0
        shutil.rmtree(lake / "raw/source=toronto" / _only_date(lake))
        said = velib_here("run", "--feed", moved.url, "--lake", lake)
        assert said.code == 0, said.err
        assert told(lake)["feed"] == f"{moved.url}gbfs.json"
    with city(system_information=system("renamed")) as renamed:
        shutil.rmtree(lake / "raw/source=toronto" / _only_date(lake))
        assert velib_here("run", "--feed", renamed.url, "--lake", lake).code == 2
        assert velib_here("network", "set", "--lake", lake, "--feed", renamed.url).code == 0
        assert velib_here("run", "--lake", lake).code == 0


def _only_date(lake: Path) -> str:
    (folder,) = (lake / "raw/source=toronto").iterdir()
    return folder.name
