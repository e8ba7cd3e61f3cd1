"""`velib rollup` and the histories it answers, on the lake of forty days, through the commands."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.e2e.conftest import Velib
from tests.e2e.lake.test_forty_days import up_to
from tests.forty_days import DAYS, FIRST, STATIONS, ticks

import velib_insights
from velib_insights.adapters.lake import Lake
from velib_insights.adapters.parquet import to_parquet
from velib_insights.core import keys
from velib_insights.core.catalogue.rollups import OUTAGE_DAY, ROLLUPS, STATION_DAY
from velib_insights.core.catalogue.schema import arrow_schema
from velib_insights.core.catalogue.tables import Table
from velib_insights.core.errors import SettingsError
from velib_insights.core.network import VELIB
from velib_insights.core.ticks.local_time import midnight
from velib_insights.steps.network import remember
from velib_insights.steps.rollup import roll_up_closing_day, rollup
from velib_insights.steps.rollup.months import Month, store_days

FIRST_DAY = (FIRST + timedelta(hours=1)).date()
CLOSED = [FIRST_DAY + timedelta(days=number) for number in range(DAYS - 1)]  # the last one is not over
OBSERVED = [day for day in CLOSED if not date(2026, 2, 1) <= day <= date(2026, 2, 4)]  # the freeze
TIMEZONE = "Europe/Paris"


@pytest.fixture(scope="module")
def rolled(forty_days: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nobody writes to it."""
    folder = tmp_path_factory.mktemp("rolled") / "lake"
    shutil.copytree(forty_days, folder)
    assert rollup(Lake.open(str(folder)), "velib", TIMEZONE).made == tuple(CLOSED)
    return folder


@pytest.fixture
def mine(rolled: Path, tmp_path: Path) -> Path:
    """A copy, whose files are others to it than those that the notes speak of, so it is rolled up once more."""
    shutil.copytree(rolled, tmp_path / "lake")
    rollup(Lake.open(str(tmp_path / "lake")), "velib", TIMEZONE)
    return tmp_path / "lake"


