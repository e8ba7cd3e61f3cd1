"""A webhook: JSON sent by POST from a thread of its own, tried again, and never waited for by who sends."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec

from velib_insights.core.errors import SettingsError
from velib_insights.core.masking import masked_url

_WAITS_S = (1.0, 5.0, 25.0)
_TIMEOUT_S = 10.0
_MOST_WAITING = 1_000
_END_S = 5.0


class Webhook:
    """`url` takes each notice. What cannot be delivered is said by `warn` and let go.

    Raises SettingsError where `url` is no http(s) address.
    """

    def __init__(self, url: str, warn: Callable[[str], None], waits_s: tuple[float, ...] = _WAITS_S) -> None:
        if not url.startswith(("http://", "https://")):
            raise SettingsError(
                f"{masked_url(url)!r} is no address to notify", hint="Give one that begins with https://."
            )
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
        import urllib3

        pool = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(total=_TIMEOUT_S))
        while (notice := self._waiting.get()) is not None:
            self._deliver_one(pool, notice)

    def _deliver_one(self, pool: Any, notice: dict[str, Any]) -> None:
        body = msgspec.json.encode(notice)
        headers = {"Content-Type": "application/json", "User-Agent": "velib-insights"}
        for wait_s in (*self._waits_s, None):
            why = self._tried(pool, body, headers)
            if why is None:
                return
            if wait_s is None or why.startswith("refused") or self._ends.wait(wait_s):
                break
        self._warn(f"{masked_url(self._url)} was not notified of {notice.get('rule')!r}: {why}")

    def _tried(self, pool: Any, body: bytes, headers: dict[str, str]) -> str | None:
        """Why it was not delivered; None where it was."""
        import urllib3

        try:
            status = pool.request("POST", self._url, body=body, headers=headers, redirect=False).status
        except urllib3.exceptions.HTTPError as error:
            return f"it cannot be reached ({type(error).__name__})"
        if status < 300:
            return None
        # Asking again helps against what passes, and against nothing else.
        return f"HTTP {status}" if status >= 500 or status in (408, 425, 429) else f"refused by HTTP {status}"
