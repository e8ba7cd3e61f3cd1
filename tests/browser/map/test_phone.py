"""On a phone: a finger scrolls past the map, two move it, and a turned phone shows the whole network again."""

from __future__ import annotations

from typing import Any

from tests.browser.conftest import Visitor
from tests.browser.reading import until, until_drawn

PHONE: dict[str, Any] = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True}
CENTRE = "(({ lng, lat }) => [lng, lat])(document.querySelector('.map').map.getCenter())"
ALL_IN_VIEW = """(() => {
    const bounds = document.querySelector('.map').map.getBounds();
    return window.places.every(([lon, lat]) => bounds.contains([lon, lat]));
})()"""


def test_one_finger_scrolls_the_page_and_not_the_map(visitor: Visitor) -> None:
    page = visitor.open("?lang=en&view=rebalancing", **PHONE)
    until_drawn(page)
    page.locator(".map-place").scroll_into_view_if_needed()
    box = page.locator(".map-place").bounding_box()
    centre, before = page.evaluate(CENTRE), page.evaluate("scrollY")
    touch = page.context.new_cdp_session(page)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for moved in range(10, 260, 10):
        touch.send(
            "Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y - moved}]}
        )
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    until(page, f"scrollY > {before} + 150")
    assert page.evaluate(CENTRE) == centre


def test_two_fingers_zoom_the_map(visitor: Visitor) -> None:
    page = visitor.open("?lang=en", **PHONE)
    until_drawn(page)
    box = page.locator(".map-place").bounding_box()
    zoom = "document.querySelector('.map').map.getZoom()"
    before = page.evaluate(zoom)
    page.context.new_cdp_session(page).send(
        "Input.synthesizePinchGesture",
        {
            "x": box["x"] + box["width"] / 2,
            "y": box["y"] + box["height"] / 2,
            "scaleFactor": 2,
            "gestureSourceType": "touch",
        },
    )
    until(page, f"{zoom} > {before} + 0.4")


def test_a_turned_phone_shows_the_whole_network_again(visitor: Visitor) -> None:
    page = visitor.open("?lang=en", **PHONE)
    idle = until_drawn(page)
    now = visitor.site.data("now.json")
    places = [
        [lon, lat]
        for lon, lat in zip(now["lon"], now["lat"], strict=True)
        if lon is not None and 48.6 < lat < 49.1
    ]
    page.evaluate("(all) => { window.places = all; }", places)
    assert page.evaluate(ALL_IN_VIEW)
    page.set_viewport_size({"width": 844, "height": 390})
    until_drawn(page, idle)
    until(page, ALL_IN_VIEW)
