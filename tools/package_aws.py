"""Builds what Terraform deploys into dist/aws: the Lambdas' zips, the Glue job's script and wheels, and a manifest.

python tools/package_aws.py                       all of it
python tools/package_aws.py --lambda-python 3.11  the zips for another Python than Lambda's, as an emulator's

The same commit gives the same bytes on any machine: versions and hashes come from uv.lock, the platform is always
Linux on x86_64, times, modes and order are fixed (docs/decisions/). Needs uv and pip; exit code 1 where it fails.
"""

from __future__ import annotations

import argparse
import fnmatch
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

PROJECT = Path(__file__).resolve().parent.parent
# Lambda's Python 3.11 stands on a glibc of 2.26, for which neither pyarrow nor duckdb make wheels any more.
LAMBDA_PYTHON = "3.13"
GLUE_PYTHON = "3.11"  # of Glue 5.1
PLATFORM = "manylinux_2_28_x86_64"  # both stand on Amazon Linux 2023, glibc 2.34
MB = 1_000_000
UNZIPPED_LIMIT = 250 * 1024 * 1024  # Lambda's own
INGEST_LIMIT = 15 * MB  # of ours: a cold start downloads and unpacks it
ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can say
JOB_SCRIPT = "velib_clean_job.py"

# Of wheels: what no program on Lambda reads.
LEFT_OUT = (
    "*.dist-info/RECORD",
    "*.dist-info/INSTALLER",
    "*.dist-info/REQUESTED",
    "*.dist-info/*.json",
    "bin/*",
    "*.pyc",
    "*.pyi",
    "*.pxd",
    "*.pxi",
    "*.pyx",
    "*.c",
    "*.h",
    "*/tests/*",
    "*-stubs/*",
    "adbc_driver_duckdb/*",
)
# Of pyarrow: ways to other stores and protocols, which the lake does not use, and second copies. With them the
# publisher would be at Lambda's limit. (libarrow_substrait must stay: the others are linked against it.)
PYARROW_LEFT_OUT = (
    "pyarrow/include/*",
    "pyarrow/src/*",
    "pyarrow/libarrow_flight*",
    "pyarrow/libarrow_python_flight*",
    "pyarrow/_flight*",
    "pyarrow/libarrow_s3*",
    "pyarrow/_s3fs*",
    "pyarrow/_gcsfs*",
    "pyarrow/_azurefs*",
    "pyarrow/_hdfs*",
    "pyarrow/libarrow_python*.so",
    "pyarrow/libarrow_python*.so.*.*.*",
    "pyarrow/libarrow_python_parquet_encryption*",
)
PAGE = "velib_insights/dashboard/page/*"


class PackagingFailed(Exception):
    """The message says what could not be built and why."""


@dataclass(frozen=True, slots=True)
class Function:
    """A Lambda's zip: the group of the lock it needs, and what of the package it does not."""

    name: str
    group: str
    without: tuple[str, ...] = ()


FUNCTIONS = (
    Function("velib_ingest_lambda", "lambda-ingest", ("velib_insights/simulator/*", PAGE)),
    Function("velib_clean_lambda", "lambda-clean", ("velib_insights/simulator/*", PAGE)),
    Function("velib_publish_lambda", "lambda-publish", ("velib_insights/simulator/*",)),
)
GLUE_GROUP = "glue-clean"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--output", type=Path, default=PROJECT / "dist" / "aws", help="(default dist/aws)")
    parser.add_argument("--lambda-python", default=LAMBDA_PYTHON, help=f"(default {LAMBDA_PYTHON})")
    parser.add_argument(
        "--without-page", action="store_true", help="Do not build the page; publish has none."
    )
    parser.add_argument(
        "--only",
        action="append",
        metavar="NAME",
        help="A Lambda's name, or glue; may be repeated. (default all)",
    )
    given = parser.parse_args()
    try:
        build(
            given.output,
            given.lambda_python,
            with_page=not given.without_page,
            only=frozenset(given.only or ()),
        )
    except PackagingFailed as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


