"""Modules that not every machine has: tests that need one are skipped, saying why, or fail where all is required."""

from __future__ import annotations

import importlib
import os
from typing import Any

import pytest


def module(name: str, group: str) -> Any:
    """The module; without it the whole test module that asks is skipped. `group` is the one that brings it."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        reason = f"{name.partition('.')[0]} is not installed (uv sync --group {group})"
        if os.environ.get("VELIB_REQUIRE_ALL") == "1":
            raise RuntimeError(f"{reason}, and VELIB_REQUIRE_ALL wants every test") from error
        pytest.skip(reason, allow_module_level=True)
