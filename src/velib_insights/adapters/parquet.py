"""Parquet as the lake holds it: the same table gives the same bytes.

Settings measured on hours of the network: zstd level 3 and default pages are near the best, statistics cost
little; dictionaries pay where an hour has few values and cost a fifth of the file elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.parquet as pq

from velib_insights.core.catalogue.schema import arrow_schema
from velib_insights.core.catalogue.tables import Table
from velib_insights.core.errors import LakeError

_REPEATING = {
    "source", "snapshot_at", "fetched_at", "snapshot_epoch", "local_date", "local_hour", "local_weekday",
    "zone_code", "zone_name", "zone_kind", "flags", "capacity", "bikes", "mechanical", "ebikes", "docks",
    "bikes_disabled", "docks_disabled", "rule", "reason", "raw_key", "outcome", "dialect", "hour",
}  # fmt: skip

# An hour's ledger has four rows: a tenth smaller and twice as fast without dictionaries and compression.
_SMALL_ROWS = 16


def to_parquet(
    table: pa.Table,
    notes: Mapping[str, str] | None = None,
    row_group_size: int | None = None,
    order: pa.Array | None = None,
    *,
    dictionaries: bool = False,
) -> bytes:
    """The file; `notes` go into its footer. `dictionaries` are for every column, which pays where all repeat.

    `order` are the places of the rows in the order in which they are written, a group at a time, so that a large table
    need not be sorted as a whole.
    """
    sink = pa.BufferOutputStream()
    is_small = len(table) < _SMALL_ROWS
    repeating = [name for name in table.column_names if name in _REPEATING and not is_small]
    with pq.ParquetWriter(
        sink,
        table.schema,
        compression="none" if is_small else "zstd",
        compression_level=None if is_small else 3,
        use_dictionary=dictionaries or repeating or False,
        # What a file's only row group holds at least and at most tells a reader no more than the file's name.
        write_statistics=row_group_size is not None,
        store_schema=False,
    ) as writer:
        if order is None:
            writer.write_table(table, row_group_size)
        else:
            size = row_group_size or max(1, len(order))
            for start in range(0, len(order), size):
                writer.write_table(table.take(order.slice(start, size)), size)
        if notes:
            writer.add_key_value_metadata(dict(sorted(notes.items())))
    return bytes(sink.getvalue())


def notes_of(body: bytes) -> dict[str, str]:
    """The notes in a file's footer; empty where there are none or it is no Parquet file."""
    try:
        metadata = pq.read_metadata(pa.BufferReader(body)).metadata or {}
    except (pa.ArrowInvalid, OSError):
        return {}
    return {key.decode(): value.decode() for key, value in metadata.items()}


def from_parquet(body: bytes, where: str) -> pa.Table:
    """Raises LakeError, which names `where`, for bytes that are no Parquet file."""
    try:
        return pq.read_table(pa.BufferReader(body))
    except (pa.ArrowInvalid, OSError) as error:
        raise LakeError(
            f"{where} is not a Parquet file: {error}",
            hint="Remove it and run `velib clean`: everything under clean/ can be rebuilt from raw/.",
        ) from error


def with_every_column(table: pa.Table, kind: Table) -> pa.Table:
    """The columns of the catalogue in its order; null where the file was written before there was the column."""
    return pa.table(
        {
            field.name: table[field.name]
            if field.name in table.column_names
            else pa.nulls(len(table), field.type)
            for field in arrow_schema(kind)
        }
    )
