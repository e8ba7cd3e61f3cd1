"""Commands that ask the lake."""

from __future__ import annotations

import sys
from argparse import Namespace
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from velib_insights.cli.options import settings_from
from velib_insights.cli.terminal.messages import answer, as_of_line, counted, say, table

if TYPE_CHECKING:
    import pyarrow as pa

    from velib_insights.adapters.athena import Scanned
    from velib_insights.core.catalogue.tables import Column

_KPI_ROWS, _QUERY_ROWS = 20, 50  # of a table on a terminal


def kpi(args: Namespace) -> None:
    if args.name is None:
        _list_kpis(as_json=args.json)
        return
    from velib_insights import wiring
    from velib_insights.api import Lake
    from velib_insights.cli.terminal.default_columns import default_columns
    from velib_insights.core.errors import SettingsError
    from velib_insights.steps.kpi import as_of_epoch, find_kpi, is_only_observation

    if args.name.startswith("history_"):
        _history(args)
        return
    view = find_kpi(args.name)
    for name in ("since", "until", "by", "station", "zone"):
        if getattr(args, name) is not None:
            raise SettingsError(
                f"{view.name} is no history, so --{name} does not apply",
                hint="Histories are of any span: velib kpi history_stations --since 2026-01. `velib kpi` lists them.",
            )
    chosen = _format(args)
    settings = settings_from(args)
    lake = Lake(settings, _tell_scanned)
    rows = lake.kpi(view.name)
    epoch = as_of_epoch(lake.engine)
    timezone = wiring.timezone_shown(settings)
    if chosen == "table":
        columns = view.columns if args.wide else default_columns(view)
        table(view.question, rows, columns, limit=_rows_shown(args, _KPI_ROWS), whole=args.wide)
        if epoch is not None:
            sys.stdout.write(f"{as_of_line(epoch, timezone)}\n")
            # Athena would read the whole ledger for it.
            if settings.engine == "duckdb" and is_only_observation(lake.engine, epoch):
                sys.stdout.write("Only one observation: durations are unknown.\n")
    else:
        _write(rows, chosen, args, epoch)
        if epoch is not None and (args.output or sys.stderr.isatty()):
            say(as_of_line(epoch, timezone))


def _history(args: Namespace) -> None:
    from velib_insights.api import Lake
    from velib_insights.cli.terminal.default_columns import default_columns
    from velib_insights.core.catalogue.views import View
    from velib_insights.steps.history import find_history

    asked = find_history(args.name)
    chosen = _format(args)
    lake = Lake(settings_from(args))
    rows = lake.history(
        asked.name,
        since=args.since,
        until=args.until,
        by=args.by,
        stations=args.station,
        zones=args.zone,
    )
    if chosen == "table" and isinstance(asked, View):
        columns = asked.columns if args.wide else default_columns(asked)
        table(asked.question, rows, columns, limit=_rows_shown(args, _KPI_ROWS), whole=args.wide)
    else:
        _write(rows, chosen, args)


def _list_kpis(*, as_json: bool) -> None:
    from velib_insights.core.catalogue.history import HISTORY
    from velib_insights.core.catalogue.views import kpi_views

    views = (*kpi_views(), *HISTORY)
    if as_json:
        answer(
            [{"name": v.name, "question": v.question, "grain": v.grain, "window": v.window} for v in views]
        )
        return
    width = max(len(view.name) for view in views)
    for view in views:
        sys.stdout.write(f"{view.name:<{width}}  {view.question}\n")


def query(args: Namespace) -> None:
    from velib_insights.core.errors import SettingsError

    if args.tables:
        _list_tables(as_json=args.json)
        return
    if args.sql is None:
        raise SettingsError("no SQL was given", hint='As: velib query "SELECT count(*) FROM ticks"')
    from velib_insights.api import Lake

    chosen = _format(args)
    rows = Lake(settings_from(args), _tell_scanned).query(sys.stdin.read() if args.sql == "-" else args.sql)
    if chosen == "table":
        table("", rows, _columns_of(rows), limit=_rows_shown(args, _QUERY_ROWS))
    else:
        _write(rows, chosen, args)


