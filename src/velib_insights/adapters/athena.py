"""Athena over the deployed lake: the KPI by the very SQL of the package, and a user's SELECT over its tables and views.

Every query is paid by the bytes it scans; `tell` is told of each, for the person to see.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from velib_insights.adapters.athena_rows import RESULT_TYPES, to_arrow
from velib_insights.adapters.athena_sql import database_name, only_reading, select_now, select_view
from velib_insights.adapters.aws_session import aws_error
from velib_insights.core.catalogue.tables import TABLES
from velib_insights.core.catalogue.views import VIEWS
from velib_insights.core.catalogue.views import view as view_of
from velib_insights.core.errors import LakeError, NothingThere, QueryError, SettingsError, VelibError
from velib_insights.core.ticks.future import latest_tick
from velib_insights.core.ticks.hour_span import HourSpan
from velib_insights.core.ticks.tick import Hour
from velib_insights.sql import TICKS_MARGIN_H

if TYPE_CHECKING:
    import pyarrow as pa

_RECENT_H = 4 * 24  # of the ledger, looked at first; more where nothing was observed in them
_FIRST_WAIT_S, _LONGEST_WAIT_S, _GROWTH = 0.1, 2.0, 1.5
_SYSTEM = 1  # of Athena's error categories: it, not the query, is at fault


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a query took: bytes read in S3, and seconds from asking to the answer being there."""

    bytes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Athena:
    """Where to ask and how long to wait. `client` is boto3's for athena."""

    client: Any
    database: str
    workgroup: str
    timeout_s: float = 60.0


