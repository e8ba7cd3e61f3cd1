"""Before and after, rebalancing, rankings, the week's rhythm, Daily Insights, data and health."""

from __future__ import annotations

import pytest
from tests.browser.conftest import Visitor
from tests.browser.reading import number, rows_of, stamp, tick_of


def test_before_and_after_is_the_difference_of_two_ticks(visitor: Visitor) -> None:
    day = visitor.site.data("days/2026-03-04.json")
    observed = [i for i, status in enumerate(day["status"]) if status == "observed"]
    first, last = observed[8], observed[-1]
    page = visitor.open(
        f"?lang=en&view=compare&before={stamp(day['epochs'][first])}&after={stamp(day['epochs'][last])}"
    )
    before, after = tick_of(day, first), tick_of(day, last)
    page.wait_for_selector("caption:has-text('Before and after')", state="attached")
    rows = rows_of(page, "Before and after")
    for _, code, _, then, since, change in rows:
        assert (number(then), number(since)) == (before[code]["bikes"], after[code]["bikes"])
        assert number(change) == after[code]["bikes"] - before[code]["bikes"]
    both = [code for code in before if code in after and not before[code]["off"] and not after[code]["off"]]
    whole = sum(after[code]["bikes"] - before[code]["bikes"] for code in both)
    assert number(page.locator(".lead b").inner_text()) == whole


def test_rankings_sort_and_keep_unknowns_last(visitor: Visitor) -> None:
    page = visitor.open("?lang=en&view=rankings&table=kpi_station_saturation")
    page.wait_for_selector("tbody tr")
    titles = page.locator("thead th").all_inner_texts()
    column = next(i for i, title in enumerate(titles) if title.startswith("For (min)"))
    page.locator("thead th").nth(column).get_by_role("button").click()
    shown = [number(row[column]) for row in rows_of(page, page.locator("caption").first.inner_text())]
    assert shown == sorted(shown, reverse=True)
    assert page.locator("thead th").nth(column).get_attribute("aria-sort") == "descending"


def test_every_view_opens(visitor: Visitor) -> None:
    page = visitor.open("?lang=en&view=rankings")
    for view in visitor.site.data("index.json")["views"]:
        page.get_by_label("Table", exact=True).select_option(view["name"])
        page.wait_for_selector(f"code:has-text('{view['name']}')")
        page.wait_for_selector(".table-tools")
        assert number(page.locator(".table-tools [role=status]").inner_text()) == view["rows"]


def test_heat_map_is_the_profile(visitor: Visitor) -> None:
    page = visitor.open("?lang=en&view=rhythm&measure=no_bike")
    page.wait_for_selector(".heat")
    shown = rows_of(page, "The week's rhythm")
    assert len(shown) == 7
    for row in visitor.site.data("profile.json"):
        cell = shown[row["local_weekday"] - 1][row["local_hour"] + 1]
        assert abs(number(cell) - 100 * row["short_share"]) <= 0.5 + 1e-9


def test_health_shows_the_coverage_of_every_day(visitor: Visitor) -> None:
    page = visitor.open("?lang=en&view=data")
    shown = page.locator(".coverage li b").all_inner_texts()
    days = visitor.site.data("index.json")["days"]
    assert [number(text) for text in shown] == [
        pytest.approx(100 * day["coverage"], abs=0.51) for day in days
    ]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_daily_insights_say_the_published_sentences(reader: Visitor, language: str) -> None:
    page = reader.open(f"?lang={language}&view=insights&day=2026-03-03")
    page.wait_for_selector(".story p")
    report = reader.site.data("insights/2026-03-03.json")
    # Narrow no-break spaces come back from the page as they were written.
    assert page.locator(".story p").all_text_contents() == report["sentences"][language]
    assert report["attribution"][language] in page.locator(".report").inner_text()


def test_daily_insights_print_without_controls(reader: Visitor) -> None:
    page = reader.open("?lang=en&view=insights&day=2026-03-03&theme=dark")
    page.wait_for_selector(".story p")
    page.emulate_media(media="print")
    assert not page.get_by_role("button", name="Print").is_visible()
    assert page.locator("nav").is_hidden()
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
    assert len(page.pdf()) > 20_000


def test_a_days_report_is_a_document_of_its_own(visitor: Visitor) -> None:
    page = visitor.open("?lang=fr&view=insights&day=2026-03-03")
    page.wait_for_selector(".story p")
    page.get_by_role("link", name="Le document seul").click()
    page.wait_for_url("**/data/insights/2026-03-03.fr.html")
    report = visitor.site.data("insights/2026-03-03.json")
    assert report["sentences"]["fr"][1] in page.locator("body").text_content()


def test_the_days_before_and_after_are_one_step_away(reader: Visitor) -> None:
    page = reader.open("?lang=en&view=insights&day=2026-03-03")
    page.get_by_role("heading", name="Tuesday, 3 March 2026").wait_for()
    page.get_by_role("button", name="Next day").click()
    page.get_by_role("heading", name="Wednesday, 4 March 2026").wait_for()
    assert page.get_by_role("button", name="Next day").is_disabled()
