"""The report of a day: figures known beforehand, equal to the views, and honest where little is known."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pyarrow as pa
import pytest
from tests.spec.conftest import DuckDBEngine, World

from velib_insights.adapters.duckdb_engine import DuckDbEngine
from velib_insights.adapters.lake import Lake
from velib_insights.core.catalogue.tables import TABLES
from velib_insights.core.catalogue.views import view
from velib_insights.core.errors import NothingThere, SettingsError
from velib_insights.core.insights.report import DayReport, Zone
from velib_insights.steps.insights import day_report, latest_day, parse_day, reportable_days

PARIS = "Europe/Paris"
DAY = date(2026, 3, 3)


class DrawnLake:
    """The drawn tables, asked as a lake is."""

    def __init__(self, world: World) -> None:
        engine = world.engine
        assert isinstance(engine, DuckDBEngine)
        self._connection = engine.connection
        engine.rows_of(world.rows, "local_days", list(view("local_days").columns[:1]))

    def view(self, name: str) -> pa.Table:
        return self.query(f"SELECT * FROM {name}")

    def query(self, sql: str) -> pa.Table:
        return self._connection.sql(sql).to_arrow_table()

    def rows(self, name: str, **equal: Any) -> list[dict[str, Any]]:
        return [
            row
            for row in self.view(name).to_pylist()
            if all(row[column] == value for column, value in equal.items())
        ]

    def forget_after(self, at: datetime) -> None:
        for table in TABLES:
            self._connection.execute(f"DELETE FROM {table.name} WHERE snapshot_at > ?", [at])


@pytest.fixture(scope="module")
def tables() -> Iterator[DuckDBEngine]:
    engine = DuckDBEngine()
    yield engine
    engine.connection.close()


@pytest.fixture
def drawn(tables: DuckDBEngine) -> World:
    return World(tables)


def hours(first: str, last: str) -> list[datetime]:
    """Every hour of UTC from `first` to `last`, both included."""
    start, end = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (first, last))
    return [start + timedelta(hours=n) for n in range(int((end - start) / timedelta(hours=1)) + 1)]


def lived(
    world: World,
    ticks: list[datetime],
    cells: dict[str, Any],
    said: dict[str, str] | None = None,
    cadence_min: int = 60,
) -> None:
    """Draw these ticks; a station's cell is a text or a function of the tick, `said` is of the ledger."""
    names = list(cells)
    lines = [" | ".join(["at", *names, "tick"])]
    for at in ticks:
        tick = (said or {}).get(f"{at:%Y-%m-%d %H:%M}", "")
        failed = tick.startswith(("fetch", "unread", "unus"))
        row = ["" if failed else cell(at) if callable(cell) else cell for cell in cells.values()]
        lines.append(" | ".join([f"{at:%Y-%m-%d %H:%M}", *row, tick]))
    world.grid("\n".join(lines), cadence_min=cadence_min)


def report(world: World, day: date | None = DAY, timezone: str = PARIS) -> DayReport:
    return day_report(DrawnLake(world), day, timezone=timezone)


def out_from_eight_to_ten(at: datetime) -> str:
    """3 mechanical and 2 electric bikes; none at 8 and 9 o'clock in Paris on the day."""
    return "0+0/10" if (at.day, at.hour) in ((3, 7), (3, 8)) else "3+2/5"


@pytest.fixture
def known(drawn: World) -> World:
    """A day of which every figure can be reckoned by hand: A is empty for two hours, B is full, D out of service."""
    drawn.stations("""
        code | zone_code | zone_name
        A    | 75101     | Paris 1er
        B    | 75101     | Paris 1er
        C    | 75102     | Paris 2e
        D    | 75102     | Paris 2e
    """)
    cells = {"A": out_from_eight_to_ten, "B": "6+4/0", "C": "3+2/5", "D": "3+2/5 off"}
    lived(drawn, hours("2026-03-02 20:00", "2026-03-03 23:00"), cells)
    return drawn


