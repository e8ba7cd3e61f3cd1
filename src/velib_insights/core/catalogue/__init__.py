"""What tables and views hold: columns, types, units and grain. Schemas, DDL and the reference are made from here.

Only descriptions enter, no rows. Start with `tables`, then `views`; `columns` says what each column name means.
"""
