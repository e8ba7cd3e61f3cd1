"""The first sentence and the map against what is usual, on forty days of twelve stations."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.browser.conftest import AXE, Site, Visitor, velib_serve, wait_for_data
from tests.browser.reading import STATION_STEPS, station_steps, until, until_drawn
from tests.forty_days import EMPTY_AT, ticks


@pytest.fixture(scope="module")
def forty_served(built_page: Path, forty_days: Path) -> Iterator[Site]:
    with velib_serve(forty_days) as served:
        wait_for_data(served)
        yield served


@pytest.fixture
def looker(browser: Any, forty_served: Site) -> Iterator[Visitor]:
    looking = Visitor(browser, forty_served)
    yield looking
    looking.close()
    assert looking.troubles == []


def against_usual(site: Site) -> dict[str, dict[str, Any]]:
    rows = json.loads(site.get("api/kpi/against_usual"))["rows"]
    return {row["station_code"] or row["zone_code"] or "": row for row in rows}


def judged(page: Any) -> str:
    until(page, "!['loading', undefined].includes(document.querySelector('.verdict')?.dataset.verdict)")
    return str(page.locator(".verdict").inner_text())


def stamp_at(hour_of_last_day: int) -> str:
    """In the address: that local hour of the last day, in Paris in winter."""
    return ticks()[-24 + hour_of_last_day].stamp


WORDS = {
    "en": {"more": "more than usual", "fewer": "fewer than usual", "usual": "as usual"},
    "fr": {"more": "plus que d'habitude", "fewer": "moins que d'habitude", "usual": "comme d'habitude"},
}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_first_sentence_says_what_the_api_says(looker: Visitor, language: str) -> None:
    row = against_usual(looker.site)[""]
    said = judged(looker.open(f"?lang={language}"))
    assert said.startswith("23:00, ")
    assert f"{row['short_stations']} station" in said
    assert f"{row['no_dock_stations']} " in said
    assert WORDS[language][row["short_verdict"]] in said
    assert f"{row['usual_days']} " in said


def test_an_hour_at_which_a_station_is_always_empty_is_as_usual(looker: Visitor) -> None:
    said = judged(looker.open(f"?lang=en&at={stamp_at(EMPTY_AT[0])}"))
    assert said.startswith("08:00, Thursday: 1 station without a bike, as usual (median 1 over ")


def test_a_zone_is_judged_by_its_own_hours(looker: Visitor) -> None:
    code, row = next(
        (code, row) for code, row in against_usual(looker.site).items() if row["scope"] == "zone"
    )
    page = looker.open(f"?lang=en&zone={code}")
    assert row["zone_name"] in judged(page)
    assert page.locator("[data-verdict-of='no_bike']").inner_text().startswith(f"{row['short_stations']} ")


def test_in_the_second_week_it_says_that_there_is_too_little_history(looker: Visitor) -> None:
    page = looker.open(f"?lang=en&at={ticks()[24 * 10 + 8].stamp}")
    assert "too little history to say whether that is usual: 1 of 3 " in judged(page)
    page = looker.open(f"?lang=en&measure=usual&at={ticks()[24 * 2 + 8].stamp}")
    assert "0 of 3 " in judged(page)
    page.get_by_text("Too little history to say what is usual on this day").wait_for()


def test_the_map_shows_each_station_against_its_own_hour(looker: Visitor) -> None:
    page = looker.open("?lang=en&measure=usual")
    until_drawn(page)
    codes = looker.site.data("now.json")["code"]
    until(page, f"Object.values({STATION_STEPS}).some((step) => step !== 254)")
    rows = against_usual(looker.site)
    shown = {codes[place]: step for place, step in station_steps(page).items()}
    assert set(shown) == set(codes)
    for code, step in shown.items():
        difference = rows[code]["fill_rate_against_usual"]
        assert abs(step - (3 + max(-3, min(3, difference / 0.4 * 3)))) <= 0.51, (code, difference)
    assert len(set(shown.values())) > 1


def test_axe_has_no_serious_finding(looker: Visitor) -> None:
    page = looker.open("?lang=en&measure=usual", bypass_csp=True)
    judged(page)
    page.add_script_tag(path=str(AXE))
    found = page.evaluate("axe.run().then((told) => told.violations)")
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []
