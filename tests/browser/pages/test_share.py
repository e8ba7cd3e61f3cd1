"""The address holds the whole state; language and theme."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.browser.conftest import Visitor
from tests.browser.reading import stamp, until


def test_a_shared_link_opens_the_same_in_a_new_browser(visitor: Visitor) -> None:
    page = visitor.open()
    page.get_by_label("State").select_option("low")
    page.get_by_role("group", name="Type of bike").get_by_role("button", name="Electric").click()
    page.get_by_role("group", name="Shade zones by").get_by_role("button", name="Unusable").click()
    page.get_by_role("slider", name="Time of day").fill("30")
    page.get_by_label("Theme").select_option("dark")
    page.locator(".maplibregl-canvas").focus()
    page.keyboard.press("+")
    page.wait_for_timeout(700)
    told = page.locator(".timeline .moment").inner_text()
    shown = page.locator(".map-count").inner_text()
    address = page.url

    other = visitor.open(urlsplit(address).query.join(["?", ""]))
    other.wait_for_selector(".map-count")
    assert other.locator(".timeline .moment").inner_text() == told
    assert other.locator(".map-count").inner_text() == shown
    assert other.get_by_label("State").input_value() == "low"
    assert other.locator("html").get_attribute("data-theme") == "dark"
    assert parse_qs(urlsplit(other.url).query)["map"] == parse_qs(urlsplit(address).query)["map"]


def _again(visitor: Visitor, page: Any, told: str, ready: str) -> Any:
    """The address of the page, once it tells so, opened in a new browser."""
    until(page, f"location.search.includes({told!r})")
    other = visitor.open("?" + urlsplit(page.url).query)
    other.wait_for_selector(ready)
    return other


def test_a_shared_link_keeps_what_was_done_to_a_table(visitor: Visitor) -> None:
    page = visitor.open("?lang=en&view=rankings&table=kpi_taux_remplissage")
    table = page.locator(".table-block")
    everything = table.get_by_role("status").inner_text()
    table.get_by_role("searchbox").fill("Paris 1")
    table.get_by_title("Sort by Bikes", exact=True).click()
    told, first = table.get_by_role("status").inner_text(), table.locator("tbody tr").first.inner_text()
    assert told != everything

    other = _again(visitor, page, "sort.", ".table-block tbody tr").locator(".table-block")
    assert other.get_by_role("searchbox").input_value() == "Paris 1"
    assert other.get_by_role("status").inner_text() == told
    assert other.locator("tbody tr").first.inner_text() == first
    assert other.locator("th[aria-sort=descending]").count() == 1


def test_a_shared_link_keeps_the_sorting_in_the_zone_panel(visitor: Visitor) -> None:
    page = visitor.open("?lang=en&zone=75112")
    panel = page.locator("section.zone")
    panel.get_by_title("Sort by Free docks", exact=True).click()
    first = panel.locator(".table-block tbody tr").first.inner_text()
    other = _again(visitor, page, "sort.zone", "section.zone .table-block tbody tr")
    assert other.locator("section.zone .table-block tbody tr").first.inner_text() == first
    assert other.locator("section.zone th[aria-sort=descending]").count() == 1
    # Another zone is not searched or sorted by what was asked of this one.
    other.locator("section.zone .close").click()
    other.wait_for_selector(".top10")
    until(other, "!location.search.includes('.zone=')")


def test_a_shared_link_keeps_all_rows_of_a_table_of_the_report(visitor: Visitor) -> None:
    page = visitor.open("?lang=en&view=insights&day=2026-03-03")
    zones = page.get_by_role("region", name="By zone")
    some = zones.locator("tbody tr").count()
    zones.get_by_role("button", name="Show all rows").click()
    everything = zones.locator("tbody tr").count()
    assert everything > some
    other = _again(visitor, page, "all.", "section.report-part tbody tr").get_by_role(
        "region", name="By zone"
    )
    assert other.locator("tbody tr").count() == everything


def test_a_shared_link_plays_the_day_and_the_end_of_it_ends_that(visitor: Visitor) -> None:
    day = visitor.site.data("days/2026-03-04.json")
    page = visitor.open(f"?lang=en&play=1&at={stamp(day['epochs'][-4])}")
    last = len(day["epochs"]) - 1
    until(page, f"document.querySelector('.player input').value === '{last}'")
    page.get_by_role("button", name="Play").wait_for()
    until(page, "!location.search.includes('play=')")
    page.get_by_role("button", name="Play").click()
    until(page, "location.search.includes('play=1')")


def test_a_shared_link_keeps_the_tour_of_a_van_and_both_tables(visitor: Visitor) -> None:
    page = visitor.open("?lang=en&view=rebalancing&van=12&least=2")
    tours, needs = page.locator(".table-block").nth(0), page.locator(".table-block").nth(1)
    needs.get_by_title("Sort by Zone", exact=True).click()
    tours.locator("tbody button.link").nth(2).click()
    chosen = page.locator("tr[aria-current=true]")
    row, zone = chosen.inner_text(), needs.locator("tbody tr").first.inner_text()
    other = _again(visitor, page, "tour=", "tr[aria-current=true]")
    assert other.locator("tr[aria-current=true]").inner_text() == row
    assert other.locator(".table-block").nth(1).locator("tbody tr").first.inner_text() == zone
    assert other.get_by_label("Bikes per van").input_value() == "12"


def test_back_goes_back(visitor: Visitor) -> None:
    page = visitor.open()
    page.locator(".top10 a").first.click()
    page.wait_for_selector("[data-station]")
    page.go_back()
    page.wait_for_selector(".top10")


def test_a_broken_address_falls_back(visitor: Visitor) -> None:
    page = visitor.open(
        "?lang=xx&at=yesterday&view=../etc&map=a/b/c&measure=%3Cscript%3E&zone=nowhere&station=&theme=pink"
    )
    assert page.locator(".headline .value").first.is_visible()
    assert page.locator("main").get_attribute("data-page") == "map"


def test_french_and_english(visitor: Visitor) -> None:
    page = visitor.open("?lang=fr")
    assert page.locator("html").get_attribute("lang") == "fr"
    assert page.get_by_role("heading", name="Les dix plus critiques").is_visible()
    page.get_by_role("button", name="English").click()
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.get_by_role("heading", name="Ten most critical").is_visible()


def test_language_follows_the_browser(visitor: Visitor) -> None:
    page = visitor.open("", locale="fr-FR")
    assert page.locator("html").get_attribute("lang") == "fr"


def test_theme_follows_the_system_until_one_is_chosen(visitor: Visitor) -> None:
    page = visitor.open(color_scheme="dark")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.get_by_label("Theme").select_option("light")
    assert page.locator("html").get_attribute("data-theme") == "light"


def test_language_and_theme_are_remembered(visitor: Visitor) -> None:
    page = visitor.open("")
    page.get_by_role("button", name="Français").click()
    page.get_by_label("Thème").select_option("dark")
    page.goto(visitor.site.address)
    page.wait_for_selector(".headline .value")
    assert page.locator("html").get_attribute("lang") == "fr"
    assert page.locator("html").get_attribute("data-theme") == "dark"
