"""Instants as feeds write them, to whole seconds since 1970."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

# 1970 to 2065: outside it a number is no time of a bike-share; and the lag behind a fetch fits 32 bits.
_EARLIEST, _LATEST = 0, 3_000_000_000
_MILLISECONDS = 100_000_000_000


def epoch_of(value: object) -> int | None:
    """Seconds or milliseconds since 1970, or ISO 8601 text (UTC where no offset is given); else None."""
    if isinstance(value, str):
        try:
            instant = datetime.fromisoformat(value)
            seconds = (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            return None
    elif isinstance(value, int | float) and not isinstance(value, bool):
        seconds = value / 1000 if value > _MILLISECONDS else value
    else:
        return None
    return int(seconds) if _EARLIEST <= seconds <= _LATEST else None


class Epochs(dict[object, int | None]):
    """A memo of `epoch_of`: feeds write the same few hundred instants over and over."""

    def __missing__(self, value: object) -> int | None:
        if len(self) > 200_000:
            self.clear()
        epoch = self[value] = epoch_of(value)
        return epoch

    def column(self, values: Sequence[object]) -> list[int | None]:
        """Those of many values, in their order."""
        return [self[value] for value in values]
