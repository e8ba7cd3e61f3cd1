"""The reference of `infra/`: its variables, outputs and profiles, read from the Terraform files."""

from __future__ import annotations

import re
from pathlib import Path

INFRA = Path(__file__).parent.parent / "infra"
_BLOCK = re.compile(
    r"""^(?:\# (?P<chapter>[^\n]+)\n\n)?^(?P<kind>variable|output) "(?P<name>\w+)" \{\n(?P<body>.*?)^\}""",
    re.MULTILINE | re.DOTALL,
)


def infrastructure_page() -> str:
    parts = [
        "# Infrastructure",
        "Variables and outputs of the Terraform module in [`infra/`](../../infra/). How to use it: [deploy on AWS]"
        "(../how-to/deploy-on-aws.md). A value is given in `infra/terraform.tfvars`, by `-var`, or by the environment"
        " (`TF_VAR_cadence=30`). An invalid value is refused by the plan, with the reason.",
    ]
    for chapter, rows in _variables().items():
        parts += [f"## {chapter}", _table(("variable", "default", "meaning"), rows)]
    outputs = [
        (f"`{block['name']}`", _said(block["body"], "description"))
        for block in _BLOCK.finditer((INFRA / "outputs.tf").read_text("utf-8"))
    ]
    parts += ["## Outputs", _table(("output", "meaning"), outputs), "## Profiles"]
    parts.append("Sets of values for `terraform apply -var-file=profiles/NAME.tfvars`.")
    for file in sorted((INFRA / "profiles").glob("*.tfvars")):
        about, _, values = file.read_text("utf-8").partition("\n")
        parts += [f"`{file.stem}`: {about.removeprefix('# ')}", f"```hcl\n{values.strip()}\n```"]
    return "\n\n".join(parts)


def _variables() -> dict[str, list[tuple[str, ...]]]:
    chapters: dict[str, list[tuple[str, ...]]] = {}
    chapter = ""
    for block in _BLOCK.finditer((INFRA / "variables.tf").read_text("utf-8")):
        chapter = block["chapter"] or chapter
        body = block["body"]
        meaning = " ".join([_said(body, "description"), *_reasons(body)])
        chapters.setdefault(chapter, []).append(
            (f"`{block['name']}`", f"`{_said(body, 'default')}`", meaning)
        )
    return chapters


def _said(body: str, name: str) -> str:
    match = re.search(rf"^  {name} += (.+)$", body, re.MULTILINE)
    text = match[1] if match else ""
    return text.strip('"').replace('\\"', '"') if name == "description" else text


def _reasons(body: str) -> list[str]:
    """What a validation says of a wrong value, in small print."""
    found = re.findall(r'^    error_message = "(.*)"$', body, re.MULTILINE)
    return ["<br><small>" + text.replace('\\"', '"') + "</small>" for text in found]


def _table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines)
