"""The arguments of each command that has no module of its own for them."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from velib_insights.cli.commands import demo as demo_command
from velib_insights.cli.commands import serve as serve_command
from velib_insights.cli.options import (
    BASEMAP_SETTINGS,
    ENGINE_SETTINGS,
    FEED_SETTINGS,
    NOTIFY_SETTINGS,
    QUERY_SETTINGS,
    S3_SETTINGS,
    SHARING_SETTINGS,
    add_choice,
    add_json,
    add_rows,
    add_settings,
    add_switch,
    number,
    pairs,
)
from velib_insights.core.ticks.periods import PERIODS


def demo(parser: ArgumentParser) -> None:
    parser.add_argument("--lake", metavar="DIR", help="Folder of the demo's lake. (default demo-lake)")
    parser.add_argument(
        "--days", type=number(float, 0), default=2, help="Number of simulated days. (default 2)"
    )
    parser.add_argument(
        "--seed", type=number(int, 0), default=1, help="Random seed of the simulation. (default 1)"
    )
    parser.add_argument(
        "--start",
        default=demo_command.START,
        metavar="TIME",
        help=f"First tick, UTC. (default {demo_command.START})",
    )
    add_switch(parser, "--faults", "Make the feed fail now and then.", default=True)
    add_choice(parser, "--serve", "Serve the page after the KPI. (default: in a terminal)")
    address(parser)
    add_settings(parser, *S3_SETTINGS)
    add_json(parser)


def run(parser: ArgumentParser) -> None:
    add_settings(parser, *FEED_SETTINGS)
    parser.add_argument("--tick", help="Tick to collect, as 20261123T0815Z. (default: the last one)")
    add_json(parser)


def watch(parser: ArgumentParser) -> None:
    add_settings(parser, *FEED_SETTINGS, *NOTIFY_SETTINGS)
    parser.add_argument(
        "--ticks",
        type=number(int, 0),
        default=0,
        metavar="N",
        help="Stop after N ticks; 0 never stops.",
    )


def import_(parser: ArgumentParser) -> None:
    parser.add_argument(
        "paths",
        nargs="+",
        metavar="PATH",
        help="Folder, file or archive of recorded responses; with --git, a repository.",
    )
    parser.add_argument(
        "--git",
        action="append",
        metavar="FILE",
        help="Every version of this file in the repository PATH; a path or a glob from its root. May be repeated.",
    )
    parser.add_argument(
        "--columns",
        type=pairs,
        default={},
        metavar="OURS=THEIRS,…",
        help="Columns of CSV and Parquet tables, as bikes=nb_velos,at=horodatage; the others are guessed.",
    )
    parser.add_argument(
        "--wide",
        metavar="COLUMN",
        help="Tables have a column a station; their values are this column, as bikes.",
    )
    parser.add_argument(
        "--only",
        type=pairs,
        default={},
        metavar="THEIRS=VALUE,…",
        help="Of tables only the rows with these values, as city=Paris.",
    )
    parser.add_argument(
        "--format", choices=["bike-sharing-history"], help="Tables are those of this public archive."
    )
    parser.add_argument(
        "--name-timezone",
        metavar="ZONE",
        help="Time zone of file names, and of times in tables, without an offset.",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="Only show what would be imported and what not."
    )
    parser.add_argument(
        "--skip-unknown",
        action="store_true",
        help="Accept that files that look like data are left out (else exit code 8).",
    )
    add_settings(parser, "lake", "source", "cadence", "timezone", "workers")
    add_json(parser)


def export(parser: ArgumentParser) -> None:
    parser.add_argument("--month", metavar="YYYY-MM", help="A month of the network's city.")
    parser.add_argument("--since", metavar="DAY", help="First local day, month or year, instead of --month.")
    parser.add_argument("--until", metavar="DAY", help="Last local day, month or year, included.")
    parser.add_argument("--to", metavar="DIR", required=True, help="A new or empty folder.")
    parser.add_argument(
        "--format",
        action="append",
        choices=["parquet", "csv"],
        help="Write only this format. May be repeated. (default: both)",
    )
    add_settings(parser, *QUERY_SETTINGS)
    add_json(parser)


def clean(parser: ArgumentParser) -> None:
    parser.add_argument("--since", metavar="HOUR", help="First hour, UTC: 2026-11-22 or 2026-11-22T08.")
    parser.add_argument("--until", metavar="HOUR", help="Last hour, UTC, included.")
    parser.add_argument("--again", action="store_true", help="Rebuild hours whose raw has not changed, too.")
    parser.add_argument(
        "--allow-fewer",
        action="store_true",
        help="Rebuild hours even if they lose fetches because raw has expired. Needs --since and --until.",
    )
    add_settings(parser, "lake", "workers")
    add_json(parser)


def remove_tick(parser: ArgumentParser) -> None:
    parser.add_argument("ticks", nargs="+", metavar="TICK", help="A tick, as 20261123T0815Z.")
    parser.add_argument("--dry-run", action="store_true", help="Only list what would be removed.")
    parser.add_argument("--yes", action="store_true", help="Remove the ticks.")
    parser.add_argument("--undo", action="store_true", help="Restore removed ticks.")
    add_settings(parser, "lake")
    add_json(parser)


def on_lake(parser: ArgumentParser) -> None:
    add_settings(parser, "lake")
    add_json(parser)


def publish(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--reports",
        type=number(int, 0),
        metavar="N",
        help="Build at most N missing day reports, newest first. (default: all)",
    )
    parser.add_argument(
        "--allow-fewer", action="store_true", help="Rebuild days even if hours are missing from the ledger."
    )
    add_settings(parser, "lake", "timezone", "memory", "query_timeout", *BASEMAP_SETTINGS)
    add_json(parser)


def rollup(parser: ArgumentParser) -> None:
    parser.add_argument("--since", metavar="DAY", help="First local day, month or year.")
    parser.add_argument("--until", metavar="DAY", help="Last local day, month or year, included.")
    parser.add_argument(
        "--again", action="store_true", help="Roll up days whose hours have not changed, too."
    )
    add_settings(parser, "lake", "timezone", "memory", "query_timeout")
    add_json(parser)


def kpi(parser: ArgumentParser) -> None:
    parser.add_argument(
        "name", nargs="?", help="Name of a KPI, with or without kpi_, or of a history. (default: list them)"
    )
    parser.add_argument(
        "--since", metavar="DAY", help="First local day, month or year of a history. (default: all)"
    )
    parser.add_argument(
        "--until", metavar="DAY", help="Last local day, month or year of a history, included."
    )
    parser.add_argument(
        "--by", choices=PERIODS, help="Period of each row of a history. (default: month; span for profiles)"
    )
    parser.add_argument(
        "--station", action="append", metavar="CODE", help="Only this station, in a history. May be repeated."
    )
    parser.add_argument(
        "--zone", action="append", metavar="CODE", help="Only this zone, in a history. May be repeated."
    )
    add_rows(parser, 20)
    parser.add_argument("--wide", action="store_true", help="Show every column, however wide.")
    add_settings(parser, *QUERY_SETTINGS, *ENGINE_SETTINGS)
    add_json(parser)


def query(parser: ArgumentParser) -> None:
    parser.add_argument("sql", nargs="?", help="One SELECT; - reads it from standard input.")
    add_rows(parser, 50)
    parser.add_argument("--tables", action="store_true", help="List the tables, views and columns.")
    add_settings(parser, *QUERY_SETTINGS, *ENGINE_SETTINGS)
    add_json(parser)


def serve(parser: ArgumentParser) -> None:
    address(parser)
    add_settings(parser, *QUERY_SETTINGS, *BASEMAP_SETTINGS, *SHARING_SETTINGS)


def address(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--host",
        default=serve_command.HOST,
        metavar="ADDRESS",
        help=f"Address to listen on; 0.0.0.0 admits other machines. (default {serve_command.HOST})",
    )
    parser.add_argument(
        "--port",
        type=number(int, 0, 65_535),
        metavar="N",
        help=f"Port to listen on; 0 picks a free one. (default {serve_command.PORT}, or a free one if it is taken)",
    )
    add_choice(parser, "--open", "Open a browser. (default: if there is a display)")


def doctor(parser: ArgumentParser) -> None:
    add_settings(parser, "lake", "feed")
    parser.add_argument("--offline", action="store_true", help="Do not fetch the feed.")
    parser.add_argument(
        "--fix", action="store_true", help="Remove half-written files that a crash left behind."
    )
    parser.add_argument(
        "--polls",
        type=number(int, 1, 1_000),
        metavar="N",
        help="With --feed alone: number of responses to compare. (default 1)",
    )
    parser.add_argument(
        "--every",
        type=number(int, 1, 86_400),
        metavar="S",
        help="With --feed alone: seconds between them. (default 60)",
    )
    parser.add_argument(
        "--report",
        type=Path,
        metavar="FILE",
        help="With --feed alone: write a report for the publisher, as .md, .html or .json.",
    )
    add_json(parser)


def zones(parser: ArgumentParser) -> None:
    parser.add_argument(
        "files", nargs="*", metavar="FILE|URL", help="GeoJSON polygons. (default: the 20 arrondissements)"
    )
    add_settings(parser, "lake")


def simulate(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--port",
        type=number(int, 0, 65_535),
        default=8765,
        help="Port on 127.0.0.1; 0 picks a free one. (default 8765)",
    )
    parser.add_argument(
        "--seed", type=number(int, 0), default=1, help="Random seed of the network. (default 1)"
    )
    parser.add_argument("--speed", type=number(float, 0.001), default=1, help="Simulated seconds per second.")
    parser.add_argument("--start", metavar="TIME", help="Simulated start, ISO 8601. (default: now)")
    add_switch(parser, "--faults", "Make the feed fail now and then.", default=False)
