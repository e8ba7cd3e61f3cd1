"""Insights: the report of one local day, from the views as of the end of that day.

Day by day the figures are those of the KPI views. They look back from the latest observed tick, so for a day of the
past the lake is read as it was at the first observed tick after that day (or at the day's end, if the next
observation came more than a day later).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from velib_insights.core.errors import NothingThere, SettingsError
from velib_insights.core.insights.as_of import TOLD_BY, Reach, as_of, columns_of
from velib_insights.core.insights.build import build_report
from velib_insights.core.insights.facts import Day, Facts
from velib_insights.core.insights.sentences import with_sentences
from velib_insights.core.network import Network
from velib_insights.core.ticks.local_time import local_time
from velib_insights.core.ticks.tick import Tick

if TYPE_CHECKING:
    import pyarrow as pa

    from velib_insights.core.insights.report import DayReport

_LONGEST_DARK_S = 86_400
_DAYS_OF_WINDOW = 33  # the longest window is 31 days, and ticks are judged by the day before them
_DAYS_OF_WEEK = 9
_LONGEST_HOLD_S = (
    2 * 3600
)  # an observation before a day holds into it, and the one after it ends its last step
_DAYS_OF_JUDGEMENT = 4
_DAYS_AFTER = 2
_INLINE = "not materialized"  # else DuckDB holds every column of a table that two views read
_VIEWS_AT_ONCE = 5  # asked together they read the lake once, and hold all that they read


class Engine(Protocol):
    """Who runs SQL over the lake."""

    def view(self, name: str) -> pa.Table: ...

    def query(self, sql: str) -> pa.Table: ...


def day_report(
    engine: Engine, day: date | None, *, timezone: str, network: Network | None = None
) -> DayReport:
    """The report of that local day, of the latest one with data if None, in figures and in words.

    Raises NothingThere for a lake without data, and for a day before its first tick or after its last.
    """
    chosen = Day(day or latest_day(engine), timezone)
    return with_sentences(build_report(_facts(engine, chosen), network), network)


def latest_day(engine: Engine) -> date:
    """The latest local day of which something was observed for a while; else that of the latest observed tick."""
    now = engine.view("latest_tick").to_pylist()[0]
    today: date = now["local_date"]
    reach = Reach(now["snapshot_epoch"], today - timedelta(days=_DAYS_OF_JUDGEMENT))
    ledger = _rows(engine, as_of({"observed_ticks": ()}, reach))
    return max((row["local_date"] for row in ledger if row["is_observed"] and row["hold_s"]), default=today)


def reportable_days(engine: Engine) -> list[date]:
    """The local days that have ticks, in order. Raises NothingThere for a lake without any."""
    rows = _rows(engine, "select distinct local_date from ticks")
    if not rows:
        raise _nothing_yet()
    return sorted(row["local_date"] for row in rows)


def parse_day(text: str) -> date:
    """A local day as 2026-03-04. Raises SettingsError."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise SettingsError(f"{text!r} is not a valid date", hint="Write a day as 2026-03-04.") from None


def _facts(engine: Engine, day: Day) -> Facts:
    known = _ticks(engine, day)
    near = [row for row in known if row["local_date"] >= day.day_before]
    before = [row for row in known if row["local_date"] < day.local_date]
    ledger = [row for row in near if row["local_date"] == day.local_date]
    later = [row for row in near if row["local_date"] > day.local_date]
    if not ledger:
        _check_is_among(engine, day)
    _check_time_zone(near, day)
    observed = [row["snapshot_epoch"] for row in later if row["is_observed"]]
    first_after = min(observed, default=None)
    until = day.end_epoch - 1
    if first_after is not None and first_after < day.end_epoch + _LONGEST_DARK_S:
        until = first_after
    seen = [
        row["snapshot_epoch"] for row in near if row["is_observed"] and row["local_date"] <= day.local_date
    ]
    now = until if until == first_after else max(seen, default=None)
    asked = _Asked(engine, day, until)
    month, week = asked.month(), asked.week()
    return Facts(
        day=day,
        source=ledger[0]["source"] if ledger else near[0]["source"] if near else _source(engine),
        ledger=ledger,
        last_epoch=max((row["snapshot_epoch"] for row in ledger), default=day.end_epoch),
        goes_on=bool(later) or _goes_on(engine, day),
        now_epoch=now,
        before=before[-1] if before else None,
        days=month["local_days"],
        networks=month["insights_network_day"],
        worst_moments=month["kpi_worst_moment"],
        equity=month["kpi_equity_gap"],
        zones=month["kpi_availability_zone_day"],
        types=month["insights_types_day"],
        moves=month["insights_station_moves"],
        stations=month["kpi_availability_station_day"],
        flows=month["kpi_net_flow_zone_hour"],
        moments=month["network_ticks"],
        observed_hours=month["insights_observed_hours"],
        zone_hours=month["insights_zone_hours"],
        moves_hours=month["insights_moves_hours"],
        changes=asked.changes()["kpi_network_changes"],
        chronic=week["kpi_chronic_stations"],
        episodes=week["kpi_outage_episodes"],
    )


