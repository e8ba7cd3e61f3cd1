"""What not every machine has: tests that need it are skipped, saying why, or fail where all is required."""

from __future__ import annotations

import importlib
import os
from typing import Any, NoReturn

import pytest


def missing(reason: str) -> NoReturn:
    """Skips the test, or fails it with VELIB_REQUIRE_ALL=1, as CI has it."""
    if os.environ.get("VELIB_REQUIRE_ALL") == "1":
        pytest.fail(f"VELIB_REQUIRE_ALL wants every test, and {reason}")
    pytest.skip(reason)


def module(name: str, group: str) -> Any:
    """The module; without it the whole test module that asks is skipped. `group` is the one that brings it."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        reason = f"{name.partition('.')[0]} is not installed (uv sync --group {group})"
        if os.environ.get("VELIB_REQUIRE_ALL") == "1":
            raise RuntimeError(f"{reason}, and VELIB_REQUIRE_ALL wants every test") from error
        pytest.skip(reason, allow_module_level=True)
