"""The time slider, play, the day picker, and what is shown of ticks that were not observed."""

from __future__ import annotations

from tests.browser.conftest import Visitor
from tests.browser.reading import number, rows_of, stamp, tick_of, until


def test_slider_shows_the_network_as_it_was(visitor: Visitor) -> None:
    page = visitor.open("?lang=en&as=table")
    day = visitor.site.data("days/2026-03-04.json")
    tick = day["status"].index("observed") + 12
    slider = page.get_by_role("slider", name="Moment of the day")
    slider.fill(str(tick))
    stations = tick_of(day, tick)
    running = [one for one in stations.values() if not one["off"]]
    assert number(page.locator('[data-figure="bikes"] .value').inner_text()) == sum(
        o["bikes"] for o in running
    )
    assert number(page.locator('[data-figure="bikes"] .value').inner_text()) == day["curve"]["bikes"][tick]
    assert number(page.locator('[data-figure="short"] .value').inner_text()) == day["curve"]["short"][tick]
    assert (
        number(page.locator('[data-figure="saturated"] .value').inner_text())
        == day["curve"]["saturated"][tick]
    )
    for name, code, _, bikes, _, ebikes, docks, *_ in rows_of(page, "Stations")[:50]:
        assert name
        assert (number(bikes), number(ebikes), number(docks)) == (
            stations[code]["bikes"],
            stations[code]["ebikes"],
            stations[code]["docks"],
        )


def test_an_unobserved_tick_is_told_and_not_made_up(visitor: Visitor) -> None:
    page = visitor.open()
    day = visitor.site.data("days/2026-03-03.json")
    gone = day["status"].index("frozen")
    page.goto(f"{visitor.site.address}?lang=en&at={stamp(day['epochs'][gone])}")
    page.wait_for_selector(".timeline .hint")
    assert "feed frozen" in page.locator(".timeline .hint").inner_text()
    assert page.locator(".timeline .gap").count() > 0
    before = max(i for i in range(gone) if day["status"][i] == "observed")
    value = page.locator('[data-figure="bikes"] .value').inner_text()
    assert number(value) == day["curve"]["bikes"][before]


def test_play_runs_through_the_day_and_stops_at_its_end(visitor: Visitor) -> None:
    page = visitor.open()
    slider = page.get_by_role("slider", name="Moment of the day")
    last = int(slider.get_attribute("max"))
    slider.fill(str(last - 4))
    page.get_by_role("button", name="Play").click()
    until(page, f"document.querySelector('.player input').value === '{last}'")
    page.get_by_role("button", name="Play").wait_for()


def test_play_can_be_paused(visitor: Visitor) -> None:
    page = visitor.open()
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Pause").click()
    held = page.locator(".timeline .moment").inner_text()
    page.wait_for_timeout(600)
    assert page.locator(".timeline .moment").inner_text() == held


def test_day_picker_shows_another_day(visitor: Visitor) -> None:
    page = visitor.open()
    page.get_by_label("Day", exact=True).select_option("2026-03-03")
    page.wait_for_selector("text=Tuesday, 3 March 2026")
    page.get_by_role("button", name="Next day").click()
    page.wait_for_selector("text=Wednesday, 4 March 2026")


def test_the_day_before_can_be_drawn_behind_the_curve(visitor: Visitor) -> None:
    page = visitor.open()
    page.get_by_label("Compare with").select_option("1")
    page.locator(".timeline .series.ghost path").first.wait_for(state="attached")


def test_back_to_the_latest(visitor: Visitor) -> None:
    page = visitor.open()
    page.get_by_role("slider", name="Moment of the day").fill("10")
    page.get_by_role("button", name="Back to the latest").click()
    assert page.locator(".timeline .moment b").inner_text() == "18:30"


def test_moving_the_slider_takes_less_than_a_frame_of_script(visitor: Visitor) -> None:
    """All the script of a step, repainting 1,480 stations and 84 zones with it: under 16 ms, on average of forty."""
    page = visitor.open()
    page.wait_for_selector(".player input")
    watch = page.context.new_cdp_session(page)
    watch.send("Performance.enable")

    def script_ms() -> float:
        told = watch.send("Performance.getMetrics")["metrics"]
        return next(1000 * one["value"] for one in told if one["name"] == "ScriptDuration")

    slider = page.get_by_role("slider", name="Moment of the day")
    slider.fill("9")
    page.evaluate("performance.clearMeasures()")
    before = script_ms()
    for tick in range(10, 50):
        slider.fill(str(tick))
    page.wait_for_timeout(300)
    assert page.evaluate("performance.getEntriesByName('draw-moment').length") > 10
    # What Playwright itself runs in the page to move the slider is counted too.
    assert (script_ms() - before) / 40 < 16
