"""Reads the published files and the page's own words, independently of the page's code."""

from __future__ import annotations

import re
import time
from typing import Any

NUMBER = re.compile(r"[−-]?\d+(?:\.\d+)?")


def number(text: str) -> float:
    """The first number of an English text: `1,440 of 1,475` is 1440."""
    match = NUMBER.search(text.replace(",", "").replace("\u00a0", " "))
    assert match, f"no number in {text!r}"
    return float(match[0].replace("−", "-"))


def tick_of(day: dict[str, Any], tick: int) -> dict[str, dict[str, Any]]:
    """What the day file says of every station at that tick: counts undone of their deltas, and whether it is off."""
    last: dict[str, list[int]] = {name: [0] * len(day["code"]) for name in ("bikes", "ebikes", "docks")}
    seen: dict[str, dict[str, Any]] = {}
    for at in range(tick + 1):
        for name, counts in last.items():
            for station, change in enumerate(day[name][at] or []):
                if change is not None:
                    counts[station] += change
    off = set(day["off"][tick] or [])
    for station, code in enumerate(day["code"]):
        if day["bikes"][tick] is None or day["bikes"][tick][station] is None:
            continue
        seen[code] = {name: counts[station] for name, counts in last.items()} | {"off": station in off}
    return seen


def stamp(epoch: int) -> str:
    """As in the address: 20260304T1730Z."""
    from datetime import UTC, datetime

    return datetime.fromtimestamp(epoch, UTC).strftime("%Y%m%dT%H%MZ")


def until(page: Any, holds: str, timeout_s: float = 15) -> None:
    """Waits until the expression holds. Playwright's own wait needs eval, which the page's policy forbids."""
    end = time.monotonic() + timeout_s
    while not page.evaluate(holds):
        assert time.monotonic() < end, f"never held: {holds}"
        page.wait_for_timeout(50)


def rows_of(page: Any, caption: str) -> list[list[str]]:
    """The cells of the table with that caption, row by row."""
    return page.evaluate(
        """(caption) => {
            const tables = [...document.querySelectorAll('table')];
            const table = tables.find((one) => one.caption?.textContent.startsWith(caption));
            return [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.textContent.trim()));
        }""",
        caption,
    )


def until_drawn(page: Any, since: int = 0) -> int:
    """Waits until the map has come to rest again; how often it has by then."""
    idle = "Number(document.querySelector('.map-place')?.dataset.idle ?? 0)"
    until(page, f"{idle} > {since}")
    return int(page.evaluate(idle))


# How each station on the map is drawn, by its place in now.json: a step of the scale, or one of the marks of its own.
STATION_STEPS = """Object.fromEntries(
  document.querySelector('.map').map.queryRenderedFeatures({layers: ['stations']})
    .map(({id, state, properties}) => [id, state.step ?? properties.step]))"""


def station_steps(page: Any) -> dict[int, int]:
    return {int(place): step for place, step in page.evaluate(f"() => {STATION_STEPS}").items()}
