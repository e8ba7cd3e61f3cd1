"""Options that several commands share; their help is that of the settings."""

from __future__ import annotations

from argparse import ArgumentParser, BooleanOptionalAction, Namespace
from pathlib import Path

from velib_insights.settings import SETTINGS, Setting, Settings, read_settings

_BY_NAME = {setting.name: setting for setting in SETTINGS}
_METAVARS = {"lake": "DIR|s3://…", "feed": "NAME|URL", "timezone": "ZONE", "source": "NAME"}

FEED_SETTINGS = ("lake", "source", "feed", "cadence", "timezone", "attempts", "read_timeout", "deadline")
QUERY_SETTINGS = ("lake", "memory", "query_timeout")
ENGINE_SETTINGS = ("engine", "athena_database", "athena_workgroup")


def add_settings(parser: ArgumentParser, *names: str) -> None:
    """The flags of these settings, and --config. A flag that is not given leaves None."""
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
        help="table, csv, json, parquet or geojson; by the name of the output file, else table.",
    )
    parser.add_argument("--output", "-o", type=Path, metavar="FILE", help="Write to this file.")
    parser.add_argument("--limit", type=int, default=limit, metavar="N", help="Rows in a table; 0 shows all.")


def settings_from(args: Namespace, **instead: str) -> Settings:
    """The settings of a command line; `instead` stands in for flags that were not given."""
    given = {name: getattr(args, name, None) for name in _BY_NAME}
    return read_settings(
        given | {k: v for k, v in instead.items() if given.get(k) is None}, config=args.config
    )
