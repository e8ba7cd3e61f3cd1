"""Every setting in one place: name, default and help. Read once at the entry point; below it plain values travel.

A setting is given as a flag, else by the environment (`VELIB_LAKE`), else in `velib.toml`, else by its default.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from velib_insights.core.errors import SettingsError
from velib_insights.core.http_headers import headers_in
from velib_insights.core.keys import is_source
from velib_insights.core.notices import EXAMPLES, parse_rules
from velib_insights.core.ticks.local_time import zone_info
from velib_insights.pages.origins import origins_in

CONFIG_FILE = "velib.toml"


@dataclass(frozen=True, slots=True)
class Setting:
    """`least` and `most` bound a number, `choices` a text; `unit` is for the reader.

    A secret is neither shown nor repeated in an error, and is no flag: every user of a machine can read those.
    """

    name: str
    default: str | int | float
    about: str
    unit: str = ""
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()
    is_secret: bool = False

    @property
    def env(self) -> str:
        return f"VELIB_{self.name.upper()}"

    @property
    def flag(self) -> str:
        return f"--{self.name.replace('_', '-')}"


SETTINGS = (
    Setting("lake", "lake", "Where the lake is: a folder or s3://bucket/prefix."),
    Setting(
        "source", "velib", "Name of the network the lake holds: lower case letters, digits and underscores."
    ),
    Setting(
        "feed",
        "velib",
        "Where the data comes from: velib (GBFS of Vélib' Métropole), opendatasoft (its copy on opendata.paris.fr), "
        "or the URL of any gbfs.json or Opendatasoft dataset.",
    ),
    Setting(
        "feed_header",
        "",
        "HTTP headers with the key of the feed, as Authorization: Bearer …, one per line. They are sent only to the "
        "scheme, host and port of the feed's address, and are never written anywhere.",
        is_secret=True,
    ),
    Setting("cadence", 15, "Time between two ticks, also for velib watch.", "min", 1, 60),
    Setting(
        "timezone",
        "",
        "Time zone of the network's city, for local dates, hours and weekdays. Needed once at most, if the feed's "
        "system_information does not give it; velib network set --timezone changes it.",
    ),
    Setting("connect_timeout", 5.0, "Timeout for connecting to the feed.", "s", 0.1, 600),
    Setting("read_timeout", 15.0, "Timeout for reading from the feed.", "s", 0.1, 600),
    Setting("deadline", 60.0, "Longest time for one feed file, retries included.", "s", 0.1, 3600),
    Setting("attempts", 4, "Attempts per feed file.", "", 1, 20),
    Setting(
        "max_bytes",
        20_000_000,
        "Largest feed file accepted, decompressed.",
        "bytes",
        1_000,
        2_000_000_000,
    ),
    Setting("workers", 0, "Processes that clean in parallel; 0 for one per core.", "", 0, 256),
    Setting("memory", 1_000, "Memory limit of a query.", "MB", 64, 1_000_000),
    Setting("query_timeout", 60.0, "Time limit of a query.", "s", 0.001, 86_400),
    Setting("s3_region", "", "Region of the bucket, if the AWS environment does not give it."),
    Setting("s3_endpoint", "", "Address of an S3 service other than AWS."),
    Setting(
        "engine",
        "duckdb",
        "What runs kpi and query: duckdb on this machine, or athena on the deployed lake.",
        choices=("duckdb", "athena"),
    ),
    Setting("athena_database", "velib_db_tf", "Glue database that Athena queries."),
    Setting("athena_workgroup", "velib_workgroup", "Athena workgroup, which sets where results are stored."),
    Setting("project", "velib-insights", "Dimension of the metrics sent to CloudWatch."),
    Setting(
        "basemap",
        "auto",
        "Streets below the stations: auto (the lake's own archive, else OpenFreeMap where the reader's browser "
        "reaches it), none (the page asks no other host), or the address of a MapLibre style, a PMTiles archive or "
        "raster tiles as https://tiles.example.org/{z}/{x}/{y}{r}.png.",
    ),
    Setting("basemap_dark", "", "Style or tiles for the dark theme. (default: those of the light one)"),
    Setting(
        "basemap_attribution", "", "Attribution of the map, as its licence requires. Raster tiles need it."
    ),
    Setting(
        "basemap_hosts",
        "",
        "Further hosts that a style loads tiles from, as https://tiles.example.org, separated by spaces.",
    ),
    Setting(
        "frame_ancestors",
        "",
        "Sites that may embed the page of velib serve, as https://example.org, separated by spaces; * for any.",
    ),
    Setting(
        "cors_origins",
        "",
        "Sites whose scripts may call the API of velib serve, as https://example.org, separated by spaces; * for any.",
    ),
    Setting(
        "notify_url",
        "",
        "URL to which velib watch POSTs JSON when a rule of notify_when starts and stops being true.",
    ),
    Setting(
        "notify_when",
        "",
        f"Rules for notifications, one per line or separated by semicolons, as: {EXAMPLES}.",
    ),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The values. `given` holds the names of those that were not left at their default."""

    lake: str
    source: str
    feed: str
    feed_header: str = field(repr=False)
    cadence: int
    timezone: str
    connect_timeout: float
    read_timeout: float
    deadline: float
    attempts: int
    max_bytes: int
    workers: int
    memory: int
    query_timeout: float
    s3_region: str
    s3_endpoint: str
    engine: str
    athena_database: str
    athena_workgroup: str
    project: str
    basemap: str
    basemap_dark: str
    basemap_attribution: str
    basemap_hosts: str
    frame_ancestors: str
    cors_origins: str
    notify_url: str = field(repr=False)
    notify_when: str
    given: frozenset[str] = frozenset()

    @property
    def cadence_s(self) -> int:
        return self.cadence * 60


