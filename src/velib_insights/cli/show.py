"""What a person sees: progress and messages on standard error, answers on standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa
    from rich.progress import Progress

    from velib_insights.core.tables import Column

ATTRIBUTION = (
    "Source : Vélib' Métropole (données GBFS), mise à jour du {when} – Licence Ouverte 2.0. "
    "Service indépendant, non affilié."
)


# Columns that a program joins on and a person seldom reads: shown with --wide.
_FOR_PROGRAMS = {
    "source", "snapshot_at", "snapshot_epoch", "station_id", "lat", "lon", "zone_code", "zone_kind",
    "date", "hour", "since_epoch", "local_weekday",
}  # fmt: skip


def telling(columns: Sequence[Column]) -> list[Column]:
    """The columns that a person reads."""
    return [column for column in columns if column.name not in _FOR_PROGRAMS]


def say(text: str = "") -> None:
    """A line for the person, on standard error."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def answer(value: Any) -> None:
    """A program's view: one JSON value on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1, default=_text) + "\n")


def _text(value: object) -> str:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else str(value)


@contextmanager
def progress(*, quiet: bool = False) -> Iterator[Progress]:
    """A progress bar on standard error; nothing is drawn where that is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
        console=Console(stderr=True),
        disable=quiet or not sys.stderr.isatty(),
    ) as bar:
        yield bar


def table(
    title: str, rows: pa.Table, columns: Sequence[Column], *, limit: int | None, wide: bool = False
) -> None:
    """Rows as a table on standard output, units under the names; at most `limit` rows, and it says so."""
    from rich.console import Console
    from rich.table import Table

    shown = rows if limit is None else rows.slice(0, limit)
    drawn = Table(
        title=title, title_justify="left", title_style="bold", header_style="bold", box=None, pad_edge=False
    )
    for column in columns:
        numeric = column.type in ("integer", "bigint", "double")
        unit = f"\n[dim]{column.unit}[/dim]" if column.unit and len(column.unit) <= 12 else ""
        drawn.add_column(
            f"{column.name}{unit}", justify="right" if numeric else "left", no_wrap=wide, overflow="fold"
        )
    for row in shown.select([column.name for column in columns]).to_pylist():
        drawn.add_row(*(cell(row[column.name], column) for column in columns))
    console = Console(width=None if sys.stdout.isatty() else 200)
    console.print(drawn)
    if len(shown) < len(rows):
        left = len(rows) - len(shown)
        console.print(f"[dim]{left:,} more rows: --limit 0 shows all, --format csv takes them away.[/dim]")


def cell(value: Any, column: Column) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, float):
        return f"{100 * value:.1f} %" if column.unit == "ratio" else f"{value:,.3f}"
    if isinstance(value, int) and column.type in ("integer", "bigint") and not column.name.endswith("epoch"):
        return f"{value:,}"
    return str(value)
