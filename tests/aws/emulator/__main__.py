"""Answers as AWS until it is ended, or until whoever started it is gone."""

import os
import signal
import threading
import time

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


def end_with(starter: int) -> None:
    """A test run that is killed ends nothing; functions and jobs are in the group of this process."""
    while os.getppid() == starter:
        time.sleep(1)
    os.killpg(0, signal.SIGKILL)


for gap in (access, objects, functions, integrations, glue_jobs, crawlers, athena_sql, schedules):
    gap.fill()

threading.Thread(target=end_with, args=(os.getppid(),), daemon=True).start()
main()
