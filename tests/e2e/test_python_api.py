"""`import velib_insights`: a notebook gets what the commands say, typed, and reads only the files it needs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from xml.etree import ElementTree

import pyarrow as pa
import pytest
from tests.e2e.conftest import Velib, environment

import velib_insights as velib
from velib_insights.core.catalogue.views import kpi_views
from velib_insights.simulator.server import SimulatorServer


@pytest.fixture
def lake(filled: Path) -> Iterator[velib.Lake]:
    with velib.open_lake(str(filled)) as opened:
        yield opened


def rows(table: pa.Table) -> list[dict[str, object]]:
    """As the commands write them in JSON."""
    from velib_insights.adapters.formats import encode

    listed: list[dict[str, object]] = json.loads(encode(table, "json"))
    return listed


@pytest.mark.parametrize("name", [view.name for view in kpi_views()])
def test_every_kpi_is_that_of_the_command(
    velib_here: Velib, filled: Path, lake: velib.Lake, name: str
) -> None:
    said = velib_here("kpi", name, "--lake", filled, "--json")
    assert said.code == 0, said
    assert rows(lake.kpi(name)) == said.json()
    assert lake.kpi(name.removeprefix("kpi_")).equals(lake.kpi(name))


def test_a_query_and_a_report_are_those_of_the_commands(
    velib_here: Velib, filled: Path, lake: velib.Lake
) -> None:
    sql = "SELECT station_code, count(*) AS seen FROM source_velib GROUP BY 1 ORDER BY 1"
    assert rows(lake.query(sql)) == velib_here("query", sql, "--lake", filled, "--json").json()
    for language in ("en", "fr"):
        told = velib_here("insights", "--lake", filled, "--lang", language, "--format", "html").out
        assert lake.insights(language=language).html() == told
    report = lake.insights()
    assert report.sentences == report.facts.sentences["en"]
    assert str(report) in repr(report)
    assert report.zones()["unusable_share"].type == pa.float64()
    assert len(report.moments()) == len(report.facts.moments)
    with pytest.raises(velib.SettingsError, match="language 'de'"):
        lake.insights(language="de")  # type: ignore[arg-type]


def test_a_table_is_cut_to_days_stations_zones_and_columns(lake: velib.Lake) -> None:
    whole = lake.table()
    assert whole.column_names == lake.query("SELECT * FROM source_velib LIMIT 0").column_names
    assert len(whole) == len(lake.query("SELECT 1 FROM source_velib"))
    assert whole["snapshot_at"].to_pylist() == sorted(whole["snapshot_at"].to_pylist())
    code = whole["station_code"][0].as_py()
    zone = whole["zone_code"][0].as_py()
    one = lake.table(stations=[code], columns=["snapshot_at", "bikes"])
    assert one.column_names == ["snapshot_at", "bikes"]
    asked = f"SELECT snapshot_at, bikes FROM source_velib WHERE station_code = '{code}' ORDER BY 1"
    assert one.equals(lake.query(asked))
    assert lake.table(stations=code).equals(lake.table(stations=[code]))
    assert set(lake.table(zones=[zone])["zone_code"].to_pylist()) == {zone}
    assert len(lake.table(stations=[])) == len(lake.table(stations=["none's"])) == 0
    first, last = whole["snapshot_at"][0].as_py(), whole["snapshot_at"][-1].as_py()
    assert set(lake.table(since=last)["snapshot_at"].to_pylist()) == {last}
    assert set(lake.table(until=first)["snapshot_at"].to_pylist()) == {first}
    local = whole["local_date"].to_pylist()
    assert len(lake.table(since=local[0], until=local[0])) == local.count(local[0])
    assert len(lake.table(since="2020", until="2021")) == 0


def test_ticks_of_a_span_are_judged_as_in_the_whole_lake(lake: velib.Lake) -> None:
    judged = lake.ticks()
    assert judged.equals(lake.table("observed_ticks"))
    at = judged["snapshot_at"].to_pylist()
    middle = at[len(at) // 2]
    columns = ["snapshot_at", "outcome", "is_frozen", "is_partial", "is_observed"]
    late = lake.ticks(since=middle).select(columns)
    assert late.equals(judged.select(columns).slice(len(judged) - len(late)))
    held = lake.table("station_observations", until=middle, columns=["station_code", "snapshot_at", "hold_s"])
    asked = lake.query(
        "SELECT station_code, snapshot_at, hold_s FROM station_observations "
        f"WHERE snapshot_at <= TIMESTAMPTZ '{middle:%Y-%m-%d %H:%M:%S}+00' ORDER BY snapshot_at, station_code"
    )
    assert held.equals(asked)


def test_only_the_files_of_the_span_are_opened(filled: Path, tmp_path: Path) -> None:
    copy = tmp_path / "lake"
    shutil.copytree(filled, copy)
    files = sorted(copy.glob("clean/source=velib/date=*/hour=*/part.parquet"))
    for file in files[1:]:
        file.write_bytes(b"not Parquet")
    with velib.open_lake(str(copy)) as lake:
        hour = files[0].parent.name.removeprefix("hour=")
        day = files[0].parent.parent.name.removeprefix("date=")
        first = datetime.fromisoformat(f"{day}T{hour}:00+00:00")
        if len(files) > 3:  # an observation may hold for two hours after the span
            for file in files[1:3]:
                file.write_bytes((filled / file.relative_to(copy)).read_bytes())
        assert len(lake.table(since=first, until=first)) > 0
        with pytest.raises(velib.LakeError, match="cannot be read"):
            lake.table()


def test_a_notebook_shows_network_span_and_coverage(lake: velib.Lake, filled: Path, tmp_path: Path) -> None:
    shown = repr(lake)
    health = lake.health().to_pydict()
    assert "Vélib' Métropole" in shown
    assert f"{sum(health['ticks_observed'])} of {sum(health['ticks_expected'])} expected ticks" in shown
    assert lake.as_of is not None
    assert "<th>Coverage</th>" in lake._repr_html_()
    assert lake.network.timezone == "Europe/Paris"
    assert lake.kpis()["name"].to_pylist() == [view.name for view in kpi_views()]
    stations = lake.stations()
    assert stations["station_code"].to_pylist() == sorted(stations["station_code"].to_pylist())
    (tmp_path / "empty").mkdir()
    empty = velib.open_lake(str(tmp_path / "empty"))
    assert "no cleaned data yet" in repr(empty)
    assert empty.as_of is None


@pytest.mark.parametrize(
    ("ask", "error", "words"),
    [
        (lambda lake: lake.kpi("shortag"), velib.QueryError, "Did you mean kpi_shortage"),
        (lambda lake: lake.table("kpi_shortage"), velib.QueryError, "not a table of ticks"),
        (lambda lake: lake.table("stations"), velib.QueryError, "There are: source_velib"),
        (lambda lake: lake.table(columns=["bike"]), velib.QueryError, "has no column 'bike'"),
        (lambda lake: lake.table(columns=[]), velib.SettingsError, "columns is empty"),
        (lambda lake: lake.table("ticks", stations=["1"]), velib.SettingsError, "has no station_code"),
        (lambda lake: lake.table(stations=[16107]), velib.SettingsError, "Codes are texts"),
        (lambda lake: lake.table(since="soon"), velib.SettingsError, "not a date or an instant"),
        (lambda lake: lake.query("DROP TABLE ticks"), velib.QueryError, "only one SELECT"),
        (lambda lake: lake.insights("2019-01-01"), velib.NothingThere, ""),
        (lambda lake: lake.insights("soon"), velib.SettingsError, "'soon'"),
        (lambda _: velib.open_lake("nowhere"), velib.LakeError, "there is no lake"),
        (lambda _: velib.open_lake(memroy=3), velib.SettingsError, "no setting 'memroy'"),
        (lambda _: velib.open_lake(memory=1), velib.SettingsError, "outside 64"),
    ],
)
def test_errors_are_those_of_the_tree(
    lake: velib.Lake, ask: Callable[[velib.Lake], object], error: type[velib.VelibError], words: str
) -> None:
    with pytest.raises(error) as raised:
        ask(lake)
    assert words in str(raised.value)


def test_importing_it_brings_no_engine(tmp_path: Path) -> None:
    code = (
        "import sys, velib_insights as velib; velib.open_lake; "
        "heavy = {'duckdb', 'pyarrow', 'rich', 'fastapi', 'velib_insights.cli'}; print(heavy & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment(), cwd=tmp_path
    )
    assert done.stdout.strip() == "set()", done
    assert set(velib.__all__) <= set(dir(velib))
    with pytest.raises(AttributeError):
        _ = velib.nothing  # type: ignore[attr-defined]


def test_the_lake_is_that_of_the_settings(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VELIB_LAKE", os.fspath(filled))
    assert len(velib.open_lake().kpi("shortage")) == len(velib.open_lake(str(filled)).kpi("shortage"))


def test_dates_are_the_citys(lake: velib.Lake) -> None:
    at = lake.table(columns=["snapshot_at", "local_date"]).to_pylist()[0]
    day: date = at["local_date"]
    assert lake.table(since=day)["snapshot_at"][0].as_py() == at["snapshot_at"]
    assert at["snapshot_at"].tzinfo is not None
    assert at["snapshot_at"].astimezone(UTC) == at["snapshot_at"]


def test_recordings_are_imported_as_by_the_command(velib_here: Velib, filled: Path, tmp_path: Path) -> None:
    recorded = filled.parent / "recorded"
    (tmp_path / "strange.json").write_text('{"hello": "world"}', "utf-8")
    with velib.open_lake(str(tmp_path / "lake"), create=True, workers=1) as lake:
        dry = {row["what"]: row["files"] for row in lake.import_(recorded, dry_run=True).to_pylist()}
        assert dry == {"found": len(list(recorded.iterdir()))}
        assert not (tmp_path / "lake" / "raw").exists()
        done = lake.import_(recorded)
        assert [(row["what"], row["files"]) for row in done.to_pylist()] == [
            ("stored", len(list(recorded.iterdir()))),
            ("already_there", 0),
        ]
        rows_in = "SELECT snapshot_at, station_code, bikes FROM source_velib ORDER BY ALL"
        with velib.open_lake(str(filled)) as same:
            assert lake.query(rows_in).equals(same.query(rows_in))
        with pytest.raises(velib.ImportIncomplete, match=r"strange\.json"):
            lake.import_(recorded, tmp_path / "strange.json")
        again = lake.import_(recorded, tmp_path / "strange.json", skip_unknown=True).to_pylist()
        assert again[1] == {"what": "already_there", "files": dry["found"], "examples": []}
        assert again[2]["what"] == "unknown_json"


def test_stations_are_shown_on_a_map_without_a_library(lake: velib.Lake, tmp_path: Path) -> None:
    stations = lake.kpi("taux_remplissage")
    shown = velib.explore(stations, by="fill_rate")
    drawn = ElementTree.fromstring(shown.svg)  # noqa: S314 - our own
    dots = drawn.findall("{*}circle")
    placed = [row for row in stations.to_pylist() if row["lat"] is not None]
    assert len(dots) == len(placed) > 0
    titles = [dot.find("{*}title").text or "" for dot in dots]  # type: ignore[union-attr]
    assert titles[0].startswith(f"{placed[0]['name']}, {placed[0]['station_code']}")
    assert shown.svg in shown._repr_html_()
    shown.save(tmp_path / "map.svg")
    assert (tmp_path / "map.svg").read_text("utf-8") == shown.svg
    north = max(range(len(placed)), key=lambda i: placed[i]["lat"])
    assert float(dots[north].attrib["cy"]) == min(float(dot.attrib["cy"]) for dot in dots)
    assert "0 stations" not in velib.explore(stations.slice(0, 0)).svg
    with pytest.raises(velib.SettingsError, match="nothing to place"):
        velib.explore(lake.kpi("feed_health"))
    with pytest.raises(velib.SettingsError, match="no column 'bicycles'"):
        velib.explore(stations, by="bicycles")


def test_a_tick_is_collected_as_by_the_command(tmp_path: Path) -> None:
    with (
        SimulatorServer() as feed,
        velib.open_lake(str(tmp_path / "lake"), create=True, feed=feed.gbfs_url, attempts=1) as lake,
    ):
        (first,) = lake.run().to_pylist()
        assert (first["outcome"], first["already_there"]) == ("ok", False)
        assert first["rows_kept"] == first["stations"] > 1_400
        assert first["published"] > 0
        assert lake.as_of == first["tick"]
        (again,) = lake.run(publish=False).to_pylist()
        if again["tick"] == first["tick"]:  # unless a quarter of an hour began in between
            assert (again["already_there"], again["published"]) == (True, 0)
    with (
        velib.open_lake(str(tmp_path / "none"), create=True, feed=feed.gbfs_url, attempts=1) as lake,
        pytest.raises(velib.FeedUnavailable),
    ):
        lake.run()
