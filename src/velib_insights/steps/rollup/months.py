"""The files of the rollup: one a table and month, and a note of what each day in them was made from."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import msgspec

from velib_insights.core import keys
from velib_insights.core.catalogue.rollups import ROLLUPS
from velib_insights.core.errors import LakeError

if TYPE_CHECKING:
    import pyarrow as pa

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
    def all_of(cls, lake: Lake) -> list[Month]:
        """The months that have a day, in order."""
        names = (
            entry.key.rpartition("/")[2].removesuffix(".json") for entry in lake.entries(keys.ROLLUP_NOTES)
        )
        return [cls(name) for name in sorted(names)]

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
    The days are removed from the note first and added last, so after a crash they are rolled up again.
    """
    others = _without(note_of(lake, month), made_from)
    _put_note(lake, month, others)
    for table in ROLLUPS:
        _write(lake, month, table, others, [each[table.name] for each in rows])
    _put_note(lake, month, others | {day.isoformat(): digest for day, digest in made_from.items()})


def remove_days(lake: Lake, month: Month, days: Collection[date]) -> None:
    others = _without(note_of(lake, month), days)
    _put_note(lake, month, others)
    for table in ROLLUPS:
        _write(lake, month, table, others, ())


def _without(note: Mapping[str, str], days: Collection[date]) -> dict[str, str]:
    return {day: digest for day, digest in note.items() if date.fromisoformat(day) not in days}


def _write(lake: Lake, month: Month, table: Table, noted: Collection[str], rows: Sequence[bytes]) -> None:
    """The month's file anew: of its rows those of the noted days, which a crash may have left others beside, and
    these rows."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from velib_insights.adapters.parquet import to_parquet, with_every_column
    from velib_insights.core.catalogue.schema import arrow_schema

    key = month.key(table)
    parts: list[Any] = []
    body = lake.get(key)
    if body is not None:
        before = with_every_column(_read(body, f"{lake.name}/{key}", month), table)
        days = pa.array(sorted(map(date.fromisoformat, noted)), pa.date32())
        parts.append(before.filter(pc.is_in(before["local_date"], value_set=days)))
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


def _read(body: bytes, where: str, month: Month) -> pa.Table:
    from velib_insights.adapters.parquet import from_parquet

    try:
        return from_parquet(body, where)
    except LakeError as error:
        again = f"velib rollup --again --since {month.name} --until {month.name}"
        raise LakeError(error.message, hint=f"Remove it and make the month again: {again}") from error


def _put_note(lake: Lake, month: Month, note: Mapping[str, str]) -> None:
    key = keys.rollup_note_key(month.name)
    if note:
        lake.put(key, msgspec.json.encode(dict(sorted(note.items()))))
    else:
        lake.delete(key)
