"""What the data mean: keys, ticks, feeds' dialects, cleaning rules, zones, and the catalogue of tables and views.

No I/O, no cloud, no engine, no web. Start with `clean`, then `stations` and `rules`.
"""
