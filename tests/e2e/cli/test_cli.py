"""What a user of the command line meets: help, errors in one message, and rows that agree in every format."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from tests.e2e.conftest import Velib, environment, one_message
from tests.steps.feeds import objects, record

from velib_insights.adapters.lake import Lake

COMMANDS = [
    "demo",
    "run",
    "watch",
    "import",
    "ingest",
    "clean",
    "catalog",
    "rollup",
    "publish",
    "kpi",
    "query",
    "serve",
    "insights",
    "export",
    "doctor",
    "network",
    "remove-tick",
    "zones",
    "basemap",
    "simulate",
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(velib_here: Velib, command: str) -> None:
    said = velib_here(command, "--help")
    assert (said.code, said.err) == (0, "")
    assert len(re.findall(rf"^\s*velib {command}\b", said.out, re.MULTILINE)) >= 1
    assert said.out == velib_here(command, "-h").out


def test_help_lists_every_command_and_no_argument_shows_it(velib: Velib) -> None:
    said = velib("--help")
    assert said.code == 0
    listed = set(re.findall(r"^\W*([a-z-]+)\s{2,}\S", said.out, re.MULTILINE))
    assert set(COMMANDS) <= listed
    assert "velib demo" in said.out
    bare = velib()
    assert "velib demo" in bare.out + bare.err


def test_the_version_is_that_of_the_package(velib: Velib) -> None:
    from importlib.metadata import version

    assert velib("--version").out.strip().endswith(version("velib-insights"))


@pytest.mark.parametrize("arguments", [["kpis"], ["kpi", "--nope"], ["clean", "--workers"], ["import"]])
def test_wrong_usage_says_so_and_how_to_get_help(velib_here: Velib, arguments: list[str]) -> None:
    said = velib_here(*arguments)
    assert said.code == 2
    assert said.out == ""
    assert "--help" in said.err or "usage" in said.err.lower()


@pytest.mark.parametrize(
    ("arguments", "env", "toml", "place"),
    [
        (["--cadence", "0"], {}, "", "--cadence"),
        (["--cadence", "ten"], {}, "", "--cadence"),
        ([], {"VELIB_CADENCE": "61"}, "", "VELIB_CADENCE"),
        ([], {"VELIB_SOURCE": "Vélib"}, "", "VELIB_SOURCE"),
        ([], {"VELIB_TIMEZONE": "Europe/Pari"}, "", "VELIB_TIMEZONE"),
        ([], {}, "cadence = 5.5", "cadence in velib.toml"),
        ([], {}, "cadence = inf", "cadence in velib.toml"),
        ([], {}, "cadense = 5", "velib.toml: there is no setting 'cadense'"),
        ([], {}, "cadence = ", "velib.toml cannot be read as TOML"),
        ([], {"VELIB_CONFIG": "nowhere.toml"}, "", "nowhere.toml"),
        (["--lake", "gs://bucket"], {}, "", "gs://bucket"),
    ],
)
def test_a_bad_setting_says_where_it_stands(
    velib_here: Velib, tmp_path: Path, arguments: list[str], env: dict[str, str], toml: str, place: str
) -> None:
    record(tmp_path / "recorded", 1)
    if toml:
        (tmp_path / "velib.toml").write_text(toml + "\n", "utf-8")
    said = velib_here("import", "recorded", *arguments, env=env)
    assert said.code == 2
    assert place in said.err
    assert not (tmp_path / "lake").exists()


def test_a_misspelt_setting_is_met_with_the_right_one(velib_here: Velib, tmp_path: Path) -> None:
    (tmp_path / "velib.toml").write_text("cadense = 5\n", "utf-8")
    one_message(velib_here("clean"), 2, "Did you mean cadence?")


def test_a_flag_goes_before_the_environment_and_that_before_the_file(
    velib: Velib, tmp_path: Path, filled: Path
) -> None:
    (tmp_path / "velib.toml").write_text('lake = "from_file"\n', "utf-8")
    assert "from_file" in velib("clean").err
    assert "from_env" in velib("clean", env={"VELIB_LAKE": "from_env"}).err
    assert velib("clean", "--lake", filled, env={"VELIB_LAKE": "from_env"}).code == 0


@pytest.mark.parametrize(
    "arguments", [["clean"], ["catalog"], ["rollup"], ["publish"], ["kpi", "shortage"], ["query", "SELECT 1"]]
)
def test_without_a_lake_a_command_says_how_to_start_one_and_makes_none(
    velib_here: Velib, tmp_path: Path, arguments: list[str]
) -> None:
    one_message(velib_here(*arguments), 5, "there is no lake at lake", "velib demo", "--lake")
    assert not (tmp_path / "lake").exists()


@pytest.mark.parametrize("arguments", [["publish"], ["kpi", "shortage"]])
def test_an_empty_lake_says_how_to_fill_it(velib_here: Velib, tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "lake").mkdir()
    one_message(velib_here(*arguments), 7, "no cleaned data yet", "velib demo")


def test_an_empty_lake_can_be_cleaned_and_catalogued(velib: Velib, tmp_path: Path) -> None:
    (tmp_path / "lake").mkdir()
    assert velib("clean", "--json").json()["hours"] == 0
    assert velib("catalog", "--json").json()["hours"] == 0
    assert velib("query", "SELECT count(*) AS n FROM ticks", "--json").json() == [{"n": 0}]


def test_a_file_is_no_lake(velib: Velib, tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("x", "utf-8")
    one_message(velib("clean"), 5, "is a file, not a folder")


def test_a_lake_of_another_network_is_not_mixed(velib: Velib, tmp_path: Path, filled: Path) -> None:
    record(tmp_path / "recorded", 1)
    before = objects(Lake.open(str(filled)))
    said = velib("import", "recorded", "--lake", filled, "--source", "lyon")
    one_message(said, 2, "holds 'velib', not 'lyon'")
    assert objects(Lake.open(str(filled))) == before


def closed_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@pytest.mark.parametrize("command", ["ingest", "run"])
def test_a_feed_that_refuses_is_told_and_kept_in_the_lake(velib: Velib, tmp_path: Path, command: str) -> None:
    feed = f"http://127.0.0.1:{closed_port()}/gbfs.json"
    said = velib(command, "--feed", feed, "--attempts", "1")
    one_message(said, 3, "no data for tick 20", "Try again later")
    lake = Lake.open(str(tmp_path / "lake"))
    (note,) = [body for key, body in objects(lake, "raw").items() if key.endswith(".fetch.json")]
    assert json.loads(note)["outcome"] == "fetch_failed"
    if command == "run":
        rows = velib("query", "SELECT outcome, rows_in FROM ticks", "--json").json()
        assert rows == [{"outcome": "fetch_failed", "rows_in": 0}]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["ingest", "--feed", "lyon"], "--feed is 'lyon'"),
        (["ingest", "--feed", "https://gbfs.example.org/gbfs.json"], "Name it with --source"),
        (["ingest", "--tick", "today"], "not a tick"),
        (["ingest", "--tick", "20261123T0817Z"], "20261123T0815Z"),
        (["ingest", "--tick", "20910101T0815Z"], "is in the future"),
        (["import", "nowhere"], "there is no file or folder nowhere"),
        (["zones", "nowhere.geojson"], "nowhere.geojson cannot be read"),
    ],
)
def test_a_wrong_argument_says_what_is_wrong_with_it(
    velib_here: Velib, arguments: list[str], words: str
) -> None:
    one_message(velib_here(*arguments), 2, words)


def test_a_wrong_hour_says_how_hours_are_written(velib: Velib, filled: Path) -> None:
    one_message(
        velib("clean", "--lake", filled, "--since", "yesterday"),
        2,
        "'yesterday' is not a valid hour",
        "2026-11-22",
    )


def test_a_partition_that_is_garbage_is_named_and_made_anew(velib: Velib, tmp_path: Path) -> None:
    record(tmp_path / "recorded", 8)
    velib("import", "recorded")
    whole = objects(Lake.open(str(tmp_path / "lake")))
    part = tmp_path / "lake" / "clean/source=velib/date=2026-11-22/hour=22/part.parquet"
    part.write_bytes(b"garbage, and long enough not to be too short for a file")
    one_message(velib("kpi", "shortage"), 5, "cannot be read", "velib clean")
    ledger = tmp_path / "lake" / "clean/ticks/date=2026-11-22/hour=22/part.parquet"
    ledger.write_bytes(b"garbage")
    one_message(velib("kpi", "feed_health"), 5, "cannot be read", "velib clean")
    ledger.unlink()
    assert velib("clean").code == 0
    assert objects(Lake.open(str(tmp_path / "lake"))) == whole


def test_files_of_others_in_the_lake_are_ignored(velib: Velib, tmp_path: Path) -> None:
    record(tmp_path / "recorded", 8)
    velib("import", "recorded")
    before = velib("kpi", "shortage", "--format", "csv").out
    for place in (
        "README.md",
        "clean/notes.parquet",
        "clean/source=velib/date=2026-11-22/hour=22/other.parquet",
        "clean/source=velib/date=2026-11-22/hour=22/part.parquet.bak",
        "clean/ticks/date=2026-11-22/hour=22/.DS_Store",
        "raw/source=velib/date=2026-11-22/hour=22/README.md",
    ):
        (tmp_path / "lake" / place).write_bytes(b"garbage")
    for again in (["clean", "--again"], ["catalog"], ["publish"]):
        assert velib(*again).code == 0, again
    assert velib("kpi", "shortage", "--format", "csv").out == before


@pytest.mark.parametrize(
    ("name", "meant"), [("shortages", "kpi_shortage"), ("kpi_top10", "kpi_top10_2hour"), ("xyz", "velib kpi")]
)
def test_an_unknown_kpi_is_met_with_the_nearest_names(
    velib_here: Velib, filled: Path, name: str, meant: str
) -> None:
    one_message(velib_here("kpi", name, "--lake", filled), 6, f"there is no KPI '{name}'", meant)


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (["kpi", "shortage", "--json"], 5, "LakeError"),
        (["clean", "--lake", "gs://x", "--json"], 2, "SettingsError"),
        (
            ["ingest", "--feed", "http://127.0.0.1:9/gbfs.json", "--attempts", "1", "--json"],
            3,
            "FeedUnavailable",
        ),
        (["kpi", "nothing", "--json"], 6, "QueryError"),
    ],
)
def test_with_json_an_error_is_json_on_standard_error(
    velib: Velib, arguments: list[str], code: int, error: str
) -> None:
    said = velib(*arguments)
    assert said.code == code
    told = said.error()
    assert (told["error"], told["exit_code"]) == (error, code)
    assert told["message"]
    if said.out:
        said.json()


def test_answers_stand_on_standard_output_and_nothing_else_is_said(velib: Velib, filled: Path) -> None:
    for arguments in (["kpi", "shortage"], ["kpi", "feed_health", "--json"], ["query", "SELECT 1 AS one"]):
        said = velib(*arguments, "--lake", filled)
        assert (said.code, said.err) == (0, ""), arguments
        assert said.out


def test_the_kpi_are_listed_with_their_questions(velib: Velib) -> None:
    listed = velib("kpi", "--json").json()
    assert {
        "kpi_taux_remplissage",
        "kpi_shortage",
        "kpi_station_saturation",
        "kpi_saturation_par_arrondissement",
        "kpi_top10_2hour",
    } <= {kpi["name"] for kpi in listed}
    shown = velib("kpi").out
    assert all(kpi["name"] in shown and kpi["question"] in shown for kpi in listed)


def test_the_pipeline_answers_programs_in_json(velib: Velib, tmp_path: Path) -> None:
    record(tmp_path / "recorded", 8)
    imported = velib("import", "recorded", "--json").json()
    assert (imported["found"], imported["stored"], imported["outcomes"]) == (8, 8, {"ok": 8})
    assert [each["cadence_min"] for each in imported["cadences"]] == [15]
    cleaned = velib("clean", "--again", "--json").json()
    assert cleaned["rows_in"] == cleaned["rows_kept"] + cleaned["rows_refused"] == 8 * 12 + 3
    assert velib("clean", "--json").json() == {
        "hours": 0,
        "hours_unchanged": 2,
        "hours_failed": 0,
        "hours_kept": 0,
        "rows_at_risk": 0,
        "ticks": 0,
        "rows_in": 0,
        "rows_kept": 0,
        "rows_refused": 0,
    }
    assert velib("catalog", "--json").json()["hours"] == 2
    assert velib("publish", "--json").json()["snapshot_at"] == "2026-11-22T22:45:00Z"


def test_a_reader_that_leaves_early_is_no_fault() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "velib_insights", "query", "--tables"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode in (0, 141)
