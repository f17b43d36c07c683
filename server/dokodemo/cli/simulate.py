"""``dokodemo simulate``: the simulated city against a running server."""

from dokodemo.demo.cli import simulate

__all__ = ["simulate"]
