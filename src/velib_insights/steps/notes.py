"""The notes of fetches, as they lie in the raw store beside the bodies."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from velib_insights.adapters.lake import Lake
from velib_insights.core import keys
from velib_insights.core.errors import LakeError
from velib_insights.core.fetch import NOTE_DECODER, FetchNote
from velib_insights.core.keys import FetchId
from velib_insights.core.tick import Hour


def read_note(body: bytes, where: str) -> FetchNote:
    """Raises LakeError, which names `where`, for a note that cannot be read."""
    try:
        return NOTE_DECODER.decode(body)
    except msgspec.DecodeError as error:
        raise LakeError(
            f"{where} is not a fetch note: {error}",
            hint="Move it out of the lake; the bodies beside it still count.",
        ) from error


def notes_of_hour(lake: Lake, source: str, hour: Hour) -> Iterator[tuple[FetchId, FetchNote]]:
    """The notes of every fetch of the hour, the last one first, each read when it is asked for."""
    named = []
    for entry in lake.entries(keys.hour_folder(keys.raw_tier(source), hour)):
        parsed = keys.parse_raw_name(entry.key.rsplit("/", 1)[-1])
        if parsed and parsed.is_note:
            named.append((parsed.fetch, entry.key))
    for fetch, key in sorted(named, reverse=True):
        body = lake.get(key)
        if body is not None:
            yield fetch, read_note(body, key)
