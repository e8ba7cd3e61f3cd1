"""Headers that a user gives for requests to a feed, and the dates in those of its responses."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from velib_insights.core.errors import SettingsError

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110
_VALUE = re.compile(r"[\x21-\x7e\x80-\xff](?:[\x20-\x7e\x80-\xff\t]*[\x21-\x7e\x80-\xff])?")
# Those that the client sets itself, or that say where a request ends.
_RESERVED = frozenset(
    [
        "accept",
        "accept-encoding",
        "connection",
        "content-length",
        "expect",
        "host",
        "if-modified-since",
        "if-none-match",
        "keep-alive",
        "proxy-authorization",
        "range",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ]
)


def headers_in(text: str, where: str) -> dict[str, str]:
    """Names in lower case and values of `Name: value`, one a line.

    Raises SettingsError, which names `where` and repeats no value, for what is no header or not one to be set.
    """
    headers: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.split("\n"))):
        name, colon, value = line.partition(":")
        if not colon or not _NAME.fullmatch(name) or not _VALUE.fullmatch(value.strip()):
            raise SettingsError(
                f"{where} is not an HTTP header",
                hint="Write it as Authorization: Bearer …, one header a line.",
            )
        if name.lower() in _RESERVED:
            raise SettingsError(
                f"{where} sets the header {name}, which the client sets itself",
                hint="Give the header that holds the key, as Authorization or X-Api-Key.",
            )
        headers[name.lower()] = value.strip()
    return headers


def http_date(text: str) -> datetime | None:
    """The instant of a `Date` or `Retry-After` header, in UTC; None for what is no date."""
    from email.utils import parsedate_to_datetime  # here, because slow to import and rarely needed

    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
