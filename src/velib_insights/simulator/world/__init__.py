"""The simulated network: zones, stations, demand, and what each station holds at any instant, from a seed.

Start at `timeline.Timeline.state_at`, then `operating_day` (one day in steps of 5 minutes) and `network` (which
stations exist when). Nothing here knows how a feed writes it.
"""
