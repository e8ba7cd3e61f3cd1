"""Whose data it is, of when, and under which licence: what a publication and a report must say, and say alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from velib_insights.core.locale import FIXED, Locale
from velib_insights.core.network import Network

How = Literal["live", "imported", "simulated"]

HOW: Mapping[str | None, How] = {
    "fetched": "live",
    "imported": "imported",
    "replayed": "imported",  # of a lake that an older version filled
    "simulated": "simulated",
}
"""How the ticks of a ledger came, as publications say it."""

VELIB_NAME = "Vélib' Métropole"
_LICENCES = {"gbfs": "Licence Ouverte 2.0", "opendatasoft": "ODbL"}
_KINDS = {
    "gbfs": {"fr": "données GBFS", "en": "GBFS data"},
    "opendatasoft": {"fr": "opendata.paris.fr", "en": "opendata.paris.fr"},
}


def network_name(source: str, network: Network | None = None) -> str:
    """As `network.json` says, where there is one."""
    return (network and network.name) or (VELIB_NAME if source == "velib" else source)


def licence(
    source: str, how: How | None, dialects: Iterable[str], network: Network | None = None
) -> str | None:
    """That of Vélib's data; of data in both dialects both licences, as each applies to its part. Of another network
    the one in `network.json`."""
    if how == "simulated":
        return None
    if source != "velib":
        return network.licence.name if network and network.licence else None
    return (
        _listed((_LICENCES[dialect] for dialect in sorted(set(dialects)) if dialect in _LICENCES), "+")
        or None
    )


def attribution(
    source: str,
    how: How | None,
    dialects: Iterable[str],
    at: str,
    locale: Locale,
    network: Network | None = None,
) -> str:
    """One sentence or two in the language of `words`. `at` is the moment of the data in that language.

    Simulated data is nobody's.
    """
    french = locale.language == "fr"
    dialects = sorted(set(dialects))
    if how == "simulated":
        return (
            f"Données simulées par velib-insights, {at}. Elles ne décrivent aucun réseau réel."
            if french
            else f"Data simulated by velib-insights, {at}. It describes no real network."
        )
    kind = "données ouvertes" if french else "open data"
    if source == "velib":
        known = [_KINDS[dialect][locale.language] for dialect in dialects if dialect in _KINDS]
        kind = _listed(known, "et" if french else "and") or kind
    under = licence(source, how, dialects, network)
    said = f" – {under.replace(' + ', ' et ' if french else ' and ')}" if under else ""
    named = network.attribution if network and source != "velib" else None
    name = named.name if named else network_name(source, network)
    return (
        f"Source{FIXED}: {name} ({kind}), mise à jour du {at}{said}. Service indépendant, non affilié."
        if french
        else f"Source: {name} ({kind}), updated {at}{said}. Independent service, not affiliated."
    )


def moment(epoch: int, locale: Locale, day: str) -> str:
    """`4 mars 2026 à 18 h 05`, `4 March 2026 at 18:05`."""
    return f"{locale.day(day, weekday=False)} {'à' if locale.language == 'fr' else 'at'} {locale.time(epoch)}"


def _listed(items: Iterable[str], last: str) -> str:
    return f" {last} ".join(items)
