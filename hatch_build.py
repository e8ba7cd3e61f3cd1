"""Build hook: the page is part of the package. Where it cannot be built the package installs without it.

`velib serve` then says how to build it. VELIB_SKIP_PAGE=1 leaves the page out on purpose; with VELIB_REQUIRE_ALL=1, as
in CI, a page that cannot be built fails the build.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PageBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - the interface of Hatch
        """Builds the page before the files of the package are gathered."""
        script = Path(self.root) / "web" / "build.py"
        page = Path(self.root) / "src" / "velib_insights" / "dashboard" / "page"
        if os.environ.get("VELIB_SKIP_PAGE") == "1" or not script.is_file():
            return
        web = _loaded(script)
        try:
            web.build(page)
        except (web.BuildFailed, OSError) as error:
            if os.environ.get("VELIB_REQUIRE_ALL") == "1":
                raise
            self.app.display_warning(
                f"The page was not built, so `velib serve` will have none: {error}\n"
                "Build it later with: python web/build.py"
            )
            return
        # The page is git-ignored; the source distribution takes it too, so that installing from it needs no Node.
        build_data["artifacts"].append("src/velib_insights/dashboard/page/**")


def _loaded(script: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("velib_web_build", script)
    if spec is None or spec.loader is None:
        raise ImportError(f"{script} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module
