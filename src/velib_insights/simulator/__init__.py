"""A bike-share network that lives like Vélib' and answers over HTTP as the real feeds do, with faults on demand.

`network.Network` is who stands where, by seed; `life.Life` what each station holds at any instant;
`server.SimulatorServer` the feeds over HTTP (Vélib' GBFS, the Opendatasoft copy, standard GBFS 1.1, 2.3, 3.0);
`faults` what may go wrong and when; `recordings.write_recording` days of bodies in a folder.

Everything follows from the seed and the instant asked for, whatever was asked before and in whichever process.
"""
