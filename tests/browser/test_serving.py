"""The page beside a server whose lake is empty, then filled, then fed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.browser.conftest import Visitor, velib, velib_serve


def test_from_nothing_to_a_new_tick(browser: Any, built_page: Path, tmp_path: Path) -> None:
    """One page, never loaded anew: it says what to do, fills, and moves on with the lake."""
    lake = tmp_path / "lake"
    with velib_serve(lake) as site:
        visiting = Visitor(browser, site)
        page = visiting.open()
        told = page.locator(".nothing").inner_text()
        assert "No data yet" in told
        assert "velib run" in told

        velib("demo", "--lake", lake, "--no-serve", "--days", "0.1")
        page.locator(".headline .value").first.wait_for(timeout=60_000)
        first = page.locator(".timeline .moment b").inner_text()
        assert "Simulat" in page.locator(".freshness").inner_text()

        velib("demo", "--lake", lake, "--no-serve", "--days", "0.13")
        page.locator(f".timeline .moment b:not(:text-is('{first}'))").wait_for(timeout=60_000)
        bikes = site.data("headline.json")["now"]["bikes"]
        assert page.locator("[data-figure=bikes] .value").inner_text() == f"{bikes:,}"
        visiting.close()
        assert visiting.troubles == []


def test_as_files_it_needs_no_server_of_ours(reader: Visitor) -> None:
    page = reader.open()
    assert page.locator(".headline .value").first.is_visible()
    page.goto(f"{reader.site.address}?lang=en&view=data")
    page.wait_for_selector(".files")
    assert page.get_by_role("link", name="api/docs").count() == 0


def test_beside_the_api_its_reference_is_named(visitor: Visitor) -> None:
    page = visitor.open("?lang=en&view=data")
    address = page.get_by_role("link", name="api/docs").get_attribute("href")
    assert b"api/latest" in visitor.site.get(address)
