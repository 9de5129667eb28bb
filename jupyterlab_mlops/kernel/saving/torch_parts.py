"""PyTorch modules that take or answer with more than one tensor: MLflow's own flavour refuses them (3.17)."""

from __future__ import annotations

import inspect
import sys
from typing import Any

from . import inputs, loading


def is_plural(model: Any, example: Any) -> bool:
    """Whether a module's answer is no single tensor, or it has to be given several things.

    It is asked with its example, else with what it cannot but take; what is known neither way is taken as single.
    """
    if _required(model) > 1:
        return True
    taken = inputs.guesses(model) if example is None else (example,)
    answer = next((found for each in taken if (found := _asked(model, each)) is not None), None)
    return answer is not None and not isinstance(answer, sys.modules["torch"].Tensor)


def _asked(model: Any, data: Any) -> Any:
    """What the module answers; None if it does not take this."""
    try:
        with loading.undisturbed():
            return loading.answer_of(model, data)
    except Exception:  # the user's module
        return None


def _required(model: Any) -> int:
    """How many arguments its ``forward`` cannot do without."""
    try:
        known = inspect.signature(model.forward).parameters.values()
    except (TypeError, ValueError):
        return 1
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(each.kind in positional and each.default is each.empty for each in known)
