"""Numbers, times and lists as French and English write them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from velib_insights.core.locale import Language, Locale

FR, EN = Locale("fr", "Europe/Paris"), Locale("en", "Europe/Paris")


def epoch(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("value", "decimals", "french", "english"),
    [
        (0, 0, "0", "0"),
        (999, 0, "999", "999"),
        (1234567, 0, "1\u202f234\u202f567", "1,234,567"),
        (1234.56, 1, "1\u202f234,6", "1,234.6"),
        (-5, 0, "\u22125", "\u22125"),
        (-0.04, 1, "0,0", "0.0"),
    ],
)
def test_numbers_have_the_separators_of_their_language(
    value: float, decimals: int, french: str, english: str
) -> None:
    assert FR.number(value, decimals) == french
    assert EN.number(value, decimals) == english


@pytest.mark.parametrize(
    ("share", "french", "english"),
    [
        (0, "0\u202f%", "0%"),
        (1, "100\u202f%", "100%"),
        (0.1234, "12,3\u202f%", "12.3%"),
        (0.0001, "moins de 0,1\u202f%", "less than 0.1%"),
        (0.9999, "plus de 99,9\u202f%", "more than 99.9%"),
    ],
)
def test_a_share_is_never_rounded_to_none_or_all(share: float, french: str, english: str) -> None:
    assert FR.percent(share) == french
    assert EN.percent(share) == english


@pytest.mark.parametrize(
    ("count", "french", "english"),
    [
        (0, "0\u00a0station", "0\u00a0stations"),
        (1, "1\u00a0station", "1\u00a0station"),
        (2, "2\u00a0stations", "2\u00a0stations"),
        (1200, "1\u202f200\u00a0stations", "1,200\u00a0stations"),
    ],
)
def test_french_keeps_the_singular_for_none_and_english_does_not(
    count: int, french: str, english: str
) -> None:
    assert FR.count(count, "station", "stations") == french
    assert EN.count(count, "station", "stations") == english


@pytest.mark.parametrize(
    ("change", "french", "english"),
    [
        (0.012, "1,2 point", "1.2 points"),
        (-0.02, "2,0 points", "2.0 points"),
        (0.01, "1,0 point", "1.0 point"),
    ],
)
def test_points_are_plural_from_two_in_french_and_but_for_one_in_english(
    change: float, french: str, english: str
) -> None:
    assert (FR.points(change), EN.points(change)) == (french, english)


def test_signs_are_written_and_nothing_has_none() -> None:
    assert [FR.signed(n) for n in (3, 0, -1200)] == ["+3", "0", "\u22121\u202f200"]
    assert [EN.signed_percent(s) for s in (0.05, 0.0001, -0.1)] == ["+5.0%", "0.0%", "\u221210.0%"]


@pytest.mark.parametrize(
    ("minutes", "french", "english"),
    [
        (0, "0 min", "0 min"),
        (59, "59 min", "59 min"),
        (60, "1 h", "1 h"),
        (65, "1 h 05", "1 h 05 min"),
        (1440, "24 h", "24 h"),
    ],
)
def test_durations(minutes: int, french: str, english: str) -> None:
    assert FR.duration(minutes).replace("\u00a0", " ") == french
    assert EN.duration(minutes).replace("\u00a0", " ") == english


def test_dates_are_in_words() -> None:
    assert FR.day(date(2026, 3, 1)) == "dimanche 1er mars 2026"
    assert FR.day("2026-08-02") == "dimanche 2 août 2026"
    assert EN.day("2026-03-01") == "Sunday 1 March 2026"
    assert FR.day("2026-03-04", weekday=False) == "4 mars 2026"
    assert [FR.weekdays(3), EN.weekdays(3)] == ["mercredis", "Wednesdays"]


@pytest.mark.parametrize(
    ("instant", "french", "english"),
    [
        ("2026-03-04T17:30", "18 h 30", "18:30"),
        ("2026-03-04T08:00", "9 h", "09:00"),
        ("2026-03-29T01:00", "3 h", "03:00"),
        ("2026-10-25T00:15", "2 h 15 (heure d'été)", "02:15 (summer time)"),
        ("2026-10-25T01:15", "2 h 15 (heure d'hiver)", "02:15 (winter time)"),
    ],
)
def test_times_are_local_and_say_which_where_an_hour_comes_twice(
    instant: str, french: str, english: str
) -> None:
    assert FR.time(epoch(instant)).replace("\u00a0", " ") == french
    assert EN.time(epoch(instant)) == english


@pytest.mark.parametrize(
    ("items", "french", "english"),
    [([], "", ""), (["a"], "a", "a"), (["a", "b", "c"], "a, b et c", "a, b and c")],
)
def test_lists(items: list[str], french: str, english: str) -> None:
    assert (FR.listed(items), EN.listed(items)) == (french, english)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_time_zone_without_change_of_clocks_has_plain_times(language: Language) -> None:
    assert "(" not in Locale(language, "UTC").time(epoch("2026-10-25T01:15"))