class AthenaEngine:
    """Asks one query after the other. `now` is the wall clock, where to begin to look for the latest tick."""

    def __init__(
        self,
        athena: Athena,
        now: datetime,
        *,
        tell: Callable[[Scanned], None] = lambda _: None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._athena = athena
        self._database = database_name(athena.database)
        self._latest = latest_tick(now.timestamp())
        self._today = Hour(int(now.timestamp()) // 3600 * 3600)
        self._tell = tell
        self._sleep = sleep
        self._now_epoch: int | None = None

    def view(self, name: str) -> pa.Table:
        """Every row of a KPI or base view, scanning only the hours of its window.

        Raises QueryError for an unknown name, NothingThere for a lake without an observed tick.
        """
        import pyarrow as pa

        try:
            about = view_of(name)
        except KeyError:
            raise QueryError(f"there is no view {name!r}", hint="`velib kpi` lists them.") from None
        span = HourSpan()
        if about.window_h is not None:
            self._now_epoch = self._asked_now()
            now = Hour(self._now_epoch - self._now_epoch % 3600)
            span = HourSpan.of_window(now, about.window_h)
        rows = self._ask(select_view(name, self._database, span, self._latest))
        schema = pa.schema([pa.field(column.name, RESULT_TYPES[column.type]) for column in about.columns])
        return rows.select(schema.names).cast(schema)

    def query(self, sql: str) -> pa.Table:
        """The answer to a user's one SELECT over the tables and the views that are deployed. Raises QueryError."""
        return self._ask(only_reading(sql))

    def latest_observed_epoch(self) -> int:
        """The latest observed tick: that of the last view, if one was asked, since each question to Athena is paid.

        Raises NothingThere.
        """
        if self._now_epoch is None:
            self._now_epoch = self._asked_now()
        return self._now_epoch

    def _asked_now(self) -> int:
        first = self._today.back(_RECENT_H)
        trusted = (
            first.epoch + 3600 * TICKS_MARGIN_H
        )  # the first day lacks the one before, by which it is judged
        for span, since in ((HourSpan(first), trusted), (HourSpan(), 0)):
            found = self._ask(select_now(self._database, span, self._latest)).column(0).to_pylist()
            if found and found[0] >= since:
                return int(found[0])
        raise NothingThere(
            f"no tick in the Athena database {self._database} could be observed",
            hint="See that the pipeline runs: the executions of velib_pipeline, or `velib doctor --lake s3://…`.",
        )

    def _ask(self, sql: str) -> pa.Table:
        began = time.monotonic()
        execution = self._call(
            "start_query_execution",
            QueryString=sql,
            QueryExecutionContext={"Database": self._database},
            WorkGroup=self._athena.workgroup,
            ClientRequestToken=str(uuid.uuid4()),
        )["QueryExecutionId"]
        try:
            done = self._wait(execution, began)
        except BaseException:
            # Ctrl-C too: a query that nobody waits for would keep scanning, and cost. What went wrong is what counts,
            # should it be that Athena cannot be told.
            with suppress(Exception):
                self._athena.client.stop_query_execution(QueryExecutionId=execution)
            raise
        scanned = int(done.get("Statistics", {}).get("DataScannedInBytes", 0))
        self._tell(Scanned(scanned, time.monotonic() - began))
        if done["Status"]["State"] != "SUCCEEDED":
            raise self._failure(done["Status"])
        return self._rows(execution)

    def _wait(self, execution: str, began: float) -> dict[str, Any]:
        pause = _FIRST_WAIT_S
        while True:
            told = self._call("get_query_execution", QueryExecutionId=execution)["QueryExecution"]
            if told["Status"]["State"] in ("SUCCEEDED", "FAILED", "CANCELLED"):
                return dict(told)
            left = self._athena.timeout_s - (time.monotonic() - began)
            if left <= 0:
                raise QueryError(
                    f"the query took longer than {self._athena.timeout_s:g} s and was stopped",
                    hint="Ask for fewer days, or allow more with --query-timeout.",
                )
            self._sleep(min(pause, left))
            pause = min(pause * _GROWTH, _LONGEST_WAIT_S)

    def _rows(self, execution: str) -> pa.Table:
        """All pages; the first row of the first one repeats the columns' names."""
        columns: list[dict[str, Any]] = []
        rows: list[list[str | None]] = []
        token: dict[str, str] = {}
        while True:
            page = self._call("get_query_results", QueryExecutionId=execution, MaxResults=1000, **token)
            told = [[cell.get("VarCharValue") for cell in row["Data"]] for row in page["ResultSet"]["Rows"]]
            if not token:
                columns = page["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
                if told and told[0] == [column["Name"] for column in columns]:
                    del told[0]
            rows += told
            if not page.get("NextToken"):
                return to_arrow(columns, rows)
            token = {"NextToken": page["NextToken"]}

    def _call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer: dict[str, Any] = getattr(self._athena.client, operation)(**arguments)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == "InvalidRequestException":
                raise self._invalid(str(error.response["Error"].get("Message", error))) from error
            raise aws_error(error, "Athena") from error
        except BotoCoreError as error:
            raise aws_error(error, "Athena") from error
        return answer

    def _invalid(self, message: str) -> VelibError:
        lower = message.lower()
        if "workgroup" in lower or "output location" in lower:
            return SettingsError(
                f"Athena: {message}",
                hint="Name the work group that Terraform made with VELIB_ATHENA_WORKGROUP (--athena-workgroup).",
            )
        return QueryError(message, hint="`velib query --tables` lists the tables, views and columns.")

    def _failure(self, status: dict[str, Any]) -> VelibError:
        reason = str(status.get("StateChangeReason") or "it gives no reason")
        lower = reason.lower()
        if "bytes scanned limit" in lower:
            return QueryError(
                f"Athena stopped the query: {reason}",
                hint="Ask for fewer days or columns: the work group limits what a query may scan.",
            )
        if status["State"] == "CANCELLED":
            return QueryError(f"the query was cancelled: {reason}", hint="Somebody stopped it in Athena.")
        if "access denied" in lower or "permission" in lower or "not authorized" in lower:
            return LakeError(
                f"Athena may not read what the query needs: {reason}",
                hint="Your AWS identity needs Athena, the Glue catalogue and the lake's bucket.",
            )
        if "schema_not_found" in lower or ("schema" in lower and "does not exist" in lower):
            return SettingsError(
                f"Athena: {reason}",
                hint="Name the database that Terraform made with VELIB_ATHENA_DATABASE (--athena-database).",
            )
        if "not_found" in lower or "does not exist" in lower:
            return QueryError(reason, hint=_how_to_make(lower))
        category = status.get("AthenaError", {}).get("ErrorCategory")
        if category == _SYSTEM or lower.startswith("hive_"):
            return LakeError(
                f"Athena could not read the lake: {reason}",
                hint="Try again; where it stays, `velib doctor --lake s3://…` looks at the files.",
            )
        return QueryError(reason, hint="`velib query --tables` lists the tables, views and columns.")


def _how_to_make(lower: str) -> str:
    """What brings the table or view that is missing, if it is one of ours."""
    if any(view.name in lower for view in VIEWS):
        return "Make the views on Athena: start the state machine velib_kpi_views."
    if any(f".{table.name}'" in lower or f"{table.name} " in lower for table in TABLES):
        return "Run velib_pipeline once: its crawler velib_clean_crawler makes the table."
    return "`velib query --tables` lists the tables, views and columns."
