"""The lakes that the benchmarks stand on, all simulated, made once and kept in a cache folder."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from measuring import progress

from velib_insights.adapters.lake import Lake
from velib_insights.adapters.parquet import from_parquet, to_parquet
from velib_insights.core import keys
from velib_insights.core.ticks.local_time import local_time
from velib_insights.core.ticks.tick import Hour, Tick
from velib_insights.core.zones import Zones
from velib_insights.simulator.recordings import write_recording
from velib_insights.simulator.world.network import Network as SimulatedNetwork
from velib_insights.steps.clean import clean_all, hours_with_raw
from velib_insights.steps.importing.folder import import_folder
from velib_insights.steps.ingest import Network

SOURCE, CADENCE_S, TIMEZONE = "velib", 900, "Europe/Paris"
START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday, before the change of clocks
YEAR_START = datetime(2025, 3, 3, tzinfo=UTC)  # a Monday too
SOURCE_DAYS = 14  # distinct days, two whole weeks, that a year is made of
_WHOLE_DAYS_S = 86_400
_MOVED = ("snapshot_at", "fetched_at", "last_reported", "feed_clock")


def raw_lake(cache: Path, days: int) -> Path:
    """A lake whose raw store holds so many days of Opendatasoft bodies, and nothing else."""
    return _made_once(cache / f"raw-{days}d", lambda folder: _fill(folder, days))


def year_lake(cache: Path, days: int) -> Path:
    """A cleaned lake of so many days, one file an hour, from 3 March 2025 on.

    Real clean partitions of 14 simulated days, dated anew day after day so that weekdays stay what they are, written
    through the real schema. Each tick's hash is made its own, so that no tick looks like a repeat of an earlier one.
    """
    return _made_once(cache / f"year-{days}d", lambda folder: _redate(cache, folder, days))


def recording(cache: Path, days: int) -> Path:
    """A folder of so many days of recorded bodies of the simulated network."""
    return _made_once(
        cache / f"recording-{days}d",
        lambda folder: write_recording(folder, SimulatedNetwork(1), START, days, CADENCE_S),
    )


def _made_once(folder: Path, make: Callable[[Path], None]) -> Path:
    if not folder.exists():
        half = folder.with_name(f"{folder.name}.half")
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(parents=True)
        make(half)
        half.rename(folder)
    return folder


def _fill(folder: Path, days: int) -> None:
    progress(f"simulating {days} days")
    recorded = folder.with_name(f"{folder.name}.recorded")
    write_recording(recorded, SimulatedNetwork(1), START, days, CADENCE_S)
    import_folder(Lake.open(str(folder), create=True), recorded, Network(SOURCE, CADENCE_S, TIMEZONE))
    shutil.rmtree(recorded)


def _redate(cache: Path, folder: Path, days: int) -> None:
    origin = Lake.open(str(raw_lake(cache, SOURCE_DAYS)))
    clean_all(origin, SOURCE, hours_with_raw(origin, SOURCE), Zones())
    target = Lake.open(str(folder), create=True)
    for first_day in range(SOURCE_DAYS):
        progress(f"dating day {first_day + 1} of {SOURCE_DAYS} anew, up to {days} days")
        for hh in range(24):
            hour = Hour(int(START.timestamp()) + first_day * _WHOLE_DAYS_S + hh * 3_600)
            for tier in (keys.clean_tier(SOURCE), keys.TICKS_TIER):
                key = keys.part_key(tier, hour)
                table = from_parquet(origin.get(key) or b"", key)
                for day in range(first_day, days, SOURCE_DAYS):
                    moved_s = int((YEAR_START - START).total_seconds()) + (day - first_day) * _WHOLE_DAYS_S
                    target.put(
                        keys.part_key(tier, Hour(hour.epoch + moved_s)), to_parquet(_moved(table, moved_s))
                    )


def _moved(table: pa.Table, moved_s: int) -> pa.Table:
    for name in _MOVED:
        if name in table.column_names:
            table = _with(table, name, pc.add(table[name], pa.scalar(timedelta(seconds=moved_s))))
    epochs = pc.add(table["snapshot_epoch"], moved_s)
    table = _with(table, "snapshot_epoch", epochs)
    calendar = {
        epoch: local_time(Tick(epoch), TIMEZONE) for epoch in pc.unique(epochs.combine_chunks()).to_pylist()
    }
    local = [calendar[epoch] for epoch in epochs.to_pylist()]
    table = _with(table, "local_date", pa.array([each.date for each in local]))
    table = _with(table, "local_hour", pa.array([each.hour for each in local]))
    table = _with(table, "local_weekday", pa.array([each.weekday for each in local]))
    if "utc_offset_s" in table.column_names:
        table = _with(table, "utc_offset_s", pa.array([each.utc_offset_s for each in local]))
    if "counts_hash" in table.column_names:
        table = _with(
            table, "counts_hash", pa.array([_own(h, moved_s) for h in table["counts_hash"].to_pylist()])
        )
    return table


def _with(table: pa.Table, name: str, values: pa.Array | pa.ChunkedArray) -> pa.Table:
    at = table.schema.get_field_index(name)
    return table.set_column(at, table.schema.field(at), values.cast(table.schema.field(at).type))


def _own(digest: str | None, moved_s: int) -> str | None:
    return digest and hashlib.blake2b(f"{digest} {moved_s}".encode(), digest_size=16).hexdigest()
