"""The dispatcher's board: ongoing outages, under the filters, and refreshed by itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.browser.conftest import AXE, Visitor, velib, velib_serve, wait_for_data
from tests.browser.reading import number, rows_of, until


def figure(page: Any, name: str) -> int:
    return number(page.locator(f'[data-figure="{name}"] .value').inner_text())


def board_of(looking: Visitor, query: str = "", **context: Any) -> Any:
    page = looking.open(f"?lang=en&view=board{query}", **context)
    page.locator(".tiles").wait_for()
    return page


def open_episodes(looking: Visitor) -> list[dict[str, Any]]:
    rows = json.loads(looking.site.get("api/kpi/outage_episodes"))["rows"]
    return [row for row in rows if row["is_open"]]


def test_it_shows_every_outage_that_goes_on_as_the_api_tells_it(visitor: Visitor) -> None:
    going = open_episodes(visitor)
    page = board_of(visitor)
    assert figure(page, "going") == len(going)
    assert figure(page, "no_bike") == sum(row["kind"] == "no_bike" for row in going)
    latest = visitor.site.data("headline.json")["now"]
    assert figure(page, "no_bike") == latest["no_bike"]
    assert page.title().startswith(f"({len(going)}) ")
    named = {(row["name"], row["kind"]) for row in going}
    kinds = {"No bike": "no_bike", "No free dock": "no_dock"}
    rows = rows_of(page, "Outages now")
    assert len(rows) == min(len(going), 100)
    assert {(row[0], kinds[row[2]]) for row in rows} <= named


def test_the_whole_length_is_told_however_long_ago_it_began(visitor: Visitor) -> None:
    longest = max(open_episodes(visitor), key=lambda row: row["episode_minutes"])
    page = board_of(visitor)
    first = page.locator(".table-scroll").first.locator("tbody tr").first.inner_text()
    hours = longest["episode_minutes"] // 60
    assert f"{hours}\u00a0h" in first or "d " in first
    assert ("at least" in first) == (not longest["start_was_seen"])


CRITICAL = "Ten most critical"


def test_its_ten_most_critical_are_those_of_the_kpi(visitor: Visitor) -> None:
    told = json.loads(visitor.site.get("api/kpi/top10_2hour"))["rows"]
    page = board_of(visitor)
    page.locator(f"caption:has-text('{CRITICAL}')").wait_for(state="attached")
    shown = rows_of(page, CRITICAL)
    assert [(number(row[0]), row[1]) for row in shown] == [
        (row["critical_rank"], row["name"]) for row in told
    ]
    for row, kpi in zip(shown, told, strict=True):
        assert [number(cell) for cell in row[3:6]] == [
            kpi[name] for name in ("outage_minutes", "short_minutes", "no_dock_minutes")
        ]
        assert row[6] == ("yes" if kpi["is_still_out"] else "no")


def test_its_ten_most_critical_follow_the_filters(visitor: Visitor) -> None:
    told = {row["name"]: row for row in json.loads(visitor.site.get("api/kpi/top10_2hour"))["rows"]}
    zone = next(row["zone_code"] for row in told.values())
    of_zone = [row["name"] for row in told.values() if row["zone_code"] == zone]
    page = board_of(visitor, f"&zone={zone}")
    page.locator(f"caption:has-text('{CRITICAL}')").wait_for(state="attached")
    rows = rows_of(page, CRITICAL)
    assert [row[1] for row in rows][: len(of_zone)] == of_zone
    assert len({row[2] for row in rows}) == 1
    page = board_of(visitor, "&type=ebike")
    page.locator(f"caption:has-text('{CRITICAL}')").wait_for(state="attached")
    by_type = rows_of(page, CRITICAL)
    # Whoever has no bike at all has none of a type, and more lack one type than both.
    assert sum(number(row[3]) for row in by_type) >= sum(row["outage_minutes"] for row in told.values())


def test_the_filters_govern_the_figures_and_the_tables(visitor: Visitor) -> None:
    going = open_episodes(visitor)
    zone = max(
        {row["zone_code"] for row in going}, key=lambda code: sum(r["zone_code"] == code for r in going)
    )
    page = board_of(visitor, f"&zone={zone}")
    own = [row for row in going if row["zone_code"] == zone]
    assert figure(page, "going") == len(own)
    page.get_by_label("Zone").select_option("")
    until(page, f"document.querySelector('[data-figure=\"going\"] .value').textContent === '{len(going)}'")
    page.get_by_role("button", name="Electric").click()
    page.go_back()
    assert page.get_by_role("button", name="All", exact=True).get_attribute("aria-pressed") == "true"
    assert figure(page, "going") == len(going)


def test_of_one_type_of_bike_stations_without_it_are_there_too(visitor: Visitor) -> None:
    stations = json.loads(visitor.site.get("api/latest"))["stations"]
    lacking = [s for s in stations if s["state"] == "operative" and s["ebikes"] == 0 and s["bikes"]]
    page = board_of(visitor, "&type=ebike")
    assert figure(page, "going") == len(open_episodes(visitor)) + len(lacking)


def test_a_new_tick_comes_by_itself(browser: Any, built_page: Path, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    velib("demo", "--lake", lake, "--no-serve", "--days", "0.1")
    with velib_serve(lake) as site:
        wait_for_data(site)
        looking = Visitor(browser, site)
        page = board_of(looking)
        before = int(page.locator("[data-board-epoch]").get_attribute("data-board-epoch"))
        page.evaluate("window.here = true")
        velib("demo", "--lake", lake, "--no-serve", "--days", "0.13")
        until(
            page, f"Number(document.querySelector('[data-board-epoch]')?.dataset.boardEpoch) > {before}", 60
        )
        assert page.evaluate("window.here")
        assert figure(page, "going") == len(open_episodes(looking))
        looking.close()
        assert looking.troubles == []


def test_the_server_says_that_there_is_a_new_tick(visitor: Visitor) -> None:
    """Without it the page would learn of a tick by asking, up to a quarter of a minute later."""
    page = visitor.blank()
    with page.expect_request(lambda request: request.url.endswith("/api/events")):
        page.goto(f"{visitor.site.address}?lang=en&view=board")


def test_as_files_it_asks_now_and_then(reader: Visitor) -> None:
    page = reader.blank()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{reader.site.address}?lang=en&view=board")
    page.locator(".tiles").wait_for()
    assert not any("api/" in url for url in asked)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_axe_has_no_serious_finding_and_a_phone_shows_it_without_scrolling_sideways(
    visitor: Visitor, language: str
) -> None:
    page = visitor.open(f"?lang={language}&view=board", width=390, height=844, bypass_csp=True)
    page.locator(".tiles").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("axe.run().then((told) => told.violations)")
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []


def test_sound_is_remembered(visitor: Visitor) -> None:
    page = board_of(visitor)
    button = page.get_by_role("button", name="Sound")
    assert button.get_attribute("aria-pressed") == "false"
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    page.reload()
    page.locator(".tiles").wait_for()
    assert page.get_by_role("button", name="Sound").get_attribute("aria-pressed") == "true"
