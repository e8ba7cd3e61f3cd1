"""The recorded real feeds through the whole pipeline, with the figures that the bodies themselves give."""

from __future__ import annotations

import gzip
import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.conftest import velib_in
from tests.steps.feeds import objects

from velib_insights.adapters.duckdb_engine import DuckDbEngine
from velib_insights.adapters.lake import Lake

pytestmark = pytest.mark.recordings

COUNTS = {
    "bikes": "numbikesavailable",
    "mechanical": "mechanical",
    "ebikes": "ebike",
    "docks": "numdocksavailable",
}
DAY, FREEZE, FAULTS = "ods_exports_2024-11-05", "ods_exports_2024-11-02_freeze", "ods_faults"


class Imported:
    """A recording and the lake that its import made; asked once for many tests."""

    def __init__(self, folder: Path, place: Path) -> None:
        self.folder = folder
        self.lake_path = place / folder.name
        self.said = velib_in(place)("import", folder, "--lake", self.lake_path, "--json")
        self.lake = Lake.open(str(self.lake_path))
        self.engine = DuckDbEngine(self.lake, "velib")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row.values()) for row in self.engine.query(sql).to_pylist()]

    def one(self, sql: str) -> tuple[Any, ...]:
        (row,) = self.rows(sql)
        return row

    def bodies(self) -> dict[str, list[dict[str, Any]]]:
        """The rows of each body by the minute of its tick, straight from the recording."""
        found = {}
        for path in sorted(self.folder.iterdir()):
            minute = int(path.name[13:15]) // 5 * 5
            rows: list[dict[str, Any]] = json.loads(gzip.decompress(path.read_bytes()))
            found[f"{path.name[:10]} {path.name[11:13]}:{minute:02d}"] = rows
        return found


@pytest.fixture(scope="session")
def imported(recordings: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Imported]:
    place = tmp_path_factory.mktemp("imported")
    faults = place / "recorded" / FAULTS
    shutil.copytree(recordings / FAULTS, faults)
    page = faults / "records_page_100_of_1500.json.gz"  # nothing in it says when it was fetched
    page.rename(faults / "2024-10-31T080001Z_page.json.gz")
    folders = (recordings / DAY, recordings / FREEZE, faults, recordings / "gbfs_2025-10-18")
    return {folder.name: Imported(folder, place) for folder in folders}


@pytest.mark.parametrize(
    ("name", "bodies", "cadence_min", "outcomes"),
    [
        (DAY, 111, 5, {"ok": 111}),
        (FREEZE, 122, 5, {"ok": 122}),
        (FAULTS, 9, None, {"unusable": 7, "unreadable": 1, "incomplete": 1}),
        ("gbfs_2025-10-18", 1, 15, {"ok": 1}),
    ],
)
def test_every_body_is_processed(
    imported: dict[str, Imported], name: str, bodies: int, cadence_min: float | None, outcomes: dict[str, int]
) -> None:
    said = imported[name].said
    assert said.code == 0
    answer = said.json()
    assert (answer["fetches"], answer["outcomes"]) == (bodies, outcomes)
    assert answer["found"] == answer["stored"]
    if cadence_min:
        assert [each["cadence_min"] for each in answer["cadences"]] == [cadence_min]


@pytest.mark.parametrize(
    ("name", "ticks", "rows_in", "kept", "refused"),
    [
        (DAY, 111, 164_835, 164_835, {}),
        (FREEZE, 122, 181_170, 181_170, {}),
        (FAULTS, 9, 10_448, 0, {"station_id_missing": 10_348, "body_incomplete": 100}),
        ("gbfs_2025-10-18", 1, 1_495, 1_495, {}),
    ],
)
def test_rows_in_are_rows_kept_and_rows_refused_by_rule(
    imported: dict[str, Imported], name: str, ticks: int, rows_in: int, kept: int, refused: dict[str, int]
) -> None:
    made = imported[name]
    assert made.one("SELECT count(*), sum(rows_in), sum(rows_kept), sum(rows_refused) FROM ticks") == (
        ticks,
        rows_in,
        kept,
        rows_in - kept,
    )
    assert made.one("SELECT count(*) FROM source_velib") == (kept,)
    assert dict(made.rows("SELECT rule, count(*) FROM quarantine GROUP BY 1")) == refused
    if refused:
        published = Counter[str]()
        for rule, count in made.rows("SELECT rule, refused FROM kpi_refused_rows"):
            published[rule] += count
        assert published == refused


