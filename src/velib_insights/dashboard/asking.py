"""Questions in SQL from strangers, each in a process of its own, a few at a time."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import dataclass

import msgspec

from velib_insights.core.errors import LakeError, QueryError
from velib_insights.dashboard.answers import Busy
from velib_insights.dashboard.sandbox import MAX_SQL_CHARACTERS, Question

AT_ONCE = 2
MAX_ROWS = 10_000
_START_S = 5.0  # for the process to start and to read the lake's folders


@dataclass(frozen=True, slots=True)
class AskingLimits:
    memory_mb: int = 500
    timeout_s: float = 10.0


class Asking:
    """Where the lake is, for processes that open it for themselves."""

    def __init__(
        self,
        lake: str,
        source: str,
        *,
        s3_region: str | None = None,
        s3_endpoint: str | None = None,
        limits: AskingLimits | None = None,
    ) -> None:
        self._lake = lake
        self._s3 = (s3_region, s3_endpoint)
        self._source = source
        self._limits = limits or AskingLimits()
        self._places = threading.BoundedSemaphore(AT_ONCE)

    def ask(self, sql: str) -> bytes:
        """The answer as JSON. Raises QueryError for SQL that is wrong or needs too much, Busy where others ask."""
        if len(sql) > MAX_SQL_CHARACTERS:
            raise QueryError(f"a query may have {MAX_SQL_CHARACTERS:,} characters")
        if not self._places.acquire(timeout=1.0):
            raise Busy("others are asking", hint="Try again in a moment.")
        try:
            return self._run(sql)
        finally:
            self._places.release()

    def _run(self, sql: str) -> bytes:
        limits = self._limits
        question = Question(
            self._lake, *self._s3, self._source, sql, MAX_ROWS, limits.memory_mb, limits.timeout_s
        )
        try:
            done = subprocess.run(
                [sys.executable, "-I", "-m", "velib_insights.dashboard.sandbox"],
                input=msgspec.json.encode(question),
                env=self._environment(),
                capture_output=True,
                timeout=limits.timeout_s + _START_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise QueryError(
                f"the query took longer than {limits.timeout_s:g} s and was stopped",
                hint="Ask for fewer days.",
            ) from None
        if done.returncode == 0:
            return done.stdout
        raise _error_in(done.stdout)

    def _environment(self) -> dict[str, str]:
        """What the process needs to open the lake; of our environment nothing else, least of all its secrets."""
        wanted = ("HOME", "XDG_CACHE_HOME", "LANG", "TZ", "SYSTEMROOT")
        prefixes = ("AWS_", "SSL_CERT_") if self._lake.startswith("s3://") else ()
        return {
            name: value for name, value in os.environ.items() if name in wanted or name.startswith(prefixes)
        }


def _error_in(output: bytes) -> QueryError | LakeError:
    try:
        told = msgspec.json.decode(output)["error"]
    except (msgspec.DecodeError, KeyError, TypeError):
        # Killed by a limit: there was no time for last words.
        return QueryError(
            "the query needs more memory or time than it may use", hint="Ask for fewer days or columns."
        )
    kind = LakeError if told["class"] == "LakeError" else QueryError
    return kind(told["message"], hint=told["hint"])
