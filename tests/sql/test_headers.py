"""A file says what it is before it says how."""

import pytest

from velib_insights import sql
from velib_insights.core.catalogue.tables import TABLES

GOOD = """-- kpi_thing
-- question: What of it?
-- grain: station_code
-- reads: source_velib, ticks
-- window: 7 d

SELECT 1 AS one
"""


def test_a_header_is_taken_apart():
    file = sql.parse(GOOD, "kpi")
    assert (file.name, file.question, file.grain) == ("kpi_thing", "What of it?", "station_code")
    assert file.reads == ("source_velib", "ticks")
    assert file.text == GOOD


@pytest.mark.parametrize(("window", "hours"), [("latest tick", 0), ("4 h", 4), ("7 d", 168), ("all", None)])
def test_a_window_is_hours_back_from_now(window, hours):
    assert sql.parse(GOOD.replace("7 d", window), "kpi").window_h == hours


@pytest.mark.parametrize(
    ("found", "instead"),
    [
        ("-- kpi_thing", "-- KPI thing"),
        ("-- kpi_thing\n", ""),
        ("-- question: What of it?\n", ""),
        ("-- grain: station_code", "-- grain:"),
        ("-- window: 7 d", "-- window: a week"),
        ("-- window: 7 d", "-- window: 0 d"),
        ("-- reads", "-- read"),
    ],
)
def test_an_incomplete_header_is_refused(found, instead):
    with pytest.raises(sql.HeaderError):
        sql.parse(GOOD.replace(found, instead), "kpi")


def test_files_come_after_all_that_they_read():
    known = {table.name for table in TABLES}
    for file in sql.load_all():
        assert set(file.reads) <= known, file.name
        known.add(file.name)


def test_names_say_where_a_file_lives():
    assert {file.folder for file in sql.load_all() if file.name.startswith("kpi_")} == {
        "kpi/now",
        "kpi/days",
        "kpi/data",
    }
    assert {file.folder for file in sql.load_all() if not file.name.startswith("kpi_")} == {"base"}


def test_the_five_that_the_client_named_are_there():
    for name in (
        "kpi_taux_remplissage",
        "kpi_shortage",
        "kpi_station_saturation",
        "kpi_saturation_par_arrondissement",
        "kpi_top10_2hour",
    ):
        assert sql.load(name).question.endswith("?")


def test_an_unknown_name_is_a_key_error():
    with pytest.raises(KeyError):
        sql.load("kpi_nothing")


def test_a_view_looks_as_far_back_as_the_farthest_of_what_it_reads():
    files = {file.name: file for file in sql.load_all()}
    for file in files.values():
        finite = [
            files[read].window_h for read in file.reads if read in files and files[read].window_h is not None
        ]
        if finite and file.window_h is not None:
            assert file.window_h >= max(finite), file.name
