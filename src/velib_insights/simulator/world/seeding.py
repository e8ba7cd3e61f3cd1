"""Reproducible chance: the same words give the same generator in any process."""

from __future__ import annotations

import math
from random import Random


def seeded(*words: object) -> Random:
    return Random("/".join(map(str, words)))  # noqa: S311 - a simulation, not a secret


def about(rng: Random, mean: float) -> int:
    """A count of rare things with that mean (Poisson, by Knuth's product of uniforms)."""
    limit, product, count = math.exp(-mean), rng.random(), 0
    while product > limit:
        product *= rng.random()
        count += 1
    return count
