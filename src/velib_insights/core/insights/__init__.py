"""A local day told from the rows of the views: facts, comparisons, a report as plain data, sentences in two languages.

No I/O: `as_of` gives the SQL of a past moment, `build` makes a report of rows. Start with `report`, then `build`.
"""
