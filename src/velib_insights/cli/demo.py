"""The simulated network: a demo of the whole pipeline, and a server to develop against."""

from __future__ import annotations


def demo() -> None:
    """x"""


def simulate() -> None:
    """x"""
