"""The page of a lake in a real browser: `velib serve` over the lake, and the Chromium of this machine.

Used by the tests, by benchmarks/page.py and by web/screenshots.py.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

VELIB = [sys.executable, "-m", "velib_insights"]
# Nothing but the server is asked, unless a setting says otherwise.
ONE_ORIGIN = {"VELIB_BASEMAP": "none"}
# Software rendering, no sandbox: as any run in a container without a screen.
FLAGS = ("--no-sandbox", "--enable-unsafe-swiftshader", "--disable-dev-shm-usage")
DATA_S = 120


class NoBrowser(Exception):
    """The message says what to install."""


@contextmanager
def chromium(*flags: str) -> Iterator[Any]:
    """A running browser. Raises NoBrowser."""
    # The shell draws the same pages for a third of the work: it has no window of its own to draw.
    executable = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if executable is None:
        raise NoBrowser("no chromium on the PATH; on Debian: apt-get install chromium-headless-shell")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise NoBrowser("playwright is not installed (uv sync --group browser)") from error
    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=executable, args=[*FLAGS, *flags])
        yield running
        running.close()


@contextmanager
def velib_serve(lake: Path, port: int = 0, **settings: str) -> Iterator[str]:
    """The address of `velib serve` over the lake, ready or saying that there is nothing yet; 0 takes a free port."""
    process = subprocess.Popen(
        [*VELIB, "serve", "--lake", str(lake), "--port", str(port), "--no-open"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=ONE_ORIGIN | os.environ | settings,
    )
    try:
        assert process.stderr is not None
        told = process.stderr.readline()
        assert told.startswith("http://127.0.0.1:"), told
        yield told.split()[0]
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        process.stderr.close()


def wait_for_data(address: str) -> None:
    """Until the server has an index to give."""
    deadline = time.monotonic() + DATA_S
    while True:
        try:
            with urllib.request.urlopen(f"{address}data/index.json", timeout=60):
                return
        except urllib.error.HTTPError as error:
            error.close()
            assert time.monotonic() < deadline, "the server never had data"
            time.sleep(0.2)
