"""`velib export`: a month that can be cited."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict
from pathlib import Path

from velib_insights.cli.options import settings_from
from velib_insights.cli.terminal.messages import answer, counted, progress, say
from velib_insights.core.errors import SettingsError


def export(args: Namespace) -> None:
    from importlib.metadata import version

    from velib_insights import wiring
    from velib_insights.core.ticks.local_span import LocalSpan
    from velib_insights.steps.export import FORMS, month_of
    from velib_insights.steps.export import export as write

    since, until = month_of(args.month) if args.month else (args.since, args.until)
    if args.month and (args.since or args.until):
        raise SettingsError("--month and --since or --until exclude each other", hint="Give one of them.")
    if since is None and until is None:
        raise SettingsError("no span is given", hint="Give --month 2026-03, or --since and --until.")
    settings = settings_from(args)
    lake = wiring.open_lake(settings)
    network = wiring.network_of(settings, lake)
    span = [f"--month {args.month}"] if args.month else []
    span += [f"--{name} {value}" for name, value in (("since", args.since), ("until", args.until)) if value]
    forms = args.format or FORMS
    with progress() as bar:
        task = bar.add_task("writing days", total=None)
        done = write(
            lake,
            network,
            LocalSpan.of(since, until, network.timezone),
            Path(args.to),
            command=" ".join(["velib export", *span, *(f"--format {form}" for form in args.format or ())]),
            software=f"velib-insights {version('velib-insights')}",
            forms=forms,
            limits=wiring.limits_of(settings),
            on_day=lambda _: bar.advance(task),
        )
    cover = done.coverage
    if args.json:
        answer(
            {
                "folder": str(done.folder),
                "files": [asdict(file) for file in done.files],
                "coverage": asdict(cover),
            }
        )
        return
    share = "" if cover.share is None else f" ({cover.share:.1%})"
    for file in done.files:
        say(f"{done.folder / file.path}  {counted(file.rows, 'row', 'rows')}, {file.size / 1e6:,.1f} MB")
    say(f"{cover.ticks_observed:,} of {cover.ticks_due:,} expected ticks observed{share}.")
    say(
        "README.md has the coverage and the columns, datapackage.json describes the files, SHA256SUMS checks them."
    )
