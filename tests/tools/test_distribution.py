"""What `just dist` builds, installed as people install it and run in an environment of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest
from tests.aws_artifacts import PROJECT
from tests.needed import missing, module

RAW = "https://raw.githubusercontent.com/velib-insights/velib-insights/main"

if sys.platform == "linux":
    module("auditwheel", "dist")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The three files by their kind: sdist, compiled, pure."""
    if not any(map(shutil.which, ("cc", "gcc", "clang"))):
        missing("there is no C compiler")
    if shutil.which("uv") is None:
        missing("uv is not on the PATH")
    out = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "tools/distribution.py", "--out", out], cwd=PROJECT, check=True, timeout=300
    )
    files = sorted(out.iterdir())
    assert len(files) == 3, files
    kinds = {".gz": "sdist"}
    return {kinds.get(path.suffix, "pure" if "-any" in path.name else "compiled"): path for path in files}


@pytest.mark.skipif(sys.platform != "linux", reason="manylinux is of Linux")
def test_the_wheel_names_the_oldest_linux_that_it_runs_on(built: dict[str, Path]) -> None:
    assert re.search(r"-py3-none-.*manylinux_2_\d+_\w+\.whl$", built["compiled"].name)
    assert "-linux_" not in built["compiled"].name


def test_all_three_carry_the_page_and_only_one_the_compiled_reader(built: dict[str, Path]) -> None:
    page, reader = "velib_insights/dashboard/page/index.html", "velib_insights/core/dialects/exports.so"
    compiled, pure = (files_of(built[kind]) for kind in ("compiled", "pure"))
    assert page in compiled
    assert page in pure
    assert reader in compiled
    assert compiled - pure == {reader}
    with tarfile.open(built["sdist"]) as archive:
        names = archive.getnames()
    assert any(name.endswith(f"src/{page}") for name in names)
    assert not any(name.endswith(".so") for name in names)


def files_of(wheel: Path) -> set[str]:
    """Files of the package; auditwheel lists folders and adds notes of its own to the metadata."""
    names = zipfile.ZipFile(wheel).namelist()
    return {name for name in names if not name.endswith("/") and ".dist-info/" not in name}


def test_the_readme_of_a_package_index_has_whole_addresses(built: dict[str, Path]) -> None:
    archive = zipfile.ZipFile(built["pure"])
    metadata = archive.read(next(name for name in archive.namelist() if name.endswith("/METADATA"))).decode()
    readme = metadata.partition("\n\n")[2]
    links = re.findall(r"\]\(([^)\s]+)\)", readme) + re.findall(r'src="([^"]+)"', readme)
    assert len(links) > 20
    assert [link for link in links if not link.startswith(("https://", "#"))] == []
    pictures = re.findall(r"!\[[^\]]*\]\(([^)\s]+)\)", readme)
    assert pictures
    for picture in pictures:
        assert (PROJECT / picture.removeprefix(f"{RAW}/")).is_file(), picture


def test_the_installed_wheel_runs_the_whole_pipeline(built: dict[str, Path], tmp_path: Path) -> None:
    python = installed(built["compiled"], tmp_path / "env")
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path / "home"), "LANG": "C.UTF-8"}
    (tmp_path / "home").mkdir()

    def run(*command: str) -> str:
        ended = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=240
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    where = run(str(python), "-c", "import velib_insights; print(velib_insights.__file__)").strip()
    assert Path(where).is_relative_to(tmp_path / "env")
    velib = str(python.parent / "velib")
    assert "kpi_shortage" in run(velib, "demo", "--no-serve", "--days", "1", "--lake", "lake")
    assert "station_code" in run(velib, "kpi", "kpi_shortage", "--lake", "lake", "--format", "csv")
    loaded = "from velib_insights.core.dialects import compiled; print(compiled.load() is not None)"
    assert run(str(python), "-c", loaded).strip() == "True"


def installed(wheel: Path, environment: Path) -> Path:
    """The Python of a new environment with the wheel; what it depends on is this environment's."""
    subprocess.run(["uv", "venv", "--quiet", "--python", sys.executable, environment], check=True, timeout=60)
    python = environment / "bin" / "python"
    subprocess.run(
        ["uv", "pip", "install", "--quiet", "--offline", "--no-deps", "--python", python, wheel],
        check=True,
        timeout=60,
    )
    site = next((environment / "lib").glob("python*/site-packages"))
    # A folder that a .pth names comes after the environment's own, and its own .pth files are not read.
    (site / "dependencies.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    return python
