"""What AWS asks for what the pipeline uses: a table of prices, each with its unit, the date it was read and where.

Prices are those of us-east-1, in USD. `free` is what every account has free each month, for ever; the trial of a
new account is left out.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources

REGION = "us-east-1"
_SCAN_LEAST_BYTES = 10_000_000  # of a query that reads anything


@dataclass(frozen=True, slots=True)
class Price:
    """`usd` for `units` of `unit`, `free` of these a month for nothing; `minimum` is the least billed, in words.

    `checked` says whether the price was compared with a copy of the publisher's page on `read_on`, or is only known.
    """

    item: str
    service: str
    about: str
    units: int
    unit: str
    usd: float
    free: float
    minimum: str
    read_on: date
    checked: bool
    source: str

    def of(self, quantity: float) -> float:
        """USD for so many units."""
        return quantity * self.usd / self.units


@cache
def prices() -> dict[str, Price]:
    """By item."""
    text = resources.files(__package__).joinpath("aws_prices.csv").read_text("utf-8")
    found = {}
    for row in csv.DictReader(text.splitlines()):
        units, _, unit = row["unit"].partition(" ")
        found[row["item"]] = Price(
            item=row["item"],
            service=row["service"],
            about=row["about"],
            units=int(units),
            unit=unit,
            usd=float(row["usd"]),
            free=float(row["free"]),
            minimum=row["minimum"],
            read_on=date.fromisoformat(row["read_on"]),
            checked=row["checked"] == "yes",
            source=row["source"],
        )
    return found


def athena_cost(scanned_bytes: int) -> float:
    """USD for a query that scanned so much."""
    return prices()["athena_scan"].of(max(scanned_bytes, _SCAN_LEAST_BYTES) / 1e12)
