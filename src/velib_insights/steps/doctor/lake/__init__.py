"""Checks of the lake: storage, raw fetches, ledger, clean hours, closed days and the rows of the last seven days.

Each module holds one check and yields findings; `inventory` lists the lake once for all of them, `parquet_files`
reads each file once.
"""
