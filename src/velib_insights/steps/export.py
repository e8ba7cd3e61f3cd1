"""Export: a span of the history as files that can be cited, with what they mean and what they lack.

The same lake gives the same bytes: nothing in them says when they were written.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from velib_insights.adapters.formats import encode
from velib_insights.adapters.lake import Lake
from velib_insights.adapters.query_limits import QueryLimits
from velib_insights.core import attribution
from velib_insights.core.catalogue.tables import SOURCE_VELIB
from velib_insights.core.catalogue.views import view
from velib_insights.core.datapackage import ExportedFile, ExportedTable, codebook, resource
from velib_insights.core.errors import NothingThere, SettingsError
from velib_insights.core.locale import Locale
from velib_insights.core.network import Network
from velib_insights.core.ticks.local_span import LocalSpan
from velib_insights.core.ticks.local_time import zone_info
from velib_insights.core.ticks.tick import Hour
from velib_insights.steps.site.engine import SpanEngine

FORMS = ("parquet", "csv")
_AFTER_H = 2  # an observation holds until the next one, at most twice a cadence of an hour
_DAYS_AT_ONCE = 28  # the views of days look back 31
_ROW_GROUP = 100_000


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of the ticks due in the span, how many were observed and what became of the others."""

    ticks_due: int
    ticks_observed: int
    ticks_frozen: int
    ticks_partial: int
    outcomes: dict[str, int]
    hows: dict[str, int]
    refused: dict[str, int]

    @property
    def share(self) -> float | None:
        return self.ticks_observed / self.ticks_due if self.ticks_due else None


@dataclass(slots=True)
class Exported:
    """The files written, in the order of their names, and what they cover."""

    folder: Path
    coverage: Coverage
    files: list[ExportedFile] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Source:
    table: ExportedTable
    shows: str
    order: str
    is_of_days: bool = False


_OBSERVATIONS = _Source(
    ExportedTable("observations", SOURCE_VELIB.about, SOURCE_VELIB.columns, ("station_id", "snapshot_at")),
    "source_velib",
    "snapshot_epoch, station_code",
)


def _of_view(name: str, exported: str, key: tuple[str, ...], order: str, *, is_of_days: bool) -> _Source:
    found = view(name)
    return _Source(ExportedTable(exported, found.question, found.columns, key), name, order, is_of_days)


def _sources() -> list[_Source]:
    return [
        _OBSERVATIONS,
        _of_view("observed_ticks", "ticks", ("snapshot_at",), "snapshot_epoch", is_of_days=False),
        _of_view(
            "kpi_availability_station_day",
            "station_days",
            ("station_code", "local_date"),
            "local_date, station_code",
            is_of_days=True,
        ),
        _of_view(
            "kpi_availability_zone_day",
            "zone_days",
            ("zone_code", "local_date"),
            "local_date, zone_code",
            is_of_days=True,
        ),
    ]


def export(
    lake: Lake,
    network: Network,
    span: LocalSpan,
    folder: Path,
    *,
    command: str,
    software: str,
    forms: Sequence[str] = FORMS,
    limits: QueryLimits | None = None,
    on_day: Callable[[date], None] = lambda _: None,
) -> Exported:
    """Write the span's observations, ticks and daily figures with their description to `folder`.

    `command` and `software` say how the files came to be. Raises SettingsError where the folder holds something,
    NothingThere where the lake has nothing of the span. A day is in memory at a time.
    """
    if folder.exists() and any(folder.iterdir()):
        raise SettingsError(f"{folder} is not empty", hint="Name a new folder with --to.")
    engine = SpanEngine(lake, network.source, limits or QueryLimits())
    try:
        days = _days(engine, span, network.timezone)
        if not days:
            raise NothingThere(
                "the lake has no observation in this span", hint="See what it has: velib kpi feed_health."
            )
        done = Exported(folder, _coverage(engine, days, network.timezone))
        folder.mkdir(parents=True, exist_ok=True)
        for source in _sources():
            tables = (
                _by_chunk(engine, source, days, network.timezone)
                if source.is_of_days
                else (_by_day(engine, source, days, network.timezone, on_day))
            )
            done.files += _write(folder, source.table, tables, forms)
    finally:
        engine.close()
    done.files.sort(key=lambda file: file.path)
    _describe(done, network, days, command, software)
    return done


