"""The catalogue of views says what the SQL gives."""

import subprocess
import sys

import duckdb
import pytest

from velib_insights import sql
from velib_insights.core.catalogue.history import CALENDAR, HISTORY
from velib_insights.core.catalogue.rollups import LOCAL_HOURS, ROLLUPS, STATION_STEPS
from velib_insights.core.catalogue.tables import TABLES
from velib_insights.core.catalogue.views import VIEWS, kpi_views, view

TYPES = {
    "varchar": "VARCHAR",
    "integer": "INTEGER",
    "bigint": "BIGINT",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
    "date": "DATE",
}


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as connection:
        for table in (*TABLES, LOCAL_HOURS, CALENDAR):
            columns = ", ".join(f"{c.name} {TYPES[c.type]}" for c in (*table.columns, *table.partitions))
            connection.execute(f"CREATE TABLE {table.name} ({columns})")
        for each in VIEWS:
            connection.execute(f"CREATE OR REPLACE VIEW {each.name} AS {each.text}")
        for name in (STATION_STEPS.name, *(table.name for table in ROLLUPS)):
            connection.execute(f"CREATE OR REPLACE VIEW {name} AS {sql.rollup(name).text}")
        for each in HISTORY:
            connection.execute(f"CREATE OR REPLACE VIEW {each.name} AS {each.text}")
        yield connection


@pytest.mark.parametrize("each", [*VIEWS, *ROLLUPS, *HISTORY], ids=lambda each: each.name)
def test_a_view_gives_the_columns_of_its_entry(connection, each):
    given = [row[:2] for row in connection.execute(f"DESCRIBE {each.name}").fetchall()]
    assert given == [(column.name, TYPES[column.type]) for column in each.columns]


@pytest.mark.parametrize("each", [*VIEWS, *HISTORY], ids=lambda each: each.name)
def test_a_view_gives_the_columns_of_its_grain(each):
    grain = {name.strip() for name in each.grain.split(",")}
    assert grain <= {column.name for column in each.columns}


@pytest.mark.parametrize("each", [*VIEWS, *ROLLUPS, *HISTORY], ids=lambda each: each.name)
def test_every_figure_has_a_meaning_and_every_measure_a_unit(each):
    for column in each.columns:
        assert column.about, column.name
        assert column.unit or column.type != "double", column.name


def test_views_are_found_by_name():
    assert view("kpi_shortage") in kpi_views()
    assert view("latest_tick") not in kpi_views()
    with pytest.raises(KeyError):
        view("kpi_nothing")


def test_the_catalogue_is_read_without_loading_an_engine():
    heavy = ["duckdb", "pyarrow", "sqlglot", "pyspark", "obstore"]
    code = f"import sys, velib_insights.core.catalogue.views; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
