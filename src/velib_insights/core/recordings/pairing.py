"""Which recorded bodies belong to one fetch: statuses, and the attributes that were in force when they were fetched."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from velib_insights.core.fetch import OBSERVATION_FEEDS


class Dated(Protocol):
    """A body that was recorded, and when it was fetched, in seconds since 1970."""

    @property
    def feed(self) -> str: ...

    @property
    def at(self) -> float: ...


BodyT = TypeVar("BodyT", bound=Dated)


@dataclass(frozen=True, slots=True)
class Fetch(Generic[BodyT]):
    """One fetch: the body with the counts, its `own` other files, and those that it `shares` with another fetch.

    A body of attributes is its own where it came with this fetch or no earlier fetch has it; `shares` names the fetch
    that owns it by its place in the list.
    """

    main: BodyT
    own: tuple[BodyT, ...]
    shares: tuple[tuple[BodyT, int], ...] = ()


def pair(bodies: Sequence[BodyT]) -> tuple[list[Fetch[BodyT]], list[BodyT]]:
    """The fetches in the order of their times, and the bodies that belong to none, for want of a status.

    Attributes go with the statuses after them until the next ones, and the first ones with the statuses before them
    too, whatever their stamps are.
    """
    mains = sorted((body for body in bodies if body.feed in OBSERVATION_FEEDS), key=_by_time)
    others: dict[str, list[BodyT]] = {}
    for body in sorted((body for body in bodies if body.feed not in OBSERVATION_FEEDS), key=_by_time):
        others.setdefault(body.feed, []).append(body)
    times = {feed: [body.at for body in found] for feed, found in others.items()}
    owner: dict[int, int] = {}
    fetches = []
    for place, main in enumerate(mains):
        if main.feed != "station_status":
            fetches.append(Fetch(main, ()))
            continue
        own, shares = [], []
        for feed, found in others.items():
            body = found[max(0, bisect_right(times[feed], main.at + _TOGETHER_S) - 1)]
            first = owner.setdefault(id(body), place)
            if first == place:
                own.append(body)
            else:
                shares.append((body, first))
        fetches.append(Fetch(main, tuple(own), tuple(shares)))
    left = [body for found in others.values() for body in found if id(body) not in owner]
    return fetches, left


_TOGETHER_S = 30
"""Files of one round are fetched one after the other: attributes this much later are still of that round."""


def _by_time(body: Dated) -> tuple[float, str]:
    return body.at, body.feed
