"""Build hook: the page and the compiled reader of exports are part of the package, where they can be built.

Without the page `velib serve` says how to build it; without the reader cleaning takes longer and gives the same.
VELIB_SKIP_PAGE=1 and VELIB_SKIP_COMPILED=1 leave them out on purpose; with VELIB_REQUIRE_ALL=1, as in CI, what
cannot be built fails the build.
"""

from __future__ import annotations

import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PAGE = "src/velib_insights/dashboard/page"
EXPORTS = "src/velib_insights/core/dialects/exports"
COMPILERS = ("cc", "gcc", "clang")
FLAGS = ("-O2", "-shared", "-fPIC", "-fvisibility=hidden")


class VelibBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Builds both before the files of the package are gathered."""
        self._add_page(build_data)
        if self.target_name == "wheel":
            self._add_compiled(build_data, is_editable=version == "editable")

    def _add_page(self, build_data: dict[str, Any]) -> None:
        script = Path(self.root) / "web" / "build.py"
        if os.environ.get("VELIB_SKIP_PAGE") == "1" or not script.is_file():
            return
        web = _loaded(script)
        try:
            web.build(Path(self.root) / PAGE)
        except (web.BuildFailed, OSError) as error:
            self._without(
                f"The page was not built, so `velib serve` will have none: {error}\n"
                "Build it later with: python web/build.py",
                error,
            )
            return
        # The page is git-ignored; the source distribution takes it too, so that installing from it needs no Node.
        build_data["artifacts"].append(f"{PAGE}/**")

    def _add_compiled(self, build_data: dict[str, Any], *, is_editable: bool) -> None:
        if os.environ.get("VELIB_SKIP_COMPILED") == "1":
            return
        try:
            compile_exports(Path(self.root) / f"{EXPORTS}.c", Path(self.root) / f"{EXPORTS}.so")
        except (CompilationFailed, OSError) as error:
            self._without(f"Cleaning will take longer: {error}", error)
            return
        if not is_editable:
            build_data["artifacts"].append(f"{EXPORTS}.so")
            build_data["pure_python"] = False
            # It is loaded by ctypes, so any Python of this platform can.
            platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
            build_data["tag"] = f"py3-none-{platform}"

    def _without(self, warning: str, error: Exception) -> None:
        if os.environ.get("VELIB_REQUIRE_ALL") == "1":
            raise error
        self.app.display_warning(warning)


class CompilationFailed(Exception):
    """The message says what is missing or what the compiler said."""


def compile_exports(source: Path, library: Path) -> None:
    """The reader as a shared library, in place of the last. Raises CompilationFailed."""
    named = shlex.split(os.environ.get("CC", "")) or next(
        ([found] for name in COMPILERS if (found := shutil.which(name))), []
    )
    if not named:
        raise CompilationFailed("there is no C compiler (cc, gcc, clang or $CC)")
    half = library.with_suffix(f".{os.getpid()}")
    try:
        ended = subprocess.run(  # noqa: S603 - the builder's own compiler
            [*named, *FLAGS, "-o", str(half), str(source)], capture_output=True, text=True, check=False
        )
        if ended.returncode:
            raise CompilationFailed(f"{named[0]} could not compile {source.name}: {ended.stderr.strip()}")
        half.replace(library)  # a process may have the last one loaded
    finally:
        half.unlink(missing_ok=True)


def _loaded(script: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("velib_web_build", script)
    if spec is None or spec.loader is None:
        raise ImportError(f"{script} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module
