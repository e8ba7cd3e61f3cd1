"""The API as a program meets it: what it answers is what DuckDB says of the lake, and wrong questions are told so."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import TypeAdapter
from tests.dashboard.conftest import Client, Served

from velib_insights.adapters.duckdb_engine import DuckDbEngine
from velib_insights.adapters.formats import rows_of
from velib_insights.adapters.lake import Lake
from velib_insights.core.catalogue.views import kpi_views
from velib_insights.dashboard import schemas
from velib_insights.steps.kpi import kpi
from velib_insights.steps.site.kpi import forms_of

VIEWS = [view.name for view in kpi_views()]


def shaped(shape: Any, value: Any) -> Any:
    """The value, which has exactly the shape that the API's description gives it."""
    TypeAdapter(shape).validate_python(value, strict=True)
    return value


def rows(engine: DuckDbEngine, sql: str) -> list[dict[str, Any]]:
    return engine.query(sql).to_pylist()


def test_the_latest_status_is_that_of_the_latest_observed_tick(client: Client, engine: DuckDbEngine) -> None:
    told = shaped(schemas.Latest, client.get("/api/latest").json())
    now = engine.view("kpi_taux_remplissage").to_pylist()
    assert told["total"] == len(told["stations"]) == len(now) == 12
    by_code = {station["code"]: station for station in told["stations"]}
    for row in now:
        station = by_code[row["station_code"]]
        assert told["epoch"] == int(row["snapshot_at"].timestamp())
        for name in (
            "bikes",
            "mechanical",
            "ebikes",
            "docks",
            "capacity",
            "zone_code",
            "zone_name",
            "lat",
            "lon",
        ):
            assert station[name] == row[name], name


def test_pages_of_stations_are_the_whole(client: Client) -> None:
    whole = client.get("/api/latest").json()["stations"]
    pages = [client.get(f"/api/latest?limit=5&offset={offset}").json() for offset in (0, 5, 10, 15)]
    assert [len(page["stations"]) for page in pages] == [5, 5, 2, 0]
    assert [station for page in pages for station in page["stations"]] == whole
    assert {page["total"] for page in pages} == {12}


def test_a_zone_can_be_asked_for(client: Client) -> None:
    zone = client.get("/api/latest?limit=1").json()["stations"][0]["zone_code"]
    told = client.get(f"/api/latest?zone={zone}").json()
    assert told["total"] == len(told["stations"]) >= 1
    assert {station["zone_code"] for station in told["stations"]} == {zone}
    assert client.get("/api/latest?zone=nowhere").error()["class"] == "Missing"


def test_a_station_is_told_with_its_moment(client: Client) -> None:
    first = client.get("/api/latest?limit=1").json()
    told = shaped(schemas.StationNow, client.get(f"/api/stations/{first['stations'][0]['code']}").json())
    assert told == {"epoch": first["epoch"], **first["stations"][0]}
    answered = client.get("/api/stations/99999")
    assert answered.status == 404
    assert "api/latest" in answered.error()["hint"]


@pytest.mark.parametrize("days", [1, 2, 31])
def test_the_ticks_of_a_station_are_those_observed(client: Client, engine: DuckDbEngine, days: int) -> None:
    told = shaped(schemas.Ticks, client.get(f"/api/stations/1001/history?days={days}").json())
    since = client.get("/api/latest?limit=1").json()["epoch"] - days * 86_400
    seen = rows(
        engine,
        "SELECT snapshot_epoch, bikes, mechanical, ebikes, docks, is_operative FROM station_observations "
        f"WHERE station_code = '1001' AND snapshot_epoch > {since} ORDER BY snapshot_epoch",
    )
    assert len(seen) == min(days * 96, 120)
    names = ("epochs", "bikes", "mechanical", "ebikes", "docks", "operative")
    assert list(zip(*(told[name] for name in names), strict=True)) == [tuple(row.values()) for row in seen]


