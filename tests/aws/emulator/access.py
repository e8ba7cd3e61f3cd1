"""Who may do what: asked for every call that a role makes, enforced, and recorded.

MiniStack asks for the calls that come in over HTTP. What it does inside itself in a role's name (a state machine's
tasks, a crawl, a query's reading) is asked for here.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import threading
from contextvars import ContextVar
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import sts

# The role in whose name Step Functions calls another service; that service asks on its behalf.
acting_role: ContextVar[str] = ContextVar("acting_role", default="")

_recorded = threading.Lock()


class AccessDenied(Exception):
    """The message is the one of AWS."""


def fill() -> None:
    original = iam_evaluator.enforce

    def enforce(access_key_id: str, iam_action: str, *rest: Any, resource_arn: str = "*", **more: Any) -> Any:
        denied = original(access_key_id, iam_action, *rest, resource_arn=resource_arn, **more)
        session = sts._sessions.get(access_key_id)
        if session is not None:
            _record(_role_name(session["Arn"]), iam_action, resource_arn, allowed=not denied)
        return denied

    iam_evaluator.enforce = enforce
    # The bucket is TLS only; loopback HTTP stands for TLS here.
    iam_evaluator.EvalContext = functools.partial(iam_evaluator.EvalContext, secure_transport=True)


def credentials_of(role_arn: str) -> dict[str, str]:
    """Environment variables of a session of the role, as a service has them that assumed it."""
    digest = hashlib.sha256(role_arn.encode()).hexdigest()
    key = f"ASIA{digest[:16].upper()}"
    secret, token = f"secret{digest}", f"token{digest}"
    sts.register_session(
        key,
        {
            "Arn": f"arn:aws:sts::{get_account_id()}:assumed-role/{_role_name(role_arn)}/emulator",
            "UserId": f"{_role_name(role_arn)}:emulator",
            "SecretAccessKey": secret,
            "SessionToken": token,
        },
    )
    return {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": token}


def require(role_arn: str, action: str, *resources: str) -> None:
    """Record the call on each resource; raises AccessDenied where the role may not make it."""
    if not role_arn:
        return
    key = credentials_of(role_arn)["AWS_ACCESS_KEY_ID"]
    principal = iam_evaluator.resolve_principal(key, get_account_id())
    if isinstance(principal, iam_evaluator.AuthError):
        raise AccessDenied(f"{role_arn} cannot be assumed")
    for resource in resources:
        context = iam_evaluator.EvalContext(
            principal_arn=principal.arn,
            principal_type=principal.type,
            principal_account=principal.account,
            action=action,
            resource_arn=resource,
            region=get_region(),
        )
        allowed = iam_evaluator.evaluate(context, principal.policies).decision == "Allow"
        _record(_role_name(role_arn), action, resource, allowed=allowed)
        if not allowed:
            raise AccessDenied(
                f"User: {principal.arn} is not authorized to perform: {action} on resource: {resource}"
            )


def glue_arn(resource: str) -> str:
    return f"arn:aws:glue:{get_region()}:{get_account_id()}:{resource}"


def table_arns(database: str, *tables: str) -> tuple[str, ...]:
    """What Glue asks about for a table: itself, its database and the catalog."""
    own = (glue_arn(f"table/{database}/{table}") for table in tables)
    return (glue_arn("catalog"), glue_arn(f"database/{database}"), *own)


def _role_name(arn: str) -> str:
    return arn.split("/")[1]


def _record(role: str, action: str, resource: str, *, allowed: bool) -> None:
    file = os.environ.get("EMULATOR_CALLS")
    if file:
        said = {"role": role, "action": action, "resource": resource, "allowed": allowed}
        with _recorded, open(file, "a", encoding="utf-8") as calls:  # noqa: PTH123
            calls.write(json.dumps(said) + "\n")
