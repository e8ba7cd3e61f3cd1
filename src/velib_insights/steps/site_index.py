"""The index of the page: what there is, from when, how it came, and whose data it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from velib_insights.core.local_time import zone_info

if TYPE_CHECKING:
    from velib_insights.steps.site_engine import HeldEngine

VELIB_NAME = "Vélib' Métropole"
THRESHOLDS = {"saturated_fill": 0.9, "low_bikes": 2, "rebalance_low": 0.2, "rebalance_high": 0.8}

_HOW = {"fetched": "live", "replayed": "replayed", "simulated": "simulated"}
# fmt: off
_MONTHS = {
    "fr": ("janvier", "février", "mars", "avril", "mai", "juin",
           "juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    "en": ("January", "February", "March", "April", "May", "June",
           "July", "August", "September", "October", "November", "December"),
}
# fmt: on


@dataclass(frozen=True, slots=True)
class Moment:
    """The latest observed tick, and what the ledger says of the ticks after it."""

    observed_epoch: int
    ledger_epoch: int
    cadence_s: int
    state: str
    how: str | None
    dialect: str | None

    @classmethod
    def of(cls, held: HeldEngine) -> Moment:
        ticks = held.ask(
            "SELECT snapshot_epoch, cadence_s, is_observed, is_frozen FROM observed_ticks ORDER BY snapshot_epoch"
        ).to_pylist()
        observed = [tick for tick in ticks if tick["is_observed"]][-1]
        latest = ticks[-1]
        epoch = observed["snapshot_epoch"]
        told = held.ask(
            f"SELECT how, dialect FROM ticks WHERE snapshot_epoch = {epoch}"  # noqa: S608 - a number
        ).to_pylist()[0]
        state = "ok" if latest is observed else "frozen" if latest["is_frozen"] else "failing"
        return cls(
            epoch,
            latest["snapshot_epoch"],
            observed["cadence_s"],
            state,
            _HOW.get(told["how"] or ""),
            told["dialect"],
        )


def network_name(source: str) -> str:
    return VELIB_NAME if source == "velib" else source


def head(moment: Moment, source: str, timezone: str) -> dict[str, Any]:
    """The part of `index.json` that tells of the latest tick."""
    local = datetime.fromtimestamp(moment.observed_epoch, zone_info(timezone))
    return {
        "version": 1,
        "source": source,
        "network_name": network_name(source),
        "timezone": timezone,
        "how": moment.how,
        "cadence_min": moment.cadence_s // 60,
        "observed_epoch": moment.observed_epoch,
        "observed_local": local.strftime("%Y-%m-%dT%H:%M"),
        "ledger_epoch": moment.ledger_epoch,
        "state": moment.state,
        "attribution": attribution(moment, source, local),
        "thresholds": THRESHOLDS,
    }


def attribution(moment: Moment, source: str, local: datetime) -> dict[str, str | None]:
    """Who is to be named, in French and English, as the licence of the source asks; simulated data is nobody's."""
    fr, en = _in_words(local, "fr"), _in_words(local, "en")
    if moment.how == "simulated":
        return {
            "fr": f"Données simulées par velib-insights, {fr}. Elles ne décrivent aucun réseau réel.",
            "en": f"Data simulated by velib-insights, {en}. It describes no real network.",
            "licence": None,
        }
    name, licence = network_name(source), None
    if source == "velib":
        licence = "Licence Ouverte 2.0" if moment.dialect == "gbfs" else "ODbL"
    kind = ("données GBFS", "GBFS data") if moment.dialect == "gbfs" else ("opendata.paris.fr",) * 2
    if source != "velib":
        kind = ("données ouvertes", "open data")
    said = f" – {licence}" if licence else ""
    return {
        "fr": f"Source : {name} ({kind[0]}), mise à jour du {fr}{said}. Service indépendant, non affilié.",
        "en": f"Source: {name} ({kind[1]}), updated {en}{said}. Independent service, not affiliated.",
        "licence": licence,
    }


def _in_words(local: datetime, language: str) -> str:
    month = _MONTHS[language][local.month - 1]
    day = "1er" if language == "fr" and local.day == 1 else f"{local.day}"
    join = " à " if language == "fr" else " at "
    return f"{day} {month} {local.year}{join}{local:%H:%M}"
