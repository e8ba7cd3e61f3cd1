"""Asks a server at a steady rate, whatever it answers, and tells how long each answer took: JSON on standard output.

`python api_load.py URL RATE SECONDS TARGET…`. Open loop: request i is due at i / RATE, and its time runs from then, so
a server that falls behind is charged for those who wait.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from urllib.parse import urlsplit

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Client:
    """Connections that are kept and used again, as browsers and proxies do."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._idle: list[Connection] = []
        self.bytes = 0

    async def get(self, target: str) -> None:
        """Raises RuntimeError for an answer that is not 200."""
        while self._idle:
            try:
                return await self._ask(target, self._idle.pop())
            except (asyncio.IncompleteReadError, ConnectionError):
                continue  # the server closed it while nobody used it
        return await self._ask(target, await asyncio.open_connection(self._host, self._port))

    async def _ask(self, target: str, connection: Connection) -> None:
        reader, writer = connection
        writer.write(
            f"GET {target} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\nAccept-Encoding: gzip\r\n\r\n".encode()
        )
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head.split(b"\r\n", 1)[0]:
            raise RuntimeError(f"{target}: {head[:200]!r}")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
        self.bytes += len(await reader.readexactly(int(fields[b"content-length"])))
        self._idle.append(connection)


async def load(url: str, rate: float, seconds: float, targets: list[str]) -> dict[str, object]:
    client = Client(url)
    started = time.perf_counter()
    waits: list[float] = []

    async def one(number: int) -> None:
        due = started + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        await client.get(targets[number % len(targets)])
        waits.append((time.perf_counter() - due) * 1000)

    count = int(rate * seconds)
    await asyncio.gather(*(one(number) for number in range(count)))
    return {"ms": waits, "bytes": client.bytes, "lasted_s": time.perf_counter() - started}


if __name__ == "__main__":
    address, a_second, for_s, *wanted = sys.argv[1:]
    print(json.dumps(asyncio.run(load(address, float(a_second), float(for_s), wanted))))