def test_the_figures_are_those_reckoned_by_hand(known: World) -> None:
    told = report(known)
    assert (told.date, told.weekday, told.coverage.share, told.coverage.is_over) == (
        "2026-03-03",
        2,
        1.0,
        True,
    )
    assert (told.coverage.ticks_observed, told.coverage.ticks_expected, told.coverage.ticks_missing) == (
        24,
        24,
        0,
    )
    network = told.network
    assert network is not None
    assert (network.stations, network.stations_served) == (4, 3)
    assert (network.stations_never_out, network.stations_always_out) == (1, 1)
    assert (network.short_minutes, network.no_dock_minutes, network.outage_minutes) == (120, 1440, 1560)
    assert network.operative_minutes == 3 * 1440
    assert network.unusable_share == 1560 / 4320
    assert network.bike_availability == 4200 / 4320
    assert network.dock_availability == 2880 / 4320
    assert network.bikes_moved == 10

    worst = told.worst_moment
    assert worst is not None
    assert worst.epoch == int(datetime(2026, 3, 3, 7, tzinfo=UTC).timestamp())
    assert (worst.unusable_stations, worst.operative_stations) == (2, 3)
    assert (worst.short_stations, worst.no_dock_stations) == (1, 1)

    assert [(zone.zone_name, zone.outage_minutes) for zone in told.zones] == [
        ("Paris 1er", 1560),
        ("Paris 2e", 0),
    ]
    assert [station.station_code for station in told.stations.worst] == ["B", "A"]
    assert [station.station_code for station in told.stations.best] == ["C"]

    assert told.morning is not None
    assert told.morning.lost == ()  # the bikes left between 7 and 8 and were back between 9 and 10
    assert (told.morning.gained, told.morning.bikes_moved, told.morning.observed_share) == ((), 10, 1.0)
    assert told.evening is not None
    assert told.evening.bikes_moved == 0

    types = told.types
    assert types is not None
    assert types.mean_mechanical == pytest.approx(3 * 22 / 24 + 6 + 3)
    assert types.mean_ebikes == pytest.approx(2 * 22 / 24 + 4 + 2)
    assert types.ebike_share == pytest.approx(0.4)

    short, no_dock = told.recoveries
    assert (short.ended, short.measured, short.median_minutes, short.p90_minutes, short.going_on) == (
        *(1, 1, 120, 120, 0),
    )
    assert (no_dock.ended, no_dock.median_minutes, no_dock.going_on) == (0, None, 1)
    assert len(told.moments) == 24
    assert max(moment.unusable_stations or 0 for moment in told.moments) == worst.unusable_stations


def test_the_sentences_tell_these_figures(known: World) -> None:
    told = report(known)
    french = dict(zip(told.topics, told.sentences["fr"], strict=True))
    english = dict(zip(told.topics, told.sentences["en"], strict=True))
    assert told.topics[0] == "network"
    assert "1\u202f560\u00a0minutes" in french["network"]
    assert "Mardi 3 mars 2026" in french["network"]
    assert "36.1%" in english["network"]
    assert "08:00" in english["worst_moment"]
    assert "2 unusable" in english["worst_moment"].replace("\u00a0", " ")
    assert "10\u00a0bikes" in english["moves"]


def a_random_month(world: World, dates: list[str]) -> None:
    """Whole local days of twelve stations in two zones, with a frozen spell, failures and a station that comes late."""
    world.stations(
        "\n".join(
            ["code | zone_code | zone_name", *(f"S{n} | 7510{n % 2} | Zone {n % 2}" for n in range(12))]
        )
    )
    fate = random.Random(7)  # noqa: S311 - counts, not secrets
    for text in dates:
        start = datetime.fromisoformat(text).replace(tzinfo=UTC) - timedelta(hours=1)
        for at in (start + timedelta(hours=n) for n in range(24)):
            said = {}
            if fate.random() < 0.06:
                said = {f"{at:%Y-%m-%d %H:%M}": fate.choice(["fetch_failed", "= 2026-02-01 00:00"])}
            cells = {}
            for n in range(12):
                bikes = max(0, min(10, round(fate.gauss(5, 4))))
                electric = fate.randint(0, bikes)
                state = " off" if fate.random() < 0.03 else ""
                cells[f"S{n}"] = (
                    "" if n == 5 and at.hour < 9 else f"{bikes - electric}+{electric}/{10 - bikes}{state}"
                )
            lived(world, [at], cells, said)


