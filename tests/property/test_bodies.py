"""Whatever a publisher sends, cleaning gives rows or a named refusal, and loses none."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from tests.core.bodies import TICK, Bodies, as_body, cleaned, kept, ods_row, raw_fetch, status_row, tick_row
from tests.property.strategies import (
    Station,
    any_fetch,
    dumped,
    exports_values,
    gbfs_fetches,
    information_values,
    json_values,
    status_values,
    vehicle_types_values,
)

from velib_insights.adapters.parquet import to_parquet
from velib_insights.core.dialects import decode
from velib_insights.core.dialects.table import COLUMNS, TABLE, VERSION
from velib_insights.core.rules import FLAGS, ROW_RULES
from velib_insights.core.ticks.tick import Tick

OUTCOMES = {"ok", "unreadable", "incomplete", "unusable"}
RULES = {rule.id for rule in ROW_RULES}
COUNTS = ("bikes", "mechanical", "ebikes", "docks", "bikes_disabled", "docks_disabled", "capacity")
FLAG_IDS = {flag.id for flag in FLAGS}


def check(bodies: Bodies) -> None:
    """Every promise that holds for any body."""
    hour = cleaned(raw_fetch(bodies))
    row = tick_row(hour)
    assert row["outcome"] in (OUTCOMES if bodies else {"fetch_failed"})
    assert (row["reason"] is None) == (row["outcome"] == "ok") == (row["rows_kept"] > 0)
    assert (row["counts_hash"] is None) == (row["rows_kept"] == 0)
    for observed in hour.observations.to_pylist():
        assert set(observed["flags"].split()) <= FLAG_IDS
        assert observed["station_id"]
        assert observed["station_code"]
        for count in COUNTS:
            assert observed[count] is None or 0 <= observed[count] <= 100_000
        types = observed["mechanical"], observed["ebikes"]
        assert None in (*types, observed["bikes"]) or sum(types) == observed["bikes"]
    codes = hour.observations["station_code"].to_pylist()
    assert len(set(codes)) == len(codes)
    for refused in hour.quarantine.to_pylist():
        assert refused["rule"] in RULES
        assert refused["reason"]
        json.loads(refused["row_json"], parse_constant=_no_json)
    for table in (hour.observations, hour.ticks, hour.quarantine):
        to_parquet(table)


def _no_json(name: str) -> Any:
    raise AssertionError(f"{name} is not JSON")


@given(any_fetch)
@example({"exports": b'{"error_code": "X", "message": "\\ud800"}'})
@example({"exports": b"[" * 5000})
@example({"station_status": b'{"data": {"stations": [' + b'{"a":' * 3000 + b"1" + b"}" * 3000 + b"]}}"})
def test_any_bytes_give_rows_or_a_named_refusal(bodies: Bodies) -> None:
    check(bodies)


@given(st.sampled_from(["exports", "records", "station_status", "table"]), json_values)
def test_any_json_value_gives_rows_or_a_named_refusal(feed: str, value: Any) -> None:
    check({feed: dumped(value)})


@given(exports_values)
def test_any_export_gives_rows_or_a_named_refusal(value: Any) -> None:
    check({"exports": dumped(value)})


@given(status_values, information_values, st.none() | vehicle_types_values)
def test_any_gbfs_gives_rows_or_a_named_refusal(status: Any, information: Any, types: Any) -> None:
    bodies = {"station_status": status, "station_information": information}
    check(
        {
            feed: dumped(value)
            for feed, value in (bodies | ({"vehicle_types": types} if types else {})).items()
        }
    )


cells = st.none() | st.booleans() | st.integers(-2, 200_000) | st.floats() | st.text(max_size=3)


@given(
    st.lists(st.lists(cells, max_size=len(COLUMNS) + 1) | json_values, max_size=6),
    st.sampled_from([VERSION, 2, None]),
)
def test_any_table_gives_rows_or_a_named_refusal(rows: list[Any], version: int | None) -> None:
    check({TABLE: dumped({"table": version, "columns": list(COLUMNS), "rows": rows})})


@given(any_fetch, any_fetch, st.integers(0, 1))
def test_any_two_fetches_of_an_hour_keep_the_sum(first: Bodies, second: Bodies, later_tick: int) -> None:
    hour = cleaned(
        raw_fetch(first),
        raw_fetch(second, Tick(TICK.epoch + 900 * later_tick), after_s=60, refetch_suffix="at081700Z"),
    )
    ticks = hour.ticks.to_pylist()
    assert len(ticks) == 1 + later_tick
    assert all(row["rows_in"] == row["rows_kept"] + row["rows_refused"] for row in ticks)
    assert sum(row["rows_kept"] for row in ticks) == len(hour.observations)
    assert sum(row["rows_refused"] for row in ticks) == len(hour.quarantine)


@given(gbfs_fetches())
def test_gbfs_of_any_version_tells_what_is_true_of_the_network(
    told: tuple[list[Station], Bodies],
) -> None:
    network, bodies = told
    rows = {row["station_id"]: row for row in kept(cleaned(bodies))}
    assert {
        station_id: Station(
            station_id, row["mechanical"], row["ebikes"], row["docks"], row["capacity"], row["is_operative"]
        )
        for station_id, row in rows.items()
    } == {station.station_id: station for station in network}
    for station in network:
        row = rows[station.station_id]
        assert row["bikes"] == station.mechanical + station.ebikes
        assert row["name"] == f"Station {station.station_id}"


good_rows = st.lists(
    st.fixed_dictionaries({"b": st.integers(0, 60), "d": st.none() | st.integers(0, 60)}),
    min_size=2,
    max_size=8,
)


@given(good_rows, st.sampled_from(["exports", "station_status"]))
def test_one_bad_row_does_not_change_how_the_good_ones_are_read(
    rows: list[dict[str, Any]], feed: str
) -> None:
    if feed == "exports":
        good: list[Any] = [
            ods_row(str(i + 1001), numbikesavailable=row["b"], numdocksavailable=row["d"])
            for i, row in enumerate(rows)
        ]
    else:
        good = [
            status_row(
                i + 1, stationCode=str(i + 1001), num_bikes_available=row["b"], num_docks_available=row["d"]
            )
            for i, row in enumerate(rows)
        ]

    def body(rows: list[Any]) -> bytes:
        return as_body(rows if feed == "exports" else {"data": {"stations": rows}})

    alone, beside = decode({feed: body(good)}), decode({feed: body([*good, "bad"])})
    assert beside.columns == alone.columns
    assert (len(alone.refusals), len(beside.refusals)) == (0, 1)
