"""The parser of the command line.

On the standard library's argparse: every command pays for the parser's import, and it is a tenth of a second
faster than the others (docs/decisions/0005-argparse.md).
"""

from __future__ import annotations

import sys
import textwrap
from argparse import SUPPRESS, Action, ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from difflib import get_close_matches
from typing import NoReturn

from velib_insights.cli.command_list import COMMANDS
from velib_insights.cli.completion import SHELLS, PrintCompletion
from velib_insights.core.errors import SettingsError


class _Version(Action):
    """Looks the version up only when it is asked for: the look-up is slow."""

    def __call__(self, parser: ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        sys.stdout.write(f"velib {version('velib-insights')}\n")
        parser.exit()


class Parser(ArgumentParser):
    """Raises SettingsError where argparse would print its usage and leave, with the nearest flag where one is close."""

    def error(self, message: str) -> NoReturn:
        raise SettingsError(message, hint=f"`{self.prog} --help` shows how it is called.")

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: Namespace | None = None
    ) -> tuple[Namespace, list[str]]:
        known, unknown = super().parse_known_args(args, namespace)
        if not unknown:
            return known, unknown
        flag = unknown[0].partition("=")[0]
        close = get_close_matches(flag, self._option_string_actions, 1) if flag.startswith("-") else []
        meant = f"Did you mean {close[0]}? " if close else ""
        kind = "option" if flag.startswith("-") else "argument"
        raise SettingsError(
            f"{self.prog} has no {kind} {flag}", hint=f"{meant}`{self.prog} --help` lists its options."
        )


def parse(arguments: Sequence[str]) -> Namespace:
    """The command line, with `command` in it. Raises SettingsError where it is wrong."""
    arguments = list(arguments) or ["--help"]
    names = [command.name for command in COMMANDS]
    if not arguments[0].startswith("-") and arguments[0] not in names:
        close = get_close_matches(arguments[0], names, 1)
        meant = f"Did you mean {close[0]}? " if close else ""
        raise SettingsError(
            f"there is no command {arguments[0]!r}", hint=f"{meant}`velib --help` lists them."
        )
    return build_parser().parse_args(arguments)


def build_parser() -> ArgumentParser:
    parser = Parser(
        prog="velib",
        formatter_class=RawDescriptionHelpFormatter,
        description=_overview(),
        epilog="Settings: a flag, else VELIB_… in the environment, else velib.toml. Start with velib demo.",
        usage="velib COMMAND [options]",
        add_help=False,
    )
    options = parser.add_argument_group("Options")
    options.add_argument(
        "-h", "--help", action="help", help="Show this help, or that of a command, and exit."
    )
    options.add_argument("--version", action=_Version, nargs=0, help="Show the version and exit.")
    options.add_argument(
        "--print-completion",
        action=PrintCompletion,
        choices=SHELLS,
        metavar="SHELL",
        help=f"Print completion for {', '.join(SHELLS[:-1])} or {SHELLS[-1]} and exit.",
    )
    commands = parser.add_subparsers(
        dest="name_of_command", metavar="COMMAND", required=True, help=SUPPRESS, prog="velib"
    )
    for command in COMMANDS:
        sub = commands.add_parser(
            command.name,
            help=command.summary,  # shells show it beside the command
            formatter_class=RawDescriptionHelpFormatter,
            description=_dedented(command.about),
            epilog=f"examples:\n{textwrap.indent(_dedented(command.examples), '  ')}",
            allow_abbrev=False,
        )
        command.add_arguments(sub)
        sub.set_defaults(command=command)
    return parser


def _overview() -> str:
    width = max(len(command.name) for command in COMMANDS)
    lines = [
        "From a bike-share's open feed to a history that can be trusted and figures that can be acted on."
    ]
    for group in dict.fromkeys(command.group for command in COMMANDS):
        lines += ["", f"{group}:"]
        lines += [f"  {c.name:<{width}}  {c.summary}" for c in COMMANDS if c.group == group]
    return "\n".join(lines)


def _dedented(text: str) -> str:
    return "\n".join(line.strip() for line in text.splitlines())
