"""Checks of a feed: availability, transport, shape against the GBFS specification, clocks and content.

`availability` is the check of the configured feed; `check` examines any feed without a lake, and `report` writes the
result for its publisher. `remark` is one fault or recommendation.
"""
