"""A figure that is seen in two places is the same in both, or says that it is of another moment.

Two rough days (tests/rough_days.py) at 5 and at 15 minutes, read from the page, its data, the API, the terminal and the
report.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests import rough_days
from tests.browser.conftest import Site, Visitor, _visiting, velib, velib_serve, wait_for_data

OUT = ("short", "full", "both")


@pytest.fixture(scope="module", params=[5, 15], ids=["5 min", "15 min"])
def rough(
    request: pytest.FixtureRequest, built_page: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """`velib serve` over the lake; `folder` is the lake."""
    folder = tmp_path_factory.mktemp(f"rough-{request.param}")
    rough_days.record(folder / "recorded", request.param)
    velib("replay", folder / "recorded", "--lake", folder / "lake", "--workers", "1")
    with velib_serve(folder / "lake") as served:
        wait_for_data(served)
        yield served


@pytest.fixture
def onlooker(browser: Any, rough: Site) -> Iterator[Visitor]:
    yield from _visiting(browser, rough)


def minutes_of(text: str) -> int:
    """`2 d 0 h`, `22 h 30`, `45 min` in minutes."""
    words = text.replace("\u00a0", " ").split()
    total = 0
    while words:
        number = int(words.pop(0))
        unit = words.pop(0) if words else "min"
        total += number * {"d": 1440, "h": 60, "min": 1}[unit]
    return total


def test_a_day_without_bikes_and_docks_is_out_for_as_long_as_it_was_observed(onlooker: Visitor) -> None:
    days = json.loads(velib("kpi", "availability_station_day", "--json", "--lake", onlooker.site.folder))
    for code in (rough_days.NEITHER, rough_days.FULL, rough_days.RECOVERED):
        first = next(row for row in days if row["station_code"] == code and row["local_date"] == "2024-11-04")
        page = onlooker.open(f"?lang=en&station={code}&span=30d")
        bars = page.locator(".day-bars li")
        bars.first.wait_for()
        shown = {
            bar.locator("span").first.inner_text(): minutes_of(bar.locator("b").inner_text())
            for bar in bars.all()
        }
        assert shown["Mon 4 Nov"] == first["outage_minutes"], code
        assert shown["Mon 4 Nov"] <= 1440


def test_the_strips_of_the_top_10_say_the_minutes_beside_them(onlooker: Visitor) -> None:
    page = onlooker.open()
    page.locator(".two-hours i").first.wait_for()
    top = json.loads(velib("kpi", "top10_2hour", "--json", "--lake", onlooker.site.folder))
    assert [row["station_code"] for row in top] == [
        row["station_code"] for row in onlooker.site.data("top10.json")
    ]
    cadence_min = onlooker.site.data("index.json")["cadence_min"]
    # The day before has to come for a window that begins in it; here it does not.
    page.wait_for_timeout(500)
    strips = page.locator(".two-hours").evaluate_all(
        "strips => strips.map((strip) => [...strip.children].map((square) => square.className))"
    )
    for row, squares in zip(top, strips, strict=True):
        assert len(squares) == 120 / cadence_min
        out = sum(cadence_min for look in squares if look in OUT)
        assert out == row["outage_minutes"], row["station_code"]
        short = sum(cadence_min for look in squares if look in ("short", "both"))
        assert short == row["short_minutes"], row["station_code"]
        off = sum(cadence_min for look in squares if look == "off")
        unseen = sum(cadence_min for look in squares if look == "unseen")
        assert 120 - off - unseen == round(120 * row["coverage"]), row["station_code"]
