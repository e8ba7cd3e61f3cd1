"""Values as SQL texts, for the engines that take no parameters where we need them."""

from __future__ import annotations

from datetime import UTC, datetime


def quoted(text: str) -> str:
    """A text."""
    return "'" + text.replace("'", "''") + "'"


def named(column: str) -> str:
    """A column, whatever it is called."""
    return '"' + column.replace('"', '""') + '"'


def instant(epoch: int) -> str:
    """A TIMESTAMPTZ of seconds since 1970."""
    return f"TIMESTAMPTZ '{datetime.fromtimestamp(epoch, UTC):%Y-%m-%d %H:%M:%S}+00'"
