"""A server that goes away is said to be away, and is found again without a reload."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests import rough_days
from tests.browser.conftest import Visitor, velib, velib_serve, wait_for_data
from tests.browser.reading import until

START = datetime(2024, 11, 4, 7, 0, tzinfo=UTC)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def small_lake(built_page: Path, browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gone")
    rough_days.record(folder / "recorded", 15, START, START + timedelta(hours=3))
    velib("import", folder / "recorded", "--lake", folder / "lake", "--workers", "1")
    return folder / "lake"


@pytest.fixture
def tick_alone(built_page: Path, browser: Any, tmp_path: Path) -> Path:
    rough_days.record(tmp_path / "recorded", 15, START, START)
    velib("import", tmp_path / "recorded", "--lake", tmp_path / "lake", "--workers", "1", "--cadence", "15")
    return tmp_path / "lake"


def test_a_server_that_went_away_is_found_again_without_a_reload(browser: Any, small_lake: Path) -> None:
    port = free_port()
    with velib_serve(small_lake, port) as site:
        wait_for_data(site)
        visiting = Visitor(browser, site)
        page = visiting.open("?lang=en")
        page.evaluate("window.stayed = true")
    try:
        page.locator(".freshness", has_text="Server unreachable since").wait_for(timeout=40_000)
        # What is asked for meanwhile fails, and comes once the server is back.
        page.get_by_role("link", name="Rankings").click()
        assert page.locator(".freshness").first.inner_text().count("Retrying every few seconds") == 1
        with velib_serve(small_lake, port) as site:
            wait_for_data(site)
            until(page, "!document.body.innerText.includes('unreachable')", 40)
            page.locator(".page table tbody tr").first.wait_for()
            assert page.evaluate("window.stayed")
            assert "Imported data" in page.locator(".freshness").first.inner_text()
    finally:
        visiting.close()


def test_a_page_opened_too_early_fills_by_itself(browser: Any, small_lake: Path) -> None:
    """Only the data is missing, as behind a gateway whose server is not up yet."""
    with velib_serve(small_lake) as site:
        wait_for_data(site)
        visiting = Visitor(browser, site)
        page = visiting.blank()
        page.route("**/data/**", lambda route: route.fulfill(status=502, body="Bad Gateway"))
        page.goto(site.address + "?lang=en")
        page.get_by_role("heading", name="The server is unreachable").wait_for()
        page.unroute("**/data/**")
        page.locator(".headline .value").first.wait_for(timeout=40_000)
        visiting.close()


def test_of_one_observation_the_page_gives_no_minutes(browser: Any, tick_alone: Path) -> None:
    with velib_serve(tick_alone) as site:
        wait_for_data(site)
        visiting = Visitor(browser, site)
        page = visiting.open("?lang=en")
        shown = page.locator(".top10").inner_text()
        assert "durations are unknown" in shown
        assert "No station was critical" not in shown
        page.goto(f"{site.address}?lang=fr&view=insights")
        page.locator(".story").wait_for()
        assert "les durées sont inconnues" in page.locator(".report").inner_text()
        visiting.close()
        assert visiting.troubles == []
