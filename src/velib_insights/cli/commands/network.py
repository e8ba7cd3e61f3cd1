"""The command that shows what the lake remembers of its network, and mends it."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from velib_insights.cli.options import S3_SETTINGS, add_json, add_settings, settings_from
from velib_insights.cli.terminal.messages import answer, progress, say

if TYPE_CHECKING:
    from velib_insights.adapters.lake import Lake
    from velib_insights.core.network import Network

_FLAGS = ("timezone", "name", "feed", "cadence", "licence", "licence_url")


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "action", nargs="?", choices=("show", "set"), default="show", help="show (default) or set."
    )
    for name, metavar, about in (
        ("timezone", "ZONE", "Time zone of the city. Local dates, hours and weekdays are derived again."),
        ("name", "TEXT", "Name of the network, as page and reports show it."),
        ("feed", "URL", "Where the publisher has moved: asked there from now on."),
        ("cadence", "MIN", "Minutes between the ticks to come."),
        ("licence", "TEXT", "Name of the licence of the data."),
        ("licence-url", "URL", "Where the licence can be read."),
    ):
        dest = f"new_{name.replace('-', '_')}"
        parser.add_argument(f"--{name}", dest=dest, metavar=metavar, help=f"With set: {about}")
    add_settings(parser, "lake", *S3_SETTINGS)
    add_json(parser)


def network(args: Namespace) -> None:
    from velib_insights import wiring
    from velib_insights.core.errors import NothingThere, SettingsError

    given = {name: value for name in _FLAGS if (value := getattr(args, f"new_{name}")) is not None}
    if args.action == "show" and given:
        flags = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        raise SettingsError(f"{flags} without set", hint="As: velib network set --timezone America/Toronto")
    settings = settings_from(args)
    lake = wiring.open_lake(settings)
    if args.action == "set":
        _set(lake, settings.source, given, as_json=args.json)
        return
    known = wiring.remembered_network(lake)
    if known is None:
        raise NothingThere(
            f"the lake {lake.name} says nothing of its network yet",
            hint="The first usable tick writes it: velib run, velib watch or velib import PATH.",
        )
    _show(known, as_json=args.json)


def _show(known: Network, *, as_json: bool) -> None:
    from msgspec import to_builtins

    told: dict[str, Any] = to_builtins(known)
    if as_json:
        answer(told)
        return
    for name, value in told.items():
        text = ", ".join(filter(None, value.values())) if isinstance(value, dict) else value
        if text is not None:
            sys.stdout.write(f"{name:<14} {text}\n")


def _set(lake: Lake, source: str, given: dict[str, str], *, as_json: bool) -> None:
    from velib_insights import wiring
    from velib_insights.core.errors import NothingThere, SettingsError
    from velib_insights.steps.catalog import compact_closed_days
    from velib_insights.steps.local_columns import localise_all
    from velib_insights.steps.network import rewrite
    from velib_insights.steps.rollup import rollup

    if not given:
        raise SettingsError("nothing to set", hint="As: velib network set --timezone America/Toronto")
    changed = wiring.mended(lake, source, given)
    rewrite(lake, changed)
    hours = 0
    with progress() as bar:
        task = bar.add_task("deriving local times", total=None)
        hours = localise_all(lake, changed.source, changed.timezone, lambda _: bar.advance(task))
    compact_closed_days(lake, changed.source)
    with suppress(NothingThere):  # a lake without an observed tick has no closed day
        rollup(lake, changed.source, changed.timezone)
    if as_json:
        _show(changed, as_json=True)
    say(f"network.json written; the local times of {hours} hours were derived again.")
    if hours:
        say("Now run `velib publish`: reports and days of the site are made anew.")
