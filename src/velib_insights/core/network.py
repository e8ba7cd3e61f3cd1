"""The network that a lake is about: the content of `network.json` at the root of the lake."""

from __future__ import annotations

from typing import Any

import msgspec

from velib_insights.core.errors import LakeError
from velib_insights.core.keys import NETWORK
from velib_insights.core.ticks.tick import DEFAULT_CADENCE_S

VERSION = 1


class Named(msgspec.Struct, frozen=True):
    """A licence or an organisation, and where it can be read about."""

    name: str
    url: str | None = None


class Network(msgspec.Struct, frozen=True):
    """Which network a lake is about, the cadence of its ticks and the time zone of its local dates and hours.

    `timezone` is empty where it is not known yet. `feed` is an address without credentials. The defaults are those
    of Vélib' Métropole. `system_id` is the publisher's own name of the network.
    """

    source: str = "velib"
    cadence_s: int = DEFAULT_CADENCE_S
    timezone: str = "Europe/Paris"
    name: str | None = None
    language: str | None = None
    operator: str | None = None
    system_id: str | None = None
    licence: Named | None = None
    attribution: Named | None = None
    feed: str | None = None
    timezone_from: str | None = None


VELIB = Network(
    name="Vélib' Métropole",
    language="fr",
    licence=Named("Licence Ouverte 2.0", "https://www.etalab.gouv.fr/licence-ouverte-open-licence/"),
    attribution=Named("Vélib' Métropole", "https://www.velib-metropole.fr/donnees-open-data-gbfs-du-service-velib-metropole"),
    timezone_from="source velib",
)  # fmt: skip


def encode_network(network: Network) -> bytes:
    """Readable JSON, keys in a fixed order."""
    told = {"version": VERSION, **msgspec.structs.asdict(network)}
    return msgspec.json.format(msgspec.json.encode(told), indent=2) + b"\n"


def decode_network(body: bytes, where: str) -> Network:
    """Raises LakeError, which names `where`, for what is no such file or of a later version."""
    hint = "Show what is known with `velib network`, and write it anew: velib network set --timezone ZONE."
    try:
        told: Any = msgspec.json.decode(body)
        version = told.get("version") if isinstance(told, dict) else None
        if isinstance(version, int) and version > VERSION:
            hint = "Use a newer velib-insights for this lake."
            raise LakeError(
                f"{where}/{NETWORK} is of version {version}, and {VERSION} is the latest known", hint=hint
            )
        if not isinstance(told, dict) or not {"source", "timezone"} <= told.keys():
            raise msgspec.ValidationError("it has no source or no timezone")
        return msgspec.convert(told, Network)
    except msgspec.DecodeError as error:
        raise LakeError(f"{where}/{NETWORK} cannot be read: {error}", hint=hint) from error
