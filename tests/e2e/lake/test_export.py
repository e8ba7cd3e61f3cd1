"""`velib export`: files that can be cited, and that come back as they were."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from tests.e2e.conftest import Velib, one_message, velib_in

import velib_insights as velib

TABLES = ("observations", "station_days", "ticks", "zone_days")
SPAN = ("--since", "2026-11-22", "--until", "2026-11-23")


@pytest.fixture(scope="module")
def exported(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported")
    said = velib_in(folder)("export", *SPAN, "--lake", filled, "--to", "files")
    assert said.code == 0, said
    return folder / "files"


def package(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "datapackage.json").read_text("utf-8"))
    return found


def test_every_file_is_described_and_has_its_hash(exported: Path) -> None:
    described = package(exported)
    names = {f"{name}.{form}" for name in TABLES for form in ("parquet", "csv.gz")}
    assert {each["path"] for each in described["resources"]} == names
    for each in described["resources"]:
        body = (exported / each["path"]).read_bytes()
        assert (each["bytes"], each["hash"]) == (len(body), f"sha256:{hashlib.sha256(body).hexdigest()}")
        fields = [field["name"] for field in each["schema"]["fields"]]
        assert all(field["description"] for field in each["schema"]["fields"])
        if each["format"] == "parquet":
            assert pq.read_schema(exported / each["path"]).names == fields
            assert pq.read_metadata(exported / each["path"]).num_rows == each["rows"]
        else:
            assert gzip.decompress(body).split(b"\n", 1)[0].decode().strip().split(",") == fields
        assert set(each["schema"]["primaryKey"]) <= set(fields)
    sums = dict(
        reversed(line.split("  ")) for line in (exported / "SHA256SUMS").read_text("utf-8").splitlines()
    )
    assert set(sums) == names | {"README.md", "datapackage.json"}
    for path, digest in sums.items():
        assert hashlib.sha256((exported / path).read_bytes()).hexdigest() == digest
    assert described["command"] == "velib export --since 2026-11-22 --until 2026-11-23"
    assert described["licenses"]
    text = (exported / "README.md").read_text("utf-8")
    assert described["description"] in text
    assert all(f"## {name}" in text for name in TABLES)


def test_the_same_lake_gives_the_same_bytes(exported: Path, filled: Path, tmp_path: Path) -> None:
    assert velib_in(tmp_path)("export", *SPAN, "--lake", filled, "--to", "again").code == 0
    for path in exported.iterdir():
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes(), path.name


def test_both_formats_hold_the_rows_of_the_lake(velib_here: Velib, exported: Path, filled: Path) -> None:
    for name, sql in (
        ("observations", "SELECT * FROM source_velib ORDER BY snapshot_epoch, station_code"),
        ("ticks", "SELECT * FROM observed_ticks ORDER BY snapshot_epoch"),
        ("station_days", "SELECT * FROM kpi_availability_station_day ORDER BY local_date, station_code"),
        ("zone_days", "SELECT * FROM kpi_availability_zone_day ORDER BY local_date, zone_code"),
    ):
        rows = velib_here("query", sql, "--lake", filled, "--json", "--limit", 0).json()
        table = pq.read_table(exported / f"{name}.parquet")
        assert len(table) == len(rows) > 0, name
        for column in (
            "local_date",
            "bikes",
            "outage_minutes",
            "is_observed",
            "station_code",
            "bike_availability",
        ):
            if column in table.column_names:
                values = [None if v is None else v for v in table[column].to_pylist()]
                wanted = [row[column] for row in rows]
                assert [str(v) if column == "local_date" else v for v in values] == wanted, (name, column)
        text = pyarrow.csv.read_csv(exported / f"{name}.csv.gz")
        assert (text.num_rows, text.column_names) == (len(table), table.column_names)


def test_every_column_has_the_values_of_the_lake(exported: Path, filled: Path) -> None:
    with velib.open_lake(str(filled)) as lake:
        for name, source, order in (
            ("observations", "source_velib", "snapshot_epoch, station_code"),
            ("ticks", "observed_ticks", "snapshot_epoch"),
            ("station_days", "kpi_availability_station_day", "local_date, station_code"),
            ("zone_days", "kpi_availability_zone_day", "local_date, zone_code"),
        ):
            table = pq.read_table(exported / f"{name}.parquet")
            wanted = lake.query(f"SELECT * FROM {source} ORDER BY {order}")
            assert "age_s" not in table.column_names  # it counts from now, and a file has none
            for column in table.column_names:
                assert table[column].to_pylist() == wanted[column].to_pylist(), (name, column)


def test_the_coverage_is_that_of_the_ledger(velib_here: Velib, exported: Path, filled: Path) -> None:
    (sums,) = velib_here(
        "query",
        "SELECT count_if(is_observed) AS seen, count(*) AS n FROM observed_ticks",
        "--lake",
        filled,
        "--json",
    ).json()
    cover = package(exported)["coverage"]
    assert cover["ticks_observed"] == sums["seen"]
    assert sum(cover["outcomes"].values()) == sums["n"]
    refused = velib_here("query", "SELECT count(*) AS n FROM quarantine", "--lake", filled, "--json").json()
    assert sum(cover["rows_refused"].values()) == refused[0]["n"]


@pytest.mark.parametrize("name", ["observations.parquet", "observations.csv.gz"])
def test_what_is_exported_is_imported_again(
    velib_here: Velib, exported: Path, filled: Path, tmp_path: Path, name: str
) -> None:
    lake = tmp_path / "back"
    said = velib_here("import", exported / name, "--lake", lake, "--cadence", "15", "--json")
    assert said.code == 0, said
    columns = (
        "snapshot_at, station_id, station_code, name, zone_code, capacity, bikes, mechanical, ebikes, docks"
    )
    sql = f"SELECT {columns}, is_operative, fill_rate, last_reported FROM source_velib ORDER BY 1, 2"
    asked = [
        velib_here("query", sql, "--lake", each, "--json", "--limit", 0).json() for each in (filled, lake)
    ]
    assert asked[0] == asked[1]


def test_a_span_that_cannot_be_written_says_why(
    velib_here: Velib, exported: Path, filled: Path, tmp_path: Path
) -> None:
    to = ("--lake", filled, "--to", tmp_path / "files")
    one_message(velib_here("export", *to), 2, "no span is given", "--month 2026-03")
    one_message(velib_here("export", "--month", "March", *to), 2, "'March' is no month")
    one_message(velib_here("export", "--month", "2020-01", *to), 7, "no observation in this span")
    one_message(velib_here("export", "--month", "2026-11", "--since", "2026", *to), 2, "exclude each other")
    assert not (tmp_path / "files").exists()
    one_message(velib_here("export", *SPAN, "--lake", filled, "--to", exported), 2, "is not empty", "--to")
    assert velib_here("export", "--month", "2026-11", "--format", "csv", *to).code == 0
    assert {path.suffix for path in (tmp_path / "files").iterdir()} == {".gz", ".json", ".md", ""}
