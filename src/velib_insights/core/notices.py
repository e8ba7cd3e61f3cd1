"""Rules that somebody wants to be told of: how they are written, and which of them hold at a tick."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from velib_insights.core.errors import SettingsError

EXAMPLES = "station 16107 empty for 30 min; zone 75114 over 15 % unusable; network over 10 % unusable"

_STATION = re.compile(r"station (?P<code>\S+) (?P<kind>empty|full) for (?P<minutes>\d+) min")
_SHARE = re.compile(r"(?:zone (?P<code>\S+)|network) over (?P<percent>\d+(?:\.\d+)?) ?% unusable")
_KINDS = {"empty": "no_bike", "full": "no_dock"}

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """`text` as it was written. Of a station how long it lacks something (`kind` as in kpi_outage_episodes), of a zone
    or the network (`code` is None) the share of operative stations that are unusable."""

    text: str
    code: str | None
    kind: str | None = None
    minutes: int = 0
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class Holding:
    """A rule that holds: since when, where that is known, and the figure that is over its limit."""

    rule: Rule
    name: str | None
    value: float
    since_epoch: int | None = None


def parse_rules(text: str) -> tuple[Rule, ...]:
    """The rules of a text, one a line or between semicolons. Raises SettingsError for what is no rule."""
    return tuple(_rule(part) for part in re.split(r"[;\n]", text) if part.strip())


def _rule(part: str) -> Rule:
    text = " ".join(part.split())
    if station := _STATION.fullmatch(text):
        return Rule(text, station["code"], _KINDS[station["kind"]], minutes=int(station["minutes"]))
    if share := _SHARE.fullmatch(text):
        return Rule(text, share["code"], share=float(share["percent"]) / 100)
    raise SettingsError(f"{text[:100]!r} is no rule to notify of", hint=f"Write it as: {EXAMPLES}.")


def unknown_codes(rules: Iterable[Rule], now: Row) -> list[Rule]:
    """The rules that name a station or zone which `now.json` does not have."""
    zones = {zone["code"] for zone in now["zones"]}
    stations = set(now["code"])
    return [
        rule
        for rule in rules
        if rule.code is not None and rule.code not in (stations if rule.kind else zones)
    ]


def holding(
    rules: Iterable[Rule], now: Row, board: Row, zones: Iterable[Row], headline: Row
) -> list[Holding]:
    """Those that hold at the latest tick, as `now.json`, `board.json`, `zones_now.json` and the present of
    `headline.json` tell it."""
    names = dict(zip(now["code"], now["name"], strict=True))
    outages = {
        (each["code"], each["kind"]): each["since"] for each in board["outages"] if not each["is_over"]
    }
    by_code = {zone["zone_code"]: zone for zone in zones}
    found = []
    for rule in rules:
        if rule.kind is not None and rule.code is not None:
            since = outages.get((rule.code, rule.kind))
            if since is not None and board["epoch"] - since >= 60 * rule.minutes:
                minutes = (board["epoch"] - since) / 60
                found.append(Holding(rule, names.get(rule.code), minutes, since))
            continue
        zone = by_code.get(rule.code)
        share = zone["unusable_share"] if zone else _share(headline) if rule.code is None else None
        if share is not None and share > rule.share:
            found.append(Holding(rule, zone["zone_name"] if zone else None, share))
    return found


def _share(headline: Row) -> float | None:
    operative: int = headline["operative"]
    return headline["unusable"] / operative if operative else None
