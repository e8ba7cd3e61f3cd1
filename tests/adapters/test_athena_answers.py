"""Through Athena the KPI are what DuckDB gives: the statement as sent, over the same files, its answer read back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from tests import needed
from tests.adapters.scripted_athena import Answer, ScriptedAthena, client_of
from tests.e2e.conftest import velib_in
from tests.steps.feeds import record

from velib_insights.adapters.athena import Athena, AthenaEngine
from velib_insights.adapters.duckdb_engine import DuckDbEngine
from velib_insights.adapters.lake import Lake
from velib_insights.core.catalogue.tables import TABLES
from velib_insights.core.catalogue.views import VIEWS

needed.module("boto3", "aws")

TRINO = {
    "string": "varchar",
    "int32": "integer",
    "int64": "bigint",
    "double": "double",
    "bool": "boolean",
    "date32[day]": "date",
    "timestamp[us, tz=UTC]": "timestamp",
}


# The engine looks at the last days first, by the clock; a lake that is older costs a second question.
NOW = datetime.now(UTC)
START = NOW.replace(minute=0, second=0, microsecond=0) - timedelta(hours=36)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A small network over a day and a half, faults in it."""
    folder = tmp_path_factory.mktemp("filled")
    record(folder / "recorded", 140, start=START)
    assert velib_in(folder)("import", "recorded", "--lake", "lake").code == 0
    return Lake.open(str(folder / "lake"))


def text_of(value: Any) -> str | None:
    """As Athena writes it."""
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    return repr(value) if isinstance(value, float) else str(value)


@pytest.fixture(scope="module")
def athena(lake: Lake) -> Iterator[ScriptedAthena]:
    """Athena's part is played by DuckDB, over tables as the crawler makes them: whole, partitioned by folders."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("CREATE SCHEMA velib_db_tf")
    for table in TABLES:
        files = f"{lake.root}/{table.tier.format(source='velib')}/*/*/part.parquet"
        connection.execute(
            f"CREATE VIEW velib_db_tf.{table.name} AS SELECT * FROM read_parquet('{files}', "
            "hive_partitioning = true, hive_types = {'date': VARCHAR, 'hour': VARCHAR})"
        )

    def respond(sql: str) -> Answer:
        found = connection.sql(sql).to_arrow_table()
        columns = [(about.name, TRINO[str(about.type)]) for about in found.schema]
        return Answer(columns, [[text_of(value) for value in row.values()] for row in found.to_pylist()])

    with ScriptedAthena(respond=respond) as server:
        yield server


def sorted_rows(table: pa.Table) -> list[str]:
    return sorted(
        repr({name: round(v, 9) if isinstance(v, float) else v for name, v in row.items()})
        for row in table.to_pylist()
    )


@pytest.mark.parametrize("name", [view.name for view in VIEWS])
def test_a_view_through_athena_is_what_duckdb_gives(lake: Lake, athena: ScriptedAthena, name: str) -> None:
    here = DuckDbEngine(lake, "velib").view(name)
    where = Athena(client_of(athena.url), "velib_db_tf", "velib_workgroup")
    there = AthenaEngine(where, NOW).view(name)
    columns = [column.name for column in next(view.columns for view in VIEWS if view.name == name)]
    assert there.schema == here.select(columns).schema
    assert sorted_rows(there) == sorted_rows(here.select(columns))


def test_the_client_kpi_have_rows_to_compare(lake: Lake) -> None:
    engine = DuckDbEngine(lake, "velib")
    for name in (
        "kpi_taux_remplissage",
        "kpi_shortage",
        "kpi_saturation_par_arrondissement",
        "kpi_top10_2hour",
    ):
        assert engine.view(name).num_rows > 0


def test_the_command_says_what_it_cost(lake: Lake, athena: ScriptedAthena, tmp_path: Path) -> None:
    environment = {"AWS_ENDPOINT_URL_ATHENA": athena.url, "AWS_REGION": "us-east-1"} | {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }
    velib = velib_in(tmp_path)
    said = velib("kpi", "shortage", "--engine", "athena", "--json", env=environment)
    assert said.code == 0, said.err
    assert said.json() == velib("kpi", "shortage", "--lake", lake.root, "--json").json()
    assert said.err.count("Athena scanned 12.3 MB in ") == 2
    assert "0.000062 USD" in said.err
    said = velib(
        *("query", "SELECT count(*) AS ticks FROM velib_db_tf.ticks", "--json"),
        env=environment | {"VELIB_ENGINE": "athena"},
    )
    assert said.json() == [{"ticks": 140}]


def test_without_credentials_the_command_says_how_to_log_in(tmp_path: Path) -> None:
    environment = {"AWS_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true", "HOME": str(tmp_path)}
    said = velib_in(tmp_path)("query", "SELECT 1", "--engine", "athena", env=environment)
    assert said.code == 2
    assert "no AWS credentials" in said.err
    assert "aws sso login" in said.err


def test_an_unknown_profile_and_a_missing_region_are_said(tmp_path: Path) -> None:
    velib = velib_in(tmp_path)
    said = velib(
        "query", "SELECT 1", "--engine", "athena", env={"AWS_PROFILE": "nobody", "HOME": str(tmp_path)}
    )
    assert said.code == 2
    assert "nobody" in said.err
    said = velib(
        "query", "SELECT 1", "--engine", "athena", env={"HOME": str(tmp_path), "AWS_ACCESS_KEY_ID": "x"}
    )
    assert said.code == 2
    assert "no AWS region is set" in said.err


def test_without_boto3_the_command_says_how_to_install_it(tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text(
        "import importlib.util\n_find = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *more: None if name == 'boto3' else _find(name, *more)\n",
        "utf-8",
    )
    said = velib_in(tmp_path)("query", "SELECT 1", "--engine", "athena", env={"PYTHONPATH": str(hidden)})
    assert said.code == 2
    assert "boto3, which is not installed" in said.err
    assert "pip install 'velib-insights[aws]'" in said.err


def test_an_engine_that_is_none_is_refused(tmp_path: Path) -> None:
    said = velib_in(tmp_path)("query", "SELECT 1", "--engine", "spark")
    assert said.code == 2
    assert "not duckdb or athena" in said.err
