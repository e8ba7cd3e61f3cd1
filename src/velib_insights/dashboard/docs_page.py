"""The API's reference as a page: made from the OpenAPI description, without a script."""

from __future__ import annotations

from html import escape
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
    parts = [
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
        "<title>velib-insights: API</title>",
        '<link rel="stylesheet" href="docs.css">',
        f"<h1>{escape(openapi['info']['title'])}</h1><p>{escape(openapi['info']['description'])}</p>",
        '<p>For programs: <a href="openapi.json">openapi.json</a>.</p>',
    ]
    for path, methods in openapi["paths"].items():
        for method, told in methods.items():
            parts.append(_operation(path, method.upper(), told))
    return "\n".join(parts) + "\n"


def _operation(path: str, method: str, told: dict[str, Any]) -> str:
    head = f'<h2><span class="method">{escape(method)}</span> <code>{escape(path)}</code></h2>'
    rows = "".join(
        f"<tr><td><code>{escape(each['name'])}</code></td><td>{escape(kind_of(each['schema']))}</td>"
        f"<td>{escape(each.get('description', ''))}</td></tr>"
        for each in told.get("parameters", [])
    )
    table = f"<table><tr><th>Parameter</th><th>Type</th><th></th></tr>{rows}</table>" if rows else ""
    body = (
        "<p>Body: <code>{&quot;sql&quot;: &quot;SELECT …&quot;}</code></p>" if "requestBody" in told else ""
    )
    return f"{head}<p>{escape(told.get('summary', ''))}.</p>{body}{table}"


def kind_of(schema: dict[str, Any]) -> str:
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
