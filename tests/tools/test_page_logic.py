"""What the page reckons without a browser: the tests of web/tests, run by Node."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.needed import missing

PROJECT = Path(__file__).parents[2]


def test_the_logic_of_the_page() -> None:
    if not (PROJECT / "web" / "node_modules").is_dir():
        missing("the page's packages are not installed; install them with: python web/build.py")
    done = subprocess.run(
        [sys.executable, "web/build.py", "--test"], cwd=PROJECT, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr + done.stdout
