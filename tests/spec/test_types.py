"""The types of the catalogue hold on Spark too; tests/sql holds them for DuckDB and Trino."""

import pytest

from velib_insights.core.catalogue.views import VIEWS

SPARK_TYPES = {"varchar": "string", "integer": "int"}


@pytest.mark.spark
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("each", VIEWS, ids=lambda each: each.name)
def test_a_view_gives_the_columns_of_its_entry(spark_engine, each):
    fields = spark_engine.session.table(each.name).schema.fields
    given = [(field.name, field.dataType.simpleString()) for field in fields]
    assert given == [(column.name, SPARK_TYPES.get(column.type, column.type)) for column in each.columns]
