"""The check of a feed without a lake: what came, its shape, its clocks, and what the pipeline makes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from velib_insights.core.dialects.rows import parse_json
from velib_insights.core.errors import FeedChanged, FeedUnavailable
from velib_insights.core.fetch import OBSERVATION_FEEDS, Fetched, FetchedFeed
from velib_insights.core.observations import UnreadableBody
from velib_insights.steps.doctor.feed.clocks import (
    Poll,
    clock_of,
    moment_of,
    remarks_on_clocks,
    remarks_on_polls,
)
from velib_insights.steps.doctor.feed.content import (
    PIPELINE_FILES,
    Verdict,
    remarks_on_verdict,
    through_pipeline,
)
from velib_insights.steps.doctor.feed.remark import Remark, shown, worst_first
from velib_insights.steps.doctor.feed.shape import (
    export_rows,
    missing_files,
    remarks_on_export,
    remarks_on_shape,
    rows_of,
    version_of,
)
from velib_insights.steps.doctor.feed.transport import remarks_on_transport
from velib_insights.steps.doctor.finding import named

if TYPE_CHECKING:
    from velib_insights.adapters.feeds import Survey
    from velib_insights.core.network import Network
    from velib_insights.core.zones import Zones

FAULTS_FOUND = 1


@dataclass(frozen=True, slots=True)
class FeedCheck:
    """`url` is as it may be shown, `version` that of GBFS as the feed writes it. Remarks stand worst first."""

    url: str
    dialect: str
    version: str | None
    checked_at: datetime
    files: Sequence[FetchedFeed]
    polls: Sequence[Poll]
    verdict: Verdict
    remarks: Sequence[Remark]

    def count(self, severity: str) -> int:
        return sum(remark.severity == severity for remark in self.remarks)

    @property
    def exit_code(self) -> int:
        """0 where nothing is above a note; 1 with faults; 3 where nothing came; 4 where it cannot be used."""
        if self.verdict.outcome == "fetch_failed":
            return FeedUnavailable.exit_code
        if not self.verdict.is_usable:
            return FeedChanged.exit_code
        return FAULTS_FOUND if self.count("error") + self.count("warning") else 0


def check_feed(
    survey: Survey,
    network: Network,
    zones: Zones,
    *,
    polls: int = 1,
    wait: Callable[[int], None] = lambda _: None,
) -> FeedCheck:
    """`polls` answers of the file with the counts are compared; `wait` is called before each further one.

    The numbers that `wait` hears begin with 2. Nothing is raised for what a feed answers.
    """
    fetched = survey.fetched(PIPELINE_FILES)
    verdict = through_pipeline(fetched, network, zones)
    documents, unreadable = _documents(survey.files)
    counts = next(file for file in survey.files if file.note.feed in OBSERVATION_FEEDS)
    remarks = [*remarks_on_verdict(verdict, counts.note.feed, _places(documents))]
    version_text = None
    if survey.dialect == "gbfs":
        version, version_text = version_of(documents)
        needed = missing_files([file.note.feed for file in survey.files if file.body is not None], version)
        remarks += remarks_on_transport(survey.files, needed)
        remarks += [remark for remark in unreadable if remark.file != counts.note.feed]
        remarks += _unlisted(survey)
        remarks += remarks_on_shape(documents)
        if isinstance(status := documents.get(counts.note.feed), dict):
            remarks += remarks_on_clocks(status, counts.note)
    else:
        remarks += remarks_on_transport(survey.files, ())
        remarks += remarks_on_export(counts.note.feed, documents.get(counts.note.feed), survey.total_count)
    seen = [_poll(counts, survey, network, zones, verdict)]
    for number in range(2, polls + 1):
        wait(number)
        seen.append(_poll(survey.poll(), survey, network, zones, None))
    remarks += remarks_on_polls(seen, _ttl(documents.get(counts.note.feed)))
    return FeedCheck(
        survey.url,
        survey.dialect,
        version_text,
        counts.note.fetched_at,
        survey.files,
        seen,
        verdict,
        worst_first(remarks),
    )


def _documents(files: Sequence[FetchedFeed]) -> tuple[dict[str, Any], list[Remark]]:
    """The files that are JSON, parsed; GBFS files must be objects. And a remark for each that is not."""
    documents: dict[str, Any] = {}
    unreadable = []
    for file in files:
        if file.body is None:
            continue
        name = file.note.feed
        try:
            document = parse_json(file.body)
            if name not in OBSERVATION_FEEDS and not isinstance(document, dict):
                raise UnreadableBody("the body is JSON, but not an object")
        except UnreadableBody as error:
            unreadable.append(
                Remark(
                    "warning",
                    "unreadable",
                    name,
                    f"{error}.",
                    "Nothing of it can be read.",
                    section="output-format",
                )
            )
            continue
        documents[name] = document
    return {
        name: document
        for name, document in documents.items()
        if isinstance(document, dict) or name in ("exports", "records")
    }, unreadable


def _places(documents: Mapping[str, Any]) -> dict[str, str]:
    """Positions as the feed writes them, by station."""
    found = {}
    for row in rows_of(documents, "station_information"):
        found[str(row.get("station_id"))] = f"lat {shown(row.get('lat'))}, lon {shown(row.get('lon'))}"
    for name in ("exports", "records"):
        for row in export_rows(documents.get(name)):
            found[str(row.get("stationcode"))] = f"coordonnees_geo {shown(row.get('coordonnees_geo'))}"
    return found


def _unlisted(survey: Survey) -> list[Remark]:
    if survey.by_name["gbfs"].body is None:
        return []
    found = [name for name in survey.unlisted if survey.by_name[name].body is not None]
    if not found:
        return []
    beside = f"{named(found)} {'is' if len(found) == 1 else 'are'} there beside it"
    what = f"it does not list every file: {beside}."
    if len(survey.files) == len(survey.unlisted) + 1:
        what = f"it lists no file at all; {beside}. Is this the address of gbfs.json?"
    why = "Readers find files by gbfs.json alone."
    return [Remark("warning", "not_listed", "gbfs", what, why, "data.feeds", section="gbfsjson")]


def _poll(file: FetchedFeed, survey: Survey, network: Network, zones: Zones, verdict: Verdict | None) -> Poll:
    if verdict is None:
        again = survey.fetched(PIPELINE_FILES)
        others = tuple(each for each in again.feeds if each.note.feed != file.note.feed)
        verdict = through_pipeline(
            Fetched(again.dialect, file.note.fetched_at, (*others, file)), network, zones
        )
    try:
        _, value = clock_of(parse_json(file.body or b""))
    except UnreadableBody:
        value = None
    counts = {row["station_id"]: (row["bikes"], row["docks"]) for row in verdict.rows}
    return Poll(
        file.note,
        moment_of(value),
        counts if verdict.is_usable else None,
        sum(row["is_operative"] is True for row in verdict.rows),
    )


def _ttl(document: object) -> float:
    ttl = document.get("ttl") if isinstance(document, dict) else None
    return float(ttl) if isinstance(ttl, int | float) and not isinstance(ttl, bool) else 0.0