def test_the_hours_of_a_station_are_the_closed_ones(client: Client, engine: DuckDbEngine) -> None:
    told = shaped(schemas.Hours, client.get("/api/stations/1001/history?days=31&resolution=hour").json())
    epochs = told["epochs"]
    assert epochs == list(range(epochs[0], epochs[-1] + 1, 3600))
    assert epochs[-1] + 3600 <= client.get("/api/latest?limit=1").json()["epoch"]
    for place in (0, len(epochs) // 2, -1):
        seen = rows(
            engine,
            "SELECT avg(bikes) AS bikes FROM station_observations WHERE station_code = '1001' "
            f"AND snapshot_epoch >= {epochs[place]} AND snapshot_epoch < {epochs[place] + 3600}",
        )
        assert told["bikes"][place] == pytest.approx(seen[0]["bikes"], abs=0.06)


@pytest.mark.parametrize("name", VIEWS)
def test_a_kpi_says_as_of_when_it_is_in_every_format(client: Client, name: str) -> None:
    told = client.get(f"/api/kpi/{name}").json()
    at = datetime.fromtimestamp(told["as_of_epoch"], UTC)
    listed = {each["name"]: each["as_of_epoch"] for each in client.get("/api/kpi").json()}
    assert listed[name] == told["as_of_epoch"]
    for form in ("json", "csv", "parquet"):
        answered = client.get(f"/api/kpi/{name}?format={form}")
        assert answered.headers["x-as-of"] == f"{at:%Y-%m-%dT%H:%M:%SZ}"
        if form != "json":
            assert f"{name}_{at:%Y%m%dT%H%MZ}.{form}" in answered.headers["content-disposition"]


@pytest.mark.parametrize("name", ["kpi_outage_episodes", "kpi_recovery_time"])
def test_outages_are_of_the_latest_tick_and_as_the_lake_says(
    client: Client, engine: DuckDbEngine, name: str
) -> None:
    told = client.get(f"/api/kpi/{name}").json()
    assert told["as_of_epoch"] == client.get("/api/health").json()["observed_epoch"]
    assert told["rows"] == rows_of(kpi(engine, name))


def test_the_kpi_are_listed_with_their_questions_and_files(client: Client) -> None:
    told = shaped(list[schemas.Kpi], client.get("/api/kpi").json())
    assert [each["name"] for each in told] == VIEWS
    for each in told:
        for path in each["files"].values():
            assert client.get(f"/data/{path}").status == 200, path


AsItStood = Callable[[int], DuckDbEngine]


@pytest.fixture(scope="module")
def as_it_stood(lived: Lake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AsItStood]:
    """DuckDB over the lake as it was when the hour of that instant closed: later hours are not there."""
    engines: dict[str, DuckDbEngine] = {}

    def until(epoch: int) -> DuckDbEngine:
        last = f"{datetime.fromtimestamp(epoch, UTC):date=%Y-%m-%d/hour=%H}"
        if last not in engines:
            folder = shutil.copytree(str(lived.root), tmp_path_factory.mktemp("stood") / "lake")
            for part in [
                *folder.glob("clean/*/*/*/part.parquet"),
                *folder.glob("quarantine/*/*/*/part.parquet"),
            ]:
                if "/".join(part.parts[-3:-1]) > last:
                    part.unlink()
            engines[last] = DuckDbEngine(Lake.open(str(folder)), "velib")
        return engines[last]

    yield until
    for opened in engines.values():
        opened.close()


@pytest.mark.parametrize("name", VIEWS)
def test_every_download_holds_the_rows_that_duckdb_gives(
    client: Client, as_it_stood: AsItStood, name: str
) -> None:
    view = next(view for view in kpi_views() if view.name == name)
    parquet = table_of(client.get(f"/data/kpi/{name}.parquet").body)
    listed = next(each for each in client.get("/api/kpi").json() if each["name"] == name)
    assert listed["rows"] == len(parquet)
    asked = kpi(as_it_stood(listed["as_of_epoch"]), name)
    assert parquet.equals(asked.cast(parquet.schema)), "row by row, column by column"
    assert parquet.column_names == [column.name for column in view.columns]
    told = rows_of(parquet)
    assert client.get(f"/data/kpi/{name}.json").json() == told
    assert from_csv(client.get(f"/data/kpi/{name}.csv").text, told) == told
    for form in forms_of(view):
        answered = client.get(f"/api/kpi/{name}?format={form}")
        assert answered.headers["x-total-count"] == str(len(told))
        if form == "json":
            assert shaped(schemas.KpiRows, answered.json())["rows"] == told
        elif form == "csv":
            assert from_csv(answered.text, told) == told
        elif form == "parquet":
            assert table_of(answered.body).equals(parquet)
        else:
            features = answered.json()["features"]
            assert answered.json() == client.get(f"/data/kpi/{name}.geojson").json()
            for feature, row in zip(features, told, strict=True):
                lon, lat = feature["geometry"]["coordinates"]
                assert {**feature["properties"], "lat": lat, "lon": lon} == row


def table_of(body: bytes) -> pa.Table:
    return pq.read_table(io.BytesIO(body))


def from_csv(text: str, like: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Cells read back as what stands in the rows that the file should hold."""

    def cell(written: str, meant: Any) -> Any:
        if written == "" and meant is None:
            return None
        if isinstance(meant, bool):
            return {"true": True, "false": False}[written]
        return type(meant)(written)

    read = list(csv.DictReader(io.StringIO(text)))
    assert len(read) == len(like)
    return [
        {name: cell(written[name], meant) for name, meant in row.items()}
        for written, row in zip(read, like, strict=True)
    ]


def test_pages_of_a_kpi_are_the_whole_and_say_how_many_there_are(client: Client) -> None:
    whole = client.get("/api/kpi/taux_remplissage").json()
    assert whole["total"] == len(whole["rows"]) == 12
    part = client.get("/api/kpi/kpi_taux_remplissage?limit=4&offset=6")
    assert part.json()["rows"] == whole["rows"][6:10]
    text = client.get("/api/kpi/taux_remplissage?format=csv&limit=4&offset=6")
    assert len(text.text.splitlines()) == 5
    assert text.headers["x-total-count"] == "12"


def test_the_days_say_how_much_of_them_was_seen(client: Client, engine: DuckDbEngine) -> None:
    told = shaped(list[schemas.Day], client.get("/api/days").json())
    seen = rows(
        engine, "SELECT local_date, count(*) AS ticks FROM ticks GROUP BY local_date ORDER BY local_date"
    )
    assert [(day["date"], day["ticks"]) for day in told] == [
        (row["local_date"].isoformat(), row["ticks"]) for row in seen
    ]


def test_the_replay_of_a_day_adds_up_to_what_was_observed(client: Client, engine: DuckDbEngine) -> None:
    day = client.get("/api/days").json()[1]["date"]
    told = shaped(schemas.Replay, client.get(f"/api/days/{day}").json())
    seen = {
        (row["snapshot_epoch"], row["station_code"]): row["bikes"]
        for row in rows(
            engine,
            "SELECT snapshot_epoch, station_code, bikes FROM station_observations "
            f"WHERE local_date = DATE '{day}'",
        )
    }
    counts = [0] * len(told["code"])
    replayed = {}
    for epoch, changes in zip(told["epochs"], told["bikes"], strict=True):
        if changes is None:
            continue
        for place, change in enumerate(changes):
            if change is not None:
                counts[place] += change
                replayed[epoch, told["code"][place]] = counts[place]
    assert replayed == seen


def test_the_report_of_a_day_is_data_and_a_document(client: Client) -> None:
    day = client.get("/api/days").json()[1]["date"]
    told = client.get(f"/api/insights/{day}").json()
    assert (told["date"], set(told["sentences"])) == (day, {"en", "fr"})
    document = client.get(f"/api/insights/{day}?format=html&lang=fr")
    assert document.headers["content-type"] == "text/html; charset=utf-8"
    assert '<html lang="fr">' in document.text
    listed = shaped(list[schemas.ReportLine], client.get("/api/insights").json())
    line = next(line for line in listed if line["date"] == day)
    assert line["is_made"]
    assert line["outage_minutes"] == told["network"]["outage_minutes"]


def test_health_tells_how_fresh_the_data_is(client: Client, served: Served) -> None:
    told = shaped(schemas.Health, client.get("/api/health").json())
    assert told["status"] == "ok"
    assert told["how"] == "imported"
    assert told["observed_epoch"] == served.site.moment.observed_epoch
    assert client.get("/api/health").headers["cache-control"] == "no-store"


def test_a_select_is_answered_in_columns_and_rows(client: Client, engine: DuckDbEngine) -> None:
    sql = "SELECT station_code, bikes, is_operative FROM station_observations ORDER BY snapshot_epoch DESC, 1 LIMIT 7"
    told = shaped(schemas.QueryResult, client.query(sql).json())
    assert told["columns"] == ["station_code", "bikes", "is_operative"]
    assert told["rows"] == [list(row.values()) for row in rows(engine, sql)]
    assert told["truncated"] is False


def test_the_description_names_every_address_and_what_it_answers(client: Client) -> None:
    told = client.get("/api/openapi.json").json()
    assert told["openapi"].startswith("3.")
    for path in (
        "latest",
        "stations/{code}",
        "stations/{code}/history",
        "kpi",
        "kpi/{name}",
        "days",
        "days/{day}",
    ):
        assert f"/api/{path}" in told["paths"]
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], path
            assert {"200", "400", "404", "503"} <= set(operation["responses"]), (method, path)
    text = client.get("/api/docs").text
    assert all(path in text for path in told["paths"])
    assert "<script" not in text


def test_without_javascript_everything_can_still_be_taken(client: Client) -> None:
    listed = client.get("/data/kpi/")
    assert listed.headers["content-type"] == "text/html; charset=utf-8"
    links = re.findall(r'href="([^"]+)"', listed.text)
    assert {link.partition(".")[0] for link in links} == set(VIEWS)
    assert all(client.get(f"/data/kpi/{link}").status == 200 for link in links)


TAGGED = [
    "/",
    "/assets/index-1a2b.js",
    "/api/latest",
    "/api/stations/1001/history?days=2",
    "/api/kpi/shortage",
    "/api/kpi/shortage?format=csv",
    "/api/days",
    "/api/docs",
    "/api/openapi.json",
    "/data/index.json",
    "/data/now.json",
    "/data/kpi/kpi_shortage.parquet",
]


@pytest.mark.parametrize("target", TAGGED)
def test_what_has_not_changed_is_not_sent_twice(client: Client, target: str) -> None:
    first = client.get(target)
    assert first.status == 200
    tag = first.headers["etag"]
    again = client.get(target, If_None_Match=tag)
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
    assert client.get(target, If_None_Match='W/"other"').status == 200
    assert client.get(target, If_None_Match=f'W/"other", {tag}').status == 304
    immutable = "immutable" in first.headers["cache-control"]
    assert immutable is target.startswith("/assets/")
    assert immutable or first.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("target", TAGGED)
def test_head_says_what_get_says_without_a_body(client: Client, target: str) -> None:
    got, asked = client.get(target), client.ask(target, "HEAD")
    assert (asked.status, asked.body) == (200, b"")
    for name in ("etag", "content-type", "cache-control", "content-length"):
        assert asked.headers[name] == got.headers[name], name


@pytest.mark.parametrize("target", ["/data/now.json", "/api/latest", "/assets/index-1a2b.js"])
def test_gzip_is_sent_to_those_who_take_it(client: Client, target: str) -> None:
    plain = client.get(target)
    assert "content-encoding" not in plain.headers
    packed = client.get(target, Accept_Encoding="br;q=1.0, gzip;q=0.8")
    assert packed.headers["content-encoding"] == "gzip"
    assert len(packed.body) < len(plain.body)
    assert packed.text == plain.text
    assert packed.headers["vary"] == "Accept-Encoding"
    assert "content-encoding" not in client.get(target, Accept_Encoding="gzip;q=0").headers


def test_parquet_is_not_packed_again(client: Client) -> None:
    packed = client.get("/data/kpi/kpi_shortage.parquet", Accept_Encoding="gzip")
    assert "content-encoding" not in packed.headers


WRONG = [
    ("/api/latest?limit=0", 400, "limit"),
    ("/api/latest?limit=10001", 400, "limit"),
    ("/api/latest?limit=many", 400, "limit"),
    ("/api/latest?offset=-1", 400, "offset"),
    ("/api/stations/1001/history?days=0", 400, "days"),
    ("/api/stations/1001/history?days=32", 400, "days"),
    ("/api/stations/1001/history?resolution=year", 400, "resolution"),
    ("/api/stations/99999/history", 404, "99999"),
    ("/api/kpi/nothing", 404, "nothing"),
    ("/api/kpi/shortage?format=xlsx", 400, "format"),
    ("/api/kpi/network_headline?format=geojson", 404, "no positions"),
    ("/api/days/yesterday", 400, "day"),
    ("/api/days/2026-13-01", 400, "day"),
    ("/api/days/2020-01-01", 404, "2020-01-01"),
    ("/api/insights/2020-01-01", 404, "2020-01-01"),
    ("/api/insights/2026-11-23?lang=de", 400, "lang"),
    ("/api/nothing", 404, "/api/nothing"),
    ("/data/nothing.json", 404, "nothing.json"),
    ("/nothing", 404, "/nothing"),
]


@pytest.mark.parametrize(("target", "status", "word"), WRONG)
def test_a_wrong_question_is_told_what_is_wrong_with_it(
    client: Client, target: str, status: int, word: str
) -> None:
    answered = client.get(target)
    assert answered.status == status
    error = answered.error()
    assert word in error["message"]
    assert error["hint"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("target", ["/api/latest", "/data/now.json", "/"])
def test_nothing_can_be_written(client: Client, method: str, target: str) -> None:
    answered = client.ask(target, method, b"{}")
    assert answered.status == 405
    assert answered.error()["class"] == "MethodNotAllowed"


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"", "body"),
        (b"{", "JSON"),
        (b"[]", "body"),
        (b'{"sql": ""}', "sql"),
        (b'{"sql": 1}', "sql"),
        (b"{}", "sql"),
    ],
)
def test_a_question_that_is_no_question_is_refused(client: Client, body: bytes, word: str) -> None:
    answered = client.ask("/api/query", "POST", body, {"Content-Type": "application/json"})
    assert answered.status == 400
    assert word.lower() in json.dumps(answered.error()).lower()
