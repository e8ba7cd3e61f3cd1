"""Options that several commands share; their help is that of the settings."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, BooleanOptionalAction, Namespace
from collections.abc import Callable
from math import inf
from pathlib import Path

from velib_insights.settings import SETTINGS, Setting, Settings, read_settings

_BY_NAME = {setting.name: setting for setting in SETTINGS}
_METAVARS = {"lake": "DIR|s3://…", "feed": "NAME|URL", "timezone": "ZONE", "source": "NAME"}
_METAVARS |= {
    "notify_url": "URL",
    "notify_when": "RULES",
    "frame_ancestors": "ORIGINS",
    "cors_origins": "ORIGINS",
}

FEED_SETTINGS = ("lake", "source", "feed", "cadence", "timezone", "attempts", "read_timeout", "deadline")
QUERY_SETTINGS = ("lake", "memory", "query_timeout")
S3_SETTINGS = ("s3_region", "s3_endpoint")
BASEMAP_SETTINGS = ("basemap", "basemap_dark", "basemap_attribution", "basemap_hosts")
SHARING_SETTINGS = ("frame_ancestors", "cors_origins")
NOTIFY_SETTINGS = ("notify_url", "notify_when")
ENGINE_SETTINGS = ("engine", "athena_database", "athena_workgroup")


def add_settings(parser: ArgumentParser, *names: str) -> None:
    """The flags of these settings, and --config; with the lake, where its bucket is. A flag not given leaves None."""
    if "lake" in names:
        names = (*names, *(name for name in S3_SETTINGS if name not in names))
    for name in names:
        setting = _BY_NAME[name]
        unit = f" {setting.unit}" if setting.unit else ""
        default = f"{setting.default}{unit}" if setting.default != "" else "none"
        parser.add_argument(
            setting.flag,
            dest=setting.name,
            metavar=_METAVARS.get(name) or _metavar(setting),
            help=f"{setting.about} ({setting.env}; default {default})".replace("%", "%%"),
        )
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="Settings file, instead of ./velib.toml. (VELIB_CONFIG)"
    )


def _metavar(setting: Setting) -> str:
    if setting.choices:
        return "|".join(setting.choices)
    return setting.unit.upper() or ("NAME" if isinstance(setting.default, str) else "N")


def add_json(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="Answer as JSON on standard output.")


def add_switch(parser: ArgumentParser, flag: str, about: str, *, default: bool) -> None:
    parser.add_argument(flag, action=BooleanOptionalAction, default=default, help=about)


def add_choice(parser: ArgumentParser, flag: str, about: str) -> None:
    """A switch that is None where it was not given."""
    parser.add_argument(flag, action=BooleanOptionalAction, help=about)


def add_rows(parser: ArgumentParser, limit: int) -> None:
    """How the rows of an answer are taken: format, file, and how many a table shows."""
    parser.add_argument(
        "--format",
        "-f",
        metavar="FORMAT",
        help="table, csv, json, parquet or geojson; by the ending of the output file, else table.",
    )
    add_output(parser)
    parser.add_argument(
        "--limit",
        type=number(int, 0),
        metavar="N",
        help=f"At most N rows, in any format; 0 is all. (default {limit} in a table, else all)",
    )


def add_output(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--output",
        "-o",
        type=Path,
        metavar="FILE",
        help="Write to this file, compressed where it ends in .gz; - is standard output.",
    )


def pairs(text: str) -> dict[str, str]:
    """`name=value,name=value`."""
    found = {}
    for part in text.split(","):
        name, equals, value = part.partition("=")
        if not (name and equals and value):
            raise ArgumentTypeError(f"expected NAME=VALUE,NAME=VALUE, not {text!r}")
        found[name.strip()] = value.strip()
    return found


def number(kind: type[int | float], least: float, most: float | None = None) -> Callable[[str], int | float]:
    """The type of an argument that is a number from `least` to `most`."""
    wanted = f"from {least:g} to {most:g}" if most is not None else f"of at least {least:g}"
    words = f"a {'whole ' if kind is int else ''}number {wanted}"

    def read(text: str) -> int | float:
        try:
            value = kind(text)
        except ValueError:
            raise ArgumentTypeError(f"{text!r} is not {words}") from None
        if not least <= value <= (most if most is not None else inf):
            raise ArgumentTypeError(f"{text} is not {words}")
        return value

    return read


def settings_from(args: Namespace, **instead: str) -> Settings:
    """The settings of a command line; `instead` stands in for flags that were not given."""
    given = {name: getattr(args, name, None) for name in _BY_NAME}
    return read_settings(
        given | {k: v for k, v in instead.items() if given.get(k) is None}, config=args.config
    )
