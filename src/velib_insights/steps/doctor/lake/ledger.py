"""The last seven days of the ledger: which ticks are missing, which failed and why, which say nothing true."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from velib_insights.core import keys
from velib_insights.core.fetch import FetchNote, TickOutcome
from velib_insights.core.ticks.clocks import CLOCKS_DISAGREE
from velib_insights.core.ticks.future import AHEAD_S
from velib_insights.core.ticks.tick import Hour, Tick
from velib_insights.steps.doctor.finding import Finding, Severity, counted, duration, named, span

if TYPE_CHECKING:
    from velib_insights.steps.kpi import Engine

ROUTINE_SHARE = 0.01  # of the ticks or rows: any feed has a bad moment, and a note is enough for it
_LATEST = 4  # ticks: what goes wrong now is never routine
_NAMED = 3

_LEDGER = (
    "SELECT o.snapshot_epoch, o.cadence_s, o.grid_s, o.ticks_due, o.outcome, t.reason, t.missing_feeds, o.rows_in, "
    "o.rows_kept, o.stations_seen, o.is_frozen, o.is_partial, o.is_observed "
    "FROM observed_ticks AS o JOIN ticks AS t ON o.source = t.source AND o.snapshot_epoch = t.snapshot_epoch "
    "ORDER BY o.snapshot_epoch"
)

_WORSE = {
    "fetch_failed": "nothing was got",
    "unreadable": "the body could not be read",
    "incomplete": "the body lacked stations that it announced",
    "unusable": "the body held no usable row",
}
_SET_THE_CLOCK = (
    "Set the clock of the machine that fetches (timedatectl); which ticks these were nobody knows."
)
_TODO = {
    "fetch_failed": "See `velib doctor` on the feed; while GBFS is down, `--feed opendatasoft` may answer.",
    "unreadable": "Look at the bodies kept under {folder}; if it continues, tell the publisher.",
    "incomplete": "Look at the bodies kept under {folder}; ask for exports, not for pages of records.",
    "unusable": "Look at the bodies kept under {folder}: the feed may have changed its shape.",
}


class LedgerTick(msgspec.Struct, frozen=True):
    snapshot_epoch: int
    cadence_s: int
    grid_s: int
    ticks_due: int
    outcome: TickOutcome
    reason: str | None
    missing_feeds: str | None
    rows_in: int
    rows_kept: int
    stations_seen: int
    is_frozen: bool
    is_partial: bool
    is_observed: bool

    @property
    def tick(self) -> Tick:
        return Tick(self.snapshot_epoch)


@dataclass(frozen=True, slots=True)
class Ledger:
    """Ticks in order from hour `first` on; `before` is the last one before it, by which the first gap is told."""

    source: str
    first: Hour
    ticks: Sequence[LedgerTick]
    before: LedgerTick | None

    @classmethod
    def read(cls, engine: Engine, source: str, first: Hour) -> Ledger:
        """Raises LakeError or QueryError where the engine cannot read it."""
        rows = msgspec.convert(engine.query(_LEDGER).to_pylist(), list[LedgerTick])
        earlier = [row for row in rows if row.snapshot_epoch < first.epoch]
        return cls(source, first, rows[len(earlier) :], earlier[-1] if earlier else None)

    def severity(self, ticks: Sequence[LedgerTick]) -> Severity:
        """A note for a few ticks among many, a warning for more or if it is still the case."""
        if len(ticks) < ROUTINE_SHARE * len(self.ticks) and not set(ticks) & set(self.ticks[-_LATEST:]):
            return "note"
        return "warning"

    @property
    def rows_in(self) -> int:
        return sum(tick.rows_in for tick in self.ticks)


def coverage(ledger: Ledger) -> Iterator[Finding]:
    """Missing ticks with their gaps, and how much of the time was observed."""
    gaps = _gaps(ledger)
    missing = sum(gap.lost for gap in gaps)
    expected = len(ledger.ticks) + missing
    observed = sum(tick.is_observed for tick in ledger.ticks)
    share = observed / expected
    figures = {
        "ticks_expected": expected,
        "ticks_in_ledger": len(ledger.ticks),
        "ticks_observed": observed,
        "observed_share": round(share, 4),
        "from": ledger.ticks[0].tick.at,
        "to": ledger.ticks[-1].tick.at,
    }
    reach = span(ledger.ticks[0].tick, ledger.ticks[-1].tick)
    text = f"{observed:,} of {counted(expected, 'tick')} observed ({100 * share:.1f} %), {reach}."
    severity: Severity = "ok" if share >= 0.99 else "note" if share >= 0.9 else "warning"
    why = "The findings on ticks say which are lacking and why." if severity != "ok" else ""
    yield Finding(severity, "data", text, why, figures)
    if not missing:
        return
    longest = max(gaps, key=lambda gap: gap.lost)
    told = f"{counted(missing, 'tick')} missing: {span(longest.first, longest.last)}"
    if longest.lost > 1 or len(gaps) > 1:
        among = f", the longest of {len(gaps)} gaps" if len(gaps) > 1 else ""
        told += f" ({duration(longest.seconds)} without a tick{among})"
    yield Finding(
        "note" if missing < ROUTINE_SHARE * expected else "warning",
        "data",
        f"{told}.",
        "Nothing asked for them: see that `velib watch` or its timer runs all the time. They cannot be fetched "
        "later; bodies recorded elsewhere can be added with `velib import`.",
        {
            "ticks_missing": missing,
            "gaps": len(gaps),
            "longest_gap_ticks": longest.lost,
            "longest_gap_s": longest.seconds,
            "longest_gap_from": longest.first.at,
            "longest_gap_to": longest.last.at,
        },
    )


def _cadence(ledger: Ledger) -> int:
    return ledger.ticks[-1].cadence_s


@dataclass(frozen=True, slots=True)
class _Gap:
    """Missing ticks between two of the ledger: the first, the last, how many; and the time between those two."""

    first: Tick
    last: Tick
    lost: int
    seconds: int


def _gaps(ledger: Ledger) -> list[_Gap]:
    """Where ticks are missing, as far as they lie in the window: those that observed_ticks counts as due."""
    found = []
    for one, two in pairwise([ledger.before, *ledger.ticks] if ledger.before else ledger.ticks):
        due = [one.snapshot_epoch + one.grid_s * number for number in range(1, one.ticks_due)]
        lost = [Tick(epoch) for epoch in due if epoch >= ledger.first.epoch]
        if lost:
            since = lost[0].epoch - one.grid_s
            found.append(_Gap(lost[0], lost[-1], len(lost), two.snapshot_epoch - since))
    return found


def failures(ledger: Ledger) -> Iterator[Finding]:
    """Ticks without usable rows, by outcome, with the reasons given."""
    for outcome, meaning in _WORSE.items():
        hit = [tick for tick in ledger.ticks if tick.outcome == outcome]
        if not hit:
            continue
        reasons = Counter(tick.reason or "no reason given" for tick in hit)
        said = [f"{reason} ({count:,})" for reason, count in reasons.most_common(_NAMED)]
        further = len(reasons) - len(said)
        folder = keys.hour_folder(keys.raw_tier(ledger.source), hit[-1].tick.hour)
        yield Finding(
            ledger.severity(hit),
            "data",
            f"{counted(len(hit), 'tick')} {outcome} ({meaning}), {_when(hit)}: {'; '.join(said)}"
            + (f" and {counted(further, 'other reason')}." if further > 0 else "."),
            _SET_THE_CLOCK
            if all(reason.startswith(CLOCKS_DISAGREE) for reason in reasons)
            else _TODO[outcome].format(folder=folder),
            {
                "ticks": len(hit),
                "outcome": outcome,
                "reasons": dict(reasons.most_common(20)),
                "first": hit[0].tick.at,
                "last": hit[-1].tick.at,
            },
        )


def missing_files(ledger: Ledger) -> Iterator[Finding]:
    """Feed files that did not come or could not be read while the counts did."""
    for feed in sorted({feed for tick in ledger.ticks for feed in _lacked(tick)}):
        hit = [tick for tick in ledger.ticks if feed in _lacked(tick)]
        yield Finding(
            ledger.severity(hit),
            "data",
            f"{feed} was missing at {counted(len(hit), 'tick')} that {'counts' if len(hit) == 1 else 'count'} all the "
            f"same, {_when(hit)}.",
            "Names, places and types are those of the last good file for a day, and unknown then. The fetch notes say "
            "why it did not come; if it continues, tell the publisher.",
            {"feed": feed, "ticks": len(hit), "first": hit[0].tick.at, "last": hit[-1].tick.at},
        )


def _lacked(tick: LedgerTick) -> list[str]:
    return (tick.missing_feeds or "").split() if tick.outcome == "ok" else []


def freezes(ledger: Ledger) -> Iterator[Finding]:
    """Ticks at which the feed repeated itself, in their runs."""
    frozen = [tick for tick in ledger.ticks if tick.is_frozen]
    if not frozen:
        return
    runs = _runs(ledger.ticks)
    longest = sorted(runs, key=len, reverse=True)[:_NAMED]
    yield Finding(
        ledger.severity(frozen),
        "data",
        f"{counted(len(frozen), 'frozen tick')} in {counted(len(runs), 'run')}, the feed repeating itself: "
        f"{named([span(run[0].tick, run[-1].tick) for run in longest])}"
        + (f" and {counted(len(runs) - len(longest), 'shorter run')}." if len(runs) > len(longest) else "."),
        "Nothing to repair: they are left out of every measure. If it continues, tell the publisher.",
        {
            "ticks_frozen": len(frozen),
            "runs": [{"from": r[0].tick.at, "to": r[-1].tick.at, "ticks": len(r)} for r in longest],
        },
    )


def _runs(ticks: Sequence[LedgerTick]) -> list[list[LedgerTick]]:
    runs: list[list[LedgerTick]] = []
    following = False
    for tick in ticks:
        if tick.is_frozen:
            if following:
                runs[-1].append(tick)
            else:
                runs.append([tick])
        following = tick.is_frozen
    return runs


def partial_ticks(ledger: Ledger) -> Iterator[Finding]:
    """Ticks with fewer than nine tenths of the stations with known counts that the day before them had."""
    hit = [tick for tick in ledger.ticks if tick.is_partial]
    if hit:
        least = min(hit, key=lambda tick: tick.rows_kept)
        yield Finding(
            ledger.severity(hit),
            "data",
            f"{counted(len(hit), 'partial tick')}, {_when(hit)}: fewer than nine in ten of the usual stations, "
            f"{least.rows_kept:,} at {span(least.tick, least.tick)}.",
            "Nothing to repair: sums over the network leave them out, stations that they hold count. If it continues, "
            "see that the feed's address gives every station and not one page.",
            {"ticks_partial": len(hit), "least_rows": least.rows_kept, "at": least.tick.at},
        )


def rhythm(ledger: Ledger, cadence_s: int, note: FetchNote | None, *, is_given: bool) -> Iterator[Finding]:
    """Ticks off the grid of their cadence, and a cadence other than the settings'."""
    off = [tick for tick in ledger.ticks if tick.snapshot_epoch % tick.cadence_s]
    if off:
        yield Finding(
            "warning",
            "data",
            f"{counted(len(off), 'tick is', 'ticks are')} off the grid of {off[-1].cadence_s // 60} min: "
            f"{named([tick.tick.stamp for tick in off], 5)}.",
            "Give --tick only multiples of the cadence, or leave it out; the ticks kept stay usable.",
            {"count": len(off), "ticks": [tick.tick.stamp for tick in off[:10]]},
        )
    held = _cadence(ledger)
    if held != cadence_s:
        live = is_given and not (note and is_imported(note))
        yield Finding(
            "warning" if live else "note",
            "data",
            f"The latest ticks are {held // 60} min apart and the setting says {cadence_s // 60} min.",
            f"Set the cadence to the rhythm that is really used: VELIB_CADENCE={held // 60} or cadence = "
            f"{held // 60} in velib.toml."
            if live
            else "Fine where it is meant so: ticks bring their own cadence.",
            {"cadence_s_held": held, "cadence_s_set": cadence_s},
        )


