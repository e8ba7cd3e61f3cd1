"""A server on loopback over a small lake, asked with real HTTP."""

from __future__ import annotations

import gzip
import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.steps.feeds import record

from velib_insights.adapters.duckdb_engine import DuckDbEngine
from velib_insights.adapters.lake import Lake
from velib_insights.core.zones import Zones
from velib_insights.dashboard.live_site import LiveSite
from velib_insights.dashboard.page import Page
from velib_insights.dashboard.sandbox.pool import SandboxLimits, SandboxPool
from velib_insights.dashboard.server import ClientTimeouts, Server, bind
from velib_insights.pages.basemap import NO_BASEMAP, Basemap
from velib_insights.pages.origins import NOT_SHARED, Sharing
from velib_insights.steps.catalog import compact_closed_days
from velib_insights.steps.clean import clean_all, hours_with_raw
from velib_insights.steps.importing.folder import import_folder
from velib_insights.steps.ingest import Network
from velib_insights.steps.rollup import rollup

TICKS = 4 * 30  # thirty hours from 22 November 21:00 UTC on: three local days


def fill(folder: Path, lake: Lake, first: int = 0, ticks: int = TICKS) -> None:
    """Ticks of a small network, cleaned; `first` lets a later call go on."""
    every = timedelta(minutes=15)
    for number, path in enumerate(record(folder, first + ticks, every=every)):
        if number < first:
            path.unlink()
    import_folder(lake, folder, Network())
    clean_all(lake, "velib", hours_with_raw(lake, "velib"), Zones())


@dataclass(frozen=True)
class Answered:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def text(self) -> str:
        packed = self.headers.get("content-encoding") == "gzip"
        return (gzip.decompress(self.body) if packed else self.body).decode()

    def error(self) -> dict[str, str]:
        """The one shape of every error."""
        told = self.json()
        assert set(told) == {"error"}, told
        assert set(told["error"]) == {"class", "message", "hint"}, told
        assert self.headers["cache-control"] == "no-store"
        error: dict[str, str] = told["error"]
        return error


class Client:
    """Asks as it is told: targets are sent byte for byte."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.host, self.port = str(parts.hostname), int(parts.port or 0)

    def ask(
        self,
        target: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answered:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            sent = {"Host": f"{self.host}:{self.port}"} | (headers or {})
            if body is not None:
                sent = {"Content-Length": str(len(body))} | sent
            for name, value in sent.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            told = {name.lower(): value for name, value in answer.getheaders()}
            return Answered(answer.status, told, answer.read())
        finally:
            connection.close()

    def get(self, target: str, **headers: str) -> Answered:
        return self.ask(target, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def query(self, sql: str) -> Answered:
        return self.ask(
            "/api/query", "POST", json.dumps({"sql": sql}).encode(), {"Content-Type": "application/json"}
        )


@dataclass
class Served:
    lake: Lake
    client: Client
    site: LiveSite


@contextmanager
def serving(
    lake: Lake,
    *,
    host: str = "127.0.0.1",
    page: Page | None = None,
    basemap: Basemap = NO_BASEMAP,
    sharing: Sharing = NOT_SHARED,
    patience: ClientTimeouts | None = None,
    clock: Callable[[], float] = time.time,
) -> Iterator[Served]:
    site = LiveSite(lake, Network, basemap=basemap)

    pool = SandboxPool(str(lake.root), lambda: "velib", limits=SandboxLimits(timeout_s=3))
    server = Server(
        site,
        pool,
        bind(host, 0),
        page=page,
        basemap=basemap,
        sharing=sharing,
        every_s=0.1,
        patience=patience,
        clock=clock,
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.is_ready and time.monotonic() < deadline:
        time.sleep(0.01)
    try:
        yield Served(lake, Client(server.url.replace("[::1]", "127.0.0.1")), site)
    finally:
        server.stop()
        thread.join(30)
        assert not thread.is_alive()


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake that no test writes to."""
    folder = tmp_path_factory.mktemp("lived")
    lake = Lake.open(str(folder / "lake"), create=True)
    fill(folder / "recorded", lake)
    compact_closed_days(lake, "velib")
    rollup(lake, "velib", "Europe/Paris")
    return lake


@pytest.fixture(scope="session")
def served(lived: Lake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    page = tmp_path_factory.mktemp("page")
    (page / "assets").mkdir()
    (page / "index.html").write_text(
        "<!doctype html><html><head></head><body>the page</body></html>", "utf-8"
    )
    (page / "assets" / "index-1a2b.js").write_text("export {};" * 200, "utf-8")
    with serving(lived, page=Page(page)) as running:
        yield running


@pytest.fixture
def client(served: Served) -> Client:
    return served.client


@pytest.fixture(scope="session")
def engine(lived: Lake) -> Iterator[DuckDbEngine]:
    opened = DuckDbEngine(lived, "velib")
    yield opened
    opened.close()
