"""A crawler of Parquet files in S3 folders by Hive's pattern: the table, its columns, its partitions.

Each target is one table, named after its last folder, as Glue does with TableGroupingPolicy
CombineCompatibleSchemas: `clean/source=velib/` becomes `source_velib`.
"""

from __future__ import annotations

import contextvars
import io
import json
import os
import re
import threading
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from ministack.core.responses import error_response_json, json_response
from ministack.services import glue, s3
from tests.aws.emulator import access

PARQUET_STORAGE = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "SerdeInfo": {
        "SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
        "Parameters": {"serialization.format": "1"},
    },
}
_HIVE_TYPES = (
    (pa.types.is_timestamp, "timestamp"),
    (pa.types.is_date, "date"),
    (pa.types.is_int64, "bigint"),
    (pa.types.is_int32, "int"),
    (pa.types.is_int16, "smallint"),
    (pa.types.is_int8, "tinyint"),
    (pa.types.is_boolean, "boolean"),
    (pa.types.is_float64, "double"),
    (pa.types.is_float32, "float"),
    (pa.types.is_string, "string"),
    (pa.types.is_large_string, "string"),
    (pa.types.is_dictionary, "string"),
)


def fill() -> None:
    create = glue._create_crawler

    def create_with_tags(data: dict[str, Any]) -> Any:
        answer = create(data)
        if answer[0] == 200:
            arn = access.glue_arn(f"crawler/{data['Name']}")
            glue._tag_resource({"ResourceArn": arn, "TagsToAdd": data.get("Tags", {})})
        return answer

    get = glue._get_crawler

    def get_as_aws_does(data: dict[str, Any]) -> Any:
        """Without a last crawl where there was none yet, rather than with one that is null."""
        status, headers, body = get(data)
        answer = json.loads(body)
        if answer.get("Crawler", {}).get("LastCrawl", ...) is None:
            del answer["Crawler"]["LastCrawl"]
        return status, headers, json.dumps(answer).encode()

    glue._create_crawler = create_with_tags
    glue._get_crawler = get_as_aws_does
    glue._start_crawler = _start


def _start(data: dict[str, Any]) -> Any:
    crawler = glue._crawlers.get(data.get("Name"))
    if crawler is None:
        return error_response_json("EntityNotFoundException", f"Crawler {data.get('Name')} not found", 400)
    if crawler["State"] != "READY":
        return error_response_json("CrawlerRunningException", f"{crawler['Name']} is already running", 400)
    crawler["State"] = "RUNNING"
    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(_crawl, crawler), daemon=True).start()
    return json_response({})


def _crawl(crawler: dict[str, Any]) -> None:
    began = time.time()
    last = {"Status": "SUCCEEDED", "LogGroup": "/aws-glue/crawlers", "StartTime": began, "MessagePrefix": ""}
    try:
        for target in crawler["Targets"].get("S3Targets", ()):
            _crawl_target(crawler, target["Path"])
        held = Path(os.environ["EMULATOR_CRAWLS_HELD"])
        while held.exists():  # as long as the test lets a crawl run
            time.sleep(0.1)
    except Exception as error:  # noqa: BLE001 - as Glue: whatever went wrong, the crawl has failed and says so
        last |= {"Status": "FAILED", "ErrorMessage": f"{type(error).__name__}: {error}"}
    crawler["CrawlElapsedTime"] = int((time.time() - began) * 1000)
    crawler["LastCrawl"] = last
    crawler["State"] = "READY"


def _crawl_target(crawler: dict[str, Any], path: str) -> None:
    role, database = crawler["Role"], crawler["DatabaseName"]
    bucket, _, prefix = path.removeprefix("s3://").partition("/")
    access.require(role, "s3:ListBucket", f"arn:aws:s3:::{bucket}")
    keys = [key for key in sorted(s3._buckets[bucket]["objects"]) if key.startswith(prefix)]
    if not keys:
        return
    table = re.sub(r"[^a-z0-9_]", "_", prefix.rstrip("/").rpartition("/")[2].lower())
    arns = access.table_arns(database, table)
    access.require(role, "glue:GetDatabase", *arns[:2])
    access.require(role, "glue:GetTable", *arns)
    folders: dict[tuple[str, ...], list[str]] = {}
    for key in keys:
        folders.setdefault(tuple(key.removeprefix(prefix).split("/")[:-1]), []).append(key)
    partition_keys = [part.partition("=")[0] for part in min(folders)]
    known = {tuple(each["Values"]) for each in glue._partitions.get(f"{database}/{table}", [])}
    for folder, files in folders.items():
        values = tuple(part.partition("=")[2] for part in folder)
        if values in known:
            continue  # CRAWL_NEW_FOLDERS_ONLY
        schema = _schema(role, bucket, files[0])
        storage = _storage(schema, partition_keys, path)
        if f"{database}/{table}" not in glue._tables:
            access.require(role, "glue:CreateTable", *arns)
            glue._create_table(
                {"DatabaseName": database, "TableInput": _table(crawler, table, storage, partition_keys)}
            )
        access.require(role, "glue:BatchCreatePartition", *arns)
        location = f"{path}{'/'.join(folder)}/"
        glue._create_partition(
            {
                "DatabaseName": database,
                "TableName": table,
                "PartitionInput": {
                    "Values": list(values),
                    "StorageDescriptor": {**storage, "Location": location},
                },
            }
        )


def _schema(role: str, bucket: str, key: str) -> pa.Schema:
    """Raises ArrowInvalid for a file that is no Parquet."""
    access.require(role, "s3:GetObject", f"arn:aws:s3:::{bucket}/{key}")
    return pq.read_schema(io.BytesIO(bytes(s3._get_object_data(bucket, key))))


def _table(crawler: dict[str, Any], name: str, storage: dict[str, Any], keys: list[str]) -> dict[str, Any]:
    return {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"classification": "parquet", "UPDATED_BY_CRAWLER": crawler["Name"]},
        "PartitionKeys": [{"Name": key, "Type": "string"} for key in keys],
        "StorageDescriptor": storage,
    }


def _storage(schema: pa.Schema, partition_keys: list[str], location: str) -> dict[str, Any]:
    columns = [
        {"Name": field.name.lower(), "Type": _hive_type(field.type)}
        for field in schema
        if field.name not in partition_keys
    ]
    return {"Columns": columns, "Location": location, **PARQUET_STORAGE}


def _hive_type(kind: pa.DataType) -> str:
    for is_kind, hive in _HIVE_TYPES:
        if is_kind(kind):
            return hive
    raise TypeError(f"no column type for {kind}")
