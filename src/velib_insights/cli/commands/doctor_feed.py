"""`velib doctor --feed URL`: a feed checked without a lake, and the report for its publisher."""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from importlib.metadata import version
from typing import TYPE_CHECKING

from velib_insights.cli.commands.doctor import drawing_findings, print_areas
from velib_insights.cli.options import settings_from
from velib_insights.cli.terminal.messages import answer, progress, say
from velib_insights.cli.terminal.output import write
from velib_insights.core.printable import printable_lines

if TYPE_CHECKING:
    from velib_insights.steps.doctor.feed.check import FeedCheck

_EVERY_S = 60


def check(args: Namespace) -> int:
    """Exit code 0, 1 for faults, 3 for a feed that did not come, 4 for one that cannot be used."""
    from velib_insights import wiring
    from velib_insights.steps.doctor.feed.check import check_feed
    from velib_insights.steps.doctor.feed.report import as_dict, format_of, rendered

    polls = 1 if args.polls is None else args.polls
    every_s = _EVERY_S if args.every is None else args.every
    if args.report is not None:
        format_of(args.report.name)
    settings = settings_from(args)
    network, zones = wiring.checked_network(settings)
    with progress(quiet=args.json) as bar:
        task = bar.add_task("fetching every file", total=polls)

        def wait(number: int) -> None:
            bar.update(task, completed=number - 1, description=f"answer {number} of {polls}, in {every_s} s")
            if not args.json and not sys.stderr.isatty():
                say(f"Answer {number} of {polls} in {every_s} s.")
            time.sleep(every_s)

        found = check_feed(wiring.survey_of(settings), network, zones, polls=polls, wait=wait)
        bar.update(task, completed=polls)
    if args.report is not None:
        write(rendered(found, format_of(args.report.name), version("velib-insights")).encode(), args.report)
    if args.json:
        answer(as_dict(found))
    else:
        _print(found)
    if args.report is not None:
        say(f"The report is in {args.report}.")
    return found.exit_code


def _print(found: FeedCheck) -> None:
    from velib_insights.steps.doctor.feed.report import about, result

    findings = [remark.finding(found.version) for remark in found.remarks]
    with drawing_findings() as console:
        print_areas(console, findings, {"feed": f"Feed {found.url}"})
        console.print(printable_lines(about(found, version("velib-insights"))))
        console.print(printable_lines(result(found)))
