"""The time slider, play, the day picker, and what is shown of ticks that were not observed."""

from __future__ import annotations

import pytest
from tests.browser.conftest import Visitor
from tests.browser.reading import number, rows_of, stamp, tick_of, until, until_drawn


def test_slider_shows_the_network_as_it_was(visitor: Visitor) -> None:
    page = visitor.open("?lang=en&as=table")
    day = visitor.site.data("days/2026-03-04.json")
    tick = day["status"].index("observed") + 12
    slider = page.get_by_role("slider", name="Time of day")
    slider.fill(str(tick))
    stations = tick_of(day, tick)
    running = [one for one in stations.values() if not one["off"]]
    assert number(page.locator('[data-figure="bikes"] .value').inner_text()) == sum(
        o["bikes"] for o in running
    )
    assert number(page.locator('[data-figure="bikes"] .value').inner_text()) == day["curve"]["bikes"][tick]
    assert (
        number(page.locator('[data-figure="no_bike"] .value').inner_text()) == day["curve"]["no_bike"][tick]
    )
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
    slider = page.get_by_role("slider", name="Time of day")
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
    page.get_by_role("button", name="Day: Wed 4 Mar").click()
    page.get_by_role("button", name="Tuesday, 3 March 2026, ").click()
    page.wait_for_selector("text=Tuesday, 3 March 2026")
    page.get_by_role("button", name="Next day").click()
    page.wait_for_selector("text=Wednesday, 4 March 2026")


def test_the_day_before_can_be_drawn_behind_the_curve(visitor: Visitor) -> None:
    page = visitor.open()
    page.get_by_label("Compare with").select_option("1")
    page.locator(".timeline .series.ghost path").first.wait_for(state="attached")


def test_back_to_the_latest(visitor: Visitor) -> None:
    page = visitor.open()
    page.get_by_role("slider", name="Time of day").fill("10")
    page.get_by_role("button", name="Back to the latest").click()
    assert page.locator(".timeline .moment b").inner_text() == "18:30"


def test_a_step_of_the_slider_tells_the_map_only_what_changed(visitor: Visitor) -> None:
    """How long a step takes is measured by benchmarks/page.py; what keeps it short is held here."""
    page = visitor.open()
    page.wait_for_selector(".player input")
    until_drawn(page)
    drawn = "performance.getEntriesByName('draw-moment').length"
    page.evaluate(
        """() => {
          performance.clearMeasures();
          const { map } = document.querySelector(".map");
          const { setFeatureState } = map;
          window.told = [];
          map.setFeatureState = (feature, state) => {
            told.push([feature.source, map.getFeatureState(feature).step, state.step]);
            return setFeatureState.call(map, feature, state);
          };
        }"""
    )
    slider = page.get_by_role("slider", name="Time of day")
    slider.fill("30")
    until(page, f"{drawn} > 0 && document.querySelector('.timeline .moment b').textContent === '07:30'")
    page.evaluate("performance.clearMeasures(), told.splice(0)")
    slider.fill("31")
    until(page, f"{drawn} > 0")
    told = page.evaluate("told")
    assert {source for source, _, _ in told} == {"stations", "zones"}
    assert all(before != after for _, before, after in told)
    stations = page.evaluate("document.querySelector('.map').map.querySourceFeatures('stations').length")
    assert 0 < len(told) < stations


@pytest.mark.parametrize("is_drawn_late", [False, True])
@pytest.mark.parametrize(("speed", "ticks"), [("8", 36), ("0.5", 2)])
def test_a_day_is_played_as_fast_as_is_wished(
    visitor: Visitor, speed: str, ticks: int, is_drawn_late: bool
) -> None:
    """An observation every 220 ms at speed 1, on a machine that keeps up and on one that is busy for the whole
    second."""
    status = visitor.site.data("days/2026-03-03.json")["status"]
    page = visitor.open(f"?lang=en&at=20260303T0000Z&speed={speed}")
    page.wait_for_selector(".player input")
    assert page.get_by_label("Playback speed").input_value() == speed
    slider = page.get_by_role("slider", name="Time of day")
    page.clock.install()
    page.clock.pause_at(page.evaluate("Date.now() / 1000 + 1"))
    page.get_by_role("button", name="Play").click()
    page.clock.run_for(100)
    page.get_by_role("button", name="Pause").wait_for()
    begun = int(slider.input_value())
    (page.clock.fast_forward if is_drawn_late else page.clock.run_for)(1_000)
    shown = status[begun + 1 : int(slider.input_value()) + 1].count("observed")
    assert ticks <= shown <= ticks + 1


def test_the_speed_is_in_the_address(visitor: Visitor) -> None:
    page = visitor.open()
    page.wait_for_selector(".player input")
    page.get_by_label("Playback speed").select_option("4")
    until(page, "new URLSearchParams(location.search).get('speed') === '4'")
