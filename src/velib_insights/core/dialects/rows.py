"""From a body to typed rows: all at once where every row is as it should be, else row by row with refusals.

The fast way and the slow way agree on every good row; only the slow way can say which row was bad and why.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, Generic, TypeVar

import msgspec

from velib_insights.core.observations import Refusal, UnreadableBody
from velib_insights.core.rules import (
    COUNT_OUT_OF_RANGE,
    FIELD_TYPE,
    MAX_COUNT,
    ROW_NOT_OBJECT,
    STATION_DUPLICATE,
    STATION_ID_MISSING,
    TEXT_BROKEN,
    Rule,
)

Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_COUNT)]
RowT = TypeVar("RowT", bound=msgspec.Struct)
A = TypeVar("A")
B = TypeVar("B")


class TypedRows(Generic[RowT]):
    """Rows of one feed file, in the order of the body, with the position each stands at (from 0).

    `strict` says that the body is sound JSON and every row was of the right type at once; `invalid` holds the
    positions of rows that lack a field because it could not be read.
    """

    __slots__ = ("_originals", "feed", "invalid", "numbers", "refusals", "rows", "strict")

    def __init__(
        self,
        feed: str,
        rows: list[RowT],
        originals: Callable[[], Sequence[object]],
        numbers: Sequence[int] | None = None,
        refusals: list[Refusal] | None = None,
        invalid: set[int] | None = None,
    ) -> None:
        self.feed = feed
        self.rows = rows
        self.strict = numbers is None
        self.numbers: Sequence[int] = range(len(rows)) if numbers is None else numbers
        self.refusals: list[Refusal] = [] if refusals is None else refusals
        self.invalid: set[int] = set() if invalid is None else invalid
        self._originals = originals

    def refuse(self, refused: Iterable[tuple[int, Rule, str]]) -> None:
        """Take rows out, by their index in `rows`, and keep each as a refusal."""
        reasons = {index: (rule, reason) for index, rule, reason in refused}
        if not reasons:
            return
        originals = self._originals()
        self.refusals += [
            Refusal(self.feed, self.numbers[i], rule, reason, as_json(originals[self.numbers[i]]))
            for i, (rule, reason) in sorted(reasons.items())
        ]
        self.pick([i for i in range(len(self.rows)) if i not in reasons])

    def are_invalid(self) -> list[bool]:
        """Of each row, whether it lacks a field that could not be read."""
        return (
            [number in self.invalid for number in self.numbers] if self.invalid else [False] * len(self.rows)
        )

    def sort(self, keys: list[str]) -> list[str]:
        """Put the rows in the order of `keys`, one a row, so that equal networks give equal columns."""
        order = sorted(range(len(keys)), key=keys.__getitem__)
        self.pick(order)
        return [keys[i] for i in order]

    def pick(self, indices: list[int]) -> None:
        """Keep the rows at these indices, in their order."""
        rows, numbers = self.rows, self.numbers
        if indices != list(range(len(rows))):
            self.rows = [rows[i] for i in indices]
            self.numbers = indices if numbers == range(len(rows)) else [numbers[i] for i in indices]


class MemoizedColumn(Generic[A, B]):
    """A column made of another, kept for as long as that stays the same; from tick to tick many do."""

    def __init__(self, make: Callable[[list[A]], list[B]]) -> None:
        self._make = make
        self._last: tuple[list[A], list[B]] = ([], [])

    def __call__(self, given: list[A]) -> list[B]:
        last, made = self._last
        if given != last:
            made = self._make(given)
            self._last = (given, made)
        return made


class StationOrder(Generic[RowT]):
    """Remembers the stations of the last sound body: most name the same ones, seldom in the same order.

    Judging and sorting the identifiers anew takes as long as decoding half of a body.
    """

    def __init__(self) -> None:
        self._last: tuple[list[str | int | None], list[str]] = ([], [])

    def sort(self, typed: TypedRows[RowT], key: str, text: str) -> list[str]:
        """Put the rows in the order of their stations' identifiers and return these.

        `key` is the field of the identifiers. Rows that cannot be told apart by them are refused; the field `text` of
        the others is left out where it is not Unicode text.
        """
        given: list[str | int | None] = [getattr(row, key) for row in typed.rows]
        in_order, ids = self._last
        if typed.strict and len(given) == len(ids):
            places = dict(zip(given, range(len(given)), strict=True))
            if len(places) == len(ids) and all(map(places.__contains__, in_order)):
                typed.pick([places[station] for station in in_order])
                return ids
        ids = typed.sort(_refuse_unnamed(typed, key, text))
        if typed.strict and not typed.refusals:
            self._last = ([given[number] for number in typed.numbers], ids)
        return ids


def _refuse_unnamed(typed: TypedRows[RowT], key: str, text: str) -> list[str]:
    """Refuse rows without a station, seen before, or with broken text; the ids of the rows that stay."""
    ids = station_keys([getattr(row, key) for row in typed.rows])
    if typed.strict and "" not in ids and len(set(ids)) == len(ids):
        return ids
    refused: list[tuple[int, Rule, str]] = []
    seen: set[str] = set()
    for i, (station, row) in enumerate(zip(ids, typed.rows, strict=True)):
        if not station:
            refused.append((i, STATION_ID_MISSING, f"{key} is null or empty"))
        elif not is_clean_text(station):
            refused.append((i, TEXT_BROKEN, f"{key} is not Unicode text"))
        elif station in seen:
            refused.append((i, STATION_DUPLICATE, f"station {station!r} is in the body twice"))
        elif not is_clean_text(str(getattr(row, text))):
            setattr(row, text, None)
            typed.invalid.add(typed.numbers[i])
        seen.add(station)
    typed.refuse(refused)
    return station_keys([getattr(row, key) for row in typed.rows])


def convert_rows(
    feed: str, originals: Sequence[object], row_type: type[RowT], needed: frozenset[str]
) -> TypedRows[RowT]:
    """The slow way: each row on its own, and numbers written as text are read.

    A row whose `needed` fields cannot be read is refused; of the other fields each is left out that cannot.
    """
    rows: list[RowT] = []
    numbers: list[int] = []
    refusals: list[Refusal] = []
    invalid: set[int] = set()
    for number, original in enumerate(originals):
        if not isinstance(original, dict):
            reason = f"expected an object, got {type(original).__name__}"
            refusals.append(Refusal(feed, number, ROW_NOT_OBJECT, reason, as_json(original)))
            continue
        try:
            try:
                row = msgspec.convert(original, row_type, strict=False)
            except (msgspec.ValidationError, OverflowError, UnicodeError):
                readable = _readable(original, row_type, needed)
                row = msgspec.convert(readable, row_type, strict=False)
                invalid.add(number)
            rows.append(row)
            numbers.append(number)
        except (msgspec.ValidationError, OverflowError) as error:
            reason = str(error)
            rule = COUNT_OUT_OF_RANGE if ">=" in reason or "<=" in reason else FIELD_TYPE
            refusals.append(Refusal(feed, number, rule, reason, as_json(original)))
        except UnicodeError as error:
            refusals.append(Refusal(feed, number, TEXT_BROKEN, str(error), as_json(original)))
    return TypedRows(feed, rows, lambda: originals, numbers, refusals, invalid)


def _readable(original: dict[str, Any], row_type: type[RowT], needed: frozenset[str]) -> dict[str, Any]:
    """The row without the fields that cannot be read, but for those that are needed."""
    readable = {}
    for name in row_type.__struct_fields__:
        if name in original:
            try:
                msgspec.convert({name: original[name]}, row_type, strict=False)
            except (msgspec.ValidationError, OverflowError, UnicodeError):
                if name not in needed:
                    continue
            readable[name] = original[name]
    return readable


def parse_json(body: bytes) -> Any:
    """Any JSON value, in UTF-8, UTF-16 or UTF-32.

    Forgives a byte-order mark, NaN and infinities (read as null) and lone surrogates only.
    Raises UnreadableBody with what is wrong and where.
    """
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        strict_error = error
    try:
        return json.loads(
            body.decode(json.detect_encoding(body)),
            parse_constant=lambda _: None,
            parse_float=_finite_or_none,
        )
    except (ValueError, RecursionError):
        raise UnreadableBody(_why_unreadable(body, strict_error)) from None


def _finite_or_none(text: str) -> float | None:
    """JSON can write 1e999, and nothing else can hold it."""
    number = float(text)
    return number if math.isfinite(number) else None


def _why_unreadable(body: bytes, error: Exception) -> str:
    size = f"{len(body):,} bytes"
    start = body[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not body.strip():
        return f"the body is empty ({size})"
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<")):
        return f"the body is HTML or XML, not JSON ({size})"
    if isinstance(error, RecursionError):
        return f"the JSON is nested too deeply ({size})"
    if not body.rstrip().endswith((b"]", b"}")):
        return f"the body is cut short: it stops after {size} inside a value"
    return f"the body is not JSON: {error} ({size})"


def station_keys(values: Sequence[str | int | None]) -> list[str]:
    """Identifiers as text without stray spaces; empty where there is none."""
    if set(map(type, values)) == {str}:
        return list(map(str.strip, values))  # type: ignore[arg-type]
    return ["" if value is None else str(value).strip() for value in values]


def as_json(value: object) -> str:
    """The value as JSON text; ASCII where it holds what UTF-8 cannot."""
    try:
        return msgspec.json.encode(value).decode()
    except (UnicodeError, OverflowError, msgspec.MsgspecError, RecursionError):
        return json.dumps(value, default=str)


def legible(text: str) -> str:
    """The text with what UTF-8 cannot hold written as escapes."""
    return text.encode(errors="backslashreplace").decode()


def is_clean_text(text: str) -> bool:
    """Whether the text can be written as UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