def _tell_scanned(scanned: Scanned) -> None:
    """What the query cost, for the person who pays it."""
    from velib_insights.core.billing.prices import athena_cost

    usd = athena_cost(scanned.bytes)
    say(f"Athena scanned {scanned.bytes / 1e6:,.1f} MB in {scanned.seconds:.1f} s: {usd:.6f} USD.")


def _list_tables(*, as_json: bool) -> None:
    from velib_insights.core.catalogue.rollups import ROLLUPS
    from velib_insights.core.catalogue.tables import TABLES
    from velib_insights.core.catalogue.views import VIEWS

    listed = [(t.name, t.about, (*t.columns, *t.partitions)) for t in (*TABLES, *ROLLUPS)]
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


def doctor(args: Namespace) -> int:
    if args.feed is not None and args.lake is None and not args.offline and not args.fix:
        from velib_insights.cli.commands.doctor_feed import check

        return check(args)
    from velib_insights.cli.commands.doctor import diagnose, show
    from velib_insights.core.errors import SettingsError

    if args.report is not None or args.polls is not None or args.every is not None:
        raise SettingsError(
            "--polls, --every and --report belong to the check of a feed without a lake",
            hint="As: velib doctor --feed https://example.org/gbfs/gbfs.json --report feed.md",
        )
    findings = diagnose(settings_from(args), offline=args.offline, fix=args.fix)
    return 1 if show(findings, as_json=args.json) else 0


def _format(args: Namespace) -> str:
    """As asked for, else by the ending of the output file, else a table for the terminal."""
    from velib_insights.adapters.formats import FORMATS
    from velib_insights.cli.terminal.output import chosen_format, is_standard_output
    from velib_insights.core.errors import SettingsError

    asked = args.format or ("json" if args.json else None)
    if asked is not None and asked not in FORMATS:
        raise SettingsError(f"there is no format {asked!r}", hint=f"Formats: {', '.join(FORMATS)}.")
    if asked == "table" and not is_standard_output(args.output):
        raise SettingsError(
            "a table is for the terminal", hint="Use csv, json, parquet or geojson with --output."
        )
    endings = {form: form for form in FORMATS if form != "table"}
    chosen = chosen_format(asked, args.output, endings, "table", "csv")
    if chosen == "parquet" and is_standard_output(args.output) and sys.stdout.isatty():
        raise SettingsError("Parquet is not for a terminal", hint="Name a file with --output.")
    return chosen


def _write(rows: pa.Table, form: str, args: Namespace, as_of_epoch: int | None = None) -> None:
    from velib_insights.adapters.formats import encode
    from velib_insights.cli.terminal.output import is_standard_output, write

    if args.limit:
        rows = rows.slice(0, args.limit)
    write(encode(rows, form, as_of_epoch), args.output)
    if not is_standard_output(args.output):
        say(f"{counted(len(rows), 'row', 'rows')} in {args.output}")


def _rows_shown(args: Namespace, fallback: int) -> int | None:
    """Rows of a table: as many as --limit says, all of them for 0, else `fallback`."""
    return fallback if args.limit is None else args.limit or None


def _columns_of(rows: pa.Table) -> tuple[Column, ...]:
    """Columns of any result, typed for the eye."""
    import pyarrow as pa

    from velib_insights.core.catalogue.tables import Column

    def kind(arrow_type: Any) -> Any:
        if pa.types.is_integer(arrow_type):
            return "bigint"
        return "double" if pa.types.is_floating(arrow_type) or pa.types.is_decimal(arrow_type) else "varchar"

    return tuple(Column(field.name, kind(field.type), "") for field in rows.schema)
