"""What a person meets at a terminal, or before a pipe: any width, any encoding, hostile names, full disks."""

from __future__ import annotations

import csv
import gzip
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.e2e.conftest import Velib, environment, one_message, velib_in

HOSTILE = "=cmd|'/C calc'!A1 \x1b[2J\x9b31m\u202egnol\x07\n[red]Rue[/red]"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake whose stations have names that would clear the screen, turn the text around and run a program."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "recorded").mkdir()
    for minute in (0, 15):
        rows = [
            {
                "stationcode": f"160{number:02}",
                "name": HOSTILE if number == 1 else f"Place {number}",
                "is_installed": "OUI",
                "is_renting": "OUI",
                "is_returning": "OUI",
                "capacity": 20,
                "numdocksavailable": 20 - minute // 15,
                "numbikesavailable": 0,
                "mechanical": 0,
                "ebike": 0,
                "duedate": "2026-03-02T08:00:00+00:00",
                "coordonnees_geo": {"lon": 2.3, "lat": 48.85},
                "nom_arrondissement_communes": "Paris",
                "code_insee_commune": "75056",
            }
            for number in range(1, 13)
        ]
        name = f"2026-03-02T08{minute:02}01Z.json"
        (folder / "recorded" / name).write_text(json.dumps(rows), "utf-8")
    assert velib_in(folder)("import", "recorded", "--lake", "lake").code == 0
    return folder / "lake"


@pytest.mark.parametrize("columns", [30, 80, 120])
@pytest.mark.parametrize(
    "name", ["top10_2hour", "shortage", "station_saturation", "feed_health", "taux_remplissage"]
)
def test_a_table_fits_the_width_with_one_line_a_row(
    velib_here: Velib, filled: Path, name: str, columns: int
) -> None:
    said = velib_here("kpi", name, "--lake", filled, "--limit", "3", env={"COLUMNS": str(columns)})
    rows = velib_here("kpi", name, "--lake", filled, "--limit", "3", "--json").json()
    title, *lines = said.out.splitlines()
    drawn = [line for line in lines if line.strip() and not line.startswith(("Not shown", "--format"))]
    rows_drawn = [line for line in lines if "more row" not in line and not line.startswith("As of")]
    assert all(len(line) <= columns for line in rows_drawn), said.out
    if len(rows) == 1 and name != "feed_health":
        assert sum(rows[0]["station_code"] in line.split() for line in drawn) == 1  # upright
        return
    first = "date" if name == "feed_health" else "critical_rank" if name == "top10_2hour" else "station_code"
    cells = [line.split()[0] for line in drawn]
    assert all(cells.count(str(row[first])) == 1 for row in rows), said.out
    assert title.endswith("?")


def test_columns_that_do_not_fit_are_named(velib_here: Velib, filled: Path) -> None:
    narrow = velib_here("kpi", "top10_2hour", "--lake", filled, env={"COLUMNS": "60"}).out
    hidden = re.search(r"Not shown at this width: (.+)\. --format csv", narrow.replace("\n", " "))
    assert hidden
    assert "coverage" in hidden[1]
    assert "coverage" not in narrow.split("Not shown")[0]
    whole = velib_here("kpi", "top10_2hour", "--wide", "--lake", filled, env={"COLUMNS": "60"}).out
    assert "Not shown" not in whole
    assert "coverage" in whole


@pytest.mark.parametrize("command", [["kpi", "shortage"], ["query", "SELECT name FROM source_velib"]])
def test_control_characters_of_a_name_are_shown_and_not_obeyed(
    velib: Velib, hostile: Path, command: list[str]
) -> None:
    said = velib(*command, "--lake", hostile)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", said.out)
    assert "=cmd|" in said.out
    wide = velib(
        "query", "SELECT name FROM source_velib ORDER BY name DESC", "--lake", hostile, env={"COLUMNS": "400"}
    )
    assert r"\x1b[2J\x9b31m\u202egnol\x07 [red]Rue[/red]" in wide.out.replace(r"\x0a", " ")


