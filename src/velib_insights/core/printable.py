"""Text of a feed as a terminal or a spreadsheet may have it: control characters are shown, not obeyed."""

from __future__ import annotations

_C0, _DELETE_AND_C1 = range(0x20), range(0x7F, 0xA0)
# Marks, embeddings, overrides and isolates of direction; separators of lines and paragraphs.
_DIRECTION = (0x061C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A))
BEYOND_ASCII = (*_DELETE_AND_C1, *_DIRECTION)
_ESCAPES = {code: f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" for code in (*_C0, *BEYOND_ASCII)}
_ESCAPES_OF_LINES = {code: text for code, text in _ESCAPES.items() if chr(code) not in "\n\t"}


def printable(text: str) -> str:
    """The text in one line: each control character is its escape, as `\\x1b`."""
    return text.translate(_ESCAPES)


def printable_lines(text: str) -> str:
    """As `printable`, but line ends and tabs stay."""
    return text.translate(_ESCAPES_OF_LINES)
