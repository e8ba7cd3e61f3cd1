"""The same question asked by every tool of the page on tools has the answer of the package itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.docs.conftest import Shell
from tests.docs.pages import Block, blocks_of
from tests.docs.test_commands import TOOLS, as_script, lacking
from tests.needed import missing

import velib_insights as velib

ANSWER = "by_zone"
SQL = """
    SELECT zone_name, avg(bikes) AS bikes
    FROM source_velib JOIN observed_ticks USING (source, snapshot_at)
    WHERE is_observed AND is_operative AND source_velib.date = '2026-03-04' GROUP BY 1
"""


@pytest.mark.slow
def test_every_tool_gives_the_answer_of_the_package(
    prepared: Callable[[Path], Path], shell: Shell, tmp_path: Path
) -> None:
    if tools := lacking(TOOLS):
        missing(f"the page on tools needs {', '.join(tools)} (uv sync --all-groups)")
    asking = [block for block in blocks_of(TOOLS) if block.is_run]
    answering = [block for block in asking if f"{ANSWER} = " in block.text]
    assert len(answering) == 4  # DuckDB, pandas, Polars, Spark
    told = [
        Block(block.language, block.mark, f"{block.text}import json\nprint('ANSWER', json.dumps({ANSWER}))\n")
        if block in answering
        else block
        for block in asking
    ]
    folder = prepared(tmp_path)
    done = shell("\n".join(map(as_script, told)), folder)
    assert done.returncode == 0, done.stderr[-3000:]
    answers = [
        json.loads(line.removeprefix("ANSWER "))
        for line in done.stdout.splitlines()
        if line.startswith("ANSWER ")
    ]
    with velib.open_lake(str(folder / "demo-lake")) as lake:
        expected = {row["zone_name"]: row["bikes"] for row in lake.query(SQL).to_pylist()}
    assert len(expected) > 50
    assert len(answers) == 4
    for answer in answers:
        assert answer == pytest.approx(expected)
