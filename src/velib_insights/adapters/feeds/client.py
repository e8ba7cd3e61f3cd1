"""An HTTP client for feed files: patient within limits, polite by validators, and it writes down what it did."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from velib_insights.adapters.feeds import addresses
from velib_insights.adapters.feeds.credentials import Credentials
from velib_insights.adapters.feeds.limits import HttpLimits
from velib_insights.adapters.feeds.response import FeedResponse
from velib_insights.adapters.feeds.retry import RETRIED_STATUSES, pause_s, retry_after_s
from velib_insights.core.fetch import Attempt, FeedNote, FeedOutcome, FetchedFeed
from velib_insights.core.masking import masked_url

BodyForDigest = Callable[[str], bytes | None]
"""Finds a body that an earlier run kept, by its SHA-256 in hex; None where it is not kept."""

Validators = Mapping[str, tuple[str | None, str | None, str]]
"""Masked URL → (ETag, Last-Modified, SHA-256 in hex of the body they stand for)."""

_TIMES = (
    "",
    "",
    "twice",
    "three times",
    "four times",
    "five times",
    "six times",
    "seven times",
    "eight times",
)


class HttpClient:
    """Gets feed files; one for a process, shared by its feeds but not by threads.

    `validators` and `body_for` carry from one process to the next what a 304 answer needs; without the body,
    no conditional request is sent. `credentials` go to their own host alone. `clock` (aware), `monotonic` (s),
    `sleep` (s) and `uniform` are time and chance. Raises SettingsError for a proxy in the environment that cannot
    be used.
    """

    def __init__(
        self,
        limits: HttpLimits | None = None,
        *,
        validators: Validators | None = None,
        body_for: BodyForDigest | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        uniform: Callable[[float, float], float] = random.uniform,
        credentials: Credentials | None = None,
    ) -> None:
        from velib_insights.adapters.feeds.transport import Transport  # here, because it imports urllib3

        self._limits = limits or HttpLimits()
        self._transport = Transport(self._limits, credentials)
        self._headers = {
            "User-Agent": _user_agent(),
            "Accept": "application/json, */*;q=0.5",
            "Accept-Encoding": "gzip",
        }
        self._validators = dict(validators or {})
        self._bodies: dict[str, bytes] = {}
        self._body_for = body_for
        self._clock = clock
        self._monotonic = monotonic
        self._sleep = sleep
        self._uniform = uniform

    @property
    def validators(self) -> dict[str, tuple[str | None, str | None, str]]:
        """What a later client may be given, plain values; without credentials."""
        return dict(self._validators)

    def now(self) -> datetime:
        """What the client's clock says: notes are dated by it."""
        return self._clock()

    def close(self) -> None:
        """Closes the connections kept alive; the client can still be used."""
        self._transport.close()

    def get(
        self, feed: str, url: str, *, attempts: int | None = None, conditional: bool = True
    ) -> FetchedFeed:
        """The file at `url`, or why it could not be got: in the note, never raised.

        `attempts` overrules the limit; without `conditional` the file itself is always asked for.
        Raises SettingsError for a URL that is not http(s) or names no host.
        """
        url = addresses.usable(url)
        address = masked_url(url)
        remembered = self._remembered(address) if conditional else None
        headers = {**self._headers, **(remembered.conditions if remembered else {})}
        most = attempts or self._limits.attempts
        give_up_at = self._monotonic() + self._limits.deadline_s
        made: list[Attempt] = []
        while True:
            at, began = self._clock(), self._monotonic()
            answer = self._transport.ask(url, headers, give_up_at - began)
            ended = self._monotonic()
            made.append(Attempt(at, round((ended - began) * 1000), answer.status, answer.error))
            if answer.body is not None:
                digest = self._remember(address, answer.headers, answer.body)
                return self._fetched(feed, address, answer, made, "ok", answer.body, digest)
            if answer.status == 304 and remembered is not None:
                body, digest = remembered.body, remembered.digest
                return self._fetched(feed, address, answer, made, "not_modified", body, digest)
            retryable = answer.retryable if answer.error else answer.status in RETRIED_STATUSES
            if not retryable or len(made) >= most:
                return self._fetched(feed, address, answer, made, "failed")
            asked = retry_after_s(answer.headers, self._clock())
            pause = pause_s(
                len(made), asked, self._uniform, self._limits.backoff_s, self._limits.max_backoff_s
            )
            if ended + pause >= give_up_at:
                no_time = self._no_time(asked, give_up_at - ended)
                return self._fetched(feed, address, answer, made, "failed", because=no_time)
            made[-1] = Attempt(at, made[-1].elapsed_ms, answer.status, answer.error, round(pause, 3))
            self._sleep(pause)

    def _fetched(
        self,
        feed: str,
        address: str,
        answer: FeedResponse,
        made: list[Attempt],
        outcome: FeedOutcome,
        body: bytes | None = None,
        digest: str | None = None,
        because: str = "",
    ) -> FetchedFeed:
        note = FeedNote(
            feed,
            address,
            outcome,
            fetched_at=self._clock(),
            reason=_reason(made) + because if outcome == "failed" else None,
            status=answer.status,
            headers=answer.headers,
            sha256=digest,
            bytes=None if body is None else len(body),
            attempts=tuple(made),
            redirects=answer.redirects,
        )
        return FetchedFeed(note, body)

    def _remember(self, address: str, headers: Mapping[str, str], body: bytes) -> str:
        """Keeps the body for a later 304 where the server gave a validator; its SHA-256 in hex."""
        digest = hashlib.sha256(body).hexdigest()
        etag, last_modified = headers.get("etag"), headers.get("last-modified")
        self._validators.pop(address, None)
        self._bodies.pop(address, None)
        if etag or last_modified:
            self._validators[address] = (etag, last_modified, digest)
            self._bodies[address] = body
        return digest

    def _no_time(self, asked: float | None, left: float) -> str:
        allowed = f"{max(0.0, left):.0f} s left of {self._limits.deadline_s:g} s"
        if asked is not None and asked >= left:
            return f"; it asked to wait {asked:g} s, longer than the {allowed}"
        return f"; the {allowed} do not allow another attempt"

    def _remembered(self, address: str) -> _Remembered | None:
        """The body that the publisher may vouch for, if it is still at hand and is the one meant."""
        etag, last_modified, digest = self._validators.get(address, (None, None, ""))
        conditions = {
            name: value
            for name, value in (("If-None-Match", etag), ("If-Modified-Since", last_modified))
            if value and value.isascii() and value.isprintable()
        }
        if not conditions:
            return None
        body = self._bodies.get(address)
        if body is None and self._body_for is not None:
            body = self._body_for(digest)
        if body is None or hashlib.sha256(body).hexdigest() != digest:
            return None
        self._bodies[address] = body
        return _Remembered(conditions, digest, body)


