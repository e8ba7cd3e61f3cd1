"""Reference figures of the zones in which the simulated stations stand.

`zone_discs.csv`: discs that lie inside each zone (centre in degrees, radius in metres, weight = stations there),
rounded. Derived from the outlines of the arrondissements (opendata.paris.fr) and communes (IGN, simplified) and
from the station positions of the GBFS feed of 18 October 2025 (Vélib' Métropole, Licence Ouverte 2.0): the
discs that hold most stations and keep 45 m from the boundary.

`zone_usual_fill.csv`: stations, and usual fill at night (04:00), at midday and at 21:00 and the share of e-bikes,
rounded to 0.02 and, for small zones, drawn towards the mean of the network. Derived from the Opendatasoft copy of
Tuesday 5 November 2024 (ODbL, Ville de Paris / Vélib' Métropole); the night is extrapolated from both ends of
the recorded day.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

METRES_PER_DEGREE_LAT = 111_200.0
METRES_PER_DEGREE_LON = 73_240.0  # at 48.86 degrees north


@dataclass(frozen=True, slots=True)
class Disc:
    lat: float
    lon: float
    radius_m: float
    weight: int


@dataclass(frozen=True, slots=True)
class Zone:
    """One arrondissement or commune. Fills and the e-bike share are ratios; `prefix` begins station codes."""

    code: str
    name: str
    prefix: int
    stations: int
    night_fill: float
    day_fill: float
    evening_fill: float
    ebike_share: float
    discs: tuple[Disc, ...]

    @property
    def is_paris(self) -> bool:
        return self.code.startswith("751")

    def station_code(self, number: int) -> str:
        """The code of the `number`th station: thousands in Paris ("9020"), hundreds elsewhere ("21003")."""
        return str(self.prefix * (1000 if self.is_paris else 100) + number)


def _rows(package: str, name: str) -> list[dict[str, str]]:
    text = files(package).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def zones() -> tuple[Zone, ...]:
    """The 84 zones, in the order of the table of station codes."""
    usuals = {row["zone_code"]: row for row in _rows("velib_insights.simulator.world", "zone_usual_fill.csv")}
    discs: dict[str, list[Disc]] = {}
    for row in _rows("velib_insights.simulator.world", "zone_discs.csv"):
        disc = Disc(float(row["lat"]), float(row["lon"]), float(row["radius_m"]), int(row["weight"]))
        discs.setdefault(row["zone_code"], []).append(disc)
    made = []
    for row in _rows("velib_insights.core", "station_code_zones.csv"):
        code = row["insee_code"]
        usual = usuals[code]
        made.append(
            Zone(
                code=code,
                name=row["zone_name"],
                prefix=int(row["code_prefix"]),
                stations=int(usual["stations"]),
                night_fill=float(usual["night_fill"]),
                day_fill=float(usual["day_fill"]),
                evening_fill=float(usual["evening_fill"]),
                ebike_share=float(usual["ebike_share"]),
                discs=tuple(discs[code]),
            )
        )
    return tuple(made)
