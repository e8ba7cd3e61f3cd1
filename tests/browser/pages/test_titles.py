"""What a tab, a bookmark and a shared link say of what is shown."""

from __future__ import annotations

import pytest
from tests.browser.conftest import Visitor
from tests.browser.reading import until


def test_the_title_names_what_is_shown(visitor: Visitor) -> None:
    now = visitor.site.data("now.json")
    network = visitor.site.data("index.json")["network_name"]
    page = visitor.open("?lang=en")
    until(page, f"document.title === 'Map · ' + {network!r} + ' Insights'")
    page = visitor.open(f"?lang=en&station={now['code'][0]}")
    until(page, f"document.title.startsWith({now['name'][0]!r})")
    page = visitor.open(f"?lang=fr&zone={now['zones'][0]['code']}")
    until(page, f"document.title.startsWith({now['zones'][0]['name']!r} + ' · Carte')")
    page = visitor.open("?lang=en&view=insights&day=2026-03-03")
    until(page, "document.title.startsWith('Tuesday, 3 March 2026')")
    page = visitor.open("?lang=en&view=rankings&table=kpi_worst_moment")
    until(page, "document.title.startsWith('The worst moment of each day')")


@pytest.mark.parametrize("width", [390, 1440])
def test_the_link_can_be_copied_on_any_screen(visitor: Visitor, width: int) -> None:
    page = visitor.open("?lang=en&zone=75114", width=width, permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the link").click()
    page.get_by_role("button", name="Link copied").wait_for()
    assert "zone=75114" in page.evaluate("navigator.clipboard.readText()")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