def build(
    output: Path,
    lambda_python: str = LAMBDA_PYTHON,
    *,
    with_page: bool = True,
    only: frozenset[str] = frozenset(),
) -> None:
    """Write the artefacts into `output`, in place of those that were there. Raises PackagingFailed."""
    unknown = only - {function.name for function in FUNCTIONS} - {"glue"}
    if unknown:
        raise PackagingFailed(f"there is no artefact {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory() as scratch:
        work, made = Path(scratch), Path(scratch) / "made"
        made.mkdir()
        wheel = _own_wheel(work / "wheel", with_page=with_page)
        unzipped: dict[str, int] = {}
        for function in FUNCTIONS:
            if not only or function.name in only:
                name = f"{function.name}.zip"
                unzipped[name] = _function(function, wheel, lambda_python, work, made / name)
        if not only or "glue" in only:
            _glue(wheel, work, made)
        manifest = _manifest(made, unzipped, lambda_python)
        (made / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", "utf-8")
        for old in (
            "wheels",
            *(f"{function.name}.zip" for function in FUNCTIONS),
            JOB_SCRIPT,
            "manifest.json",
        ):
            path = output / old
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        shutil.copytree(made, output, dirs_exist_ok=True)
    for name, facts in manifest["files"].items():
        of = f", {facts['unzipped_bytes'] / MB:.1f} MB unzipped" if "unzipped_bytes" in facts else ""
        sys.stderr.write(f"{facts['bytes'] / MB:8.2f} MB  {output / name}{of}\n")


def _manifest(made: Path, unzipped: dict[str, int], lambda_python: str) -> dict:
    files = {}
    for path in sorted(each for each in made.rglob("*") if each.is_file()):
        name = path.relative_to(made).as_posix()
        body = path.read_bytes()
        files[name] = {"sha256": hashlib.sha256(body).hexdigest(), "bytes": len(body)}
        if name in unzipped:
            files[name]["unzipped_bytes"] = unzipped[name]
    # The package last: what it needs is there when it is installed.
    wheels = sorted(
        (name for name in files if name.startswith("wheels/")),
        key=lambda name: (name.startswith("wheels/velib_insights-"), name),
    )
    return {
        "lambda_runtime": f"python{lambda_python}",
        "glue_script": JOB_SCRIPT,
        "glue_wheels": wheels,
        "files": files,
    }


def _own_wheel(folder: Path, *, with_page: bool) -> Path:
    """Built with the build backend of the lock, so that a later one does not change the bytes."""
    # What is compiled here is not the same bytes on any machine, and saves nothing on an hour at a time.
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "315532800", "VELIB_SKIP_COMPILED": "1"}
    if not with_page:
        environment["VELIB_SKIP_PAGE"] = "1"
    _run(
        [
            *("uv", "build", "--quiet", "--wheel", "--no-build-isolation", "--python", sys.executable),
            *("--out-dir", str(folder), str(PROJECT)),
        ],
        environment,
    )
    wheel = next(folder.glob("*.whl"))
    if with_page and not any(fnmatch.fnmatch(name, PAGE) for name in zipfile.ZipFile(wheel).namelist()):
        raise PackagingFailed("the page was not built; see above, or leave it out with --without-page")
    return wheel


def _function(function: Function, wheel: Path, python: str, work: Path, target: Path) -> int:
    """Write the zip; its size unzipped."""
    folder = work / function.name
    requirements = _requirements(function.group, python, work)
    _run(
        [
            *("uv", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:"),
            *("--target", str(folder), "--python-version", python),
            *("--python-platform", f"x86_64-{PLATFORM.removesuffix('_x86_64')}", "-r", str(requirements)),
        ]
    )
    with zipfile.ZipFile(wheel) as own:
        own.extractall(folder)
    kept = {
        path.relative_to(folder).as_posix(): path
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }
    for pattern in (*LEFT_OUT, *PYARROW_LEFT_OUT, *function.without):
        kept = {name: path for name, path in kept.items() if not fnmatch.fnmatch(name, pattern)}
    _zip(target, kept)
    size = sum(path.stat().st_size for path in kept.values())
    if size > UNZIPPED_LIMIT:
        raise PackagingFailed(f"{target.name} is {size / MB:.0f} MB unzipped, over Lambda's limit")
    if function.name == "velib_ingest_lambda" and target.stat().st_size > INGEST_LIMIT:
        raise PackagingFailed(
            f"{target.name} is {target.stat().st_size / MB:.1f} MB, over {INGEST_LIMIT / MB:g}"
        )
    return size


def _glue(wheel: Path, work: Path, made: Path) -> None:
    """The wheels whole, as pip on Glue's machines wants them."""
    wheels = made / "wheels"
    wheels.mkdir()
    platforms = ("manylinux_2_28", "manylinux_2_27", "manylinux_2_17", "manylinux2014")
    _run(
        [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"),
            *("--only-binary", ":all:", "--python-version", GLUE_PYTHON, "--implementation", "cp"),
            *(part for platform in platforms for part in ("--platform", f"{platform}_x86_64")),
            *("--dest", str(wheels), "-r", str(_requirements(GLUE_GROUP, GLUE_PYTHON, work))),
        ]
    )
    shutil.copyfile(wheel, wheels / wheel.name)
    script = PROJECT / "src" / "velib_insights" / "aws" / JOB_SCRIPT
    shutil.copyfile(script, made / JOB_SCRIPT)


def _requirements(group: str, python: str, work: Path) -> Path:
    """The group's versions and hashes out of the lock, for that Python on Linux, whatever this machine is."""
    exported = _run(
        ["uv", "export", "--quiet", "--locked", "--only-group", group, "--no-annotate", "--no-header"]
    )
    there = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "platform_machine": "x86_64",
        "os_name": "posix",
    }
    lines = []
    for block in exported.replace("\\\n", " ").splitlines():
        said, *hashes = block.split(" --hash=")
        requirement = Requirement(said.strip())
        if requirement.marker is None or requirement.marker.evaluate(there):
            pin = f"{requirement.name}{requirement.specifier}"
            lines.append(" ".join([pin, *(f"--hash={digest.strip()}" for digest in hashes)]))
    path = work / f"{group}-{python}.txt"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def _zip(target: Path, files: dict[str, Path]) -> None:
    with zipfile.ZipFile(target, "w") as archive:
        for name, path in sorted(files.items()):
            entry = zipfile.ZipInfo(name, ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, wherever this runs: else the modes are not read
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, path.read_bytes(), compresslevel=6)


def _run(command: Sequence[str], environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(  # noqa: S603 - our own words
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise PackagingFailed(f"{_shown(command)} failed:\n{done.stderr.strip() or done.stdout.strip()}")
    sys.stderr.write(done.stderr)
    return done.stdout


def _shown(command: Iterable[str]) -> str:
    return " ".join(Path(part).name if os.sep in part else part for part in command)


if __name__ == "__main__":
    sys.exit(main())
