"""SQL of readers, which is untrusted: a process per query, allowed functions only, limits of time and memory.

`pool` runs the processes, `execute` is what they run. Start with `pool`.
"""