def test_every_fault_is_named_in_the_ledger(imported: dict[str, Imported]) -> None:
    ledger = imported[FAULTS].rows("SELECT outcome, reason, rows_in FROM ticks ORDER BY snapshot_epoch")
    assert ledger[0] == ("incomplete", "100 rows of 1469 announced", 100)
    cut = "the body is cut short: it stops after 524,288 bytes inside a value"
    assert ("unreadable", cut, 0) in ledger
    shells = [row for row in ledger if row[0] == "unusable"]
    assert sorted(rows for _, _, rows in shells) == [1471, 1476, 1479, 1479, 1479, 1482, 1482]
    assert all("station_id_missing" in reason for _, reason, _ in shells)


@pytest.mark.parametrize("name", [DAY, FREEZE])
def test_no_count_differs_from_the_body_and_no_null_became_a_zero(
    imported: dict[str, Imported], name: str
) -> None:
    made = imported[name]
    columns = ", ".join(COUNTS)
    bodies = made.bodies()
    for at in list(bodies)[::10]:
        said = {row["stationcode"]: tuple(row[field] for field in COUNTS.values()) for row in bodies[at]}
        kept = made.rows(
            f"SELECT station_code, {columns} FROM source_velib WHERE snapshot_at = TIMESTAMPTZ '{at}:00+00'"
        )
        assert {code: tuple(counts) for code, *counts in kept} == said


def test_the_freeze_is_found_tick_by_tick_and_left_out_of_every_measure(
    imported: dict[str, Imported],
) -> None:
    """A repeat, straight from the bodies: the counts of all stations are those of a body before."""
    made = imported[FREEZE]
    seen, repeats = set(), []
    for at, rows in made.bodies().items():
        state = tuple(sorted((row["stationcode"], *(row[f] for f in COUNTS.values())) for row in rows))
        if state in seen:
            repeats.append(at)
        seen.add(state)
    minute = "strftime(snapshot_at, '%Y-%m-%d %H:%M')"
    frozen = [
        at
        for (at,) in made.rows(f"SELECT {minute} FROM observed_ticks WHERE is_frozen ORDER BY snapshot_epoch")
    ]
    assert frozen == repeats
    assert len(frozen) == 90
    assert made.one("SELECT count(*) FROM observed_ticks WHERE is_observed") == (32,)
    left = made.one(
        "SELECT count(*) FROM station_observations AS s INNER JOIN observed_ticks AS t"
        " ON s.snapshot_epoch = t.snapshot_epoch WHERE t.is_frozen"
    )
    assert left == (0,)
    assert made.one("SELECT count(DISTINCT snapshot_epoch), count(*) FROM station_observations") == (
        32,
        32 * 1485,
    )


def test_nothing_between_17_15_and_12_50_local_time_passes_for_an_observation_but_one_new_state(
    imported: dict[str, Imported],
) -> None:
    """Of 2 and 3 November 2024: all repeat what was seen at 14:15, until a state first seen at 11:50."""
    made = imported[FREEZE]
    ticks = made.rows(
        "SELECT strftime(snapshot_at, '%d %H:%M'), is_frozen, is_observed,"
        " strftime(to_timestamp(freeze_started_epoch), '%d %H:%M') FROM observed_ticks"
        " WHERE snapshot_at BETWEEN TIMESTAMPTZ '2024-11-02 16:15:00+00' AND TIMESTAMPTZ '2024-11-03 11:50:00+00'"
        " ORDER BY snapshot_epoch"
    )
    assert len(ticks) == 28
    assert [at for at, _, is_observed, _ in ticks if is_observed] == ["03 10:50"]
    assert Counter(started for _, is_frozen, _, started in ticks if is_frozen) == {
        "02 13:15": 15,
        "03 10:50": 12,
    }


