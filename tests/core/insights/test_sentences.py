"""What the sentences say is what the figures are, in both languages."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import msgspec
import pytest

from velib_insights.core.insights.labels import label
from velib_insights.core.insights.report import (
    Baseline,
    Change,
    ChronicStation,
    CommuteFlow,
    Comparison,
    Coverage,
    DayReport,
    Equity,
    History,
    Moment,
    Network,
    Recovery,
    Station,
    Stations,
    Types,
    WorstMoment,
    Zone,
    ZoneFlow,
    decode_report,
    encode_report,
)
from velib_insights.core.insights.sentences import NOTICES, TOPICS, with_sentences
from velib_insights.core.locale import Language
from velib_insights.pages.report_html import html

MIDNIGHT = 1772578800  # 4 March 2026 in Paris
LANGUAGES = ("fr", "en")


def station(code: str, outage: int = 0, moved: int | None = 10) -> Station:
    return Station(code, "Place Monge", "75101", "Paris 1er", 1.0, 1.0, 1.0, outage, 0, outage, 1440, moved)


def zone(code: str, share: float | None, minutes: int, stations: int = 5) -> Zone:
    return Zone(
        code, f"Zone {code}", stations, 0.9, 0.9, share, minutes, 0, minutes, 7200, 0.4, -3, 4, None, None
    )


COVERAGE = Coverage(
    share=0.99,
    is_over=True,
    is_low=False,
    observed_minutes=1425,
    elapsed_minutes=1440,
    day_minutes=1440,
    first_observed_epoch=MIDNIGHT,
    last_observed_epoch=MIDNIGHT + 85500,
    longest_gap_minutes=30,
    cadence_min=15.0,
    ticks_expected=96,
    ticks_observed=95,
    ticks_frozen=1,
    ticks_partial=0,
    ticks_failed=0,
    ticks_missing=0,
    rows_refused=0,
    dialects=("gbfs",),
)
REPORT = DayReport(
    version=1,
    date="2026-03-04",
    weekday=3,
    source="velib",
    network_name="Vélib' Métropole",
    timezone="Europe/Paris",
    how="live",
    coverage=COVERAGE,
    network=Network(1462, 1450, 812, 3, 0.941, 0.953, 0.898, 0.102, 20000, 16120, 36120, 354000, 98400),
    history=History("ok", "ok", "ok"),
    comparisons=(
        Comparison(
            "unusable_share",
            0.102,
            Baseline(("2026-03-03",), 0.09, 0.012, 0.102, 1425),
            Baseline(("2026-02-25",), 0.122, -0.02, 0.102, 1425),
            Baseline(("2026-02-25", "2026-02-18"), 0.102, 0.0, 0.102, 1425),
        ),
        Comparison("bikes_moved", 98400, Baseline(("2026-03-03",), 90000, 8400, 98400, 1425), None, None),
    ),
    worst_moment=WorstMoment(MIDNIGHT + 18 * 3600 + 2700, 1450, 143, 143 / 1450, 80, 65),
    zones=(zone("A", 0.31, 90, stations=2), zone("B", 0.142, 4210), zone("C", 0.08, 900), zone("D", 0.0, 0)),
    equity=Equity(3, "B", "Zone B", 0.142, 0.08, "D", "Zone D", 0.011, 0.062),
    stations=Stations((station("18042", outage=1380),), (station("1001", moved=342),)),
    morning=CommuteFlow(7, 10, 1.0, 900, (ZoneFlow("B", "Zone B", 312),), (ZoneFlow("C", "Zone C", -250),)),
    evening=CommuteFlow(17, 20, 0.5, 700, (), (ZoneFlow("B", "Zone B", -40),)),
    types=Types(6012.4, 4210.2, 0.412, 79.6, 210.2),
    chronic=(ChronicStation("18042", "Place Monge", "Paris 18e", "no_bike", 3, 7, 0.6),),
    recoveries=(Recovery("no_bike", 523, 500, 45, 195, 63), Recovery("no_dock", 1, 1, 15, 15, 0)),
    changes=(
        Change("appeared", "1", "Neuve", None, None, None, None),
        Change("renamed", "2", "B", "A", None, None, None),
    ),
    moments=(
        Moment(MIDNIGHT, "observed", 900, 1450, 80, 65, 143),
        Moment(MIDNIGHT + 900, "frozen", 0, None, None, None, None),
        Moment(MIDNIGHT + 1800, "observed", 900, 1450, 0, 0, 0),
    ),
)


def said(topic: str, language: str, report: DayReport = REPORT, **changed: Any) -> str:
    """The sentence on a topic with plain spaces, empty where nothing is said."""
    whole = with_sentences(msgspec.structs.replace(report, **changed))
    of_topic = dict(zip(whole.topics, whole.sentences[language], strict=True))
    return of_topic.get(topic, "").replace("\u00a0", " ").replace("\u202f", " ")


def numbers(text: str) -> list[str]:
    """The numbers in a sentence, whatever separates thousands and decimals."""
    found = re.findall(r"\d+(?:[,. \u202f\u00a0]\d{3})*(?:[,.]\d+)?", text)
    return [re.sub(r"[ \u202f\u00a0]|,(?=\d{3}\b)", "", each).replace(",", ".") for each in found]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("topic", "figures"),
    [
        ("network", ["4", "2026", "94.1", "95.3", "36120", "10.2", "20000", "16120"]),
        ("moves", ["98400", "9.3"]),
        ("zones", ["14.2", "4210", "8.0", "900"]),
        ("equity", ["14.2", "8.0", "6.2"]),
        ("stations_worst", ["18042", "1", "23", "24", "3"]),
        ("stations_best", ["812", "1450", "1001", "1", "342"]),
        ("types", ["6012", "4210", "41.2", "210", "80"]),
        ("recovery", ["523", "45", "3", "15", "63", "1", "15", "15", "0"]),
    ],
)
def test_the_numbers_of_a_sentence_are_those_of_the_report(
    language: str, topic: str, figures: list[str]
) -> None:
    assert numbers(said(topic, language)) == figures


def test_the_comparison_has_each_baseline_with_its_direction() -> None:
    assert said("comparison", "fr") == (
        "Temps inutilisable : 1,2 point de plus que la veille, 2,0 points de moins que la semaine d'avant,"
        " autant que la médiane des 2 mercredis précédents."
    )
    assert said("comparison", "en") == (
        "Time unusable: 1.2 points more than the day before, 2.0 points less than the week before,"
        " the same as the median of the last 2 Wednesdays."
    )


def test_no_history_is_said_and_compared_with_nothing() -> None:
    none = History("no_history", "no_history", "no_history")
    bare = tuple(Comparison(each.measure, each.value, None, None, None) for each in REPORT.comparisons)
    assert said("comparison", "fr", history=none, comparisons=bare).startswith("Pas encore d'historique")
    text = said("comparison", "en", history=none, comparisons=bare)
    assert text.startswith("No history yet")
    assert "median Wednesday" in text
    assert numbers(said("moves", "en", history=none, comparisons=bare)) == ["98400"]


def test_a_comparison_over_less_than_the_day_says_over_how_much() -> None:
    part = tuple(
        Comparison(
            each.measure,
            each.value,
            Baseline(("2026-03-03",), 0.09, 0.012, 0.102, 1200),
            None,
            Baseline(("2026-02-25", "2026-02-18"), 0.1, 0.002, 0.102, 900),
        )
        for each in REPORT.comparisons[:1]
    )
    history = History("ok", "not_comparable", "ok")
    assert said("comparison", "en", comparisons=part, history=history) == (
        "Time unusable: 1.2 points more than the day before (over 20 h observed on both), 0.2 points more than the"
        " median of the last 2 Wednesdays (over 15 h at least). Not comparable with the week before: less than half of"
        " the observed time is common to both."
    )
    assert said("comparison", "fr", comparisons=part, history=history) == (
        "Temps inutilisable : 1,2 point de plus que la veille (sur 20 h observées les deux jours), 0,2 point de plus"
        " que la médiane des 2 mercredis précédents (sur au moins 15 h). Pas comparable à la semaine d'avant : moins de"
        " la moitié du temps observé est commun."
    )


def test_the_worst_moment_is_in_local_time() -> None:
    assert said("worst_moment", "fr") == (
        "Le pire moment : 18 h 45, avec 143 stations inutilisables sur 1 450 (9,9 %),"
        " dont 80 sans vélo et 65 sans place."
    )
    assert "18:45, with 143 unusable stations of 1,450 (9.9%)" in said("worst_moment", "en")


def test_small_zones_are_ranked_in_no_sentence() -> None:
    assert "Zone A" not in said("zones", "fr")
    assert said("zones", "fr").startswith("Zones les plus touchées : Zone B")
    one = (zone("B", 0.1, 1),)
    assert said("zones", "fr", zones=one) == "Zone la plus touchée : Zone B (10,0 % du temps, 1 minute)."
    assert said("zones", "en", zones=one) == "Zone hit hardest: Zone B (10.0% of the time, 1 minute)."


@pytest.mark.parametrize(
    ("always", "french", "english"),
    [
        (0, "Aucune station n'est restée inutilisable", "No station was unusable"),
        (1, "1 station est restée inutilisable", "1 station was unusable"),
        (2, "2 stations sont restées inutilisables", "2 stations were unusable"),
    ],
)
def test_verbs_agree_with_none_one_and_two_stations_out(always: int, french: str, english: str) -> None:
    network = msgspec.structs.replace(REPORT.network, stations_always_out=always)
    assert french in said("stations_worst", "fr", network=network)
    assert english in said("stations_worst", "en", network=network)


@pytest.mark.parametrize(
    ("never", "french", "english"),
    [
        (0, "Aucune station n'a eu", "No station had"),
        (1, "1 station sur 1 450 a toujours", "1 station of 1,450"),
        (2, "2 stations sur 1 450 ont toujours", "2 stations of 1,450"),
    ],
)
def test_verbs_agree_with_none_one_and_two_stations_never_out(never: int, french: str, english: str) -> None:
    network = msgspec.structs.replace(REPORT.network, stations_never_out=never)
    assert said("stations_best", "fr", network=network).startswith(french)
    assert said("stations_best", "en", network=network).startswith(english)


@pytest.mark.parametrize(
    ("ended", "french", "english"),
    [
        (0, "0 épisode sans vélo fini,", "0 outages"),
        (1, "1 épisode sans vélo fini,", "1 outage "),
        (2, "2 épisodes sans vélo finis,", "2 outages"),
    ],
)
def test_outages_none_one_and_two(ended: int, french: str, english: str) -> None:
    found = (Recovery("no_bike", ended, 0, None, None, 4),)
    assert said("recovery", "fr", recoveries=found).startswith(french)
    assert said("recovery", "en", recoveries=found).startswith(english)


def test_a_tide_says_how_much_of_its_hours_was_observed() -> None:
    assert said("morning", "fr") == (
        "Trajets du matin (7 h à 10 h) : les vélos ont afflué vers Zone B (+312), et quitté Zone C (\u2212250)."
    )
    assert "(17 h à 20 h, observée à 50 %)" in said("evening", "fr")
    assert "les vélos ont quitté Zone B (\u221240)" in said("evening", "fr")
    assert "(17:00 to 20:00, 50% observed): bikes left Zone B (\u221240)." in said("evening", "en")


def test_changes_are_named_and_none_is_said() -> None:
    assert said("changes", "fr") == "Réseau : 1 station apparue (Neuve) et 1 station renommée (B)."
    assert said("changes", "en", changes=()).startswith("No station appeared")
    assert said("changes", "fr", changes=None).startswith("Pas encore de jour précédent")
    many = tuple(Change("vanished", str(n), f"S{n}", None, None, None, None) for n in range(5))
    assert said("changes", "en", changes=many) == "Network: 5 stations vanished (S0, S1, S2, …)."


def test_chronic_stations_need_days_and_none_is_said() -> None:
    assert said("chronic", "fr").startswith("1 station chroniquement inutilisable (")
    assert said("chronic", "fr", chronic=()).startswith("Aucune station")
    assert said("chronic", "en", chronic=None).startswith("Not enough observed days yet")


def test_the_feed_names_only_what_went_wrong() -> None:
    assert said("feed", "fr") == (
        "Flux : 95 relevés observés sur 96 attendus, 1 figé (le flux se répétait), 99,0 % du temps observé ;"
        " plus long trou 30 min."
    )
    whole = msgspec.structs.replace(
        COVERAGE, share=1.0, ticks_observed=96, ticks_frozen=0, longest_gap_minutes=15
    )
    assert said("feed", "en", coverage=whole) == (
        "Feed: 96 ticks observed of 96 expected, 100% of the time observed."
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_poorly_observed_day_says_so_first_and_where_the_data_is_from_next(language: str) -> None:
    low = msgspec.structs.replace(
        COVERAGE, share=0.22, is_low=True, is_over=False, observed_minutes=315, elapsed_minutes=1440
    )
    state = History("day_low_coverage", "day_low_coverage", "day_low_coverage")
    whole = with_sentences(msgspec.structs.replace(REPORT, coverage=low, history=state, how="simulated"))
    assert whole.topics[:4] == ("coverage", "source", "under_way", "network")
    assert numbers(whole.sentences[language][0]) == ["22.0", "5", "15", "24"]
    assert numbers(whole.sentences[language][whole.topics.index("comparison")]) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_day_of_which_nothing_is_known_has_no_figures(language: str) -> None:
    nothing = msgspec.structs.replace(
        COVERAGE,
        share=0.0,
        is_low=True,
        observed_minutes=0,
        ticks_observed=0,
        ticks_frozen=96,
        last_observed_epoch=None,
    )
    whole = with_sentences(
        msgspec.structs.replace(
            REPORT,
            coverage=nothing,
            network=None,
            comparisons=(),
            worst_moment=None,
            zones=(),
            equity=None,
            stations=Stations((), ()),
            morning=None,
            evening=None,
            types=None,
            chronic=None,
            recoveries=(),
            changes=None,
            moments=(),
            how=None,
        )
    )
    assert whole.topics == ("coverage",)
    assert numbers(whole.sentences[language][0]) == ["0", "96", "96"]
    page = html(whole, language)
    assert "<table>" not in page
    assert 'class="figures"' not in page


def test_every_topic_is_said_in_both_languages_or_in_neither() -> None:
    for changed in ({}, {"chronic": None, "changes": None}, {"zones": (), "equity": None, "types": None}):
        whole = with_sentences(msgspec.structs.replace(REPORT, **changed))
        assert len(whole.topics) == len(whole.sentences["fr"]) == len(whole.sentences["en"])
        assert set(whole.topics) <= set(TOPICS)
        assert len(whole.cannot_be_known["fr"]) == len(whole.cannot_be_known["en"]) >= 3
    assert all(label(topic, "fr") and label(topic, "en") for topic in TOPICS)


@pytest.mark.parametrize(
    ("changed", "french", "absent"),
    [
        (
            {},
            "Vélib' Métropole (données GBFS), mise à jour du 4 mars 2026 à 23 h 45 – Licence Ouverte 2.0",
            "",
        ),
        ({"coverage": msgspec.structs.replace(COVERAGE, dialects=("opendatasoft",))}, "ODbL", "Licence"),
        ({"how": "simulated"}, "Elles ne décrivent aucun réseau réel", "Licence"),
        ({"source": "lyon", "network_name": "lyon"}, "Source : lyon (données ouvertes)", "Licence"),
    ],
)
def test_the_source_its_date_and_its_licence_are_named(
    changed: dict[str, Any], french: str, absent: str
) -> None:
    text = with_sentences(msgspec.structs.replace(REPORT, **changed)).attribution["fr"]
    assert french in text.replace("\u00a0", " ")
    assert not absent or absent not in text


def test_a_report_comes_back_from_its_json() -> None:
    whole = with_sentences(REPORT)
    body = encode_report(whole)
    assert decode_report(body) == whole
    assert b"\n" not in body
    assert "\u202f".encode() in body


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_stands_alone_and_says_the_same(language: str) -> None:
    whole = with_sentences(REPORT)
    page = html(whole, language)
    for text in (*whole.sentences[language], *whole.cannot_be_known[language], whole.attribution[language]):
        assert text in unescape(page)
    assert f'<html lang="{language}">' in page
    assert not re.search(r"<script|<link|src=|href=|@import|url\(|https?:", page)
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page
    assert page.count('<path class="no_bike"') == 3  # a run before the freeze, one after it, and the key
    assert '<rect class="unseen"' in page


def test_names_of_the_feed_cannot_write_html() -> None:
    evil = msgspec.structs.replace(station("1"), name="<script>alert(1)</script>", zone_name='"><b>')
    page = html(with_sentences(msgspec.structs.replace(REPORT, stations=Stations((evil,), (evil,)))), "en")
    assert "<script" not in page
    assert "<b>" not in page
    assert "&lt;script&gt;" in page


def test_no_line_is_drawn_through_hours_that_were_never_asked_for() -> None:
    moments = (
        Moment(MIDNIGHT, "observed", 900, 1450, 80, 65, 143),
        Moment(MIDNIGHT + 900, "observed", 1800, 1450, 80, 65, 143),
        Moment(MIDNIGHT + 6 * 3600, "observed", 900, 1450, 80, 65, 143),
        Moment(MIDNIGHT + 6 * 3600 + 900, "observed", 0, 1450, 80, 65, 143),
    )
    seen = msgspec.structs.replace(COVERAGE, observed_minutes=60)
    page = html(with_sentences(msgspec.structs.replace(REPORT, moments=moments, coverage=seen)), "en")
    lines = re.findall(r'<path class="no_bike" d="(M[^"]+)"', page)[:2]
    assert [line.count("L") for line in lines] == [1, 1], "two runs of two observations"
    first = re.search(r'<rect class="unseen" x="([\d.]+)"', page)
    assert first is not None
    assert float(first[1]) == pytest.approx(44 + 2700 / 86400 * 904, abs=0.1), (
        "where the observation stops holding"
    )


def test_a_bridged_tick_does_not_break_the_line() -> None:
    moments = (
        Moment(MIDNIGHT, "observed", 1800, 1450, 80, 65, 143),
        Moment(MIDNIGHT + 900, "failed", 0, None, None, None, None),
        Moment(MIDNIGHT + 1800, "observed", 900, 1450, 80, 65, 143),
    )
    page = html(with_sentences(msgspec.structs.replace(REPORT, moments=moments)), "en")
    assert page.count('<path class="no_bike"') == 2  # one run, and the key


def test_data_in_both_dialects_names_both_licences() -> None:
    both = msgspec.structs.replace(COVERAGE, dialects=("gbfs", "opendatasoft"))
    text = with_sentences(msgspec.structs.replace(REPORT, coverage=both)).attribution
    assert "(données GBFS et opendata.paris.fr)" in text["fr"]
    assert "– Licence Ouverte 2.0 et ODbL." in text["fr"]
    assert "– Licence Ouverte 2.0 and ODbL." in text["en"]


@pytest.mark.parametrize(
    ("how", "english"),
    [
        ("live", "The day is not complete: figures up to 23:45, the latest observation."),
        ("imported", "The imported data end at 23:45: figures up to then."),
        ("simulated", "The simulation ends at 23:45: figures up to then."),
    ],
)
def test_a_day_without_its_end_says_where_the_data_ends(how: str, english: str) -> None:
    part = msgspec.structs.replace(COVERAGE, is_over=False)
    assert said("under_way", "en", coverage=part, how=how) == english


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_shared_link_to_a_report_says_the_day_and_its_first_sentence(language: Language) -> None:
    whole = with_sentences(REPORT)
    page = html(whole, language)
    cards = dict(re.findall(r'<meta property="(og:\w+)" content="([^"]*)">', page))
    assert cards["og:title"] == re.search(r"<title>(.*)</title>", page)[1]  # type: ignore[index]
    assert cards["og:locale"] == {"fr": "fr_FR", "en": "en_GB"}[language]
    sentences = [
        text
        for topic, text in zip(whole.topics, whole.sentences[language], strict=True)
        if topic not in NOTICES
    ]
    assert unescape(cards["og:description"]).startswith(sentences[0])
