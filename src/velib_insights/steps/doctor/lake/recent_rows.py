"""The rows of the last seven days: which were refused, which carry flags, which stations came and went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from velib_insights.core.rules import FLAGS, ROW_RULES
from velib_insights.core.ticks.tick import Tick
from velib_insights.steps.doctor.finding import Finding, clean_command, counted, named, percent, span, stamp
from velib_insights.steps.doctor.lake.ledger import ROUTINE_SHARE, Ledger

if TYPE_CHECKING:
    from velib_insights.core.ticks.tick import Hour
    from velib_insights.steps.kpi import Engine

MANY_NAMELESS = 1_000  # rows: a single tick of a large network without its information file has more
_MANY_VANISHED = 0.05  # of the stations: no operator closes so many in a week

_REFUSED = (
    "SELECT rule, sum(refused) AS refused, sum(ticks_concerned) AS ticks, max(example) AS example "
    "FROM kpi_refused_rows GROUP BY rule ORDER BY refused DESC, rule"
)
_NAMELESS = (
    "SELECT count(*) AS n, count(DISTINCT snapshot_epoch) AS ticks, count(DISTINCT station_id) AS stations, "
    "min(snapshot_at) AS first, max(snapshot_at) AS last "
    "FROM source_velib WHERE name IS NULL OR lat IS NULL OR lon IS NULL"
)
_FLAGGED = "SELECT flags, count(*) AS n FROM source_velib GROUP BY flags"


def refused(engine: Engine, ledger: Ledger) -> Iterator[Finding]:
    """Refused rows, by rule, with what the rule says."""
    about = {rule.id: rule.about for rule in ROW_RULES}
    for row in engine.query(_REFUSED).to_pylist():
        rule, count, ticks = row["rule"], int(row["refused"]), int(row["ticks"])
        share = count / max(ledger.rows_in, count)
        yield Finding(
            "warning" if share >= ROUTINE_SHARE else "note",
            "data",
            f"{counted(count, 'row')} refused by {rule} at {counted(ticks, 'tick')} ({percent(share)} of rows): "
            f"{about.get(rule, 'a rule of another version')} For example: {row['example']}.",
            "They are kept, each with its reason and place, in the table quarantine (velib query).",
            {
                "rule": rule,
                "rows": count,
                "ticks": ticks,
                "share": round(share, 6),
                "example": row["example"],
            },
        )


def flagged(engine: Engine) -> Iterator[Finding]:
    """Rows kept with a quality flag, by flag."""
    about = {flag.id: flag.about for flag in FLAGS}
    rows, count = 0, Counter[str]()
    for combination in engine.query(_FLAGGED).to_pylist():
        rows += combination["n"]
        for flag in combination["flags"].split():
            count[flag] += combination["n"]
    for flag, n in count.most_common():
        says = about.get(flag, "a flag of another version")
        yield Finding(
            "note",
            "data",
            f"{counted(n, 'row')} ({percent(n / rows)}) flagged {flag}: {says}",
            figures={"flag": flag, "rows": n, "share": round(n / rows, 6)},
        )


def nameless(engine: Engine, ledger: Ledger) -> Iterator[Finding]:
    """Rows without a name or a place: they cannot be shown on a map, found by name or counted in a zone."""
    (row,) = engine.query(_NAMELESS).to_pylist()
    count = row["n"]
    if not count:
        return
    kept = sum(tick.rows_kept for tick in ledger.ticks)
    share = count / max(kept, count)
    many = count >= MANY_NAMELESS or share >= ROUTINE_SHARE
    yield Finding(
        "warning" if many else "note",
        "data",
        f"{counted(count, 'row')} ({percent(share)}) of {counted(row['stations'], 'station')} at "
        f"{counted(row['ticks'], 'tick')} {'lacks' if count == 1 else 'lack'} a name or a place, "
        f"{span(Tick(int(row['first'].timestamp())), Tick(int(row['last'].timestamp())))}.",
        "See that the feed's station_information comes whole (`velib doctor --feed URL`); where raw holds it, "
        "`velib clean --again` for these hours."
        if many
        else "",
        {
            "rows": count,
            "share": round(share, 6),
            "stations": row["stations"],
            "ticks": row["ticks"],
            "first": row["first"],
            "last": row["last"],
        },
    )


def came_and_went(engine: Engine, ledger: Ledger) -> Iterator[Finding]:
    """Stations that appeared in the network or vanished from it, from one day to the next."""
    changes = engine.view("kpi_network_changes").select(["change", "station_code", "name"]).to_pylist()
    stations = max((tick.stations_seen for tick in ledger.ticks if tick.is_observed), default=0)
    for change in ("appeared", "vanished"):
        found = sorted(
            {row["station_code"]: row["name"] for row in changes if row["change"] == change}.items()
        )
        if found:
            many = change == "vanished" and len(found) >= max(2, _MANY_VANISHED * stations)
            yield Finding(
                "warning" if many else "note",
                "data",
                f"{counted(len(found), 'station')} {change}: "
                f"{named([f'{code} {name}' if name else code for code, name in found], 5)}.",
                "That many do not close at once: see whether the feed is whole, "
                "then `velib kpi network_changes`."
                if many
                else "`velib kpi network_changes` tells the days.",
                {"change": change, "count": len(found), "stations": [code for code, _ in found[:10]]},
            )


def without_file(ledger: Ledger, cleaned: Sequence[Hour]) -> Iterator[Finding]:
    """Hours of which the ledger says that rows were kept, and whose file of observations is not there."""
    there = set(cleaned)
    kept: Counter[Hour] = Counter()
    for tick in ledger.ticks:
        if tick.tick.hour not in there:
            kept[tick.tick.hour] += tick.rows_kept
    gone = sorted(hour for hour, rows in kept.items() if rows)
    if gone:
        yield Finding(
            "error",
            "clean",
            f"The observations of {counted(len(gone), 'hour')} are gone, "
            f"{counted(sum(kept.values()), 'row')} by the ledger: {named(gone, 5)}.",
            f"Make them anew from raw: `{clean_command(gone)} --again`.",
            {"count": len(gone), "hours": [stamp(hour) for hour in gone[:10]]},
        )
