"""The command that puts the streets of the network's city into the lake."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from velib_insights.cli.options import add_json, add_settings, number, settings_from
from velib_insights.cli.terminal.messages import answer, progress, say

_LARGE = 200_000_000  # bytes


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "archive",
        nargs="?",
        metavar="FILE|URL",
        help="PMTiles archive of vector tiles; by default the last daily build of Protomaps, some 130 GB, of which "
        "the box alone is fetched.",
    )
    parser.add_argument(
        "--max-zoom",
        type=number(int, 0, 15),
        default=14,
        metavar="N",
        help="Largest zoom that is kept, at most 15. (default 14)",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="Say how much would be fetched, and fetch nothing."
    )
    parser.add_argument("--yes", action="store_true", help="Also where more than 200 MB are to be fetched.")
    parser.add_argument("--remove", action="store_true", help="Remove the archive from the lake.")
    add_settings(parser, "lake")
    add_json(parser)


def basemap(args: Namespace) -> None:
    from velib_insights import wiring
    from velib_insights.core import keys
    from velib_insights.core.errors import SettingsError
    from velib_insights.steps import basemap as step

    settings = settings_from(args)
    lake = wiring.open_lake(settings)
    if args.remove:
        if args.archive or args.dry_run:
            raise SettingsError(
                "--remove takes neither an archive nor --dry-run", hint="As: velib basemap --remove"
            )
        was_there = step.remove(lake)
        if args.json:
            answer({"removed": was_there})
        say("The basemap was removed." if was_there else "The lake has no basemap.")
        return
    from velib_insights.adapters.ranges import range_reader

    engine = wiring.engine_of(settings, lake)
    try:
        stations = engine.view("kpi_taux_remplissage")
    finally:
        engine.close()
    box = step.box_around(zip(stations["lat"].to_pylist(), stations["lon"].to_pylist(), strict=True))
    reader = range_reader(args.archive or step.latest_build())
    cut = step.plan(reader, box, args.max_zoom)
    told = {
        "source": reader.name,
        "box": [round(value, 6) for value in box],
        "tiles": len(cut.tiles),
        "bytes_to_fetch": cut.fetched_bytes,
    }
    say(f"{len(cut.tiles):,} tiles, {cut.fetched_bytes / 1e6:,.1f} MB to fetch from {reader.name}")
    if args.dry_run:
        if args.json:
            answer(told)
        return
    if cut.fetched_bytes > _LARGE and not args.yes:
        raise SettingsError(
            f"{cut.fetched_bytes / 1e6:,.0f} MB are to be fetched",
            hint="Choose a smaller --max-zoom, or say --yes.",
        )
    with progress() as bar:
        task = bar.add_task("fetching kB", total=-(-cut.fetched_bytes // 1000))
        archive = step.fetch(cut, lambda count: bar.advance(task, count / 1000))
    step.keep(lake, archive)
    if args.json:
        answer(told | {"key": keys.REFERENCE_BASEMAP, "bytes": len(archive)})
    say(f"{len(archive) / 1e6:,.1f} MB in {keys.REFERENCE_BASEMAP}")
