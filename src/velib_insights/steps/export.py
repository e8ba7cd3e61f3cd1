"""Export: a span of the history as files that can be cited, with what they mean and what they lack.

The same lake gives the same bytes: nothing in them says when they were written.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from velib_insights.adapters.formats import encode
from velib_insights.adapters.lake import Lake
from velib_insights.adapters.query_limits import QueryLimits
from velib_insights.adapters.sql_text import instant, named
from velib_insights.core import attribution
from velib_insights.core.catalogue.tables import SOURCE_VELIB
from velib_insights.core.catalogue.views import view
from velib_insights.core.datapackage import ExportedFile, ExportedTable, codebook, resource
from velib_insights.core.errors import NothingThere, SettingsError
from velib_insights.core.locale import Locale
from velib_insights.core.network import Network
from velib_insights.core.ticks.local_span import LocalSpan
from velib_insights.steps.site.engine import SpanEngine
from velib_insights.steps.site.ledger import LocalDay, groups_of_days

FORMS = ("parquet", "csv")
_ENDINGS = {"parquet": ".parquet", "csv": ".csv.gz"}
_ROW_GROUP = 100_000
_OF_NOW = {"now_epoch", "age_s"}  # they count from the latest tick that is shown, which is not the lake's


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
    """What a table is asked of, and how many days at once: a view of days looks back 31."""

    table: ExportedTable
    shows: str
    order: str
    days_at_once: int


def _of_view(name: str, exported: str, key: tuple[str, ...], order: str, days_at_once: int) -> _Source:
    found = view(name)
    columns = tuple(column for column in found.columns if column.name not in _OF_NOW)
    return _Source(ExportedTable(exported, found.question, columns, key), name, order, days_at_once)


def _sources() -> list[_Source]:
    observations = ExportedTable(
        "observations", SOURCE_VELIB.about, SOURCE_VELIB.columns, ("station_id", "snapshot_at")
    )
    return [
        _Source(observations, "source_velib", "snapshot_epoch, station_code", 1),
        _of_view("observed_ticks", "ticks", ("snapshot_at",), "snapshot_epoch", 1),
        _of_view(
            "kpi_availability_station_day",
            "station_days",
            ("station_code", "local_date"),
            "local_date, station_code",
            28,
        ),
        _of_view(
            "kpi_availability_zone_day",
            "zone_days",
            ("zone_code", "local_date"),
            "local_date, zone_code",
            28,
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
    on_day: Callable[[LocalDay], None] = lambda _: None,
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
        done = Exported(folder, _coverage(engine, days))
        folder.mkdir(parents=True, exist_ok=True)
        for source in _sources():
            done.files += _write(folder, source.table, _tables(engine, source, days, on_day), forms)
    finally:
        engine.close()
    done.files.sort(key=lambda file: file.path)
    _describe(done, network, days, command, software)
    return done


def _days(engine: SpanEngine, span: LocalSpan, timezone: str) -> list[LocalDay]:
    """The local days of the span in which a tick was stored."""
    engine.show(span.hours.first, span.hours.last, "observed_ticks")
    found = engine.ask("SELECT DISTINCT local_date FROM observed_ticks ORDER BY 1")["local_date"].to_pylist()
    days = [LocalDay.of(day, timezone) for day in found]
    return [
        day
        for day in days
        if (span.since_epoch is None or day.start_epoch >= span.since_epoch)
        and (span.until_epoch is None or day.start_epoch < span.until_epoch)
    ]


def _tables(
    engine: SpanEngine, source: _Source, days: list[LocalDay], on_day: Callable[[LocalDay], None]
) -> Iterator[pa.Table]:
    """Some days at a time, with the hours after them until which their last observation may hold."""
    columns = ", ".join(named(column.name) for column in source.table.columns)
    for some in groups_of_days(days, source.days_at_once):
        first, last = some[0], some[-1]
        engine.show(first.first, last.held_until, source.shows)
        yield engine.ask(
            f"SELECT {columns} FROM {source.shows}"  # noqa: S608
            f" WHERE local_date BETWEEN DATE '{first}' AND DATE '{last}' ORDER BY {source.order}"
        )
        for day in some:
            on_day(day)


def _write(
    folder: Path, about: ExportedTable, tables: Iterator[pa.Table], forms: Sequence[str]
) -> list[ExportedFile]:
    paths = {form: folder / f"{about.name}{_ENDINGS[form]}" for form in forms}
    rows = 0
    with ExitStack() as stack:
        writer, text = None, None
        if "csv" in forms:
            raw = stack.enter_context(paths["csv"].open("wb"))
            text = stack.enter_context(gzip.GzipFile("", "wb", 6, raw, mtime=0))
        for number, table in enumerate(tables):
            if "parquet" in forms:
                writer = writer or stack.enter_context(
                    pq.ParquetWriter(paths["parquet"], table.schema, compression="zstd")
                )
                writer.write_table(table, row_group_size=_ROW_GROUP)
            if text is not None:
                body = encode(table, "csv")
                text.write(body.split(b"\n", 1)[1] if number else body)
            rows += len(table)
    return [
        ExportedFile(path.name, about.name, form, rows, path.stat().st_size, _digest(path))
        for form, path in paths.items()
    ]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _coverage(engine: SpanEngine, days: Sequence[LocalDay]) -> Coverage:
    engine.show(days[0].first, days[-1].held_until, "observed_ticks", "ticks", "quarantine")
    within = f"snapshot_at >= {instant(days[0].start_epoch)} AND snapshot_at < {instant(days[-1].end_epoch)}"
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


def _describe(
    done: Exported, network: Network, days: Sequence[LocalDay], command: str, software: str
) -> None:
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
    sums += [(path, _digest(done.folder / path)) for path in written]
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
