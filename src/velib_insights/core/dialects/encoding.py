"""The encoding of a body: JSON is UTF-8, and some publishers write UTF-16 or put a byte-order mark before it."""

from __future__ import annotations

import json


def in_utf8(body: bytes) -> bytes:
    """The JSON text in UTF-8 without a byte-order mark; as it is where it cannot be decoded."""
    encoding = json.detect_encoding(body)
    if encoding == "utf-8":
        return body
    try:
        return body.decode(encoding).encode()
    except UnicodeError:
        return body
