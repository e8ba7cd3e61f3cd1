"""The simulated network: a demo of the whole pipeline, and a server to develop against."""

from __future__ import annotations

import threading
from argparse import Namespace
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from velib_insights.cli.commands.serve import has_person, serve_lake
from velib_insights.cli.options import settings_from
from velib_insights.cli.terminal.messages import answer, progress, say, table
from velib_insights.cli.terminal.step_summaries import line, report_cleaning

if TYPE_CHECKING:
    from velib_insights.cli.commands.worker import Worker
    from velib_insights.core.ticks.tick import Tick
    from velib_insights.steps.ingest import Ingested

DEMO_LAKE = "demo-lake"
START = "2026-03-02T17:45"  # two days later it is rush hour on a Wednesday
_SHOWN = (
    ("kpi_network_headline", 1),
    ("kpi_taux_remplissage", 5),
    ("kpi_shortage", 5),
    ("kpi_station_saturation", 5),
    ("kpi_saturation_par_arrondissement", 20),
    ("kpi_top10_2hour", 10),
    ("kpi_feed_health", 5),
)


def demo(args: Namespace) -> None:
    from velib_insights.cli.commands.worker import Worker
    from velib_insights.core.errors import NothingThere

    settings = settings_from(args, lake=DEMO_LAKE)
    worker = Worker(settings, create=True)
    kept = _live(worker, args)
    cleaned = worker.clean(None, None)
    with suppress(NothingThere):  # publishing says so
        worker.rollup()
    published = worker.publish()
    if args.json:
        answer({"lake": settings.lake, "ticks": len(kept), "published": published.keys})
        return
    for done in kept:
        if done.outcome != "ok":
            say(f"  {line(done)}")
    report_cleaning(cleaned, as_json=False)
    _show_kpis(worker)
    say(f"\nThe lake is in {settings.lake}. Ask it more:")
    say(f"  velib kpi --lake {settings.lake} NAME       (velib kpi lists them)")
    say(f'  velib query --lake {settings.lake} "SELECT …"')
    say(f"  velib insights --lake {settings.lake}")
    say(f"  velib doctor --lake {settings.lake} --offline")
    if args.serve or (args.serve is None and has_person()):
        say()
        serve_lake(settings, args.host, args.port, open_browser=args.open)
    else:
        say(f"  velib serve --lake {settings.lake}")


def simulate(args: Namespace) -> None:
    from velib_insights.simulator.feeds.faults import FaultPlan, demo_faults
    from velib_insights.simulator.server import SimulatorServer
    from velib_insights.simulator.world.network import Network

    begin = (_instant(args.start) if args.start else datetime.now(UTC)).timestamp()
    plan = demo_faults(int(begin)) if args.faults else FaultPlan()
    with SimulatorServer(
        Network(args.seed), faults=plan, port=args.port, start=begin, speed=args.speed
    ) as server:
        say(f"GBFS (Vélib' 1.0)  {server.gbfs_url}")
        for version in ("1.1", "2.3", "3.0"):
            say(f"GBFS {version}           {server.base_url}/gbfs/{version}/gbfs.json")
        say(f"Opendatasoft       {server.opendatasoft_url}")
        threading.Event().wait()


def _live(worker: Worker, args: Namespace) -> list[Ingested]:
    """Every tick of the days, asked over HTTP of a simulated network whose clock goes from tick to tick."""
    from velib_insights.adapters.feeds import GbfsFeed, HttpClient, HttpLimits
    from velib_insights.core.errors import SettingsError
    from velib_insights.core.ticks.tick import ticks_between
    from velib_insights.simulator.feeds.faults import FaultPlan, demo_faults
    from velib_insights.simulator.server import SimulatorServer
    from velib_insights.simulator.world.network import Network
    from velib_insights.steps.ingest import Ingested, ingest, notes_of_tick

    first = _instant(args.start)
    ticks = ticks_between(first, first + timedelta(days=args.days), worker.network.cadence_s)
    if not ticks:
        raise SettingsError(f"--days {args.days:g} holds no tick", hint="Simulate at least 0.1 days.")
    if ticks[-1].at > datetime.now(UTC):
        raise SettingsError(
            f"the demo's days would end at {ticks[-1].at:%Y-%m-%d %H:%M} UTC, ahead of this machine's clock",
            hint="Choose an earlier --start or fewer --days: a tick ahead of the clock takes no part in any figure.",
        )
    plan = demo_faults(ticks[0].epoch, worker.network.cadence_s) if args.faults else FaultPlan()
    now = ticks[0].at
    kept: list[Ingested] = []

    def simulated_time() -> float:
        return now.timestamp()

    # None of the demo's faults keeps us waiting, so patience costs nothing, and on a busy machine the same ticks come.
    limits = HttpLimits(read_s=15, deadline_s=60, attempts=2, backoff_s=0.01)
    with (
        SimulatorServer(Network(args.seed), clock=simulated_time, faults=plan) as server,
        progress() as bar,
    ):
        feed = GbfsFeed(server.gbfs_url, client=HttpClient(limits, clock=lambda: now))
        task = bar.add_task(f"living {args.days:g} days over HTTP", total=len(ticks))
        for tick in ticks:
            now = _asked_at(tick)
            before = notes_of_tick(worker.lake, worker.network.source, tick)
            if before:
                kept.append(Ingested(tick, before[0].outcome, before[0].reason, (), 0, was_present=True))
            else:
                kept.append(ingest(worker.lake, feed, tick, worker.network, how="simulated"))
            bar.advance(task)
    return kept


def _asked_at(tick: Tick) -> datetime:
    return tick.at + timedelta(seconds=1)


def _instant(text: str) -> datetime:
    from velib_insights.core.errors import SettingsError

    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise SettingsError(
            f"{text!r} is not a valid date", hint="Write 2026-03-03 or 2026-03-03T08:00Z."
        ) from error
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _show_kpis(worker: Worker) -> None:
    from velib_insights import wiring
    from velib_insights.cli.terminal.default_columns import default_columns
    from velib_insights.core.catalogue.views import view
    from velib_insights.steps.kpi import kpi

    engine = wiring.engine_of(worker.settings, worker.lake)
    for name, rows in _SHOWN:
        about = view(name)
        say()
        table(f"{name}: {about.question}", kpi(engine, name), default_columns(about), limit=rows)
