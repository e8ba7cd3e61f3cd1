"""A network whose bikes are all of one type: no station of it is said to lack the other."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.core.bodies import ods_row
from tests.e2e.conftest import Velib


@pytest.fixture
def network_of(velib_here: Velib, tmp_path: Path) -> Callable[..., Path]:
    """A lake of four quarter hours of two stations with these (mechanical, electric) bikes."""

    def make(*split: tuple[int, int]) -> Path:
        (tmp_path / "recorded").mkdir()
        for quarter in range(4):
            at = datetime(2026, 3, 2, 12, tzinfo=UTC) + timedelta(minutes=15 * quarter)
            rows = [
                ods_row(
                    f"{1001 + i}",
                    numbikesavailable=mechanical + ebikes,
                    mechanical=mechanical,
                    ebike=ebikes,
                    numdocksavailable=quarter,
                )
                for i, (mechanical, ebikes) in enumerate(split)
            ]
            (tmp_path / "recorded" / f"{at:%Y-%m-%dT%H%M%SZ}.json").write_text(json.dumps(rows))
        assert velib_here("import", tmp_path / "recorded", "--lake", tmp_path / "lake").code == 0
        return tmp_path / "lake"

    return make


def test_nothing_is_said_to_lack_what_the_network_does_not_have(
    velib_here: Velib, network_of: Callable[..., Path]
) -> None:
    lake = network_of((9, 0), (5, 0))
    assert velib_here("kpi", "shortage", "--lake", lake, "--format", "json").json() == []
    split = velib_here("kpi", "bike_type_split", "--lake", lake, "--format", "json").json()
    assert {row["stations_without_ebikes"] for row in split} == {None}
    assert {row["stations_without_mechanical"] for row in split} == {0}
    for language, said in (("en", "electric one"), ("fr", "aucun électrique")):
        report = velib_here("insights", "--lake", lake, "--lang", language)
        assert report.code == 0
        assert said not in " ".join(report.out.split())


def test_a_type_that_one_station_has_is_lacking_at_the_others(
    velib_here: Velib, network_of: Callable[..., Path]
) -> None:
    lake = network_of((9, 0), (5, 1))
    (row,) = velib_here("kpi", "shortage", "--lake", lake, "--format", "json").json()
    assert (row["station_code"], row["reason"], row["lacks_ebikes"]) == ("1001", "no_ebike", True)
    split = velib_here("kpi", "bike_type_split", "--lake", lake, "--format", "json").json()
    assert {row["scope"]: row["stations_without_ebikes"] for row in split} == {"zone": 1, "network": 1}
    report = velib_here("insights", "--lake", lake).out
    assert "1 station had bikes but no electric one" in " ".join(report.split())
