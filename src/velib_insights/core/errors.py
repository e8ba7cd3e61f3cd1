"""The error tree. A message says what happened and where; `hint` says what to do next.

Exit codes are part of the interface (docs/reference/errors.md): 2 settings or usage, 3 feed unavailable,
4 feed changed, 5 lake, 6 query, 7 nothing there yet, 8 import incomplete.
"""

from __future__ import annotations


class VelibError(Exception):
    """Base of every error that a user should read as one line, without a traceback."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class SettingsError(VelibError):
    """A setting or an argument is wrong; nothing was done."""

    exit_code = 2


class FeedUnavailable(VelibError):
    """The feed did not answer usably: time-out, refused, 4xx or 5xx. Try again later."""

    exit_code = 3


class FeedChanged(VelibError):
    """The feed answered with something we cannot use: not JSON, truncated, another shape. Look at it."""

    exit_code = 4


class LakeError(VelibError):
    """The lake cannot be read or written: missing, no permission, disk full, a file that does not belong."""

    exit_code = 5


class QueryError(VelibError):
    """A query or KPI name is wrong, or the query needs more than it may use."""

    exit_code = 6


class NothingThere(VelibError):
    """The lake holds no data for what was asked."""

    exit_code = 7


class ImportIncomplete(VelibError):
    """Files that look like data were not imported. The others are in the lake."""

    exit_code = 8
