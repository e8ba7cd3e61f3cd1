"""Time: ticks, hours, local days and spans, and clocks that cannot be trusted. No clock is read here.

Start with `tick`, then `local_time`.
"""