def _days(engine: SpanEngine, span: LocalSpan, timezone: str) -> list[date]:
    """The local days of the span in which a tick was stored."""
    hours = span.hours
    engine.show(hours.first, hours.last, "observed_ticks")
    found = engine.ask("SELECT DISTINCT local_date FROM observed_ticks ORDER BY 1")["local_date"].to_pylist()
    days = [each if isinstance(each, date) else date.fromisoformat(str(each)) for each in found]
    return [
        day
        for day in days
        if (span.since_epoch is None or _midnight(day, timezone) >= span.since_epoch)
        and (span.until_epoch is None or _midnight(day, timezone) < span.until_epoch)
    ]


def _midnight(day: date, timezone: str) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=zone_info(timezone)).timestamp())


def _hours(first: date, last: date, timezone: str) -> tuple[Hour, Hour]:
    """The hours of local days, and those after them until which their last observation may hold."""
    start, end = _midnight(first, timezone), _midnight(last + timedelta(days=1), timezone)
    return Hour(start - start % 3600), Hour(end - end % 3600 + 3600 * _AFTER_H)


def _by_day(
    engine: SpanEngine, source: _Source, days: Sequence[date], timezone: str, on_day: Callable[[date], None]
) -> Iterator[pa.Table]:
    for day in days:
        engine.show(*_hours(day, day, timezone), source.shows)
        yield _asked(engine, source, f"local_date = DATE '{day}'")
        on_day(day)


def _by_chunk(engine: SpanEngine, source: _Source, days: Sequence[date], timezone: str) -> Iterator[pa.Table]:
    start = 0
    while start < len(days):
        chunk = [day for day in days[start:] if (day - days[start]).days < _DAYS_AT_ONCE]
        engine.show(*_hours(chunk[0], chunk[-1], timezone), source.shows)
        yield _asked(engine, source, f"local_date BETWEEN DATE '{chunk[0]}' AND DATE '{chunk[-1]}'")
        start += len(chunk)


def _asked(engine: SpanEngine, source: _Source, where: str) -> pa.Table:
    columns = ", ".join(f'"{column.name}"' for column in source.table.columns)
    return engine.ask(f"SELECT {columns} FROM {source.shows} WHERE {where} ORDER BY {source.order}")  # noqa: S608


def _write(
    folder: Path, about: ExportedTable, tables: Iterator[pa.Table], forms: Sequence[str]
) -> list[ExportedFile]:
    paths = {
        form: folder / (f"{about.name}.parquet" if form == "parquet" else f"{about.name}.csv.gz")
        for form in forms
    }
    writer: pq.ParquetWriter | None = None
    text = None
    rows = 0
    try:
        if "csv" in forms:
            raw = paths["csv"].open("wb")
            text = gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=raw, mtime=0)
        for number, table in enumerate(tables):
            rows += len(table)
            if "parquet" in forms:
                writer = writer or pq.ParquetWriter(paths["parquet"], table.schema, compression="zstd")
                writer.write_table(table, row_group_size=_ROW_GROUP)
            if text is not None:
                body = encode(table, "csv")
                text.write(body if number == 0 else body.split(b"\n", 1)[1])
    finally:
        if writer is not None:
            writer.close()
        if text is not None:
            text.close()
            raw.close()
    return [
        ExportedFile(
            path.name, about.name, "parquet" if form == "parquet" else "csv.gz", rows, *_digest(path)
        )
        for form, path in paths.items()
    ]


def _digest(path: Path) -> tuple[int, str]:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            found.update(chunk)
    return path.stat().st_size, found.hexdigest()


def _coverage(engine: SpanEngine, days: Sequence[date], timezone: str) -> Coverage:
    first, last = _hours(days[0], days[-1], timezone)
    engine.show(first, last, "observed_ticks", "ticks", "quarantine")
    start, end = _midnight(days[0], timezone), _midnight(days[-1] + timedelta(days=1), timezone)
    since, until = (
        f"TIMESTAMPTZ '{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S}+00'" for at in (start, end)
    )
    within = f"snapshot_at >= {since} AND snapshot_at < {until}"
    (sums,) = engine.ask(
        "SELECT CAST(sum(ticks_due) AS BIGINT) AS due, count_if(is_observed) AS observed,"  # noqa: S608
        f" count_if(is_frozen) AS frozen, count_if(is_partial) AS partial FROM observed_ticks WHERE {within}"
    ).to_pylist()

    def counted(column: str, table: str) -> dict[str, int]:
        found = engine.ask(
            f"SELECT {column} AS name, count(*) AS n FROM {table} WHERE {within} AND {column} IS NOT NULL"  # noqa: S608
            " GROUP BY 1 ORDER BY 1"
        )
        return {row["name"]: row["n"] for row in found.to_pylist()}

    return Coverage(
        int(sums["due"] or 0),
        int(sums["observed"]),
        int(sums["frozen"]),
        int(sums["partial"]),
        counted("outcome", "ticks"),
        counted("how", "ticks"),
        counted("rule", "quarantine"),
    )


