"""An S3 service on this machine, played by moto's server: fixtures that any test may ask for."""

from __future__ import annotations

import importlib.util
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator

import pytest
from tests.needed import missing

from velib_insights.adapters.lake import Lake

# S3 decides in one step whether a key may be created; moto looks and then writes, and two writers may both have looked.
_SERVER = """
import sys, threading
from moto.s3.responses import S3Response
from moto.server import main

lock, put = threading.Lock(), S3Response.put_object

def put_object(self, *args, **kwargs):
    with lock:
        return put(self, *args, **kwargs)

S3Response.put_object = put_object
main(["-p", sys.argv[1]])
"""


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """An S3 service on this machine, played by moto's server; skipped where that is not installed."""
    if not all(importlib.util.find_spec(name) for name in ("moto", "flask")):
        missing("moto[server] is not installed: nothing plays S3 here")
    port = _free_port()
    endpoint = f"http://127.0.0.1:{port}"
    with subprocess.Popen(
        [sys.executable, "-c", _SERVER, str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            for _ in range(200):
                try:
                    urllib.request.urlopen(f"{endpoint}/moto-api/data.json", timeout=1).close()
                    break
                except OSError:
                    time.sleep(0.1)
            yield endpoint
        finally:
            server.kill()


@pytest.fixture
def s3_lake(s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Lake:
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "testing"),
        ("AWS_SECRET_ACCESS_KEY", "testing"),
        ("AWS_REGION", "eu-west-3"),
    ):
        monkeypatch.setenv(name, value)
    bucket = f"lake-{time.time_ns()}"
    where = "<LocationConstraint>eu-west-3</LocationConstraint>"
    location = f"<CreateBucketConfiguration>{where}</CreateBucketConfiguration>".encode()
    request = urllib.request.Request(f"{s3_endpoint}/{bucket}", data=location, method="PUT")
    urllib.request.urlopen(request, timeout=10).close()
    return Lake.open(f"s3://{bucket}/velib", region="eu-west-3", endpoint=s3_endpoint)
