"""A table of the Glue catalog as DuckDB reads it: the files of its partitions, the types that the catalog states.

A partition counts where it is registered, as a crawler does it, or where projection works it out. A file that lies
beside them is not seen, as in Athena.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from ministack.services import glue, s3
from tests.aws.emulator import access

DUCKDB_TYPES = {
    "string": "VARCHAR",
    "int": "INTEGER",
    "bigint": "BIGINT",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
    "timestamp": "TIMESTAMP",
    "date": "DATE",
}
Table = dict[str, Any]


def columns_of(table: Table) -> dict[str, str]:
    """Name and Hive type of each column, partition keys last."""
    return {
        column["Name"]: column["Type"]
        for column in (*table["StorageDescriptor"]["Columns"], *(table.get("PartitionKeys") or ()))
    }


def empty_relation(table: Table) -> str:
    """A SELECT without rows, of the columns and types: enough to bind a view to."""
    nulls = ", ".join(
        f'CAST(NULL AS {DUCKDB_TYPES[kind]}) AS "{name}"' for name, kind in columns_of(table).items()
    )
    return f"SELECT {nulls} WHERE false"


def relation(table: Table) -> tuple[str, int]:
    """A SELECT of the rows, and how many bytes of files stand behind it."""
    files = [_copied(bucket, key) for bucket, key in _objects(table)]
    if not files:
        return empty_relation(table), 0
    typed = ", ".join(
        f'CAST("{name}" AS {DUCKDB_TYPES[kind]}) AS "{name}"' for name, kind in columns_of(table).items()
    )
    keys = [key["Name"] for key in table.get("PartitionKeys") or ()]
    hive_types = ", ".join(f"'{key}': VARCHAR" for key in keys)
    paths = ", ".join(f"'{file}'" for file in files)
    sql = f"SELECT {typed} FROM read_parquet([{paths}], hive_partitioning = true, hive_types = {{{hive_types}}})"
    return sql, sum(file.stat().st_size for file in files)


def _objects(table: Table) -> Iterator[tuple[str, str]]:
    role = access.acting_role.get()
    for folder in _folders(table):
        bucket, _, prefix = folder.removeprefix("s3://").partition("/")
        for key in sorted(s3._buckets[bucket]["objects"]):
            if key.startswith(prefix) and not key.rpartition("/")[2].startswith(("_", ".")):
                access.require(role, "s3:GetObject", f"arn:aws:s3:::{bucket}/{key}")
                yield bucket, key


def _folders(table: Table) -> list[str]:
    if table.get("Parameters", {}).get("projection.enabled") == "true":
        return _projected(table)
    if not table.get("PartitionKeys"):
        return [table["StorageDescriptor"]["Location"]]
    registered = glue._partitions.get(f"{table['DatabaseName']}/{table['Name']}", [])
    return [partition["StorageDescriptor"]["Location"] for partition in registered]


def _projected(table: Table) -> list[str]:
    """The folders that the pattern allows, of those that hold anything. Athena would also look into the others."""
    said = table["Parameters"]
    bucket, _, pattern = said["storage.location.template"].removeprefix("s3://").partition("/")
    expression = re.escape(pattern)
    for key in table["PartitionKeys"]:
        name = key["Name"]
        shape = r"\d{4}-\d{2}-\d{2}" if said[f"projection.{name}.type"] == "date" else r"\d{2}"
        expression = expression.replace(re.escape(f"${{{name}}}"), f"(?P<{name}>{shape})", 1)
    since, _, until = said["projection.date.range"].partition(",")
    assert until == "NOW"
    first_hour, _, last_hour = said["projection.hour.range"].partition(",")
    assert said["projection.hour.digits"] == "2"
    found = set()
    for key in s3._buckets[bucket]["objects"]:
        match = re.match(expression, key)
        if (
            match
            and date.fromisoformat(since) <= date.fromisoformat(match["date"]) <= datetime.now(UTC).date()
            and int(first_hour) <= int(match["hour"]) <= int(last_hour)
        ):
            found.add(f"s3://{bucket}/{match[0]}")
    return sorted(found)


def _copied(bucket: str, key: str) -> Path:
    """The object as a file whose path keeps the key, since partitions are read from it."""
    body = bytes(s3._get_object_data(bucket, key))
    folder = f"athena-{os.getpid()}/{hashlib.sha256(body).hexdigest()[:20]}"
    path = Path(tempfile.gettempdir()) / folder / key
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_name(f"{path.name}.{os.urandom(4).hex()}")
        half.write_bytes(body)
        half.replace(path)
    return path
