"""The Parquet files of hours, each read once: whether it can be read, which hours its rows are of, what made it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from velib_insights.adapters.lake import Entry, Lake
from velib_insights.core.catalogue.schema import arrow_schema
from velib_insights.core.catalogue.tables import QUARANTINE, SOURCE_VELIB, TICKS, Table
from velib_insights.core.ticks.tick import Hour
from velib_insights.steps.doctor.finding import RECENT_H, named
from velib_insights.steps.doctor.lake.inventory import Inventory, SourceHoldings
from velib_insights.steps.provenance import MADE_FROM, Stored, fetches_in

if TYPE_CHECKING:
    import pyarrow as pa

_READERS = 8  # a year of hours, 26,000 files, is read in about 15 s from a disk
_NEEDED = frozenset({"snapshot_at", "bodies"})  # what is read here; every version wrote them
_TOLD_EVERY = 500  # files


@dataclass(frozen=True, slots=True)
class Part:
    """One file. `problem` is in words, None where there is none; of a broken file nothing else is known.

    `lacks` are columns of the catalogue that it does not have, as in a file of an older version; `hours`
    those of its rows, `made_from` the digest that a ledger carries, `fetches` how many it knows of, `objects` which.
    """

    table: Table
    hour: Hour
    key: str
    problem: str | None = None
    is_broken: bool = False
    lacks: tuple[str, ...] = ()
    hours: frozenset[Hour] = frozenset()
    made_from: str | None = None
    fetches: int = 0
    objects: Stored | None = None


@dataclass(frozen=True, slots=True)
class ParquetFiles:
    """The files that were read, and how many there are; those left out lie in a bucket and are unlike any other."""

    read: Sequence[Part]
    of: int

    @property
    def ledgers(self) -> dict[Hour, Part]:
        return {part.hour: part for part in self.read if part.table is TICKS}


def read_parquet_files(
    lake: Lake,
    held: Inventory,
    source: str,
    on_progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> ParquetFiles:
    """Every ledger, and of the other files those whose rows could be of another hour.

    On a disk these are all. In a bucket, where each costs a request and its bytes, they are those of the last seven
    days and those that are as long as another one, as a copy is.
    """
    of_source = held.of(source)
    files = [
        (table, hour, entry)
        for table, entries in (
            (TICKS, held.ticks),
            (SOURCE_VELIB, of_source.clean),
            (QUARANTINE, of_source.quarantine),
        )
        for hour, entry in entries.items()
    ]
    chosen = files if lake.root is not None else _worth_a_request(held, of_source, source, files)
    parts = []
    with ThreadPoolExecutor(_READERS) as pool:
        for part in pool.map(lambda file: _read(lake, *file), chosen):
            parts.append(part)
            if len(parts) % _TOLD_EVERY == 0:
                on_progress(len(parts), len(chosen))
    return ParquetFiles(parts, len(files))


def _worth_a_request(
    held: Inventory, of_source: SourceHoldings, source: str, files: Sequence[tuple[Table, Hour, Entry]]
) -> list[tuple[Table, Hour, Entry]]:
    last = held.last_hour(source)
    recent = last.back(RECENT_H) if last else None
    sizes = {
        table.name: Counter(entry.size for entry in entries.values())
        for table, entries in ((SOURCE_VELIB, of_source.clean), (QUARANTINE, of_source.quarantine))
    }
    return [
        (table, hour, entry)
        for table, hour, entry in files
        if table is TICKS or not entry.size or (recent and hour > recent) or sizes[table.name][entry.size] > 1
    ]


def _read(lake: Lake, table: Table, hour: Hour, entry: Entry) -> Part:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    if not entry.size:
        return Part(table, hour, entry.key, "it is empty", is_broken=True)
    try:
        file = pq.ParquetFile(pa.BufferReader(lake.get(entry.key) or b""))
        problem, lacks = _other_columns(table, file.schema_arrow)
        if problem is not None:
            return Part(table, hour, entry.key, problem)
        columns = ["snapshot_at", "bodies"] if table is TICKS else ["snapshot_at"]
        of_ticks = file.read(columns, use_threads=False)  # one small column is not worth a hand-over
        epochs = pc.unique(of_ticks["snapshot_at"].cast(pa.timestamp("s")).cast(pa.int64())).to_pylist()
        notes = file.metadata.metadata or {}
    except (pa.ArrowInvalid, OSError) as error:
        return Part(table, hour, entry.key, str(error).split("\n", 1)[0].rstrip(". "), is_broken=True)
    footer = {key.decode(): value.decode() for key, value in notes.items()}
    return Part(
        table,
        hour,
        entry.key,
        lacks=lacks,
        hours=frozenset(Hour(epoch // 3600 * 3600) for epoch in epochs),
        made_from=footer.get(MADE_FROM),
        objects=fetches_in(footer),
        fetches=(pc.sum(of_ticks["bodies"]).as_py() or 0) if table is TICKS else 0,
    )


def _other_columns(table: Table, found: pa.Schema) -> tuple[str | None, tuple[str, ...]]:
    """In words, how its columns differ from the catalogue's; and those that only lack, as in an older file."""
    wanted = arrow_schema(table)
    if found.equals(wanted):
        return None, ()
    missing = tuple(name for name in wanted.names if name not in found.names)
    further = [name for name in found.names if name not in wanted.names]
    typed = [
        f"{name} is {found.field(name).type}, not {wanted.field(name).type}"
        for name in wanted.names
        if name in found.names and found.field(name).type != wanted.field(name).type
    ]
    if not further and not typed and not _NEEDED.intersection(missing):
        return None, missing
    differences = [f"without {named(missing, 3)}"] if missing else []
    differences += [f"with {named(further, 3)} besides"] if further else []
    return "; ".join([*differences, *typed[:3]]), ()
