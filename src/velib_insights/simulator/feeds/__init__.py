"""The simulated feeds: the state of the network written as each feed writes it, and the faults a feed can have.

Start at `endpoints.Feeds.answer`. `velib` and `gbfs` write bodies, `faults` says what goes wrong when, `corruption`
damages bodies, `http_response` sends them with the headers and transport faults of a real host.
"""
