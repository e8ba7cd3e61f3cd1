"""`velib insights` as a user runs it, on two simulated days."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.conftest import Said, one_message, velib_in

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the lake of two simulated days, asked every hour: 2 March, 18 h 45, to 4 March, 18 h."""
    folder = tmp_path_factory.mktemp("lived")
    said = velib_in(folder)("demo", "--no-serve", "--json", "--lake", "lake", env={"VELIB_CADENCE": "60"})
    assert said.code == 0, said
    return folder


def velib(folder: Path, *arguments: object) -> Said:
    return velib_in(folder)(*arguments, "--lake", "lake")


def rows(folder: Path, kpi: str, day: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = velib(folder, "kpi", kpi, "--json").json()
    return [row for row in found if row["local_date"] == day]


def test_the_report_in_json_equals_the_kpi(lived: Path) -> None:
    told = velib(lived, "insights", "--date", "2026-03-03", "--json").json()
    zones = {row["zone_code"]: row for row in rows(lived, "availability_zone_day", "2026-03-03")}
    (worst,) = rows(lived, "worst_moment", "2026-03-03")
    (equity,) = rows(lived, "equity_gap", "2026-03-03")
    flows = rows(lived, "net_flow_zone_hour", "2026-03-03")
    assert len(zones) >= 80
    assert {zone["zone_code"]: zone["outage_minutes"] for zone in told["zones"]} == {
        code: row["outage_minutes"] for code, row in zones.items()
    }
    assert {zone["zone_code"]: zone["unusable_share"] for zone in told["zones"]} == {
        code: row["unusable_share"] for code, row in zones.items()
    }
    assert told["network"]["outage_minutes"] == sum(row["outage_minutes"] for row in zones.values())
    assert told["network"]["bikes_moved"] == sum(row["bikes_moved"] for row in flows)
    assert told["worst_moment"]["epoch"] == worst["snapshot_epoch"]
    assert told["worst_moment"]["unusable_stations"] == worst["unusable_stations"]
    assert told["coverage"]["share"] == worst["coverage"]
    assert told["equity"]["equity_difference"] == equity["equity_difference"]
    assert told["how"] == "simulated"
    assert told["coverage"]["is_over"]
    english = dict(zip(told["topics"], told["sentences"]["en"], strict=True))
    assert f"{told['network']['outage_minutes']:,}" in english["network"]
    assert "never happened" in english["source"]


def test_the_terminal_report_fits_a_screen_in_either_language(lived: Path) -> None:
    english = velib(lived, "insights")
    french = velib(lived, "insights", "--lang", "fr")
    assert (english.code, english.err, french.code) == (0, "", 0)
    assert english.out.startswith("Vélib' Métropole – Wednesday 4 March 2026\n")
    assert french.out.startswith("Vélib' Métropole – mercredi 4 mars 2026\n")
    assert "The simulation ends at" in english.out
    assert "La simulation s'arrête à" in french.out
    for said in (english, french):
        lines = said.out.splitlines()
        assert len(lines) <= 60
        assert all(len(line) <= 100 for line in lines)
        assert "█" in said.out
        assert "\x1b[" not in said.out
    assert "It describes no real network" in english.out


def test_the_first_day_of_the_lake_says_first_how_little_was_observed(lived: Path) -> None:
    lines = velib(lived, "insights", "--date", "2026-03-02").out.splitlines()
    assert re.match(r"A poorly observed day: only 2[0-2]\.\d% of it", lines[1])


def test_the_page_is_one_file_chosen_by_its_name(lived: Path) -> None:
    said = velib(lived, "insights", "--date", "2026-03-03", "--lang", "fr", "--output", "report.html")
    assert (said.code, said.out, said.err) == (0, "", "report.html written\n")
    page = (lived / "report.html").read_text("utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "mardi 3 mars 2026" in page
    assert "<script" not in page
    to_pipe = velib(lived, "insights", "--date", "2026-03-03", "--lang", "fr", "--format", "html")
    assert to_pipe.out == page


def test_json_and_text_go_to_files_too(lived: Path) -> None:
    assert velib(lived, "insights", "-o", "day.json").code == 0
    assert json.loads((lived / "day.json").read_text("utf-8"))["date"] == "2026-03-04"
    assert velib(lived, "insights", "-o", "day.txt").code == 0
    assert (lived / "day.txt").read_text("utf-8") == velib(lived, "insights").out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--date", "2026-03-01"], 7, ["before the first tick", "3 days from 2026-03-02 to 2026-03-04"]),
        (["--date", "2026-03-05"], 7, ["after the last tick"]),
        (["--date", "04/03/2026"], 2, ["is not a valid date", "2026-03-04"]),
        (["--format", "pdf"], 2, ["no format 'pdf'", "text, html, json"]),
        (["--timezone", "Asia/Tokyo"], 2, ["time zone is given as Asia/Tokyo"]),
        (["-o", "missing/report.html"], 5, ["cannot be written"]),
    ],
)
def test_what_cannot_be_done_is_said_in_one_message(
    lived: Path, arguments: list[str], code: int, words: list[str]
) -> None:
    one_message(velib(lived, "insights", *arguments), code, *words)


def test_a_lake_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    one_message(velib_in(tmp_path)("insights", "--lake", "nowhere"), 5, "nowhere")
