"""For everyone: axe, keyboard alone, phone width, reduced motion."""

from __future__ import annotations

from typing import Any

import pytest
from tests.browser.conftest import AXE, Visitor
from tests.browser.reading import until, until_drawn
from tests.needed import missing

VIEWS = [
    "",
    "&as=table",
    "&station=14036",
    "&zone=75114",
    "&view=compare",
    "&view=rebalancing",
    "&view=rankings",
    "&view=rhythm",
    "&view=data",
]


def findings(page: Any, only: str = "") -> list[str]:
    """What axe calls serious or critical. The library is put in by the test, past the policy that forbids it."""
    if not AXE.is_file():
        missing("axe-core is not installed; in web/: npm ci")
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text("utf-8"))
    rules = f"runOnly: ['{only}'], " if only else ""
    result = page.evaluate(f"axe.run(document, {{ {rules}resultTypes: ['violations'] }})")
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:200]} {one['nodes'][0]['failureSummary'][:300]}"
        for one in result["violations"]
        if one["impact"] in ("serious", "critical")
    ]


def findings_in_both_themes(page: Any) -> list[str]:
    """In dark the colours alone are others, so contrast alone is looked at again."""
    found = findings(page)
    page.locator(".settings select").select_option("dark")
    page.wait_for_timeout(100)
    assert page.locator("html").get_attribute("data-theme") == "dark"
    return found + findings(page, "color-contrast")


@pytest.mark.parametrize("view", VIEWS)
def test_axe_has_no_serious_finding(visitor: Visitor, view: str) -> None:
    page = visitor.open(f"?lang=en&theme=light{view}")
    page.wait_for_load_state("networkidle")
    assert findings_in_both_themes(page) == []


def test_axe_on_daily_insights(reader: Visitor) -> None:
    page = reader.open("?lang=fr&theme=light&view=insights&day=2026-03-03")
    page.wait_for_selector(".story p")
    assert findings_in_both_themes(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_on_the_document_of_a_day(visitor: Visitor, scheme: str) -> None:
    page = visitor.blank(color_scheme=scheme)
    page.goto(f"{visitor.site.address}data/insights/2026-03-03.fr.html")
    assert findings(page) == []


def test_axe_where_there_is_nothing(spoilt: Visitor) -> None:
    (spoilt.site.folder / "data").rename(spoilt.site.folder / "elsewhere")
    assert findings(spoilt.open()) == []


def test_axe_on_the_calendar(visitor: Visitor) -> None:
    page = visitor.open("?lang=en")
    page.locator(".calendar-open").click()
    assert findings(page) == []


def test_axe_on_a_phone(visitor: Visitor) -> None:
    page = visitor.open("?lang=fr", width=390, height=844)
    page.wait_for_timeout(400)
    assert findings(page) == []


@pytest.mark.parametrize("view", VIEWS)
def test_a_phone_needs_no_sideways_scroll(visitor: Visitor, view: str) -> None:
    page = visitor.open(f"?lang=fr{view}", width=360, height=740, has_touch=True, is_mobile=True)
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_all_by_keyboard(visitor: Visitor) -> None:
    """From the top of the page: skip, search a station, read it, close it, move in time, go to another page."""
    page = visitor.open()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    _tab_to(page, "document.activeElement.matches('.search input')", 2)
    page.keyboard.type("14036")
    page.keyboard.press("Enter")
    page.wait_for_selector('[data-station="14036"]')
    _tab_to(page, "document.activeElement.matches('.player input')")
    page.keyboard.press("ArrowLeft")
    assert page.locator(".timeline .moment b").inner_text() == "18:15"
    _tab_to(page, "document.activeElement.matches('.panel .close')")
    page.keyboard.press("Enter")
    page.wait_for_selector(".top10")


def test_the_map_moves_by_keys(visitor: Visitor) -> None:
    page = visitor.open()
    page.locator(".maplibregl-canvas").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("+")
    until(page, "new URLSearchParams(location.search).has('map')")


def test_focus_can_be_seen(visitor: Visitor) -> None:
    page = visitor.open()
    for _ in range(4):
        page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"


def test_reduced_motion_jumps(visitor: Visitor) -> None:
    page = visitor.open(reduced_motion="reduce")
    until_drawn(page)
    zoom = "document.querySelector('.map').map.getZoom()"
    before = page.evaluate(zoom)
    page.evaluate("document.querySelector('.map-zoom button').click()")
    assert page.evaluate(zoom) == pytest.approx(before + 1)


def _tab_to(page: Any, reached: str, most: int = 60) -> None:
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate(reached):
            return
    pytest.fail(f"not reached by Tab: {reached}")