@pytest.fixture(scope="module")
def month(tables: DuckDBEngine) -> tuple[World, list[str]]:
    world = World(tables)
    dates = ["2026-02-03", "2026-02-10", "2026-02-17", "2026-02-24", "2026-03-01", "2026-03-02", "2026-03-03"]
    a_random_month(world, [*dates, "2026-03-04"])
    return world, dates


def test_every_figure_of_a_past_day_is_that_of_the_views_on_the_whole_lake(
    month: tuple[World, list[str]],
) -> None:
    world, _ = month
    lake = DrawnLake(world)
    told = day_report(lake, DAY, timezone=PARIS)
    (worst,) = lake.rows("kpi_worst_moment", local_date=DAY)
    (days,) = lake.rows("local_days", local_date=DAY)
    (equity,) = lake.rows("kpi_equity_gap", local_date=DAY)
    zones = {row["zone_code"]: row for row in lake.rows("kpi_availability_zone_day", local_date=DAY)}
    stations = {row["station_code"]: row for row in lake.rows("kpi_availability_station_day", local_date=DAY)}
    flows = lake.rows("kpi_net_flow_zone_hour", local_date=DAY)
    assert told.coverage.share == days["coverage"]
    assert told.coverage.ticks_observed == days["ticks_observed"]
    assert told.worst_moment is not None
    assert told.worst_moment.epoch == worst["snapshot_epoch"]
    assert told.worst_moment.unusable_stations == worst["unusable_stations"]
    assert told.equity is not None
    assert msgspec.to_builtins(told.equity).items() <= equity.items()
    assert {zone.zone_code for zone in told.zones} == set(zones)
    for zone in told.zones:
        for name in set(Zone.__struct_fields__) & set(zones[zone.zone_code]):
            assert getattr(zone, name) == zones[zone.zone_code][name], name
    for station in (*told.stations.worst, *told.stations.best):
        for name in ("full_availability", "outage_minutes", "operative_minutes"):
            assert getattr(station, name) == stations[station.station_code][name], name
    network = told.network
    assert network is not None
    for name in ("stations", "outage_minutes", "short_minutes", "no_dock_minutes", "operative_minutes"):
        assert getattr(network, name) == sum(row.get(name, 0) for row in zones.values()), name
    assert network.bikes_moved == sum(row["bikes_moved"] for row in flows)
    assert told.morning is not None
    assert told.morning.bikes_moved == sum(row["bikes_moved"] for row in flows if 7 <= row["local_hour"] < 10)
    assert {m.epoch: m.unusable_stations for m in told.moments if m.outcome == "observed"} == {
        row["snapshot_epoch"]: row["unusable_stations"] for row in lake.rows("network_ticks", local_date=DAY)
    }


