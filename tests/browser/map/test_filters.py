"""Filters by zone, type of bike and state, the shading of zones, and the search."""

from __future__ import annotations

import pytest
from tests.browser.conftest import Visitor
from tests.browser.reading import number, rows_of, until_drawn


def test_bike_type_counts_stations_without_that_type(visitor: Visitor) -> None:
    page = visitor.open("?lang=en&as=table&state=empty")
    lacking = visitor.site.data("kpi/kpi_shortage.json")
    for button, column in (
        ("All", "is_short"),
        ("Mechanical", "lacks_mechanical"),
        ("Electric", "lacks_ebikes"),
    ):
        page.get_by_role("group", name="Type of bike").get_by_role("button", name=button, exact=True).click()
        told = page.locator(".table-block").nth(1).locator("[role=status]").inner_text()
        assert number(told) == sum(row[column] for row in lacking)


@pytest.mark.parametrize(
    ("state", "holds"),
    [
        ("off", lambda _b, _d, s: s == 1),
        ("empty", lambda b, _d, s: s == 0 and b == 0),
        ("no_dock", lambda b, d, s: s == 0 and b > 0 and d == 0),
        ("low", lambda b, d, s: s == 0 and 0 < b <= 2 and d > 0 and 10 * b < 9 * (b + d)),
        ("nearly_full", lambda b, d, s: s == 0 and d > 0 and b > 0 and 10 * b >= 9 * (b + d)),
    ],
)
def test_state_filter_keeps_the_stations_of_that_state(visitor: Visitor, state: str, holds: object) -> None:
    page = visitor.open("?lang=en")
    now = visitor.site.data("now.json")
    wanted = sum(map(holds, now["bikes"], now["docks"], now["state"]))
    page.get_by_label("State").select_option(state)
    assert number(page.locator(".map-count").inner_text()) == wanted


def test_zone_filter_opens_the_zone_with_its_figures(visitor: Visitor) -> None:
    page = visitor.open()
    kpi = next(
        row
        for row in visitor.site.data("kpi/kpi_saturation_par_arrondissement.json")
        if row["zone_code"] == "75114"
    )
    page.get_by_label("Zone", exact=True).select_option("75114")
    panel = page.locator('[data-zone="75114"]')
    facts = dict(
        zip(panel.locator("dt").all_inner_texts(), panel.locator("dd").all_inner_texts(), strict=True)
    )
    assert number(facts["Bikes"]) == kpi["bikes"]
    assert number(facts["Without a bike"]) == kpi["short_stations"]
    assert number(facts["Saturated"]) == kpi["saturated_stations"]
    assert len(rows_of(page, "Stations of the zone")) == kpi["stations"]


def test_measure_changes_the_map(visitor: Visitor) -> None:
    page = visitor.open(reduced_motion="reduce")
    times = until_drawn(page)
    seen = {page.locator(".map-place").screenshot()}
    for measure in ("Without a bike", "Saturated", "Unusable"):
        page.get_by_role("group", name="Shade zones by").get_by_role("button", name=measure).click()
        times = until_drawn(page, times)
        seen.add(page.locator(".map-place").screenshot())
    assert len(seen) == 4


def test_search_finds_without_accents_and_by_keyboard(visitor: Visitor) -> None:
    page = visitor.open()
    now = visitor.site.data("now.json")
    wanted = next(i for i, name in enumerate(now["name"]) if "é" in name)
    page.get_by_role("combobox", name="Search").fill(now["name"][wanted].replace("é", "e").upper())
    page.keyboard.press("Enter")
    assert page.locator("#station-title").inner_text() == now["name"][wanted]


def test_search_says_when_nothing_is_found(visitor: Visitor) -> None:
    page = visitor.open()
    page.get_by_role("combobox", name="Search").fill("zzzz")
    assert page.get_by_text("No match").is_visible()


def test_filters_can_be_cleared(visitor: Visitor) -> None:
    page = visitor.open("?lang=en&state=empty&type=ebike&zone=75114")
    page.get_by_role("button", name="Clear the filters").click()
    assert page.locator(".map-count").count() == 0
    assert page.locator(".top10").is_visible()
