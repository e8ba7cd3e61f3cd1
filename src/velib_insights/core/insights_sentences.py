"""The report in words: one sentence or two for each topic, in both languages, made from its figures alone."""

from __future__ import annotations

from types import ModuleType

import msgspec

from velib_insights.core import insights_en, insights_fr
from velib_insights.core.insights_report import DayReport
from velib_insights.core.insights_words import FIXED, LANGUAGES, Language, Words

TOPICS = (
    *("coverage", "source", "under_way", "network", "comparison", "moves", "worst_moment", "zones", "equity"),
    *(
        "stations_worst",
        "stations_best",
        "morning",
        "evening",
        "types",
        "chronic",
        "recovery",
        "changes",
        "feed",
    ),
)
NOTICES = ("coverage", "source", "under_way")
"""The topics that say how far the others may be trusted."""

_SAYING: dict[Language, ModuleType] = {"fr": insights_fr, "en": insights_en}


def told(report: DayReport) -> DayReport:
    """The report with its words. Every topic is said in both languages or in neither."""
    said = {language: _said(report, language) for language in LANGUAGES}
    topics = tuple(topic for topic in TOPICS if topic in said["en"])
    return msgspec.structs.replace(
        report,
        topics=topics,
        sentences={
            language: tuple(of_topic[topic] for topic in topics) for language, of_topic in said.items()
        },
        cannot_be_known={
            language: _SAYING[language].cannot_be_known(report, Words(language, report.timezone))
            for language in LANGUAGES
        },
        attribution={language: attribution(report, language) for language in LANGUAGES},
    )


def _said(report: DayReport, language: Language) -> dict[str, str]:
    words = Words(language, report.timezone)
    said = {topic: getattr(_SAYING[language], topic)(report, words) for topic in TOPICS}
    return {topic: text for topic, text in said.items() if text}


def attribution(report: DayReport, language: Language) -> str:
    """Whose data it is, of when, and under which licence, as the licence asks for; simulated data is nobody's."""
    words = Words(language, report.timezone)
    french = language == "fr"
    epoch = report.coverage.last_observed_epoch
    at = words.day(report.date, weekday=False)
    if epoch is not None:
        at += f" {'à' if french else 'at'} {words.time(epoch)}"
    if report.how == "simulated":
        return (
            f"Données simulées par velib-insights, {at}. Elles ne décrivent aucun réseau réel."
            if french
            else f"Data simulated by velib-insights, {at}. It describes no real network."
        )
    copied = report.coverage.dialects == ("opendatasoft",)
    licence = f" – {'ODbL' if copied else 'Licence Ouverte 2.0'}" if report.source == "velib" else ""
    kind = ("données GBFS", "GBFS data") if not copied else ("opendata.paris.fr",) * 2
    if report.source != "velib":
        kind = ("données ouvertes", "open data")
    return (
        f"Source{FIXED}: {report.network_name} ({kind[0]}), mise à jour du {at}{licence}."
        " Service indépendant, non affilié."
        if french
        else f"Source: {report.network_name} ({kind[1]}), updated {at}{licence}."
        " Independent service, not affiliated."
    )
