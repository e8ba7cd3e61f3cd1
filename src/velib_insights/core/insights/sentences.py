"""The report in words: one sentence or two for each topic, in both languages, made from its figures alone."""

from __future__ import annotations

from types import ModuleType

import msgspec

from velib_insights.core.attribution import attribution as sentence_of
from velib_insights.core.attribution import moment
from velib_insights.core.insights import english, french
from velib_insights.core.insights.report import DayReport
from velib_insights.core.locale import LANGUAGES, Language, Locale
from velib_insights.core.network import Network

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

_SAYING: dict[Language, ModuleType] = {"fr": french, "en": english}


def with_sentences(report: DayReport, network: Network | None = None) -> DayReport:
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
            language: _SAYING[language].cannot_be_known(report, Locale(language, report.timezone))
            for language in LANGUAGES
        },
        attribution={language: attribution(report, language, network) for language in LANGUAGES},
    )


def _said(report: DayReport, language: Language) -> dict[str, str]:
    locale = Locale(language, report.timezone)
    said = {topic: getattr(_SAYING[language], topic)(report, locale) for topic in TOPICS}
    return {topic: text for topic, text in said.items() if text}


def attribution(report: DayReport, language: Language, network: Network | None = None) -> str:
    """Whose data the report is made of, as its licence asks for."""
    locale = Locale(language, report.timezone)
    epoch = report.coverage.last_observed_epoch
    at = locale.day(report.date, weekday=False) if epoch is None else moment(epoch, locale, report.date)
    return sentence_of(report.source, report.how, report.coverage.dialects, at, locale, network)
