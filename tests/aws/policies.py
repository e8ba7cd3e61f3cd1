"""IAM policies, judged as AWS judges them: an action on a resource is allowed where a statement allows both.

Only what these policies use: statements that allow, wildcards in resources, no conditions.
"""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.aws.terraform_module import Plan, component


@dataclass(frozen=True)
class Call:
    """One action on one resource, as a component makes it."""

    action: str
    resource: str


@dataclass(frozen=True)
class Statement:
    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]

    def allows(self, call: Call) -> bool:
        return call.action in self.actions and any(_matches(each, call.resource) for each in self.resources)

    def without_each_part(self) -> Iterator[tuple[str, Statement | None]]:
        """The statement less an action, and less a resource, one at a time; None where nothing is left of it."""
        for action in self.actions:
            left = tuple(each for each in self.actions if each != action)
            yield f"{self.sid} without {action}", Statement(self.sid, left, self.resources) if left else None
        for resource in self.resources:
            left = tuple(each for each in self.resources if each != resource)
            yield f"{self.sid} without {resource}", Statement(self.sid, self.actions, left) if left else None


Policy = tuple[Statement, ...]


def denied(policy: Policy, calls: frozenset[Call]) -> set[Call]:
    """The calls that no statement allows."""
    return {call for call in calls if not any(statement.allows(call) for statement in policy)}


def policies_of(plan: Plan) -> dict[str, Policy]:
    """The policy of each role that the plan makes, by what it belongs to."""
    found: dict[str, list[Statement]] = {}
    for address, resource in plan.of_type("aws_iam_role_policy").items():
        found.setdefault(component(address), []).extend(read_policy(resource["policy"]))
    return {name: tuple(statements) for name, statements in found.items()}


def read_policy(text: str) -> Policy:
    """Raises for what `allows` would not judge rightly: Deny, conditions, NotAction and the like."""
    statements = []
    for said in json.loads(text)["Statement"]:
        odd = said.keys() - {"Sid", "Effect", "Action", "Resource"}
        if odd or said["Effect"] != "Allow":
            raise ValueError(f"a statement of another kind: {said}")
        statements.append(Statement(said["Sid"], _several(said["Action"]), _several(said["Resource"])))
    return tuple(statements)


def _several(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _matches(pattern: str, resource: str) -> bool:
    """`*` stands for any text, slashes too. `[` has no meaning to IAM."""
    return fnmatch.fnmatchcase(resource, pattern.replace("[", "[[]"))
