"""From a bike-share's open feed to a history that can be trusted and figures that can be acted on.

    import velib_insights as velib

    lake = velib.open_lake("lake")

The tour of the house is `steps/`: ingest, clean, catalog, kpi, publish. Importing the package imports none of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from velib_insights.api import Insights, Lake, StationMap, explore, open_lake
    from velib_insights.core.errors import (
        FeedChanged,
        FeedUnavailable,
        ImportIncomplete,
        LakeError,
        NothingThere,
        QueryError,
        SettingsError,
        VelibError,
    )

_ERRORS = (
    "FeedChanged",
    "FeedUnavailable",
    "ImportIncomplete",
    "LakeError",
    "NothingThere",
    "QueryError",
    "SettingsError",
    "VelibError",
)
__all__ = [
    "FeedChanged",
    "FeedUnavailable",
    "ImportIncomplete",
    "Insights",
    "Lake",
    "LakeError",
    "NothingThere",
    "QueryError",
    "SettingsError",
    "StationMap",
    "VelibError",
    "explore",
    "open_lake",
]


def __getattr__(name: str) -> Any:
    """Imports what is asked for when it is asked for: the commands and the Lambdas import this package too."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module = import_module(f"{__name__}.core.errors" if name in _ERRORS else f"{__name__}.api")
    return getattr(module, name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
