"""Rows taken away in one format or another are the same rows."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
import pytest
from tests.e2e.conftest import Velib, one_message


@pytest.mark.parametrize("arguments", [["kpi", "shortage"], ["query", "SELECT 1 AS one"]])
def test_an_unknown_format_is_met_with_those_there_are(
    velib_here: Velib, filled: Path, arguments: list[str]
) -> None:
    said = velib_here(*arguments, "--lake", filled, "--format", "xlsx")
    assert said.code == 2
    assert said.out == ""
    for form in ("xlsx", "csv", "json", "parquet", "geojson"):
        assert form in said.err


def test_rows_without_a_position_cannot_be_geojson(velib: Velib, filled: Path) -> None:
    one_message(velib("kpi", "feed_health", "--lake", filled, "--format", "geojson"), 2, "no position")


def test_a_file_that_cannot_be_written_is_named(velib: Velib, filled: Path) -> None:
    one_message(velib("kpi", "shortage", "--lake", filled, "--output", "nowhere/x.csv"), 5, "nowhere/x.csv")


@pytest.mark.parametrize(
    "name", ["kpi_taux_remplissage", "kpi_shortage", "kpi_saturation_par_arrondissement"]
)
def test_the_formats_of_a_kpi_agree_row_by_row(velib: Velib, filled: Path, tmp_path: Path, name: str) -> None:
    by_json: list[dict[str, Any]] = velib("kpi", name, "--lake", filled, "--json").json()
    assert by_json
    for form in ("csv", "json", "parquet"):
        said = velib("kpi", name, "--lake", filled, "--output", f"rows.{form}")
        assert (said.code, said.out) == (0, "")
    assert json.loads((tmp_path / "rows.json").read_text("utf-8")) == by_json
    with (tmp_path / "rows.csv").open(newline="", encoding="utf-8") as file:
        by_csv = list(csv.DictReader(file))
    assert velib("kpi", name, "--lake", filled, "--format", "csv").out == (tmp_path / "rows.csv").read_text(
        "utf-8"
    )
    by_parquet = pq.read_table(tmp_path / "rows.parquet").to_pylist()
    assert len(by_csv) == len(by_parquet) == len(by_json)
    for row, texts, typed in zip(by_json, by_csv, by_parquet, strict=True):
        assert list(row) == list(texts) == list(typed)
        for column, value in row.items():
            same = typed[column]
            if hasattr(same, "strftime"):
                same = same.strftime("%Y-%m-%dT%H:%M:%SZ" if hasattr(same, "hour") else "%Y-%m-%d")
            assert same == value, column
            text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
            assert texts[column] == text, column
    if "lat" in by_json[0]:
        by_place = json.loads(velib("kpi", name, "--lake", filled, "--format", "geojson").out)
        assert by_place["type"] == "FeatureCollection"
        for row, feature in zip(by_json, by_place["features"], strict=True):
            lon, lat = feature["geometry"]["coordinates"]
            assert feature["properties"] | {"lat": lat, "lon": lon} == row


def test_a_query_agrees_with_the_kpi_and_reads_standard_input(velib: Velib, filled: Path) -> None:
    sql = "SELECT station_code, bikes FROM kpi_taux_remplissage ORDER BY station_code"
    asked = velib("query", sql, "--lake", filled, "--format", "csv")
    piped = velib("query", "-", "--lake", filled, "--format", "csv", stdin=sql)
    assert asked.out == piped.out
    rows = velib("kpi", "taux_remplissage", "--lake", filled, "--json").json()
    by_code = {row["station_code"]: str(row["bikes"]) for row in rows}
    assert {row["station_code"]: row["bikes"] for row in csv.DictReader(io.StringIO(asked.out))} == by_code


def test_every_table_and_file_says_as_of_when_it_is(velib: Velib, filled: Path, tmp_path: Path) -> None:
    sql = "SELECT max(snapshot_at) AS at FROM latest_tick"
    latest = velib("query", sql, "--lake", filled, "--json").json()[0]["at"]
    local = datetime.fromisoformat(latest).astimezone(ZoneInfo("Europe/Paris"))
    line = f"As of {latest[:10]} {latest[11:16]} UTC ({local:%H:%M} in Europe/Paris)."
    for name in ("shortage", "worst_moment", "feed_health"):
        assert velib("kpi", name, "--lake", filled).out.splitlines()[-1] == line
    for form in ("csv", "json", "parquet", "geojson"):
        said = velib("kpi", "shortage", "--lake", filled, "--output", f"rows.{form}")
        assert said.err.splitlines()[-1] == line
    assert pq.read_metadata(tmp_path / "rows.parquet").metadata[b"as_of"].decode() == latest
    assert json.loads((tmp_path / "rows.geojson").read_text("utf-8"))["as_of"] == latest
    # Nothing but rows, so that every reader takes them.
    assert (tmp_path / "rows.csv").read_text("utf-8").startswith("source,")
    assert isinstance(json.loads((tmp_path / "rows.json").read_text("utf-8")), list)