def test_what_looks_back_a_week_is_told_as_it_stood_when_the_day_had_ended(
    month: tuple[World, list[str]],
) -> None:
    world, _ = month
    told = day_report(DrawnLake(world), DAY, timezone=PARIS)
    then = DrawnLake(world)
    first_after = min(
        row["snapshot_at"] for row in then.rows("observed_ticks", is_observed=True) if row["local_date"] > DAY
    )
    then.forget_after(first_after)
    chronic = then.rows("kpi_chronic_stations")
    assert told.chronic is not None
    assert {station.station_code: station.unusable_share for station in told.chronic} == {
        row["station_code"]: row["unusable_share"] for row in chronic
    }
    midnight = int(datetime(2026, 3, 2, 23, tzinfo=UTC).timestamp())
    for recovery in told.recoveries:
        ended = [
            row["episode_minutes"]
            for row in then.rows("kpi_outage_episodes", kind=recovery.kind, end_was_seen=True)
            if midnight <= row["ended_epoch"] < midnight + 86400 and row["start_was_seen"]
        ]
        assert recovery.measured == len(ended) > 0
        assert recovery.median_minutes == sorted(ended)[(len(ended) - 1) // 2]


def test_a_day_is_compared_with_those_before_it(month: tuple[World, list[str]]) -> None:
    world, _ = month
    lake = DrawnLake(world)
    told = day_report(lake, DAY, timezone=PARIS)
    assert (told.history.day_before, told.history.week_before, told.history.weekday_median) == ("ok",) * 3
    compared = {each.measure: each for each in told.comparisons}
    unusable: dict[str, dict[int, int]] = {}
    for row in lake.rows("network_ticks"):
        hour = datetime.fromtimestamp(row["snapshot_epoch"], ZoneInfo(PARIS)).hour
        unusable.setdefault(row["local_date"].isoformat(), {})[hour] = row["unusable_stations"]
    today = unusable["2026-03-03"]

    def worst(day: str, of: str) -> int:
        """The most unusable stations of a day at the hours that were observed on both."""
        return max(unusable[of][hour] for hour in today.keys() & unusable[day].keys())

    at_worst = compared["worst_unusable_stations"]
    for baseline, day in ((at_worst.day_before, "2026-03-02"), (at_worst.week_before, "2026-02-24")):
        assert baseline is not None
        assert baseline.dates == (day,)
        assert (baseline.value, baseline.day_value) == (worst(day, day), worst(day, "2026-03-03"))
    tuesdays = ("2026-02-24", "2026-02-17", "2026-02-10", "2026-02-03")
    assert at_worst.weekday_median is not None
    assert at_worst.weekday_median.dates == tuesdays
    assert at_worst.weekday_median.value == median(worst(day, day) for day in tuesdays)
    for each in told.comparisons:
        assert each.day_before is not None
        assert each.day_before.change == pytest.approx(each.day_before.day_value - each.day_before.value)
    english = dict(zip(told.topics, told.sentences["en"], strict=True))
    assert "the median of the last 4 Tuesdays" in english["comparison"]


@pytest.fixture
def two_zones(drawn: World) -> World:
    names = [f"{zone}{n}" for zone in "AB" for n in range(5)]
    drawn.stations(
        "\n".join(["code | zone_code | zone_name", *(f"{name} | {name[0]} | {name[0]}" for name in names)])
    )
    return drawn


def busy(at: datetime) -> str:
    """Empty from 18 to 20 o'clock in Paris on every day, which is what a gap in the evening hides."""
    return "0+0/10" if at.hour in (17, 18) else "3+2/5"


def test_a_gap_on_one_day_neither_adds_to_a_change_nor_hides_it(two_zones: World) -> None:
    """The evening of the day before was not observed. Both days were alike, so nothing has changed."""
    cells = {f"{zone}{n}": busy if zone == "A" else "3+2/5" for zone in "AB" for n in range(5)}
    lived(two_zones, hours("2026-03-01 23:00", "2026-03-02 15:00"), cells)
    lived(two_zones, hours("2026-03-02 23:00", "2026-03-03 23:00"), cells)
    told = report(two_zones)
    assert told.network is not None
    assert told.network.outage_minutes == 5 * 120
    assert told.history.day_before == "ok"
    for measure in (
        "unusable_share",
        "outage_minutes",
        "worst_unusable_stations",
        "equity_difference",
        "bikes_moved",
    ):
        each = next(each for each in told.comparisons if each.measure == measure)
        assert each.day_before is not None, measure
        assert each.day_before.change == 0, measure
    share = next(each for each in told.comparisons if each.measure == "unusable_share")
    assert share.day_before is not None
    assert share.day_before.common_minutes == 17 * 60  # of which the last hour was observed as well
    assert {zone.change_day_before for zone in told.zones} == {0}
    english = dict(zip(told.topics, told.sentences["en"], strict=True))
    assert "the same as the day before (over 17\u00a0h observed on both)" in english["comparison"]


@pytest.mark.parametrize(
    ("last", "state"),
    [("06:00", "not_comparable"), ("07:00", "ok"), ("08:00", "ok")],
    ids=["below half", "at half", "above half"],
)
def test_days_with_less_than_half_of_the_shorter_in_common_are_not_compared(
    two_zones: World, last: str, state: str
) -> None:
    """The day is observed from 4 o'clock on, the day before until some hour of the morning: the shorter."""
    cells = {f"{zone}{n}": "3+2/5" for zone in "AB" for n in range(5)}
    lived(two_zones, hours("2026-03-01 23:00", f"2026-03-02 {last}"), cells)
    lived(two_zones, hours("2026-03-03 03:00", "2026-03-04 00:00"), cells)
    told = report(two_zones)
    assert not told.coverage.is_low
    assert told.history.day_before == state
    french = dict(zip(told.topics, told.sentences["fr"], strict=True))
    assert ("Pas comparable à la veille" in french["comparison"]) == (state == "not_comparable")
    assert bool(any(each.day_before for each in told.comparisons)) == (state == "ok")


def test_flows_are_not_compared_across_cadences(two_zones: World) -> None:
    cells = {f"{zone}{n}": busy for zone in "AB" for n in range(5)}
    lived(two_zones, hours("2026-03-01 23:00", "2026-03-02 22:00"), cells)
    half_hours = [
        at + timedelta(minutes=m) for at in hours("2026-03-02 23:00", "2026-03-03 23:00") for m in (0, 30)
    ]
    lived(two_zones, half_hours, cells, cadence_min=30)
    told = {each.measure: each for each in report(two_zones).comparisons}
    assert told["unusable_share"].day_before is not None
    assert told["bikes_moved"].day_before is None


@pytest.mark.parametrize(
    ("first", "is_low"),
    [("05:00", False), ("04:00", False), ("06:00", True)],
    ids=["at 3/4", "above", "below"],
)
def test_a_day_of_three_quarters_is_not_poorly_observed(drawn: World, first: str, is_low: bool) -> None:
    lived(drawn, hours(f"2026-03-03 {first}", "2026-03-04 00:00"), {"A": "3+2/5", "B": "6+4/0"})
    told = report(drawn)
    share = {"04:00": 19, "05:00": 18, "06:00": 17}[first] / 24
    assert told.coverage.share == share
    assert told.coverage.is_low is is_low
    assert (told.history.day_before == "day_low_coverage") is is_low


@pytest.mark.parametrize(
    ("days", "ticks", "chronic"),
    [(2, 9, None), (3, 9, ["A"]), (4, 9, ["A"]), (3, 2, None), (3, 3, ["A"]), (3, 4, ["A"])],
)
def test_chronic_stations_are_named_from_three_days_of_four_observed_hours_on(
    drawn: World, days: int, ticks: int, chronic: list[str] | None
) -> None:
    """The last tick of a day holds for two hours, the others for one: three ticks are four hours."""
    for back in range(days):
        first = datetime(2026, 3, 3, 6, tzinfo=UTC) - timedelta(days=back)
        lived(drawn, [first + timedelta(hours=n) for n in range(ticks)], {"A": "0/10", "B": "3+2/5"})
    lived(drawn, hours("2026-03-04 06:00", "2026-03-04 06:00"), {"A": "0/10", "B": "3+2/5"})
    told = report(drawn).chronic
    assert (None if told is None else [station.station_code for station in told]) == chronic


@pytest.mark.parametrize(
    ("outages", "median_h", "p90_h"), [(1, 1, 1), (2, 1, 2), (9, 5, 9), (10, 5, 9), (11, 6, 10)]
)
def test_quantiles_of_a_day_s_outages_are_the_nearest_rank(
    drawn: World, outages: int, median_h: int, p90_h: int
) -> None:
    """Each of the stations is out for one hour more than the one before it, as kpi_recovery_time has it tested."""

    def out_for(span_h: int) -> Callable[[datetime], str]:
        return lambda at: "0/10" if at.day == 3 and 1 <= at.hour < 1 + span_h else "3+2/5"

    cells = {f"S{n:02}": out_for(n) for n in range(1, outages + 1)}
    lived(drawn, hours("2026-03-02 23:00", "2026-03-03 23:00"), cells)
    short = report(drawn).recoveries[0]
    assert (short.kind, short.measured) == ("no_bike", outages)
    assert (short.median_minutes, short.p90_minutes) == (60 * median_h, 60 * p90_h)


def test_a_station_is_compared_with_itself_a_month_before(drawn: World) -> None:
    """Last seen 31 days before the end of the day: it is renamed, and has not appeared."""
    lived(drawn, hours("2026-01-31 23:00", "2026-01-31 23:00"), {"A": "3+2/5", "X": "3+2/5"})
    lived(drawn, hours("2026-02-01 00:00", "2026-03-02 22:00")[::6], {"A": "3+2/5"})
    lived(drawn, hours("2026-03-02 23:00", "2026-03-03 23:00"), {"A": "3+2/5", "X": "3+2/5"})
    for row in drawn.rows["source_velib"]:
        if row["station_code"] == "X":
            row["name"] = "New" if row["date"] > "2026-03-01" else "Old"
    changes = report(drawn).changes
    assert changes is not None
    assert ("X", "renamed", "Old", "New") in [
        (each.station_code, each.change, each.name_before, each.name) for each in changes
    ]


def test_a_name_of_a_frozen_tick_a_month_before_is_compared_with_nothing(drawn: World) -> None:
    """The tick 31 days before the end of the day repeats one of the evening before it, by which it is judged."""
    cells = {"A": "3+2/5", "X": "3+2/5"}
    before, repeated = hours("2026-01-30 23:00", "2026-01-31 23:00")[::24]
    lived(drawn, [before + timedelta(minutes=30)], cells)
    lived(drawn, [repeated], cells, {f"{repeated:%Y-%m-%d %H:%M}": "= 2026-01-30 23:30"})
    lived(drawn, hours("2026-02-01 00:00", "2026-03-02 22:00")[::6], {"A": "3+2/5"})
    lived(drawn, hours("2026-03-02 23:00", "2026-03-03 23:00"), cells)
    for row in drawn.rows["source_velib"]:
        row["name"] = "New" if row["date"] > "2026-03-02" else "Old"
    changes = {(each.station_code, each.change) for each in report(drawn).changes or ()}
    assert ("A", "renamed") in changes
    assert ("X", "renamed") not in changes


@pytest.mark.parametrize(
    ("last", "expected"), [("2026-03-02 22:00", 7), ("2026-03-02 20:00", 7), ("2026-02-28 20:00", 7)]
)
def test_a_day_that_has_failed_so_far_misses_what_was_due_since_midnight(
    drawn: World, last: str, expected: int
) -> None:
    lived(drawn, hours("2026-02-27 20:00", last), {"A": "3+2/5"})
    fails = hours("2026-03-03 04:00", "2026-03-03 05:00")
    lived(drawn, fails, {"A": ""}, {f"{at:%Y-%m-%d %H:%M}": "fetch_failed" for at in fails})
    coverage = report(drawn).coverage
    assert (coverage.ticks_expected, coverage.ticks_failed, coverage.ticks_missing) == (expected, 2, 5)


def test_without_earlier_days_there_is_no_history_yet(known: World) -> None:
    told = report(known)
    assert told.history.week_before == told.history.weekday_median == "no_history"
    assert told.history.day_before == "ok"  # three hours of it, and over these it is compared
    assert all(c.week_before is c.weekday_median is None for c in told.comparisons)
    assert {c.day_before.common_minutes for c in told.comparisons if c.day_before} == {180}
    assert told.chronic is None
    assert (
        "Pas encore d'historique" in dict(zip(told.topics, told.sentences["fr"], strict=True))["comparison"]
    )


def test_a_poorly_observed_day_says_so_first_and_compares_nothing(month: tuple[World, list[str]]) -> None:
    world = World(month[0].engine, {name: list(rows) for name, rows in month[0].rows.items()})
    world.rows["ticks"] = [
        row | ({"outcome": "fetch_failed", "counts_hash": None} if is_lost(row) else {})
        for row in world.rows["ticks"]
    ]
    told = report(world)
    assert told.coverage.is_low
    assert told.topics[0] == "coverage"
    assert told.history.day_before == "day_low_coverage"
    assert told.coverage.ticks_failed >= 12
    assert told.sentences["en"][0].startswith("A poorly observed day: only ")


def is_lost(row: dict[str, Any]) -> bool:
    return bool(row["local_date"] == DAY and row["local_hour"] >= 12)


def test_the_latest_day_is_told_up_to_now_and_marked_as_not_over(known: World) -> None:
    lived(known, hours("2026-03-04 00:00", "2026-03-04 11:00"), {"A": "5/5", "B": "5/5"})
    told = report(known, None)
    assert told.date == "2026-03-04"
    assert not told.coverage.is_over
    assert told.coverage.elapsed_minutes == 12 * 60
    assert told.coverage.day_minutes == 1440
    assert told.coverage.ticks_expected == told.coverage.ticks_observed == 13
    assert told.history.day_before == "day_not_over"
    assert told.sentences["fr"][told.topics.index("under_way")].endswith(
        "arrêtés à 12\u00a0h, dernière observation."
    )
    assert not any(each.day_before for each in told.comparisons)
    assert told.network is not None
    assert told.network.operative_minutes == 2 * 12 * 60 + 60  # C was seen at midnight alone


def test_at_midnight_the_latest_day_is_the_one_that_has_just_ended(known: World) -> None:
    assert latest_day(DrawnLake(known)) == DAY
    assert report(known, None).coverage.is_over


@pytest.mark.parametrize(
    ("day", "first", "last", "minutes", "worst_utc", "said"),
    [
        ("2026-03-29", "2026-03-28 23:00", "2026-03-29 22:00", 1380, "2026-03-29 01:00", "03:00"),
        (
            "2026-10-25",
            "2026-10-24 22:00",
            "2026-10-25 23:00",
            1500,
            "2026-10-25 01:00",
            "02:00 (winter time)",
        ),
    ],
)
def test_days_of_23_and_25_hours(
    drawn: World, day: str, first: str, last: str, minutes: int, worst_utc: str, said: str
) -> None:
    lived(
        drawn,
        hours(first, last),
        {"A": lambda at: "0/10" if f"{at:%Y-%m-%d %H:%M}" == worst_utc else "5/5", "B": "5/5"},
    )
    told = report(drawn, date.fromisoformat(day))
    assert told.coverage.day_minutes == told.coverage.elapsed_minutes == minutes
    assert told.coverage.share == 1.0
    assert told.coverage.ticks_observed == told.coverage.ticks_expected == minutes // 60
    assert told.network is not None
    assert told.network.operative_minutes == 2 * minutes
    assert said in told.sentences["en"][told.topics.index("worst_moment")]


def test_a_day_whose_every_tick_was_frozen_or_failed_is_told_as_unknown(drawn: World) -> None:
    lost = hours("2026-03-02 23:00", "2026-03-03 22:00")
    said = {f"{at:%Y-%m-%d %H:%M}": "fetch_failed" if at.hour == 4 else "= 2026-03-02 22:00" for at in lost}
    lived(drawn, hours("2026-03-02 00:00", "2026-03-04 10:00"), {"A": "5/5", "B": "0/9"}, said)
    told = report(drawn)
    assert (told.network, told.worst_moment, told.types, told.chronic) == (None, None, None, None)
    assert (told.comparisons, told.zones, told.recoveries) == ((), (), ())
    assert told.coverage.share == 0.0
    assert (told.coverage.ticks_frozen, told.coverage.ticks_failed) == (23, 1)
    assert told.topics == ("coverage",)
    assert all(moment.unusable_stations is None for moment in told.moments)


def test_a_day_without_a_tick_between_days_with_ticks_is_told_as_unknown(drawn: World) -> None:
    for first, last in (("2026-03-02 00:00", "2026-03-02 22:00"), ("2026-03-03 23:00", "2026-03-04 10:00")):
        lived(drawn, hours(first, last), {"A": "5/5"})
    told = report(drawn)
    assert told.source == "velib"
    assert (told.coverage.share, told.coverage.is_over) == (0.0, True)
    assert told.coverage.ticks_observed == 0
    assert told.topics == ("coverage",)


@pytest.mark.parametrize("resumes", ["2026-03-05 10:00", "2026-03-20 10:00"])
def test_a_day_followed_by_a_dark_time_is_over_and_keeps_its_figures(known: World, resumes: str) -> None:
    for rows in known.rows.values():
        rows[:] = [row for row in rows if row["snapshot_at"] < datetime(2026, 3, 3, 12, tzinfo=UTC)]
    lived(known, hours(resumes, resumes), {"A": "5/5", "B": "5/5"})
    told = report(known)
    assert told.coverage.is_over
    assert told.coverage.elapsed_minutes == 1440
    assert (
        told.coverage.observed_minutes == 12 * 60
    )  # 0 h to 12 h, where the last tick that is not followed stands
    assert told.coverage.is_low
    assert told.network is not None
    assert told.network.outage_minutes == 120 + 12 * 60


def test_a_feed_that_has_stood_still_since_noon_leaves_the_afternoon_unobserved(known: World) -> None:
    for row in known.rows["ticks"]:
        if row["snapshot_at"] > datetime(2026, 3, 3, 11, tzinfo=UTC):
            row["counts_hash"] = datetime(2026, 3, 3, 11, tzinfo=UTC).isoformat()
    told = report(known)
    assert told.coverage.share == pytest.approx(12 / 24)
    assert told.coverage.is_over
    assert told.coverage.ticks_frozen == 11
    assert told.topics[0] == "coverage"


def test_one_single_tick_gives_a_report_without_figures(drawn: World) -> None:
    lived(drawn, hours("2026-03-03 09:00", "2026-03-03 09:00"), {"A": "5/5"})
    told = report(drawn, None)
    assert told.date == "2026-03-03"
    assert told.network is None
    assert told.topics[0] == "coverage"


def test_changes_of_the_network_are_told_of_their_day(drawn: World) -> None:
    lived(drawn, hours("2026-03-01 23:00", "2026-03-02 22:00"), {"A": "5/5", "B": "5/5"})
    drawn.stations("""
        code | name
        A    | Renamed
    """)
    lived(drawn, hours("2026-03-02 23:00", "2026-03-03 23:00"), {"A": "5/5", "C": "5/5"})
    told = report(drawn)
    assert told.changes is not None
    assert {(change.change, change.station_code) for change in told.changes} == {
        ("appeared", "C"),
        ("renamed", "A"),
        ("vanished", "B"),
    }
    assert report(drawn, date(2026, 3, 2)).changes is None


@pytest.mark.parametrize(
    ("day", "side"), [("2026-03-01", "before the first"), ("2026-03-09", "after the last")]
)
def test_a_day_outside_the_lake_is_refused_with_the_days_there_are(known: World, day: str, side: str) -> None:
    with pytest.raises(NothingThere, match=side) as refused:
        report(known, date.fromisoformat(day))
    assert "3 days from 2026-03-02 to 2026-03-04" in refused.value.hint
    assert reportable_days(DrawnLake(known)) == [date(2026, 3, 2), DAY, date(2026, 3, 4)]


def test_an_empty_lake_has_no_day(drawn: World, lake: Lake) -> None:
    with pytest.raises(NothingThere):
        report(drawn)
    for day in (None, DAY):
        engine = DuckDbEngine(lake, "velib")
        with pytest.raises(NothingThere, match="no cleaned data yet"):
            day_report(engine, day, timezone=PARIS)
        engine.close()


def test_another_time_zone_than_that_of_the_lake_is_refused(known: World) -> None:
    with pytest.raises(SettingsError, match=r"not those of America/New_York") as refused:
        report(known, timezone="America/New_York")
    assert "--timezone" in refused.value.hint


def test_a_day_is_written_as_a_date() -> None:
    assert parse_day("2026-03-04") == date(2026, 3, 4)
    with pytest.raises(SettingsError, match="'yesterday' is not a valid date"):
        parse_day("yesterday")


def test_the_same_lake_gives_the_same_bytes(month: tuple[World, list[str]]) -> None:
    from velib_insights.core.insights.report import encode_report

    lake = DrawnLake(month[0])
    assert encode_report(day_report(lake, DAY, timezone=PARIS)) == encode_report(
        day_report(lake, DAY, timezone=PARIS)
    )