def files(lake: Path) -> dict[str, str]:
    """The tables' files and their digests."""
    found = sorted((lake / "rollup").glob("*/month=*/part.parquet"))
    return {str(path.relative_to(lake)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def asked(velib: Velib, lake: Path, *arguments: object) -> list[dict[str, Any]]:
    said = velib("kpi", *arguments, "--lake", lake, "--json")
    assert said.code == 0, said.err
    rows: list[dict[str, Any]] = said.json()
    return rows


def test_closed_days_are_rolled_up_one_file_a_month_and_table(
    velib_here: Velib, forty_days: Path, tmp_path: Path
) -> None:
    shutil.copytree(forty_days, tmp_path / "lake")
    said = velib_here("rollup", "--lake", tmp_path / "lake", "--json").json()
    assert said == {
        "days_made": [day.isoformat() for day in CLOSED],
        "days_unchanged": 0,
        "first_day": CLOSED[0].isoformat(),
        "last_day": CLOSED[-1].isoformat(),
    }
    months = sorted({f"{day:%Y-%m}" for day in CLOSED})
    names = [f"{table.tier}/month={month}/part.parquet" for table in ROLLUPS for month in months]
    assert sorted(files(tmp_path / "lake")) == sorted(names)
    again = velib_here("rollup", "--lake", tmp_path / "lake", "--json").json()
    assert (again["days_made"], again["days_unchanged"]) == ([], len(CLOSED))


def test_any_order_gives_the_same_bytes(rolled: Path, forty_days: Path, tmp_path: Path) -> None:
    shutil.copytree(forty_days, tmp_path / "lake")
    lake = Lake.open(str(tmp_path / "lake"))
    spans = [CLOSED[start : start + 4] for start in range(0, len(CLOSED), 4)]
    random.Random(7).shuffle(spans)  # noqa: S311 - an order, not a secret
    for span in spans:
        assert rollup(lake, "velib", TIMEZONE, since=span[0], until=span[-1]).made == tuple(span)
    assert files(tmp_path / "lake") == files(rolled)


def test_again_gives_the_same_bytes(velib_here: Velib, rolled: Path, mine: Path) -> None:
    span = ("--since", CLOSED[3].isoformat(), "--until", CLOSED[9].isoformat())
    said = velib_here("rollup", "--again", *span, "--lake", mine, "--json").json()
    assert said["days_made"] == [day.isoformat() for day in CLOSED[3:10]]
    assert files(mine) == files(rolled)


@pytest.mark.parametrize("what", ["station", "zone"])
def test_a_history_by_day_says_what_the_kpi_of_days_says(velib_here: Velib, rolled: Path, what: str) -> None:
    by_day = asked(velib_here, rolled, f"history_{what}s", "--by", "day")
    from_hot = asked(velib_here, rolled, f"availability_{what}_day")
    code = f"{what}_code"
    long = {(row["period"], row[code]): row for row in by_day}
    compared = 0
    for row in from_hot:
        other = long.get((row["local_date"], row[code]))
        if other is None:
            assert row["local_date"] == (CLOSED[-1] + timedelta(days=1)).isoformat()
            continue
        compared += 1
        names = ("bike_availability", "dock_availability", "full_availability")
        assert {name: row[name] for name in names} == {name: other[name] for name in names}
        middle = "" if what == "station" else "station_"
        for name in ("short", "no_dock", "outage", "operative"):
            assert row[f"{name}_minutes"] == other[f"{name}_{middle}minutes"]
        assert row["coverage"] == pytest.approx(other["coverage"])
    assert compared >= 300


def test_outages_are_those_of_the_kpi(velib_here: Velib, rolled: Path) -> None:
    window = asked(velib_here, rolled, "outage_episodes")
    begins = (CLOSED[-1] - timedelta(days=5)).isoformat()
    long = asked(velib_here, rolled, "history_outages", "--since", begins)
    names = (
        "station_code",
        "kind",
        "started_epoch",
        "ended_epoch",
        "episode_minutes",
        "start_was_seen",
        "end_was_seen",
    )

    def told(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
        begin = midnight(CLOSED[-1] - timedelta(days=5), TIMEZONE)
        end = midnight(CLOSED[-1] + timedelta(days=1), TIMEZONE)
        return sorted(
            tuple(row[name] for name in names) for row in rows if begin <= row["started_epoch"] < end
        )

    assert told(long) == told(window)
    assert told(long)


def test_periods_are_sums_of_their_days(velib_here: Velib, rolled: Path) -> None:
    days = asked(velib_here, rolled, "history_network", "--by", "day")
    for by, period in (("month", lambda d: d[:7]), ("year", lambda d: d[:4]), ("span", lambda _: None)):
        rows = asked(velib_here, rolled, "history_network", "--by", by)
        for row in rows:
            of = [day for day in days if by == "span" or period(day["period"]) == row["period"]]
            assert row["operative_station_minutes"] == sum(day["operative_station_minutes"] for day in of)
            assert row["bikes_moved"] == sum(day["bikes_moved"] for day in of)
            assert (row["days_covered"], row["stations"]) == (len(of), STATIONS)
    weeks = asked(velib_here, rolled, "history_network", "--by", "week")
    assert [row["period"] for row in weeks] == sorted(
        {f"{day.isocalendar()[0]}-W{day.isocalendar()[1]:02}" for day in OBSERVED}
    )


def test_an_hour_that_is_cleaned_anew_opens_its_day_and_no_other(velib_here: Velib, mine: Path) -> None:
    day = CLOSED[12]
    tick = next(tick for tick in ticks() if tick.at.date() == day and tick.at.hour == 12)
    part = mine / keys.part_key(keys.clean_tier("velib"), tick.hour)
    table = pq.read_table(pa.BufferReader(part.read_bytes()))
    closed = table.set_column(
        table.schema.get_field_index("is_operative"),
        table.schema.field("is_operative"),
        pa.array([False] * len(table)),
    )
    part.write_bytes(to_parquet(closed))
    said = velib_here("rollup", "--lake", mine, "--json").json()
    assert said["days_made"] == [day.isoformat()]
    mended = files(mine)
    shutil.rmtree(mine / "rollup")
    assert velib_here("rollup", "--lake", mine).code == 0
    assert files(mine) == mended
    row = next(
        r for r in asked(velib_here, mine, "history_network", "--by", "day") if r["period"] == f"{day}"
    )
    assert row["operative_station_minutes"] == (24 - 1) * 60 * STATIONS


def test_a_day_taken_out_of_the_lake_is_taken_out_of_the_rollup(velib_here: Velib, mine: Path) -> None:
    for tier in ("source=velib", "ticks"):
        for hour in range(24):
            tick = next(t for t in ticks() if t.at == FIRST + timedelta(days=5, hours=hour))
            shutil.rmtree(mine / "clean" / tier / f"date={tick.hour.date}" / f"hour={tick.hour.hh}")
    assert velib_here("rollup", "--lake", mine).code == 0
    rows = asked(velib_here, mine, "history_network", "--by", "day")
    assert {date.fromisoformat(row["period"]) for row in rows} == set(OBSERVED) - {CLOSED[5]}
    january = asked(velib_here, mine, "history_network", "--by", "month")[0]
    assert (january["days_covered"], january["days_wanted"]) == (20, 21)


def test_a_crash_between_two_tables_is_made_good(velib_here: Velib, rolled: Path, mine: Path) -> None:
    """The note of a month is gone for as long as its files are being replaced."""
    (mine / "rollup/made_from/2026-01.json").unlink()
    (mine / "rollup/station_day/month=2026-01/part.parquet").unlink()
    assert velib_here("rollup", "--lake", mine).code == 0
    assert files(mine) == files(rolled)


def test_days_that_a_crash_left_beside_the_note_are_not_kept(
    velib_here: Velib, rolled: Path, mine: Path
) -> None:
    """A month's note is cut first, so what it does not name may be of another time than the rest."""
    note = mine / "rollup/made_from/2026-01.json"
    known = json.loads(note.read_bytes())
    note.write_text(json.dumps({day: known[day] for day in known if day < "2026-01-20"}), "utf-8")
    for tier in ("source=velib", "ticks"):
        for path in (mine / "clean" / tier).glob("date=2026-01-2[5-9]"):
            shutil.rmtree(path)
    assert velib_here("rollup", "--lake", mine).code == 0
    days = [row["period"] for row in asked(velib_here, mine, "history_network", "--by", "day")]
    assert "2026-01-24" in days
    assert not {f"2026-01-{day}" for day in (26, 27, 28, 29)} & set(days)


def test_a_damaged_month_is_named_with_what_to_do(velib_here: Velib, mine: Path) -> None:
    (mine / "rollup/zone_day/month=2026-01/part.parquet").write_bytes(b"PAR1 no")
    said = velib_here("kpi", "history_zones", "--lake", mine)
    assert said.code != 0
    assert "rollup/zone_day/month=2026-01/part.parquet" in said.err
    assert "velib rollup --again" in said.err
    said = velib_here("rollup", "--again", "--since", "2026-01", "--until", "2026-01-15", "--lake", mine)
    assert said.code != 0
    assert (
        "Remove it and make the month again: velib rollup --again --since 2026-01 --until 2026-01" in said.err
    )


def test_an_outage_over_the_end_of_a_month_has_its_whole_length_whatever_the_span(
    velib_here: Velib, tmp_path: Path
) -> None:
    lake = Lake.open(str(tmp_path / "lake"), create=True)
    remember(lake, VELIB)
    last, first = date(2026, 1, 31), date(2026, 2, 1)
    parts = {
        last: {"started_epoch": 1769895000, "last_out_epoch": 1769900400, "until_epoch": 1769901300, "goes_on": True,
               "is_continued": False, "well_before_epoch": 1769894100, "well_after_epoch": None},
        first: {"started_epoch": 1769901300, "last_out_epoch": 1769908500, "until_epoch": 1769909400,
                "goes_on": False, "is_continued": True, "well_before_epoch": None, "well_after_epoch": 1769909400},
    }  # fmt: skip
    for day, part in parts.items():
        about = {"source": "velib", "local_date": day, "station_code": "16107", "kind": "no_bike"}
        rows = {table.name: packed([], table) for table in ROLLUPS}
        rows["outage_day"] = packed([about | part], OUTAGE_DAY)
        rows["station_day"] = packed([{"zone_code": "75116", "zone_name": "16e"} | about], STATION_DAY)
        store_days(lake, Month.of(day), {day: "made"}, [rows])
    spans = [
        (),
        ("--until", "2026-01"),
        ("--since", "2026-02"),
        ("--since", "2026-01-31", "--until", "2026-01-31"),
    ]
    found = [asked(velib_here, tmp_path / "lake", "history_outages", *span) for span in spans]
    assert [
        (row["local_date"], row["minutes_least"], row["minutes_most"], row["is_open"]) for row in found[0]
    ] == [("2026-01-31", 225, 255, False)]
    assert found == [found[0]] * len(spans)


def packed(rows: list[dict[str, Any]], table: Table) -> bytes:
    """An Arrow stream of these rows; what they do not say is 0 or null."""
    schema = pa.schema([field.with_nullable(True) for field in arrow_schema(table)])
    zeros = {c.name: 0 for c in table.columns if c.type in ("integer", "bigint")}
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema) as writer:
        writer.write_table(pa.Table.from_pylist([zeros | row for row in rows], schema))
    return bytes(sink.getvalue())


def test_a_span_is_cut_to_what_is_there_and_says_what_is_missing(velib_here: Velib, rolled: Path) -> None:
    rows = asked(velib_here, rolled, "history_network", "--since", "2025-12", "--by", "year")
    assert [(row["period"], row["days_covered"], row["days_wanted"]) for row in rows] == [
        ("2026", len(OBSERVED), 49)
    ]
    said = velib_here("kpi", "history_network", "--since", "2030", "--lake", rolled)
    assert said.code != 0
    assert f"no closed day is rolled up from 2030-01-01 on: the last one is {CLOSED[-1]}" in said.err


def test_stations_and_zones_are_chosen(velib_here: Velib, rolled: Path) -> None:
    rows = asked(
        velib_here, rolled, "history_stations", "--station", "1001", "--station", "2002", "--by", "span"
    )
    assert {row["station_code"] for row in rows} == {"1001", "2002"}
    assert (
        len(asked(velib_here, rolled, "history_zones", "--zone", rows[0]["zone_code"], "--by", "span")) == 1
    )
    said = velib_here("kpi", "history_network", "--zone", "75101", "--lake", rolled)
    assert "history_network has no zone_code, so zones cannot be chosen" in said.err
    said = velib_here("kpi", "shortage", "--since", "2026", "--lake", rolled)
    assert "kpi_shortage is no history, so --since does not apply" in said.err
    said = velib_here("kpi", "history_zone", "--lake", rolled)
    assert "Did you mean history_zones" in said.err


def test_a_lake_without_a_closed_day_says_what_to_do(
    velib_here: Velib, forty_days: Path, tmp_path: Path
) -> None:
    up_to(forty_days, 20, tmp_path / "lake")
    said = velib_here("rollup", "--lake", tmp_path / "lake")
    assert said.code == 0
    assert "No day of the lake is closed yet: a day closes two hours after its end." in said.err
    said = velib_here("kpi", "history_network", "--lake", tmp_path / "lake")
    assert said.code != 0
    assert "no closed day of the lake" in said.err
    assert "velib rollup" in said.err


def test_python_asks_the_same(velib_here: Velib, rolled: Path) -> None:
    with velib_insights.open_lake(str(rolled)) as lake:
        table = lake.history("zones", since="2026-01-20", until=date(2026, 2, 3), by="week")
        shown = asked(
            velib_here,
            rolled,
            "history_zones",
            "--since",
            "2026-01-20",
            "--until",
            "2026-02-03",
            "--by",
            "week",
        )
        assert json.loads(json.dumps(table.to_pylist())) == shown
        rows = lake.history("station_day", since="2026-02", stations=["1001"])
        assert rows["local_date"].to_pylist() == [day for day in OBSERVED if day.month == 2]
        assert lake.query("SELECT count(*) AS n FROM station_day").to_pylist() == [
            {"n": len(OBSERVED) * STATIONS}
        ]
        assert lake.kpi("history_zones", since="2026-01-20", until="2026-02-03", by="week").equals(table)
        with pytest.raises(SettingsError, match="kpi_shortage is no history"):
            lake.kpi("shortage", since="2026-01")
        assert lake.rollup() == 0
        assert "history_zones" in lake.histories()["name"].to_pylist()


def test_a_day_that_closes_is_rolled_up_when_the_site_is_published(
    velib_here: Velib, forty_days: Path, tmp_path: Path
) -> None:
    lake = up_to(forty_days, 6 * 24, tmp_path / "lake")
    assert velib_here("publish", "--lake", lake, "--reports", "0").code == 0
    days = asked(velib_here, lake, "history_network", "--by", "day")
    assert [row["period"] for row in days] == [
        day.isoformat() for day in CLOSED[2:5]
    ]  # the sixth closes at 02:00


def test_a_tick_ahead_of_the_clock_keeps_no_day_from_closing(forty_days: Path, tmp_path: Path) -> None:
    folder = up_to(forty_days, 6 * 24, tmp_path / "lake")
    ahead = folder / "clean/ticks/date=2126-01-01/hour=00"
    shutil.copytree(next((folder / "clean/ticks").glob("date=*/hour=12")), ahead)
    done = roll_up_closing_day(Lake.open(str(folder)), "velib", TIMEZONE)
    assert done is not None
    assert done.made == tuple(CLOSED[2:5])
    assert roll_up_closing_day(Lake.open(str(folder)), "velib", TIMEZONE) is None
