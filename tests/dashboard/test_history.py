"""Histories over HTTP give the same rows as in Python; invalid requests get a clear error."""

from __future__ import annotations

import csv
import io
import json
import shutil
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.dashboard.conftest import Client, serving
from tests.dashboard.test_api import shaped

import velib_insights
from velib_insights.adapters.lake import Lake
from velib_insights.core.catalogue.history import HISTORY
from velib_insights.dashboard import schemas


def test_every_history_is_listed_and_answers_what_python_answers(client: Client, lived: Lake) -> None:
    listed = shaped(list[schemas.HistoryEntry], client.get("/api/history").json())
    assert [each["name"] for each in listed] == [view.name for view in HISTORY]
    with velib_insights.open_lake(str(lived.root)) as lake:
        for each in listed:
            told = shaped(schemas.HistoryRows, client.get(f"/api/history/{each['name']}").json())
            rows = lake.history(each["name"])
            assert told["total"] == len(told["rows"]) == len(rows) > 0
            assert told["rows"] == json.loads(json.dumps(rows.to_pylist(), default=str))


def test_span_period_and_places_are_chosen(client: Client) -> None:
    told = client.get(
        "/api/history/stations?since=2026-11-22&until=2026-11&by=day&station=1001&station=2002"
    ).json()
    assert {row["station_code"] for row in told["rows"]} <= {"1001", "2002"}
    assert {row["period"] for row in told["rows"]} == {"2026-11-22", "2026-11-23"}
    page = client.get("/api/history/stations?by=day&limit=3&offset=2")
    assert page.headers["x-total-count"] == str(page.json()["total"])
    assert page.json()["rows"] == client.get("/api/history/stations?by=day").json()["rows"][2:5]


def test_rows_come_as_csv_and_parquet_too(client: Client) -> None:
    rows = client.get("/api/history/network?by=day").json()["rows"]
    lines = list(csv.DictReader(io.StringIO(client.get("/api/history/network?by=day&format=csv").text)))
    assert [line["period"] for line in lines] == [row["period"] for row in rows]
    table = pq.read_table(pa.BufferReader(client.get("/api/history/network?by=day&format=parquet").body))
    assert table["operative_station_minutes"].to_pylist() == [
        row["operative_station_minutes"] for row in rows
    ]


@pytest.mark.parametrize(
    ("target", "status", "message"),
    [
        ("nothing", 404, "there is no long question 'nothing'"),
        ("network?since=yesterday", 400, "since='yesterday' is not a date"),
        ("network?since=2026-12&until=2026-11", 400, "is after until"),
        ("network?by=decade", 400, "by: "),
        ("network?zone=75101", 400, "history_network has no zone_code"),
        ("outages?by=month", 400, "history_outages has no periods"),
        ("network?since=2030", 404, "no closed day is rolled up from 2030-01-01 on"),
    ],
)
def test_what_cannot_be_answered_says_why(client: Client, target: str, status: int, message: str) -> None:
    answered = client.get(f"/api/history/{target}")
    assert answered.status == status
    assert message in answered.json()["error"]["message"]


def test_a_lake_that_is_not_rolled_up_says_so(lived: Lake, tmp_path: Path) -> None:
    shutil.copytree(lived.root or "", tmp_path / "lake", ignore=shutil.ignore_patterns("rollup"))
    with serving(Lake.open(str(tmp_path / "lake"))) as running:
        answered = running.client.get("/api/history/network")
        assert answered.status == 404
        assert "no closed day" in answered.json()["error"]["message"]


def test_a_day_that_closes_is_answered_without_a_restart(lived: Lake, tmp_path: Path) -> None:
    from velib_insights.steps.rollup import rollup

    shutil.copytree(lived.root or "", tmp_path / "lake", ignore=shutil.ignore_patterns("rollup"))
    lake = Lake.open(str(tmp_path / "lake"))
    rollup(lake, "velib", "Europe/Paris", until=date(2026, 11, 22))
    with serving(lake) as running:
        days = [row["period"] for row in running.client.get("/api/history/network?by=day").json()["rows"]]
        assert days == ["2026-11-22"]
        rollup(lake, "velib", "Europe/Paris")
        days = [row["period"] for row in running.client.get("/api/history/network?by=day").json()["rows"]]
        assert days == ["2026-11-22", "2026-11-23"]