class _Remembered(NamedTuple):
    conditions: dict[str, str]
    digest: str
    body: bytes


def validators_in(notes: Iterable[FeedNote]) -> dict[str, tuple[str | None, str | None, str]]:
    """The validators that notes of earlier fetches hold, the last one of an address counting."""
    return {
        note.url: (note.headers.get("etag"), note.headers.get("last-modified"), note.sha256)
        for note in notes
        if note.sha256 and (note.headers.get("etag") or note.headers.get("last-modified"))
    }


def _reason(made: list[Attempt]) -> str:
    """Why the last attempt failed, and how many there were."""
    last, count = made[-1], len(made)
    words = last.error or _status_words(last.status)
    if count == 1:
        return words
    if any((attempt.status, attempt.error) != (last.status, last.error) for attempt in made):
        return f"{words}, at attempt {count}"
    times = _TIMES[count] if count < len(_TIMES) else f"{count} times"
    return f"{words}, {times}" if last.error else f"{words} {times}"


def _status_words(status: int | None) -> str:
    return (
        "the server answered 304 to a request without conditions"
        if status == 304
        else f"the server answered {status}"
    )


def _user_agent() -> str:
    from importlib.metadata import PackageNotFoundError, version  # here, because slow to import

    try:
        number = version("velib-insights")
    except PackageNotFoundError:  # run from a folder that was copied, not installed
        number = "0"
    return f"velib-insights/{number} (+https://github.com/velib-insights/velib-insights)"
