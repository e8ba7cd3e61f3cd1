"""The files of the rollup: one a table and month, and a note of what each day in them was made from."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from velib_insights.core import keys
from velib_insights.core.catalogue.rollups import ROLLUPS

if TYPE_CHECKING:
    from velib_insights.adapters.lake import Lake
    from velib_insights.core.catalogue.tables import Table

ROWS_A_GROUP = 131_072
# Stations are read one by one, zones by span.
_ORDER = ("station_code", "local_date", "local_hour", "kind", "started_epoch")
_ORDER_OF_ZONES = ("local_date", "local_hour", "zone_code")


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """`2026-11`."""

    name: str

    @classmethod
    def of(cls, day: date) -> Month:
        return cls(f"{day:%Y-%m}")

    @classmethod
    def all_of(cls, lake: Lake, table: Table) -> list[Month]:
        """The months that have a folder, in order."""
        names = lake.folders(table.tier)
        return [cls(name.removeprefix("month=")) for name in names if name.startswith("month=")]

    def key(self, table: Table) -> str:
        return keys.month_part_key(table.tier, self.name)


def note_of(lake: Lake, month: Month) -> dict[str, str]:
    """What each day of the month was made from, by its date; empty where that is not known."""
    body = lake.get(keys.rollup_note_key(month.name))
    try:
        return msgspec.json.decode(body, type=dict[str, str]) if body else {}
    except msgspec.DecodeError:
        return {}


def store_days(
    lake: Lake, month: Month, made_from: Mapping[date, str], rows: Sequence[Mapping[str, bytes]]
) -> None:
    """Put rows in place of those that the month's files have of these days.

    Each of `rows` is of some days, as Arrow streams by the table's name.
    The note comes last and is taken away first, so that a crash leaves the days to be made again.
    """
    days = set(made_from)
    note = {
        day: digest for day, digest in note_of(lake, month).items() if date.fromisoformat(day) not in days
    }
    _put_note(lake, month, note)
    for table in ROLLUPS:
        _replace(lake, month, table, days, [each[table.name] for each in rows])
    _put_note(lake, month, note | {day.isoformat(): digest for day, digest in made_from.items()})


def remove_days(lake: Lake, month: Month, days: Collection[date]) -> None:
    note = {
        day: digest for day, digest in note_of(lake, month).items() if date.fromisoformat(day) not in days
    }
    _put_note(lake, month, note)
    for table in ROLLUPS:
        _replace(lake, month, table, days, ())


def _replace(lake: Lake, month: Month, table: Table, days: Collection[date], rows: Sequence[bytes]) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc

    from velib_insights.adapters.parquet import from_parquet, to_parquet, with_every_column
    from velib_insights.core.catalogue.schema import arrow_schema

    key = month.key(table)
    parts: list[Any] = []
    body = lake.get(key)
    if body is not None:
        before = with_every_column(from_parquet(body, f"{lake.name}/{key}"), table)
        others = pc.invert(pc.is_in(before["local_date"], value_set=pa.array(sorted(days), pa.date32())))
        parts.append(before.filter(others))
    parts += [pa.ipc.open_stream(each).read_all().select(arrow_schema(table).names) for each in rows]
    if not parts:
        return
    together = pa.concat_tables([part.cast(arrow_schema(table)) for part in parts])
    parts.clear()
    if not len(together):
        lake.delete(key)
        return
    wanted = _ORDER if "station_code" in table.grain else _ORDER_OF_ZONES
    order = pc.sort_indices(
        together, [(name, "ascending") for name in wanted if name in together.column_names]
    )
    lake.put(key, to_parquet(together, row_group_size=ROWS_A_GROUP, order=order, dictionaries=True))
    del together, order
    pa.default_memory_pool().release_unused()  # the next days need the room elsewhere


def _put_note(lake: Lake, month: Month, note: Mapping[str, str]) -> None:
    key = keys.rollup_note_key(month.name)
    if note:
        lake.put(key, msgspec.json.encode(dict(sorted(note.items()))))
    else:
        lake.delete(key)
