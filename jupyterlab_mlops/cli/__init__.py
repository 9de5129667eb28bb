"""``jupyter mlops``: run, look, compare, register, push, with and without a running server."""

from .main import main

__all__ = ["main"]
