"""How often recordings were made, and where that changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby, pairwise

from velib_insights.core.ticks.tick import DEFAULT_CADENCE_S

CADENCES_S = (60, 120, 180, 300, 360, 600, 720, 900, 1200, 1800, 3600)
_DAY_S = 86_400
_LASTING_DAYS = 3
_LEAST_GAPS = 4
_SHORTEST_S = 30


def usual_cadence_s(times: Sequence[float]) -> int:
    """The usual time between two fetches, as a divisor of the hour; 15 minutes where the times do not tell.

    `times` are in seconds since 1970, ascending.
    """
    found = _median_cadence_s(times)
    return DEFAULT_CADENCE_S if found is None else found


def cadences_s(times: Sequence[float]) -> list[tuple[float, int]]:
    """The cadences in the order in which they came into force, each with the time of its first fetch.

    A change counts from the day on which another cadence begins that holds for three days with fetches, or to the
    end; shorter ones are gaps. `times` are in seconds since 1970, ascending.
    """
    if not times:
        return []
    days = [list(found) for _, found in groupby(times, key=lambda at: int(at // _DAY_S))]
    by_day = [_median_cadence_s(found) for found in days]
    known = [cadence for cadence in by_day if cadence is not None]
    if not known:
        return [(times[0], usual_cadence_s(times))]
    filled: list[int] = []
    for cadence in by_day:
        filled.append(cadence if cadence is not None else filled[-1] if filled else known[0])
    runs = [list(found) for _, found in groupby(enumerate(filled), key=lambda each: each[1])]
    usual = Counter(filled).most_common(1)[0][0]
    changes: list[tuple[float, int]] = []
    for run in runs:
        place, cadence = run[0]
        if len(run) < _LASTING_DAYS and len(runs) > 1:
            cadence = changes[-1][1] if changes else usual
        if not changes or changes[-1][1] != cadence:
            changes.append((days[place][0], cadence))
    return changes


def _median_cadence_s(times: Sequence[float]) -> int | None:
    gaps = sorted(b - a for a, b in pairwise(times))
    close = [gap for gap in gaps if _SHORTEST_S <= gap <= 1.1 * max(CADENCES_S)]
    if not close or (len(times) > _LEAST_GAPS and len(close) < _LEAST_GAPS // 2):
        return None
    usual = close[len(close) // 2]
    # Never longer than the gap, or two fetches would share a tick and one of them would not count.
    return max((cadence for cadence in CADENCES_S if cadence <= 1.1 * usual), default=CADENCES_S[0])
