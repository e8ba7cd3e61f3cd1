"""AWS on this machine: MiniStack, with the gaps filled that this pipeline would fall into.

Started as a process of its own (`python -m tests.aws.emulator`; server.py does it). What is filled, each in its module:

- access.py: who may do what is enforced and recorded for every role, not for Lambda's alone.
- objects.py: tags of objects that are uploaded in parts.
- functions.py: a function runs from its zip alone; its exception reaches the state machine by its own name.
- schedules.py: a schedule says when it was due.
- integrations.py: Step Functions waits for Glue jobs and Athena queries.
- glue_jobs.py: a Glue job runs as real Spark, from the wheels it names; one run at a time where the job says so.
- crawlers.py: a crawl makes the table and finds its partitions; a file that it cannot read fails it.
- athena_sql.py, athena_tables.py: views, types, partitions; Trino's SQL by way of DuckDB.
"""
