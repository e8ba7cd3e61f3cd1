"""What the commands of the pipeline say of what they did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from velib_insights.cli.terminal.messages import answer, counted, say

if TYPE_CHECKING:
    from velib_insights.steps.clean import HourCleaned
    from velib_insights.steps.clean_hours import HoursCleaned
    from velib_insights.steps.ingest import Ingested
    from velib_insights.steps.removal import TickMoved


def ingested_json(done: Ingested) -> dict[str, Any]:
    return {
        "outcome": done.outcome,
        "reason": done.reason,
        "already_there": done.was_present,
        "stations": done.stations,
        "keys": done.keys,
        "missing_feeds": done.missing_feeds,
        "clock_error_s": done.clock_error_s,
        "borrowed": [
            {"feed": lent.feed, "key": lent.key, "fetched_at": lent.fetched_at} for lent in done.borrowed
        ],
    }


def line(done: Ingested, cleaned: HourCleaned | None = None) -> str:
    at = done.tick.at.strftime("%Y-%m-%d %H:%M UTC")
    if done.was_present:
        return f"{at}  already there"
    if done.outcome != "ok":
        return f"{at}  {done.outcome}: {done.reason}"
    refused = f", {cleaned.rows_refused} rows refused this hour" if cleaned and cleaned.rows_refused else ""
    return f"{at}  ok, {done.stations} stations{refused}{_without(done)}"


def _without(done: Ingested) -> str:
    """Which files are missing, and from when those are that stand in for them."""
    lent = {each.feed: f" (taken from {each.fetched_at:%Y-%m-%d %H:%M} UTC)" for each in done.borrowed}
    names = [f"{feed}{lent.get(feed, '')}" for feed in done.missing_feeds]
    return f"; without {', '.join(names)}" if names else ""


def report_cleaning(done: HoursCleaned, *, as_json: bool) -> None:
    sums = done.counts
    if as_json:
        answer(sums)
        return
    kept = f", {sums['hours_kept']} kept as they are" if sums["hours_kept"] else ""
    say(
        f"{counted(sums['hours'], 'hour', 'hours')} cleaned, {sums['hours_unchanged']} unchanged{kept}. "
        f"{counted(sums['ticks'], 'tick', 'ticks')}, {sums['rows_in']:,} rows in = "
        f"{sums['rows_kept']:,} kept + {sums['rows_refused']:,} refused."
    )


def report_removal(moved: list[TickMoved], how: str, *, as_json: bool) -> None:
    if as_json:
        answer(
            [
                {"tick": each.tick.stamp, "what": how, "rows": each.rows, "objects": list(each.objects)}
                for each in moved
            ]
        )
        return
    for each in moved:
        objects = counted(len(each.objects), "raw object", "raw objects")
        say(f"{each.tick.stamp}  {how}: {objects}, {each.rows:,} rows")
