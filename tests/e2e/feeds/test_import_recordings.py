"""The recorded day in the shapes in which other people keep one: the clean tables are the same bytes."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from tests.e2e.conftest import velib_in
from tests.e2e.feeds.test_import import (
    Recorded,
    Write,
    by_day,
    enveloped,
    git_history,
    json_lines,
    local_unsaid,
    tar_in_zip,
    zipped,
)
from tests.steps.feeds import objects

from velib_insights.adapters.lake import Lake

DAY = "ods_exports_2024-11-05"


@pytest.fixture(scope="module")
def recorded(recordings: Path) -> list[Recorded]:
    found = []
    for path in sorted((recordings / DAY).iterdir()):
        at = datetime.strptime(path.name[:18], "%Y-%m-%dT%H%M%SZ").replace(tzinfo=UTC)
        found.append(Recorded("exports", at, gzip.decompress(path.read_bytes())))
    return found


def clean_of(place: Path, source: Path, *further: str, fetches: int = 111) -> dict[str, bytes]:
    """The clean tables that importing `source` gives."""
    said = velib_in(place)("import", source, "--lake", "lake", "--json", *further)
    assert said.code == 0, said
    assert said.json()["fetches"] == fetches
    return objects(Lake.open(str(place / "lake")), "clean/source=velib")


@pytest.fixture(scope="module")
def plain(recordings: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return clean_of(tmp_path_factory.mktemp("plain"), recordings / DAY)


@pytest.mark.parametrize(
    "way",
    [by_day, enveloped, json_lines, local_unsaid, tar_in_zip, zipped],
    ids=lambda way: way.__name__,
)
def test_every_shape_gives_the_same_clean_tables(
    recorded: list[Recorded], plain: dict[str, bytes], tmp_path: Path, way: Write
) -> None:
    (tmp_path / "recorded").mkdir()
    further = way(tmp_path / "recorded", recorded)
    assert clean_of(tmp_path, tmp_path / "recorded", *further) == plain


def test_a_git_history_gives_the_same_clean_tables(recorded: list[Recorded], tmp_path: Path) -> None:
    """A response that repeats the last one to the byte is no new version of a file, so git does not have it."""
    versions = [
        each for before, each in pairwise([None, *recorded]) if before is None or each.body != before.body
    ]
    made = []
    for way in (by_day, git_history):
        place = tmp_path / way.__name__
        (place / "recorded").mkdir(parents=True)
        further = way(place / "recorded", versions)
        source = place / "recorded" / ("repo.git" if way is git_history else "")
        made.append(clean_of(place, source, *further, fetches=len(versions)))
    assert made[0] == made[1]


def rows_of(recorded: list[Recorded]) -> pa.Table:
    """Every station at every time, as somebody loads the exports into a table."""
    rows = []
    for each in recorded:
        for row in json.loads(each.body):
            geo = row.pop("coordonnees_geo") or {}
            rows.append({"fetched_at": each.at, **row, "lat": geo.get("lat"), "lon": geo.get("lon")})
    return pa.Table.from_pylist(rows)


@pytest.mark.parametrize("write", [pq.write_table, pyarrow.csv.write_csv], ids=["parquet", "csv"])
def test_a_table_of_it_gives_the_same_clean_tables(
    recorded: list[Recorded], plain: dict[str, bytes], tmp_path: Path, write: Callable[[pa.Table, Path], None]
) -> None:
    write(rows_of(recorded), tmp_path / "day")
    assert clean_of(tmp_path, tmp_path / "day") == plain
