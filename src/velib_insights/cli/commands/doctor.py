"""`velib doctor`: the settings looked at, the rest wired to them, and the findings shown."""

from __future__ import annotations

import difflib
import os
import platform
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from velib_insights.cli.terminal.messages import answer, progress
from velib_insights.core.masking import MASK, masked_url
from velib_insights.settings import CONFIG_FILE, SETTINGS, Settings, read_settings

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from rich.console import Console

    from velib_insights.adapters.lake import Lake
    from velib_insights.core.network import Network
    from velib_insights.steps.doctor import Finding

_ENGINES = ("duckdb", "pyarrow", "obstore", "msgspec")
_NO_SETTINGS = (
    "VELIB_CONFIG", "VELIB_DEBUG", "VELIB_RECORDINGS", "VELIB_REQUIRE_ALL", "VELIB_SKIP_COMPILED", "VELIB_SKIP_PAGE",
)  # fmt: skip
_TITLES = {
    "settings": "Settings",
    "lake": "Lake",
    "raw": "Raw fetches",
    "clean": "Clean tables",
    "feed": "Feed",
    "data": "Data, last seven days",
}
_MARKS = {
    "error": ("error", "bold red"),
    "warning": ("warning", "yellow"),
    "note": ("note", "cyan"),
    "ok": ("ok", "green"),
}


def diagnose(
    settings: Settings, *, offline: bool = False, fix: bool = False, now: datetime | None = None
) -> list[Finding]:
    """Every finding, the worst first. Nothing is raised: what cannot be looked at is a finding too."""
    from velib_insights import wiring
    from velib_insights.steps.doctor import CHECKS, Checkup, Expected, examine_feed, examine_lake

    now = now or datetime.now(UTC)
    with progress() as bar:
        task = bar.add_task("looking", total=CHECKS)

        def tell(about: str) -> None:
            bar.update(task, advance=1, description=f"looking at {about}")

        def tell_progress(of_check: str) -> None:
            bar.update(task, description=f"looking at {of_check}")

        checkup = Checkup(tell, tell_progress)
        checkup.check("settings", "the settings", lambda: settings_findings(settings, os.environ))
        opened: list[Lake] = []

        def open_it() -> Sequence[Finding]:
            opened.append(wiring.open_lake(settings))
            return ()

        checkup.check("lake", "the lake", open_it)
        network: Network | None = None
        known = settings
        found: list[Network] = []
        for lake in opened:
            checkup.check("lake", "network.json", partial(network_findings, lake, found))
            for network in found:
                known = wiring.as_known(settings, network)
            examine_lake(
                checkup,
                lake,
                Expected(known.source, known.cadence_s, settings.given),
                partial(wiring.zones_of, lake),
                partial(wiring.engine_of, settings),
                now,
                fix=fix,
            )
        if not offline:
            judged, zones = wiring.checked_network(known)
            examine_feed(
                checkup,
                lambda: wiring.feed_of(settings, network=network).probe(),
                _instead(known),
                now,
                judged,
                zones,
            )
        bar.update(task, completed=CHECKS, total=CHECKS)
    return checkup.findings()


def _instead(settings: Settings) -> str:
    if settings.feed == "velib":
        return "Try again in a minute. While it lasts, take the copy: velib watch --feed opendatasoft"
    if settings.feed == "opendatasoft":
        return "Try again in a minute. While it lasts, take the source itself: velib watch --feed velib"
    return "Check the address (--feed) in a browser, and that this machine may reach it."


def network_findings(lake: Lake, found: list[Network]) -> Iterator[Finding]:
    """What the lake says of its network, which `found` then holds. Raises LakeError where it cannot be read."""
    from velib_insights import wiring
    from velib_insights.steps.doctor import Finding

    network = wiring.remembered_network(lake)
    if network is None:
        return
    found.append(network)
    where = f", asked at {network.feed}" if network.feed else ""
    yield Finding(
        "note",
        "lake",
        f"It is about {network.name or network.source}, every {network.cadence_s // 60} min, with local times of "
        f"{network.timezone}{where}.",
        figures={"source": network.source, "timezone": network.timezone, "cadence_s": network.cadence_s},
    )


