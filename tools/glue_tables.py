"""Writes infra/glue_tables.json: the tables of the catalogue as Terraform declares them in Glue.

python tools/glue_tables.py            write the file
python tools/glue_tables.py --check    write nothing; exit code 1 where the file is not what it would be
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path

from generated import write_or_check

from velib_insights.core.catalogue.ddl import HIVE_TYPES
from velib_insights.core.catalogue.tables import TABLES, Column

FILE = Path(__file__).parent.parent / "infra" / "glue_tables.json"
LONGEST_COMMENT = 255  # of a column, by Glue's API


def columns_of(columns: Iterable[Column]) -> list[dict[str, str]]:
    return [
        {"name": column.name, "type": HIVE_TYPES[column.type], "about": about(column)} for column in columns
    ]


def about(column: Column) -> str:
    text = f"{column.about} [{column.unit}]" if column.unit else column.about
    return text if len(text) <= LONGEST_COMMENT else text[: LONGEST_COMMENT - 1] + "…"


def tables() -> str:
    said = {
        table.name: {
            "about": table.about,
            "tier": table.tier,
            "columns": columns_of(table.columns),
            "partitions": columns_of(table.partitions),
        }
        for table in TABLES
    }
    return json.dumps(said, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(write_or_check(FILE, tables()))
