"""Experiment candidates, comparison and model registration inside JupyterLab.

In a kernel ``import jupyterlab_mlops as mlops`` gives the kernel API (``mlops.log_metric`` …). This module
is imported there too, also by interpreters that have nothing of ours installed: it imports nothing but the
standard library, and everything else when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

# What an editor completes; at run time each is looked up when it is first asked for.
if TYPE_CHECKING:
    from ._version import __version__
    from .kernel.api import (
        candidate,
        candidates,
        compare,
        log_artifact,
        log_figure,
        log_metric,
        log_metrics,
        log_param,
        log_params,
        register,
        set_tag,
    )

__all__ = [
    "__version__",
    "candidate",
    "candidates",
    "compare",
    "log_artifact",
    "log_figure",
    "log_metric",
    "log_metrics",
    "log_param",
    "log_params",
    "register",
    "set_tag",
]

_KERNEL_API = frozenset(__all__) - {"__version__"}


def __getattr__(name: str) -> Any:
    if name in _KERNEL_API:
        from .kernel import api

        return getattr(api, name)
    if name == "__version__":
        try:
            from ._version import __version__
        except ImportError:  # a checkout that was never built
            return "0.0.0"
        return __version__
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)


def load_ipython_extension(ipython: Any) -> None:
    """``%load_ext jupyterlab_mlops``: the magics, where the agent has not brought them already."""
    from .kernel import magics

    magics.load(ipython)


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "jupyterlab-mlops"}]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    from .extension import MLOpsExtension

    return [{"module": "jupyterlab_mlops", "app": MLOpsExtension}]
