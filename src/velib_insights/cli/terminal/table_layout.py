"""Which columns of a table fit the terminal, and how wide each is: one line a row, at any width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

GAP = 2  # spaces between two columns
_SHORTEST = 12  # characters that are left of a text


@dataclass(frozen=True, slots=True)
class TextColumn:
    """A column as it is drawn: its header, its cells, whether they are numbers and whether they may be cut."""

    header: str
    cells: Sequence[str]
    is_number: bool = False
    may_be_cut: bool = False

    @property
    def wanted(self) -> int:
        """Characters that show every cell whole, below a header of at most two lines."""
        return max(self._cells_width, len_of_header(self.header))

    @property
    def least(self) -> int:
        if not self.may_be_cut:
            return self.wanted
        return max(min(self._cells_width, _SHORTEST), len_of_header(self.header))

    @property
    def _cells_width(self) -> int:
        from rich.cells import cell_len

        return max((cell_len(cell) for cell in self.cells), default=0)


def len_of_header(header: str) -> int:
    """The least width at which the words of a header take at most two lines."""
    from rich.cells import cell_len

    words = header.split(" ")
    if len(words) == 1:
        return cell_len(header)
    return min(
        max(cell_len(" ".join(words[:at])), cell_len(" ".join(words[at:]))) for at in range(1, len(words))
    )


@dataclass(frozen=True, slots=True)
class Layout:
    """`shown` are (index of the column, its width); `hidden` are the indices of those without a place."""

    shown: tuple[tuple[int, int], ...]
    hidden: tuple[int, ...]

    @property
    def width(self) -> int:
        return sum(width for _, width in self.shown) + GAP * (len(self.shown) - 1)


def fit(columns: Sequence[TextColumn], width: int | None) -> Layout:
    """The columns that fit into `width` characters; all of them, whole, where it is None.

    Texts are cut first, down to 12 characters; then the last columns are left out. The first always stays.
    """
    if width is None:
        return Layout(tuple((at, column.wanted) for at, column in enumerate(columns)), ())
    count = len(columns)
    while count > 1 and sum(column.least for column in columns[:count]) + GAP * (count - 1) > width:
        count -= 1
    kept = columns[:count]
    spare = max(0, width - sum(column.least for column in kept) - GAP * (count - 1))
    widths = []
    for column in kept:
        more = min(spare, column.wanted - column.least)
        widths.append(min(column.least + more, width))
        spare -= more
    return Layout(tuple(enumerate(widths)), tuple(range(count, len(columns))))
