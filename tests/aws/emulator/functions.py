"""A function runs from its zip alone, and tells the name of its exception, which a state machine catches by."""

from __future__ import annotations

from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

_TOLD = '"error": str(e), "trace": traceback.format_exc()'
_TOLD_WITH_TYPE = '"error": type(e).__name__ + "\\u0000" + str(e), "trace": traceback.format_exc()'
# What is installed here is not there on Lambda.
_ALONE = """\
import sys
sys.path = [path for path in sys.path if path.startswith(sys.base_prefix) and "site-packages" not in path]
"""


def fill() -> None:
    script = lambda_runtime._PYTHON_WORKER_SCRIPT
    if _TOLD not in script:
        raise RuntimeError("this MiniStack tells a function's exception in another way")
    lambda_runtime._PYTHON_WORKER_SCRIPT = _ALONE + script.replace(_TOLD, _TOLD_WITH_TYPE)
    original = lambda_svc._execute_function_with_config_scope

    def execute(*arguments: Any, **more: Any) -> dict[str, Any]:
        result: dict[str, Any] = original(*arguments, **more)
        body = result.get("body")
        if result.get("error") and isinstance(body, dict) and "\0" in str(body.get("errorMessage")):
            kind, _, message = body["errorMessage"].partition("\0")
            result = {**result, "body": {**body, "errorType": kind, "errorMessage": message}}
        return result

    lambda_svc._execute_function_with_config_scope = execute
