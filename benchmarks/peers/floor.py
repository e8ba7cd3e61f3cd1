"""The floor: decompress and decode every body into typed rows, and write a finished table's Parquet. No cleaning.

The finished hours of the first day, cleaned before, stand for those of every day.
"""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
import pyarrow.parquet as pq
from bodies import arguments, days_of

from velib_insights.adapters.compression import decompress
from velib_insights.adapters.parquet import to_parquet


class Geo(msgspec.Struct, gc=False):
    lon: float | None = None
    lat: float | None = None


class Row(msgspec.Struct, gc=False):
    stationcode: str
    name: str | None
    is_installed: str | None
    capacity: int | None
    numdocksavailable: int | None
    numbikesavailable: int | None
    mechanical: int | None
    ebike: int | None
    is_renting: str | None
    is_returning: str | None
    duedate: str | None
    coordonnees_geo: Geo | None


def main() -> None:
    raw, out, days = arguments()
    decoder = msgspec.json.Decoder(list[Row])
    finished = _finished_hours(raw)
    for bodies in days_of(raw, days):
        for body in bodies:
            decoder.decode(decompress(body.path.read_bytes()))
        for hour, table in finished.items():
            _write(to_parquet(table), out / f"date={bodies[0].partition[0]}" / hour)


def _finished_hours(raw: Path) -> dict[str, object]:
    clean = next((raw.parent.parent / "clean" / raw.name).glob("date=*"), None)
    if clean is None:
        sys.exit("the floor writes hours that were cleaned before: clean the lake first")
    return {folder.name: pq.ParquetFile(folder / "part.parquet").read() for folder in sorted(clean.iterdir())}


def _write(body: bytes, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "part.parquet").write_bytes(body)


if __name__ == "__main__":
    main()