def settings_findings(settings: Settings, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Where each setting comes from, values without credentials; names that look like settings and are none."""
    from velib_insights.core.dialects import compiled
    from velib_insights.steps.doctor import Finding

    where = _where(settings, environ)
    if where:
        said = ", ".join(f"{name} = {_shown(settings, name)} ({by})" for name, by in where.items())
        yield Finding(
            "note", "settings", f"Set: {said}; the rest is at its default.", figures={"set_by": where}
        )
    else:
        yield Finding("note", "settings", "Every setting is at its default.", figures={"set_by": {}})
    yield Finding(
        "note",
        "settings",
        f"The lake is {settings.lake}, the feed {masked_url(settings.feed)}, a tick every {settings.cadence} min, "
        f"local time that of {settings.timezone or 'the lake'}.",
        figures={
            "lake": settings.lake,
            "feed": masked_url(settings.feed),
            "cadence_min": settings.cadence,
            "timezone": settings.timezone,
        },
    )
    known = {setting.env for setting in SETTINGS} | set(_NO_SETTINGS)
    for name in sorted(environ):
        if name.startswith("VELIB_") and name not in known:
            close = difflib.get_close_matches(name, known, 1, 0.8)
            yield Finding(
                "warning" if close else "note",
                "settings",
                f"{name} is set in the environment, and there is no such setting.",
                f"Did you mean {close[0]}?"
                if close
                else "It has no effect; docs/reference/settings.md lists them.",
                {"name": name},
            )
    engines = {name: version(name) for name in _ENGINES}
    yield Finding(
        "note",
        "settings",
        f"velib-insights {version('velib-insights')} on Python {platform.python_version()}, "
        + ", ".join(f"{name} {number}" for name, number in engines.items())
        + ".",
        figures={"velib-insights": version("velib-insights"), "python": platform.python_version(), **engines},
    )
    if compiled.load() is None:
        yield Finding(
            "note",
            "settings",
            "The package was installed without its compiled reader: cleaning exports takes twice as long.",
            "Install a C compiler, then the package anew: uv sync --reinstall-package velib-insights",
            {"compiled_reader": False},
        )


def _where(settings: Settings, environ: Mapping[str, str]) -> dict[str, str]:
    """For each setting that was given: the variable or the file whose value it has, else the command line."""
    file = Path(environ.get("VELIB_CONFIG") or CONFIG_FILE)
    try:
        table = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        table = {}
    places = {}
    for setting in SETTINGS:
        if setting.name in settings.given:
            value = getattr(settings, setting.name)
            by = "a flag or --config"
            if setting.name in table and _reads_as({setting.name: table[setting.name]}, setting.name, value):
                by = str(file)
            if environ.get(setting.env) and _reads_as(
                {setting.name: environ[setting.env]}, setting.name, value
            ):
                by = setting.env
            places[setting.name] = by
    return places


def _reads_as(given: Mapping[str, Any], name: str, value: Any) -> bool:
    from velib_insights.core.errors import SettingsError

    try:
        return bool(getattr(read_settings(given, {}), name) == value)
    except SettingsError:
        return False


def _shown(settings: Settings, name: str) -> str:
    is_secret = any(setting.name == name and setting.is_secret for setting in SETTINGS)
    return MASK if is_secret else _public(getattr(settings, name))


def _public(value: object) -> str:
    """A value as it may be shown: an address without what only its owner should know."""
    return masked_url(value) if isinstance(value, str) and "://" in value else str(value)


def show(findings: Sequence[Finding], *, as_json: bool) -> bool:
    """The findings on standard output; whether something is wrong."""
    errors = sum(finding.severity == "error" for finding in findings)
    warnings = sum(finding.severity == "warning" for finding in findings)
    if as_json:
        answer(
            {"findings": [asdict(finding) for finding in findings], "errors": errors, "warnings": warnings}
        )
    else:
        _print(findings, errors, warnings)
    return errors + warnings > 0


_WIDEST = 110  # sentences are hard to read in longer lines


def _print(findings: Sequence[Finding], errors: int, warnings: int) -> None:
    with drawing_findings() as console:
        print_areas(console, findings, _TITLES)
        if errors or warnings:
            count = f"{errors} error{'' if errors == 1 else 's'}, {warnings} warning{'' if warnings == 1 else 's'}."
            console.print(f"{count} Begin with the errors." if errors and warnings else count)
        else:
            console.print("Nothing is wrong.")


def drawing_findings() -> AbstractContextManager[Console]:
    from velib_insights.cli.terminal.capabilities import drawing, width

    return drawing(width(_WIDEST))


def print_areas(console: Console, findings: Sequence[Finding], titles: Mapping[str, str]) -> None:
    """The findings below the titles of their areas."""
    from rich.table import Table
    from rich.text import Text

    from velib_insights.core.printable import printable_lines

    for area, title in titles.items():
        of_area = [finding for finding in findings if finding.area == area]
        if not of_area:
            continue
        console.print(Text(title, style="bold"))
        grid = Table.grid(padding=(0, 2))
        grid.add_column(width=9, justify="right")
        grid.add_column(overflow="fold")
        for finding in of_area:
            mark, style = _MARKS[finding.severity]
            lines = Text(printable_lines(finding.what))
            if finding.todo:
                lines.append(f"\n→ {printable_lines(finding.todo)}", style="dim")
            grid.add_row(Text(mark, style=style), lines)
        console.print(grid)
        console.print()
