"""Starts and ends the emulator, and speaks to it as to AWS."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from tests.aws.policies import Call

PROJECT = Path(__file__).parent.parent.parent.parent
ACCOUNT, REGION = "123456789012", "us-east-1"
# MiniStack takes a key that is an account's number as that account's root: nothing is denied to it.
ROOT = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGION}
_STARTS_WITHIN_S = 60


@dataclass
class Emulator:
    """`waits` is how long a pause of a state machine takes, as a share of what it says."""

    folder: Path
    waits: float = 0.05
    port: int = 0
    _process: subprocess.Popen[bytes] | None = None
    _clients: dict[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / "emulator.log"

    @property
    def _calls(self) -> Path:
        return self.folder / "calls.jsonl"

    @property
    def _crawls_held(self) -> Path:
        return self.folder / "crawls_held"

    def hold_crawls(self) -> None:
        """A crawl runs until `let_crawls_end`."""
        self._crawls_held.touch()

    def let_crawls_end(self) -> None:
        self._crawls_held.unlink(missing_ok=True)

    def start(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        temporary = self.folder / "tmp"
        temporary.mkdir(exist_ok=True)
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AWS_", "VELIB_")) and not name.lower().endswith("_proxy")
        }
        environment = {
            **kept,
            **ROOT,
            "AUTH": "true",
            "AWS_ENDPOINT_URL": self.url,
            "BIND_HOST": "127.0.0.1",
            "DOCKER_HOST": f"unix://{temporary}/there-is-no-docker.sock",
            "EMULATOR_CALLS": str(self._calls),
            "EMULATOR_CRAWLS_HELD": str(self._crawls_held),
            "GATEWAY_PORT": str(self.port),
            "IOT_MTLS_ENABLED": "0",
            "LAMBDA_EXECUTOR": "local",
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            "MINISTACK_REGION": REGION,
            "PYTHONDONTWRITEBYTECODE": "1",
            "SFN_WAIT_SCALE": str(self.waits),
            "SFTP_ENABLED": "0",
            "TMPDIR": str(temporary),
        }
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.aws.emulator"],
                cwd=PROJECT,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait_until_it_answers()

    def _wait_until_it_answers(self) -> None:
        until = time.monotonic() + _STARTS_WITHIN_S
        while time.monotonic() < until:
            assert self._process is not None
            if self._process.poll() is not None:
                break
            try:
                with urlopen(f"{self.url}/_ministack/health", timeout=5):
                    return
            except (URLError, OSError):
                time.sleep(0.1)
        self.stop()
        raise AssertionError(f"the emulator does not answer:\n{self.log.read_text('utf-8')[-3000:]}")

    def stop(self) -> None:
        """End it and what it started: functions are processes of its own group."""
        if self._process is None:
            return
        try:
            os.killpg(self._process.pid, 15)
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, 9)
            self._process.wait(10)
        except ProcessLookupError:
            pass
        self._process = None

    def client(self, service: str) -> Any:
        if service not in self._clients:
            import boto3
            from botocore.config import Config

            self._clients[service] = boto3.client(
                service,
                endpoint_url=self.url,
                region_name=REGION,
                aws_access_key_id=ROOT["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=ROOT["AWS_SECRET_ACCESS_KEY"],
                config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}),
            )
        return self._clients[service]

    def calls(self) -> Iterator[tuple[str, Call, bool]]:
        """Every call that a role made so far: the role's name, the call, whether it was allowed."""
        if self._calls.exists():
            for line in self._calls.read_text("utf-8").splitlines():
                said = json.loads(line)
                yield said["role"], Call(said["action"], said["resource"]), said["allowed"]
