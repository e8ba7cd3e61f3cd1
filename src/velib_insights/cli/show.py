"""What a person sees: progress and messages on standard error, answers on standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from velib_insights.core.local_time import zone_info

if TYPE_CHECKING:
    import pyarrow as pa
    from rich.progress import Progress

    from velib_insights.core.tables import Column


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


def table(title: str, rows: pa.Table, columns: Sequence[Column], *, limit: int | None = None) -> None:
    """Rows as a table on standard output, units under the names; at most `limit` rows, and it says so.

    A single row of many columns stands upright, one line a column.
    """
    from rich.console import Console
    from rich.table import Table

    shown = rows if limit is None else rows.slice(0, limit)
    drawn = Table(header_style="bold", box=None, pad_edge=False)
    records = shown.select([column.name for column in columns]).to_pylist()
    if len(rows) == 1 and len(columns) > _UPRIGHT:
        drawn.show_header = False
        for column in columns:
            unit = column.unit if column.unit != "ratio" else ""
            drawn.add_row(_label(column), cell(records[0][column.name], column), f"[dim]{unit}[/dim]")
    else:
        for column in columns:
            drawn.add_column(
                _header(column), justify="right" if _is_number(column) else "left", vertical="bottom"
            )
        for record in records:
            drawn.add_row(*(cell(record[column.name], column) for column in columns))
    console = Console(width=None if sys.stdout.isatty() else _WIDTH)
    if title:
        console.print(title, style="bold", soft_wrap=True)
    console.print(drawn)
    if not records:
        console.print("[dim]no rows[/dim]")
    if len(shown) < len(rows):
        left = len(rows) - len(shown)
        console.print(f"[dim]{left:,} more rows: --limit 0 shows all, --format csv takes them away.[/dim]")


def as_of_line(epoch: int, timezone: str) -> str:
    """`As of 2024-11-05 20:05 UTC (21:05 in Europe/Paris).` The local date stands with it where it is another one."""
    at = datetime.fromtimestamp(epoch, UTC)
    local = at.astimezone(zone_info(timezone))
    clock = f"{local:%H:%M}" if local.date() == at.date() else f"{local:%Y-%m-%d %H:%M}"
    return f"As of {at:%Y-%m-%d %H:%M} UTC ({clock} in {timezone})."


_WIDTH = 140  # of a table that goes to a file or a pipe
_UPRIGHT = 6  # columns from which a single row is easier to read upright


def _label(column: Column) -> str:
    return column.name.removeprefix("is_").replace("_", " ")


def _header(column: Column) -> str:
    unit = column.unit if len(column.unit) <= _WIDEST_UNIT and column.unit not in ("ratio", "UTC") else ""
    if unit and unit in column.name:
        unit = ""  # the name says it
    return f"{_label(column)}\n[dim]{unit}[/dim]" if unit else _label(column)


_WIDEST_UNIT = 12


def _is_number(column: Column) -> bool:
    return column.type in ("integer", "bigint", "double")


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


def counted(number: int, one: str, many: str) -> str:
    """`1 hour`, `1,234 hours`."""
    return f"{number:,} {one if number == 1 else many}"
