"""The application and its commands, in the order in which `velib --help` shows them."""

from __future__ import annotations

from typing import Annotated

import typer

from velib_insights.cli import analysis, demo, pipeline

app = typer.Typer(
    name="velib",
    help="From a bike-share's open feed to a history that can be trusted and figures that can be acted on.",
    epilog=(
        "Start with [bold]velib demo[/bold]: no network, no account. "
        "Settings: a flag, else VELIB_… in the environment, else velib.toml."
    ),
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(version("velib-insights"))
        raise typer.Exit


@app.callback()
def _velib(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and leave.")
    ] = False,
) -> None:
    pass


_RUN, _STEPS, _ASK, _CARE = "Run the pipeline", "Single steps", "Ask the lake", "Look after it"

app.command("demo", rich_help_panel=_RUN)(demo.demo)
app.command("run", rich_help_panel=_RUN)(pipeline.run)
app.command("watch", rich_help_panel=_RUN)(pipeline.watch)
app.command("replay", rich_help_panel=_RUN)(pipeline.replay)
app.command("ingest", rich_help_panel=_STEPS)(pipeline.ingest)
app.command("clean", rich_help_panel=_STEPS)(pipeline.clean)
app.command("catalog", rich_help_panel=_STEPS)(pipeline.catalog)
app.command("publish", rich_help_panel=_STEPS)(pipeline.publish)
app.command("kpi", rich_help_panel=_ASK)(analysis.kpi)
app.command("query", rich_help_panel=_ASK)(analysis.query)
app.command("doctor", rich_help_panel=_CARE)(analysis.doctor)
app.command("zones", rich_help_panel=_CARE)(pipeline.zones)
app.command("simulate", rich_help_panel=_CARE)(demo.simulate)
