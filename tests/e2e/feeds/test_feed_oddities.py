"""Oddities of published feeds, from the body to the figure: what is wrong is null and flagged, all else counts."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.adapters.scripted_server import Reply, ScriptedServer
from tests.core.bodies import ods_row
from tests.e2e.conftest import Said, Velib

from velib_insights.simulator.feeds.gbfs import VERSIONS, Version
from velib_insights.simulator.server import SimulatorServer
from velib_insights.simulator.world.network import Network

CLOCK = 1795421690  # 2026-11-23 08:14:50 UTC
STAMP = "2026-11-23T081504Z"
TYPES = [
    {"vehicle_type_id": "mech", "form_factor": "bicycle", "propulsion_type": "human"},
    {"vehicle_type_id": "elec", "form_factor": "cargo_bicycle", "propulsion_type": "electric_assist"},
]
SCOOTER = {"vehicle_type_id": "sc", "form_factor": "scooter_standing", "propulsion_type": "electric"}
Ask = Callable[..., list[dict[str, Any]]]


def station(station_id: str = "1", **further: Any) -> dict[str, Any]:
    return {
        "station_id": station_id,
        "num_bikes_available": 5,
        "num_docks_available": 5,
        "is_installed": True,
        "is_renting": True,
        "is_returning": True,
        "last_reported": CLOCK,
        **further,
    }


def about(station_id: str = "1", **further: Any) -> dict[str, Any]:
    return {
        "station_id": station_id,
        "name": f"Station {station_id}",
        "lat": 45.5,
        "lon": -73.5,
        "capacity": 10,
        **further,
    }


class Lake:
    """A lake of one tick of GBFS, filled and asked by the commands."""

    def __init__(self, velib: Velib, folder: Path) -> None:
        self._velib = velib
        self._folder = folder

    def filled(
        self,
        status: list[Any],
        information: list[Any] | None = None,
        types: list[Any] | None = None,
        encoding: str = "utf-8",
    ) -> Lake:
        recorded = self._folder / "recorded"
        recorded.mkdir()
        bodies = {
            "station_status": {"stations": status},
            "station_information": None if information is None else {"stations": information},
            "vehicle_types": None if types is None else {"vehicle_types": types},
        }
        for feed, data in bodies.items():
            if data is not None:
                body = {"last_updated": CLOCK, "ttl": 60, "version": "2.3", "data": data}
                (recorded / f"{STAMP}.{feed}.json").write_bytes(json.dumps(body).encode(encoding))
        assert self._said("import", recorded, "--source", "velib", "--timezone", "Europe/Paris").code == 0
        before = self.rows()
        assert self._said("clean", "--again").code == 0
        assert self.rows() == before
        return self

    def rows(self) -> list[dict[str, Any]]:
        return self.query("SELECT * FROM source_velib ORDER BY station_id")

    def row(self) -> dict[str, Any]:
        (row,) = self.rows()
        return row

    def tick(self) -> dict[str, Any]:
        (tick,) = self.query("SELECT * FROM ticks")
        return tick

    def query(self, sql: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._said("query", sql, "--format", "json").json()
        return found

    def kpi(self, name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._said("kpi", name, "--format", "json").json()
        return found

    def network(self) -> dict[str, Any]:
        """The network's row of kpi_bike_type_split."""
        return next(row for row in self.kpi("bike_type_split") if row["scope"] == "network")

    def _said(self, *arguments: object) -> Said:
        return self._velib(*arguments, "--lake", self._folder / "lake")


@pytest.fixture
def lake(velib_here: Velib, tmp_path: Path) -> Lake:
    return Lake(velib_here, tmp_path)


