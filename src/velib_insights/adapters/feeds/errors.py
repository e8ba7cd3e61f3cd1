"""What urllib3 says went wrong, in plain words, and whether asking again may help."""

from __future__ import annotations

import http.client
import ssl
from typing import TYPE_CHECKING

from urllib3 import exceptions

from velib_insights.core.masking import mask_urls_in

if TYPE_CHECKING:
    from velib_insights.adapters.feeds.limits import HttpLimits
    from velib_insights.adapters.feeds.response import Body


def describe(error: Exception, host: str, limits: HttpLimits, body: Body | None) -> tuple[str, bool]:
    """(words, whether another try may help). `host` is shown; `body` is what had begun to come, if any."""
    if isinstance(error, exceptions.ProxyError):
        words, _ = describe(error.original_error, "the proxy", limits, None)
        return f"the proxy failed: {words}", True
    if isinstance(error, exceptions.NameResolutionError):
        return f"host not found: {host}", True
    if isinstance(error, exceptions.NewConnectionError):
        return f"{host} cannot be reached: {_cause(error)}", True
    if isinstance(error, exceptions.ConnectTimeoutError):
        return f"no connection to {host} within {limits.connect_s:g} s", True
    if isinstance(error, exceptions.ReadTimeoutError):
        if body is not None:
            return f"the body stopped for {limits.read_s:g} s after {body.received:,} bytes", True
        return f"no answer within {limits.read_s:g} s", True
    if body is not None:
        return _body_cut(error, body), True
    if isinstance(error, exceptions.SSLError):
        return _tls(error, host)
    root = _root(error)
    if isinstance(root, http.client.RemoteDisconnected):
        return "the server closed the connection without answering", True
    if isinstance(root, ConnectionError):
        return "the server broke the connection before answering", True
    if isinstance(error, exceptions.ProtocolError | http.client.HTTPException):
        return f"the answer is not HTTP: {_line(root)}", True
    if isinstance(error, OSError):
        return f"{host} cannot be reached: {error.strerror or _line(error)}", True
    return f"{host} cannot be asked: {_line(root)}", False


def _tls(error: exceptions.SSLError, host: str) -> tuple[str, bool]:
    root = _root(error)
    if isinstance(root, ssl.SSLCertVerificationError):
        return f"the certificate of {host} is not trusted: {root.verify_message or root.reason}", False
    reason = getattr(root, "reason", None) or root
    return f"no TLS connection to {host}: {str(reason).replace('_', ' ').lower()}", True


def _body_cut(error: Exception, body: Body) -> str:
    root = _root(error)
    if isinstance(error, exceptions.ProtocolError) and isinstance(root, exceptions.IncompleteRead):
        return f"the body stopped at {body.received:,} of {body.received + (root.expected or 0):,} bytes"
    if isinstance(root, ConnectionError):
        return f"the server broke the connection after {body.received:,} bytes of the body"
    return f"the body stopped at {body.received:,} bytes, before its end"


def _root(error: BaseException) -> BaseException:
    """The first error of a chain that urllib3 wraps twice or thrice."""
    seen: set[int] = set()
    while id(error) not in seen:
        seen.add(id(error))
        inner = next((part for part in error.args if isinstance(part, BaseException)), error.__cause__)
        if inner is None:
            return error
        error = inner
    return error


def _cause(error: exceptions.NewConnectionError) -> str:
    root = _root(error)
    return (root.strerror if isinstance(root, OSError) else None) or _line(root)


def _line(error: BaseException) -> str:
    """The error on one short line: a server's own bytes may stand in it."""
    text = "".join(char if char.isprintable() else " " for char in mask_urls_in(str(error))[:200])
    return " ".join(text.split()) or type(error).__name__
