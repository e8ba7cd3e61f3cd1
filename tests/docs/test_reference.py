"""The reference says all that the code knows, and nothing that it no longer does."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from tests.docs.pages import PROJECT

from velib_insights.cli.app import build_parser, parse
from velib_insights.cli.command_list import COMMANDS, Command
from velib_insights.core import errors, rules
from velib_insights.core.catalogue.tables import TABLES, Table
from velib_insights.core.catalogue.views import VIEWS, View
from velib_insights.core.fetch import TickOutcome
from velib_insights.settings import SETTINGS, Setting

REFERENCE = PROJECT / "docs" / "reference"


def generator(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(PROJECT / "tools" / "reference.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def page(name: str) -> str:
    return (REFERENCE / name).read_text("utf-8")


def rows(text: str) -> dict[str, str]:
    """The rows of Markdown tables by what stands in their first cell, without marks."""
    found = re.findall(r"^\| (.+?) \|(.*)\|$", text, re.MULTILINE)
    return {re.sub(r"[`\[\]]|\(.*\)", "", first): rest for first, rest in found}


def section(text: str, heading: str) -> str:
    found = re.search(rf"^## {re.escape(heading)}$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"no section {heading!r}"
    return found[1]


def test_the_pages_are_what_the_code_says() -> None:
    done = generator("--check")
    assert done.returncode == 0, done.stderr


def test_a_stale_a_missing_and_an_abandoned_page_are_named(tmp_path: Path) -> None:
    folder = shutil.copytree(REFERENCE, tmp_path / "reference")
    (folder / "settings.md").write_text(page("settings.md").replace("min", "hours"), "utf-8")
    (folder / "rules.md").unlink()
    (folder / "old.md").write_text(page("rules.md"), "utf-8")
    done = generator("--check", "--folder", folder)
    assert done.returncode == 1
    assert [line for line in ("settings.md", "rules.md", "old.md", "errors.md") if line in done.stderr] == [
        "settings.md",
        "rules.md",
        "old.md",
    ]
    assert generator("--folder", folder).returncode == 0
    assert generator("--check", "--folder", folder).returncode == 0
    assert (folder / "glossary.md").is_file(), "a page written by hand is left alone"


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_is_documented(setting: Setting) -> None:
    said = rows(page("settings.md"))
    assert setting.about in said[setting.name]
    assert setting.env in said[setting.name]
    assert (setting.flag in said) != setting.is_secret


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_and_option_is_documented(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    said = section(page("commands.md"), f"velib {command.name}")
    with pytest.raises(SystemExit):
        build_parser().parse_args([command.name, "--help"])
    offered = set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]+", capsys.readouterr().out)) - {"--help"}
    assert offered <= set(re.findall(r"--[a-z][a-z0-9-]+", said))
    for example in command.examples.splitlines():
        assert example.strip() in said


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_the_examples_of_a_command_are_understood(command: Command) -> None:
    for example in command.examples.splitlines():
        for line in example.split("&&"):
            words = shlex.split(re.split(r"\s[<>|]\s?", line)[0])
            assert words[0] == "velib"
            parse(words[1:])


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_table_and_column_is_documented(table: Table) -> None:
    said = rows(section(page("tables.md"), table.name))
    for column in (*table.columns, *table.partitions):
        assert column.about in said[column.name]
        assert column.unit in said[column.name]
    assert table.name in page("athena.md")


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_every_view_and_column_is_documented(view: View) -> None:
    text = section(page("views.md"), view.name)
    assert view.question in text
    said = rows(text)
    assert [name for name in said if name in {c.name for c in view.columns}] == [c.name for c in view.columns]
    for column in view.columns:
        assert column.about in said[column.name]


def test_the_question_is_documented_of_every_kpi_of_the_readme() -> None:
    readme = rows((PROJECT / "README.md").read_text("utf-8"))
    named = {view.name: view.question for view in VIEWS if view.name in readme}
    assert len(named) == 5
    assert all(question in readme[name] for name, question in named.items())


def test_every_rule_flag_and_outcome_is_documented() -> None:
    said = rows(page("rules.md"))
    for rule in (*rules.ROW_RULES, *rules.FLAGS):
        assert rule.about in said[rule.id]
    assert set(get_args(TickOutcome)) <= set(said)


def test_every_exit_code_is_documented() -> None:
    said = rows(page("errors.md"))
    classes = [each for each in vars(errors).values() if isinstance(each, type)]
    for each in classes:
        if issubclass(each, errors.VelibError) and each is not errors.VelibError:
            assert each.__name__ in said[str(each.exit_code)]
    assert {"0", "1", "130", "141"} <= set(said)


def test_every_column_that_the_glossary_names_exists() -> None:
    known = {column.name for each in (*TABLES, *VIEWS) for column in each.columns}
    named = set(re.findall(r"`([a-z_]+)`", section(page("glossary.md"), "Measures"))) - {"_naive"}
    assert {name for name in named if not name.startswith("kpi_")} <= known


def test_every_address_of_the_api_and_every_field_it_answers_is_told() -> None:
    text = page("api.md")
    described = json.loads(
        subprocess.run(
            [sys.executable, "-c", "import json, api_reference as a; print(json.dumps(a.described()))"],
            cwd=PROJECT / "tools",
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        ).stdout
    )
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            section = text.split(f"## {method.upper()} {path}\n")[1].split("\n## ")[0]
            for parameter in operation.get("parameters", []):
                assert f"| `{parameter['name']}` |" in section, (path, parameter["name"])
    for name in (
        "Latest",
        "Station",
        "Ticks",
        "Hours",
        "KpiRows",
        "DayLine",
        "DayFile",
        "Health",
        "QueryResult",
    ):
        for field in described["components"]["schemas"][name]["properties"]:
            assert f"| `{field}` |" in text, (name, field)
