"""Commands that fill the lake."""

from __future__ import annotations

import signal
import threading
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from velib_insights.cli.options import (
    AttemptsOption,
    CadenceOption,
    ConfigOption,
    DeadlineOption,
    FeedOption,
    JsonOption,
    LakeOption,
    ReadTimeoutOption,
    SourceOption,
    TimezoneOption,
    WorkersOption,
    settings_from,
)
from velib_insights.cli.report import line, report_cleaning, report_replay, told
from velib_insights.cli.show import answer, say
from velib_insights.cli.worker import Worker

if TYPE_CHECKING:
    from velib_insights.core.tick import Hour, Tick

TickOption = Annotated[
    str | None,
    typer.Option(
        "--tick", help="The tick to ask for, as 20261123T0815Z; the last one by default.", metavar="TICK"
    ),
]


def run(
    lake: LakeOption = None,
    source: SourceOption = None,
    feed: FeedOption = None,
    cadence: CadenceOption = None,
    timezone: TimezoneOption = None,
    attempts: AttemptsOption = None,
    deadline: DeadlineOption = None,
    read_timeout: ReadTimeoutOption = None,
    tick: TickOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """One tick from the live feed, all steps: ingest, clean, catalog, kpi, publish.

    Run it every 15 minutes from cron or systemd, or let [bold]velib watch[/bold] do so. Doing it again for the
    same tick changes nothing.

    [dim]velib run
    velib run --lake s3://my-bucket/velib
    velib run --feed https://example.org/gbfs/gbfs.json --source lyon --lake lyon[/dim]
    """
    settings = settings_from(**_given(locals()))
    worker = Worker(settings, create=True)
    done = worker.run(_tick(tick, settings.cadence_s))
    done.ingested.raise_if_unusable()
    published = worker.publish()
    if as_json:
        answer({"tick": done.ingested.tick.stamp, **told(done.ingested), "published": len(published.keys)})
    else:
        say(line(done.ingested, done.cleaned))
        say(f"Ask it: velib kpi top10_2hour --lake {settings.lake}")


def watch(
    lake: LakeOption = None,
    source: SourceOption = None,
    feed: FeedOption = None,
    cadence: CadenceOption = None,
    timezone: TimezoneOption = None,
    attempts: AttemptsOption = None,
    deadline: DeadlineOption = None,
    read_timeout: ReadTimeoutOption = None,
    ticks: Annotated[
        int, typer.Option("--ticks", help="Stop after so many ticks; 0 goes on for ever.", min=0)
    ] = 0,
    config: ConfigOption = None,
) -> None:
    """The same as run, every 15 minutes, for ever. Survives faults of the feed; Ctrl-C or SIGTERM stops it cleanly.

    A tick that fails is kept in the ledger, said on standard error, and the next one is tried in its turn.

    [dim]velib watch
    velib watch --cadence 5 --lake lake5[/dim]
    """
    settings = settings_from(**_given(locals()))
    worker = Worker(settings, create=True)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    say(f"Watching {settings.feed} every {settings.cadence} min into {settings.lake}. Ctrl-C stops.")
    worker.watch(stop, ticks)
    say("Stopped; the lake is whole.")


def ingest(
    lake: LakeOption = None,
    source: SourceOption = None,
    feed: FeedOption = None,
    cadence: CadenceOption = None,
    timezone: TimezoneOption = None,
    attempts: AttemptsOption = None,
    deadline: DeadlineOption = None,
    read_timeout: ReadTimeoutOption = None,
    tick: TickOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask the feed once and keep what it answers, verbatim (on AWS: velib_ingest_lambda).

    Exit code 3 where nothing came, 4 where what came cannot be used; both are kept in the lake all the same.

    [dim]velib ingest
    velib ingest --feed opendatasoft --json[/dim]
    """
    settings = settings_from(**_given(locals()))
    worker = Worker(settings, create=True)
    done = worker.ingest(_tick(tick, settings.cadence_s))
    if as_json:
        answer({"tick": done.tick.stamp, **told(done)})
    done.raise_if_unusable()
    if not as_json:
        say(line(done))


def clean(
    lake: LakeOption = None,
    since: Annotated[
        str | None,
        typer.Option("--since", help="First hour, UTC: 2026-11-22 or 2026-11-22T08.", metavar="HOUR"),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", help="Last hour, UTC, included.", metavar="HOUR")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Also hours whose raw has not changed.")] = False,
    workers: WorkersOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make the clean tables from the raw store (on AWS: velib_clean_job).

    Hours that were made from the very same raw are left alone, so it can be run at any time.

    [dim]velib clean
    velib clean --since 2026-11-01 --until 2026-11-07 --again[/dim]
    """
    settings = settings_from(**_given(locals()))
    worker = Worker(settings)
    done = worker.clean(_hour(since), _hour(until, last=True), again=again)
    report_cleaning(done, as_json=as_json)


def catalog(lake: LakeOption = None, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Say what the lake holds, and compact closed days for long questions (on AWS: velib_clean_crawler).

    [dim]velib catalog --json[/dim]
    """
    settings = settings_from(**_given(locals()))
    done = Worker(settings).catalog()
    if as_json:
        answer(asdict(done))
    elif done.first_date is None:
        say("The lake holds no cleaned data yet.")
    else:
        say(f"{done.hours} hours from {done.first_date} to {done.last_date}.")
        say(f"Closed days compacted: {len(done.days_compacted)} now, {done.days_before} before.")


def publish(lake: LakeOption = None, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Write the KPI as JSON, CSV and Parquet under site/data/ of the lake.

    [dim]velib publish --lake s3://my-bucket/velib[/dim]
    """
    settings = settings_from(**_given(locals()))
    done = Worker(settings).publish()
    if as_json:
        answer(asdict(done))
    else:
        say(f"{len(done.keys)} files under {settings.lake}/site/data/, as of {done.snapshot_at}.")


def replay(
    folder: Annotated[Path, typer.Argument(help="Folder of recorded bodies.", metavar="DIR")],
    lake: LakeOption = None,
    source: SourceOption = None,
    cadence: CadenceOption = None,
    timezone: TimezoneOption = None,
    workers: WorkersOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Recorded bodies through the pipeline: kept as raw, cleaned, catalogued.

    Names tell the time of the fetch (2024-11-05T075501Z.json.gz); the cadence is measured from them unless given.
    Replaying a folder again changes nothing.

    [dim]velib replay recordings/2024-11-05 --lake replayed
    velib kpi top10_2hour --lake replayed[/dim]
    """
    from velib_insights.steps.replay import measured_cadence_s, recordings_in

    settings = settings_from(**_given(locals()))
    recordings = recordings_in(folder)
    cadence_s = settings.cadence_s if "cadence" in settings.given else measured_cadence_s(recordings)
    worker = Worker(settings, create=True)
    kept = worker.replay(recordings, cadence_s)
    cleaned = worker.clean(kept[0].tick.hour, kept[-1].tick.hour)
    worker.catalog()
    report_replay(kept, cleaned, cadence_s, as_json=as_json)


def zones(
    files: Annotated[
        list[str] | None,
        typer.Argument(help="GeoJSON of polygons; the 20 arrondissements by default.", metavar="FILE|URL…"),
    ] = None,
    lake: LakeOption = None,
    config: ConfigOption = None,
) -> None:
    """Fetch zone polygons into the lake. Hours cleaned after it place stations by polygon instead of by code.

    [dim]velib zones
    velib zones communes.geojson && velib clean[/dim]
    """
    settings = settings_from(**_given(locals()))
    for key, count in Worker(settings, create=True).fetch_zones(files or []):
        say(f"{count} zones in {key}")
    say("Now run `velib clean`: it places every station anew.")


def _given(values: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a command that are settings, and the settings file."""
    from velib_insights.settings import SETTINGS

    known = {setting.name for setting in SETTINGS} | {"config"}
    return {"config": None} | {name: value for name, value in values.items() if name in known}


def _tick(stamp: str | None, cadence_s: int) -> Tick:
    from velib_insights.core.errors import SettingsError
    from velib_insights.core.tick import Tick

    if stamp is None:
        return Tick.at_or_before(datetime.now(UTC), cadence_s)
    try:
        tick = Tick.parse(stamp)
    except ValueError as error:
        raise SettingsError(str(error)) from error
    if tick.epoch % cadence_s:
        raise SettingsError(
            f"{stamp} is no tick of a cadence of {cadence_s // 60} minutes",
            hint=f"The one before it is {Tick.at_or_before(tick.at, cadence_s).stamp}.",
        )
    return tick


def _hour(text: str | None, *, last: bool = False) -> Hour | None:
    from velib_insights.core.errors import SettingsError
    from velib_insights.core.tick import Hour

    if text is None:
        return None
    date, _, hour = text.partition("T")
    try:
        return Hour.parse(date, hour or ("23" if last else "00"))
    except ValueError as error:
        raise SettingsError(
            f"{text!r} is no hour", hint="Write 2026-11-22 or 2026-11-22T08, in UTC."
        ) from error
