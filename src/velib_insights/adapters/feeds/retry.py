"""When to ask again, and after how long."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime

from velib_insights.core.http_headers import http_date

RETRIED_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})

_DIGITS = re.compile(r"[0-9]+")


def pause_s(
    failures: int,
    asked_s: float | None,
    uniform: Callable[[float, float], float],
    base_s: float,
    cap_s: float,
) -> float:
    """Seconds to wait after `failures` failures: full jitter, and never less than the server asked for.

    Full jitter, because many clients that failed together must not come back together
    (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
    """
    # 2.0 ** n overflows past 1023; the cap is reached long before.
    ceiling = min(cap_s, base_s * 2.0 ** min(failures - 1, 60))
    return max(asked_s or 0.0, uniform(0.0, ceiling))


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that `retry-after` asks for, given as seconds or as an HTTP date; None without or unreadable.

    A date is counted from the answer's own `date`, so that a clock that is wrong on one side does no harm.
    """
    value = headers.get("retry-after", "").strip()
    if _DIGITS.fullmatch(value):
        return float(value) if len(value) < 10 else math.inf
    moment = http_date(value)
    if moment is None:
        return None
    return max(0.0, (moment - (http_date(headers.get("date", "")) or now)).total_seconds())
