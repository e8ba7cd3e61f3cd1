"""`system_information` of GBFS 1.x to 3.x: who a network is and which time zone its city has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from velib_insights.core.dialects.encoding import in_utf8
from velib_insights.core.errors import SettingsError
from velib_insights.core.network import Named
from velib_insights.core.ticks.local_time import zone_info

LANGUAGES = ("fr", "en")
_MOST_CHARACTERS = 200


class SystemInformation(msgspec.Struct, frozen=True):
    """What a network says of itself; None where it says nothing that can be used."""

    name: str | None = None
    timezone: str | None = None
    language: str | None = None
    operator: str | None = None
    system_id: str | None = None
    licence: Named | None = None
    attribution: Named | None = None


def read_system_information(body: bytes) -> SystemInformation:
    """An attribute of another type, an empty text and an unknown time zone say nothing, nor does another body."""
    try:
        document = msgspec.json.decode(in_utf8(body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return SystemInformation()
    data = document.get("data") if isinstance(document, dict) else None
    if not isinstance(data, dict):
        return SystemInformation()
    languages = data.get("languages")
    first = languages[0] if isinstance(languages, list) and languages else None
    return SystemInformation(
        name=_text(data.get("name")),
        timezone=_zone(_text(data.get("timezone"))),
        language=_text(data.get("language")) or _text(first),
        operator=_text(data.get("operator")),
        system_id=_text(data.get("system_id")),
        licence=_named(data, "license_id", "license_url"),
        attribution=_named(data, "attribution_organization_name", "attribution_url"),
    )


def _text(value: object) -> str | None:
    """A text, or of localised ones that of the first known language; 3.x has `[{"text", "language"}]`."""
    if isinstance(value, list):
        texts = [each for each in value if isinstance(each, Mapping) and isinstance(each.get("text"), str)]
        by_language = {str(each.get("language"))[:2].lower(): each["text"] for each in reversed(texts)}
        value = next((by_language[each] for each in LANGUAGES if each in by_language), None) or next(
            (each["text"] for each in texts), None
        )
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    text = "".join(filter(str.isprintable, value)).strip() if isinstance(value, str) else ""
    return text[:_MOST_CHARACTERS] or None


def _named(data: Mapping[str, Any], key: str, url: str) -> Named | None:
    address = _text(data.get(url))
    if address and not address.startswith(("http://", "https://")):
        address = None
    name = _text(data.get(key)) or address
    return Named(name, address) if name else None


def _zone(name: str | None) -> str | None:
    try:
        zone_info(name or "")
    except SettingsError:
        return None
    return name
