"""An environment as a user has it: the package and its runtime dependencies alone, compiled to bytecode."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from measuring import environment, progress

PROJECT = Path(__file__).parent.parent


def lean_environment(cache: Path) -> Path:
    """The folder of its programs (`velib`, `python`); the package is installed anew each time, from this tree."""
    folder = cache / "lean"
    progress("installing into a lean environment")
    if not folder.exists():
        _uv("venv", "--python", sys.executable, folder)
    python = folder / "bin" / "python"
    _uv(
        "pip", "install", "--quiet", "--python", python, "--compile-bytecode", "--reinstall-package",
        "velib-insights", PROJECT,
    )  # fmt: skip
    return folder / "bin"


def _uv(*arguments: str | Path) -> None:
    uv = shutil.which("uv")
    if uv is None:
        sys.exit("this benchmark installs the package with uv, which is not on the PATH")
    subprocess.run(
        [uv, *map(str, arguments)],
        check=True,
        env=environment() | {"VELIB_SKIP_PAGE": "1"},
        capture_output=True,
    )
