"""What is wrong with a state machine: by the rules of the language (statelint), and by the models of the services.

The language knows nothing of the services: that a call exists, takes these parameters and can raise that error is
looked up in botocore's models, which AWS generates its own clients from.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from tests import needed

needed.module("statelint", "aws")
needed.module("botocore", "aws")

import botocore.session  # noqa: E402
from botocore.model import ListShape, MapShape, Shape, StructureShape  # noqa: E402
from statelint.linter import Linter  # noqa: E402

_RESOURCE = re.compile(
    r"arn:aws:states:::(?P<sdk>aws-sdk:)?(?P<service>[a-z0-9-]+):(?P<action>[a-zA-Z0-9]+)(?P<wait>\.sync(?::2)?)?"
)
_SERVICES = {"sfn": "stepfunctions"}
_SESSION = botocore.session.get_session()
# Calls that Step Functions waits for, among those that are used here.
_CAN_WAIT = {("glue", "StartJobRun"), ("athena", "StartQueryExecution")}
# What a state machine raises itself, and what Lambda's integration raises without a model: both as AWS documents them.
_STATES_ERRORS = {
    "States.ALL",
    "States.Timeout",
    "States.TaskFailed",
    "States.Permissions",
    "States.DataLimitExceeded",
    "States.HeartbeatTimeout",
}
_LAMBDA_ERRORS = {
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ClientExecutionTimeoutException",
}
# Services raise these without modelling them; the one named after the service is what Step Functions calls the rest.
_COMMON_ERRORS = {"ThrottlingException", "GlueException", "InternalServerException"}


def problems(definition: str, functions_raise: frozenset[str] = frozenset()) -> list[str]:
    """Everything wrong with the definition; `functions_raise` names the errors of our own Lambda functions."""
    found = list(Linter.validate(definition))
    try:
        machine = json.loads(definition)
    except ValueError as error:
        return [*found, f"not JSON: {error}"]
    for name, state in states(machine):
        if state.get("Type") == "Task":
            found += [f"{name}: {wrong}" for wrong in _wrong_with_task(state, functions_raise)]
        for rule in state.get("Choices", ()):
            found += [f"{name}: {wrong}" for wrong in _wrong_with_choice(rule)]
        for rules in (state.get("Retry", ()), state.get("Catch", ())):
            found += [f"{name}: {wrong}" for wrong in _wrong_with_catch_all(rules)]
        found += [f"{name}: {wrong}" for wrong in _paths_without_mark(state.get("Parameters"), "Parameters")]
    return found


def states(machine: dict[str, Any], above: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every state, those of branches and of maps too, by its path of names."""
    for name, state in machine.get("States", {}).items():
        yield above + name, state
        for part in ("ItemProcessor", "Iterator"):
            if part in state:
                yield from states(state[part], f"{above}{name}/")
        for at, branch in enumerate(state.get("Branches", ())):
            yield from states(branch, f"{above}{name}[{at}]/")


def _wrong_with_task(state: dict[str, Any], functions_raise: frozenset[str]) -> Iterator[str]:
    match = _RESOURCE.fullmatch(state.get("Resource", ""))
    if not match:
        yield f"the resource {state.get('Resource')!r} is no service integration"
        return
    service = _SERVICES.get(match["service"], match["service"])
    action = match["action"]
    if action[0].isupper():
        yield f"{action} must begin with a small letter"
    operation = action[0].upper() + action[1:]
    try:
        model = _SESSION.get_service_model(service)
    except Exception as error:  # noqa: BLE001 - botocore raises many kinds for a service that is none
        yield f"there is no service {service}: {error}"
        return
    if operation not in model.operation_names:
        yield f"{service} has no operation {operation}"
        return
    if match["wait"] and (service, operation) not in _CAN_WAIT:
        yield f"Step Functions does not wait for {service}:{operation}"
    shape = model.operation_model(operation).input_shape
    yield from _wrong_with_value(state.get("Parameters", {}), shape, operation)
    raised = {each.name for each in model.operation_model(operation).error_shapes} | _COMMON_ERRORS
    yield from _wrong_with_errors(state, service, raised, functions_raise)