def read_settings(
    flags: Mapping[str, Any], environ: Mapping[str, str] | None = None, config: Path | None = None
) -> Settings:
    """The settings of this run. A flag that is None was not given.

    `config` is a file that must exist; without it `velib.toml` in the current folder is read if it is there, or
    the file that VELIB_CONFIG names. Raises SettingsError, which says where the wrong value stands.
    """
    environ = os.environ if environ is None else environ
    file, table = _config_file(environ, config)
    known = {setting.name for setting in SETTINGS}
    for name in table:
        if name not in known:
            close = difflib.get_close_matches(name, known, 1)
            hint = f"Did you mean {close[0]}?" if close else f"Known settings: {', '.join(sorted(known))}."
            raise SettingsError(f"{file}: there is no setting {name!r}", hint=hint)
    values: dict[str, Any] = {}
    given = set()
    for setting in SETTINGS:
        for value, where in (
            (flags.get(setting.name), setting.env if setting.is_secret else setting.flag),
            (environ.get(setting.env) or None, setting.env),
            (table.get(setting.name), f"{setting.name} in {file}"),
        ):
            if value is not None:
                values[setting.name] = _checked(setting, value, where)
                given.add(setting.name)
                break
        else:
            values[setting.name] = setting.default
    return Settings(**values, given=frozenset(given))


def _config_file(environ: Mapping[str, str], config: Path | None) -> tuple[Path, dict[str, Any]]:
    named = config or (Path(environ["VELIB_CONFIG"]) if environ.get("VELIB_CONFIG") else None)
    file = named or Path(CONFIG_FILE)
    try:
        return file, tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        if named:
            raise SettingsError(f"there is no file {file}", hint="Check --config or VELIB_CONFIG.") from None
        return file, {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(
            f"{file} cannot be read as TOML: {error}", hint="See docs/reference/settings.md."
        ) from error


def _checked(setting: Setting, value: Any, where: str) -> str | int | float:
    kind = type(setting.default)
    if setting.is_secret and not isinstance(value, str):
        raise SettingsError(f"{where} is not a text", hint=setting.about)
    try:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ValueError
        typed = kind(value)
        if kind is int and not isinstance(value, str) and typed != value:
            raise ValueError
    except (ValueError, OverflowError):
        wanted = {int: "a whole number", float: "a number", str: "a text"}[kind]
        raise SettingsError(f"{where} is {value!r}, not {wanted}", hint=setting.about) from None
    if isinstance(typed, int | float):
        low, high = setting.least, setting.most
        if (low is not None and typed < low) or (high is not None and typed > high) or typed != typed:
            unit = f" {setting.unit}" if setting.unit else ""
            raise SettingsError(f"{where} is {value}, outside {low:g} to {high:g}{unit}", hint=setting.about)
    if setting.choices and typed not in setting.choices:
        raise SettingsError(f"{where} is {value!r}, not {' or '.join(setting.choices)}", hint=setting.about)
    if setting.name == "feed_header":
        headers_in(str(typed), where)
    if setting.name == "source" and not is_source(str(typed)):
        raise SettingsError(f"{where} is {value!r}, which cannot name a source", hint=setting.about)
    if setting.name == "timezone":
        try:
            zone_info(str(typed))
        except SettingsError as error:
            raise SettingsError(f"{where}: {error.message}", hint=error.hint) from error
    if setting.name in ("frame_ancestors", "cors_origins"):
        origins_in(str(typed), where)
    if setting.name == "notify_when":
        try:
            parse_rules(str(typed))
        except SettingsError as error:
            raise SettingsError(f"{where}: {error.message}", hint=error.hint) from error
    if setting.name == "lake" and not typed:
        raise SettingsError(f"{where} is empty", hint=setting.about)
    return typed
