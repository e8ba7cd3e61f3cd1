"""A bike-share network that behaves like Vélib' and answers over HTTP as the real feeds do, with faults on demand.

`world/` is the network: its stations, and what each holds at any instant (start at `world.timeline.Timeline`).
`feeds/` writes that state as the feeds do, and their faults (start at `feeds.endpoints.Feeds`).
`server.SimulatorServer` serves the feeds over HTTP (Vélib' GBFS, the Opendatasoft copy, standard GBFS 1.1, 2.3, 3.0);
`recordings.write_recording` writes days of bodies to a folder.

Everything follows from the seed and the instant asked for, in any order and in any process.
"""
