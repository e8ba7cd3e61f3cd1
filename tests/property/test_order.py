"""Nothing depends on the order in which things come."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.core.bodies import TICK, as_body, cleaned, ods_row, raw_fetch, status_row, tick_row

from velib_insights.adapters.parquet import to_parquet
from velib_insights.core.clean import CleanHour, RawFetch
from velib_insights.core.ticks.tick import Tick

counts = st.none() | st.integers(0, 60)
export_rows = st.lists(
    st.builds(
        lambda code, bikes, docks: ods_row(code, numbikesavailable=bikes, numdocksavailable=docks),
        st.sampled_from(["1001", "1002", "9020", "16107", None]),
        counts,
        counts,
    ),
    max_size=5,
)
bodies = st.one_of(
    st.builds(lambda rows: {"exports": as_body(rows)}, export_rows),
    st.just({"exports": b"<html>"}),
    st.just({}),
)


@st.composite
def hours(draw: st.DrawFn) -> tuple[list[RawFetch], list[RawFetch]]:
    """The fetches of an hour, some of one tick, in two orders."""
    places = draw(
        st.lists(st.tuples(st.integers(-1, 2), st.integers(0, 3)), min_size=1, max_size=6, unique=True)
    )
    fetches = [
        raw_fetch(
            draw(bodies),
            Tick(TICK.epoch + 900 * number),
            after_s=4 + 60 * again,
            refetch_suffix=f"at08{15 + again:02d}04Z" if again else "",
            reason="timed out",
        )
        for number, again in places
    ]
    return fetches, draw(st.permutations(fetches))


def files(hour: CleanHour) -> list[bytes]:
    return [to_parquet(table) for table in (hour.observations, hour.ticks, hour.quarantine)]


@given(hours())
def test_fetches_in_any_order_make_the_same_files(orders: tuple[list[RawFetch], list[RawFetch]]) -> None:
    one, other = (cleaned(*fetches) for fetches in orders)
    assert one.observations.equals(other.observations)
    assert one.ticks.equals(other.ticks)
    assert one.quarantine.equals(other.quarantine)
    assert files(one) == files(other)


networks = st.dictionaries(
    st.text("0123456789abc\n ", min_size=1, max_size=4).filter(str.strip),
    st.tuples(st.integers(0, 60), counts, counts, counts),
    min_size=1,
    max_size=6,
)
FIELDS = ("num_bikes_available", "mechanical", "ebike", "num_docks_available")


def status_of(station_id: str, values: tuple[Any, ...]) -> dict[str, Any]:
    bikes, mechanical, ebikes, docks = values
    return {
        "station_id": station_id,
        "num_bikes_available": bikes,
        "num_bikes_available_types": [{"mechanical": mechanical}, {"ebike": ebikes}],
        "num_docks_available": docks,
    }


def hash_of(rows: list[dict[str, Any]]) -> str:
    return str(tick_row(cleaned({"station_status": as_body({"data": {"stations": rows}})}))["counts_hash"])


@given(networks, st.randoms(use_true_random=False))
def test_the_counts_hash_does_not_depend_on_the_order_of_rows(network: dict[str, Any], random: Any) -> None:
    unique = {key.strip(): values for key, values in network.items()}
    rows = [status_of(*item) for item in unique.items()]
    shuffled = random.sample(rows, len(rows))
    assert hash_of(shuffled) == hash_of(rows)


@given(networks, st.data())
def test_the_counts_hash_changes_with_any_count(network: dict[str, Any], data: st.DataObject) -> None:
    unique = {key.strip(): values for key, values in network.items()}
    station_id = data.draw(st.sampled_from(sorted(unique)))
    which = data.draw(st.integers(0, 3))
    before = unique[station_id][which]
    after = data.draw((st.integers(0, 60) if which == 0 else counts).filter(lambda value: value != before))
    changed = tuple(after if i == which else value for i, value in enumerate(unique[station_id]))
    assert hash_of([status_of(*i) for i in (unique | {station_id: changed}).items()]) != hash_of(
        [status_of(*i) for i in unique.items()]
    )


@given(st.permutations(range(6)))
def test_the_rows_of_a_body_in_any_order_are_the_same_stations(order: list[int]) -> None:
    rows = [status_row(i, stationCode=code) for i, code in enumerate(["7", "7", "0", None, "5", "16107"])]
    codes = {
        row["station_id"]: row["station_code"]
        for row in cleaned(
            {"station_status": as_body({"data": {"stations": [rows[i] for i in order]}})}
        ).observations.to_pylist()
    }
    assert codes == {"0": "0", "1": "1", "2": "2", "3": "3", "4": "5", "5": "16107"}
