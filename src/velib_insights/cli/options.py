"""Options that several commands share; their help is that of the settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from velib_insights.settings import SETTINGS, Settings, read_settings

_BY_NAME = {setting.name: setting for setting in SETTINGS}


def _option(name: str, metavar: str, flag: str = "") -> typer.models.OptionInfo:
    setting = _BY_NAME[name]
    unit = f" {setting.unit}" if setting.unit else ""
    default = f"{setting.default}{unit}" if setting.default != "" else "none"
    return typer.Option(  # type: ignore[no-any-return]
        flag or setting.flag,
        help=f"{setting.about} [dim]({setting.env}; default {default})[/dim]",
        metavar=metavar,
        show_default=False,
    )


LakeOption = Annotated[str | None, _option("lake", "DIR|s3://…")]
SourceOption = Annotated[str | None, _option("source", "NAME")]
FeedOption = Annotated[str | None, _option("feed", "NAME|URL")]
CadenceOption = Annotated[int | None, _option("cadence", "MIN")]
TimezoneOption = Annotated[str | None, _option("timezone", "ZONE")]
AttemptsOption = Annotated[int | None, _option("attempts", "N")]
DeadlineOption = Annotated[float | None, _option("deadline", "S")]
ReadTimeoutOption = Annotated[float | None, _option("read_timeout", "S")]
WorkersOption = Annotated[int | None, _option("workers", "N")]
MemoryOption = Annotated[int | None, _option("memory", "MB")]
TimeoutOption = Annotated[float | None, _option("query_timeout", "S", flag="--timeout")]
ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        help="Settings file, instead of ./velib.toml. [dim](VELIB_CONFIG)[/dim]",
        metavar="FILE",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer as JSON on standard output.")]


def settings_from(config: Path | None, **flags: object) -> Settings:
    return read_settings(flags, config=config)
