"""What an import found and did, for a person and for a program."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from velib_insights.cli.terminal.messages import answer, counted, say
from velib_insights.cli.terminal.step_summaries import line, report_cleaning
from velib_insights.core.recordings.dating import EVIDENCE
from velib_insights.steps.importing.plan import Plan, longest_gaps
from velib_insights.steps.importing.survey import REASONS

if TYPE_CHECKING:
    from velib_insights.core.recordings.table_columns import TableColumns
    from velib_insights.steps.clean_hours import HoursCleaned
    from velib_insights.steps.importing.store import Stored
    from velib_insights.wiring.importing import PreparedImport


def report_import(
    prepared: PreparedImport,
    stored: Stored | None = None,
    cleaned: HoursCleaned | None = None,
    *,
    as_json: bool,
) -> None:
    """`stored` is None where nothing was written."""
    if as_json:
        answer(_as_json(prepared, stored, cleaned))
        return
    for path, columns in prepared.found.tables.items():
        say(f"{path}: {', '.join(f'{ours}={theirs}' for ours, theirs in columns.of.items())}{_wide(columns)}")
    _say_plan(prepared)
    if stored is not None:
        words = ", ".join(f"{count} {outcome}" for outcome, count in sorted(stored.outcomes.items()))
        now = sum(stored.outcomes.values())
        say(f"{counted(now, 'fetch', 'fetches')} imported now{': ' + words if words else ''}.")
        for done in stored.unusable:
            say(f"  {line(done)}")
    _say_account(prepared.plan, is_dry=stored is None)
    if cleaned is not None:
        report_cleaning(cleaned, as_json=False)


def _say_plan(prepared: PreparedImport) -> None:
    made = prepared.plan
    first, last = made.fetches[0].main.fetched_at, made.fetches[-1].main.fetched_at
    stations = prepared.stations
    of = f" of {stations:,} stations" if stations else ""
    say(
        f"{counted(len(made.fetches), 'fetch', 'fetches')}{of} from {_at(first)} to {_at(last)}, "
        f"{_cadences(made)}."
    )
    if made.zone:
        how = "as given" if made.zone_from == "given" else "as the bodies' own times show"
        say(f"Names without an offset are in {made.zone}, {how}.")
    ways = ", ".join(f"{EVIDENCE[way]} ({count:,})" for way, count in made.dated_by.items())
    say(f"Dated by {ways}.")
    for start, end in longest_gaps(made):
        say(f"  gap from {_at(start)} to {_at(end)}")
    if made.conflicts_in_all:
        say(
            f"warning: {counted(made.conflicts_in_all, 'file is', 'files are')} dated more than a cadence apart by two "
            "kinds of evidence; the first one counts:"
        )
        for each in made.conflicts:
            kinds = f"{EVIDENCE[each.first]} and {EVIDENCE[each.second]}"
            say(f"  {each.path}: {each.apart_s / 60:,.0f} min between {kinds}")


def _say_account(made: Plan, *, is_dry: bool) -> None:
    account = made.account
    skipped = account.skipped_count
    if is_dry:
        say(f"{account.found:,} files found, {skipped:,} would be skipped. Nothing was written.")
    else:
        say(
            f"{account.found:,} files found = {account.kept:,} stored + {account.present:,} already there "
            f"+ {skipped:,} skipped."
        )
    for reason, words in REASONS.items():
        files = account.skipped.get(reason)
        if files is not None:
            warning = "warning: " if reason in account.looks_like_data else ""
            more = ", …" if files.count > len(files.examples) else ""
            say(f"  {warning}{words} ({files.count:,}): {', '.join(files.examples)}{more}")


def _wide(columns: TableColumns) -> str:
    return f", a station for every other column, with its {columns.wide}" if columns.wide else ""


def _cadences(made: Plan) -> str:
    first, *changes = made.cadences
    text = f"one every {first.cadence_s / 60:g} min"
    for change in changes:
        text += f", every {change.cadence_s / 60:g} min from {_at(change.since)}"
    return text


def _at(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"


def _as_json(prepared: PreparedImport, stored: Stored | None, cleaned: HoursCleaned | None) -> dict[str, Any]:
    made, account = prepared.plan, prepared.plan.account
    return {
        "is_dry_run": stored is None,
        "found": account.found,
        "stored": account.kept,
        "already_there": account.present,
        "skipped": {
            reason: {"count": files.count, "examples": files.examples}
            for reason, files in account.skipped.items()
        },
        "fetches": len(made.fetches),
        "outcomes": stored.outcomes if stored else {},
        "first_fetch": made.fetches[0].main.fetched_at,
        "last_fetch": made.fetches[-1].main.fetched_at,
        "first_tick": made.tick_of(made.fetches[0]).stamp,
        "last_tick": made.tick_of(made.fetches[-1]).stamp,
        "stations": prepared.stations,
        "cadences": [{"since": each.since, "cadence_min": each.cadence_s / 60} for each in made.cadences],
        "name_timezone": made.zone,
        "name_timezone_from": made.zone_from,
        "dated_by": made.dated_by,
        "conflicts": {
            "count": made.conflicts_in_all,
            "examples": [
                {"path": each.path, "first": each.first, "second": each.second, "apart_s": each.apart_s}
                for each in made.conflicts
            ],
        },
        "tables": {path: dict(columns.of) for path, columns in prepared.found.tables.items()},
        "cleaned": cleaned.counts if cleaned else None,
    }
