"""The page of docs/reference about the Python front door, written from its signatures and docstrings."""

from __future__ import annotations

import inspect
import re
from typing import Any

import velib_insights
from velib_insights import api


def python_page() -> str:
    """Every public name of the package but its errors, which have a page of their own."""
    parts = [
        "# The Python interface",
        "`import velib_insights as velib`. Tables are `pyarrow.Table`s with the columns of [tables](tables.md) and"
        " [views](views.md); missing values are null. Errors are those of [errors](errors.md), as `velib.LakeError`."
        " [How to use it](../how-to/use-from-python.md) and [a notebook](../tutorial/notebook.ipynb) have examples.",
    ]
    for name in sorted(velib_insights.__all__, key=str.lower):
        value: Any = getattr(velib_insights, name)
        if not getattr(value, "__module__", "").startswith(f"{api.__name__}."):
            continue
        parts += [f"## {name}", *(_class(value) if inspect.isclass(value) else _function(name, value))]
    return "\n\n".join(parts)


def _class(value: type) -> list[str]:
    parts = [_text(value)]
    for name, member in vars(value).items():
        if name.startswith("_"):
            continue
        if isinstance(member, property):
            parts += [f"### {value.__name__}.{name}", _text(member.fget)]
        elif inspect.isfunction(member):
            parts += [f"### {value.__name__}.{name}", *_function(name, member)]
    return parts


def _function(name: str, value: Any) -> list[str]:
    signature = inspect.signature(value)
    own = [each for each in signature.parameters.values() if each.name != "self"]
    shown = str(signature.replace(parameters=own)).replace("'", "")
    return [f"```python not-run\n{name}{shown}\n```", _text(value)]


def _text(value: Any) -> str:
    """The docstring; lines that are indented in it are code."""
    found = inspect.getdoc(value) or ""
    return re.sub(
        r"\n\n((?:    [^\n]*\n?)+)",
        lambda block: f"\n\n```python not-run\n{inspect.cleandoc(block[1])}\n```\n",
        found,
    )
