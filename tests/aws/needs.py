"""What each component calls on AWS, and on what: the measure for its rights.

S3 keys follow the lake's grammar. What AWS's own services call in a component's name (Athena, the crawler, Glue's
runtime, log delivery) is taken from AWS's documentation, named beside it.
"""

from __future__ import annotations

from collections.abc import Iterable

from tests.aws.policies import Call

ACCOUNT, REGION = "123456789012", "us-east-1"
BUCKET = "arn:aws:s3:::velib-insights-naw-seu-2326"
HOUR = "date=2026-11-23/hour=08"


def _arn(service: str, name: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{name}"


def _calls(actions: str, *resources: str) -> set[Call]:
    return {Call(action, resource) for action in actions.split() for resource in resources}


def _log(*groups: str) -> set[Call]:
    return _calls(
        "logs:CreateLogStream logs:PutLogEvents",
        *(_arn("logs", f"log-group:{group}:log-stream:2026/11/23/one") for group in groups),
    )


CATALOG = (_arn("glue", "catalog"), _arn("glue", "database/velib_db_tf"))
TABLE = _arn("glue", "table/velib_db_tf/source_velib")
VIEW = _arn("glue", "table/velib_db_tf/kpi_shortage")

LISTS = _calls("s3:ListBucket", BUCKET)
RAW = f"{BUCKET}/raw/source=velib/{HOUR}/20261123T0815Z.fetch.json"
CLEAN = f"{BUCKET}/clean/source=velib/{HOUR}/part.parquet"
TICKS = f"{BUCKET}/clean/ticks/{HOUR}/part.parquet"
QUARANTINE = f"{BUCKET}/quarantine/source=velib/{HOUR}/part.parquet"
HISTORY = f"{BUCKET}/history/source=velib/date=2026-11-22/part.parquet"
ROLLUP = f"{BUCKET}/rollup/station_day/month=2026-11/part.parquet"
NETWORK = f"{BUCKET}/network.json"
ZONES = f"{BUCKET}/reference/zones/arrondissements.geojson"

GLUE_LOGS = ("/aws-glue/velib_clean_job/error", "/aws-glue/velib_clean_job/output")

CLEANS = (
    LISTS
    | _calls("s3:GetObject", NETWORK, RAW, ZONES, HISTORY)
    | _calls("s3:GetObject s3:PutObject", CLEAN, TICKS, QUARANTINE)
    | _calls("s3:DeleteObject", CLEAN, QUARANTINE, HISTORY)
)

# docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-iam-policy: these know no resource.
DELIVERS_LOGS = _calls(
    "logs:CreateLogDelivery logs:GetLogDelivery logs:UpdateLogDelivery logs:DeleteLogDelivery"
    " logs:ListLogDeliveries logs:PutResourcePolicy logs:DescribeResourcePolicies logs:DescribeLogGroups",
    "*",
)
WITHOUT_RESOURCE = frozenset(call.action for call in DELIVERS_LOGS)

# docs.aws.amazon.com/step-functions/latest/dg/connect-glue.html: a job that is waited for is looked at and stopped.
RUNS_JOB = _calls(
    "glue:StartJobRun glue:GetJobRun glue:GetJobRuns glue:BatchStopJobRun",
    _arn("glue", "job/velib_clean_job"),
)
CRAWLS = _calls("glue:StartCrawler glue:GetCrawler", _arn("glue", "crawler/velib_clean_crawler"))

_ALWAYS = {
    "ingest": LISTS
    | _calls("s3:GetObject s3:PutObject", NETWORK, RAW)
    | _log("/aws/lambda/velib_ingest_lambda"),
    "publish": LISTS
    | _calls("s3:GetObject", NETWORK, CLEAN, TICKS, QUARANTINE, ZONES)
    | _calls("s3:GetObject s3:PutObject", HISTORY)
    | _calls("s3:GetObject s3:PutObject s3:DeleteObject", ROLLUP, f"{BUCKET}/site/data/now.json")
    | _log("/aws/lambda/velib_publish_lambda"),
    # docs.aws.amazon.com/step-functions/latest/dg/connect-athena.html and
    # docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html: CREATE VIEW, and the default
    # database, which Athena looks at and makes whatever a query names.
    "kpi_views": _calls(
        "athena:StartQueryExecution athena:GetQueryExecution athena:StopQueryExecution",
        _arn("athena", "workgroup/velib_workgroup"),
    )
    | _calls("athena:GetDataCatalog", _arn("athena", "datacatalog/AwsDataCatalog"))
    | _calls(
        "glue:GetDatabase glue:GetDatabases glue:CreateDatabase", CATALOG[0], _arn("glue", "database/default")
    )
    | _calls("glue:GetDatabase", *CATALOG)
    | _calls("glue:GetTable glue:GetTables glue:CreateTable glue:UpdateTable", *CATALOG, TABLE, VIEW)
    | _calls("s3:GetBucketLocation s3:ListBucket", BUCKET)
    | _calls("s3:GetObject s3:PutObject", f"{BUCKET}/athena-results/one.txt")
    | DELIVERS_LOGS,
    "schedule": _calls("states:StartExecution", _arn("states", "stateMachine:velib_pipeline")),
}


def _invokes(*functions: str) -> set[Call]:
    return _calls("lambda:InvokeFunction", *(_arn("lambda", f"function:{name}") for name in functions))


_DEFAULT = _ALWAYS | {
    "clean": CLEANS
    | _calls("s3:GetObject", f"{BUCKET}/glue/scripts/velib_clean_job.py")
    # The job's --TempDir, where Spark may spill and Glue keeps what a run leaves.
    | _calls("s3:GetObject s3:PutObject s3:DeleteObject", f"{BUCKET}/glue/tmp/one")
    # The policy AWSGlueServiceRole has the making of log groups too.
    | _calls("logs:CreateLogGroup", *(_arn("logs", f"log-group:{group}") for group in GLUE_LOGS))
    | _log(*GLUE_LOGS),
    # The policy AWSGlueServiceRole, less what a crawler of one S3 folder has no use for.
    "crawler": LISTS
    | _calls("s3:GetBucketLocation", BUCKET)
    | _calls("s3:GetObject", CLEAN)
    | _calls("glue:GetDatabase", *CATALOG)
    | _calls(
        "glue:GetTable glue:GetTables glue:CreateTable glue:UpdateTable glue:GetPartition glue:GetPartitions"
        " glue:BatchGetPartition glue:CreatePartition glue:BatchCreatePartition glue:UpdatePartition",
        *CATALOG,
        TABLE,
    )
    | _calls("logs:CreateLogGroup", _arn("logs", "log-group:/aws-glue/crawlers"))
    | _log("/aws-glue/crawlers"),
    "pipeline": _invokes("velib_ingest_lambda", "velib_publish_lambda") | RUNS_JOB | CRAWLS | DELIVERS_LOGS,
}
_LEAN = _ALWAYS | {
    "clean": CLEANS | _log("/aws/lambda/velib_clean_lambda"),
    "pipeline": _invokes("velib_ingest_lambda", "velib_clean_lambda", "velib_publish_lambda") | DELIVERS_LOGS,
}


def _frozen(needs: dict[str, set[Call]]) -> dict[str, frozenset[Call]]:
    return {role: frozenset(calls) for role, calls in needs.items()}


NEEDS = {"default": _frozen(_DEFAULT), "lean": _frozen(_LEAN)}


def every_need() -> Iterable[tuple[str, str]]:
    """Each role of each profile."""
    return [(profile, role) for profile, roles in NEEDS.items() for role in roles]


# What the emulator does not do, or does without asking: rights that rest on AWS's documentation alone.
_LOGS = frozenset({"logs:CreateLogStream", "logs:PutLogEvents"})
NOT_SEEN_BY_THE_EMULATOR = {
    "ingest": _LOGS,
    # A new file in a closed day, a zones' polygon, and Spark that spills are not in the story that is played.
    "clean": _LOGS | {"logs:CreateLogGroup"},
    "publish": _LOGS | {"s3:DeleteObject"},
    "crawler": _LOGS
    | {
        "logs:CreateLogGroup",
        "s3:GetBucketLocation",
        "glue:GetTables",
        "glue:UpdateTable",
        "glue:GetPartition",
        "glue:GetPartitions",
        "glue:BatchGetPartition",
        "glue:CreatePartition",
        "glue:UpdatePartition",
    },
    # Asked for where a run is stopped, or by the console.
    "pipeline": WITHOUT_RESOURCE | {"glue:GetJobRuns", "glue:BatchStopJobRun"},
    "kpi_views": WITHOUT_RESOURCE
    | {
        "athena:StopQueryExecution",
        "athena:GetDataCatalog",
        "glue:GetDatabases",
        "glue:CreateDatabase",
        "glue:GetTables",
        "s3:GetBucketLocation",
        "s3:ListBucket",
        "s3:GetObject",
        "s3:PutObject",
    },
    "schedule": frozenset(),
}
