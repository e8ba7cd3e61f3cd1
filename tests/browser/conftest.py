"""The built page over a simulated lake, as `velib serve` and as files, looked at with the system's Chromium."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from tests import page_session
from tests.needed import missing
from tests.page_session import ONE_ORIGIN, VELIB, NoBrowser

PROJECT = Path(__file__).parents[2]
PAGE = PROJECT / "src" / "velib_insights" / "dashboard" / "page"
AXE = PROJECT / "web" / "node_modules" / "axe-core" / "axe.min.js"

# What the server sends with the page: the page must live with it.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.browser)


class Files(SimpleHTTPRequestHandler):
    """Files as any host gives them."""

    def log_message(self, *_: object) -> None:
        """Quiet: a failing test shows the page's own console."""


class _UnderPolicy(Files):
    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Cache-Control", "no-store")
        super().end_headers()


@dataclass(frozen=True)
class Site:
    """A site at an address; `folder` holds its files where it is made of files."""

    address: str
    folder: Path

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(self.address + path, timeout=60) as answer:
            return answer.read()

    def data(self, name: str) -> Any:
        return json.loads(self.get(f"data/{name}"))


@contextmanager
def files_served(folder: Path, handler: type[Files] = _UnderPolicy) -> Iterator[Site]:
    """Over loopback, as any host of files would."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Site(f"http://127.0.0.1:{server.server_port}/", folder)
    server.shutdown()
    server.server_close()
    thread.join()


@contextmanager
def velib_serve(lake: Path, port: int = 0, **settings: str) -> Iterator[Site]:
    with page_session.velib_serve(lake, port, **settings) as address:
        yield Site(address, lake)


def wait_for_data(site: Site) -> None:
    page_session.wait_for_data(site.address)


@pytest.fixture(scope="session")
def built_page() -> Path:
    if not (PAGE / "index.html").is_file():
        missing("the page is not built; build it with: python web/build.py")
    return PAGE


@pytest.fixture(scope="session")
def demo_lake(built_page: Path, browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two simulated days, with a freeze and failures in them, published."""
    lake = tmp_path_factory.mktemp("browser") / "lake"
    velib("demo", "--lake", lake, "--no-serve")
    return lake


def velib(*arguments: object) -> str:
    done = subprocess.run(
        [*VELIB, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=240,
        env=ONE_ORIGIN | os.environ,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def site(demo_lake: Path) -> Iterator[Site]:
    """The page as `velib serve` shows it, beside the API."""
    with velib_serve(demo_lake) as served:
        wait_for_data(served)
        yield served


@pytest.fixture(scope="session")
def site_folder(demo_lake: Path) -> Path:
    """The page and its data as files, as `velib publish` leaves them in a folder or a bucket."""
    assert (demo_lake / "site" / "index.html").is_file()
    return demo_lake / "site"


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    try:
        with page_session.chromium() as running:
            yield running
    except NoBrowser as error:
        missing(str(error))


@dataclass
class Visitor:
    """Opens pages of one site and notes what a visitor should never meet."""

    browser: Any
    site: Site
    contexts: list[Any] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def open(self, query: str = "?lang=en", *, width: int = 1440, height: int = 900, **context: Any) -> Any:
        """A page in a new browser profile, once the stations are on it."""
        page = self.blank(width=width, height=height, **context)
        page.goto(self.site.address + query)
        page.wait_for_selector("main .headline .value, main .page, main .nothing")
        return page

    def blank(self, *, width: int = 1440, height: int = 900, **context: Any) -> Any:
        """An empty page that is watched: what it logs, what it asks for and from where."""
        opened = self.browser.new_context(
            viewport={"width": width, "height": height},
            **{"locale": "en-GB", "color_scheme": "light", **context},
        )
        opened.set_default_timeout(15_000)
        self.contexts.append(opened)
        page = opened.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.troubles.append(f"script error: {error}"))
        page.on("request", self._asked)
        return page

    def _heard(self, message: Any) -> None:
        # A file that is not published answers 404, a server without data 503: the page says so in words, and
        # Chromium logs it too.
        # Without a graphics card a screenshot makes the map wait, which Chromium mentions.
        known = "404|503|GPU stall due to ReadPixels"
        if message.type in ("error", "warning") and not re.search(known, message.text):
            self.troubles.append(f"console {message.type}: {message.text}")

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.site.address, "blob:")):
            self.troubles.append(f"asked outside its origin: {request.url}")

    def close(self) -> None:
        for context in self.contexts:
            context.close()


def _visiting(browser: Any, site: Site) -> Iterator[Visitor]:
    visiting = Visitor(browser, site)
    yield visiting
    visiting.close()
    assert visiting.troubles == []


@pytest.fixture
def visitor(browser: Any, site: Site) -> Iterator[Visitor]:
    """Of the page that `velib serve` shows."""
    yield from _visiting(browser, site)


@pytest.fixture
def reader(browser: Any, site_folder: Path) -> Iterator[Visitor]:
    """Of the page as files, without a server of ours."""
    with files_served(site_folder) as files:
        yield from _visiting(browser, files)


@pytest.fixture
def spoilt(browser: Any, site_folder: Path, tmp_path: Path) -> Iterator[Visitor]:
    """A visitor of a copy of the files, which a test may change or take away."""
    folder = shutil.copytree(site_folder, tmp_path / "spoilt")
    with files_served(folder) as copy:
        yield from _visiting(browser, copy)
