"""How the files of a feed travel: addresses, redirects, status, media type, compression, caching."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from velib_insights.core.fetch import OBSERVATION_FEEDS, FeedNote, FetchedFeed
from velib_insights.steps.doctor.feed.clocks import LATE_S
from velib_insights.steps.doctor.feed.remark import Remark
from velib_insights.steps.doctor.finding import counted, duration, named, volume

_WITHOUT_COUNTS = "A required file must not be missing; without the counts a tick is lost."
SLOW_MS = 10_000
_WORTH_COMPRESSING = 10_000  # bytes


def remarks_on_transport(files: Sequence[FetchedFeed], needed: Sequence[str]) -> Iterator[Remark]:
    """What did not come, file by file; then what several files have in common."""
    for file in files:
        note = file.note
        if file.body is None:
            is_needed = note.feed in needed
            yield Remark(
                "error" if note.feed in OBSERVATION_FEEDS else "warning" if is_needed else "note",
                "file_missing",
                note.feed,
                f"it does not come from {note.url}: {note.reason}.",
                _WITHOUT_COUNTS
                if note.feed in OBSERVATION_FEEDS
                else "A required file must not be missing."
                if is_needed
                else "Readers of it get nothing.",
                section="file-requirements" if is_needed else "",
                figures={"url": note.url, "status": note.status},
            )
    came = [file.note for file in files if file.body is not None]
    yield from _addresses(came)
    yield from _headers(came)
    yield from _cached_too_long([note for note in came if note.feed in OBSERVATION_FEEDS])
    slow = [note for note in came if _took_ms(note) > SLOW_MS]
    if slow:
        yield _of_files(
            "warning", "slow", slow, f"took more than {SLOW_MS // 1000} s to come", "Readers give up on it."
        )


def _addresses(came: Sequence[FeedNote]) -> Iterator[Remark]:
    plain = [note for note in came if urlsplit(note.url).scheme == "http" and not _is_here(note.url)]
    if plain:
        yield _of_files(
            "warning",
            "not_https",
            plain,
            "came over http, not https",
            "Browsers block it on pages that are served over https.",
        )
    passed_on = [note for note in came if note.redirects]
    if passed_on:
        to = named(list(dict.fromkeys(note.redirects[-1] for note in passed_on)), 2)
        yield _of_files(
            "note",
            "redirected",
            passed_on,
            f"came by a redirect to {to}",
            "gbfs.json should list the addresses at which files are.",
        )


def _headers(came: Sequence[FeedNote]) -> Iterator[Remark]:
    not_json = [note for note in came if "json" not in note.headers.get("content-type", "").lower()]
    if not_json:
        types = named(sorted({note.headers.get("content-type") or "none" for note in not_json}), 2)
        yield _of_files(
            "note",
            "media_type",
            not_json,
            f"came with the media type {types}",
            "Some readers take only application/json.",
        )
    large = [
        note
        for note in came
        if (note.bytes or 0) >= _WORTH_COMPRESSING and not note.headers.get("content-encoding")
    ]
    if large:
        size = volume(sum(note.bytes or 0 for note in large))
        yield _of_files(
            "note",
            "not_compressed",
            large,
            f"came uncompressed although gzip was asked for ({size})",
            "Compressed, JSON is about a tenth of the size.",
        )
    unmarked = [note for note in came if not {"etag", "last-modified"} & note.headers.keys()]
    if unmarked:
        yield _of_files(
            "note",
            "no_validator",
            unmarked,
            "came without ETag and Last-Modified",
            "Readers download again what has not changed.",
        )


def _cached_too_long(counts: Sequence[FeedNote]) -> Iterator[Remark]:
    """A cache that may keep the counts longer than they may be old."""
    for note in counts:
        header = note.headers.get("cache-control", "")
        max_age = re.search(r"(?:^|[\s,])max-age=(\d{1,9})", header.lower())
        if max_age and int(max_age[1]) > LATE_S:
            yield Remark(
                "warning",
                "cached_too_long",
                note.feed,
                f"Cache-Control lets caches keep it for {duration(int(max_age[1]))} ({header}).",
                "Readers behind a cache get counts of that age.",
                section="data-latency",
            )


def _of_files(severity: str, check: str, notes: Sequence[FeedNote], what: str, why: str) -> Remark:
    names = [note.feed for note in notes]
    return Remark(
        "warning" if severity == "warning" else "note",
        check,
        names[0] if len(names) == 1 else "",
        f"{counted(len(names), 'file')} {what}: {named(names, 6)}.",
        why,
        figures={"files": names},
    )


def _took_ms(note: FeedNote) -> int:
    return note.attempts[-1].elapsed_ms if note.attempts else 0


def _is_here(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")
