"""The one pool of sandbox processes of a server: untrusted SQL runs a few queries at a time, the next ones queue.

Waiting takes no thread: whoever queues or runs is a task of the server's event loop.
"""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from velib_insights.core.errors import LakeError, QueryError
from velib_insights.dashboard.responses import Busy
from velib_insights.dashboard.sandbox.execute import MAX_SQL_CHARACTERS, QueryRequest

MAX_CONCURRENT_QUERIES = 2
MAX_WAITING_QUERIES = 16
MAX_WAIT_S = 20.0
MAX_ROWS = 10_000
START_S = 5.0  # for the process to start and to read the lake's folders


@dataclass(frozen=True, slots=True)
class SandboxLimits:
    """What one query may use."""

    memory_mb: int = 500
    timeout_s: float = 10.0


class SandboxPool:
    """Runs queries over one lake, each in a process of its own. One for a server; use it from one event loop.

    `source_of` names the network that the lake holds; it may read the lake and is called in a thread.
    """

    def __init__(
        self,
        lake: str,
        source_of: Callable[[], str],
        *,
        s3_region: str | None = None,
        s3_endpoint: str | None = None,
        limits: SandboxLimits | None = None,
    ) -> None:
        self._lake = lake
        self._s3 = (s3_region, s3_endpoint)
        self._source_of = source_of
        self.limits = limits or SandboxLimits()
        self._places = asyncio.Semaphore(MAX_CONCURRENT_QUERIES)
        self._waiting = 0
        self._queries: set[asyncio.Task[Any] | None] = set()
        self._is_stopping = False

    async def run_query(self, sql: str) -> bytes:
        """The answer as JSON. A caller that is cancelled leaves the queue, or kills its process, at once.

        Raises QueryError for SQL that is wrong or needs too much, Busy where the queue is full or does not move or
        the server stops, LakeError where the lake cannot be read.
        """
        if len(sql) > MAX_SQL_CHARACTERS:
            raise QueryError(f"a query may have {MAX_SQL_CHARACTERS:,} characters")
        task = asyncio.current_task()
        self._queries.add(task)
        try:
            await self._take_place()
            try:
                return await self._run(sql)
            finally:
                self._places.release()
        except asyncio.CancelledError:
            if self._is_stopping:
                raise Busy("the server is stopping", hint="Retry when it is back.") from None
            raise
        finally:
            self._queries.discard(task)

    def stop(self) -> None:
        """Ends every query that runs or waits, with Busy."""
        self._is_stopping = True
        for task in filter(None, self._queries):
            task.cancel()

    async def _take_place(self) -> None:
        if self._places.locked() and self._waiting >= MAX_WAITING_QUERIES:
            raise Busy(
                f"{MAX_CONCURRENT_QUERIES} queries are running and {self._waiting} wait",
                hint="Retry in a few seconds.",
            )
        self._waiting += 1
        try:
            async with asyncio.timeout(MAX_WAIT_S):
                await self._places.acquire()
        except TimeoutError:
            raise Busy(
                f"{MAX_CONCURRENT_QUERIES} queries are running, and none ended in {MAX_WAIT_S:g} s",
                hint="Retry in a few seconds.",
            ) from None
        finally:
            self._waiting -= 1

    async def _run(self, sql: str) -> bytes:
        limits = self.limits
        source = await asyncio.to_thread(self._source_of)
        request = QueryRequest(
            self._lake, *self._s3, source, sql, MAX_ROWS, limits.memory_mb, limits.timeout_s
        )
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-m", "velib_insights.dashboard.sandbox.execute"),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env=self._environment(),
        )
        try:
            async with asyncio.timeout(limits.timeout_s + START_S):
                output, _ = await process.communicate(msgspec.json.encode(request))
        except TimeoutError:
            raise QueryError(
                f"the query took longer than {limits.timeout_s:g} s and was stopped",
                hint="Ask for fewer days.",
            ) from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode == 0:
            return output
        raise _error_in(output)

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