def counts(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["bikes"], row["mechanical"], row["ebikes"], row["docks"]


def flags(row: dict[str, Any]) -> set[str]:
    return set(row["flags"].split()) - {"zone_unknown", "attributes_missing"}


def by_type(**numbers: int) -> list[dict[str, Any]]:
    return [{"vehicle_type_id": name, "count": count} for name, count in numbers.items()]


def test_types_that_are_all_zero_beside_bikes_give_way_to_the_count_of_electric_ones(lake: Lake) -> None:
    zero = by_type(mech=0, elec=0)
    lake.filled([station(vehicle_types_available=zero, num_ebikes_available=2)], types=TYPES)
    assert counts(lake.row()) == (5, 3, 2, 5)
    assert flags(lake.row()) == set()
    assert (lake.network()["mechanical"], lake.network()["ebikes"]) == (3, 2)
    assert lake.kpi("shortage") == []


@pytest.mark.parametrize("numbers", [{"mech": 0, "elec": 0}, {"mech": 2, "elec": 2}, {"mech": 3, "elec": 3}])
def test_types_that_do_not_add_up_are_no_figure_and_no_shortage(lake: Lake, numbers: dict[str, int]) -> None:
    lake.filled([station(vehicle_types_available=by_type(**numbers))], types=TYPES)
    assert counts(lake.row()) == (5, None, None, 5)
    assert flags(lake.row()) == {"types_disagree", "types_missing"}
    assert lake.network()["bikes"] == 5
    assert lake.kpi("shortage") == []


def test_a_count_by_type_of_minus_one_costs_the_types_alone(lake: Lake) -> None:
    lake.filled([station("2", vehicle_types_available=by_type(mech=-1))], [about("2")], TYPES)
    assert counts(lake.row()) == (5, None, None, 5)
    assert flags(lake.row()) == {"attribute_invalid", "types_missing"}
    assert (lake.tick()["outcome"], lake.tick()["rows_refused"]) == ("ok", 0)
    assert lake.network()["bikes"] == 5


def test_classic_and_smart_bikes_are_mechanical_ones(lake: Lake) -> None:
    lake.filled([station(num_bikes_available_types={"electric": 2, "smart": 1, "classic": 2})])
    assert counts(lake.row()) == (5, 3, 2, 5)
    assert flags(lake.row()) == set()
    assert (lake.network()["mechanical"], lake.network()["ebikes"]) == (3, 2)


def test_scooters_are_no_bikes(lake: Lake) -> None:
    lake.filled([station(vehicle_types_available=by_type(sc=5))], types=[SCOOTER])
    assert counts(lake.row()) == (0, 0, 0, 5)
    assert flags(lake.row()) == {"other_vehicles"}
    assert (lake.network()["bikes"], lake.network()["ebikes"]) == (0, 0)


def test_bikes_are_counted_without_the_scooters_beside_them(lake: Lake) -> None:
    mixed = by_type(sc=2, mech=1, elec=2)
    lake.filled(
        [
            station("1", vehicle_types_available=mixed, num_bikes_disabled=3),
            station("2", vehicle_types_available=mixed, num_bikes_available=3, num_bikes_disabled=0),
            station("3", vehicle_types_available=mixed, num_bikes_available=4),
            station("4", vehicle_types_available=by_type(sc=0, mech=4, elec=1)),
        ],
        types=[SCOOTER, *TYPES],
    )
    one, two, three, four = lake.rows()
    assert counts(one) == counts(two) == (3, 1, 2, 5)
    assert counts(three) == (None, None, None, 5)
    assert counts(four) == (5, 4, 1, 5)
    assert flags(one) == flags(two) == {"other_vehicles"}
    assert flags(three) == {"other_vehicles", "counts_disagree", "counts_missing", "types_missing"}
    assert flags(four) == set()
    assert [row["bikes_disabled"] for row in (one, two)] == [None, 0]  # scooters may be among the three
    assert (lake.network()["bikes"], lake.network()["mechanical"], lake.network()["ebikes"]) == (11, 6, 5)


def test_one_bad_attribute_costs_that_attribute_alone(lake: Lake) -> None:
    information = [
        about("1", lat=""),
        about("2", capacity=-1),
        about("3", capacity=12.5),
        about("4", name={"en": "A"}),
        about("5"),
    ]
    lake.filled([station(str(i)) for i in range(1, 6)], information)
    attributes = ("name", "lat", "lon", "capacity")
    assert [tuple(row[name] for name in attributes) for row in lake.rows()] == [
        ("Station 1", None, -73.5, 10),
        ("Station 2", 45.5, -73.5, None),
        ("Station 3", 45.5, -73.5, None),
        (None, 45.5, -73.5, 10),
        ("Station 5", 45.5, -73.5, 10),
    ]
    expected = [{"attribute_invalid", "types_missing"}] * 4 + [{"types_missing"}]
    assert [flags(row) for row in lake.rows()] == expected
    tick = lake.tick()
    assert (tick["outcome"], tick["stations_expected"], tick["rows_refused"]) == ("ok", 5, 0)
    rates = {row["station_id"]: row["occupancy"] for row in lake.kpi("taux_remplissage")}
    assert rates == {"1": 0.5, "2": None, "3": None, "4": 0.5, "5": 0.5}


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("num_bikes_disabled", -1),
        ("num_docks_disabled", "two"),
        ("num_ebikes_available", -1),
        ("vehicle_types_available", "none"),
        ("is_installed", "yes"),
        ("last_reported", [1]),
        ("stationCode", {}),
    ],
)
def test_one_bad_field_of_a_status_costs_that_field_alone(lake: Lake, field: str, bad: Any) -> None:
    lake.filled([station(**{field: bad})], [about()])
    row, tick = lake.row(), lake.tick()
    assert (row["bikes"], row["docks"], row["station_code"], row["capacity"]) == (5, 5, "1", 10)
    assert "attribute_invalid" in flags(row)
    assert (tick["outcome"], tick["rows_kept"], tick["rows_refused"]) == ("ok", 1, 0)
    assert (row["bikes_disabled"], row["docks_disabled"]) == (None, None)
    assert (row["is_operative"] is None) == (field == "is_installed")


