"""Addresses without their secrets: what may be stored, logged and shown of a URL.

Every query value counts as secret unless its parameter is known to be harmless: publishers name their keys as they
like (`key`, `auth`, `sig`, `pwd`, `client_id`, `code`, …).
"""

from __future__ import annotations

import re

MASK = "***"

_HARMLESS = """
    api_version category city compressed country csv_separator dataset date delimiter encoding epsg exclude
    facet fields format gbfs_version group_by include lang language lat limit locale lon offset order
    order_by page page_size per_page refine region rows select sort system_id time timezone type tz
    use_labels v version where with_bom year
"""
HARMLESS_PARAMETERS = frozenset(_HARMLESS.split())

_HARMLESS_VALUE = re.compile(r"[\w .,:+/*()\[\]{}-]{0,80}")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_HOST = re.compile(r"(?:.*@)?(?:\[[0-9A-Fa-f:.]+\]|[^:@\[\]]+)(?::[0-9]{0,5})?")
_URL_IN_TEXT = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s\"<>]+")
_PARAMETER_IN_TEXT = re.compile(r"(?<=[?&])[^\s?&=#\"'<>]+=[^\s&#\"'<>]+")
_PUNCTUATION = ".,;:!?)]}'"


def masked_url(url: str) -> str:
    """The URL without user, password, fragment and path parameters; query values that may be secret are `***`.

    Takes any text. Of one that is no URL, or of which user and host cannot be told apart, it rather hides too much.
    A masked URL stays as it is.
    """
    scheme, separator, rest = url.strip().partition("://")
    if not separator:
        scheme, rest = "", url.strip()
    end = _end_of_host(rest, 0)
    host = rest[:end]
    path = re.split(r"[?#]", rest[end:], maxsplit=1)[0]
    # A password may hold an unescaped /, ? or #: then what parses as the host is a part of it.
    if ("@" in host and "@" in path) or (not _names_host(host) and "@" in rest):
        end = _end_of_host(rest, rest.rindex("@"))
        host = rest[:end]
    host = host.rpartition("@")[2]
    if not _names_host(host):
        host = re.sub(r":.*", f":{MASK}", host)
    path, mark, query = rest[end:].partition("#")[0].partition("?")
    parameters = "&".join(_masked_parameter(part) for part in query.split("&"))
    return f"{scheme}{separator}{host}{re.sub(r';[^/]*', f';{MASK}', path)}{mark}{parameters}"


def mask_urls_in(text: str) -> str:
    """The text with every URL and query parameter in it masked: libraries repeat in their messages what they ask."""

    def masked(found: re.Match[str]) -> str:
        url = found[0].rstrip(_PUNCTUATION)
        return masked_url(url) + found[0][len(url) :]

    return _PARAMETER_IN_TEXT.sub(lambda found: _masked_parameter(found[0]), _URL_IN_TEXT.sub(masked, text))


def _end_of_host(rest: str, start: int) -> int:
    return next((place for place in range(start, len(rest)) if rest[place] in "/?#"), len(rest))


def _names_host(netloc: str) -> bool:
    return _HOST.fullmatch(netloc) is not None


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text.replace("+", " "))


def _masked_parameter(part: str) -> str:
    name, equals, value = part.partition("=")
    if not equals:
        return MASK if part else part
    is_harmless = _unescaped(name).lower() in HARMLESS_PARAMETERS and _HARMLESS_VALUE.fullmatch(
        _unescaped(value)
    )
    return part if is_harmless or not value else f"{name}={MASK}"
