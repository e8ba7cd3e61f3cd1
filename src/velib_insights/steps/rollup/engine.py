"""The rollup's SQL, asked for a few days at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from velib_insights import sql
from velib_insights.core.catalogue.rollups import LOCAL_HOURS, ROLLUPS, STATION_STEPS
from velib_insights.core.ticks.local_time import zone_info
from velib_insights.steps.site.engine import SpanEngine
from velib_insights.steps.site.ledger import LONGEST_HOLD_H

if TYPE_CHECKING:
    import pyarrow as pa

    from velib_insights.core.ticks.tick import Hour
    from velib_insights.steps.site.ledger import LocalDay

_READS = ("station_observations", "observed_ticks")
_MADE = tuple(table.name for table in (STATION_STEPS, *ROLLUPS))


class RollupEngine(SpanEngine):
    def roll_up(
        self, days: Sequence[LocalDay], hours_after: Sequence[Hour], timezone: str
    ) -> dict[str, bytes]:
        """The rows of these days, ascending, as compressed Arrow streams by the table's name.

        `hours_after` are those of the ledger after the days.

        Observations that hold over midnight are those of the hours just before, and what follows the last ones of a
        day is in the hours just after.
        """
        first, last = days[0].first.back(LONGEST_HOLD_H), days[-1].held_until
        self.show(first, last, *_READS)
        shown = 0
        # Nothing holds beyond the latest observed tick, so one must be seen after the days.
        while shown < len(hours_after) and self._latest_shown() < days[-1].end_epoch:
            shown = min(2 * shown + 24, len(hours_after))
            self.show(first, last, *_READS, ticks_until=hours_after[shown - 1])
        self._run_definition(
            f"CREATE OR REPLACE TEMP TABLE {LOCAL_HOURS.name} AS {_local_hours(days, timezone)}"
        )
        # Made once each, and read by those that are made from it.
        for name in _MADE:
            self._run_definition(f"CREATE OR REPLACE TEMP TABLE {name} AS {sql.rollup(name).text}")
        found = {table.name: _packed(self.ask(f"SELECT * FROM {table.name}")) for table in ROLLUPS}  # noqa: S608 - our own names
        for name in _MADE:
            self._run_definition(f"DROP TABLE {name}")
        return found

    def _latest_shown(self) -> int:
        found = (
            self.ask("SELECT max(snapshot_epoch) FROM observed_ticks WHERE is_observed").column(0)[0].as_py()
        )
        return 0 if found is None else int(found)


def _packed(table: pa.Table) -> bytes:
    """A month's rows wait for their file: as tables they would keep ten times the memory from being given back."""
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def _local_hours(days: Sequence[LocalDay], timezone: str) -> str:
    rows = ", ".join(
        f"(DATE '{day.on}', {hour}, {start}, {end})"
        for day in days
        for hour, start, end in local_hours(day, timezone)
    )
    return f"SELECT * FROM (VALUES {rows}) AS h (local_date, local_hour, started_epoch, ended_epoch)"  # noqa: S608


def local_hours(day: LocalDay, timezone: str) -> Iterator[tuple[int, int, int]]:
    """The local hours of the day: number, first second, first second after it. An hour that comes twice is two."""
    zone = zone_info(timezone)
    start = day.start_epoch
    while start < day.end_epoch:
        local = datetime.fromtimestamp(start, zone)
        end = min(start + 3600 - 60 * local.minute - local.second, day.end_epoch)
        yield local.hour, start, end
        start = end
