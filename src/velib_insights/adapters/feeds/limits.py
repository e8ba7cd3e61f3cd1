"""How long, how often and how much: the settings of a fetch."""

from __future__ import annotations

from dataclasses import dataclass, fields

from velib_insights.core.errors import SettingsError


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """Limits of one feed file. Raises SettingsError for a limit that is not above zero.

    `deadline_s` holds for all attempts and pauses together, to the last byte; `max_bytes` for the body
    decompressed; the pause after the n-th failure is drawn from 0 to `backoff_s` * 2^(n-1), at most
    `max_backoff_s`.
    """

    connect_s: float = 5.0
    read_s: float = 15.0
    deadline_s: float = 60.0
    attempts: int = 4
    max_bytes: int = 20_000_000
    max_redirects: int = 5
    backoff_s: float = 1.0
    max_backoff_s: float = 20.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not value > 0:
                raise SettingsError(f"{field.name} must be above 0, not {value}")
