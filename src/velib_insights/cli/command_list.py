"""The commands, in the order and the groups in which `velib --help` shows them."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import NamedTuple

from velib_insights.cli import arguments
from velib_insights.cli.commands import (
    analysis,
    basemap,
    cost,
    demo,
    export,
    importing,
    insights,
    network,
    pipeline,
    serve,
)


class Command(NamedTuple):
    """`summary` is a line for the list, `about` its help, `examples` are lines that work as they stand."""

    name: str
    group: str
    summary: str
    about: str
    examples: str
    add_arguments: Callable[[ArgumentParser], None]
    run: Callable[[Namespace], int | None]


_RUN, _STEPS, _ASK, _CARE = "Run the pipeline", "Single steps", "Query the lake", "Maintain the lake"


COMMANDS = (
    Command(
        "demo",
        _RUN,
        "simulate two days and run the whole pipeline; needs no network and no account",
        """Simulate two days of Vélib', run the whole pipeline on them, print the KPI and serve the page.

        The simulated feed is served over HTTP on this machine, with the faults of the real one: a freeze, a truncated
        body, empty rows, errors. Running it again on the same lake only adds what is missing. The page is served
        until Ctrl-C; without a terminal the demo stops after the KPI.""",
        """velib demo
        velib demo --no-serve
        velib demo --days 7 --lake week --seed 3""",
        arguments.demo,
        demo.demo,
    ),
    Command(
        "run",
        _RUN,
        "collect one tick from the live feed and run all steps",
        """Collect one tick from the live feed and run all steps: ingest, clean, catalog, kpi, publish.

        Run it every 15 minutes from cron or systemd, or use `velib watch`. Running it again for the same tick
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
        "collect a tick every 15 minutes until stopped",
        """Collect a tick every 15 minutes, as `velib run` does, until Ctrl-C or SIGTERM.

        A tick that fails is recorded in the ledger and reported on standard error; the next one is tried on time.""",
        """velib watch
        velib watch --cadence 5 --lake lake5
        velib watch --notify-when "station 16107 empty for 30 min" --notify-url https://example.org/hook""",
        arguments.watch,
        pipeline.watch,
    ),
    Command(
        "import",
        _RUN,
        "import what was recorded elsewhere: folders, archives, git histories",
        """Import recorded responses: store them as raw, dated by the best evidence, then clean and catalog them.

        The content of a file decides what it is. It may be compressed (gz, xz, zst, bz2), in a zip or tar, a line of
        JSON lines, wrapped in another document, a CSV or Parquet table, or a version in a git history. Every file
        found is stored, was there before, or is listed as skipped with a reason. Importing again changes nothing; an
        interrupted import continues.

        Exits with 8 if files that look like data were left out, unless --skip-unknown is given.""",
        """velib import recordings/2024-11-05 --lake history
        velib import backup.tar.gz more.zip --dry-run
        velib import exports --name-timezone Europe/Paris --lake history
        velib import feed.git --git data/station_status.json --lake history
        velib import history.csv --columns at=horodatage,bikes=nb_velos --lake history""",
        arguments.import_,
        importing.import_,
    ),
    Command(
        "ingest",
        _STEPS,
        "fetch the feed once and store the response verbatim",
        """Fetch the feed once and store the response verbatim (on AWS: velib_ingest_lambda).

        Exits with 3 if nothing was received and 4 if the response cannot be used; both are stored in the lake.""",
        """velib ingest
        velib ingest --feed opendatasoft --json""",
        arguments.run,
        pipeline.ingest,
    ),
    Command(
        "clean",
        _STEPS,
        "build the clean tables from the raw store",
        """Build the clean tables from the raw store (on AWS: velib_clean_job).

        Hours already built from the same raw fetches are skipped, so it can be run at any time. An hour that would be
        built from fewer fetches than before, because raw has expired, is left unchanged and reported (exit code 5).""",
        """velib clean
        velib clean --since 2026-11-01 --until 2026-11-07 --again""",
        arguments.clean,
        pipeline.clean,
    ),
    Command(
        "catalog",
        _STEPS,
        "list what the lake holds, compact closed days",
        """List what the lake holds, and compact closed days for long queries (on AWS: velib_clean_crawler).""",
        """velib catalog
        velib catalog --json""",
        arguments.on_lake,
        pipeline.catalog,
    ),
    Command(
        "rollup",
        _STEPS,
        "sum closed days, for questions over months and years",
        """Sum closed local days, for questions over months and years: rollup/ in the lake, one file a month and table.

        Only days whose hours have changed are rolled up again. `velib run`, `watch` and `publish` roll up each day when
        it closes, two hours after its end; `velib import` rolls up the days that it adds.""",
        """velib rollup
        velib rollup --since 2025-01 --until 2025-06 --again""",
        arguments.rollup,
        pipeline.rollup,
    ),
    Command(
        "publish",
        _STEPS,
        "write the page and its data to site/ in the lake",
        """Write the site to site/ in the lake: the page, every KPI as JSON, CSV, Parquet and GeoJSON, the replay and
        the report of each day. Files that have not changed are not rewritten.

        Any static web server or bucket can host the result. If the page is not built, only the data is written.""",
        """velib publish
        velib publish --lake s3://my-bucket/velib --reports 31""",
        arguments.publish,
        pipeline.publish,
    ),
    Command(
        "kpi",
        _ASK,
        "show a KPI, or write it to a file; without a name, list them",
        """Show a KPI as a table or write it to a file. Without a name, list the KPI and the question each answers.

        A KPI covers now or the last days. A history covers any span of closed days and is answered from the rollup.""",
        """velib kpi
        velib kpi top10_2hour
        velib kpi saturation_par_arrondissement --format csv --output zones.csv
        velib kpi taux_remplissage --format geojson > stations.geojson
        velib kpi shortage --engine athena
        velib kpi history_zones --since 2025-01 --until 2025-06 --by week
        velib kpi history_stations --by year --station 16107 --format csv""",
        arguments.kpi,
        analysis.kpi,
    ),
    Command(
        "query",
        _ASK,
        "run a read-only SELECT over the tables and views",
        """Run a read-only SELECT over the tables and views of the lake, with limits on memory and time.""",
        """velib query --tables
        velib query "SELECT outcome, count(*) AS ticks FROM ticks GROUP BY outcome"
        velib query - --output out.parquet < question.sql""",
        arguments.query,
        analysis.query,
    ),
    Command(
        "serve",
        _ASK,
        "serve the page and the API on this machine",
        """Serve the page and the API on this machine, read-only, until Ctrl-C. New ticks appear as they arrive.

        The page is at /, the reference of the API at /api/docs. While the lake is empty the page says how to fill it.
        Other machines can reach it only with --host.""",
        """velib serve
        velib serve --lake demo-lake --port 8080 --no-open
        velib serve --lake s3://my-bucket/velib --host 0.0.0.0""",
        arguments.serve,
        serve.serve,
    ),
    Command(
        "insights",
        _ASK,
        "report on a day, in sentences and figures",
        """Report on a local day, in sentences and figures, on the terminal, as an HTML page or as JSON.

        Without --date it is the latest day with data. A day that is not over, or was poorly observed, is marked.""",
        """velib insights
        velib insights --date 2026-03-04 --lang fr
        velib insights --json
        velib insights --format html --output report.html""",
        insights.add_arguments,
        insights.insights,
    ),
    Command(
        "export",
        _ASK,
        "write a month as files that can be cited",
        """Write a month, or a span of local days, as files that can be cited: observations, ticks, and daily figures by
        station and zone, as Parquet and CSV, with a codebook, datapackage.json (Frictionless), licence and
        attribution, coverage and known faults, and the SHA-256 of every file.

        The same lake gives the same bytes. `velib import` reads the observations back.""",
        """velib export --month 2026-03 --to velib-2026-03
        velib export --since 2026-03-02 --until 2026-03-04 --to three-days --format parquet""",
        arguments.export,
        export.export,
    ),
    Command(
        "doctor",
        _CARE,
        "check the lake, the feed and the settings",
        """Check the lake, the feed and the settings, and say what to do about each problem.

        Exits with 1 if something is wrong, else 0. With --feed and without --lake, check any feed on its own: its
        files and fields against the GBFS specification, its clocks, whether its counts change, and what the
        pipeline makes of it. Then 3 means that the feed could not be fetched, 4 that it cannot be used.""",
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
        "estimate what the pipeline costs on AWS",
        """Estimate what a month of the pipeline costs on AWS, line by line, for the Terraform settings that affect it.

        Needs no account: quantities times the prices of us-east-1 that come with the package, each with its date and
        source.""",
        """velib cost
        velib cost --clean-engine lambda --catalog projection --no-publish
        velib cost --cadence 60 --json""",
        cost.add_arguments,
        cost.cost,
    ),
    Command(
        "network",
        _CARE,
        "show or correct what the lake knows of its network",
        """Show what the lake knows of its network: source, name, time zone, cadence, licence, address of the feed.

        `set` corrects it in network.json. A new time zone applies to every hour: local dates, hours and weekdays are
        derived again from the UTC instants, even if raw has expired.""",
        """velib network
        velib network set --timezone America/Toronto
        velib network set --feed https://example.org/moved/gbfs.json""",
        network.add_arguments,
        network.network,
    ),
    Command(
        "remove-tick",
        _CARE,
        "remove ticks, such as those with a wrong date",
        """Remove ticks from the lake, such as those dated by a machine with a wrong clock.

        Their raw fetches are moved to removed/, and everything derived is rebuilt without them: ledger, clean tables,
        quarantine, closed days and the site, if there is one. --undo restores them.""",
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
        """Fetch zone polygons into the lake. Hours cleaned afterwards find zones by polygon, not by station code.""",
        """velib zones
        velib zones communes.geojson && velib clean""",
        arguments.zones,
        pipeline.zones,
    ),
    Command(
        "basemap",
        _CARE,
        "extract the streets of the city from a PMTiles archive",
        """Extract the network's area from a PMTiles archive into the lake, as reference/basemap.pmtiles.

        The area is the bounding box of the stations and 5 km around it. From an archive on the web only the tiles in
        that area are fetched, by range requests; their size is printed first. Attribution and layers are those of the
        archive.""",
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