@pytest.mark.parametrize(
    ("field", "bad", "columns"),
    [
        ("capacity", -1, {"capacity"}),
        ("capacity", 12.5, {"capacity"}),
        ("name", {"fr": "A"}, {"name"}),
        ("coordonnees_geo", {"lat": "", "lon": 2.3}, {"lat", "lon"}),
        ("mechanical", -1, {"mechanical"}),
        ("is_renting", 1, {"is_renting", "is_operative"}),
    ],
)
def test_one_bad_field_of_an_export_costs_that_field_alone(
    velib_here: Velib, tmp_path: Path, field: str, bad: Any, columns: set[str]
) -> None:
    (tmp_path / "recorded").mkdir()
    rows = [ods_row("1001"), ods_row("1002", **{field: bad}), ods_row("1003")]
    (tmp_path / "recorded" / f"{STAMP}.json").write_text(json.dumps(rows))
    assert velib_here("import", tmp_path / "recorded", "--lake", tmp_path / "lake").code == 0
    sql = "SELECT * FROM source_velib ORDER BY station_id"
    sound, odd, _ = velib_here("query", sql, "--lake", tmp_path / "lake", "--format", "json").json()
    derived = {"occupancy", "unavailable_docks", "flags", "station_id", "station_code"}
    differing = {name for name in sound if sound[name] != odd[name]} - derived
    assert differing == columns
    assert "attribute_invalid" in odd["flags"]
    (tick,) = velib_here(
        "query", "SELECT * FROM ticks", "--lake", tmp_path / "lake", "--format", "json"
    ).json()
    assert (tick["outcome"], tick["rows_kept"], tick["rows_refused"]) == ("ok", 3, 0)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig", "utf-32"])
def test_a_body_in_another_encoding_is_read(lake: Lake, encoding: str) -> None:
    lake.filled([station()], [about(name="Opéra")], encoding=encoding)
    assert counts(lake.row())[::3] == (5, 5)
    assert (lake.row()["name"], lake.tick()["outcome"]) == ("Opéra", "ok")


def test_stations_in_a_wrapper_are_unusable_and_it_is_said_why(lake: Lake) -> None:
    lake.filled([{"data": station(), "headers": [], "status": 200}])
    tick = lake.tick()
    assert (tick["outcome"], tick["rows_kept"]) == ("unusable", 0)
    assert tick["reason"] == "none of 1 rows could be used, most by rule station_id_missing"


def test_a_control_character_in_a_name_is_kept_as_it_is(lake: Lake) -> None:
    lake.filled([station()], [about(name="A\x1b[31mred")])
    assert lake.row()["name"] == "A\x1b[31mred"


def test_broken_bikes_and_docks_are_counted_where_the_feed_counts_them(lake: Lake) -> None:
    lake.filled(
        [
            station("1", num_bikes_disabled=1, num_docks_disabled=2),
            station("2", num_vehicles_disabled=3, num_docks_disabled=0),
            station("3", num_bikes_disabled=None),
            station("4"),
        ],
        [about(str(i), capacity=14) for i in range(1, 5)],
    )
    found = [(row["bikes_disabled"], row["docks_disabled"], row["unavailable_docks"]) for row in lake.rows()]
    assert found == [(1, 2, 4), (3, 0, 4), (None, None, 4), (None, None, 4)]
    (headline,) = lake.kpi("network_headline")
    assert headline["unavailable_docks"] == 16


CITY = [about(str(i), lat=45.5 + i / 100, lon=-73.5) for i in range(1, 6)]


