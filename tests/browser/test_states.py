"""Honest about what is not there: no data, a broken file, a late or frozen feed, a tick that comes while one looks."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from tests.browser.conftest import Visitor
from tests.browser.reading import until, until_drawn


def change_index(visitor: Visitor, **changes: Any) -> None:
    path = visitor.site.folder / "data" / "index.json"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **changes}), "utf-8")


def test_without_data_it_says_what_to_do(spoilt: Visitor) -> None:
    (spoilt.site.folder / "data").rename(spoilt.site.folder / "elsewhere")
    page = spoilt.open()
    told = page.locator(".nothing").inner_text()
    assert "No data yet" in told
    assert "velib" in told


def test_no_observed_tick_yet(spoilt: Visitor) -> None:
    change_index(spoilt, observed_epoch=None, observed_local=None, days=[])
    page = spoilt.open()
    assert "nothing to show" in page.locator(".nothing").inner_text()


def test_a_broken_index_is_told_and_can_be_tried_again(spoilt: Visitor) -> None:
    index = spoilt.site.folder / "data" / "index.json"
    whole = index.read_text("utf-8")
    index.write_text(whole[:100], "utf-8")
    page = spoilt.open()
    assert "could not be read" in page.locator(".nothing").inner_text()
    index.write_text(whole, "utf-8")
    page.get_by_role("button", name="Try again").click()
    page.wait_for_selector(".headline .value")


def test_a_day_without_replay_leaves_the_rest(spoilt: Visitor) -> None:
    for path in (spoilt.site.folder / "data" / "days").iterdir():
        path.unlink()
    page = spoilt.open()
    assert "No curve is published" in page.locator(".timeline").inner_text()
    assert page.locator(".headline .value").first.is_visible()


@pytest.mark.parametrize(
    ("how", "state", "age_min", "word"),
    [
        ("live", "ok", 5, "Live"),
        ("live", "ok", 240, "Late"),
        ("live", "frozen", 60, "frozen"),
        ("live", "failing", 60, "unavailable"),
        ("imported", "ok", 60, "Imported data"),
        ("simulated", "ok", 60, "Simulated"),
    ],
)
def test_freshness_in_words(spoilt: Visitor, how: str, state: str, age_min: int, word: str) -> None:
    now = int(time.time())
    change_index(spoilt, how=how, state=state, observed_epoch=now - 60 * age_min, ledger_epoch=now)
    page = spoilt.open()
    assert word in page.locator(".freshness").first.inner_text()


def test_a_new_tick_comes_in_by_itself(spoilt: Visitor) -> None:
    page = spoilt.blank()
    page.clock.install()
    page.goto(spoilt.site.address + "?lang=en")
    page.wait_for_selector(".headline .value")
    path = spoilt.site.folder / "data" / "headline.json"
    headline = json.loads(path.read_text("utf-8"))
    headline["now"]["bikes"] = 12_345
    path.write_text(json.dumps(headline), "utf-8")
    index = json.loads((spoilt.site.folder / "data" / "index.json").read_text("utf-8"))
    change_index(spoilt, ledger_epoch=index["ledger_epoch"] + 900)
    page.clock.run_for(61_000)
    page.wait_for_selector("text=12,345")


def test_attribution_is_on_every_view(visitor: Visitor) -> None:
    about = visitor.site.data("index.json")["attribution"]["en"]
    page = visitor.open()
    for view in ("map", "compare", "rebalancing", "rankings", "rhythm", "insights", "data"):
        page.goto(f"{visitor.site.address}?lang=en&view={view}")
        page.wait_for_selector("footer p")
        assert about in page.locator("footer").inner_text()


def test_official_polygons_take_the_place_of_those_made_of_stations(spoilt: Visitor, tmp_path: Path) -> None:
    corners = [[2.30, 48.81], [2.35, 48.81], [2.35, 48.84], [2.30, 48.84], [2.30, 48.81]]
    zone = {
        "type": "Feature",
        "properties": {"code": "75114"},
        "geometry": {"type": "MultiPolygon", "coordinates": [[corners]]},
    }
    path = spoilt.site.folder / "data" / "zones.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [zone]}), "utf-8")
    change_index(spoilt, zones="zones.geojson")
    page = spoilt.open("?lang=en&as=table")
    with page.expect_download() as started:
        page.get_by_role("group", name="Download these rows: Zones").get_by_role(
            "button", name="GeoJSON:"
        ).click()
    started.value.save_as(tmp_path / "zones.geojson")
    taken = json.loads((tmp_path / "zones.geojson").read_text("utf-8"))["features"]
    shapes = {one["properties"]["zone_code"]: one["geometry"]["coordinates"] for one in taken}
    assert shapes["75114"][0][0][:5] == corners
    assert all(shapes[code] for code in shapes), "zones without a polygon keep the ground of their stations"


def test_a_basemap_is_asked_for_only_where_one_is_set(spoilt: Visitor) -> None:
    asked: list[str] = []
    page = spoilt.blank()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(spoilt.site.address)
    page.wait_for_selector(".player input")
    assert not [url for url in asked if "tiles" in url]

    change_index(
        spoilt,
        basemap={
            "kind": "raster",
            "light": f"{spoilt.site.address}tiles/{{z}}/{{x}}/{{y}}.png",
            "dark": f"{spoilt.site.address}dark/{{z}}/{{x}}/{{y}}.png",
            "attribution": "Tiles of nobody",
            "optional": False,
        },
    )
    page.goto(f"{spoilt.site.address}?lang=en")
    page.wait_for_selector("text=Tiles of nobody")
    page.wait_for_selector(".player input")
    assert [url for url in asked if re.search(r"tiles/\d+/\d+/\d+\.png$", url)]


def test_a_basemap_that_is_not_there_is_said_and_the_stations_are_shown(spoilt: Visitor) -> None:
    change_index(
        spoilt,
        basemap={"kind": "pmtiles", "url": "data/basemap.pmtiles", "attribution": "", "optional": False},
    )
    page = spoilt.open("?lang=en")
    until_drawn(page)
    assert "cannot be shown" in page.locator(".map-notice").inner_text()
    drawn = "document.querySelector('.map').map.queryRenderedFeatures({layers: ['stations']}).length"
    until(page, f"{drawn} > 1000")


def test_unplugged_the_page_does_without_the_map_of_another_host(spoilt: Visitor) -> None:
    nowhere = "http://127.0.0.1:9/styles/light.json"
    change_index(
        spoilt,
        basemap={"kind": "style", "light": nowhere, "dark": nowhere, "attribution": "", "optional": True},
    )
    page = spoilt.open("?lang=en")
    until_drawn(page)
    until(page, "document.querySelector('.map').dataset.basemap === 'none'")
    assert page.locator(".map-notice").count() == 0
    spoilt.troubles = [each for each in spoilt.troubles if nowhere not in each and "127.0.0.1:9" not in each]
    spoilt.troubles = [each for each in spoilt.troubles if "Content Security Policy" not in each]


def test_without_webgl_there_is_the_table_and_the_reason(visitor: Visitor) -> None:
    page = visitor.blank()
    page.add_init_script(
        "const get = HTMLCanvasElement.prototype.getContext;"
        "HTMLCanvasElement.prototype.getContext = function (kind, ...more) {"
        "  return kind.startsWith('webgl') ? null : get.call(this, kind, ...more); };"
    )
    page.goto(f"{visitor.site.address}?lang=en")
    page.wait_for_selector("text=needs WebGL 2")
    assert page.locator("#map-tables tbody tr").count() > 20