def _wrong_with_value(value: Any, shape: Shape | None, where: str) -> Iterator[str]:
    """Names, required ones and types; what is taken from a path is not known before it runs."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        known = {_capital(name): member for name, member in shape.members.items()}
        given = {name.removesuffix(".$"): (name, each) for name, each in value.items()}
        for name, (written, each) in given.items():
            if name not in known:
                yield f"{where} takes no {name}"
            elif not written.endswith(".$"):
                yield from _wrong_with_value(each, known[name], f"{where}.{name}")
        for name in shape.required_members:
            if _capital(name) not in given:
                yield f"{where} needs {_capital(name)}"
        return
    # A blob is the payload of a function: any JSON.
    accepted: dict[str, type | tuple[type, ...]] = {
        "string": str,
        "integer": int,
        "long": int,
        "boolean": bool,
        "structure": dict,
        "map": dict,
        "list": list,
    }
    wanted = accepted.get(shape.type_name) if shape else None
    if wanted and not isinstance(value, wanted):
        yield f"{where} must be a {shape.type_name if shape else ''}, not {value!r}"
    elif isinstance(shape, MapShape):
        for key, each in value.items():
            if not key.endswith(".$"):
                yield from _wrong_with_value(each, shape.value, f"{where}.{key}")
    elif isinstance(shape, ListShape):
        for each in value:
            yield from _wrong_with_value(each, shape.member, f"{where}[]")
    elif shape and shape.type_name == "string" and getattr(shape, "enum", None) and value not in shape.enum:
        yield f"{where} is {value!r}, none of {', '.join(shape.enum)}"


def _wrong_with_errors(
    state: dict[str, Any], service: str, raised: set[str], functions_raise: frozenset[str]
) -> Iterator[str]:
    for rule in (*state.get("Retry", ()), *state.get("Catch", ())):
        for error in rule.get("ErrorEquals", ()):
            owner, _, name = error.partition(".")
            if error in _STATES_ERRORS:
                continue
            if service == "lambda" and (error in _LAMBDA_ERRORS or error in functions_raise):
                continue
            if owner != service.capitalize() or name not in raised:
                yield f"{error} is never raised here"


def _wrong_with_choice(rule: dict[str, Any]) -> Iterator[str]:
    """A comparison names a variable and one way to compare; And, Or and Not hold comparisons."""
    for both in ("And", "Or"):
        for each in rule.get(both, ()):
            yield from _wrong_with_choice(each)
    if "Not" in rule:
        yield from _wrong_with_choice(rule["Not"])
    if not {"And", "Or", "Not"} & rule.keys():
        compared = rule.keys() - {"Variable", "Next", "Comment"}
        if "Variable" not in rule or len(compared) != 1:
            yield f"a choice compares a variable in one way, not {sorted(rule)}"


def _wrong_with_catch_all(rules: Sequence[dict[str, Any]]) -> Iterator[str]:
    """States.ALL stands alone, and after the others: those that follow it would never be asked."""
    for at, rule in enumerate(rules):
        if "States.ALL" in rule.get("ErrorEquals", ()) and (
            len(rule["ErrorEquals"]) > 1 or at != len(rules) - 1
        ):
            yield "States.ALL must stand alone and last"


def _paths_without_mark(value: Any, where: str) -> Iterator[str]:
    """A path under a key without `.$` is taken as a text."""
    if isinstance(value, dict):
        for key, each in value.items():
            if isinstance(each, str) and re.match(r"\$(\.|\$|$)|States\.", each) and not key.endswith(".$"):
                yield f"{where}.{key} is a path, but its key lacks .$"
            yield from _paths_without_mark(each, f"{where}.{key}")
    elif isinstance(value, list):
        for each in value:
            yield from _paths_without_mark(each, where)


def _capital(name: str) -> str:
    return name[0].upper() + name[1:]
