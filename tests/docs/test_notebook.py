"""The notebook of the tutorial: every cell runs, in order, and shows something."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

from tests.docs.conftest import Shell

NOTEBOOK = Path(__file__).parents[2] / "docs" / "tutorial" / "notebook.ipynb"

# Runs the cells as a notebook does: one namespace, and what the last expression of a cell is, is shown.
RUN = """
import ast, json, sys
names = {}
for number, cell in enumerate(json.load(open(sys.argv[1]))):
    tree = ast.parse(cell)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, f"cell {number}", "exec"), names)
    if last is not None:
        value = eval(compile(ast.Expression(last.value), f"cell {number}", "eval"), names)
        shown = value._repr_html_() if hasattr(value, "_repr_html_") else repr(value)
        print(f"=== {number} {shown}")
"""


def test_the_notebook_runs_from_top_to_bottom(
    shell: Shell, prepared: Callable[[Path], Path], tmp_path: Path
) -> None:
    folder = prepared(tmp_path)
    notebook = json.loads(NOTEBOOK.read_text("utf-8"))
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert notebook["nbformat"] == 4
    assert not any(cell.get("outputs") for cell in notebook["cells"])
    (folder / "cells.json").write_text(json.dumps(cells), "utf-8")
    (folder / "run.py").write_text(RUN, "utf-8")
    done = shell(f"{sys.executable} run.py cells.json", folder)
    assert done.returncode == 0, done.stderr
    shown = done.stdout.split("=== ")[1:]
    assert len(shown) == len(cells)
    network, history, by_month, event, drawn, report = shown
    assert "Vélib" in network
    assert "bikes" in history
    assert "2026-03" in by_month
    assert "change_in_bikes" in event
    assert all("0 rows" not in table for table in (history, by_month, event))
    assert drawn.count("<circle") > 1_000
    assert "<li>" in report
