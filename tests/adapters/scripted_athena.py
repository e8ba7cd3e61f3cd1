"""Athena over HTTP on this machine: it answers as a test scripts it, or as a function of the SQL, and keeps the calls.

It speaks the protocol that boto3 speaks, so the client under test is the real one.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

PAGE = 1000


def client_of(url: str) -> Any:
    """boto3's client for the service at `url`."""
    import boto3

    return boto3.client(
        "athena",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",  # noqa: S106 - of no account
    )


@dataclass
class Answer:
    """What becomes of a query. `columns` are (name, Trino type); a cell that is None is a null."""

    columns: Sequence[tuple[str, str]] = ()
    rows: Sequence[Sequence[str | None]] = ()
    states: Sequence[str] = ("QUEUED", "RUNNING", "SUCCEEDED")
    reason: str | None = None
    category: int | None = None
    scanned: int = 12_345_678
    asked: int = 0


@dataclass
class Refusal:
    """An error that an operation answers with, instead of doing anything."""

    operation: str
    code: str
    message: str
    status: int = 400


@dataclass
class Call:
    operation: str
    arguments: dict[str, Any] = field(default_factory=dict)


class ScriptedAthena:
    """Answers queries in the order of `script`, or by `respond`."""

    def __init__(self, *script: Answer, respond: Callable[[str], Answer] | None = None) -> None:
        self.script = list(script)
        self.respond = respond
        self.refusal: Refusal | None = None
        self.calls: list[Call] = []
        self._queries: dict[str, Answer] = {}
        athena = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                operation = self.headers["X-Amz-Target"].split(".")[1]
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, answer = athena.answer(operation, body)
                sent = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/x-amz-json-1.1")
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                self.wfile.write(sent)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def asked(self, operation: str) -> list[dict[str, Any]]:
        return [call.arguments for call in self.calls if call.operation == operation]

    def answer(self, operation: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self.calls.append(Call(operation, body))
        if self.refusal and self.refusal.operation == operation:
            return self.refusal.status, {"__type": self.refusal.code, "message": self.refusal.message}
        if operation == "StartQueryExecution":
            query = f"query-{len(self._queries)}"
            self._queries[query] = self.respond(body["QueryString"]) if self.respond else self.script.pop(0)
            return 200, {"QueryExecutionId": query}
        if operation == "StopQueryExecution":
            return 200, {}
        scripted = self._queries[body["QueryExecutionId"]]
        if operation == "GetQueryExecution":
            return 200, {"QueryExecution": self._execution(body["QueryExecutionId"], scripted)}
        return 200, self._results(scripted, body)

    def _execution(self, query: str, scripted: Answer) -> dict[str, Any]:
        state = scripted.states[min(scripted.asked, len(scripted.states) - 1)]
        scripted.asked += 1
        status: dict[str, Any] = {"State": state}
        if scripted.reason and state in ("FAILED", "CANCELLED"):
            status["StateChangeReason"] = scripted.reason
            if scripted.category:
                status["AthenaError"] = {"ErrorCategory": scripted.category, "ErrorMessage": scripted.reason}
        return {
            "QueryExecutionId": query,
            "Status": status,
            "Statistics": {"DataScannedInBytes": scripted.scanned},
        }

    def _results(self, scripted: Answer, body: dict[str, Any]) -> dict[str, Any]:
        names = [name for name, _ in scripted.columns]
        rows = [names, *scripted.rows]
        first = int(body.get("NextToken", 0))
        shown = rows[first : first + min(PAGE, int(body.get("MaxResults", PAGE)))]
        answer: dict[str, Any] = {
            "ResultSet": {
                "Rows": [
                    {"Data": [{} if cell is None else {"VarCharValue": cell} for cell in row]}
                    for row in shown
                ],
                "ResultSetMetadata": {
                    "ColumnInfo": [column_info(name, kind) for name, kind in scripted.columns]
                },
            }
        }
        if first + len(shown) < len(rows):
            answer["NextToken"] = str(first + len(shown))
        return answer


def column_info(name: str, kind: str) -> dict[str, Any]:
    precision, scale = (10, 2) if kind == "decimal" else (0, 0)
    return {
        "CatalogName": "hive",
        "SchemaName": "",
        "TableName": "",
        "Name": name,
        "Label": name,
        "Type": kind,
        "Precision": precision,
        "Scale": scale,
        "Nullable": "UNKNOWN",
        "CaseSensitive": kind == "varchar",
    }
