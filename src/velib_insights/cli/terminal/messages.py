"""What a person sees: progress and messages on standard error, answers on standard output."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from velib_insights.cli.terminal.capabilities import drawing, json_text, speaks_utf8, width
from velib_insights.cli.terminal.table_layout import GAP, TextColumn, fit
from velib_insights.core.printable import printable, printable_lines
from velib_insights.core.ticks.local_time import zone_info

if TYPE_CHECKING:
    import pyarrow as pa
    from rich.progress import Progress
    from rich.table import Table

    from velib_insights.cli.terminal.table_layout import Layout
    from velib_insights.core.catalogue.tables import Column


def say(text: str = "") -> None:
    """A line for the person, on standard error."""
    sys.stderr.write(f"{printable_lines(text)}\n")
    sys.stderr.flush()


def answer(value: Any) -> None:
    """A program's view: one JSON value on standard output."""
    text = json.dumps(value, ensure_ascii=False, indent=1, default=_text)
    sys.stdout.write(json_text(text, ascii_only=not speaks_utf8()) + "\n")


def _text(value: object) -> str:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else str(value)


@contextmanager
def progress(*, quiet: bool = False) -> Iterator[Progress]:
    """A progress bar on standard error; nothing is drawn where that is no terminal."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TaskProgressColumn("", show_speed=True),  # the rate, where the total is not known
        TimeRemainingColumn(elapsed_when_finished=True),
        console=Console(stderr=True),
        disable=quiet or not sys.stderr.isatty(),
    ) as bar:
        yield bar


def table(
    title: str, rows: pa.Table, columns: Sequence[Column], *, limit: int | None = None, whole: bool = False
) -> None:
    """Rows as a table on standard output, one line a row; at most `limit` rows, and it says so.

    Columns that do not fit the width are left out and named, unless `whole`. A single row of many columns stands
    upright, one line a column.
    """
    from rich.text import Text

    shown = rows if limit is None else rows.slice(0, limit)
    records = shown.select([column.name for column in columns]).to_pylist()
    is_upright = len(rows) == 1 and len(columns) > _UPRIGHT
    texts = [
        TextColumn(
            _header(column),
            [cell(record[column.name], column) for record in records],
            _is_number(column),
            may_be_cut=column.type == "varchar",
        )
        for column in columns
    ]
    layout = fit(texts, None if whole else width())
    with drawing(width() if is_upright else max(layout.width, width())) as console:
        if title:
            console.print(Text(printable(title), style="bold"), soft_wrap=True)
        console.print(_upright(records[0], columns) if is_upright else _rows(texts, layout))
        if not records:
            console.print(Text("no rows", style="dim"))
        if len(shown) < len(rows):
            left = counted(len(rows) - len(shown), "more row", "more rows")
            console.print(Text(f"{left}; --limit 0 shows all.", style="dim"), soft_wrap=True)
        if layout.hidden and not is_upright:
            names = ", ".join(_label(columns[at]) for at in layout.hidden)
            hidden = f"Not shown at this width: {names}. --format csv has every column."
            console.print(Text(hidden, style="dim"))


def as_of_line(epoch: int, timezone: str) -> str:
    """`As of 2024-11-05 20:05 UTC (21:05 in Europe/Paris).` The local date stands with it where it is another one."""
    at = datetime.fromtimestamp(epoch, UTC)
    if not timezone:  # Athena is asked without a lake that would say it
        return f"As of {at:%Y-%m-%d %H:%M} UTC."
    local = at.astimezone(zone_info(timezone))
    clock = f"{local:%H:%M}" if local.date() == at.date() else f"{local:%Y-%m-%d %H:%M}"
    return f"As of {at:%Y-%m-%d %H:%M} UTC ({clock} in {timezone})."


_UPRIGHT = 6  # columns from which a single row is easier to read upright


def _upright(record: dict[str, Any], columns: Sequence[Column]) -> Table:
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=None, pad_edge=False, show_header=False)
    for column in columns:
        unit = column.unit if column.unit != "ratio" else ""
        drawn.add_row(_label(column), Text(cell(record[column.name], column)), Text(unit, style="dim"))
    return drawn


def _rows(texts: Sequence[TextColumn], layout: Layout) -> Table:
    from rich.table import Table
    from rich.text import Text

    drawn = Table(header_style="bold", box=None, pad_edge=False, padding=(0, GAP, 0, 0))
    for at, wide in layout.shown:
        column = texts[at]
        justify: Literal["left", "right"] = "right" if column.is_number else "left"
        drawn.add_column(Text(column.header), justify=justify, vertical="bottom", width=wide)
    for row in zip(*(texts[at].cells for at, _ in layout.shown), strict=True):
        drawn.add_row(*(Text(text, no_wrap=True, overflow="ellipsis") for text in row))
    return drawn


def _label(column: Column) -> str:
    return printable(column.name.removeprefix("is_").replace("_", " "))


def _header(column: Column) -> str:
    unit = column.unit if len(column.unit) <= _WIDEST_UNIT and column.unit not in _OBVIOUS_UNITS else ""
    if unit and unit in column.name:
        unit = ""  # the name says it
    return f"{_label(column)} ({unit})" if unit else _label(column)


_WIDEST_UNIT = 12
_OBVIOUS_UNITS = ("ratio", "UTC", "YYYY-MM-DD")  # seen from the cells


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
    return printable(str(value))


def counted(number: int, one: str, many: str) -> str:
    """`1 hour`, `1,234 hours`."""
    return f"{number:,} {one if number == 1 else many}"