class _Asked:
    """The views as of a tick, each over no more of the lake than it needs: rows by view."""

    def __init__(self, engine: Engine, day: Day, until_epoch: int) -> None:
        self._engine = engine
        self._day = day
        self._until = until_epoch

    def month(self) -> dict[str, list[dict[str, Any]]]:
        """What is told day by day, of the day and of those that it is compared with."""
        compared, today = self._day.compared, (self._day.local_date,)
        spans = tuple(
            (each.start_epoch - _LONGEST_HOLD_S, each.end_epoch + _LONGEST_HOLD_S)
            for each in (Day(other, self._day.timezone) for other in compared)
        )
        wanted: dict[str, Sequence[date]] = {
            "local_days": (),
            "insights_network_day": today,
            "kpi_worst_moment": today,
            "kpi_equity_gap": today,
            "kpi_availability_zone_day": today,
            "insights_types_day": today,
            "insights_station_moves": today,
            "insights_observed_hours": compared,
            "insights_zone_hours": compared,
            "insights_moves_hours": compared,
            "network_ticks": compared,
            "kpi_availability_station_day": today,
            "kpi_net_flow_zone_hour": today,
        }
        return self._rows(wanted, _DAYS_OF_WINDOW, spans)

    def week(self) -> dict[str, list[dict[str, Any]]]:
        """Of the seven days up to the day's end."""
        return self._rows({"kpi_chronic_stations": (), "kpi_outage_episodes": ()}, _DAYS_OF_WEEK)

    def changes(self) -> dict[str, list[dict[str, Any]]]:
        """What a station is compared with may lie a month back."""
        return self._rows({"kpi_network_changes": (self._day.local_date,)}, _DAYS_OF_WINDOW)

    def _rows(
        self,
        wanted: dict[str, Sequence[date]],
        days_back: int,
        spans: tuple[tuple[int, int], ...] | None = None,
    ) -> dict[str, list[dict[str, Any]]]:
        from pyarrow import compute

        reach = Reach(self._until, self._day.local_date - timedelta(days=days_back), spans)
        found = {}
        names = list(wanted)
        for first in range(0, len(names), _VIEWS_AT_ONCE):
            some = names[first : first + _VIEWS_AT_ONCE]
            told = self._engine.query(as_of({name: wanted[name] for name in some}, reach, _INLINE))
            for name in some:
                rows = told.filter(compute.equal(told[TOLD_BY], name))
                found[name] = rows.select(columns_of(name)).to_pylist()
        return found


def _ticks(engine: Engine, day: Day) -> list[dict[str, Any]]:
    """The ledger from the third day before to the second day after."""
    columns = (
        "o.source, o.snapshot_epoch, o.local_date, o.local_hour, o.cadence_s, o.rows_refused, o.is_frozen,"
        " o.is_partial, o.is_observed, o.hold_s, o.next_tick_epoch, o.grid_s, t.dialect, t.how"
    )
    first = day.local_date - timedelta(days=_DAYS_OF_JUDGEMENT - 1)
    last = day.local_date + timedelta(days=_DAYS_AFTER)
    reach = Reach(
        day.end_epoch + 86_400 * (_DAYS_AFTER + 1), day.local_date - timedelta(days=_DAYS_OF_JUDGEMENT)
    )
    text = (
        f"select {columns} from (\n{as_of({'observed_ticks': ()}, reach)}\n) as o"  # noqa: S608 - dates of ours
        " inner join ticks as t on o.source = t.source and o.date = t.date and o.snapshot_epoch = t.snapshot_epoch"
        f" where t.date >= '{reach.since}' and t.date <= '{last + timedelta(days=1)}'"
        f" and o.local_date >= date '{first}' and o.local_date <= date '{last}'"
    )
    return sorted(_rows(engine, text), key=lambda row: row["snapshot_epoch"])


def _goes_on(engine: Engine, day: Day) -> bool:
    """Whether the lake has ticks later than those of `_ticks`."""
    last = day.local_date + timedelta(days=_DAYS_AFTER)
    found = _rows(
        engine,
        f"select count(*) as ticks from ticks where date >= '{last}' and local_date > date '{last}'",  # noqa: S608
    )
    return bool(found[0]["ticks"])


def _check_time_zone(ticks: list[dict[str, Any]], day: Day) -> None:
    """Local days were written when the lake was cleaned; told in another time zone they would begin at no midnight."""
    for row in ticks:
        local = local_time(Tick(row["snapshot_epoch"]), day.timezone)
        if (local.date, local.hour) != (row["local_date"], row["local_hour"]):
            raise SettingsError(
                f"the lake's local days are not those of {day.timezone}",
                hint="Name the time zone in which it was written, with --timezone.",
            )


def _check_is_among(engine: Engine, day: Day) -> None:
    """A day without ticks between days with ticks can be told; one outside cannot."""
    days = reportable_days(engine)
    if not days[0] <= day.local_date <= days[-1]:
        span = f"only {days[0]}" if len(days) == 1 else f"{len(days)} days from {days[0]} to {days[-1]}"
        side = "before the first tick" if day.local_date < days[0] else "after the last tick"
        raise NothingThere(
            f"{day.local_date} is {side} of the lake",
            hint=f"The lake has {span}: name one of them with --date.",
        )


def _source(engine: Engine) -> str:
    return str(_rows(engine, "select max(source) as source from ticks")[0]["source"])


def _nothing_yet() -> NothingThere:
    return NothingThere(
        "the lake has no cleaned data yet",
        hint="Fill it: velib run (one live tick), velib import PATH (recordings) or velib demo (simulated).",
    )


def _rows(engine: Engine, text: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = engine.query(text).to_pylist()
    return rows
