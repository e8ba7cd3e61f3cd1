"""Writes web/src/data/contract.ts: the shape of the published files, as the page's TypeScript reads them.

python tools/web_contract.py            write the file
python tools/web_contract.py --check    write nothing; exit code 1 where the file is not what it would be

The source is `velib_insights.steps.site.contract`, the report of a day (`core.insights.report`) and the catalogue.
"""

from __future__ import annotations

import sys
import textwrap
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec
from generated import write_or_check

from velib_insights.core.catalogue.tables import Column
from velib_insights.core.catalogue.views import view
from velib_insights.steps.site import contract

FILE = Path(__file__).parent.parent / "web" / "src" / "data" / "contract.ts"
HEAD = """\
// Written by tools/web_contract.py from the Python that publishes these files. Change that, then run `just docs`.

/** A cell of a table. */
export type Cell = string | number | boolean | null;
export type Row = Record<string, Cell>;
"""
ALIASES = {
    name: getattr(contract, name) for name in ("TickStatus", "CurveName", "Counts", "PublishedBasemap")
}
PLAIN = {str: "string", int: "number", float: "number", bool: "boolean", types.NoneType: "null"}
OF_COLUMNS = {"varchar": "string", "boolean": "boolean", "date": "string", "timestamp": "string"}
WIDTH = 116


def contract_text() -> str:
    """The TypeScript, one type for each shape that a file is made of."""
    parts = [HEAD]
    parts += [f"export type {name} = {typescript(shape, alias=name)};\n" for name, shape in ALIASES.items()]
    for name, view_name in contract.VIEW_ROWS.items():
        found = view(view_name)
        fields = [(column.name, column_type(column), about(column)) for column in found.columns]
        parts.append(declared(name, f"A row of {view_name}: {found.question}", fields))
    parts += [declared(shape.__name__, doc_of(shape), fields_of(shape)) for shape in shapes()]
    return "\n".join(parts)


def shapes() -> list[type]:
    """Every shape that the files are made of, parts before the whole."""
    found: dict[type, None] = {}

    def visit(shape: Any) -> None:
        is_new = isinstance(shape, type) and is_shape(shape) and shape not in found
        if is_new and shape.__name__ not in contract.VIEW_ROWS:
            for each in hints(shape).values():
                visit(each)
            found[shape] = None
        for argument in get_args(shape):
            visit(argument)

    for file in contract.FILES.values():
        visit(file)
    return list(found)


def is_shape(shape: type) -> bool:
    return typing.is_typeddict(shape) or issubclass(shape, msgspec.Struct)


def hints(shape: type) -> dict[str, Any]:
    return get_type_hints(shape, include_extras=True)


def doc_of(shape: type) -> str:
    own = shape.__doc__ or ""
    return "" if own.startswith(("dict(", f"{shape.__name__}(")) else own


def fields_of(shape: type) -> Iterator[tuple[str, str, str]]:
    """(name with `?` where it may be absent, type, comment)."""
    optional = getattr(shape, "__optional_keys__", frozenset())
    for name, hint in hints(shape).items():
        comment = str(hint.__metadata__[0]) if hasattr(hint, "__metadata__") else ""
        yield name + ("?" if name in optional else ""), typescript(hint), comment


def typescript(hint: Any, alias: str = "") -> str:
    """A Python type as TypeScript writes it. Raises TypeError for one that JSON cannot hold."""
    for name, shape in ALIASES.items():
        if hint == shape and name != alias:
            return name
    if hint in PLAIN:
        return PLAIN[hint]
    origin, arguments = get_origin(hint), get_args(hint)
    if hasattr(hint, "__metadata__"):
        return typescript(hint.__origin__)
    if origin is Literal:
        return " | ".join(f'"{each}"' for each in arguments)
    if origin in (typing.Union, types.UnionType):
        return " | ".join(dict.fromkeys(typescript(each) for each in arguments))
    if origin in (list, tuple):
        inner = typescript(arguments[0])
        return f"({inner})[]" if " | " in inner else f"{inner}[]"
    if origin is dict:
        return f"Record<{typescript(arguments[0])}, {typescript(arguments[1])}>"
    if isinstance(hint, type) and is_shape(hint):
        return hint.__name__
    raise TypeError(f"no TypeScript for {hint}")


def column_type(column: Column) -> str:
    plain = OF_COLUMNS.get(column.type, "number")
    return f"{plain} | null" if column.nullable else plain


def about(column: Column) -> str:
    return f"{column.about} ({column.unit})" if column.unit else column.about


def declared(name: str, doc: str, fields: typing.Iterable[tuple[str, str, str]]) -> str:
    lines = comment_lines(doc, "")
    lines.append(f"export type {name} = {{")
    for field, kind, comment in fields:
        lines += comment_lines(comment, "  ")
        lines.append(f"  {field}: {kind};")
    lines.append("};\n")
    return "\n".join(lines)


def comment_lines(text: str, indent: str) -> list[str]:
    words = " ".join(text.split())
    if not words:
        return []
    if len(words) + len(indent) + 7 <= WIDTH:
        return [f"{indent}/** {words} */"]
    wrapped = textwrap.wrap(words, WIDTH - len(indent) - 3)
    return [f"{indent}/**", *(f"{indent} * {line}" for line in wrapped), f"{indent} */"]


if __name__ == "__main__":
    sys.exit(write_or_check(FILE, contract_text()))
