"""The one agent of this process, for those who ask it: the kernel API and the magics."""

from __future__ import annotations

from typing import Any

agent: Any = None
"""An :class:`~.agent.Agent`; None before one is started, and in programs that are no recorded kernel."""
