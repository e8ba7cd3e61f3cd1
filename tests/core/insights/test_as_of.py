"""The SQL of the report: sound on the three engines, and no more of the lake than it needs."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest
from tests.sql.conftest import lint, meaning_faults, tables_named, trino_faults

from velib_insights.core.catalogue.tables import TABLES
from velib_insights.core.catalogue.views import VIEWS
from velib_insights.core.insights.as_of import INSIGHTS, Reach, as_of, columns_of, insight

TYPES = {"timestamp": "TIMESTAMPTZ"}
DAY = date(2026, 3, 3)
REACH = Reach(1772578800, date(2026, 2, 1), ((1772485200, 1772578800),))  # until 4 March 2026, 0 h in Paris


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for table in TABLES:
        columns = ", ".join(
            f"{column.name} {TYPES.get(column.type, column.type)}"
            for column in (*table.columns, *table.partitions)
        )
        connection.execute(f"CREATE TABLE {table.name} ({columns})")
    return connection


@pytest.mark.parametrize("name", INSIGHTS)
def test_a_file_passes_what_every_view_passes(name: str) -> None:
    file = insight(name)
    assert file.name == name
    assert trino_faults(file.text) == meaning_faults(file.text) == lint(file.text) == []
    assert tables_named(file.text) == set(file.reads)


@pytest.mark.parametrize("name", INSIGHTS)
def test_a_file_gives_the_columns_that_are_asked_of_it(
    connection: duckdb.DuckDBPyConnection, name: str
) -> None:
    for view in VIEWS:
        connection.execute(f"CREATE OR REPLACE VIEW {view.name} AS {view.text}")
    given = [row[0] for row in connection.execute(f"DESCRIBE {insight(name).text}").fetchall()]
    assert [column for column in given if column != "source"] == list(columns_of(name))


@pytest.mark.parametrize("name", [view.name for view in VIEWS] + list(INSIGHTS))
def test_each_alone_is_one_statement_that_trino_reads_too(
    connection: duckdb.DuckDBPyConnection, name: str
) -> None:
    days = (DAY,) if "local_date" in columns_of(name) else ()
    text = as_of({name: days}, REACH)
    # The validator gives up on a statement as long as this, which Trino's own grammar reads to the end.
    faults = [fault for fault in trino_faults(text) if "maximum SQL statement complexity" not in fault]
    assert faults == []
    given = [row[0] for row in connection.execute(f"DESCRIBE {text}").fetchall()]
    assert given == ["told_by", *columns_of(name)]


def test_several_at_once_have_nulls_for_columns_that_are_not_theirs(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    for name in ("kpi_equity_gap", "insights_types_day"):  # all three are more than the checker reads at once
        assert trino_faults(as_of({"local_days": (), name: (DAY,)}, REACH)) == []
    text = as_of({"local_days": (), "kpi_equity_gap": (DAY,), "insights_types_day": (DAY,)}, REACH)
    columns = [row[0] for row in connection.execute(f"DESCRIBE {text}").fetchall()]
    assert columns.count("local_date") == 1
    assert {"elapsed_s", "equity_difference", "ebike_share"} <= set(columns)


def test_files_outside_the_reach_are_ruled_out_by_their_partition() -> None:
    text = as_of({"kpi_availability_zone_day": (DAY,)}, REACH)
    assert "date >= '2026-02-01' and date <= '2026-03-03' and snapshot_epoch <= 1772578800" in text
    assert "date in ('2026-03-02', '2026-03-03')" in text


def test_an_unknown_view_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        as_of({"kpi_nothing": ()}, REACH)
