"""The check of a feed as a document for its publisher: Markdown, HTML or JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from velib_insights.core.errors import SettingsError
from velib_insights.steps.doctor.feed.check import FeedCheck
from velib_insights.steps.doctor.feed.remark import Remark, one_line, specification
from velib_insights.steps.doctor.finding import counted, duration

FORMATS = {".md": "md", ".markdown": "md", ".html": "html", ".htm": "html", ".json": "json"}
_WORDS = {"error": "Error", "warning": "Fault", "note": "Note"}
_MARKDOWN = str.maketrans({sign: f"\\{sign}" for sign in "\\`*[]<>|"})


def format_of(name: str) -> str:
    """By the ending of the file. Raises SettingsError for another ending."""
    found = next((form for ending, form in FORMATS.items() if name.lower().endswith(ending)), None)
    if found is None:
        raise SettingsError(
            f"no report can be written to {name}: its ending names no format",
            hint="Use .md for Markdown, .html for a page or .json for a program.",
        )
    return found


def rendered(check: FeedCheck, form: str, version: str) -> str:
    """`form` is md, html or json; `version` that of velib-insights."""
    return {"md": _markdown, "html": _html, "json": _json}[form](check, version)


def as_dict(check: FeedCheck) -> dict[str, Any]:
    """The check as a program reads it."""
    return {
        "feed": check.url,
        "dialect": check.dialect,
        "version": check.version,
        "checked_at": check.checked_at,
        "usable": check.verdict.is_usable,
        "outcome": check.verdict.outcome,
        "reason": check.verdict.reason,
        "rows_in": check.verdict.rows_in,
        "rows_kept": check.verdict.rows_kept,
        "rows_refused": check.verdict.rows_refused,
        "polls": len(check.polls),
        "errors": check.count("error"),
        "warnings": check.count("warning"),
        "notes": check.count("note"),
        "exit_code": check.exit_code,
        "files": [
            {
                "file": file.note.feed,
                "url": file.note.url,
                "status": file.note.status,
                "bytes": file.note.bytes,
                "elapsed_ms": _took_ms(file.note.attempts),
                "reason": file.note.reason,
                "redirects": list(file.note.redirects),
                "headers": file.note.headers,
            }
            for file in check.files
        ],
        "remarks": [remark.as_dict(check.version) for remark in check.remarks],
    }


def _json(check: FeedCheck, version: str) -> str:
    content = {"velib_insights": version, **as_dict(check)}
    return json.dumps(content, ensure_ascii=False, indent=1, default=_text) + "\n"


def _text(value: object) -> str:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else str(value)


def _took_ms(attempts: Sequence[Any]) -> int | None:
    return attempts[-1].elapsed_ms if attempts else None


def result(check: FeedCheck) -> str:
    """One sentence: whether the feed can be used, and how much was found."""
    counts = (
        f"{counted(check.count('error'), 'error')}, {counted(check.count('warning'), 'fault')}, "
        f"{counted(check.count('note'), 'note')}"
    )
    if check.verdict.outcome == "fetch_failed":
        return f"The feed could not be fetched: {counts}."
    return f"The feed {'can' if check.verdict.is_usable else 'cannot'} be used: {counts}."


def about(check: FeedCheck, version: str) -> str:
    """What was looked at, when and by what."""
    version_given = check.version or (
        "1.0 (no version given)" if check.verdict.is_usable else "of unknown version"
    )
    kind = f"GBFS {version_given}" if check.dialect == "gbfs" else "Opendatasoft"
    polls = "once"
    if len(check.polls) > 1:
        span_s = (check.polls[-1].note.fetched_at - check.polls[0].note.fetched_at).total_seconds()
        polls = f"{len(check.polls)} times in {duration(span_s)}"
    return (
        f"Checked on {check.checked_at:%Y-%m-%d at %H:%M:%S} UTC by velib-insights {version}. {kind}; "
        f"the file with the counts was asked for {polls}."
    )


def _title(remark: Remark) -> str:
    place = f"{remark.file}: " if remark.file else ""
    return f"{_WORDS[remark.severity]}: {one_line(f'{place}{remark.what}')}"


def _facts(remark: Remark, version: str | None) -> list[tuple[str, str, bool]]:
    """(label, text on one line, whether it is code)."""
    facts = [("File", remark.file, True), ("Field", remark.path, True), ("Rows", remark.rows, False)]
    facts += [("Example", example, True) for example in remark.examples]
    facts += [
        ("Why it matters", remark.why, False),
        ("Specification", specification(version, remark.section), False),
    ]
    return [(label, one_line(text), is_code) for label, text, is_code in facts if text]


def _markdown(check: FeedCheck, version: str) -> str:
    lines = [
        f"# Check of the feed {check.url.translate(_MARKDOWN)}",
        "",
        about(check, version),
        "",
        f"**{result(check)}**",
        "",
        "This report comes from a reader of the feed. Thank you for publishing it.",
        "",
    ]
    found = [remark for remark in check.remarks if remark.severity != "ok"]
    if found:
        lines += ["## Findings", ""]
    for number, remark in enumerate(found, 1):
        lines += [f"### {number}. {_title(remark).translate(_MARKDOWN)}", ""]
        lines += [
            f"- {label}: {_code(text) if is_code else text if label == 'Specification' else text.translate(_MARKDOWN)}"
            for label, text, is_code in _facts(remark, check.version)
        ]
        lines.append("")
    fine = [remark for remark in check.remarks if remark.severity == "ok"]
    if fine:
        lines += ["## In order", ""]
        lines += [f"- {remark.file}: {remark.what}".translate(_MARKDOWN) for remark in fine]
        lines.append("")
    lines += [
        "## Files",
        "",
        "| file | address | status | bytes | ms |",
        "| --- | --- | ---: | ---: | ---: |",
    ]
    for row in _file_rows(check):
        lines.append("| " + " | ".join(cell.translate(_MARKDOWN) for cell in row) + " |")
    return "\n".join(lines) + "\n"


def _code(text: str) -> str:
    fence = "``" if "`" in text else "`"
    pad = " " if "`" in text else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _file_rows(check: FeedCheck) -> list[tuple[str, ...]]:
    return [
        (
            file.note.feed,
            file.note.url,
            str(file.note.status or "–"),
            f"{file.note.bytes:,}" if file.note.bytes is not None else "–",
            f"{_took_ms(file.note.attempts):,}" if file.note.attempts else "–",
        )
        for file in check.files
    ]


def _html(check: FeedCheck, version: str) -> str:
    from velib_insights.pages.templates import render  # Jinja2 takes 40 ms, and Markdown and JSON do without

    found = [remark for remark in check.remarks if remark.severity != "ok"]
    return render(
        "feed_report.html",
        url=check.url,
        about=about(check, version),
        result=result(check),
        findings=[(_title(remark), _facts(remark, check.version)) for remark in found],
        in_order=[f"{remark.file}: {remark.what}" for remark in check.remarks if remark.severity == "ok"],
        files=_file_rows(check),
    )
