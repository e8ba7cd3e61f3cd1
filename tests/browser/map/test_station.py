"""The station's panel: counts, history, outages, neighbours."""

from __future__ import annotations

import json
import math

from tests.browser.conftest import Visitor
from tests.browser.reading import number


def test_counts_are_those_of_the_feed(visitor: Visitor) -> None:
    now = visitor.site.data("now.json")
    station = max(range(now["n"]), key=lambda i: now["ebikes"][i] or 0)
    page = visitor.open(f"?lang=en&station={now['code'][station]}")
    assert number(page.locator("[data-count=bikes]").inner_text()) == now["bikes"][station]
    assert number(page.locator("[data-count=docks]").inner_text()) == now["docks"][station]
    told = page.locator(".counts small").first.inner_text()
    assert told == f"{now['mechanical'][station]} mechanical, {now['ebikes'][station]} electric"


def test_the_outage_is_dated_as_in_the_kpi(visitor: Visitor) -> None:
    lacking = next(
        row
        for row in visitor.site.data("kpi/kpi_shortage.json")
        if row["is_short"] and not row["since_is_open"]
    )
    page = visitor.open(f"?lang=en&station={lacking['station_code']}")
    told = page.locator(".condition").inner_text()
    hours, minutes = divmod(lacking["since_minutes"], 60)
    assert "No bike" in told
    assert (f"{hours}\u00a0h" if hours else f"{minutes}\u00a0min") in told


def test_outages_of_a_day_are_listed(visitor: Visitor) -> None:
    worst = visitor.site.data("top10.json")[0]["station_code"]
    page = visitor.open(f"?lang=en&station={worst}")
    page.locator(".outages li").first.wait_for()
    assert "still out at the last observation" in page.locator(".outages").inner_text()


def test_every_span_has_its_chart(visitor: Visitor) -> None:
    page = visitor.open("?lang=en&station=14036")
    for span in ("7 days", "30 days", "24 hours"):
        page.get_by_role("group", name="History").get_by_role("button", name=span).click()
        page.get_by_role("img", name=f"History: {span}").wait_for()


def test_neighbours_have_bikes_and_stand_in_order_of_distance(visitor: Visitor) -> None:
    now = visitor.site.data("now.json")
    here = now["code"].index("14036")
    page = visitor.open("?lang=en&station=14036")
    shown = page.locator(".neighbours li").all()
    names = [one.locator("button").inner_text() for one in shown]

    def away(i: int) -> float:
        east = (now["lon"][i] - now["lon"][here]) * math.cos(math.radians(now["lat"][here]))
        return math.hypot(east, now["lat"][i] - now["lat"][here]) * 111_195

    near = [
        i
        for i in range(now["n"])
        if i != here and now["state"][i] == 0 and now["bikes"][i] and away(i) <= 1000
    ]
    near.sort(key=away)
    assert names == [now["name"][i] for i in near[:5]]
    shown[0].locator("button").click()
    assert page.locator("#station-title").inner_text() == names[0]


def test_a_station_that_is_gone_is_told(visitor: Visitor) -> None:
    page = visitor.open("?lang=en&station=0000")
    assert "not in the latest data" in page.locator(".panel").inner_text()


def test_out_of_service_is_not_empty(visitor: Visitor) -> None:
    now = visitor.site.data("now.json")
    closed = next(i for i in range(now["n"]) if now["state"][i] == 1 and now["bikes"][i] == 0)
    page = visitor.open(f"?lang=en&station={now['code'][closed]}")
    assert "Out of service" in page.locator(".condition").inner_text()


def test_the_panel_can_be_closed(visitor: Visitor) -> None:
    page = visitor.open("?lang=en&station=14036")
    page.get_by_role("button", name="Close").click()
    assert page.locator(".top10").is_visible()


def test_the_outages_of_a_week_are_those_of_the_kpi(visitor: Visitor) -> None:
    episodes = visitor.site.data("kpi/kpi_outage_episodes.json")
    code = max(
        {row["station_code"] for row in episodes},
        key=lambda one: sum(row["station_code"] == one for row in episodes),
    )
    ours = sorted(
        (row for row in episodes if row["station_code"] == code), key=lambda row: -row["started_epoch"]
    )
    page = visitor.open(f"?lang=en&station={code}&span=7d")
    page.locator(".outages li").first.wait_for()
    shown = [" ".join(text.split()) for text in page.locator(".outages li").all_inner_texts()]
    assert len(shown) == min(12, len(ours))
    for text, row in zip(shown, ours, strict=False):
        assert text.startswith("no bike" if row["kind"] == "no_bike" else "no free dock")
        hours, minutes = divmod(row["episode_minutes"], 60)
        assert text.endswith(
            f"{minutes} min" if not hours else f"{hours} h {minutes:02}" if minutes else f"{hours} h"
        )


def test_a_typical_day_is_the_mean_of_the_same_weekday_before(spoilt: Visitor) -> None:
    """A week is put before the demo's two days: at each hour of that Wednesday the station held as many bikes."""
    path = spoilt.site.folder / "data" / "history" / "75114.json"
    shard = json.loads(path.read_text("utf-8"))
    midnight = 1_771_974_000  # Wednesday, 25 February 2026, 00:00 in Paris
    shard["epochs"] = [midnight + 3600 * hour for hour in range(24)] + shard["epochs"]
    for code, series in shard["stations"].items():
        for name, values in series.items():
            known = code == "14001"
            series[name] = [
                hour if known and name == "bikes" else 0 if known else None for hour in range(24)
            ] + values
    path.write_text(json.dumps(shard), "utf-8")
    page = spoilt.open("?lang=en&station=14001")
    hours = page.get_by_role("list", name="A typical Wednesday").locator("li")
    hours.first.wait_for()
    told = [hours.nth(hour).get_attribute("title").split(";")[0] for hour in range(24)]
    assert told == [f"{hour} h: {hour}" for hour in range(24)]
    assert "mean of 1 earlier day" in page.locator(".panel").inner_text()
