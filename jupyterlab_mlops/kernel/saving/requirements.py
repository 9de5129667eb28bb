"""The installed distributions that a model needs, by the modules that its pickle names."""

from __future__ import annotations

import sys
from importlib import metadata

#: Distributions by the names of their modules, where these are not the same.
_DISTRIBUTIONS = {"sklearn": "scikit-learn", "PIL": "pillow", "cv2": "opencv-python"}
#: What a model's own packages use without its pickle naming it: told where it was imported.
_ALSO = frozenset({"pandas", "scipy", "joblib"})


def packages(modules: set[str]) -> dict[str, str]:
    """Installed distributions of modules, with their versions."""
    found = {}
    wanted = modules | {"numpy"} | {name for name in _ALSO if name in sys.modules}
    for name in sorted(wanted):
        distribution = distribution_of(name)
        if distribution is not None:
            found[distribution] = metadata.version(distribution)
    return found


def pinned(modules: set[str]) -> list[str]:
    """As lines of a requirements file. Local versions (``2.1.0+cpu``) are on no index and are left off."""
    return [f"{name}=={version.partition('+')[0]}" for name, version in packages(modules).items()]


def distribution_of(module: str) -> str | None:
    """The installed distribution that a top-level module is part of, such as ``xgboost-cpu`` for ``xgboost``."""
    name = _DISTRIBUTIONS.get(module, module)
    try:
        metadata.version(name)
    except (metadata.PackageNotFoundError, ValueError):
        pass
    else:
        return name
    if module in sys.builtin_module_names or module in getattr(sys, "stdlib_module_names", ()):
        return None
    # Python 3.10 and later. It reads every distribution's files: only for what has another name.
    of_modules = getattr(metadata, "packages_distributions", None)
    known = of_modules().get(module) if of_modules is not None else None
    return min(known, key=len) if known else None
