"""Runs the fast suites with the lowest dependencies that pyproject.toml claims, and on the newest Python here.

python tools/compat.py            both, in environments of their own below .compat/
python tools/compat.py lowest     one of them: lowest or newest; what follows goes to pytest

The other suites run with the versions of uv.lock on the Python of the project.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

PROJECT = Path(__file__).parent.parent
ENVIRONMENTS = PROJECT / ".compat"
# What shows a version that does not do: decoding, Arrow, SQL on DuckDB, the API.
SUITES = ("core", "spec", "sql", "property", "adapters/test_formats.py", "dashboard/test_api.py")


def main(arguments: list[str]) -> int:
    names = [arguments.pop(0)] if arguments and arguments[0] in ("lowest", "newest") else ["lowest", "newest"]
    for name in names:
        python = str(oldest_python()) if name == "lowest" else newest_python()
        if python is None:
            print(f"skipped: no Python newer than {oldest_python()} is installed")  # noqa: T201 - a command
            if os.environ.get("VELIB_REQUIRE_ALL"):
                return 1
            continue
        print(f"{name}: {python}", flush=True)  # noqa: T201 - a command
        code = run(name, python, ["--resolution", "lowest-direct"] if name == "lowest" else [], arguments)
        if code:
            return code
    return 0


def oldest_python() -> str:
    """The version that `requires-python` begins with."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    return str(project["requires-python"]).removeprefix(">=")


def newest_python() -> str | None:
    """The interpreter of the newest release that uv or pyenv has here; None if there is only the oldest."""
    listed = subprocess.run(
        ["uv", "python", "list", "--only-installed", "--output-format=json"],  # noqa: S607
        capture_output=True,
        text=True,
        check=True,
    )
    found = {
        each["version"]: each["path"]
        for each in json.loads(listed.stdout)
        if each["implementation"] == "cpython"
    }
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found |= {folder.name: str(folder / "bin" / "python") for folder in pyenv.glob("3.*")}
    oldest = tuple(int(part) for part in oldest_python().split("."))
    releases = {
        tuple(map(int, version.split("."))): path for version, path in found.items() if _is_release(version)
    }
    newest = max(releases, default=oldest)
    return releases[newest] if newest[:2] > oldest else None


def _is_release(version: str) -> bool:
    return all(part.isdigit() for part in version.split("."))


def run(name: str, python: str, options: list[str], pytest: list[str]) -> int:
    folder = ENVIRONMENTS / name
    shutil.rmtree(folder, ignore_errors=True)
    # What Spark or S3 would be needed for is skipped here, and run with the versions of the lock; so are
    # the many examples of the property tests that CI asks for.
    environment = {
        **os.environ,
        "VIRTUAL_ENV": str(folder),
        "VELIB_REQUIRE_ALL": "",
        "CI": "",
    }
    subprocess.run(["uv", "venv", "--quiet", "--python", python, str(folder)], check=True)  # noqa: S603, S607
    install = ["uv", "pip", "install", "--quiet", *options, "--editable", ".", "--group", "dev"]
    subprocess.run(install, cwd=PROJECT, env=environment, check=True)  # noqa: S603
    suites = [f"tests/{each}" for each in SUITES]
    command = [folder / "bin" / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", *suites, *pytest]
    return subprocess.run(command, cwd=PROJECT, env=environment, check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
