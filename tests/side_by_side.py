"""`pytest -n 3`: which tests share a process where they run side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from xdist.scheduler import LoadScopeScheduling

# A file stays together, and so does a folder whose fixtures take long: an emulator of AWS, Spark, a browser.
TOGETHER = {
    "tests/aws/": "aws",
    "tests/tools/": "aws",
    "tests/spec/": "spec",
    "tests/browser/": "browser",
}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    from xdist.scheduler import LoadScopeScheduling

    class ByFixtures(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return next((group for folder, group in TOGETHER.items() if file.startswith(folder)), file)

    return ByFixtures(config, log)
