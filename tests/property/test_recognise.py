"""Whatever lies in a folder of recordings is recognised or refused by name, and never raises."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from tests.core.bodies import as_body, ods_row, stations, status_row
from tests.property.strategies import dumped, exports_values, json_values, status_values

from velib_insights.adapters.recordings.kinds import header, is_table
from velib_insights.core.fetch import OBSERVATION_FEEDS
from velib_insights.core.recordings.recognise import Note, NotStored, Recognised, Wrapped, recognise
from velib_insights.core.ticks.filename_time import time_in_path

FEEDS = {*OBSERVATION_FEEDS, "station_information", "vehicle_types", "system_information", "gbfs"}
EXPORT = as_body([ods_row("16107"), ods_row("16108")])
STATUS = stations([status_row()])


def check(body: bytes, name: str) -> None:
    verdict = recognise(body, name)
    if isinstance(verdict, Recognised):
        assert verdict.feed in FEEDS
    elif isinstance(verdict, Wrapped):
        assert verdict.bodies
        for inner, _ in verdict.bodies:
            assert isinstance(recognise(inner, name), Recognised)
    else:
        assert isinstance(verdict, Note | NotStored)


@given(st.binary(max_size=400), st.text(max_size=20))
@example(b"[" * 5000, "")
@example(b'{"data": ' * 3000, "")
@example(b'{"body": "\\ud800"}', "")
def test_any_bytes(body: bytes, name: str) -> None:
    check(body, name)


@given(json_values | exports_values | status_values, st.sampled_from(["", "station_information.json"]))
def test_any_json(value: Any, name: str) -> None:
    check(dumped(value), name)


@given(json_values, st.sampled_from(["data", "body", "x"]), json_values)
def test_any_envelope(value: Any, key: str, time: Any) -> None:
    check(dumped({"timestamp": time, key: value}), "")


@given(st.sampled_from([EXPORT, STATUS]), st.floats(0, 1), st.binary(max_size=8))
def test_a_cut_or_damaged_body(body: bytes, share: float, damage: bytes) -> None:
    at = int(share * len(body))
    check(body[:at], "")
    check(body[:at] + damage + body[at + len(damage) :], "")


@given(st.text(max_size=60))
@example("\ud800/2024-11-05T07_55_01Z.json")
def test_any_path_has_a_time_or_none(path: str) -> None:
    found = time_in_path(path)
    assert found is None or 1990 <= found.year <= 2100


@given(st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1)))  # noqa: DTZ001 - hypothesis wants them naive
def test_a_time_is_read_back_in_every_spelling(at: datetime) -> None:
    at = at.replace(microsecond=0, tzinfo=UTC)
    for spelling in ("%Y-%m-%dT%H%M%SZ", "%Y%m%dT%H%M%SZ", "%Y-%m-%d_%H-%M-%SZ", "%Y_%m_%d_%H_%M_%SZ"):
        assert time_in_path(f"x/feed.{at.strftime(spelling)}.json.gz") == at
    for path in (
        "%Y/%m/%d/%H-%M-%SZ.json",
        "date=%Y-%m-%d/hour=%H/%H%M%SZ.json",
        "%Y-%m-%d/status_%H%M%SZ.json",
    ):
        assert time_in_path(at.strftime(path)) == at


@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_not(body: bytes) -> None:
    if is_table(body) and body[:4] != b"PAR1":
        names = header(body)
        assert len(names) == len(set(names)) >= 3
