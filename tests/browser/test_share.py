"""The address holds the whole state; language and theme."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from tests.browser.conftest import Visitor


def test_a_shared_link_opens_the_same_in_a_new_browser(visitor: Visitor) -> None:
    page = visitor.open()
    page.get_by_label("State").select_option("low")
    page.get_by_role("group", name="Type of bike").get_by_role("button", name="Electric").click()
    page.get_by_role("group", name="Zones shaded by").get_by_role("button", name="Unusable").click()
    page.get_by_role("slider", name="Moment of the day").fill("30")
    page.get_by_label("Theme").select_option("dark")
    page.locator(".map-canvas").focus()
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
