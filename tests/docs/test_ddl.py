"""The Athena tables: what Athena would make of the statements is what the lake's files hold."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest
import sqlglot
from sqlglot import exp

from velib_insights.core.catalogue.ddl import create_external_table
from velib_insights.core.catalogue.schema import arrow_schema
from velib_insights.core.catalogue.tables import SOURCE_VELIB, TABLES, TICKS, Table
from velib_insights.core.errors import SettingsError
from velib_insights.core.keys import part_key
from velib_insights.core.ticks.tick import Tick

LAKE = "s3://my-bucket/velib"
ARROW_OF_HIVE = {
    "TEXT": pa.string(),
    "VARCHAR": pa.string(),
    "INT": pa.int32(),
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "TIMESTAMP": pa.timestamp("ms", tz="UTC"),
    "DATE": pa.date32(),
}


def parsed(statement: str) -> exp.Create:
    tree = sqlglot.parse_one(statement, read="athena")
    assert isinstance(tree, exp.Create), "understood as a command, not as a table"
    return tree


def columns(definitions: exp.Expression) -> dict[str, pa.DataType]:
    return {
        each.name: ARROW_OF_HIVE[each.args["kind"].this.value.upper()]
        for each in definitions.expressions
        if isinstance(each, exp.ColumnDef)
    }


def properties(tree: exp.Create) -> dict[str, str]:
    return {
        each.name: each.args["value"].name
        for each in tree.find_all(exp.Property)
        if type(each) is exp.Property
    }


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_columns_and_types_are_those_of_the_parquet_files(table: Table) -> None:
    tree = parsed(create_external_table(table, LAKE, "velib"))
    schema = arrow_schema(table)
    assert columns(tree.this) == dict(zip(schema.names, schema.types, strict=True))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_partitions_are_texts_in_the_order_of_the_folders(table: Table) -> None:
    tree = parsed(create_external_table(table, LAKE, "velib"))
    partitioned = tree.find(exp.PartitionedByProperty)
    assert partitioned is not None
    assert columns(partitioned.this) == {"date": pa.string(), "hour": pa.string()}


@pytest.mark.parametrize("lake", [LAKE, f"{LAKE}/"])
def test_the_location_is_where_the_files_are_written(lake: str) -> None:
    tree = parsed(create_external_table(SOURCE_VELIB, lake, "lyon", database="bikes"))
    location = tree.find(exp.LocationProperty)
    assert location is not None
    assert location.this.name == "s3://my-bucket/velib/clean/source=lyon/"
    assert tree.find(exp.FileFormatProperty).this.name.upper() == "PARQUET"
    assert (
        tree.find(exp.Table).sql(dialect="athena").replace("`", "").replace('"', "") == "bikes.source_velib"
    )
    assert tree.args["exists"]


def test_a_projected_partition_is_the_folder_that_the_pipeline_writes() -> None:
    tree = parsed(create_external_table(TICKS, LAKE, "velib", projected_since=date(2026, 11, 1)))
    told = properties(tree)
    assert told["projection.enabled"] == "true"
    assert told["projection.date.range"] == "2026-11-01,NOW"
    assert (told["projection.hour.range"], told["projection.hour.digits"]) == ("0,23", "2")
    hour = Tick.parse("20261123T0815Z").hour
    folder = told["storage.location.template"].replace("${date}", hour.date).replace("${hour}", hour.hh)
    assert f"{folder}part.parquet" == f"{LAKE}/{part_key(TICKS.tier, hour)}"


def test_a_crawled_table_has_no_projection() -> None:
    assert "TBLPROPERTIES" not in create_external_table(TICKS, LAKE, "velib")


def test_a_quote_in_a_description_stays_in_it() -> None:
    tree = parsed(create_external_table(SOURCE_VELIB, LAKE, "velib"))
    comments = [each.this.name for each in tree.find_all(exp.CommentColumnConstraint)]
    assert "The feed's own identifier of the station" in comments
    assert len(comments) == len(SOURCE_VELIB.columns) + len(SOURCE_VELIB.partitions)
    assert max(map(len, comments)) <= 255, "Glue keeps no longer comment"


@pytest.mark.parametrize(
    ("lake", "source", "database"),
    [
        ("lake", "velib", None),
        ("s3://", "velib", None),
        ("s3://my-bucket/a'b", "velib", None),
        (LAKE, "Vélib", None),
        (LAKE, "velib/../x", None),
        (LAKE, "velib", "my`db"),
    ],
)
def test_what_cannot_be_named_is_refused(lake: str, source: str, database: str | None) -> None:
    with pytest.raises(SettingsError):
        create_external_table(TICKS, lake, source, database=database)
