"""What is taken away is what the API says and what DuckDB reads, row by row, in every format."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.browser.conftest import Site, Visitor, velib
from tests.browser.reading import stamp

Row = dict[str, Any]
READERS = {
    "csv": "read_csv('{}', header = true, all_varchar = true)",
    "parquet": "read_parquet('{}')",
    "json": "read_json('{}', sample_size = -1)",
}


def starting(form: str) -> re.Pattern[str]:
    """JSON is not GeoJSON."""
    return re.compile(f"^{form}:", re.IGNORECASE)


def taken(page: Any, group: str, form: str, folder: Path) -> Path:
    """The file that the button or link of that format gives."""
    with page.expect_download() as started:
        page.get_by_role("group", name=group).get_by_role("button", name=starting(form)).click()
    file = folder / started.value.suggested_filename
    started.value.save_as(file)
    return file


def rows_in(file: Path) -> list[Row]:
    """As DuckDB reads the file; a GeoJSON by its properties and its point."""
    form = file.suffix.lstrip(".")
    if form == "geojson":
        features = json.loads(file.read_text("utf-8"))["features"]
        return [feature["properties"] for feature in features]
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        rows: list[Row] = (
            connection.sql(f"SELECT * FROM {READERS[form].format(file)}").to_arrow_table().to_pylist()
        )
        return rows


def plain(value: Any) -> Any:
    """A value as it stands in any of the formats: figures as numbers, the rest as text, nothing as None."""
    if value is None or value == "":
        return None
    if isinstance(value, bool) or value in ("true", "false"):
        return str(value).lower()
    try:
        return round(float(value), 9)
    except (TypeError, ValueError):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else str(value)


def same(found: list[Row], expected: list[Row]) -> None:
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert {name: plain(value) for name, value in one.items()} == {
            name: plain(value) for name, value in other.items()
        }


def api_rows(site: Site, name: str) -> list[Row]:
    rows: list[Row] = []
    while True:
        page = json.loads(site.get(f"api/kpi/{name}?limit=10000&offset={len(rows)}"))
        rows += page["rows"]
        if len(rows) >= page["total"]:
            return rows


@pytest.mark.parametrize("view", ["kpi_top10_2hour", "kpi_shortage", "kpi_saturation_par_arrondissement"])
@pytest.mark.parametrize("form", ["csv", "parquet", "json"])
def test_a_whole_view_is_what_the_api_and_duckdb_say(
    visitor: Visitor, view: str, form: str, tmp_path: Path
) -> None:
    page = visitor.open(f"?lang=en&view=rankings&table={view}")
    with page.expect_download() as started:
        page.locator(".whole-view").get_by_role("link", name=starting(form)).click()
    file = tmp_path / f"{view}.{form}"
    started.value.save_as(file)
    same(as_text(rows_in(file)), as_text(api_rows(visitor.site, view)))


def test_every_published_file_has_the_rows_of_its_view(visitor: Visitor, tmp_path: Path) -> None:
    page = visitor.open("?lang=en&view=data")
    links = page.locator(".files a[download]").evaluate_all(
        "links => links.map((link) => [link.getAttribute('href'), link.download])"
    )
    views = {view["name"]: view for view in visitor.site.data("index.json")["views"]}
    assert len(links) == sum(len(view["files"]) for view in views.values())
    for address, name in links:
        file = tmp_path / name
        file.write_bytes(visitor.site.get(address))
        view_name, _, at = file.stem.rpartition("_")
        view = views[view_name]
        assert at == stamp(view["as_of_epoch"]), name
        if view["rows"] == 0 and file.suffix == ".json":
            assert json.loads(file.read_text("utf-8")) == []
        else:
            assert len(rows_in(file)) == view["rows"], address


@pytest.mark.parametrize("form", ["csv", "parquet", "json", "geojson"])
def test_the_stations_shown_are_those_of_the_api(visitor: Visitor, form: str, tmp_path: Path) -> None:
    page = visitor.open("?lang=en&as=table&zone=75114")
    file = taken(page, "Download these rows: Stations, ", form, tmp_path)
    found = {row["station_code"]: row for row in rows_in(file)}
    latest = json.loads(visitor.site.get("api/latest?zone=75114"))["stations"]
    assert len(found) == len(latest) > 40
    for station in latest:
        row = found[station["code"]]
        counts = ("bikes", "mechanical", "ebikes", "docks", "capacity")
        assert [plain(row[name]) for name in counts] == [plain(station[name]) for name in counts]
    if form == "geojson":
        features = json.loads(file.read_text("utf-8"))["features"]
        places = {one["properties"]["station_code"]: one["geometry"]["coordinates"] for one in features}
        assert places == {station["code"]: [station["lon"], station["lat"]] for station in latest}


def test_zones_are_taken_with_their_ground(visitor: Visitor, tmp_path: Path) -> None:
    page = visitor.open("?lang=en&as=table")
    file = taken(page, "Download these rows: Zones", "geojson", tmp_path)
    features = json.loads(file.read_text("utf-8"))["features"]
    assert {one["properties"]["zone_code"] for one in features} == {
        row["zone_code"] for row in api_rows(visitor.site, "kpi_saturation_par_arrondissement")
    }
    assert {one["geometry"]["type"] for one in features} == {"MultiPolygon"}
    for one in features:
        for (ring,) in one["geometry"]["coordinates"]:
            assert ring[0] == ring[-1]
            assert len(ring) > 3


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_stations_day_is_that_of_the_api(visitor: Visitor, form: str, tmp_path: Path) -> None:
    page = visitor.open("?lang=en&station=14036")
    page.get_by_role("img", name="History: 24 hours").wait_for()
    found = {
        row["snapshot_at"]: row
        for row in rows_in(taken(page, "Download these rows: History", form, tmp_path))
    }
    told = json.loads(visitor.site.get("api/stations/14036/history?days=1"))
    expected = dict(zip(told["epochs"], zip(told["bikes"], told["docks"], strict=True), strict=True))
    assert len(found) > 90
    seen = 0
    for instant, row in found.items():
        epoch = int(duckdb.execute("SELECT epoch(?::TIMESTAMPTZ)", [instant]).fetchall()[0][0])
        if row["docks"] in (None, ""):
            continue
        seen += 1
        assert (int(row["mechanical"]) + int(row["ebikes"]), int(row["docks"])) == expected[epoch]
    assert seen > 70


def test_the_days_curve_is_taken_as_it_is_drawn(visitor: Visitor, tmp_path: Path) -> None:
    page = visitor.open()
    page.wait_for_selector(".timeline .chart svg")
    found = rows_in(taken(page, "Download these rows: The day", "csv", tmp_path))
    day = visitor.site.data("days/2026-03-04.json")
    assert [row["status"] for row in found] == day["status"]
    assert [plain(row["no_bike"]) for row in found] == [plain(value) for value in day["curve"]["no_bike"]]


def test_a_whole_day_is_that_of_the_lake(visitor: Visitor, demo_lake: Path, tmp_path: Path) -> None:
    page = visitor.open("?lang=en&view=data&day=2026-03-03")
    file = taken(page, "Download these rows: A whole day", "parquet", tmp_path)
    assert file.name == "source_velib-2026-03-03.parquet"
    measures = (
        "snapshot_epoch, count(*) AS stations, sum(bikes) AS bikes, sum(mechanical) AS mechanical, "
        "sum(ebikes) AS ebikes, sum(docks) AS docks, count(*) FILTER (WHERE is_operative) AS operative, "
        "sum(hash(station_code) % 1000 * (1 + bikes)) AS each"
    )
    found = duckdb.sql(f"SELECT {measures} FROM '{file}' GROUP BY 1 ORDER BY 1").fetchall()
    expected = velib(
        *("query", "--lake", demo_lake, "--format", "json"),
        f"SELECT {measures} FROM station_observations WHERE local_date = DATE '2026-03-03' GROUP BY 1 ORDER BY 1",
    )
    assert len(found) > 70
    assert [[int(value) for value in row] for row in found] == [
        [int(value) for value in row.values()] for row in json.loads(expected)
    ]


def test_the_day_and_the_week_of_a_zone_are_taken_as_they_are_drawn(visitor: Visitor, tmp_path: Path) -> None:
    page = visitor.open("?lang=en&zone=75112")
    page.wait_for_selector("section.zone .heat")
    found = rows_in(taken(page, "Download these rows: The day of the zone", "csv", tmp_path))
    (latest,) = (
        row
        for row in visitor.site.data("kpi/kpi_saturation_par_arrondissement.json")
        if row["zone_code"] == "75112"
    )
    assert {name: plain(found[-1][name]) for name in ("bikes", "docks", "operative_stations")} == {
        name: plain(latest[name]) for name in ("bikes", "docks", "operative_stations")
    }
    week = rows_in(taken(page, "Download these rows: Its week", "csv", tmp_path))
    shown = page.locator("section.zone .heat tbody td").evaluate_all(
        "(cells) => cells.map((one) => one.title)"
    )
    assert len(week) == len(shown) == 7 * 24
    for row, title in zip(week, shown, strict=True):
        told = "Not observed" if row["fill_rate"] in (None, "") else f"{100 * float(row['fill_rate']):.1f}"
        assert told in title, (row, title)


def as_text(rows: list[Row]) -> list[Row]:
    """Lists and instants are told apart by format alone: compared as what they say."""
    return [
        {name: str(value) if isinstance(value, list) else value for name, value in row.items()}
        for row in rows
    ]


def test_in_french_there_is_a_csv_as_excel_opens_it_there(visitor: Visitor, tmp_path: Path) -> None:
    page = visitor.open("?lang=fr&as=table")
    page.wait_for_selector(".map-tables table")
    groups = page.get_by_role("group", name="Télécharger").all()
    zones = next(group for group in groups if "Zones" in (group.get_attribute("aria-label") or ""))
    with page.expect_download() as started:
        zones.get_by_role("button", name=re.compile("^CSV Excel")).click()
    file = tmp_path / started.value.suggested_filename
    started.value.save_as(file)
    assert file.suffix == ".csv"
    body = file.read_bytes()
    assert body.startswith(b"\xef\xbb\xbf")
    header, first, *_ = body.decode("utf-8-sig").split("\r\n")
    names = header.split(";")
    row = dict(zip(names, first.split(";"), strict=True))
    assert re.fullmatch(r"0,\d+", row["fill_rate"])
    shown = rows_in(taken_csv(page, zones, tmp_path))
    assert float(row["fill_rate"].replace(",", ".")) == float(shown[0]["fill_rate"])
    assert visitor.open("?lang=en&as=table").get_by_role("button", name=re.compile("^CSV Excel")).count() == 0


def taken_csv(page: Any, group: Any, folder: Path) -> Path:
    with page.expect_download() as started:
        group.get_by_role("button", name=re.compile(r"^CSV\s*:")).click()
    file = folder / "plain.csv"
    started.value.save_as(file)
    return file
