"""Local dates, hours and weekdays of what was cleaned, derived again from its UTC instants: no raw is needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from velib_insights.adapters.lake import Lake
from velib_insights.adapters.lake_files import LakeFiles
from velib_insights.adapters.parquet import from_parquet, notes_of, to_parquet
from velib_insights.core import keys
from velib_insights.core.ticks.local_time import LocalTime, local_time
from velib_insights.core.ticks.tick import Hour, Tick
from velib_insights.steps.catalog import ROWS_A_GROUP

if TYPE_CHECKING:
    import pyarrow as pa

IN_ZONE = "velib.timezone"
"""In the footer of an hour's ledger: the time zone of its local columns."""


_COLUMNS: dict[str, Callable[[LocalTime], object]] = {
    "local_date": lambda local: local.date,
    "local_hour": lambda local: local.hour,
    "local_weekday": lambda local: local.weekday,
    "utc_offset_s": lambda local: local.utc_offset_s,
}


def localise(lake: Lake, source: str, hour: Hour, timezone: str) -> bool:
    """Give the hour's files the local columns of this time zone; whether any had others.

    The ledger comes last and says so, so that a crash leaves the hour to be done again. An empty `timezone` changes
    nothing.
    """
    ledger_key = keys.part_key(keys.TICKS_TIER, hour)
    ledger = lake.get(ledger_key)
    if not timezone or ledger is None or notes_of(ledger).get(IN_ZONE) == timezone:
        return False
    changed = _localise_object(lake, keys.part_key(keys.clean_tier(source), hour), timezone)
    if changed:
        _localise_object(
            lake, keys.day_part_key(keys.history_tier(source), hour.date), timezone, ROWS_A_GROUP
        )
    return _localise_object(lake, ledger_key, timezone, notes={IN_ZONE: timezone}) or changed


def localise_all(
    lake: Lake, source: str, timezone: str, on_hour: Callable[[Hour], None] = lambda _: None
) -> int:
    """Every hour and closed day of the lake; how many hours had other local columns."""
    changed = 0
    for hour in LakeFiles(lake, keys.TICKS_TIER).hours_between(None, None):
        changed += localise(lake, source, hour, timezone)
        on_hour(hour)
    for entry in lake.entries(keys.history_tier(source)):  # also of days whose hours are gone
        _localise_object(lake, entry.key, timezone, ROWS_A_GROUP)
    return changed


def _localise_object(
    lake: Lake,
    key: str,
    timezone: str,
    row_group_size: int | None = None,
    notes: Mapping[str, str] | None = None,
) -> bool:
    """Whether the object was there and had other local columns; written anew also for its `notes`."""
    body = lake.get(key)
    if body is None:
        return False
    before = from_parquet(body, f"{lake.name}/{key}")
    after = _localised(before, timezone)
    changed = not after.equals(before)
    if changed or notes:
        own = {name: value for name, value in notes_of(body).items() if name.startswith("velib.")}
        lake.put(key, to_parquet(after, own | dict(notes or {}), row_group_size))
    return changed


def _localised(table: pa.Table, timezone: str) -> pa.Table:
    """The table with its local columns derived from `snapshot_epoch`; columns that it lacks are not added."""
    import pyarrow as pa

    epochs = table["snapshot_epoch"].combine_chunks().dictionary_encode()
    local = [local_time(Tick(epoch), timezone) for epoch in epochs.dictionary.to_pylist()]
    for name, of in _COLUMNS.items():
        at = table.schema.get_field_index(name)
        if at >= 0:
            field = table.schema.field(at)
            values = pa.array([of(each) for each in local], field.type)
            table = table.set_column(at, field, values.take(epochs.indices))
    return table
