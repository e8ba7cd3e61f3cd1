"""A station of the simulated network, as it stands on the street."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["street", "dead", "event", "relay"]

ALWAYS = 4_102_444_800  # 2100-01-01: later than any instant that is simulated


@dataclass(frozen=True, slots=True, eq=False)
class Station:
    """What does not change while a station stands, save its name: `names` is (since, name), oldest first.

    Compared by identity: a network makes each of its stations once, and again where its name or end changes.

    `capacity` is what the operator declares, `docks_built` what is there: they differ on a few stations.
    `order` places the station in the feed. `born` and `gone` are epoch seconds, `gone` excluded.
    """

    station_id: int
    code: str
    names: tuple[tuple[int, str], ...]
    lat: float
    lon: float
    zone_code: str
    commune_name: str
    commune_code: str
    capacity: int
    docks_built: int
    takes_cards: bool
    order: float
    kind: Kind = "street"
    is_installed: bool = True
    last_reported: int = 0
    born: int = 0
    gone: int = ALWAYS

    def name_at(self, epoch: int) -> str:
        name = self.names[0][1]
        if len(self.names) == 1:
            return name
        for since, newer in self.names[1:]:
            if since <= epoch:
                name = newer
        return name

    def stands_at(self, epoch: int) -> bool:
        return self.born <= epoch < self.gone
