"""A webhook: JSON sent by POST from a thread of its own, tried again, and never waited for by who sends."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec

from velib_insights.adapters.feeds.limits import HttpLimits
from velib_insights.core.errors import SettingsError
from velib_insights.core.masking import masked_url

_WAITS_S = (1.0, 5.0, 25.0)
_LIMITS = HttpLimits(connect_s=5, read_s=10, deadline_s=10)
_MOST_WAITING = 1_000
_END_S = 5.0


class Webhook:
    """`url` takes each notice. What cannot be delivered is said by `warn` and let go.

    Raises SettingsError for an address or a proxy that cannot be used.
    """

    def __init__(self, url: str, warn: Callable[[str], None], waits_s: tuple[float, ...] = _WAITS_S) -> None:
        # Not on import: most commands notify nobody.
        from velib_insights.adapters.feeds import addresses
        from velib_insights.adapters.feeds.transport import Transport

        if wrong := addresses.what_is_wrong(url):
            raise SettingsError(
                f"{masked_url(url)!r} is no address to notify: {wrong}",
                hint="Give one like https://example.org/hook.",
            )
        self._transport = Transport(_LIMITS)
        self._url, self._warn, self._waits_s = url, warn, waits_s
        self._waiting: queue.Queue[dict[str, Any] | None] = queue.Queue(_MOST_WAITING)
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._deliver, daemon=True)
        self._thread.start()

    def send(self, notice: dict[str, Any]) -> None:
        """At once: the notice is delivered later."""
        try:
            self._waiting.put_nowait(notice)
        except queue.Full:
            self._warn(
                f"{masked_url(self._url)} takes nothing: a notice of {notice.get('rule')!r} was let go"
            )

    def close(self) -> None:
        """Lets what waits be tried once more, for a few seconds at most."""
        self._ends.set()
        with suppress(queue.Full):
            self._waiting.put_nowait(None)
        self._thread.join(_END_S)

    def _deliver(self) -> None:
        while (notice := self._waiting.get()) is not None:
            self._deliver_one(notice)
        self._transport.close()

    def _deliver_one(self, notice: dict[str, Any]) -> None:
        body = msgspec.json.encode(notice)
        headers = {"content-type": "application/json", "user-agent": "velib-insights"}
        for wait_s in (*self._waits_s, None):
            answer = self._transport.tell(self._url, headers, body, _LIMITS.deadline_s)
            if answer.status is not None and answer.status < 300:
                return
            # Asking again helps against what passes, and against nothing else.
            passes = answer.retryable or (answer.status or 0) >= 500 or answer.status in (408, 425, 429)
            if not passes or wait_s is None or self._ends.wait(wait_s):
                break
        why = answer.error or f"{'' if passes else 'refused by '}HTTP {answer.status}"
        self._warn(f"{masked_url(self._url)} was not notified of {notice.get('rule')!r}: {why}")
