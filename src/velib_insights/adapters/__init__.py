"""What the product talks to: feeds over HTTP, the lake in a folder or on S3, DuckDB, Athena, Parquet files.

An adapter decides nothing about the data. Start with `lake` and `feeds/client`.
"""
