"""Every chart as SVG and PNG, the map as PNG: with a title, and with whose data it is."""

from __future__ import annotations

import base64
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from tests.browser.conftest import Visitor
from tests.browser.reading import until, until_drawn

SVG = "{http://www.w3.org/2000/svg}"
# Where charts stand, and how many can be taken there.
CHARTS = {
    "": 1,
    "&station=14036": 2,
    "&station=14036&span=7d": 3,
    "&zone=75114": 3,
    "&view=rhythm": 1,
    "&view=insights&day=2026-03-03": 2,
}


def taken(page: Any, button: Any) -> tuple[str, bytes]:
    with page.expect_download() as told:
        button.click()
    return told.value.suggested_filename, Path(told.value.path()).read_bytes()


def colours_of(page: Any, png: bytes) -> dict[str, Any]:
    """As the browser decodes it: its size, and how many pixels have each of its commonest colours."""
    return page.evaluate(
        """async (text) => {
            const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
            const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
            const canvas = new OffscreenCanvas(image.width, image.height);
            const context = canvas.getContext("2d");
            context.drawImage(image, 0, 0);
            const { data } = context.getImageData(0, 0, image.width, image.height);
            const seen = new Set();
            for (let i = 0; i < data.length; i += 4) seen.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
            return { width: image.width, height: image.height, colours: seen.size };
        }""",
        base64.b64encode(png).decode(),
    )


@pytest.mark.parametrize("query", CHARTS)
def test_every_chart_is_taken_as_svg_and_png(visitor: Visitor, query: str) -> None:
    page = visitor.open(f"?lang=en{query}")
    until(page, f"document.querySelectorAll('[data-picture] .pictures').length === {CHARTS[query]}")
    source = visitor.site.data("index.json")["attribution"]["en"]
    for place in page.locator("[data-picture]:has(.pictures)").all():
        title = place.get_attribute("data-picture")
        name, svg = taken(page, place.locator(".pictures").get_by_role("button", name="SVG"))
        drawing = ET.fromstring(svg)  # noqa: S314 - of our own making
        words = " ".join(text for one in drawing.iter(f"{SVG}text") if (text := "".join(one.itertext())))
        assert name.endswith(".svg")
        assert drawing.findtext(f"{SVG}title") == title
        assert title in words
        assert source in words
        assert len(list(drawing.iter(f"{SVG}path"))) + len(list(drawing.iter(f"{SVG}rect"))) > 2
        # Nothing in it hangs on the page's style sheet.
        assert b"var(--" not in svg
        assert b" class=" not in svg
        name, png = taken(page, place.locator(".pictures").get_by_role("button", name="PNG"))
        assert name.endswith(".png")
        seen = colours_of(page, png)
        assert (seen["width"], seen["height"]) == (
            2 * int(drawing.get("width", 0)),
            2 * int(drawing.get("height", 0)),
        )
        assert seen["colours"] > 10


def test_the_curve_of_the_picture_is_that_of_the_page(visitor: Visitor) -> None:
    page = visitor.open("?lang=en")
    page.wait_for_selector(".pictures")
    _, svg = taken(page, page.locator(".timeline .pictures").get_by_role("button", name="SVG"))
    drawn = [one.get("d") for one in ET.fromstring(svg).iter(f"{SVG}path")]  # noqa: S314 - of our own making
    shown = page.locator(".timeline .chart path").evaluate_all(
        "all => all.map((one) => one.getAttribute('d'))"
    )
    assert drawn == shown
    assert any(shown)


@pytest.mark.parametrize("query", ["&map=14/48.85/2.35", "&view=rebalancing", "&view=compare"])
def test_the_map_is_saved_with_its_legend_and_its_sources(visitor: Visitor, query: str) -> None:
    page = visitor.open(f"?lang=en{query}")
    page.wait_for_selector(".map-place")
    until_drawn(page)
    name, png = taken(page, page.get_by_role("button", name="Save the map as a picture (PNG)"))
    assert name.startswith("map_20260304T")
    seen = colours_of(page, png)
    place = page.locator(".map-place").bounding_box()
    assert seen["width"] >= 2 * place["width"]
    assert seen["height"] > 2 * place["height"] + 60  # title and sources stand beside it
    # Zones, stations in seven colours with soft edges, words: not the plain ground that an unread canvas gives.
    assert seen["colours"] > 200
