"""Writes docs/reference from the code: tables, views, rules, settings, commands, errors, lake, Athena, AWS, API.

python tools/reference.py            write the pages
python tools/reference.py --check    write nothing; exit code 1 where a page is not what it would be
"""

from __future__ import annotations

import inspect
import sys
from argparse import SUPPRESS, Action, ArgumentParser
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from itertools import dropwhile, takewhile
from pathlib import Path
from typing import Any, get_args, get_type_hints

from api_reference import api_page
from costs import costs_page
from infrastructure import infrastructure_page
from python_reference import python_page

from velib_insights import sql
from velib_insights.cli.command_list import COMMANDS, Command
from velib_insights.core import errors, fetch, keys, rules
from velib_insights.core.catalogue.ddl import create_external_table
from velib_insights.core.catalogue.history import HISTORY
from velib_insights.core.catalogue.rollups import ROLLUPS
from velib_insights.core.catalogue.tables import TABLES, Column
from velib_insights.core.catalogue.views import VIEWS, View
from velib_insights.core.ticks.tick import DEFAULT_CADENCE_S
from velib_insights.settings import SETTINGS, Setting

FOLDER = Path(__file__).parent.parent / "docs" / "reference"
SOURCES = "../../src/velib_insights"
MARK = "<!-- Written by tools/reference.py from the code. Change the code, then run `just docs`. -->"
ASKED_FOR = (
    "kpi_taux_remplissage",
    "kpi_shortage",
    "kpi_station_saturation",
    "kpi_saturation_par_arrondissement",
    "kpi_top10_2hour",
)
OUTCOMES = {
    "ok": "The body was whole and usable; it counts unless the tick is frozen or partial.",
    "fetch_failed": "The file with the counts did not come: no answer, or none but errors, within the deadline.",
    "unreadable": "A body came and is not the JSON it should be: cut short, not JSON, another shape.",
    "incomplete": "The body holds fewer stations than it announces, or a single page of a longer list.",
    "unusable": "The body could be read, but no row of it can be used, or most rows have no counts.",
}
OTHER_CODES = (
    (0, "Done."),
    (
        1,
        "`velib doctor` found something wrong, or a fault of velib-insights itself: please report it.",
    ),
    (130, "Interrupted by Ctrl-C."),
    (141, "The program that read the output left first, as `head` does."),
)
NOTE_FIELDS = {
    "source": "The network the lake holds.",
    "tick": "The tick, written like 20261123T0815Z.",
    "cadence_s": "Time between two ticks, s.",
    "timezone": "Time zone of the network's city.",
    "dialect": "gbfs, opendatasoft or table.",
    "fetched_at": "When the feed answered, UTC.",
    "outcome": "Of the tick: see [rules](rules.md#outcomes). Of a feed file: ok, not_modified or failed.",
    "reason": "Why the outcome is not ok.",
    "feeds": "One entry for each feed file asked for.",
    "missing_feeds": "Feed files that did not come or cannot be read, in alphabetical order.",
    "borrowed": "The bodies of earlier fetches used in place of missing files: feed, key, fetched_at, sha256.",
    "clock_error_s": "How far the machine's clock was ahead where it was wrong; the tick follows the publisher's, s.",
    "how": "fetched, simulated or imported, and what dates an imported body.",
    "feed": "Name of the feed file.",
    "url": "What was asked for; passwords, keys and tokens are left out.",
    "status": "HTTP status.",
    "headers": "Headers of the answer that tell of time, size, caching and limits.",
    "sha256": "SHA-256 of the body, decompressed.",
    "bytes": "Size of the body, decompressed.",
    "key": "Where the body lies in the lake.",
    "attempts": "One entry for each request, the failed ones too.",
    "redirects": "The addresses that the request was passed on to; left out where there was no redirect.",
    "at": "When the request left, UTC.",
    "elapsed_ms": "Time to the last byte, ms.",
    "error": "What went wrong, in words.",
    "waited_s": "Pause before the next request, s.",
}
ATHENA_CALL = """\
from velib_insights.core.catalogue.ddl import create_external_table
from velib_insights.core.catalogue.tables import TABLES

for table in TABLES:
    print(create_external_table(table, "s3://my-bucket/velib", "velib"), end=";\\n\\n")"""


