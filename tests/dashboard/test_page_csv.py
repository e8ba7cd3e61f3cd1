"""The page writes CSV in the browser: the same cells as the server, and as harmless."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
from pathlib import Path

import pyarrow as pa
from tests.needed import missing

from velib_insights.adapters.formats import encode

WEB = Path(__file__).parents[2] / "web"
ROWS = [
    {"name": text, "change": change, "share": share, "is_open": is_open}
    for text, change, share, is_open in [
        ("=1+1", -5, -0.5, True),
        ("+33 1", None, None, None),
        ("-", 0, 0.25, False),
        ("@x", 1, 1.5, True),
        ("\t=1", 1, 1.5, True),
        ("\r=1", 1, 1.5, True),
        ("＝1", 1, 1.5, True),
        ("\x1b[31mRouge\x9b\x7f", 1, 1.5, True),
        ('Bastille, "Nord"\nSud', 1, 1.5, True),
        ("Chaussée d'Antin - Opéra", 1, 1.5, True),
        (None, 1, 1.5, True),
    ]
]


def test_the_page_writes_the_cells_that_the_server_writes(tmp_path: Path) -> None:
    compiler, node = WEB / "node_modules" / ".bin" / "tsc", shutil.which("node")
    if node is None or not compiler.exists():
        missing("Node or the page's compiler is not installed (python web/build.py)")
    source = WEB / "src" / "data" / "formats" / "export.ts"
    options = (
        "--ignoreConfig",
        "--noCheck",
        "--module",
        "esnext",
        "--target",
        "es2022",
        "--outDir",
        tmp_path,
    )
    subprocess.run([compiler, *map(str, options), source], check=True, capture_output=True, timeout=120)
    (tmp_path / "package.json").write_text('{"type": "module"}', "utf-8")
    (tmp_path / "write.js").write_text(
        'import { csvOf } from "./formats/export.js";\nimport { readFileSync } from "node:fs";\n'
        "const rows = JSON.parse(readFileSync(0));\n"
        "process.stdout.write(csvOf({ columns: Object.keys(rows[0]), rows }));\n",
        "utf-8",
    )
    done = subprocess.run(
        [node, tmp_path / "write.js"],
        input=json.dumps(ROWS).encode(),
        check=True,
        capture_output=True,
        timeout=60,
    )

    def cells(text: bytes) -> list[list[str]]:
        return list(csv.reader(io.StringIO(text.decode(), newline="")))

    assert cells(done.stdout) == cells(encode(pa.Table.from_pylist(ROWS), "csv"))
