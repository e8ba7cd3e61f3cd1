"""What bodies may be: any JSON, any bytes, rows that are nearly right, and GBFS of every version."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from tests.core.bodies import information_row, ods_row, status_row

numbers = (
    st.integers(-3, 60)
    | st.integers()
    | st.floats()
    | st.sampled_from([100_000, 100_001, 2**31, 2**63, 2**64, 10**40, 1e308, 1795421131000])
)
# Surrogates stand for the half characters that broken encoders write.
texts = st.text(st.characters(), max_size=8) | st.sampled_from(
    ["", " ", "OUI", "NON", "9", "-1", "NaN", "16107", "2026-11-23T08:05:31Z", "\ud800", "a\nb", "\x00", "é"]
)
scalars = st.none() | st.booleans() | numbers | texts
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


def dumped(value: Any) -> bytes:
    """JSON as Python writes it: NaN, infinities and escaped half characters included."""
    return json.dumps(value).encode()


def _disturbed(make: Any) -> st.SearchStrategy[Any]:
    """A sound row with some of its fields replaced by anything, or anything at all."""
    fields = st.sampled_from(sorted(make()))
    changed = st.builds(
        lambda changes: make() | changes, st.dictionaries(fields | texts, json_values, max_size=5)
    )
    return changed | st.builds(make) | json_values


ods_rows = st.lists(_disturbed(ods_row), max_size=6)
_type_counts = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "vehicle_type_id": st.sampled_from(["a", "b", 7]) | json_values,
            "count": st.integers(-1, 9) | json_values,
        },
    ),
    max_size=3,
)
_further_status = st.fixed_dictionaries(
    {},
    optional={
        "vehicle_types_available": _type_counts | json_values,
        "num_ebikes_available": numbers,
        "num_bikes_disabled": numbers,
        "num_vehicles_disabled": numbers,
        "num_docks_disabled": numbers,
    },
)
status_rows = st.lists(
    st.builds(
        lambda row, further: row | further if isinstance(row, dict) else row,
        _disturbed(status_row),
        _further_status,
    ),
    max_size=6,
)
information_rows = st.lists(_disturbed(information_row), max_size=6)


def _stations(rows: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(
        lambda rows, header: header | {"data": {"stations": rows}},
        rows,
        st.dictionaries(
            st.sampled_from(["last_updated", "lastUpdatedOther", "ttl", "version"]), json_values, max_size=3
        ),
    )


exports_values = ods_rows | st.builds(
    lambda rows, total: {"total_count": total, "results": rows}, ods_rows, json_values
)
status_values = _stations(status_rows)
information_values = _stations(information_rows)
vehicle_types_values = st.builds(
    lambda types: {"data": {"vehicle_types": types}},
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "vehicle_type_id": st.sampled_from(["a", "b", 7]) | json_values,
                "form_factor": st.sampled_from(["bicycle", "cargo_bicycle", "scooter", "car"]) | json_values,
                "propulsion_type": st.sampled_from(["human", "electric", "electric_assist"]) | json_values,
            },
        )
        | json_values,
        max_size=3,
    ),
)


@st.composite
def _cut(draw: st.DrawFn, values: st.SearchStrategy[Any]) -> bytes:
    body = dumped(draw(values))
    return body[: draw(st.integers(0, len(body)))]


def bodies_of(values: st.SearchStrategy[Any]) -> st.SearchStrategy[bytes]:
    """Mostly bodies near to what a feed sends; also cut ones, any JSON and any bytes."""
    near = st.builds(dumped, values)
    return near | near | _cut(values) | st.builds(dumped, json_values) | st.binary(max_size=60)


any_fetch = st.fixed_dictionaries(
    {},
    optional={
        "exports": bodies_of(exports_values),
        "records": bodies_of(exports_values),
        "station_status": bodies_of(status_values),
        "station_information": bodies_of(information_values),
        "vehicle_types": bodies_of(vehicle_types_values),
        "gbfs": st.binary(max_size=20),
    },
)


@dataclass(frozen=True)
class Station:
    """What is true of a station; a feed of some version tells it."""

    station_id: str
    mechanical: int
    ebikes: int
    docks: int
    capacity: int
    operative: bool


ids = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_:", min_size=1, max_size=12)
networks = st.lists(
    st.builds(
        Station,
        ids,
        st.integers(0, 80),
        st.integers(0, 80),
        st.integers(0, 80),
        st.integers(0, 99),
        st.booleans(),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda station: station.station_id,
)
VERSIONS = ("1.0", "1.1", "2.1", "2.3", "3.0", "3.1-RC")


@st.composite
def gbfs_fetches(draw: st.DrawFn) -> tuple[list[Station], dict[str, bytes]]:
    """A network, and the files in which a GBFS system of some version tells of it."""
    network, version = draw(networks), draw(st.sampled_from(VERSIONS))
    is_3 = version.startswith("3")
    flag: Any = draw(st.sampled_from([bool, int])) if version < "2" else bool
    how = draw(
        st.sampled_from(["vehicle_types", "num_ebikes"] if version >= "2" else ["num_ebikes", "listed"])
    )
    with_nulls = draw(st.booleans())
    status, information = [], []
    for station in network:
        row: dict[str, Any] = {
            "station_id": station.station_id,
            "num_vehicles_available" if is_3 else "num_bikes_available": station.mechanical + station.ebikes,
            "num_docks_available": station.docks,
            "is_installed": flag(station.operative),
            "is_renting": flag(True),
            "is_returning": flag(True),
            "last_reported": "2026-11-23T08:05:31Z" if is_3 else 1795421131,
        }
        if how == "vehicle_types":
            row["vehicle_types_available"] = [
                {"vehicle_type_id": "m", "count": station.mechanical},
                {"vehicle_type_id": "e", "count": station.ebikes},
            ]
        elif how == "num_ebikes":
            row["num_ebikes_available"] = station.ebikes
        else:
            row["num_bikes_available_types"] = {"mechanical": station.mechanical, "ebike": station.ebikes}
        if with_nulls:
            row |= {"num_docks_disabled": None, "vehicle_docks_available": None}
        status.append(row)
        name = f"Station {station.station_id}"
        information.append(
            {
                "station_id": station.station_id,
                "name": [{"text": name, "language": "en"}] if is_3 else name,
                "lat": 45.5,
                "lon": -73.6,
                "capacity": station.capacity,
                "rental_methods": ["key", "creditcard"],
            }
        )
    header = {"last_updated": "2026-11-23T08:14:50Z" if is_3 else 1795421690, "ttl": 60, "version": version}
    fetch = {
        "station_status": dumped(header | {"data": {"stations": draw(st.permutations(status))}}),
        "station_information": dumped(header | {"data": {"stations": draw(st.permutations(information))}}),
    }
    if how == "vehicle_types":
        types = [
            {"vehicle_type_id": "m", "propulsion_type": "human"},
            {
                "vehicle_type_id": "e",
                "propulsion_type": draw(st.sampled_from(["electric", "electric_assist"])),
            },
        ]
        fetch["vehicle_types"] = dumped(header | {"data": {"vehicle_types": types}})
    return network, fetch
