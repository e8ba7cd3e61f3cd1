"""The page in a real browser: what comes over the wire for the first screen, when its figures can be read and its map
used with a processor slowed down four times, how much script a step of the time slider takes, and what is left in
memory after five minutes of play.

It needs Chromium (Debian: apt-get install chromium-headless-shell), Playwright and the built page
(python web/build.py).
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
from pathlib import Path
from time import monotonic
from typing import Any

from measuring import arguments, environment

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.page_session import VELIB, chromium, velib_serve, wait_for_data

SLOWER = 4
LIMITS = {
    "kB": 700.0,
    "first paint, ms": 1000.0,
    "figures and table, ms": 1000.0,
    "map usable, ms": 2500.0,
    "slider step, ms": 16.0,
}
PLAYED_S = 300
_LOOKS = 10
# Noted by the page itself while it loads: long tasks, when figures and table have been painted, and when the map has.
_WATCH = """
  window.noted = { long: [], figures: null, map: null };
  new PerformanceObserver((list) => {
    for (const task of list.getEntries()) noted.long.push([task.startTime, task.startTime + task.duration]);
  }).observe({ type: "longtask", buffered: true });
  const seen = {
    figures: () => document.querySelectorAll(".figure .value").length > 5 && document.querySelector(".top10 li"),
    map: () => document.querySelector('.map[aria-busy="false"]') && document.querySelector(".player input"),
  };
  new MutationObserver(() => {
    for (const [name, isThere] of Object.entries(seen)) {
      if (noted[name] !== null || !isThere()) continue;
      noted[name] = performance.now();
      // A message that is handled after the next frame: that frame has been painted then.
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => (noted[name] = performance.now());
        port2.postMessage(null);
      });
    }
  }).observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ["aria-busy"] });
"""
_TIMES = (
    """() => ({ painted: performance.getEntriesByName("first-contentful-paint")[0]?.startTime, ...noted })"""
)
# Without a graphics card the processor fills each pixel of the map. Of a drawing a twentieth as wide there are few.
_NO_PIXELS = "Object.defineProperty(window, 'devicePixelRatio', { value: 0.05 });"
_MOVE = """(tick) => {
  const slider = document.querySelector(".player input");
  slider.value = tick;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
}"""
_PLAY_ON = """() => {
  if (!document.querySelector(".play").textContent.includes("❚")) document.querySelector(".play").click();
}"""
_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))"


def measure(cache: Path, *, quick: bool = False) -> tuple[str, dict[str, object]]:
    """A Markdown table and the figures behind it."""
    with velib_serve(_demo_lake(cache)) as address, chromium() as browser:
        wait_for_data(address)
        _load(browser, address)  # the browser starts, too: that is not the page's
        loads = [_load(browser, address) for _ in range(2 if quick else 9)]
        unfilled = [_load(browser, address, _NO_PIXELS) for _ in range(2 if quick else 9)]
        steps = _slider_steps(browser, address, 1, moves=30 if quick else 300)
        slow_steps = _slider_steps(browser, address, SLOWER, moves=30 if quick else 120)
        left = _left_by_play(browser, address, 20 if quick else PLAYED_S)
    slowed = f"processor {SLOWER} times slower"
    rows = [
        _row("kB, compressed, first screen", [load["kB"] for load in loads], LIMITS["kB"]),
        *(
            _row(f"{name}, {slowed}", [load[name] for load in loads], LIMITS[name])
            for name in ("first paint, ms", "figures and table, ms", "map usable, ms")
        ),
        _row(
            f"the same with next to no pixels to fill, {slowed}",
            [load["map usable, ms"] for load in unfilled],
            LIMITS["map usable, ms"],
        ),
        _row("slider step, ms of script", steps, LIMITS["slider step, ms"]),
        _row(f"slider step, ms of script, {slowed}", slow_steps, None),
    ]
    table = "| what | median | 95th percentile | worst | limit |\n|---|--:|--:|--:|--:|\n" + "\n".join(rows)
    grown = "\n".join(f"| {one['s']:.0f} | {one['MB']:.1f} | {one['nodes']:.0f} |" for one in left)
    table += f"\n\nPlayed at the highest speed:\n\n| s | heap, MB | nodes |\n|--:|--:|--:|\n{grown}"
    figures = {"loads": loads, "loads_unfilled": unfilled, "slider_ms": steps, "slider_ms_slowed": slow_steps}
    return table, {**figures, "played": left}


def _row(name: str, values: list[float], limit: float | None) -> str:
    ordered = sorted(values)
    p95 = ordered[min(len(ordered) - 1, round(0.95 * (len(ordered) - 1)))]
    told = [f"{value:.1f}" for value in (statistics.median(ordered), p95, ordered[-1])]
    return f"| {name} | {' | '.join(told)} | {'' if limit is None else f'{limit:.0f}'} |"


def _load(browser: Any, address: str, script: str = "") -> dict[str, float]:
    """The first visit of a new profile, on a slowed processor: nothing is cached."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.add_init_script(_WATCH + script)
    watch = context.new_cdp_session(page)
    sizes: list[float] = []
    watch.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    watch.send("Network.enable")
    watch.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(address)
    while page.evaluate(_TIMES)["map"] is None:
        page.wait_for_timeout(500)  # looking more often would be work for the page
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1500)
    told = page.evaluate(_TIMES)
    context.close()
    return {
        "kB": sum(sizes) / 1000,
        "first paint, ms": told["painted"],
        "figures and table, ms": told["figures"],
        "map usable, ms": _interactive(told["map"], told["long"]),
    }