def freshness(ledger: Ledger, note: FetchNote | None, now: datetime) -> Iterator[Finding]:
    """How old the latest observed tick is by the clock of this machine; no fault for imported or simulated data."""
    latest = next((tick for tick in reversed(ledger.ticks) if tick.is_observed), None)
    if latest is None:
        yield Finding(
            "error",
            "data",
            "No tick of the last seven days of data could be observed.",
            "The findings on ticks say why; `velib doctor` asks the feed too unless --offline is given.",
            {"latest_observed": None},
        )
        return
    age_s = int(now.timestamp()) - latest.snapshot_epoch
    figures = {"latest_observed": latest.tick.at, "age_s": age_s}
    when = f"{duration(age_s)} ago" if age_s >= 0 else f"{duration(-age_s)} ahead of this machine's clock"
    text = f"The latest observed tick is {span(latest.tick, latest.tick)}, {when}"
    if note and is_imported(note):
        yield Finding("note", "data", f"{text}; the lake was imported from recordings.", figures=figures)
    elif note and is_simulated(note):
        yield Finding(
            "note",
            "data",
            f"{text}; the data comes from this machine itself, as of velib demo.",
            figures=figures,
        )
    elif age_s < -AHEAD_S:
        yield Finding(
            "warning",
            "data",
            f"{text}.",
            "Set the clock of this machine, or of the one that fetches (timedatectl set-ntp true).",
            figures,
        )
    elif age_s <= 2 * latest.cadence_s + 300:
        yield Finding("ok", "data", f"{text}.", figures=figures)
    else:
        yield Finding(
            "error" if age_s > 86_400 else "warning",
            "data",
            f"{text}, at a cadence of {latest.cadence_s // 60} min.",
            "See that `velib watch` or its timer runs; `velib run` gets one tick now and says what is wrong.",
            figures,
        )


def is_imported(note: FetchNote) -> bool:
    return note.how.startswith(("imported", "replayed"))


def is_simulated(note: FetchNote) -> bool:
    hosts = {urlsplit(feed.url).hostname or "" for feed in note.feeds}
    return bool(hosts) and all(host in ("localhost", "::1") or host.startswith("127.") for host in hosts)


def _when(ticks: Sequence[LedgerTick]) -> str:
    return span(ticks[0].tick, ticks[-1].tick)
