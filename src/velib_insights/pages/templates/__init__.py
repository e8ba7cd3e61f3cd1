"""HTML documents from the Jinja2 templates beside this file; every value is escaped. Start with `render`."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined


def render(template: str, **values: object) -> str:
    """The document of `template`, as `report.html`. A name that the template uses and `values` lacks raises."""
    return _environment().get_template(template).render(values)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FunctionLoader(_source),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _source(name: str) -> str:
    return files(__package__).joinpath(f"{name}.jinja").read_text("utf-8")
