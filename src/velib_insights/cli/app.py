"""The commands, in the order and the groups in which `velib --help` shows them.

On the standard library's argparse: every command pays for the parser's import, and it is a tenth of a second
faster than the others (docs/decisions/0005-argparse.md).
"""

from __future__ import annotations

import sys
import textwrap
from argparse import SUPPRESS, Action, ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import NamedTuple, NoReturn

from velib_insights.cli import arguments
from velib_insights.cli.commands import analysis, basemap, cost, demo, insights, network, pipeline, serve
from velib_insights.cli.completion import SHELLS, PrintCompletion
from velib_insights.core.errors import SettingsError


class Command(NamedTuple):
    """`summary` is a line for the list, `about` its help, `examples` are lines that work as they stand."""

    name: str
    group: str
    summary: str
    about: str
    examples: str
    add_arguments: Callable[[ArgumentParser], None]
    run: Callable[[Namespace], int | None]


_RUN, _STEPS, _ASK, _CARE = "Run the pipeline", "Single steps", "Ask the lake", "Look after it"


COMMANDS = (
    Command(
        "demo",
        _RUN,
        "simulate two days and run the whole pipeline on them; no network, no account",
        """Simulate two days of Vélib', run the whole pipeline on them, show the KPI and then the page.

        The simulated feed answers over HTTP on this machine, with the faults of the real one: a freeze, a body
        cut short, an empty shell, errors. Run again on the same lake, it only adds what is missing. The page is
        served until Ctrl-C; where there is no terminal to press it in, the demo ends after the KPI.""",
        """velib demo
        velib demo --no-serve
        velib demo --days 7 --lake week --seed 3""",
        arguments.demo,
        demo.demo,
    ),
    Command(
        "run",
        _RUN,
        "one tick from the live feed, all steps",
        """One tick from the live feed, all steps: ingest, clean, catalog, kpi, publish.

        Run it every 15 minutes from cron or systemd, or let `velib watch` do so. Doing it again for the same tick
        changes nothing.""",
        """velib run
        velib run --lake s3://my-bucket/velib
        velib run --feed https://example.org/gbfs/gbfs.json --source lyon --lake lyon""",
        arguments.run,
        pipeline.run,
    ),
    Command(
        "watch",
        _RUN,
        "the same, every 15 minutes, for ever",
        """The same as run, every 15 minutes, for ever. Ctrl-C or SIGTERM stops it cleanly.

        A tick that fails is kept in the ledger and said on standard error, and the next is tried in its turn.""",
        """velib watch
        velib watch --cadence 5 --lake lake5
        velib watch --notify-when "station 16107 empty for 30 min" --notify-url https://example.org/hook""",
        arguments.watch,
        pipeline.watch,
    ),
    Command(
        "replay",
        _RUN,
        "recorded bodies through the pipeline",
        """Recorded bodies through the pipeline: kept as raw, cleaned, catalogued.

        Names tell the time of the fetch (2024-11-05T075501Z.json.gz, station_status_1730793600.json); the cadence is
        measured from them unless given. Replaying a folder again changes nothing.""",
        """velib replay recordings/2024-11-05 --lake replayed
        velib replay exports --name-timezone Europe/Paris --lake replayed
        velib kpi top10_2hour --lake replayed""",
        arguments.replay,
        pipeline.replay,
    ),
    Command(
        "ingest",
        _STEPS,
        "ask the feed once and keep its answer, verbatim",
        """Ask the feed once and keep what it answers, verbatim (on AWS: velib_ingest_lambda).

        Exit code 3 where nothing came, 4 where what came cannot be used; both are kept in the lake all the same.""",
        """velib ingest
        velib ingest --feed opendatasoft --json""",
        arguments.run,
        pipeline.ingest,
    ),
    Command(
        "clean",
        _STEPS,
        "make the clean tables from the raw store",
        """Make the clean tables from the raw store (on AWS: velib_clean_job).

        Hours that were made from the very same raw are left alone, so it can be run at any time. An hour that would be
        made of fewer fetches than before, because raw has expired, is kept as it is and named, with exit code 5.""",
        """velib clean
        velib clean --since 2026-11-01 --until 2026-11-07 --again""",
        arguments.clean,
        pipeline.clean,
    ),
    Command(
        "catalog",
        _STEPS,
        "say what the lake holds, compact closed days",
        """Say what the lake holds, and compact closed days for long questions (on AWS: velib_clean_crawler).""",
        """velib catalog
        velib catalog --json""",
        arguments.on_lake,
        pipeline.catalog,
    ),
    Command(
        "publish",
        _STEPS,
        "write the page and its data under site/ of the lake",
        """Write the site under site/ of the lake: the page, every KPI as JSON, CSV, Parquet and GeoJSON, the replay
        and the report of each day. What has not changed is left alone.

        A folder or a bucket that any web server shows as it is; where the page is not built, the data alone.""",
        """velib publish
        velib publish --lake s3://my-bucket/velib --reports 31""",
        arguments.publish,
        pipeline.publish,
    ),
    Command(
        "kpi",
        _ASK,
        "a KPI as a table or a file; without a name, the list of them",
        """A KPI as a table, or as a file to take away; without a name, the list with the question each answers.""",
        """velib kpi
        velib kpi top10_2hour
        velib kpi saturation_par_arrondissement --format csv --output zones.csv
        velib kpi taux_remplissage --format geojson > stations.geojson
        velib kpi shortage --engine athena""",
        arguments.kpi,
        analysis.kpi,
    ),
    Command(
        "query",
        _ASK,
        "a SELECT over the tables and views, read-only",
        """A SELECT over the tables and views of the lake, read-only, with limits on memory and time.""",
        """velib query --tables
        velib query "SELECT outcome, count(*) AS ticks FROM ticks GROUP BY outcome"
        velib query - --output out.parquet < question.sql""",
        arguments.query,
        analysis.query,
    ),
    Command(
        "serve",
        _ASK,
        "the page and the API, on this machine",
        """The page and the API, on this machine, until Ctrl-C. Read-only; a new tick shows as soon as it is there.

        The page is at /, the API's reference at /api/docs. With no data yet it says how to get some, and shows it
        once it comes. Other machines reach it only with --host.""",
        """velib serve
        velib serve --lake demo-lake --port 8080 --no-open
        velib serve --lake s3://my-bucket/velib --host 0.0.0.0""",
        arguments.serve,
        serve.serve,
    ),
    Command(
        "insights",
        _ASK,
        "the report of a day: what happened, in sentences and figures",
        """The report of a local day: what happened, in sentences and figures, on the terminal, as a page or as JSON.

        Without --date the latest day with data; a day that is not over, or was poorly observed, is marked so.""",
        """velib insights
        velib insights --date 2026-03-04 --lang fr
        velib insights --json
        velib insights --format html --output report.html""",
        insights.add_arguments,
        insights.insights,
    ),
    Command(
        "doctor",
        _CARE,
        "what is wrong with the lake, the feed, the settings",
        """What is wrong with the lake, the feed and the settings, and what to do about each.

        Exit code 1 where something is wrong, 0 where nothing is. With --feed and without --lake any feed is checked
        on its own, and no lake is looked at: its files and fields by the GBFS specification, its clocks, whether
        it moves, and what the pipeline makes of it. Exit code 3 then means that it did not come, 4 that it cannot
        be used.""",
        """velib doctor
        velib doctor --offline --json
        velib doctor --feed https://example.org/gbfs/gbfs.json
        velib doctor --feed https://example.org/gbfs/gbfs.json --polls 5 --every 120 --report feed.md""",
        arguments.doctor,
        analysis.doctor,
    ),
    Command(
        "cost",
        _CARE,
        "what the pipeline costs on AWS, by its settings",
        """What a month of the pipeline costs on AWS, line by line, for the settings of Terraform that have a price.

        No account is asked: quantities by the prices of us-east-1 that are kept in the package, each with its date
        and source.""",
        """velib cost
        velib cost --clean-engine lambda --catalog projection --no-publish
        velib cost --cadence 60 --json""",
        cost.add_arguments,
        cost.cost,
    ),
    Command(
        "network",
        _CARE,
        "what the lake remembers of its network; set mends it",
        """What the lake remembers of its network: source, name, time zone, cadence, licence, where it is asked.

        With set, what is wrong is written anew to network.json. A time zone that is set is that of every hour: local
        dates, hours and weekdays are derived again from the UTC instants, also where raw has expired.""",
        """velib network
        velib network set --timezone America/Toronto
        velib network set --feed https://example.org/moved/gbfs.json""",
        network.add_arguments,
        network.network,
    ),
    Command(
        "remove-tick",
        _CARE,
        "take a tick out of the lake, as one with a wrong date",
        """Take ticks out of the lake, as those that a machine with a wrong clock dated.

        Their raw is moved to removed/, and everything made from it is made again without them: ledger, clean tables,
        quarantine, closed days and the site, if there is one. --undo puts them back.""",
        """velib remove-tick 20361123T0815Z --dry-run
        velib remove-tick 20361123T0815Z --yes
        velib remove-tick 20361123T0815Z --undo""",
        arguments.remove_tick,
        pipeline.remove_tick,
    ),
    Command(
        "zones",
        _CARE,
        "fetch polygons of arrondissements and communes",
        """Fetch zone polygons into the lake. Hours cleaned after it place stations by polygon instead of by code.""",
        """velib zones
        velib zones communes.geojson && velib clean""",
        arguments.zones,
        pipeline.zones,
    ),
    Command(
        "basemap",
        _CARE,
        "cut the streets of the city out of a PMTiles archive",
        """Cut the network's box out of a PMTiles archive and keep it in the lake as reference/basemap.pmtiles.

        The box is that of the stations with 5 km around it. Of an archive on the web only the parts that lie in it
        are fetched, by range requests; their size is said first. Attribution and layers are kept as the archive has
        them.""",
        """velib basemap --dry-run
        velib basemap
        velib basemap paris.pmtiles --max-zoom 13
        velib basemap --remove""",
        basemap.add_arguments,
        basemap.basemap,
    ),
    Command(
        "simulate",
        _CARE,
        "serve a simulated network over HTTP",
        """Serve the simulated network over HTTP, in every dialect, to develop and test against. Ctrl-C stops.""",
        """velib simulate --speed 60
        velib run --feed http://127.0.0.1:8765/opendata/Velib_Metropole/gbfs.json --lake simulated""",
        arguments.simulate,
        demo.simulate,
    ),
)


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
        "-h", "--help", action="help", help="Show this, or the help of a command, and leave."
    )
    options.add_argument("--version", action=_Version, nargs=0, help="Show the version and leave.")
    options.add_argument(
        "--print-completion",
        action=PrintCompletion,
        choices=SHELLS,
        metavar="SHELL",
        help=f"Print completion for {', '.join(SHELLS[:-1])} or {SHELLS[-1]} and leave.",
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