def _interactive(ready: float, long_tasks: list[list[float]]) -> float:
    """When map and slider are there and no long task keeps the reader waiting."""
    for start, end in sorted(long_tasks):
        if start <= ready + 50 and end > ready:
            ready = end
    return ready


def _slider_steps(browser: Any, address: str, slower: int, moves: int) -> list[float]:
    """The script of each single step, in milliseconds: reading the tick, rendering, repainting the map."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector(".player input")
    page.wait_for_load_state("networkidle")
    watch = context.new_cdp_session(page)
    watch.send("Performance.enable")
    watch.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    ticks = int(page.locator(".player input").get_attribute("max"))
    page.evaluate("performance.clearMeasures()")
    taken = []
    for move in range(moves):
        before = _script_ms(watch)
        page.evaluate(_MOVE, (move * 7) % ticks)
        page.evaluate(_FRAMES)
        taken.append(_script_ms(watch) - before)
    painted = page.evaluate("performance.getEntriesByName('draw-moment').length")
    assert painted > moves * 0.8, f"of {moves} moves only {painted} repainted the map"
    context.close()
    return taken


def _left_by_play(browser: Any, address: str, seconds: int) -> list[dict[str, float]]:
    """What stands in memory, all rubbish collected, while the day is played again and again at the highest speed."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(f"{address}?speed=8")
    page.wait_for_selector('.map[aria-busy="false"]')
    watch = context.new_cdp_session(page)
    watch.send("Performance.enable")
    looks: list[dict[str, float]] = []
    started = monotonic()
    for look in range(_LOOKS + 1):
        while monotonic() < started + look * seconds / _LOOKS:
            page.evaluate(_PLAY_ON)
            page.wait_for_timeout(250)
        watch.send("HeapProfiler.collectGarbage")
        told = _metrics(watch)
        looks.append({"s": monotonic() - started, "MB": told["JSHeapUsedSize"] / 1e6, "nodes": told["Nodes"]})
    context.close()
    return looks


def _script_ms(watch: Any) -> float:
    return 1000 * _metrics(watch)["ScriptDuration"]


def _metrics(watch: Any) -> dict[str, float]:
    return {one["name"]: one["value"] for one in watch.send("Performance.getMetrics")["metrics"]}


def _demo_lake(cache: Path) -> Path:
    lake = cache / "page-lake"
    if not (lake / "site").is_dir():
        subprocess.run(
            [*VELIB, "demo", "--lake", str(lake), "--no-serve"],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment(),
        )
    return lake


def main() -> None:
    given = arguments(argparse.ArgumentParser(description=__doc__))
    print(measure(given.cache, quick=given.quick)[0])


if __name__ == "__main__":
    main()