def _describe(done: Exported, network: Network, days: Sequence[date], command: str, software: str) -> None:
    """`datapackage.json`, `README.md` and `SHA256SUMS`."""
    tables = {source.table.name: source.table for source in _sources()}
    dialects = ("gbfs",) if network.source == "velib" else ()
    how = attribution.HOW.get(next(iter(done.coverage.hows), None))
    name = attribution.network_name(network.source, network)
    licence = attribution.licence(network.source, how, dialects, network)
    credit = attribution.attribution(
        network.source, how, dialects, f"{days[-1]}", Locale("en", network.timezone), network
    )
    cover = done.coverage
    package: dict[str, Any] = {
        "profile": "data-package",
        "name": f"{network.source.replace('_', '-')}-{days[0]}-{days[-1]}",
        "title": f"{name}: stations from {days[0]} to {days[-1]}",
        "description": credit,
        "keywords": ["bike sharing", "GBFS", name],
        "temporal": {"start": f"{days[0]}", "end": f"{days[-1]}", "timezone": network.timezone},
        "coverage": {
            "ticks_due": cover.ticks_due,
            "ticks_observed": cover.ticks_observed,
            "share": None if cover.share is None else round(cover.share, 4),
            "ticks_frozen": cover.ticks_frozen,
            "ticks_partial": cover.ticks_partial,
            "outcomes": cover.outcomes,
            "how": cover.hows,
            "rows_refused": cover.refused,
        },
        "software": software,
        "command": command,
        "resources": [resource(file, tables[file.table]) for file in done.files],
    }
    if licence:
        package["licenses"] = [{"title": licence} | _licence_url(network)]
    written = {
        "datapackage.json": json.dumps(package, ensure_ascii=False, indent=1) + "\n",
        "README.md": _readme(package, list(tables.values()), done),
    }
    for path, text in written.items():
        (done.folder / path).write_text(text, "utf-8")
    sums = [(file.path, file.sha256) for file in done.files]
    sums += [(path, _digest(done.folder / path)[1]) for path in written]
    (done.folder / "SHA256SUMS").write_text(
        "".join(f"{sha}  {path}\n" for path, sha in sorted(sums)), "utf-8"
    )


def _licence_url(network: Network) -> dict[str, str]:
    url = network.licence.url if network.licence else None
    return {"path": url} if url else {}


_EXAMPLE = """```sql
SELECT station_code, avg(bikes) FROM 'observations.parquet'
JOIN (SELECT snapshot_at FROM 'ticks.parquet' WHERE is_observed) USING (snapshot_at) GROUP BY 1
```"""


def _readme(package: dict[str, Any], tables: Sequence[ExportedTable], done: Exported) -> str:
    cover = done.coverage
    share = "unknown" if cover.share is None else f"{cover.share:.1%}"
    outcomes = ", ".join(f"{count:,} {name}" for name, count in cover.outcomes.items())
    refused = ", ".join(f"{count:,} {rule}" for rule, count in cover.refused.items()) or "none"
    files = "\n".join(f"| `{file.path}` | {file.rows:,} | {file.size:,} |" for file in done.files)
    return f"""# {package["title"]}

{package["description"]}

Written by {package["software"]}: `{package["command"]}`. Check the files with `sha256sum -c SHA256SUMS`;
`datapackage.json` describes every column (Frictionless Data Package).

| file | rows | bytes |
| --- | ---: | ---: |
{files}

## Coverage and known faults

{cover.ticks_observed:,} of {cover.ticks_due:,} expected ticks were observed ({share}); local days are those of
{package["temporal"]["timezone"]}. Outcomes of the ticks: {outcomes}. {cover.ticks_frozen:,} ticks repeat an earlier
state (frozen) and {cover.ticks_partial:,} have only a part of the stations: their rows are in `observations`, and no
daily figure counts them. `ticks` says which they are (`is_observed`). Rows refused by rule: {refused}.

A missing value is empty or null, never 0. Trips, and anything shorter than the time between two ticks, are not in
these data. Take averages over observed ticks only:

{_EXAMPLE}

`velib import observations.parquet` brings the observations back into a lake.

{codebook(tables)}
"""


def month_of(text: str) -> tuple[str, str]:
    """`2026-03` as since and until. Raises SettingsError."""
    try:
        datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC)
    except ValueError:
        raise SettingsError(f"{text!r} is no month", hint="Write it as 2026-03.") from None
    return text, text
