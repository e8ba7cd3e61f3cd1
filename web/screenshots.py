"""Pictures of the page for the README: `python web/screenshots.py [LAKE]`, with Chromium and Playwright.

It simulates four weeks in a lake of its own, which takes some minutes, or shows LAKE, which must be a simulated one: no
picture holds real data. Streets are below the stations where the lake has them (`velib basemap`).
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from tests.page_session import VELIB, chromium, velib_serve, wait_for_data  # noqa: E402

IMAGES = PROJECT / "docs" / "images"
MOST_BYTES = 400_000
FLAGS = ("--hide-scrollbars", "--font-render-hinting=none")
DESKTOP, PHONE = (1320, 860), (390, 844)


def main(lake: Path) -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    # The lake's own streets, where it has some.
    with velib_serve(lake, VELIB_BASEMAP="auto") as address, chromium(*FLAGS) as browser:
        wait_for_data(address)
        if fetched(f"{address}data/index.json")["how"] != "simulated":
            raise SystemExit("this lake is not a simulated one")
        for picture in pictures(address):
            width, height = picture.size
            page = browser.new_page(viewport={"width": width, "height": height}, reduced_motion="reduce")
            take(page, picture, address)
            page.close()


@dataclass(frozen=True, slots=True)
class Picture:
    """What of the page is shown, and how large."""

    name: str
    query: str
    size: tuple[int, int] = DESKTOP


def pictures(address: str) -> list[Picture]:
    yesterday = fetched(f"{address}data/index.json")["days"][-2]["date"]
    return [
        Picture("first-screen", "?lang=en&theme=light"),
        Picture("first-screen-dark", "?lang=fr&theme=dark&measure=usual&curve=bikes&ghost=7"),
        Picture("streets", "?lang=en&theme=light&map=15.2/48.8566/2.3622"),
        Picture("board", "?lang=en&theme=light&view=board"),
        Picture("rebalancing", "?lang=en&theme=light&view=rebalancing", (1000, 800)),
        Picture("daily-insights", f"?lang=fr&theme=light&view=insights&day={yesterday}", (1180, 1240)),
        Picture("phone", "?lang=fr&theme=light", PHONE),
    ]


def take(page: Any, picture: Picture, address: str) -> None:
    page.goto(address + picture.query)
    page.wait_for_selector("main .headline .value, main .report, main .page")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(2_500)  # the map's last frame
    file = IMAGES / f"{picture.name}.png"
    page.screenshot(path=file)
    size = file.stat().st_size
    print(f"{file.name}: {size // 1000} kB")  # noqa: T201 - a command
    if size > MOST_BYTES:
        raise SystemExit(f"{file} is larger than {MOST_BYTES // 1000} kB")


def fetched(address: str) -> Any:
    with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310 - our own server
        return json.load(answer)


def simulated(lake: Path) -> Path:
    subprocess.run(  # noqa: S603 - fixed arguments
        [*VELIB, "demo", "--lake", str(lake), "--days", "28", "--no-serve"],
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
