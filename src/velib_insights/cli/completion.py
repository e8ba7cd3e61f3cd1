"""Completion of commands, options, KPI names and paths in the shell: `velib --print-completion bash`."""

from __future__ import annotations

import sys
from argparse import Action, ArgumentParser
from typing import Any

SHELLS = ("bash", "zsh", "fish")


class PrintCompletion(Action):
    """Imports what writes the script only when one is wanted: each command pays for what it imports."""

    def __call__(self, parser: ArgumentParser, _: object, shell: Any, __: str | None = None) -> None:
        import shtab

        paths = {"DIR": shtab.DIRECTORY, "FILE": shtab.FILE, "FILE|URL": shtab.FILE}
        commands: Any = next(each for each in _actions(parser) if isinstance(each.choices, dict))
        commands.help = None  # suppressed in `velib --help`, and what is suppressed is not completed
        for command, subparser in commands.choices.items():
            for action in _actions(subparser):
                kind = shtab.DIRECTORY if action.dest == "lake" else paths.get(str(action.metavar))
                if kind:
                    action.complete = kind  # type: ignore[attr-defined]
                elif words := _words(command, action.dest):
                    action.choices = words
        sys.stdout.write(shtab.complete(parser, shell) + "\n")
        parser.exit()


def _actions(parser: ArgumentParser) -> list[Action]:
    return parser._actions  # noqa: SLF001 - argparse gives no other way to its arguments


def _words(command: str, dest: str) -> tuple[str, ...]:
    """Words that the command checks itself."""
    from velib_insights.adapters.formats import FORMATS
    from velib_insights.cli.commands.insights import FORMATS as REPORT_FORMATS
    from velib_insights.core.catalogue.views import kpi_views

    if dest == "format":
        return REPORT_FORMATS if command == "insights" else FORMATS
    if (command, dest) == ("kpi", "name"):
        return tuple(view.name.removeprefix("kpi_") for view in kpi_views())
    return ()
