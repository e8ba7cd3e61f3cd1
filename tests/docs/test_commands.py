"""Every documented command works when it is pasted: pages are run from top to bottom beside a demo lake."""

from __future__ import annotations

import importlib.util
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.docs.conftest import Shell
from tests.docs.pages import PAGES, PROJECT, Block, blocks_of, name_of
from tests.needed import missing

from velib_insights.cli.app import parse

TOOLS = PROJECT / "docs" / "how-to" / "query-from-your-tools.md"  # run by test_tools_agree, with its answers
RUN = [page for page in PAGES if page != TOOLS and any(block.is_run for block in blocks_of(page))]
OPTIONAL = ("pandas", "polars", "pyspark")


def lacking(page: Path) -> list[str]:
    """Tools that the page's snippets need and this machine has not."""
    needed = {tool for block in blocks_of(page) for tool in OPTIONAL if f"import {tool}" in block.text}
    needed |= {"pyspark" for block in blocks_of(page) if "from pyspark" in block.text}
    return [tool for tool in sorted(needed) if importlib.util.find_spec(tool) is None]


def script_of(page: Path) -> str:
    return "\n".join(as_script(block) for block in blocks_of(page) if block.is_run)


def as_script(block: Block) -> str:
    if block.language == "python":
        return f"python -W error::DeprecationWarning - <<'END_OF_PYTHON'\n{block.text}END_OF_PYTHON"
    # Where something is wrong with a feed, as with the demo's, the doctor says so by exit code 1.
    return re.sub(r"^(velib doctor .*)$", r"\1 || [ $? -eq 1 ]", block.text, flags=re.MULTILINE)


def velib_lines(block: Block) -> list[str]:
    joined = re.sub(r"\\\n", " ", block.text)
    return [line for line in re.split(r"\n|&&", joined) if re.match(r"\s*(uv run )?velib\b", line)]


@pytest.mark.slow
@pytest.mark.parametrize("page", RUN, ids=name_of)
def test_a_page_runs_from_top_to_bottom(
    page: Path, prepared: Callable[[Path], Path], shell: Shell, tmp_path: Path
) -> None:
    if tools := lacking(page):
        missing(f"{name_of(page)} needs {', '.join(tools)} (uv sync --all-groups)")
    done = shell(script_of(page), prepared(tmp_path))
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-3000:]}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_that_are_not_run_are_understood(page: Path) -> None:
    for block in blocks_of(page):
        if block.language == "sh" and not block.is_run:
            for line in velib_lines(block):
                words = shlex.split(line.strip().removeprefix("uv run "))
                assert parse(words[1:]).command.name == words[1], line


def test_the_two_lines_that_set_it_up_are_the_first_ones() -> None:
    first, second = [block.text.strip() for block in blocks_of(PROJECT / "README.md")][:2]
    assert (first, second) == ("pip install uv && uv run velib demo", "uv run pytest")


def test_words_of_just_that_are_documented_exist() -> None:
    recipes = set(
        re.findall(r"^([a-z]+)(?: [^:\n]*)?:", (PROJECT / "justfile").read_text("utf-8"), re.MULTILINE)
    )
    named = {word for page in PAGES for word in re.findall(r"`just ([a-z]+)`", page.read_text("utf-8"))}
    assert named <= recipes
