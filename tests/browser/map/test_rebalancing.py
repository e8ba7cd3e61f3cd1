"""Van tours: route sheets add up, print, and export as CSV and GPX."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from tests.browser.conftest import Visitor
from tests.browser.reading import number, rows_of, until

Stops = dict[str, list[dict[str, str]]]


def saved(page: Any, button: Any) -> str:
    with page.expect_download() as told:
        button.click()
    return Path(told.value.path()).read_text("utf-8")


def stops_by_tour(page: Any) -> Stops:
    """Of the CSV of the route sheets, as a driver's own program would read it."""
    text = saved(
        page, page.locator(".sheet-tools").get_by_role("button", name="CSV: Route sheets", exact=True)
    )
    tours: Stops = {}
    for row in csv.DictReader(io.StringIO(text)):
        tours.setdefault(row["tour"], []).append(row)
    return tours


@pytest.mark.parametrize(
    ("query", "van", "least"), [("", 20, 3), ("&van=8&least=2", 8, 2), ("&type=ebike", 20, 3)]
)
def test_every_tour_can_be_driven_and_serves_what_is_needed(
    visitor: Visitor, query: str, van: int, least: int
) -> None:
    page = visitor.open(f"?lang=en&view=rebalancing{query}")
    page.wait_for_selector(".sheet-tools button")
    tours = stops_by_tour(page)
    need = {
        row["station_code"]: row for row in json.loads(visitor.site.get("api/kpi/rebalancing_need"))["rows"]
    }
    now = visitor.site.data("now.json")
    held = {code: counts for code, *counts in zip(now["code"], now["mechanical"], now["ebikes"], strict=True)}
    moved: dict[str, list[int]] = {}
    for stops in tours.values():
        on_board = [0, 0]
        for stop in stops:
            load = [int(stop["mechanical"]), int(stop["ebikes"])]
            on_board = [a + b for a, b in zip(on_board, load, strict=True)]
            assert min(on_board) >= 0
            assert sum(on_board) == int(stop["on_board"]) <= van
            assert abs(sum(load)) == abs(int(stop["bikes"])) >= least
            sums = moved.setdefault(stop["station_code"], [0, 0])
            moved[stop["station_code"]] = [a + b for a, b in zip(sums, load, strict=True)]
        assert on_board == [0, 0]
    assert moved
    for code, load in moved.items():
        assert -need[code]["bikes_to_add"] <= sum(load) <= need[code]["bikes_to_take"]
        assert all(taken <= there for taken, there in zip(load, held[code], strict=True))
    if "ebike" in query:
        assert not any(mechanical for mechanical, _ in moved.values())
    told = page.locator(".lead").inner_text()
    taken = sum(load for loads in moved.values() for load in loads if load > 0)
    assert number(told) == len(tours)
    assert f"{taken:,} bikes" in told


def test_the_list_says_what_the_sheets_say(visitor: Visitor) -> None:
    page = visitor.open("?lang=en&view=rebalancing")
    page.wait_for_selector(".sheet-tools button")
    tours = stops_by_tour(page)
    page.get_by_role("button", name="Show all rows").first.click()
    assert [name for name, *_ in rows_of(page, "Tours")] == [f"Tour {tour}" for tour in tours]
    for tour, first, last, stops, bikes, *_ in rows_of(page, "Tours"):
        told = tours[tour.removeprefix("Tour ")]
        assert (told[0]["name"], told[-1]["name"], len(told)) == (first, last, number(stops))
        assert number(bikes) == sum(max(0, int(stop["bikes"])) for stop in told)


def test_outage_time_is_what_such_outages_last_in_their_zone(visitor: Visitor) -> None:
    medians = {
        (row["zone_code"], row["kind"]): row["median_minutes"]
        for row in json.loads(visitor.site.get("api/kpi/recovery_time"))["rows"]
    }
    now = visitor.site.data("now.json")
    zone = {code: now["zones"][at]["code"] for code, at in zip(now["code"], now["zone"], strict=True)}
    bikes, docks = (dict(zip(now["code"], now[name], strict=True)) for name in ("bikes", "docks"))
    page = visitor.open("?lang=en&view=rebalancing")
    page.wait_for_selector(".sheet-tools button")
    tours = stops_by_tour(page)
    ended: set[str] = set()
    expected = 0
    for stops in tours.values():
        for stop in stops:
            code = stop["station_code"]
            is_brought = int(stop["bikes"]) < 0
            if code not in ended and (bikes[code] == 0 if is_brought else docks[code] == 0):
                ended.add(code)
                expected += medians[zone[code], "no_bike" if is_brought else "no_dock"] or 0
    assert ended
    until(page, "document.querySelector('.lead').textContent.includes('usually last')")
    told = page.locator(".lead").inner_text()
    assert f"{len(ended)} station" in told
    hours, minutes = divmod(expected, 60)
    assert (
        f"{hours}\u00a0h" + (f"\u00a0{minutes:02}" if minutes else "") if hours else f"{minutes}\u00a0min"
    ) in told


def test_a_tour_is_drawn_printed_and_taken_as_gpx(visitor: Visitor) -> None:
    page = visitor.open("?lang=en&view=rebalancing")
    page.wait_for_selector(".sheet-tools button")
    assert page.locator(".sheet:visible").count() == 0
    page.emulate_media(media="print")
    assert page.locator(".sheet:visible").count() == page.locator(".sheet").count() > 1
    page.emulate_media(media="screen")
    page.get_by_role("button", name="Tour 2", exact=True).click()
    page.get_by_role("heading", name="Route sheet: Tour 2").wait_for()
    (stops,) = stops_by_tour(page).values()
    sheet = page.locator(".sheet:visible")
    said = sheet.locator("li").all_inner_texts()
    assert len(said) == len(stops)
    for text, stop in zip(said, stops, strict=True):
        bikes = int(stop["bikes"])
        assert text.startswith(f"{'Load' if bikes > 0 else 'Unload'} {abs(bikes)} (")
        assert stop["name"] in text
    told = saved(page, page.get_by_role("button", name="GPX", exact=True))
    gpx = ET.fromstring(told)  # noqa: S314 - of our own making
    space = {"g": "http://www.topografix.com/GPX/1/1"}
    (route,) = gpx.findall("g:rte", space)
    points = route.findall("g:rtept", space)
    assert [(float(p.get("lat", 0)), float(p.get("lon", 0))) for p in points] == [
        pytest.approx((float(stop["lat"]), float(stop["lon"])), abs=1e-6) for stop in stops
    ]
    assert [p.findtext("g:name", "", space) for p in points] == [
        f"{i}. {stop['name']}" for i, stop in enumerate(stops, 1)
    ]


def test_what_is_typed_counts_once_it_is_a_number_of_bikes(visitor: Visitor) -> None:
    page = visitor.open("?lang=en&view=rebalancing")
    field = page.get_by_label("Bikes per van")
    before = page.locator(".lead").inner_text()
    field.fill("")
    field.fill("1")
    assert page.locator(".lead").inner_text() == before
    field.fill("10")
    until(page, "location.search.includes('van=10')")
    assert page.locator(".lead").inner_text() != before
    field.fill("999")
    field.blur()
    assert field.input_value() == "10"