def test_a_name_is_kept_as_it_is_in_json(velib: Velib, hostile: Path) -> None:
    sql = "SELECT name FROM source_velib ORDER BY name LIMIT 1"
    kept = velib("query", sql, "--lake", hostile, "--json").json()[0]["name"]
    for part in ("\x1b[2J", "\x9b31m", "\u202e", "[red]", "=cmd"):
        assert part in kept


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
@pytest.mark.parametrize(
    "command",
    [
        ["kpi", "shortage"],
        ["kpi"],
        ["insights", "--lang", "fr"],
        ["doctor", "--offline"],
        ["--help"],
        ["query", "SELECT 'Vélib – 東京' AS name"],
    ],
)
def test_a_terminal_of_another_encoding_is_served(
    filled: Path, tmp_path: Path, encoding: str, command: list[str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "velib_insights", *command],
        cwd=tmp_path,
        env=environment(PYTHONIOENCODING=encoding, VELIB_LAKE=str(filled)),
        capture_output=True,
        timeout=60,
    )
    assert b"error" not in done.stderr
    assert done.returncode in ((0, 1) if command[0] == "doctor" else (0,)), done.stderr
    assert done.stdout.decode(encoding)


def test_json_is_whole_in_any_encoding(filled: Path) -> None:
    def asked(encoding: str) -> object:
        done = subprocess.run(
            [sys.executable, "-m", "velib_insights", "kpi", "--json"],
            env=environment(PYTHONIOENCODING=encoding),
            capture_output=True,
            timeout=60,
            check=True,
        )
        return json.loads(done.stdout.decode(encoding))

    assert asked("ascii") == asked("utf-8")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize(
    "command",
    ["kpi shortage", "kpi shortage --format csv", "insights", "insights --json", "kpi --json"],
)
def test_a_full_disk_is_said_in_words(filled: Path, tmp_path: Path, command: str) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "velib_insights", *command.split()],
            cwd=tmp_path,
            env=environment(VELIB_LAKE=str(filled)),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
    assert done.returncode == 5
    assert "No space left on device" in done.stderr
    assert "fault of velib-insights" not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_under_a_file_is_said_with_the_file(velib: Velib, filled: Path) -> None:
    said = velib("kpi", "shortage", "--lake", filled, "--format", "csv", "--output", "/dev/full")
    one_message(said, 5, "/dev/full cannot be written", "No space left on device")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_leaves_ends_a_table_with_141(filled: Path, tmp_path: Path, unbuffered: str) -> None:
    sql = "SELECT a.station_code, b.name FROM source_velib a, source_velib b LIMIT 20000"  # more than a pipe holds
    with subprocess.Popen(
        [sys.executable, "-m", "velib_insights", "query", sql, "--limit", "0"],
        cwd=tmp_path,
        env=environment(VELIB_LAKE=str(filled), PYTHONUNBUFFERED=unbuffered),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 141


def test_an_ending_that_is_no_format_is_refused_and_nothing_written(
    velib_here: Velib, filled: Path, tmp_path: Path
) -> None:
    said = velib_here("kpi", "shortage", "--lake", filled, "--output", "x.xlsx")
    one_message(said, 2, "x.xlsx ends in .xlsx", ".csv", "--format")
    one_message(
        velib_here("insights", "--lake", filled, "--output", "day.pdf"), 2, "day.pdf ends in .pdf", ".html"
    )
    one_message(velib_here("kpi", "shortage", "--lake", filled, "--output", "x.parquet.gz"), 2, "x.parquet")
    said = velib_here("kpi", "shortage", "--lake", filled, "--output", "x.csv", "--format", "json")
    one_message(said, 2, "--format is json", "x.csv is named as csv")
    assert list(tmp_path.iterdir()) == []


def test_an_ending_of_gz_is_compressed(velib_here: Velib, filled: Path, tmp_path: Path) -> None:
    for form in ("csv", "json", "geojson"):
        plain = velib_here("kpi", "taux_remplissage", "--lake", filled, "--format", form).out
        assert velib_here("kpi", "taux_remplissage", "--lake", filled, "-o", f"x.{form}.gz").code == 0
        assert gzip.decompress((tmp_path / f"x.{form}.gz").read_bytes()).decode() == plain
    assert velib_here("insights", "--lake", filled, "-o", "day.html.gz").code == 0
    assert b"</html>" in gzip.decompress((tmp_path / "day.html.gz").read_bytes())


def test_a_dash_is_standard_output(velib_here: Velib, filled: Path, tmp_path: Path) -> None:
    for command in (["kpi", "shortage", "--format", "csv"], ["insights", "--format", "html"]):
        assert (
            velib_here(*command, "-o", "-", "--lake", filled).out
            == velib_here(*command, "--lake", filled).out
        )
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_whole_leaves_the_old_one(
    velib_here: Velib, filled: Path, tmp_path: Path
) -> None:
    (tmp_path / "x.csv").write_text("before", "utf-8")
    one_message(
        velib_here("kpi", "feed_health", "--format", "geojson", "-o", "x", "--lake", filled), 2, "no position"
    )
    assert velib_here("kpi", "shortage", "-o", "x.csv", "--lake", filled).code == 0
    assert (tmp_path / "x.csv").read_text("utf-8").startswith("source,")
    assert [file.name for file in tmp_path.iterdir()] == ["x.csv"]


@pytest.mark.parametrize("form", ["csv", "json", "geojson", "table"])
def test_a_limit_counts_in_every_format(velib_here: Velib, filled: Path, form: str) -> None:
    out = velib_here("kpi", "taux_remplissage", "--lake", filled, "--limit", "2", "--format", form).out
    if form == "csv":
        assert len(list(csv.DictReader(out.splitlines()))) == 2
    elif form == "table":
        assert "10 more rows" in out
    else:
        rows = json.loads(out)
        assert len(rows["features"] if form == "geojson" else rows) == 2
    every = velib_here("kpi", "taux_remplissage", "--lake", filled, "--json").json()
    assert len(every) == 12
    assert velib_here("kpi", "taux_remplissage", "--lake", filled, "--limit", "0", "--json").json() == every


@pytest.mark.parametrize(
    ("arguments", "flag"),
    [
        (["kpi", "shortage", "--limit", "-1"], "--limit"),
        (["kpi", "shortage", "--limit", "two"], "--limit"),
        (["query", "SELECT 1", "--limit", "-5"], "--limit"),
        (["watch", "--ticks", "-1"], "--ticks"),
        (["publish", "--reports", "-1"], "--reports"),
        (["demo", "--days", "-2"], "--days"),
        (["demo", "--seed", "-1"], "--seed"),
        (["serve", "--port", "-1"], "--port"),
        (["serve", "--port", "65536"], "--port"),
        (["simulate", "--speed", "-1"], "--speed"),
        (["simulate", "--port", "70000"], "--port"),
        (["cost", "--stations", "-1"], "--stations"),
        (["cost", "--cadence", "61"], "--cadence"),
    ],
)
def test_a_number_out_of_its_range_is_refused(
    velib_here: Velib, tmp_path: Path, arguments: list[str], flag: str
) -> None:
    one_message(velib_here(*arguments), 2, flag, f"velib {arguments[0]} --help")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["kpi", "shortage", "--frmat", "csv"], "--format"),
        (["clean", "--agian"], "--again"),
        (["watch", "--cadense=5"], "--cadence"),
        (["kpis"], "kpi"),
        (["pubish"], "publish"),
    ],
)
def test_a_misspelt_flag_or_command_is_met_with_the_right_one(
    velib_here: Velib, arguments: list[str], meant: str
) -> None:
    one_message(velib_here(*arguments), 2, f"Did you mean {meant}?", "--help")
    assert velib_here(*arguments, "--json").error()["exit_code"] == 2


def test_a_span_that_ends_before_it_begins_is_refused(velib_here: Velib, filled: Path) -> None:
    said = velib_here("clean", "--lake", filled, "--since", "2026-11-23", "--until", "2026-11-22T08")
    one_message(said, 2, "2026-11-23 is after until 2026-11-22T08")
    assert velib_here("clean", "--lake", filled, "--since", "2026-11-22", "--until", "2026-11-22").code == 0


@pytest.mark.parametrize(
    "command",
    "demo run watch import ingest clean catalog publish kpi query serve insights export doctor zones basemap".split(),  # noqa: SIM905
)
def test_every_command_on_a_lake_takes_the_flags_of_s3(velib_here: Velib, command: str) -> None:
    shown = velib_here(command, "--help").out
    assert "--s3-endpoint" in shown
    assert "--s3-region" in shown
