"""Pictures of the page for the README: `python web/screenshots.py [LAKE]`, with Chromium and Playwright.

It simulates nine days in a lake of its own, or shows LAKE, which must be a simulated one: no picture holds real data.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
MOST_BYTES = 400_000
FLAGS = [
    "--no-sandbox",
    "--enable-unsafe-swiftshader",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--font-render-hinting=none",
]
VELIB = [sys.executable, "-m", "velib_insights"]
DESKTOP, PHONE = (1320, 860), (390, 844)


def main(lake: Path) -> None:
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("no chromium on the PATH; on Debian: apt-get install chromium")
    IMAGES.mkdir(parents=True, exist_ok=True)
    with served(lake) as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=FLAGS)
        for name, query, (width, height) in pictures(address):
            page = browser.new_page(viewport={"width": width, "height": height})
            take(page, name, address + query)
            page.close()
        browser.close()


def pictures(address: str) -> list[tuple[str, str, tuple[int, int]]]:
    station = fetched(f"{address}data/top10.json")[2]["station_code"]
    yesterday = fetched(f"{address}data/index.json")["days"][-2]["date"]
    return [
        ("first-screen", "?lang=en&theme=light", DESKTOP),
        ("first-screen-dark", "?lang=fr&theme=dark&measure=unusable&curve=bikes&ghost=7", DESKTOP),
        ("station", f"?lang=en&theme=light&station={station}", (1320, 1060)),
        ("daily-insights", f"?lang=fr&theme=light&view=insights&day={yesterday}", (1180, 1240)),
        ("phone", "?lang=fr&theme=light", PHONE),
    ]


def take(page: Any, name: str, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("main .headline .value, main .report")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(700)  # the map's last frame
    file = IMAGES / f"{name}.png"
    page.screenshot(path=file)
    size = file.stat().st_size
    print(f"{file.name}: {size // 1000} kB")  # noqa: T201 - a command
    if size > MOST_BYTES:
        raise SystemExit(f"{file} is larger than {MOST_BYTES // 1000} kB")


@contextmanager
def served(lake: Path) -> Iterator[str]:
    """The address of `velib serve` over the lake, once it has data."""
    process = subprocess.Popen(  # noqa: S603 - fixed arguments
        [*VELIB, "serve", "--lake", str(lake), "--port", "0", "--no-open"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        if process.stderr is None:
            raise SystemExit("velib serve says nothing")
        address = process.stderr.readline().split()[0]
        deadline = time.monotonic() + 120
        while True:
            try:
                told = fetched(f"{address}data/index.json")
            except urllib.error.HTTPError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
                continue
            break
        if told["how"] != "simulated":
            raise SystemExit("this lake is not a simulated one")
        yield address
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


def fetched(address: str) -> Any:
    with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310 - our own server
        return json.load(answer)


def simulated(lake: Path) -> Path:
    subprocess.run(  # noqa: S603 - fixed arguments
        [*VELIB, "demo", "--lake", str(lake), "--days", "9", "--no-serve"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return lake


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as folder:
            main(simulated(Path(folder) / "lake"))
