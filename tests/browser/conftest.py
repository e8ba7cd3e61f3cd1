"""The built page, served over loopback from the files of a simulated lake, and looked at with Debian's Chromium."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

PROJECT = Path(__file__).parents[2]
PAGE = PROJECT / "src" / "velib_insights" / "dashboard" / "page"
AXE = PROJECT / "web" / "node_modules" / "axe-core" / "axe.min.js"

# What the server sends with the page: the page must live with it.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# Software rendering, no sandbox: as any run in a container without a screen.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.browser)


def missing(what: str) -> None:
    """Skips, or fails where everything is required."""
    if os.environ.get("VELIB_REQUIRE_ALL") == "1":
        pytest.fail(what)
    pytest.skip(what)


class _Handler(SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Quiet: a failing test shows the page's own console."""


@dataclass(frozen=True)
class Site:
    """A published site: its folder and its address."""

    folder: Path
    address: str

    def data(self, name: str) -> Any:
        return json.loads((self.folder / "data" / name).read_text("utf-8"))


def serve(folder: Path) -> Iterator[Site]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(folder)))
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Site(folder, f"http://127.0.0.1:{server.server_port}/")
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def built_page() -> Path:
    if not (PAGE / "index.html").is_file():
        missing("the page is not built; build it with: python web/build.py")
    return PAGE


@pytest.fixture(scope="session")
def site(built_page: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The page over two simulated days, with a freeze and failures in them."""
    folder = tmp_path_factory.mktemp("site")
    lake = folder / "lake"
    done = subprocess.run(
        [sys.executable, "-m", "velib_insights", "demo", "--lake", str(lake), "--no-serve"],
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    reports = lake / "site" / "data" / "insights"
    reports.mkdir(exist_ok=True)
    for day in ("2026-03-03", "2026-03-04"):
        told = [
            sys.executable,
            "-m",
            "velib_insights",
            "insights",
            "--lake",
            str(lake),
            "--date",
            day,
            "--json",
        ]
        done = subprocess.run(told, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        (reports / f"{day}.json").write_text(done.stdout, "utf-8")
    shutil.copytree(built_page, folder / "site")
    shutil.copytree(lake / "site" / "data", folder / "site" / "data")
    yield from serve(folder / "site")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    executable = shutil.which("chromium")
    if executable is None:
        missing("no chromium on the PATH; on Debian: apt-get install chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("playwright is not installed (uv sync --group browser)")
    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=executable, args=FLAGS)
        yield running
        running.close()


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
        # A file that is not published answers 404: the page says so in words, and Chromium logs it too.
        if message.type in ("error", "warning") and "404" not in message.text:
            self.troubles.append(f"console {message.type}: {message.text}")

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.site.address, "blob:")):
            self.troubles.append(f"asked outside its origin: {request.url}")

    def close(self) -> None:
        for context in self.contexts:
            context.close()


@pytest.fixture
def visitor(browser: Any, site: Site) -> Iterator[Visitor]:
    visiting = Visitor(browser, site)
    yield visiting
    visiting.close()
    assert visiting.troubles == []


@pytest.fixture
def spoilt(browser: Any, site: Site, built_page: Path, tmp_path: Path) -> Iterator[Visitor]:
    """A visitor of a copy of the site, whose files a test may change or take away."""
    folder = tmp_path / "spoilt"
    shutil.copytree(built_page, folder)
    shutil.copytree(site.folder / "data", folder / "data")
    for copy in serve(folder):
        visiting = Visitor(browser, copy)
        yield visiting
        visiting.close()
        assert visiting.troubles == []
