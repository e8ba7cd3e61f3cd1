"""Commands that ask the lake."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from velib_insights.cli.options import (
    ConfigOption,
    FeedOption,
    JsonOption,
    LakeOption,
    MemoryOption,
    TimeoutOption,
    settings_from,
)
from velib_insights.cli.show import answer, say, table, telling

if TYPE_CHECKING:
    import pyarrow as pa

    from velib_insights.core.tables import Column

FormatOption = Annotated[
    str | None,
    typer.Option(
        "--format",
        "-f",
        help="table, csv, json, parquet or geojson; by the name of the output file, else table.",
    ),
]
OutputOption = Annotated[
    Path | None, typer.Option("--output", "-o", help="Write to this file.", metavar="FILE")
]
LimitOption = Annotated[int, typer.Option("--limit", help="Rows in a table; 0 shows all.", min=0)]


def kpi(
    name: Annotated[str | None, typer.Argument(help="Name of the KPI; without it they are listed.")] = None,
    lake: LakeOption = None,
    form: FormatOption = None,
    output: OutputOption = None,
    limit: LimitOption = 20,
    wide: Annotated[bool, typer.Option("--wide", help="Every column, not just the telling ones.")] = False,
    memory: MemoryOption = None,
    timeout: TimeoutOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """A KPI as a table, or as a file to take away; without a name, the list with the question each answers.

    [dim]velib kpi
    velib kpi top10_2hour
    velib kpi saturation_par_arrondissement --format csv --output zones.csv
    velib kpi taux_remplissage --format geojson > stations.geojson[/dim]
    """
    if name is None:
        _list_kpis(as_json=as_json)
        return
    from velib_insights import wiring
    from velib_insights.steps.kpi import find_kpi
    from velib_insights.steps.kpi import kpi as ask

    view = find_kpi(name)
    settings = settings_from(config, lake=lake, memory=memory, query_timeout=timeout)
    engine = wiring.engine_of(settings, wiring.open_lake(settings))
    rows = ask(engine, view.name)
    chosen = _format(form, output, as_json=as_json)
    if chosen == "table" and output is None:
        columns = view.columns if wide else telling(view.columns)
        table(f"{view.question}", rows, columns, limit=limit or None)
    else:
        _take_away(rows, chosen, output)


def _list_kpis(*, as_json: bool) -> None:
    from velib_insights.core.views import kpi_views

    views = kpi_views()
    if as_json:
        answer(
            [{"name": v.name, "question": v.question, "grain": v.grain, "window": v.window} for v in views]
        )
        return
    width = max(len(view.name) for view in views)
    for view in views:
        sys.stdout.write(f"{view.name:<{width}}  {view.question}\n")


def query(
    sql: Annotated[str | None, typer.Argument(help="One SELECT; - reads it from standard input.")] = None,
    lake: LakeOption = None,
    form: FormatOption = None,
    output: OutputOption = None,
    limit: LimitOption = 50,
    tables: Annotated[
        bool, typer.Option("--tables", help="List the tables, views and columns, and leave.")
    ] = False,
    memory: MemoryOption = None,
    timeout: TimeoutOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """A SELECT over the tables and views of the lake, read-only, with limits on memory and time.

    [dim]velib query "SELECT zone_name, sum(bikes) FROM station_observations WHERE steps_ago = 0 GROUP BY 1 ORDER BY 2"
    velib query --tables
    velib query - --format parquet --output out.parquet < question.sql[/dim]
    """
    from velib_insights.core.errors import SettingsError

    if tables:
        _list_tables(as_json=as_json)
        return
    if sql is None:
        raise SettingsError("no SQL was given", hint='As: velib query "SELECT count(*) FROM ticks"')
    from velib_insights import wiring

    settings = settings_from(config, lake=lake, memory=memory, query_timeout=timeout)
    engine = wiring.engine_of(settings, wiring.open_lake(settings))
    rows = engine.query(sys.stdin.read() if sql == "-" else sql)
    chosen = _format(form, output, as_json=as_json)
    if chosen == "table" and output is None:
        table("", rows, _columns_of(rows), limit=limit or None)
    else:
        _take_away(rows, chosen, output)


def _list_tables(*, as_json: bool) -> None:
    from velib_insights.core.tables import TABLES
    from velib_insights.core.views import VIEWS

    listed = [(t.name, t.about, (*t.columns, *t.partitions)) for t in TABLES]
    listed += [(view.name, view.question, view.columns) for view in VIEWS]
    if as_json:
        answer(
            [
                {"name": n, "about": about, "columns": list(map(asdict, columns))}
                for n, about, columns in listed
            ]
        )
        return
    for name, about, columns in listed:
        sys.stdout.write(f"\n{name}: {about}\n")
        for column in columns:
            unit = f" [{column.unit}]" if column.unit else ""
            sys.stdout.write(f"  {column.name:<26} {column.type:<10}{column.about}{unit}\n")


def doctor(
    lake: LakeOption = None,
    feed: FeedOption = None,
    offline: Annotated[bool, typer.Option("--offline", help="Do not ask the feed.")] = False,
    fix: Annotated[
        bool, typer.Option("--fix", help="Remove half-written files that a crash left behind.")
    ] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """What is wrong with the lake, the feed and the settings, and what to do about each.

    Exit code 1 where something is wrong, 0 where nothing is.

    [dim]velib doctor
    velib doctor --offline --json[/dim]
    """
    from velib_insights.cli.diagnosis import diagnose, show

    settings = settings_from(config, lake=lake, feed=feed)
    findings = diagnose(settings, offline=offline, fix=fix)
    if show(findings, as_json=as_json):
        raise typer.Exit(1)


def _format(form: str | None, output: Path | None, *, as_json: bool) -> str:
    from velib_insights.adapters.formats import FORMATS
    from velib_insights.core.errors import SettingsError

    if form is not None and form not in FORMATS:
        raise SettingsError(f"there is no format {form!r}", hint=f"Formats: {', '.join(FORMATS)}.")
    if form:
        return form
    ending = output.suffix.lstrip(".").lower() if output else ""
    return "json" if as_json else ending if ending in FORMATS else "csv" if output else "table"


def _take_away(rows: pa.Table, form: str, output: Path | None) -> None:
    from velib_insights.adapters.formats import encode
    from velib_insights.core.errors import LakeError, SettingsError

    if form == "table":
        raise SettingsError(
            "a table is for the terminal", hint="Use csv, json, parquet or geojson with --output."
        )
    body = encode(rows, form)
    if output is None:
        if form == "parquet" and sys.stdout.isatty():
            raise SettingsError("Parquet is not for a terminal", hint="Name a file with --output.")
        sys.stdout.buffer.write(body)
        sys.stdout.buffer.flush()
        return
    try:
        output.write_bytes(body)
    except OSError as error:
        hint = "Check the folder and the disk."
        raise LakeError(f"{output} cannot be written: {error.strerror}", hint=hint) from error
    say(f"{len(rows):,} rows in {output}")


def _columns_of(rows: pa.Table) -> tuple[Column, ...]:
    """Columns of any result, typed for the eye."""
    import pyarrow as pa

    from velib_insights.core.tables import Column

    def kind(arrow_type: Any) -> Any:
        if pa.types.is_integer(arrow_type):
            return "bigint"
        return "double" if pa.types.is_floating(arrow_type) or pa.types.is_decimal(arrow_type) else "varchar"

    return tuple(Column(field.name, kind(field.type), "") for field in rows.schema)
