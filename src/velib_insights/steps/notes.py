"""The notes of fetches, as they lie in the raw store beside the bodies."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from velib_insights.adapters.lake import Lake
from velib_insights.core import keys
from velib_insights.core.errors import LakeError
from velib_insights.core.fetch import NOTE_DECODER, FetchNote
from velib_insights.core.keys import FetchId
from velib_insights.core.ticks.tick import Hour, Tick

Warn = Callable[[str], None]
"""Takes a sentence on something that is wrong and keeps nothing from going on."""


def silent(_: str) -> None:
    """Warns nobody: `velib doctor` names what is wrong."""


def read_note(body: bytes, where: str) -> FetchNote:
    """Raises LakeError, which names `where`, for a note that cannot be read."""
    try:
        return NOTE_DECODER.decode(body)
    except msgspec.DecodeError as error:
        raise LakeError(
            f"{where} is not a fetch note: {error}",
            hint="Move it out of the lake; the bodies beside it still count.",
        ) from error


def notes_of_hour(
    lake: Lake, source: str, hour: Hour, warn: Warn = silent, *, of: Tick | None = None
) -> Iterator[tuple[FetchId, FetchNote]]:
    """The notes of every fetch of the hour, or `of` one tick, the last one first, each read when it is asked for.

    `warn` is told of those that cannot be read; they are passed over.
    """
    named = []
    for entry in lake.entries(keys.hour_folder(keys.raw_tier(source), hour)):
        parsed = keys.parse_raw_name(entry.key.rsplit("/", 1)[-1])
        if parsed and parsed.is_note and of in (None, parsed.fetch.tick):
            named.append((parsed.fetch, entry.key))
    for fetch, key in sorted(named, reverse=True):
        note = note_at(lake, key, warn)
        if note is not None:
            yield fetch, note


def note_at(lake: Lake, key: str, warn: Warn = silent) -> FetchNote | None:
    """The note; None where there is none, or where `warn` was told that it cannot be read."""
    try:
        body = lake.get(key)
        return None if body is None else read_note(body, key)
    except LakeError as error:
        warn(f"{error.message}. {error.hint}")
        return None
