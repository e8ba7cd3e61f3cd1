"""The API's page of the reference, from the description that the server itself gives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from velib_insights.adapters.lake import Lake
from velib_insights.dashboard.api import MAX_LIMIT
from velib_insights.dashboard.app import create_app
from velib_insights.dashboard.docs_page import kind_of
from velib_insights.dashboard.guards import MAX_BODY_BYTES, MAX_HEAD_BYTES, MAX_TARGET_BYTES
from velib_insights.dashboard.live_site import LiveSite
from velib_insights.dashboard.page import Page
from velib_insights.dashboard.responses import STATUS
from velib_insights.dashboard.sandbox.execute import MAX_SQL_CHARACTERS
from velib_insights.dashboard.sandbox.pool import (
    MAX_CONCURRENT_QUERIES,
    MAX_ROWS,
    MAX_WAIT_S,
    MAX_WAITING_QUERIES,
    SandboxLimits,
    SandboxPool,
)
from velib_insights.dashboard.server import MAX_CONNECTIONS, ClientTimeouts
from velib_insights.steps.ingest import Network


def described() -> dict[str, Any]:
    """The OpenAPI description."""
    app = create_app(
        LiveSite(Lake.in_memory(), Network), SandboxPool("", lambda: "velib"), Page(), lambda: 0.0
    )
    return app.openapi()


def api_page() -> str:
    told = described()
    limits, patience = SandboxLimits(), ClientTimeouts()
    parts = [
        "# API",
        "`velib serve` answers these addresses beside the page; a published site has the files under `data/` alone."
        f" {told['info']['description']} How to start it: [serve the page](../how-to/serve-the-page.md). The same for"
        " programs is at `/api/openapi.json`, and as a page at `/api/docs`.",
        "## Of every answer",
        "- `ETag` and `Cache-Control: no-cache`: ask again with `If-None-Match`, and get 304 where nothing"
        " has changed.\n"
        "- gzip for those who accept it.\n"
        f"- `limit` is {MAX_LIMIT:,} at most; `total` tells how many rows there are, as does the header `X-Total-Count`"
        " of a KPI.\n"
        '- An error is `{"error": {"class", "message", "hint"}}` with one of these:',
        _table(("status", "class"), [(status, ", ".join(names)) for status, names in _statuses()]),
        "Nothing can be written: any method but GET and HEAD gets 405, except POST to `/api/query`. A body may have"
        f" {MAX_BODY_BYTES:,} bytes, an address {MAX_TARGET_BYTES:,} and a head {MAX_HEAD_BYTES:,}; head and body must"
        f" come within {patience.head_s:g} s each, and {MAX_CONNECTIONS} may be connected at a time.",
    ]
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            parts += _operation(f"{method.upper()} {path}", operation, told["components"]["schemas"])
            if path == "/api/query":
                parts.append(
                    f'`{{"sql": "SELECT …"}}`, up to {MAX_SQL_CHARACTERS:,} characters, over the'
                    " [tables](tables.md) and [views](views.md). It runs in a process of its own that can read the lake"
                    f" and nothing else, with {limits.memory_mb} MB, {limits.timeout_s:g} s and {MAX_ROWS:,} rows at"
                    f" most, or what `--memory` and `--query-timeout` say. {MAX_CONCURRENT_QUERIES} run at a time and"
                    f" {MAX_WAITING_QUERIES} wait up to {MAX_WAIT_S:g} s; beyond that the answer is 503 with"
                    " `Retry-After`. A query whose client hangs up is stopped."
                )
    return "\n\n".join(parts)


def _statuses() -> list[tuple[int, list[str]]]:
    found: dict[int, list[str]] = {400: ["BadRequest"], 404: ["NotFound"], 405: ["MethodNotAllowed"]}
    for kind, status in STATUS.items():
        found.setdefault(status, []).append(kind.__name__)
    found |= {status: ["TooLarge"] for status in (413, 414, 431)}
    found |= {408: ["RequestTimeout"], 421: ["MisdirectedRequest"], 500: ["Unforeseen"]}
    return sorted(found.items())


def _operation(title: str, operation: dict[str, Any], schemas: dict[str, Any]) -> list[str]:
    parts = [f"## {title}", f"{operation['summary']}. {operation.get('description', '')}".strip()]
    if operation.get("parameters"):
        rows = [
            (f"`{each['name']}`", kind_of(each["schema"]), each.get("description", ""))
            for each in operation["parameters"]
        ]
        parts.append(_table(("parameter", "type", "meaning"), rows))
    answer = operation["responses"]["200"]["content"]
    others = [media_type for media_type in answer if media_type != "application/json"]
    for name in _names(answer.get("application/json", {})):
        fields = schemas[name]["properties"].items()
        rows = [(f"`{field}`", _type(schema), schema.get("description", "")) for field, schema in fields]
        parts += [f"`{name}`:", _table(("field", "type", "meaning"), rows)]
    if others:
        also = "Also as" if "application/json" in answer else "As"
        parts.append(f"{also} {', '.join(f'`{each}`' for each in others)}.")
    return parts


def _names(schema: Any) -> list[str]:
    """The shapes that a schema names, those that they name not included."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            return [schema["$ref"].rpartition("/")[2]]
        return [name for each in schema.values() for name in _names(each)]
    return [name for each in schema for name in _names(each)] if isinstance(schema, list) else []


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return f"`{schema['$ref'].rpartition('/')[2]}`"
    if "anyOf" in schema:
        return " or ".join(_type(each) for each in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f"`{each}`" for each in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_type(schema['additionalProperties'])}"
    return str(schema.get("type", "any"))


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    lines += ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines)
