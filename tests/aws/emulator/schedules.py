"""A schedule says what instant it was due at, and starts its target in its role's name."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ministack.services import eventbridge, scheduler
from tests.aws.emulator import access

_MARK = "<aws.scheduler.scheduled-time>"


def fill() -> None:
    scheduler._SCHEDULE_TICK_INTERVAL = 1  # seconds between two looks at what is due
    invoke = eventbridge._invoke_target

    def invoke_as_its_role(target: dict[str, Any], event: dict[str, Any], *rest: Any, **more: Any) -> Any:
        if event.get("Source") == "aws.scheduler":
            access.require(target["RoleArn"], "states:StartExecution", target["Arn"])
            due = datetime.fromtimestamp(event["Time"], UTC)
            target = {**target, "Input": target["Input"].replace(_MARK, f"{due:%Y-%m-%dT%H:%M:%SZ}")}
        return invoke(target, event, *rest, **more)

    eventbridge._invoke_target = invoke_as_its_role
