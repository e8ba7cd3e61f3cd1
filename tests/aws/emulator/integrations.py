"""What Step Functions does for a task: the call in the state machine's own name, and waiting for its end."""

from __future__ import annotations

import json
import time
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import stepfunctions
from tests.aws.emulator import access

_POLL_S = 0.2


def fill() -> None:
    """Each task is asked about before it is made, as one of the state machine's role."""
    execute_task = stepfunctions._execute_task
    invoke_resource = stepfunctions._invoke_resource

    def in_the_name_of_its_role(state: Any, raw_input: Any, execution: Any, context: Any) -> Any:
        machine = stepfunctions._state_machines[execution["stateMachineArn"]]
        token = access.acting_role.set(machine["roleArn"])
        try:
            return execute_task(state, raw_input, execution, context)
        finally:
            access.acting_role.reset(token)

    def asked_first(resource: str, given: dict[str, Any]) -> Any:
        integration = resource.removeprefix("arn:aws:states:::").removeprefix("aws-sdk:")
        try:
            for action, on in _calls(integration, given):
                access.require(access.acting_role.get(), action, on)
        except access.AccessDenied as error:
            service = integration.split(":")[0].capitalize()
            raise stepfunctions._ExecutionError(f"{service}.AccessDeniedException", str(error)) from error
        return invoke_resource(resource, given)

    stepfunctions._execute_task = in_the_name_of_its_role
    stepfunctions._invoke_resource = asked_first
    stepfunctions._SERVICE_DISPATCH["arn:aws:states:::glue:startJobRun"] = _run_job
    stepfunctions._SERVICE_DISPATCH["arn:aws:states:::athena:startQueryExecution"] = _run_query


def _calls(integration: str, given: dict[str, Any]) -> list[tuple[str, str]]:
    """The actions of an integration and the resource of each. Raises for one that nobody has looked at."""
    here = f"{get_region()}:{get_account_id()}"
    match integration:
        case "lambda:invoke":
            return [("lambda:InvokeFunction", given["FunctionName"])]
        case "glue:startJobRun.sync":
            job = f"arn:aws:glue:{here}:job/{given['JobName']}"
            return [("glue:StartJobRun", job), ("glue:GetJobRun", job)]
        case "glue:startCrawler" | "glue:getCrawler":
            action = integration[5].upper() + integration[6:]
            return [(f"glue:{action}", f"arn:aws:glue:{here}:crawler/{given['Name']}")]
        case "athena:startQueryExecution.sync":
            workgroup = f"arn:aws:athena:{here}:workgroup/{given['WorkGroup']}"
            return [("athena:StartQueryExecution", workgroup), ("athena:GetQueryExecution", workgroup)]
    raise stepfunctions._ExecutionError("States.Runtime", f"the emulator has no rights for {integration}")


def _run_job(resource: str, given: dict[str, Any]) -> Any:
    started = _sdk("glue", "startJobRun", given)
    while True:
        run = _sdk("glue", "getJobRun", {"JobName": given["JobName"], "RunId": started["JobRunId"]})["JobRun"]
        if run["JobRunState"] == "SUCCEEDED":
            return run
        if run["JobRunState"] in ("FAILED", "TIMEOUT", "STOPPED", "ERROR"):
            raise stepfunctions._ExecutionError("States.TaskFailed", json.dumps(run, default=str))
        time.sleep(_POLL_S)


def _run_query(resource: str, given: dict[str, Any]) -> Any:
    started = _sdk("athena", "startQueryExecution", given)
    while True:
        answer = _sdk("athena", "getQueryExecution", {"QueryExecutionId": started["QueryExecutionId"]})
        state = answer["QueryExecution"]["Status"]["State"]
        if state == "SUCCEEDED":
            return answer
        if state in ("FAILED", "CANCELLED"):
            raise stepfunctions._ExecutionError(
                "States.TaskFailed", json.dumps(answer["QueryExecution"], default=str)
            )
        time.sleep(_POLL_S)


def _sdk(service: str, action: str, given: dict[str, Any]) -> Any:
    return stepfunctions._invoke_aws_sdk_integration(f"arn:aws:states:::aws-sdk:{service}:{action}", given)
