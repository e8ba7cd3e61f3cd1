"""Addresses of feeds: which can be used, how they are shown, and what lies beside them."""

from __future__ import annotations

import re
from base64 import b64encode
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from velib_insights.core.errors import SettingsError
from velib_insights.core.masking import masked_url

_DEFAULT_PORTS = {"http": 80, "https": 443}
_UNPRINTABLE = re.compile(r"[\x00-\x20\x7f]")


def what_is_wrong(url: str) -> str | None:
    """Why `url` cannot be asked for, in words; None if it can."""
    if _UNPRINTABLE.search(url):
        return "it contains a space or a control character"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return (
            "its host or its port cannot be read; in a password, /, ? and # are written as %2F, %3F and %23"
        )
    if parts.scheme not in _DEFAULT_PORTS:
        return f"it must begin with http:// or https://, not {parts.scheme or 'nothing'}"
    if not host or port == 0:
        return "it names no host" if not host else "it names port 0"
    return None


def usable(url: str) -> str:
    """The URL itself, trimmed. Raises SettingsError for one that no feed can be behind."""
    url = url.strip()
    if wrong := what_is_wrong(url):
        raise SettingsError(
            f"the feed's address cannot be used: {masked_url(url)!r}: {wrong}",
            hint="Give an address like https://example.org/gbfs/gbfs.json.",
        )
    return url


def login(url: str) -> str | None:
    """The user and password of the URL as an authorization header's value; None without."""
    userinfo = unquote(urlsplit(url).netloc.rpartition("@")[0])
    return f"Basic {b64encode(userinfo.encode()).decode()}" if userinfo else None


def without_credentials(url: str) -> str:
    """What goes to the network: no user, password or fragment."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment="").geturl()


def same_origin(one: str, other: str) -> bool:
    return _origin(urlsplit(one)) == _origin(urlsplit(other))


def host_and_port(url: str) -> str:
    """As people write it: the port only where it is not the scheme's own."""
    scheme, host, port = _origin(urlsplit(url))
    return host if port == _DEFAULT_PORTS.get(scheme) else f"{host}:{port}"


def beside(url: str, name: str) -> str:
    """The feed `name` in the folder of the discovery file `url`, with its ending and its query."""
    parts = urlsplit(url)
    folder, _, file = parts.path.rpartition("/")
    return parts._replace(path=f"{folder}/{name}{'.json' if file.endswith('.json') else ''}").geturl()


def discovery(url: str) -> str:
    """The discovery file of a GBFS system, given its URL or its folder's.

    `…/gbfs.json`, `…/gbfs` and addresses with a query are taken as the file; all else is a folder.
    """
    parts = urlsplit(url)
    file = parts.path.rpartition("/")[2]
    if file.endswith(".json") or file == "gbfs" or parts.query:
        return url
    return parts._replace(path=f"{parts.path.rstrip('/')}/gbfs.json").geturl()


def listed(url: str, discovery_url: str) -> str | None:
    """A URL as `gbfs.json` lists it, made absolute; the discovery's credentials go with it to the same origin.

    None where it cannot be asked for.
    """
    try:
        absolute = urljoin(discovery_url, url.strip())
    except ValueError:
        return None
    if what_is_wrong(absolute):
        return None
    userinfo = urlsplit(discovery_url).netloc.rpartition("@")[0]
    parts = urlsplit(absolute)
    if userinfo and "@" not in parts.netloc and same_origin(absolute, discovery_url):
        return parts._replace(netloc=f"{userinfo}@{parts.netloc}").geturl()
    return absolute


def _origin(parts: SplitResult) -> tuple[str, str, int | None]:
    return parts.scheme, parts.hostname or "", parts.port or _DEFAULT_PORTS.get(parts.scheme)
