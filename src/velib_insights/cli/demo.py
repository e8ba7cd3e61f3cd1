"""The simulated network: a demo of the whole pipeline, and a server to develop against."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from velib_insights.cli.options import ConfigOption, JsonOption, settings_from
from velib_insights.cli.report import line, report_cleaning
from velib_insights.cli.show import answer, progress, say, table, telling

if TYPE_CHECKING:
    from velib_insights.cli.worker import Worker
    from velib_insights.core.tick import Tick
    from velib_insights.settings import Settings
    from velib_insights.steps.ingest import Ingested

DEMO_LAKE = "demo-lake"
_SHOWN = (
    ("kpi_network_headline", 1),
    ("kpi_taux_remplissage", 5),
    ("kpi_shortage", 5),
    ("kpi_station_saturation", 5),
    ("kpi_saturation_par_arrondissement", 20),
    ("kpi_top10_2hour", 10),
    ("kpi_feed_health", 5),
)


def demo(
    lake: Annotated[
        str | None,
        typer.Option("--lake", help="Where the demo's lake is made.", metavar="DIR", show_default=False),
    ] = None,
    days: Annotated[
        float, typer.Option("--days", help="How many days are simulated.", min=0.05, max=366)
    ] = 2,
    seed: Annotated[int, typer.Option("--seed", help="Another network and other days.")] = 1,
    start: Annotated[str, typer.Option("--start", help="First day, UTC.", metavar="DATE")] = "2026-03-03",
    faults: Annotated[
        bool, typer.Option("--faults/--no-faults", help="Let the feed fail now and then.")
    ] = True,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", hidden=True)] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """No network, no account: simulate two days of Vélib', run the whole pipeline on them, show the KPI.

    The simulated feed answers over HTTP on this machine, with the faults of the real one: a freeze, a body cut
    short, an empty shell, errors. Run again on the same lake, it only adds what is missing.

    [dim]velib demo
    velib demo --days 7 --lake week --seed 3[/dim]
    """
    del serve  # the page comes with `velib serve`; until then the demo ends with the KPI
    settings = settings_from(config, lake=lake or DEMO_LAKE)
    from velib_insights.cli.worker import Worker

    worker = Worker(settings, create=True)
    kept = _live(worker, settings, _day(start), days, seed, faults=faults)
    cleaned = worker.clean(None, None)
    worker.catalog()
    published = worker.publish()
    if as_json:
        answer({"lake": settings.lake, "ticks": len(kept), "published": list(published.keys)})
        return
    for done in kept:
        if done.outcome != "ok":
            say(f"  {line(done)}")
    report_cleaning(cleaned, as_json=False)
    _show_kpis(worker)
    say(f"\nThe lake is in {settings.lake}. Ask it more:")
    say(f"  velib kpi --lake {settings.lake} NAME       (velib kpi lists them)")
    say(f'  velib query --lake {settings.lake} "SELECT …"')
    say(f"  velib doctor --lake {settings.lake} --offline")


def simulate(
    port: Annotated[
        int, typer.Option("--port", help="Port on 127.0.0.1; 0 takes a free one.", min=0, max=65535)
    ] = 8765,
    seed: Annotated[int, typer.Option("--seed", help="Another network.")] = 1,
    speed: Annotated[float, typer.Option("--speed", help="Simulated seconds a second.", min=0.01)] = 1,
    start: Annotated[
        str | None, typer.Option("--start", help="Simulated instant to begin at, ISO 8601; now by default.")
    ] = None,
    faults: Annotated[
        bool, typer.Option("--faults/--no-faults", help="Let the feed fail now and then.")
    ] = False,
) -> None:
    """Serve the simulated network over HTTP, in every dialect, to develop and test against. Ctrl-C stops.

    [dim]velib simulate --speed 60
    velib run --feed http://127.0.0.1:8765/opendata/Velib_Metropole/gbfs.json --lake simulated[/dim]
    """
    from velib_insights.simulator.faults import FaultPlan, demo_faults
    from velib_insights.simulator.network import Network
    from velib_insights.simulator.server import SimulatorServer

    begin = (_day(start) if start else datetime.now(UTC)).timestamp()
    plan = demo_faults(int(begin)) if faults else FaultPlan()
    with SimulatorServer(Network(seed), faults=plan, port=port, start=begin, speed=speed) as server:
        say(f"GBFS (Vélib' 1.0)  {server.gbfs_url}")
        for version in ("1.1", "2.3", "3.0"):
            say(f"GBFS {version}           {server.base_url}/gbfs/{version}/gbfs.json")
        say(f"Opendatasoft       {server.opendatasoft_url}")
        threading.Event().wait()


def _live(
    worker: Worker, settings: Settings, first: datetime, days: float, seed: int, *, faults: bool
) -> list[Ingested]:
    """Every tick of the days, asked over HTTP of a simulated network whose clock goes from tick to tick."""
    from velib_insights.adapters.feeds import GbfsFeed, HttpClient, HttpLimits
    from velib_insights.core.tick import ticks_between
    from velib_insights.simulator.faults import FaultPlan, demo_faults
    from velib_insights.simulator.network import Network
    from velib_insights.simulator.server import SimulatorServer
    from velib_insights.steps.ingest import ingest

    ticks = ticks_between(first, first + timedelta(days=days), settings.cadence_s)
    plan = demo_faults(ticks[0].epoch, settings.cadence_s) if faults else FaultPlan()
    now = ticks[0].at
    kept: list[Ingested] = []
    # A simulated host answers at once or not at all: no reason to be as patient as with a real one.
    limits = HttpLimits(read_s=0.5, deadline_s=5, attempts=2, backoff_s=0.01)
    with (
        SimulatorServer(Network(seed), clock=(lambda: now.timestamp()), faults=plan) as server,
        progress() as bar,
    ):
        feed = GbfsFeed(server.gbfs_url, client=HttpClient(limits, clock=lambda: now))
        task = bar.add_task(f"living {days:g} days over HTTP", total=len(ticks))
        for tick in ticks:
            now = _asked_at(tick)
            kept.append(ingest(worker.lake, feed, tick, worker.network, how="simulated"))
            bar.advance(task)
    return kept


def _asked_at(tick: Tick) -> datetime:
    return tick.at + timedelta(seconds=1)


def _day(text: str) -> datetime:
    from velib_insights.core.errors import SettingsError

    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise SettingsError(f"{text!r} is no date", hint="Write 2026-03-03 or 2026-03-03T08:00Z.") from error
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _show_kpis(worker: Worker) -> None:
    from velib_insights import wiring
    from velib_insights.core.views import view
    from velib_insights.steps.kpi import kpi

    engine = wiring.engine_of(worker.settings, worker.lake)
    for name, rows in _SHOWN:
        about = view(name)
        say()
        table(f"{name}: {about.question}", kpi(engine, name), telling(about.columns), limit=rows)
