"""`velib import`: what others recorded, into the lake."""

from __future__ import annotations

from argparse import Namespace
from contextlib import ExitStack, suppress

from velib_insights.cli.commands.worker import Worker
from velib_insights.cli.options import settings_from
from velib_insights.cli.terminal.messages import progress


def import_(args: Namespace) -> None:
    from velib_insights.adapters.recordings.table_format import TableFormat
    from velib_insights.cli.terminal.import_summary import report_import
    from velib_insights.core.errors import NothingThere
    from velib_insights.wiring.importing import prepare_import

    settings = settings_from(args)
    with ExitStack() as stack:
        with progress() as bar:
            task = bar.add_task("reading files", total=None)
            prepared = prepare_import(
                settings,
                args.paths,
                stack,
                git=args.git or (),
                name_timezone=args.name_timezone,
                tables=TableFormat(args.columns, args.format, args.wide, args.only),
                on_member=lambda _: bar.advance(task),
            )
        if args.dry_run:
            report_import(prepared, as_json=args.json)
            return
        worker = Worker(settings, create=True)
        stored = worker.import_(prepared)
        cleaned = worker.clean(stored.first.hour, stored.last.hour) if stored.first and stored.last else None
        worker.catalog()
        if cleaned is not None:
            with suppress(NothingThere):  # nothing that came could be observed
                worker.rollup()
    report_import(prepared, stored, cleaned, as_json=args.json)
    if cleaned is not None:
        cleaned.raise_if_failed()
    if not args.skip_unknown:
        prepared.plan.account.raise_if_incomplete()
