"""Whatever the compiled reader reads, Python reads alike: over bodies that are nearly sound."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.bodies import ods_row
from tests.core.exports_readers import read_alike
from tests.property.strategies import exports_values, json_values

from velib_insights.core.dialects.compiled import CompiledExports

FIELDS = sorted(ods_row())
PIECES = [
    '"',
    "\\",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    " ",
    "0",
    "-",
    ".",
    "e",
    "null",
    '"a":1,',
    "\u00e9",
    "\\u00e9",
]

likely = {
    "stationcode": st.sampled_from(["1001", "1002", "9", "12345678", "123456789", "1001 ", "", None, 7]),
    "name": st.none() | st.text(max_size=12),
    "capacity": st.none() | st.integers(-1, 100_001),
    "numbikesavailable": st.none() | st.integers(0, 60),
    "is_renting": st.sampled_from(["OUI", "NON", None, "oui"]),
    "duedate": st.none() | st.datetimes().map(lambda at: f"{at:%Y-%m-%dT%H:%M:%S}+01:00"),
    "coordonnees_geo": st.none()
    | st.fixed_dictionaries({"lon": st.floats(-180, 180), "lat": st.none() | st.floats(-90, 90)}),
    "more": json_values,
}
changes = st.fixed_dictionaries({}, optional=likely)
rows = st.lists(changes, min_size=1, max_size=9).map(
    lambda many: [ods_row(f"20{i:02}") | changed for i, changed in enumerate(many)]
)
written = st.sampled_from([{}, {"indent": 1}, {"separators": (",", ":")}, {"ensure_ascii": False}])


def body_of(value: Any, how: dict[str, Any]) -> bytes:
    return json.dumps(value, **how).encode(errors="surrogatepass")


@settings(max_examples=400)
@given(rows, written)
def test_rows_that_are_nearly_sound(exports_reader: CompiledExports, rows: Any, how: dict[str, Any]) -> None:
    read_alike(exports_reader, body_of(rows, how))


@given(exports_values, written)
def test_any_export(exports_reader: CompiledExports, value: Any, how: dict[str, Any]) -> None:
    read_alike(exports_reader, body_of(value, how))


@settings(max_examples=400)
@given(rows, written, st.data())
def test_bodies_with_a_piece_out_of_place(
    exports_reader: CompiledExports, rows: Any, how: dict[str, Any], data: st.DataObject
) -> None:
    body = body_of(rows, how)
    at = data.draw(st.integers(0, len(body)))
    gone = data.draw(st.integers(0, 3))
    piece = data.draw(st.sampled_from(PIECES))
    read_alike(exports_reader, body[:at] + piece.encode() + body[at + gone :])


def test_most_of_what_is_drawn_can_be_told_apart(exports_reader: CompiledExports) -> None:
    """Of a property that no example reaches nothing is learnt: some bodies are read, some are left."""
    tally = {True: 0, False: 0}

    @settings(max_examples=200)
    @given(rows)
    def count(rows: Any) -> None:
        tally[read_alike(exports_reader, body_of(rows, {})) is not None] += 1

    count()
    assert min(tally.values()) > 10
