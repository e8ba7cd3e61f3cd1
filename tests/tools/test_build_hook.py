"""What an installation brings: the compiled reader where there is a compiler, and a package for any machine without."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest
from tests.aws_artifacts import PROJECT
from tests.needed import missing

LIBRARY = "velib_insights/core/dialects/exports.so"


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    pytest.importorskip("hatchling")
    spec = importlib.util.spec_from_file_location("velib_hatch_build", PROJECT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def wheel(folder: Path, **environment: str) -> tuple[str, set[str]]:
    """The name of the package's wheel, and of the files in it."""
    uv = shutil.which("uv")
    if uv is None:
        missing("uv is not on the PATH")
    subprocess.run(
        [
            *(uv, "build", "--quiet", "--wheel", "--no-build-isolation", "--python", sys.executable),
            *("--out-dir", folder, PROJECT),
        ],
        check=True,
        env=os.environ | {"VELIB_SKIP_PAGE": "1"} | environment,
        timeout=120,
    )
    made = next(folder.glob("*.whl"))
    return made.name, set(zipfile.ZipFile(made).namelist())


def test_the_wheel_carries_the_compiled_reader_and_says_for_which_platform(tmp_path: Path) -> None:
    if not any(map(shutil.which, ("cc", "gcc", "clang"))):
        missing("there is no C compiler")
    name, files = wheel(tmp_path)
    assert LIBRARY in files
    assert "-py3-none-" in name
    assert not name.endswith("-any.whl")


@pytest.mark.parametrize("how", [{"VELIB_SKIP_COMPILED": "1"}, {"CC": "false", "VELIB_REQUIRE_ALL": "0"}])
def test_without_it_the_wheel_is_for_any_machine(tmp_path: Path, how: dict[str, str]) -> None:
    name, files = wheel(tmp_path, **how)
    assert LIBRARY not in files
    assert name.endswith("-py3-none-any.whl")


def test_what_the_compiler_says_is_told(
    hook: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "wrong.c").write_text("this is not C")
    if any(map(shutil.which, ("cc", "gcc", "clang"))):
        with pytest.raises(hook.CompilationFailed, match=r"could not compile wrong\.c: .*error"):
            hook.compile_exports(tmp_path / "wrong.c", tmp_path / "wrong.so")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(hook.CompilationFailed, match="there is no C compiler"):
        hook.compile_exports(tmp_path / "wrong.c", tmp_path / "wrong.so")
    assert [path.name for path in tmp_path.iterdir()] == ["wrong.c"]
