"""What a query may use: memory, threads, time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """What a query may use: memory in MB, threads (0: all cores), seconds.

    `names_flags`: errors name the command's flags and commands, which who asks over HTTP does not have.
    """

    memory_mb: int = 1_000
    threads: int = 0
    timeout_s: float = 60.0
    names_flags: bool = True

    def hint(self, general: str, flag: str) -> str:
        return f"{general}, or allow more with {flag}." if self.names_flags else f"{general}."


@contextmanager
def time_limit(connection: duckdb.DuckDBPyConnection, timeout_s: float) -> Iterator[threading.Event]:
    """Interrupts what runs on the connection after that time; the event is then set."""
    timed_out = threading.Event()

    def stop() -> None:
        timed_out.set()
        connection.interrupt()

    timer = threading.Timer(timeout_s, stop)
    timer.daemon = True
    timer.start()
    try:
        yield timed_out
    finally:
        timer.cancel()
