"""The steps wired to the settings, with their progress shown: what the commands of the pipeline share."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from velib_insights.cli.terminal.messages import progress, say
from velib_insights.cli.terminal.step_summaries import line

if TYPE_CHECKING:
    from velib_insights.core.clean import CleaningMemory
    from velib_insights.core.network import Network
    from velib_insights.core.ticks.tick import Hour, Tick
    from velib_insights.core.zones import Zones
    from velib_insights.settings import Settings
    from velib_insights.steps.catalog import Catalogued
    from velib_insights.steps.clean_hours import HoursCleaned
    from velib_insights.steps.importing.store import Stored
    from velib_insights.steps.ingest import Ingested
    from velib_insights.steps.publish import Published
    from velib_insights.steps.removal import TickMoved
    from velib_insights.steps.rollup import RolledUp
    from velib_insights.steps.tick_pipeline import TickDone
    from velib_insights.wiring.importing import PreparedImport


class Worker:
    """Opens the lake once; every method is one step. Raises what the steps raise."""

    def __init__(self, settings: Settings, *, create: bool = False) -> None:
        from velib_insights import wiring

        self._wiring = wiring
        self.settings = settings
        self.warnings: list[str] = []
        self._memory: CleaningMemory | None = None
        self._intake = wiring.IngestSession(settings, create=create, warn=self.warn)
        self.lake = self._intake.lake

    @property
    def network(self) -> Network:
        return self._intake.network

    def warn(self, text: str) -> None:
        """Says it once, on standard error, however often it is met."""
        if text not in self.warnings:
            self.warnings.append(text)
            say(f"warning: {text}")

    def ingest(self, tick: Tick) -> Ingested:
        return self._intake.ingest(tick, datetime.now(UTC))

    def run(self, tick: Tick) -> TickDone:
        from velib_insights.core.clean import CleaningMemory
        from velib_insights.wiring.ticks import run_tick

        self._memory = self._memory or CleaningMemory()
        return run_tick(self._intake, tick, datetime.now(UTC), self._memory)

    def watch(
        self, stop: threading.Event, most: int, after_tick: Callable[[], object] = lambda: None
    ) -> None:
        """Tick after tick until `stop` is set, or `most` of them; what goes wrong is said and outlived.

        `after_tick` is called when a tick is published.
        """
        from velib_insights.core.errors import VelibError
        from velib_insights.core.ticks.tick import Tick

        done = 0
        while not stop.is_set() and (not most or done < most):
            tick = Tick.at_or_before(datetime.now(UTC), self.network.cadence_s)
            try:
                result = self.run(tick)
                say(line(result.ingested, result.cleaned))
                if result.ingested.outcome == "ok":
                    self.publish(most_reports=self._wiring.REPORTS_A_TICK)
                    after_tick()
            except VelibError as error:
                say(f"{tick.at:%Y-%m-%d %H:%M UTC}  error: {error.message}. {error.hint}")
            done += 1
            if not most or done < most:
                stop.wait(max(0.0, tick.epoch + self.network.cadence_s - time.time()))

    def clean(
        self, first: Hour | None, last: Hour | None, *, again: bool = False, allow_fewer: bool = False
    ) -> HoursCleaned:
        from velib_insights.steps.clean import clean_all, hours_to_clean
        from velib_insights.steps.clean_hours import HoursCleaned, raise_if_unbounded

        raise_if_unbounded(first, last, allow_fewer=allow_fewer)
        source = self._intake.remembered().source
        hours = hours_to_clean(self.lake, source, first, last)
        with progress() as bar:
            task = bar.add_task("cleaning hours", total=len(hours))
            done = clean_all(
                self.lake,
                source,
                hours,
                self._zones(),
                again=again,
                allow_fewer=allow_fewer,
                workers=self.settings.workers or os.cpu_count() or 1,
                on_hour=lambda _: bar.advance(task),
            )
        return HoursCleaned.of(done)

    def remove_ticks(self, ticks: Sequence[Tick], *, undo: bool = False) -> list[TickMoved]:
        """Take ticks out of the lake, or put them back."""
        from velib_insights.steps.removal import put_back, remove

        with progress() as bar:
            task = bar.add_task("putting ticks back" if undo else "taking ticks out", total=len(ticks))
            step = put_back if undo else remove
            return step(self.lake, self.network.source, ticks, self._zones(), lambda _: bar.advance(task))

    def catalog(self) -> Catalogued:
        from velib_insights.steps.catalog import catalog, days_to_compact

        with progress() as bar:
            task = bar.add_task("compacting days", total=days_to_compact(self.lake, self.network.source))
            return catalog(self.lake, self.network.source, lambda _: bar.advance(task))

    def rollup(
        self, since: date | None = None, until: date | None = None, *, again: bool = False
    ) -> RolledUp:
        """Sum the closed days that are not rolled up yet or whose hours have changed since."""
        from velib_insights.steps.rollup import rollup

        network = self._wiring.network_of(self.settings, self.lake)
        with progress() as bar:
            task = bar.add_task("rolling up days", total=None)
            return rollup(
                self.lake,
                network.source,
                network.timezone,
                since=since,
                until=until,
                again=again,
                limits=self._wiring.limits_of(self.settings),
                on_day=lambda done, of: bar.update(task, completed=done, total=of),
            )

    def publish(self, *, most_reports: int | None = None, allow_fewer: bool = False) -> Published:
        """Compact closed days, then write what changed of the site. Of the days' reports no more than so many."""
        with progress() as bar:
            task = bar.add_task("publishing", total=None)
            return self._wiring.publish_site(
                self.settings,
                self.lake,
                self._wiring.network_of(self.settings, self.lake),  # the time zone may have been mended since
                most_reports=most_reports,
                allow_fewer=allow_fewer,
                on_batch=lambda done, of: bar.update(task, completed=done, total=of),
            )

    def import_(self, prepared: PreparedImport) -> Stored:
        with progress() as bar:
            task = bar.add_task("storing fetches", total=len(prepared.plan.fetches))
            return prepared.store(self._intake, lambda _: bar.advance(task))

    def fetch_zones(self, places: Sequence[str]) -> list[tuple[str, int]]:
        from velib_insights.steps.zones import ARRONDISSEMENTS_URL, keep_zones

        return [keep_zones(self.lake, place) for place in places or [ARRONDISSEMENTS_URL]]

    def _zones(self) -> Zones:
        return self._wiring.zones_of(self.lake, self.network.source)
