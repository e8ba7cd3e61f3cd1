"""How far Hypothesis looks: the same examples on every run where CI is set, new ones elsewhere."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

_QUIET = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]

settings.register_profile(
    "ci", max_examples=120, deadline=None, derandomize=True, database=None, suppress_health_check=_QUIET
)
settings.register_profile(
    "here", max_examples=120, deadline=None, database=None, suppress_health_check=_QUIET
)
settings.load_profile("ci" if os.environ.get("CI") else "here")