def test_the_frozen_ticks_of_the_day_are_the_repeats_of_its_bodies(imported: dict[str, Imported]) -> None:
    made = imported[DAY]
    assert made.one(
        "SELECT count(*) FILTER (is_frozen), count(*) FILTER (is_observed) FROM observed_ticks"
    ) == (
        9,
        102,
    )


@pytest.mark.parametrize(
    ("name", "at", "naive", "operative"),
    [
        (DAY, "2024-11-05 07:55", 148, 98),
        (DAY, "2024-11-05 09:50", 141, 91),
        (DAY, "2024-11-05 14:15", 127, 77),
        (DAY, "2024-11-05 20:05", 96, 46),
        (FREEZE, "2024-11-02 10:40", 90, 42),
        (FREEZE, "2024-11-02 12:55", 96, 48),
        (FREEZE, "2024-11-03 14:30", 112, 64),
        (FREEZE, "2024-11-03 16:30", 109, 61),
        ("gbfs_2025-10-18", "2025-10-18 09:00", 59, 27),
    ],
)
def test_stations_short_counted_naively_and_operative(
    imported: dict[str, Imported], name: str, at: str, naive: int, operative: int
) -> None:
    assert imported[name].one(
        "SELECT count(*) FILTER (is_short_naive), count(*) FILTER (is_short) FROM station_observations"
        f" WHERE snapshot_at = TIMESTAMPTZ '{at}:00+00'"
    ) == (naive, operative)


def test_the_headline_agrees_with_the_bodies(imported: dict[str, Imported]) -> None:
    last = list(imported[DAY].bodies().values())[-1]
    headline = imported[DAY].one(
        "SELECT stations, operative_stations, short_stations, short_stations_naive FROM kpi_network_headline"
    )
    operative = [
        row for row in last if row["is_installed"] == row["is_renting"] == row["is_returning"] == "OUI"
    ]
    empty = [row for row in last if row["numbikesavailable"] == 0]
    assert headline == (
        len(last),
        len(operative),
        sum(row in operative for row in empty),
        len(empty),
    )


def test_all_20_arrondissements_and_the_communes_appear_by_name(imported: dict[str, Imported]) -> None:
    zones = imported[DAY].rows("SELECT zone_kind, zone_name FROM kpi_saturation_par_arrondissement")
    names = {name for kind, name in zones if kind == "arrondissement"}
    assert names == {"Paris 1er", *(f"Paris {i}e" for i in range(2, 21))}
    assert len({name for kind, name in zones if kind == "commune"}) >= 60


def test_polygons_in_the_lake_move_few_stations(imported: dict[str, Imported], tmp_path: Path) -> None:
    """The arrondissement by code agrees with the official polygon for 98 % of the stations."""
    made = imported["gbfs_2025-10-18"]
    by_code = dict(made.rows("SELECT station_code, zone_name FROM source_velib"))
    velib = velib_in(tmp_path)
    geo = made.folder.parent.parent / "geo"
    assert velib("import", made.folder, "--lake", "placed", "--json").code == 0
    files = [geo / "paris_arrondissements.geojson", *sorted(geo.glob("communes*.geojson"))]
    assert velib("zones", *files, "--lake", "placed").code == 0
    cleaned = velib("clean", "--lake", "placed", "--json").json()
    assert (cleaned["hours"], cleaned["rows_kept"]) == (1, 1495)
    engine = DuckDbEngine(Lake.open(str(tmp_path / "placed")), "velib")
    placed = engine.query(
        "SELECT station_code, zone_name FROM source_velib WHERE zone_kind = 'arrondissement'"
    ).to_pylist()
    agreeing = sum(by_code[row["station_code"]] == row["zone_name"] for row in placed)
    assert len(placed) > 950
    assert 0.98 * len(placed) <= agreeing < len(placed)


def test_importing_the_faults_again_changes_no_byte(imported: dict[str, Imported]) -> None:
    made = imported[FAULTS]
    before = objects(made.lake)
    said = velib_in(made.lake_path.parent)("import", made.folder, "--lake", made.lake_path, "--json")
    assert said.code == 0
    assert objects(made.lake) == before
