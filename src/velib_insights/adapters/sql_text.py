"""Values as SQL texts, for the engines that take no parameters where we need them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from velib_insights.core.errors import SettingsError


def quoted(text: str) -> str:
    """A text."""
    return "'" + text.replace("'", "''") + "'"


def named(column: str) -> str:
    """A column, whatever it is called."""
    return '"' + column.replace('"', '""') + '"'


def among(column: str, codes: Iterable[str], argument: str) -> str:
    """That the column is one of these codes; of none, that nothing is. One text is one code.

    Raises SettingsError, which names the `argument`, for what is not a text, as a number, which no code equals.
    """
    listed = [codes] if isinstance(codes, str) else list(codes)
    if not all(isinstance(code, str) for code in listed):
        raise SettingsError(
            f"{argument} holds something that is not a text", hint='Codes are texts, as "16107".'
        )
    return f"{column} IN ({', '.join(map(quoted, listed)) or 'NULL'})"


def instant(epoch: int) -> str:
    """A TIMESTAMPTZ of seconds since 1970."""
    return f"TIMESTAMPTZ '{datetime.fromtimestamp(epoch, UTC):%Y-%m-%d %H:%M:%S}+00'"
