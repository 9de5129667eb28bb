"""Placeholder so that the agent loads before the magics exist."""
from typing import Any


def load(shell: Any) -> None:
    """Register the magics."""