@pytest.mark.parametrize(
    ("lat", "lon", "flag"),
    [
        (-73.5, 45.5, "coordinates_swapped"),
        (45.5, 73.5, "coordinates_implausible"),  # the sign was lost
        (54.5, -73.5, "coordinates_implausible"),  # two digits exchanged, 1,000 km
        (0, 0, "coordinates_implausible"),
        (455.0, -73.5, "coordinates_implausible"),
        (46.5, -73.5, None),  # 110 km: far, and possible
    ],
)
def test_a_position_far_from_all_others_places_no_station(
    lake: Lake, lat: float, lon: float, flag: str | None
) -> None:
    lake.filled([station(str(i)) for i in range(1, 7)], [*CITY, about("6", lat=lat, lon=lon)])
    *others, odd = lake.rows()
    assert [row["lat"] for row in others] == [row["lat"] for row in CITY]
    assert (odd["lat"], odd["lon"]) == ((lat, lon) if flag is None else (None, None))
    assert flags(odd) - {"types_missing"} == ({flag} if flag else set())
    assert {name for row in others for name in flags(row)} == {"types_missing"}


def test_a_station_is_not_put_into_a_zone_of_paris_by_the_digits_of_its_id(lake: Lake) -> None:
    lake.filled([station("7001"), station("16107"), station("21005", stationCode="21005")], [about("7001")])
    zones = {row["station_code"]: (row["zone_code"], row["zone_name"]) for row in lake.rows()}
    assert zones["7001"] == zones["16107"] == (None, None)
    assert zones["21005"] == ("92012", "Boulogne-Billancourt")
    shown = {row["zone_name"] for row in lake.kpi("saturation_par_arrondissement")}
    assert shown == {"Unknown", "Boulogne-Billancourt"}


def test_a_count_that_is_given_twice_and_differs_is_in_no_figure(lake: Lake) -> None:
    lake.filled([station("1", numBikesAvailable=0), station("2", numBikesAvailable=5)])
    assert [row["bikes"] for row in lake.rows()] == [None, 5]
    assert lake.network()["bikes"] == 5
    rates = {row["station_id"]: row["fill_rate"] for row in lake.kpi("taux_remplissage")}
    assert rates == {"1": None, "2": 0.5}


@pytest.mark.parametrize("version", VERSIONS)
def test_broken_bikes_and_docks_come_from_every_version_of_gbfs(
    velib_here: Velib, tmp_path: Path, version: Version
) -> None:
    with SimulatorServer(Network(seed=5, stations=150)) as server:
        feed = f"{server.base_url}/gbfs/{version}/gbfs.json"
        asked = ("--lake", tmp_path / "lake", "--source", "elsewhere")
        assert velib_here("run", "--feed", feed, *asked).code == 0
    sql = (
        "SELECT count(*) AS stations, sum(bikes_disabled) AS bikes, sum(docks_disabled) AS docks,"
        " sum(unavailable_docks) AS unavailable, sum(mechanical + ebikes - bikes) AS untyped"
        " FROM source_velib WHERE capacity > 0"
    )
    (row,) = velib_here("query", sql, "--lake", tmp_path / "lake", "--format", "json").json()
    assert row["stations"] > 100
    assert row["untyped"] == 0
    assert row["bikes"] > 0
    assert row["bikes"] + row["docks"] == row["unavailable"]


def test_a_feed_in_utf_16_is_fetched_and_counted(velib_here: Velib, tmp_path: Path) -> None:
    server = ScriptedServer()
    try:
        for feed, data in {
            "station_status": {"stations": [station()]},
            "station_information": {"stations": [about(name="Opéra")]},
            "system_information": {
                "system_id": "x",
                "name": "X",
                "timezone": "Europe/Paris",
                "language": "fr",
            },
        }.items():
            body = {"last_updated": int(time.time()), "ttl": 60, "version": "2.3", "data": data}
            server.script(f"/{feed}.json", Reply(body=json.dumps(body).encode("utf-16")))
        said = velib_here(
            "run", "--feed", f"{server.url}/gbfs.json", "--lake", tmp_path / "lake", "--source", "x"
        )
    finally:
        server.close()
    assert said.code == 0, said
    sql = "SELECT name, bikes, docks FROM source_velib"
    rows = velib_here("query", sql, "--lake", tmp_path / "lake", "--format", "json").json()
    assert rows == [{"name": "Opéra", "bikes": 5, "docks": 5}]
