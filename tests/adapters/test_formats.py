"""What a table is as CSV, where its text comes from strangers."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from velib_insights.adapters.formats import encode


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+33 1", "'+33 1"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\n=1", "'\n=1"),
        ("\r=1", "\\x0d=1"),
        ("＝1", "'＝1"),
        ("\x1b[31mred\x07", "\\x1b[31mred\\x07"),
        ("a\x9bb\x7f\x00", "a\\x9bb\\x7f\\x00"),
        ("a = b - c", "a = b - c"),
        ("Bastille, \"Nord\"\nSud", "Bastille, \"Nord\"\nSud"),
        ("9020", "9020"),
        ("", ""),
    ],
)  # fmt: skip
def test_text_is_harmless_in_csv_and_as_it_is_elsewhere(text: str, written: str) -> None:
    rows = pa.table({"name": [text, None], text: [1, 2]})
    read = list(csv.reader(io.StringIO(encode(rows, "csv").decode(), newline="")))
    assert read == [["name", written], [written, "1"], ["", "2"]]
    assert json.loads(encode(rows, "json"))[0]["name"] == text
    assert pq.read_table(io.BytesIO(encode(rows, "parquet")))["name"].to_pylist() == [text, None]


def test_what_is_no_text_stays_what_it_is() -> None:
    at = datetime(2026, 11, 23, 8, 15, tzinfo=UTC)
    rows = pa.table(
        {
            "whole": [-5, None, 7],
            "share": [-0.5, float("nan"), None],
            "sum": [Decimal(-12), None, Decimal("1.5")],
            "flag": [True, None, False],
            "at": [at, at, None],
            "day": [date(2026, 11, 23), None, None],
            "list": [[1, 2], None, []],
        }
    )
    assert encode(rows, "csv").decode().splitlines() == [
        "whole,share,sum,flag,at,day,list",
        '-5,-0.5,-12,true,2026-11-23T08:15:00Z,2026-11-23,"[1, 2]"',
        ",,,,2026-11-23T08:15:00Z,,",
        "7,,1.5,false,,,[]",
    ]


def test_columns_of_one_name_are_all_written() -> None:
    rows = pa.Table.from_arrays([pa.array([1]), pa.array(["x"])], names=["a", "a"])
    assert encode(rows, "csv") == b"a,a\n1,x\n"
