"""`velib import` of tables: CSV and Parquet give the lake that the responses behind them give."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.core.bodies import as_body, ods_row
from tests.e2e.conftest import Velib, one_message
from tests.e2e.feeds.test_import import asked

START = datetime(2026, 3, 2, 8, 0, 2, tzinfo=UTC)
TICKS, STATIONS = 12, 15
COLUMNS = "station_code, name, lat, lon, capacity, bikes, docks, is_installed, is_renting, is_returning"
ROWS = f"SELECT snapshot_at, {COLUMNS} FROM source_velib ORDER BY snapshot_at, station_code"
Row = dict[str, Any]


def observed() -> list[Row]:
    """A row a station and time, as an archive keeps them."""
    return [
        {
            "timestamp": START + timedelta(minutes=15 * n),
            "stationcode": str(16_101 + i),
            "name": f"Gare; n° {i}, « été »",
            "capacity": 30,
            "numbikesavailable": (n + i) % 20,
            "numdocksavailable": 30 - (n + i) % 20,
            "is_installed": True,
            "is_renting": i != 3,
            "is_returning": True,
            "latitude": 48.86 + i / 1000,
            "longitude": 2.35,
        }
        for n in range(TICKS)
        for i in range(STATIONS)
    ]


def straight(velib: Velib, folder: Path) -> Any:
    """What the responses behind the rows give."""
    (folder / "responses").mkdir()
    by_time: dict[datetime, list[Row]] = {}
    for row in observed():
        by_time.setdefault(row["timestamp"], []).append(row)
    for at, rows in by_time.items():
        body = [
            ods_row(
                row["stationcode"],
                name=row["name"],
                capacity=row["capacity"],
                numbikesavailable=row["numbikesavailable"],
                numdocksavailable=row["numdocksavailable"],
                mechanical=None,
                ebike=None,
                duedate=None,
                is_renting="OUI" if row["is_renting"] else "NON",
                coordonnees_geo={"lat": row["latitude"], "lon": row["longitude"]},
            )
            for row in rows
        ]
        (folder / "responses" / f"{at:%Y-%m-%dT%H%M%SZ}.json").write_bytes(as_body(body))
    assert velib("import", folder / "responses", "--lake", folder / "straight").code == 0
    return asked(velib, folder / "straight", ROWS)


def written(
    rows: list[Row], delimiter: str = ",", at: Callable[[datetime], object] = datetime.isoformat
) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows({**row, "timestamp": at(row["timestamp"])} for row in rows)
    return text.getvalue()


def comma(path: Path) -> tuple[str, ...]:
    (path / "history.csv").write_text(written(observed()), "utf-8")
    return ()


def semicolon_latin(path: Path) -> tuple[str, ...]:
    """As an old spreadsheet writes it, compressed, with times on the clocks of the city."""
    local = written(observed(), ";", lambda at: f"{at + timedelta(hours=1):%Y-%m-%d %H:%M:%S}")
    (path / "history.csv.gz").write_bytes(gzip.compress(local.encode("latin-1")))
    return ("--name-timezone", "Europe/Paris")


def tabs_epochs_utf16(path: Path) -> tuple[str, ...]:
    text = written(observed(), "\t", lambda at: int(at.timestamp()) * 1000)
    (path / "history.tsv").write_bytes(text.encode("utf-16"))
    return ()


def booleans_in_french(path: Path) -> tuple[str, ...]:
    rows = [
        {key: ("OUI" if value else "NON") if isinstance(value, bool) else value for key, value in row.items()}
        for row in observed()
    ]
    (path / "a.csv").write_text(written(rows[: len(rows) // 2], "|"), "utf-8")
    (path / "b.csv").write_text(written(rows[len(rows) // 2 :], "|"), "utf-8")
    return ()


def parquet(path: Path) -> tuple[str, ...]:
    rows = observed()
    rows.reverse()
    pq.write_table(pa.Table.from_pylist(rows), path / "history.parquet")
    return ()


def parquet_of_other_names(path: Path) -> tuple[str, ...]:
    table = pa.Table.from_pylist(observed())
    names = {"timestamp": "horodatage", "numbikesavailable": "n1", "numdocksavailable": "n2"}
    pq.write_table(table.rename_columns([names.get(n, n) for n in table.column_names]), path / "x")
    return ("--columns", "at=horodatage,bikes=n1,docks=n2")


@pytest.mark.parametrize(
    "write",
    [comma, semicolon_latin, tabs_epochs_utf16, booleans_in_french, parquet, parquet_of_other_names],
    ids=lambda write: write.__name__,
)
def test_a_table_gives_the_lake_of_the_responses_behind_it(
    velib_here: Velib, tmp_path: Path, write: Callable[[Path], tuple[str, ...]]
) -> None:
    expected = straight(velib_here, tmp_path)
    assert len(expected) == TICKS * STATIONS
    place = tmp_path / "tables"
    place.mkdir()
    further = write(place)
    said = velib_here("import", place, "--lake", tmp_path / "lake", "--json", *further)
    assert said.code == 0, said
    assert said.json()["fetches"] == said.json()["stored"] == TICKS
    assert asked(velib_here, tmp_path / "lake", ROWS) == expected
    types = "SELECT count(mechanical) AS m, count(ebikes) AS e FROM source_velib"
    assert asked(velib_here, tmp_path / "lake", types) == [{"m": 0, "e": 0}]
    ledger = "SELECT DISTINCT dialect, outcome, how FROM ticks"
    assert asked(velib_here, tmp_path / "lake", ledger) == [
        {"dialect": "table", "outcome": "ok", "how": "imported"}
    ]
    again = velib_here("import", place, "--lake", tmp_path / "lake", "--json", *further).json()
    assert (again["stored"], again["already_there"]) == (0, TICKS)


def test_the_public_archive_by_its_name(velib_here: Velib, tmp_path: Path) -> None:
    rows = [
        {
            "city": city,
            "provider": "smovengo",
            "station_id": f"{city}-{i}",
            "name": f"Gare {i}",
            "short_name": str(16_101 + i),
            "longitude": 2.35,
            "latitude": 48.86,
            "capacity": 30,
            "num_bikes_available": (n + i) % 20,
            "num_bikes_disabled": 1,
            "num_docks_available": 30 - (n + i) % 20,
            "num_docks_disabled": None,
            "is_installed": True,
            "is_renting": True,
            "is_returning": True,
            "status": "OPEN",
            "committed_at_utc": datetime(2026, 3, 2, 8, 1) + timedelta(minutes=16 * n),  # noqa: DTZ001 - as the archive
            "git_commit": "abc",
            "source_path": "x.json",
        }
        for city in ("paris", "lyon")
        for n in range(8)
        for i in range(STATIONS)
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "2026-03.parquet")
    form = ("--format", "bike-sharing-history", "--lake", tmp_path / "lake")
    one_message(
        velib_here("import", tmp_path / "2026-03.parquet", *form),
        2,
        "several networks",
        "city=paris",
        "--only",
    )
    said = velib_here("import", tmp_path / "2026-03.parquet", *form, "--only", "city=paris", "--json").json()
    assert (said["fetches"], said["outcomes"]) == (8, {"ok": 8})
    assert said["first_fetch"] == "2026-03-02T08:01:00Z"
    assert said["tables"]["2026-03.parquet"]["at"] == "committed_at_utc"
    rows_of = "SELECT station_id, station_code, bikes, bikes_disabled, docks_disabled FROM source_velib"
    first = f"{rows_of} ORDER BY 1, snapshot_at LIMIT 1"
    assert asked(velib_here, tmp_path / "lake", first) == [
        {
            "station_id": "paris-0",
            "station_code": "16101",
            "bikes": 0,
            "bikes_disabled": 1,
            "docks_disabled": None,
        }
    ]


def test_a_wide_table_has_a_column_a_station(velib_here: Velib, tmp_path: Path) -> None:
    header = ["time", *[str(16_101 + i) for i in range(6)]]
    lines = [",".join(header)]
    for n in range(4):
        at = START + timedelta(minutes=15 * n)
        lines.append(",".join([at.isoformat(), *["" if (n, i) == (2, 3) else str(n + i) for i in range(6)]]))
    (tmp_path / "wide.csv").write_text("\n".join(lines), "utf-8")
    said = velib_here(
        "import", tmp_path / "wide.csv", "--wide", "bikes", "--lake", tmp_path / "lake", "--json"
    )
    assert said.code == 0, said
    found = asked(
        velib_here,
        tmp_path / "lake",
        "SELECT station_code, bikes, docks FROM source_velib ORDER BY snapshot_at, 1",
    )
    assert [row["bikes"] for row in found] == [
        None if (n, i) == (2, 3) else n + i for n in range(4) for i in range(6)
    ]
    assert {row["docks"] for row in found} == {None}


def test_values_of_another_type_are_judged_as_those_of_a_feed(velib_here: Velib, tmp_path: Path) -> None:
    rows = observed()[:STATIONS]
    rows[0]["numbikesavailable"] = "many"
    rows[1]["numbikesavailable"] = -1
    rows[2]["capacity"] = "12.5"
    rows[3]["numbikesavailable"] = "4.0"
    rows[4]["stationcode"] = ""
    rows[5]["numbikesavailable"] = "NaN"
    rows[6]["stationcode"] = rows[7]["stationcode"]
    text = (
        written(rows)
        + written(rows[:1]).splitlines()[1].replace(rows[0]["timestamp"].isoformat(), "soon")
        + "\n"
    )
    (tmp_path / "odd.csv").write_text(text, "utf-8")
    said = velib_here("import", tmp_path / "odd.csv", "--lake", tmp_path / "lake", "--json")
    assert said.code == 8  # one row has no time
    assert said.error()["message"].count("1 rows") == 1
    refused = asked(
        velib_here, tmp_path / "lake", "SELECT rule, count(*) AS n FROM quarantine GROUP BY 1 ORDER BY 1"
    )
    assert {row["rule"]: row["n"] for row in refused} == {
        "count_out_of_range": 1,
        "field_type": 1,
        "station_duplicate": 1,
        "station_id_missing": 1,
    }
    kept = asked(
        velib_here, tmp_path / "lake", "SELECT station_code, bikes, capacity FROM source_velib ORDER BY 1"
    )
    assert len(kept) == STATIONS - 4
    by_code = {row["station_code"]: row for row in kept}
    assert by_code["16103"]["capacity"] is None
    assert by_code["16104"]["bikes"] == 4
    assert by_code["16106"]["bikes"] is None


def test_a_table_of_unknown_columns_is_said_and_its_columns_can_be_given(
    velib_here: Velib, tmp_path: Path
) -> None:
    (tmp_path / "x.csv").write_text("wann,wo,wieviel\n2026-03-02T08:00:00Z,1,3\n", "utf-8")
    (tmp_path / "responses").mkdir()
    straight(velib_here, tmp_path / "responses")
    said = velib_here(
        "import", tmp_path / "x.csv", tmp_path / "responses" / "responses", "--lake", tmp_path / "lake"
    )
    assert said.code == 8
    assert "columns wann, wo, wieviel" in said.err
    assert "--columns" in said.err
    wrong = velib_here("import", tmp_path / "x.csv", "--columns", "bikes=wieviele")
    one_message(wrong, 2, "the table has no column 'wieviele'", "wann, wo, wieviel")
    one_message(
        velib_here("import", tmp_path / "x.csv", "--columns", "velos=wo"), 2, "no column 'velos' to fill"
    )
    good = ("--columns", "at=wann,station_id=wo,bikes=wieviel", "--lake", tmp_path / "table")
    assert velib_here("import", tmp_path / "x.csv", *good).code == 0
    assert asked(velib_here, tmp_path / "table", "SELECT station_id, bikes FROM source_velib") == [
        {"station_id": "1", "bikes": 3}
    ]


def test_times_without_an_offset_are_asked_for_their_zone(velib_here: Velib, tmp_path: Path) -> None:
    text = written(observed(), ",", lambda at: f"{at:%Y-%m-%d %H:%M:%S}")
    (tmp_path / "history.csv").write_text(text, "utf-8")
    said = velib_here("import", tmp_path / "history.csv", "--lake", tmp_path / "lake")
    one_message(said, 2, "history.csv", "not in which time zone", "--name-timezone")
