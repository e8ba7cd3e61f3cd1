"""The API's reference as a page: made from the OpenAPI description, without a script."""

from __future__ import annotations

from typing import Any

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; color: #1b1f24; }
h2 { margin-top: 2.5rem; font-size: 1.05rem; } code { font: 0.95em ui-monospace, monospace; }
.method { color: #0b5c87; font-weight: 700; } table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; padding: 0.25rem 0.75rem 0.25rem 0; border-top: 1px solid #d5d9de; vertical-align: top; }
@media (prefers-color-scheme: dark) { body { background: #14171a; color: #e4e7ea; } a, .method { color: #7cc4ee; }
td, th { border-color: #343a40; } }
""".strip()


def docs_page(openapi: dict[str, Any]) -> str:
    """The page of an OpenAPI description."""
    from velib_insights.pages.templates import (
        render,  # a server that nobody asks for its docs does without Jinja2
    )

    operations = [
        (method.upper(), path, operation)
        for path, methods in openapi["paths"].items()
        for method, operation in methods.items()
    ]
    return render("api.html", info=openapi["info"], operations=operations, kind_of=kind_of)


def kind_of(schema: dict[str, Any]) -> str:
    """A parameter's type, its bounds and its default in words."""
    if "enum" in schema:
        text = " | ".join(map(str, schema["enum"]))
    elif "anyOf" in schema:
        text = " | ".join(each["type"] for each in schema["anyOf"] if each["type"] != "null")
    else:
        text = str(schema.get("format") or schema.get("type", ""))
    if "minimum" in schema and "maximum" in schema:
        text += f" {schema['minimum']} to {schema['maximum']:,}"
    default = schema.get("default")
    return f"{text} (default {default})" if default is not None else text
