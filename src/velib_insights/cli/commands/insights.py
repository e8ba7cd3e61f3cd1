"""The report of a day, on the terminal or as a file."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from velib_insights.cli.options import QUERY_SETTINGS, add_json, add_output, add_settings, settings_from

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from velib_insights.core.insights.report import DayReport
    from velib_insights.core.locale import Language, Locale

FORMATS = ("text", "html", "json")
_ENDINGS = {"html": "html", "htm": "html", "json": "json", "txt": "text"}
_WIDTH, _WIDEST = 100, 120
_NAME_WIDTH, _BAR_WIDTH = 24, 24
_ZONES = 6
_BLOCKS = " ▁▂▃▄▅▆▇█"
_CELLS = 72  # of the day's curve; a day of 24 hours has three an hour
_DRAWN = ("network", "worst_moment", "zones")  # topics that figures, curve and bars show already
_FIGURES = ("bike_availability", "dock_availability", "unusable_share", "bikes_moved")


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--date", metavar="DAY", help="Local day, as 2026-03-04; the latest with data by default."
    )
    parser.add_argument("--lang", choices=("en", "fr"), default="en", help="Language. (default en)")
    parser.add_argument(
        "--format",
        "-f",
        metavar="FORMAT",
        help="text, html or json; by the name of the output file, else text.",
    )
    add_output(parser)
    add_settings(parser, *QUERY_SETTINGS, "timezone")
    add_json(parser)


def insights(args: Namespace) -> None:
    from velib_insights.api import Lake
    from velib_insights.cli.terminal.messages import progress
    from velib_insights.core.insights.report import encode_report
    from velib_insights.steps.insights import parse_day

    chosen = _format(args)
    day = parse_day(args.date) if args.date else None
    lake = Lake(settings_from(args))
    with progress() as bar:
        bar.add_task("asking the lake", total=None)
        report = lake.insights(day, language=args.lang)
    if chosen == "json":
        _write(encode_report(report.facts) + b"\n", args.output)
    elif chosen == "html":
        _write(report.html().encode(), args.output)
    else:
        _show(report.facts, args.lang, args.output)


def _format(args: Namespace) -> str:
    from velib_insights.cli.terminal.output import chosen_format
    from velib_insights.core.errors import SettingsError

    asked = args.format or ("json" if args.json else None)
    if asked is not None and asked not in FORMATS:
        raise SettingsError(f"there is no format {asked!r}", hint=f"Formats: {', '.join(FORMATS)}.")
    return chosen_format(asked, args.output, _ENDINGS, "text", "text")


def _write(body: bytes, output: Path | None) -> None:
    from velib_insights.cli.terminal.messages import say
    from velib_insights.cli.terminal.output import is_standard_output, write

    write(body, output)
    if not is_standard_output(output):
        say(f"{output} written")


def _show(report: DayReport, language: Language, output: Path | None) -> None:
    import io

    from rich.console import Console

    from velib_insights.cli.terminal.capabilities import width
    from velib_insights.cli.terminal.output import is_standard_output

    if is_standard_output(output):
        console = Console(width=width(_WIDEST, piped=_WIDTH))
        with console.capture() as drawn:
            _draw(console, report, language)
        sys.stdout.write(_with_spaces(drawn.get()))
        return
    text = io.StringIO()
    _draw(Console(file=text, width=_WIDTH), report, language)
    _write(_with_spaces(text.getvalue()).encode(), output)


# Rich breaks lines at spaces that must not be broken, as before a French %: until it is done these stand in for them.
_HELD = {ord("\N{NO-BREAK SPACE}"): "\ue000", ord("\N{NARROW NO-BREAK SPACE}"): "\ue001"}
_SPACES = {ord(held): chr(space) for space, held in _HELD.items()}


def _with_spaces(drawn: str) -> str:
    return drawn.translate(_SPACES)


def _draw(console: Console, report: DayReport, language: Language) -> None:
    from rich.table import Table
    from rich.text import Text

    from velib_insights.core.insights.labels import label
    from velib_insights.core.insights.sentences import NOTICES
    from velib_insights.core.locale import Locale

    locale = Locale(language, report.timezone)
    said = dict(zip(report.topics, report.sentences[language], strict=True))
    day = locale.day(report.date)
    console.print(Text(f"{report.network_name} – {day}", style="bold"))
    for topic in NOTICES:
        if topic in said:
            console.print(Text(said[topic].translate(_HELD), style="yellow"))
    for part in (_figures(report, locale), _curve(report, locale, said), _zones(report, locale)):
        if part is not None:
            console.print()
            console.print(part)
    told = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    told.add_column(style="dim", no_wrap=True)
    told.add_column(ratio=1)
    for topic, text in said.items():
        if topic not in (*NOTICES, *_DRAWN):
            told.add_row(label(topic, language), Text(text.translate(_HELD)))
    if told.row_count:
        console.print()
        console.print(told)
    console.print()
    for text in (*report.cannot_be_known[language], report.attribution[language]):
        console.print(Text(text.translate(_HELD), style="dim"))


def _figures(report: DayReport, locale: Locale) -> Text | None:
    """The headline figures on one line or two: value, name, change since the day and the week before."""
    from rich.text import Text

    from velib_insights.core.insights.labels import label
    from velib_insights.pages.report_html import change, figure

    compared = {each.measure: each for each in report.comparisons}
    told = [compared[measure] for measure in _FIGURES if measure in compared]
    if not told:
        return None
    text = Text()
    for at, each in enumerate(told):
        text.append("" if at == 0 else "\n")
        text.append(f"{figure(each.measure, each.value, locale):>9}", style="bold")
        text.append(f"  {label(each.measure, locale.language)}")
        for name, baseline in (("day_before", each.day_before), ("week_before", each.week_before)):
            if baseline is not None:
                since = f"{change(each.measure, baseline, locale)} / {label(name, locale.language).lower()}"
                text.append(f"   {since}", style="dim")
    return text


def _curve(report: DayReport, locale: Locale, said: dict[str, str]) -> Text | None:
    """Unusable stations through the day, the most of each cell; a dot where nothing was observed."""
    from datetime import date, datetime, time

    from rich.text import Text

    from velib_insights.core.insights.facts import Day
    from velib_insights.core.ticks.local_time import zone_info

    day = Day(date.fromisoformat(report.date), report.timezone)
    length = day.end_epoch - day.start_epoch

    def cell(epoch: int) -> int:
        return (epoch - day.start_epoch) * _CELLS // length

    most: list[int | None] = [None] * _CELLS
    cadence_s = int(60 * (report.coverage.cadence_min or 0))
    for moment in report.moments:
        if moment.unusable_stations is not None:
            for at in range(
                cell(moment.epoch), min(cell(moment.epoch + max(cadence_s - 1, 0)), _CELLS - 1) + 1
            ):
                most[at] = max(most[at] or 0, moment.unusable_stations)
    top = max((count for count in most if count is not None), default=None)
    if top is None:
        return None
    until = cell(day.start_epoch + 60 * report.coverage.elapsed_minutes)
    text = Text(said.get("worst_moment", ""))
    text.append("\n")
    for at, count in enumerate(most):
        if count is None:
            text.append("·" if at < until else " ", style="dim")
        else:
            text.append(_BLOCKS[-(-count * (len(_BLOCKS) - 1) // top)] if top else _BLOCKS[1], style="cyan")
    axis = [" "] * (_CELLS + 8)
    for hour in (0, 6, 12, 18):
        at = cell(int(datetime.combine(day.local_date, time(hour), zone_info(day.timezone)).timestamp()))
        axis[at : at + 5] = locale.hour(hour).ljust(5)
    text.append("\n" + "".join(axis).rstrip(), style="dim")
    return text


def _zones(report: DayReport, locale: Locale) -> Text | None:
    """The zones hit hardest, as bars of the time lost."""
    from rich.text import Text

    from velib_insights.core.insights.labels import label
    from velib_insights.core.insights.report import LEAST_STATIONS_OF_ZONE

    hit = [
        zone
        for zone in report.zones
        if zone.unusable_share and zone.zone_code and zone.stations >= LEAST_STATIONS_OF_ZONE
    ][:_ZONES]
    if not hit:
        return None
    title = f"{label('unusable_share', locale.language)}, {label('by_zone', locale.language).lower()}"
    text = Text(title, style="bold")
    for zone in hit:
        share = zone.unusable_share or 0
        bar = "█" * max(1, round(_BAR_WIDTH * share / (hit[0].unusable_share or 1)))
        minutes = locale.count(zone.outage_minutes, "minute", "minutes")
        text.append(f"\n{zone.zone_name[:_NAME_WIDTH]:<{_NAME_WIDTH}} ", style="not bold")
        text.append(f"{bar:<{_BAR_WIDTH}} ", style="not bold dark_orange")
        text.append(f"{locale.percent(share):>8}", style="not bold")
        text.append(f"   {minutes:>16}", style="not bold dim")
    return text
