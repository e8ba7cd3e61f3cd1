"""Ticks, hours and keys say the same thing forwards and backwards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from velib_insights.core import keys
from velib_insights.core.keys import FetchId, RawKey
from velib_insights.core.ticks.tick import Hour, Tick, hours_between, ticks_between

instants = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
ticks = st.builds(lambda at: Tick.at_or_before(at, 60), instants)
cadences = st.sampled_from([60, 120, 300, 600, 900, 1800, 3600])
feeds = st.from_regex(r"[a-z_]{1,20}", fullmatch=True).filter(lambda name: name != "fetch")
sources = st.from_regex(r"[a-z][a-z0-9_]{0,39}", fullmatch=True)


@given(ticks)
def test_a_tick_is_read_back_from_its_stamp(tick: Tick) -> None:
    assert Tick.parse(tick.stamp) == tick
    assert Hour.parse(tick.hour.date, tick.hour.hh) == tick.hour


@given(instants, cadences)
def test_a_tick_is_at_most_one_cadence_before_its_instant(instant: datetime, cadence_s: int) -> None:
    tick = Tick.at_or_before(instant, cadence_s)
    assert tick.epoch % cadence_s == 0
    assert timedelta(0) <= instant - tick.at < timedelta(seconds=cadence_s)


@given(ticks, ticks)
def test_stamps_sort_as_ticks_do(one: Tick, other: Tick) -> None:
    assert (one < other) == (one.stamp < other.stamp)


@given(sources, ticks, feeds, st.none() | instants)
def test_raw_keys_are_read_back(source: str, tick: Tick, feed: str, again: datetime | None) -> None:
    fetch = FetchId.refetch(tick, again) if again else FetchId(tick)
    assert keys.is_source(source)
    for key, name in (
        (keys.raw_body_key(source, fetch, feed), feed),
        (keys.fetch_note_key(source, fetch), "fetch"),
    ):
        folder, _, last = key.rpartition("/")
        assert keys.parse_raw_name(last) == RawKey(fetch, name)
        assert folder == keys.hour_folder(keys.raw_tier(source), tick.hour)


@given(ticks, sources)
def test_part_keys_are_read_back(tick: Tick, source: str) -> None:
    tier = keys.clean_tier(source)
    tail = keys.part_key(tier, tick.hour).removeprefix(f"{tier}/")
    assert keys.parse_partition(tail) == (tick.hour.date, tick.hour.hh, keys.PART)
    day_tail = keys.day_part_key(tier, tick.hour.date).removeprefix(f"{tier}/")
    assert keys.parse_partition(day_tail) == (tick.hour.date, None, keys.PART)


@given(st.text(max_size=40))
def test_any_text_is_a_key_or_is_not(text: str) -> None:
    parsed = keys.parse_raw_name(text)
    assert parsed is None or str(parsed.fetch) in text
    assert keys.parse_partition(text) is None or text.startswith("date=")


@given(instants, st.integers(0, 300), cadences)
def test_ticks_between_are_all_the_multiples(start: datetime, minutes: int, cadence_s: int) -> None:
    start = start.replace(microsecond=0)
    end = start + timedelta(minutes=minutes)
    first, last = int(start.timestamp()), int(end.timestamp())
    expected = [epoch for epoch in range(first, last) if epoch % cadence_s == 0]
    assert [tick.epoch for tick in ticks_between(start, end, cadence_s)] == expected


@given(ticks, st.integers(0, 50))
def test_hours_between_are_one_after_the_other(tick: Tick, more: int) -> None:
    hours = hours_between(tick.hour.back(more), tick.hour)
    assert len(hours) == more + 1
    assert all(b.back(1) == a for a, b in pairwise(hours))
