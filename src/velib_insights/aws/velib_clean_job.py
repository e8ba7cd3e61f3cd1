"""velib_clean_job: the script that Glue runs. The work is in the package, which the job installs from its wheel."""

import sys

from pyspark.sql import SparkSession

from velib_insights.aws import clean_glue

if __name__ == "__main__":
    spark = SparkSession.builder.appName("velib_clean_job").getOrCreate()
    try:
        clean_glue.run(spark, sys.argv[1:])
    finally:
        spark.stop()