def table_of(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    lines += ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def columns_of(columns: Iterable[Column]) -> str:
    return table_of(
        ("column", "type", "unit", "null", "meaning"),
        ((f"`{c.name}`", c.type, c.unit, "yes" if c.nullable else "no", c.about) for c in columns),
    )


def code(text: str, language: str = "") -> str:
    return f"```{language}\n{text}\n```"


def tables_page() -> str:
    parts = [
        "# Tables",
        "The Parquet tables of the lake. A missing value is null, never 0. `date`, `hour` and `month` are partition"
        " columns of type varchar, taken from the path; `date` and `hour` are in UTC. The last five tables are the"
        " rollup: closed local days, summed ([how to ask it](../how-to/ask-about-years.md)). Types are named as Trino"
        " and Athena name them; instants are UTC. How the same tables look to Athena: [athena.md](athena.md). Where the"
        " files lie: [lake.md](lake.md).",
    ]
    for table in (*TABLES, *ROLLUPS):
        tier = table.tier.format(source="velib")
        parts += [
            f"## {table.name}",
            table.about,
            f"One row for each: {', '.join(f'`{name}`' for name in table.grain)}. Files: `{tier}/`.",
            columns_of((*table.columns, *table.partitions)),
        ]
    return "\n\n".join(parts)


def remarks_of(view: View) -> str:
    """The comment that follows the header of a SQL file, as a paragraph."""
    lines = view.text.splitlines()[1 + len(sql.HEADER_FIELDS) :]
    block = takewhile(lambda line: line.startswith("-- "), dropwhile(lambda line: not line, lines))
    return " ".join(line.removeprefix("-- ") for line in block)


def views_page() -> str:
    asked = [next(view for view in VIEWS if view.name == name) for name in ASKED_FOR]
    further = [view for view in VIEWS if view.is_kpi and view.name not in ASKED_FOR]
    base = [view for view in VIEWS if not view.is_kpi]
    parts = [
        "# Views",
        "Each view is one SELECT in one file, the same text on DuckDB, Athena and Spark. Counts and rates are of"
        " operative stations at observed ticks; a ratio is a ratio of sums. “Now” is the latest observed tick of the"
        " data. The window says how far back from it a view looks; the rest of the lake is not read. Histories are of"
        " any span of closed days, each day in the period that the relation `calendar` gives it. What the terms"
        " mean: [glossary.md](glossary.md).",
    ]
    for title, views in (
        ("The five KPIs", asked),
        ("Further KPIs", further),
        ("Histories", HISTORY),
        ("What they stand on", base),
    ):
        rows = ((f"[{view.name}](#{view.name})", view.question) for view in views)
        parts += [f"## {title}", table_of(("view", "question"), rows)]
    folders = {file.name: file.folder for file in (*sql.load_all(), *sql.history())}
    windows = {
        "all": "the whole lake",
        "span": "the days asked for",
    }
    for view in (*asked, *further, *HISTORY, *base):
        window = windows.get(view.window, view.window)
        parts += [
            f"## {view.name}",
            f"**{view.question}**",
            *filter(None, [remarks_of(view)]),
            f"One row for each: {', '.join(f'`{name.strip()}`' for name in view.grain.split(','))}. Window: {window}."
            f" Reads {', '.join(f'`{name}`' for name in view.reads)}."
            f" [SQL]({SOURCES}/sql/{folders[view.name]}/{view.name}.sql)",
            table_of(
                ("column", "type", "unit", "meaning"),
                ((f"`{c.name}`", c.type, c.unit, c.about) for c in view.columns),
            ),
        ]
    return "\n\n".join(parts)


def rules_page() -> str:
    def listed(these: Iterable[rules.Rule]) -> str:
        return table_of(("id", "meaning"), ((f"`{rule.id}`", rule.about) for rule in these))

    outcomes = get_args(fetch.TickOutcome)
    return "\n\n".join(
        [
            "# Rules, flags and outcomes",
            "Nothing is dropped in silence: the rows read from a body are the rows kept plus the rows refused, and"
            " `velib doctor` and `kpi_refused_rows` count them.",
            "## Rules",
            "A row that breaks one of these stands in `quarantine`, with the rule in `rule`, what was wrong in"
            " `reason` and the row itself in `row_json`.",
            listed(rules.ROW_RULES),
            "## Flags",
            "A row that is kept may carry these in `source_velib.flags`.",
            listed(rules.FLAGS),
            "## Outcomes",
            "What became of a tick, in `ticks.outcome` and in the fetch note.",
            table_of(("outcome", "meaning"), ((f"`{name}`", OUTCOMES[name]) for name in outcomes)),
        ]
    )


class Options(ArgumentParser):
    """A command's parser that remembers what was added to it."""

    def __init__(self, command: Command) -> None:
        super().__init__(prog=f"velib {command.name}", add_help=False)
        self.added: list[Action] = []
        command.add_arguments(self)

    def add_argument(self, *args: Any, **kwargs: Any) -> Action:
        self.added.append(super().add_argument(*args, **kwargs))
        return self.added[-1]


def written(action: Action) -> str:
    """How an option is written: `--lake DIR|s3://…`, `-f, --format FORMAT`, `DIR`."""
    value = action.metavar or action.dest.upper()
    if not action.option_strings:
        return str(value)
    names = ", ".join(action.option_strings)
    return names if action.nargs == 0 else f"{names} {value}"


def usage_of(command: Command, options: Options) -> str:
    words = [f"velib {command.name}", "[options]"]
    for action in options.added:
        if not action.option_strings:
            word = written(action)
            words.append({"?": f"[{word}]", "*": f"[{word} …]"}.get(str(action.nargs), word))
    return " ".join(words)


def commands_page() -> str:
    parts = [
        "# Commands",
        "Answers go to standard output; progress and messages go to standard error. `--json` makes the answer one"
        " JSON value, and an error one JSON object. `velib --version` tells the version. Exit codes:"
        " [errors.md](errors.md). What the flags set, and where else it can be set: [settings.md](settings.md).",
        "`velib --print-completion bash` (or `zsh`, `fish`) prints a script that completes commands, options, names of"
        " KPIs and paths. For bash, in `~/.bashrc`:",
        "```sh not-run\nsource <(velib --print-completion bash)\n```",
        "For zsh, write it to `_velib` in a folder of `fpath`; for fish, to `~/.config/fish/completions/velib.fish`.",
    ]
    for group in dict.fromkeys(command.group for command in COMMANDS):
        rows = ((f"[`velib {c.name}`](#velib-{c.name})", c.summary) for c in COMMANDS if c.group == group)
        parts += [f"**{group}**", table_of(("command", "what it does"), rows)]
    for command in COMMANDS:
        options = Options(command)
        helped = [
            (f"`{written(action)}`", (action.help or "").replace("%%", "%"))
            for action in options.added
            if action.help != SUPPRESS
        ]
        parts += [
            f"## velib {command.name}",
            code(usage_of(command, options)),
            *(block.replace("\n", " ") for block in inspect.cleandoc(command.about).split("\n\n")),
            table_of(("option", "meaning"), helped),
            "Examples:",
            code("\n".join(line.strip() for line in command.examples.splitlines())),
        ]
    return "\n\n".join(parts)


def commands_with(flag: str) -> str:
    with_it = [c.name for c in COMMANDS if any(flag in action.option_strings for action in Options(c).added)]
    return ", ".join(f"`{name}`" for name in with_it) or "none: set it by the environment or the file"


def allowed(setting: Setting) -> str:
    if setting.choices:
        return ", ".join(f"`{choice}`" for choice in setting.choices)
    if setting.least is None or setting.most is None:
        return ""
    return f"{setting.least:,g} to {setting.most:,.0f}"


def settings_page() -> str:
    shown = [s for s in SETTINGS if s.name in ("lake", "feed", "cadence", "timezone")]
    rows = (
        (
            f"`{s.name}`",
            f"`{s.env}`",
            f"`{s.default}`" if s.default != "" else "none",
            s.unit,
            allowed(s),
            s.about,
        )
        for s in SETTINGS
    )
    variables = (
        ("`VELIB_CONFIG`", "Path of the settings file, instead of `velib.toml`."),
        ("`VELIB_DEBUG`", "Set to anything: a fault of velib-insights shows its traceback."),
        ("`NO_COLOR`", "Set to anything: no colours."),
        ("`HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY`", "Proxies for the feed."),
        ("`AWS_…`", "Credentials and region for a lake on S3, by the names that AWS tools use."),
    )
    parts = [
        "# Settings",
        "A setting is given by its flag, if it has one; else by its variable in the environment; else in `velib.toml`"
        " in the current folder; else it has its default. A wrong value ends the command with exit code 2 before"
        " anything is done.",
        table_of(("setting", "variable", "default", "unit", "allowed", "meaning"), rows),
        "## velib.toml",
        "Names and values, without sections. Another file is named with `--config FILE` or `VELIB_CONFIG`.",
        code("\n".join(f"{s.name} = {toml(s.default)}" for s in shown), "toml"),
        "## Flags",
        table_of(
            ("flag", "commands"),
            ((f"`{s.flag}`", commands_with(s.flag)) for s in SETTINGS if not s.is_secret),
        ),
        "## Further variables",
        table_of(("variable", "meaning"), variables),
    ]
    return "\n\n".join(parts)


def toml(value: str | float) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def error_classes(base: type[errors.VelibError] = errors.VelibError) -> list[type[errors.VelibError]]:
    found = [each for child in base.__subclasses__() for each in (child, *error_classes(child))]
    found = [each for each in found if each.__module__ == errors.__name__]  # the server has some of its own
    return sorted(found, key=lambda each: (each.exit_code, each.__name__))


def errors_page() -> str:
    rows = [(each.exit_code, f"`{each.__name__}`", inspect.getdoc(each) or "") for each in error_classes()]
    rows += [(exit_code, "", meaning) for exit_code, meaning in OTHER_CODES]
    example = """{"error": {"error": "NothingThere", "message": "…", "hint": "…", "exit_code": 7}}"""
    return "\n\n".join(
        [
            "# Errors and exit codes",
            "An error is one message on standard error: what happened and where, and on the next line what to do. The"
            " exit code tells its class, so that a script can act on it.",
            table_of(("exit code", "error", "meaning"), sorted(rows)),
            "A wrong option or command ends with exit code 2 as well. With `--json` the error is a JSON object on"
            " standard error:",
            code(example, "json"),
            "When `velib run` or `velib ingest` exits with 3 or 4, the failure is recorded in the lake: the ledger has"
            " the tick with its outcome and reason. `velib watch` reports the failure and continues.",
        ]
    )


def lake_page() -> str:
    layout = (keys.__doc__ or "").partition("\n\n")[2].strip()
    structs = {
        "The note": fetch.FetchNote,
        "Each of `feeds`": fetch.FeedNote,
        "Each of `attempts`": fetch.Attempt,
    }
    parts = [
        "# The lake",
        "A folder or an S3 prefix; the keys are the same. A lake holds one network, named by `source`. Dates and hours"
        f" are UTC. A tick is a multiple of the cadence ({DEFAULT_CADENCE_S // 60} minutes unless set) in UTC.",
        "## Keys",
        code(layout),
        "Beside these: `reference/zones/*.geojson` (polygons fetched with `velib zones`), `reference/basemap.pmtiles`"
        " (cut out with `velib basemap`) and `site/data/` (what"
        " `velib publish` writes, with an `index.json` that names the files and their source).",
        "As long as raw is kept, everything but `network.json`, `raw/` and `reference/` can be made again: `velib clean"
        " --again`,"
        " `velib catalog`, `velib publish`. Objects are replaced whole; a reader sees the old one or the new one.",
        "## The fetch note",
        "`….fetch.json` says how a fetch was got. A field that has nothing to say is left out.",
    ]
    for title, struct in structs.items():
        rows = ((f"`{field}`", NOTE_FIELDS[field]) for field in get_type_hints(struct) if field[0] != "_")
        parts += [f"### {title}", table_of(("field", "meaning"), rows)]
    return "\n\n".join(parts)


def athena_page() -> str:
    lake, since = "s3://my-bucket/velib", date(2026, 11, 1)
    parts = [
        "# Athena and Glue tables",
        "The same tables for Athena, made from the catalogue by `velib_insights.core.catalogue.ddl`:",
        code(ATHENA_CALL, "python"),
        "Without projection (an argument, `projected_since`), a crawler or `MSCK REPAIR TABLE` registers partitions."
        " With it, Athena works them out from the dates: a new hour can be queried as soon as it is written. The"
        f" views are the files of [{SOURCES.removeprefix('../../')}/sql]({SOURCES}/sql), each as `CREATE OR REPLACE"
        " VIEW name AS` its text.",
    ]
    for table in TABLES:
        statement = create_external_table(table, lake, "velib", projected_since=since)
        parts += [f"## {table.name}", code(f"{statement};", "sql")]
    return "\n\n".join(parts)


PAGES: dict[str, Callable[[], str]] = {
    "tables.md": tables_page,
    "views.md": views_page,
    "rules.md": rules_page,
    "settings.md": settings_page,
    "commands.md": commands_page,
    "errors.md": errors_page,
    "python.md": python_page,
    "lake.md": lake_page,
    "athena.md": athena_page,
    "infrastructure.md": infrastructure_page,
    "costs.md": lambda: costs_page(table_of),
    "api.md": api_page,
}


def pages() -> dict[str, str]:
    return {name: f"{MARK}\n\n{page()}\n" for name, page in PAGES.items()}


def stale(folder: Path, wanted: dict[str, str]) -> list[str]:
    """The pages of `folder` that are missing, differ, or are left of a page that is no longer made."""
    found = {path.name: path.read_text("utf-8") for path in folder.glob("*.md")}
    left = [name for name, text in found.items() if text.startswith(MARK) and name not in wanted]
    return sorted([name for name, text in wanted.items() if found.get(name) != text] + left)


def main(arguments: Sequence[str]) -> int:
    parser = ArgumentParser(description="Write docs/reference from the code.")
    parser.add_argument("--check", action="store_true", help="Write nothing; say which pages are stale.")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="Where the pages stand.")
    args = parser.parse_args(arguments)
    wanted = pages()
    old = stale(args.folder, wanted)
    if args.check:
        for name in old:
            sys.stderr.write(f"{args.folder / name} is stale. Run `just docs`.\n")
        return 1 if old else 0
    args.folder.mkdir(parents=True, exist_ok=True)
    for name in old:
        if name in wanted:
            (args.folder / name).write_text(wanted[name], "utf-8")
        else:
            (args.folder / name).unlink()
        sys.stdout.write(f"{name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
