"""Pictures of the page for the README: `python web/screenshots.py ADDRESS FOLDER`, with Chromium and Playwright.

ADDRESS is a page that is served, such as http://127.0.0.1:8000/. Inter (fonts-inter) is used where it is installed.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]
DESKTOP, PHONE = (1440, 900), (390, 844)
PICTURES = {
    "first-screen": ("?lang=en&theme=light", DESKTOP),
    "first-screen-dark": ("?lang=fr&theme=dark&measure=unusable", DESKTOP),
    "compare": ("?lang=en&theme=light&view=compare", DESKTOP),
    "rebalancing": ("?lang=en&theme=light&view=rebalancing", DESKTOP),
    "rhythm": ("?lang=fr&theme=light&view=rhythm", DESKTOP),
    "insights": ("?lang=fr&theme=light&view=insights", (1100, 1400)),
    "phone": ("?lang=fr&theme=light", PHONE),
}


def main(address: str, folder: Path) -> None:
    from playwright.sync_api import Page, sync_playwright

    folder.mkdir(parents=True, exist_ok=True)

    def take(page: Page, name: str, query: str) -> None:
        page.goto(address + query)
        page.wait_for_selector("main .headline .value, main .page")
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(500)  # the map's last frame
        page.screenshot(path=folder / f"{name}.png")

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for name, (query, (width, height)) in PICTURES.items():
            page = browser.new_page(viewport={"width": width, "height": height})
            take(page, name, query)
            page.close()
        page = browser.new_page(viewport={"width": DESKTOP[0], "height": DESKTOP[1]})
        page.goto(address + "?lang=en")
        critical = page.locator(".top10 a").nth(1).get_attribute("href")
        take(page, "station", critical or "")
        browser.close()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit("usage: python web/screenshots.py ADDRESS FOLDER")
    main(sys.argv[1], Path(sys.argv[2]))
