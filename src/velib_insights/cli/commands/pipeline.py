"""Commands that fill the lake."""

from __future__ import annotations

import signal
import threading
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from velib_insights.cli.commands.worker import Worker
from velib_insights.cli.options import settings_from
from velib_insights.cli.terminal.messages import answer, counted, say
from velib_insights.cli.terminal.step_summaries import (
    ingested_json,
    line,
    report_cleaning,
    report_removal,
)
from velib_insights.core.masking import masked_url
from velib_insights.core.ticks.local_span import days_of

if TYPE_CHECKING:
    from velib_insights.core.ticks.tick import Tick
    from velib_insights.settings import Settings


def run(args: Namespace) -> None:
    settings = settings_from(args)
    worker = Worker(settings, create=True)
    tick = _tick(args.tick, worker.network.cadence_s)
    done = worker.run(tick)
    done.ingested.raise_if_unusable()
    published = _published_count(worker, has_wrong_clock=done.ingested.clock_error_s != 0)
    if args.json:
        answer({"tick": done.ingested.tick.stamp, **ingested_json(done.ingested), "published": published})
    else:
        say(line(done.ingested, done.cleaned))
        say(f"Ask it: velib kpi top10_2hour --lake {settings.lake}")


def _published_count(worker: Worker, *, has_wrong_clock: bool) -> int:
    """Files written. By a clock that is behind, a tick filed where it belongs lies ahead and is not shown yet."""
    from velib_insights.core.errors import NothingThere
    from velib_insights.wiring import REPORTS_A_TICK

    try:
        return len(worker.publish(most_reports=REPORTS_A_TICK).keys)
    except NothingThere as error:
        if not has_wrong_clock:
            raise
        say(f"warning: nothing is published: {error.message}")
        return 0


def watch(args: Namespace) -> None:
    settings = settings_from(args)
    worker = Worker(settings, create=True)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    say(
        f"Watching {masked_url(settings.feed)} every {worker.network.cadence_s // 60} min into {settings.lake}. "
        "Ctrl-C stops."
    )
    with notifying(settings, worker) as after_tick:
        worker.watch(stop, args.ticks, after_tick)
    if worker.warnings:
        say("Stopped. The warnings above still hold: see `velib doctor`.")
    else:
        say("Stopped; what was taken in is stored.")


@contextmanager
def notifying(settings: Settings, worker: Worker) -> Iterator[Callable[[], object]]:
    """What to call after each tick that was published. Raises SettingsError for rules without an address, or the
    other way round."""
    from velib_insights.adapters.webhook import Webhook
    from velib_insights.core.errors import SettingsError
    from velib_insights.core.notices import EXAMPLES, parse_rules
    from velib_insights.steps.notify import Notifier

    rules = parse_rules(settings.notify_when)
    if not settings.notify_url and not rules:
        yield lambda: None
        return
    if not settings.notify_url:
        raise SettingsError("there are rules to notify of and no address", hint="Give one by --notify-url.")
    if not rules:
        raise SettingsError(
            "there is an address to notify and no rule", hint=f'Give one by --notify-when "{EXAMPLES}".'
        )
    hook = Webhook(settings.notify_url, worker.warn)
    try:
        yield Notifier(worker.lake, rules, hook.send, worker.warn).look
    finally:
        hook.close()


def ingest(args: Namespace) -> None:
    settings = settings_from(args)
    worker = Worker(settings, create=True)
    done = worker.ingest(_tick(args.tick, worker.network.cadence_s))
    if args.json:
        answer({"tick": done.tick.stamp, **ingested_json(done)})
    done.raise_if_unusable()
    if not args.json:
        say(line(done))


def clean(args: Namespace) -> None:
    from velib_insights.core.ticks.tick import hour_span

    first, last = hour_span(args.since, args.until)
    worker = Worker(settings_from(args))
    done = worker.clean(first, last, again=args.again, allow_fewer=args.allow_fewer)
    report_cleaning(done, as_json=args.json)
    done.raise_if_failed()


def catalog(args: Namespace) -> None:
    done = Worker(settings_from(args)).catalog()
    if args.json:
        answer(asdict(done) | {"hours_missing": [hour.stamp for hour in done.hours_missing]})
    elif done.first_date is None:
        say("The lake holds no cleaned data yet.")
    else:
        say(f"{done.hours} hours from {done.first_date} to {done.last_date}.")
        say(f"Closed days compacted: {len(done.days_compacted)} now, {done.days_before} before.")
    done.raise_if_incomplete()


def rollup(args: Namespace) -> None:
    from velib_insights.steps.history import rolled_up

    since, until = days_of(args.since, args.until)
    worker = Worker(settings_from(args))
    done = worker.rollup(since, until, again=args.again)
    there = rolled_up(worker.lake)
    if args.json:
        first, last = there or (None, None)
        answer(
            {
                "days_made": [day.isoformat() for day in done.made],
                "days_unchanged": done.unchanged,
                "first_day": first and first.isoformat(),
                "last_day": last and last.isoformat(),
            }
        )
        return
    days = counted(len(done.made), "day", "days")
    say(f"{days} rolled up, {done.unchanged} already up to date.")
    if there is None:
        say("No day of the lake is closed yet: a day closes two hours after its end.")
    else:
        say(f"The rollup has the days from {there[0]} to {there[1]}. Ask it: velib kpi history_zones")


def publish(args: Namespace) -> None:
    from velib_insights.adapters import built_page

    settings = settings_from(args)
    done = Worker(settings).publish(most_reports=args.reports, allow_fewer=args.allow_fewer)
    if args.json:
        answer({"keys": done.keys, "snapshot_at": done.snapshot_at, "has_page": done.has_page})
    else:
        say(f"{len(done.keys)} files written under {settings.lake}/site/, as of {done.snapshot_at}.")
        if not done.has_page:
            say(f"They are the data alone. {built_page.fault()}")


def zones(args: Namespace) -> None:
    for key, count in Worker(settings_from(args), create=True).fetch_zones(args.files):
        say(f"{count} zones in {key}")
    say("Now run `velib clean`: it places every station anew.")


def remove_tick(args: Namespace) -> None:
    from velib_insights.core.errors import NothingThere, SettingsError
    from velib_insights.core.ticks.tick import Tick
    from velib_insights.steps.removal import removable
    from velib_insights.steps.site.manifest import MANIFEST_KEY
    from velib_insights.wiring import REPORTS_A_TICK

    try:
        ticks = sorted({Tick.parse(stamp) for stamp in args.ticks})
    except ValueError as error:
        raise SettingsError(str(error)) from error
    worker = Worker(settings_from(args))
    if args.dry_run or not (args.yes or args.undo):
        report_removal(
            removable(worker.lake, worker.network.source, ticks), "would be taken out", as_json=args.json
        )
        if not args.dry_run:
            raise SettingsError(
                "nothing was taken out", hint="Add --yes to do it; --undo puts the ticks back."
            )
        return
    moved = worker.remove_ticks(ticks, undo=args.undo)
    done = worker.catalog()
    with suppress(NothingThere):  # no tick is left that could be observed
        worker.rollup()
    if worker.lake.get(MANIFEST_KEY) is not None:
        with suppress(NothingThere):  # no tick is left that a page could show; the one published stays
            worker.publish(most_reports=REPORTS_A_TICK)
    report_removal(moved, "put back" if args.undo else "taken out", as_json=args.json)
    done.raise_if_incomplete()


def _tick(stamp: str | None, cadence_s: int) -> Tick:
    from velib_insights.core.errors import SettingsError
    from velib_insights.core.ticks.tick import Tick

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
