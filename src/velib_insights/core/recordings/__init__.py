"""What others recorded: which file of which feed a body is, when it was fetched, and which bodies belong together.

Pure functions of bodies and names; what opens folders, archives and git histories is in `adapters/recordings`. Start
with `recognise`, then `dating` and `pairing`.
"""
