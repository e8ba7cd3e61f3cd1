"""One part of the page in the frame of another site: where it is allowed, and only there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.browser.conftest import Files, Site, files_served, velib_serve, wait_for_data


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Another site, with a page that frames what its query names."""
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / "index.html").write_text(
        "<!doctype html><html><body><iframe width=900 height=600></iframe><script>"
        "document.querySelector('iframe').src = decodeURIComponent(location.search.slice(1))"
        "</script></body></html>"
    )
    with files_served(folder, Files) as served:
        yield served


@pytest.fixture(scope="module")
def shared(demo_lake: Path, elsewhere: Site) -> Iterator[Site]:
    origin = elsewhere.address.rstrip("/")
    with velib_serve(demo_lake, VELIB_FRAME_ANCESTORS=origin, VELIB_CORS_ORIGINS=origin) as served:
        wait_for_data(served)
        yield served


def framed(browser: Any, elsewhere: Site, address: str) -> Any:
    page = browser.new_context(viewport={"width": 1000, "height": 700}).new_page()
    page.set_default_timeout(20_000)
    page.goto(f"{elsewhere.address}?{address}")
    return page


@pytest.mark.parametrize(
    ("part", "shown", "hidden"),
    [
        ("map", ".map .map-place[data-idle]", ".timeline, .side, .headline, .verdict"),
        ("chart", ".timeline .chart svg", ".map, .side, .headline"),
        ("table", "#map-tables table", ".map, .timeline, .headline"),
        ("board", ".board .tiles", ".map, .headline"),
        ("report&day=2026-03-03", ".report", ".map, .headline"),
    ],
)
def test_a_part_is_shown_where_it_is_allowed_with_its_source(
    browser: Any, shared: Site, elsewhere: Site, part: str, shown: str, hidden: str
) -> None:
    page = framed(browser, elsewhere, f"{shared.address}?lang=en&embed={part}")
    frame = page.frame_locator("iframe")
    frame.locator(shown).first.wait_for()
    assert not any(one.is_visible() for one in frame.locator(hidden).all())
    assert frame.locator("header.top").count() == 0
    assert "imulat" in frame.locator(".foot").inner_text()
    link = frame.get_by_role("link", name="Open the full page").get_attribute("href")
    assert link is not None
    assert "embed" not in link
    page.context.close()


def test_nobody_frames_a_server_that_does_not_allow_it(browser: Any, site: Site, elsewhere: Site) -> None:
    page = framed(browser, elsewhere, f"{site.address}?lang=en&embed=map")
    page.wait_for_timeout(2_000)
    assert page.frame_locator("iframe").locator("#app").count() == 0
    page.context.close()


def test_scripts_of_a_site_that_is_named_may_ask_the_api_and_others_may_not(
    browser: Any, shared: Site, site: Site, elsewhere: Site
) -> None:
    page = framed(browser, elsewhere, "about:blank")
    ask = "(address) => fetch(address).then((told) => told.json(), (error) => String(error))"
    told = page.evaluate(ask, f"{shared.address}api/latest?limit=1")
    assert told["total"] == json.loads(shared.get("api/latest?limit=1"))["total"]
    posted = page.evaluate(
        """(address) => fetch(address, {
            method: "POST",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify({ sql: "SELECT 1 AS one" }),
        }).then((told) => told.json(), (error) => String(error))""",
        f"{shared.address}api/query",
    )
    assert posted["rows"] == [[1]]
    assert "TypeError" in page.evaluate(ask, f"{site.address}api/latest?limit=1")
    page.context.close()
