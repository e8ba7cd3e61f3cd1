"""Server-sent events: who shows the present hears of a new tick when its files are ready, and not later."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator

from velib_insights.dashboard.live_site import LiveSite

MEDIA_TYPE = "text/event-stream"
# Under the time for which a client may take its answer; a browser connects again by itself.
LONGEST_S = 90.0
_LOOK_EVERY_S = 0.5
# A connection on which nothing is said is cut by proxies, often after half a minute.
_QUIET_S = 15.0
_CONNECT_AGAIN_MS = 3_000


async def ticks_as_they_come(site: LiveSite) -> AsyncIterator[bytes]:
    """An event for the tick that is served and for each later one, for LONGEST_S or until the server stops."""
    began = said = time.monotonic()
    known = None
    yield f"retry: {_CONNECT_AGAIN_MS}\n\n".encode()
    while not site.is_stopping and time.monotonic() - began < LONGEST_S:
        served = site.tick_served()
        if served is not None and served != known:
            known, said = served, time.monotonic()
            told = json.dumps({"observed_epoch": served[0], "ledger_epoch": served[1]})
            yield f"event: tick\nid: {served[1]}\ndata: {told}\n\n".encode()
        elif time.monotonic() - said >= _QUIET_S:
            said = time.monotonic()
            yield b": nothing new\n\n"
        await asyncio.sleep(_LOOK_EVERY_S)
