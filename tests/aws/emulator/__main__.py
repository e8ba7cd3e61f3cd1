"""Answers as AWS until it is ended."""

from ministack.app import main
from tests.aws.emulator import (
    access,
    athena_sql,
    crawlers,
    functions,
    glue_jobs,
    integrations,
    objects,
    schedules,
)

for gap in (access, objects, functions, integrations, glue_jobs, crawlers, athena_sql, schedules):
    gap.fill()

main()
