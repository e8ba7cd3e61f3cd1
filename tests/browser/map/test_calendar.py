"""The day is chosen from a calendar: what has data, how much of it, by pointer and by keys."""

from __future__ import annotations

import pytest
from tests.browser.conftest import Visitor
from tests.browser.reading import until

ON_THE_MAP = "Day: Wed 4 Mar"


@pytest.mark.parametrize(
    ("query", "button", "other"),
    [
        ("", ON_THE_MAP, "Day: Tue 3 Mar"),
        (
            "&view=insights&day=2026-03-04",
            "Day: Wednesday, 4 March 2026",
            "Day: Tuesday, 3 March 2026",
        ),
    ],
)
def test_days_with_data_can_be_chosen_and_no_others(
    visitor: Visitor, query: str, button: str, other: str
) -> None:
    page = visitor.open(f"?lang=en{query}")
    page.get_by_role("button", name=button).click()
    month = page.get_by_role("dialog", name="Day")
    assert "March 2026" in month.inner_text()
    days = {one["date"]: one for one in visitor.site.data("index.json")["days"]}
    shown = {
        one.get_attribute("data-date"): (one.is_enabled(), one.get_attribute("aria-label"))
        for one in month.locator("td button").all()
    }
    assert len(shown) == 31
    for date, (can_be_chosen, label) in shown.items():
        assert can_be_chosen == (date in days)
        if date in days:
            assert label.endswith(f", {round(100 * days[date]['coverage'])}% observed")
    month.get_by_role("button", name="Tuesday, 3 March 2026, ").click()
    page.get_by_role("button", name=other).wait_for()
    assert month.count() == 0


def test_keys_go_through_the_days_and_leave(visitor: Visitor) -> None:
    page = visitor.open("?lang=en")
    page.get_by_role("button", name=ON_THE_MAP).focus()
    page.keyboard.press("Enter")
    focused = "document.activeElement.dataset.date"
    until(page, f"{focused} === '2026-03-04'")
    page.keyboard.press("ArrowLeft")
    until(page, f"{focused} === '2026-03-03'")
    page.keyboard.press("End")
    until(page, f"{focused} === '2026-03-04'")
    page.keyboard.press("Escape")
    assert page.get_by_role("dialog", name="Day").count() == 0
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == ON_THE_MAP
    page.keyboard.press("Enter")
    until(page, f"{focused} === '2026-03-04'")
    page.keyboard.press("ArrowLeft")
    until(page, f"{focused} === '2026-03-03'")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Tuesday, 3 March 2026")
    until(page, "location.search.includes('at=20260303')")


def test_other_months_are_turned_to_as_far_as_there_is_data(visitor: Visitor) -> None:
    page = visitor.open("?lang=en")
    page.get_by_role("button", name=ON_THE_MAP).click()
    assert page.get_by_role("button", name="Next month").is_disabled()
    before = page.get_by_role("button", name="Previous month")
    first = visitor.site.data("index.json")["days"][0]["date"]
    assert before.is_disabled() == first.startswith("2026-03")
    page.mouse.click(5, 5)
    until(page, "document.querySelector('.calendar-month') === null")
