"""What is usual, published and asked: the files of the page, the KPI and the views say the same."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from statistics import median

import pytest
from tests.e2e.conftest import Velib
from tests.e2e.lake.test_forty_days import DATES, asked, up_to
from tests.forty_days import DAYS, EMPTY_AT


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("usual")


@pytest.fixture
def published(velib_here: Velib, forty_days: Path, place: Path) -> Path:
    """Published once for the tests that only read it; the little memory is part of what is tested."""
    lake = place / "lake"
    if not lake.exists():
        up_to(forty_days, 24 * DAYS - 1, lake)
        said = velib_here("publish", "--lake", lake, "--reports", "1", "--memory", "300")
        assert said.code == 0, said.err
    return lake


def test_norms_are_published_of_each_day_that_has_such_a_weekday_before_it(
    velib_here: Velib, published: Path
) -> None:
    folder = published / "site/data/usual"
    made = sorted(path.stem for path in folder.glob("2*.json"))
    observed = {row["local_date"] for row in asked(velib_here, published, OBSERVED)}
    assert made == [date for date in DATES[7:] if date in observed]

    last = json.loads((folder / f"{DATES[-1]}.json").read_text("utf-8"))
    rows = asked(
        velib_here, published, "SELECT * FROM usual_hours WHERE scope = 'network' ORDER BY local_hour"
    )
    assert len(rows) == 24
    for row in rows:
        hour = row["local_hour"]
        assert last["network"]["days"][hour] == row["usual_days"]
        assert last["network"]["no_bike"][hour] == pytest.approx(row["usual_short_stations"], abs=0.01)
        assert last["network"]["fill_rate"][hour] == pytest.approx(row["usual_fill_rate"], abs=0.0001)
    stations = json.loads((folder / DATES[-1] / "stations.json").read_text("utf-8"))
    place = stations["code"].index("1001")
    assert [hour for hour in range(24) if stations["fill_rate"][hour][place] == 0] == list(EMPTY_AT)


def test_the_median_is_what_the_days_themselves_say(velib_here: Velib, published: Path) -> None:
    same_weekday = [date for date in DATES[:-1] if DATES.index(date) % 7 == (DAYS - 1) % 7]
    dates = ", ".join(f"'{date}'" for date in same_weekday)
    hour = EMPTY_AT[0]
    rows = asked(
        velib_here,
        published,
        "SELECT local_date, sum(CAST(is_short AS INTEGER)) AS no_bike FROM station_observations"
        f" WHERE is_observed AND local_hour = {hour} AND local_date IN ({dates})"
        " GROUP BY local_date",
    )
    told = json.loads((published / f"site/data/usual/{DATES[-1]}.json").read_text("utf-8"))["network"]
    assert told["days"][hour] == len(rows)
    assert told["no_bike"][hour] == median(row["no_bike"] for row in rows)


def test_the_kpi_of_now_is_the_same_published_and_asked(velib_here: Velib, published: Path) -> None:
    said = velib_here(
        *("kpi", "against_usual", "--lake", published, "--json", "--limit", "0", "--memory", "300")
    )
    assert said.code == 0, said.err
    rows = json.loads((published / "site/data/kpi/kpi_against_usual.json").read_text("utf-8"))
    assert rows == said.json()
    assert {row["scope"] for row in rows} == {"network", "zone", "station"}


def test_a_day_that_goes_makes_the_norms_of_later_days_again(
    velib_here: Velib, published: Path, tmp_path: Path
) -> None:
    published = shutil.copytree(published, tmp_path / "copy")
    folder = published / "site/data/usual"
    before = (folder / f"{DATES[-1]}.json").read_bytes()
    day = DATES[-8]
    for tier in ("ticks", "source=velib"):
        shutil.rmtree(published / f"clean/{tier}/date={day}")
    assert velib_here("publish", "--lake", published, "--reports", "0", "--allow-fewer").code == 0
    after = json.loads((folder / f"{DATES[-1]}.json").read_text("utf-8"))
    assert after["network"]["days"][12] == json.loads(before)["network"]["days"][12] - 1


OBSERVED = "SELECT DISTINCT local_date FROM observed_ticks WHERE is_observed"
