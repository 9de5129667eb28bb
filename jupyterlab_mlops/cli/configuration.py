"""The settings that a server of this machine would have, from its configuration files."""

from __future__ import annotations

from pathlib import Path

from jupyter_core.paths import jupyter_config_path
from traitlets.config import Config
from traitlets.config.loader import ConfigFileNotFound, JSONFileConfigLoader, PyFileConfigLoader

from ..errors import InvalidValue
from ..settings import MLOpsSettings

#: Files that may hold ``c.MLOpsExtension.…``; later ones win.
FILES = (
    "jupyter_config",
    "jupyter_server_config",
    "jupyter_lab_config",
    "jupyter_jupyterlab_mlops_config",
)


def settings() -> MLOpsSettings:
    """The configured traits.

    Raises:
        InvalidValue: a configuration file cannot be read, or a trait refuses a value.
    """
    found = Config()
    # jupyter_config_path lists the most specific directory first.
    for directory in reversed(jupyter_config_path()):
        for name in FILES:
            for suffix, loader in ((".json", JSONFileConfigLoader), (".py", PyFileConfigLoader)):
                try:
                    found.merge(loader(name + suffix, path=directory).load_config())
                except ConfigFileNotFound:
                    continue
                except Exception as failure:  # a configuration file is any Python
                    where = Path(directory) / (name + suffix)
                    raise InvalidValue(f"{where} cannot be read: {failure}") from failure
    mine = found.get("MLOpsExtension", {})
    built = MLOpsSettings()
    for name, value in mine.items():
        if name in built.trait_names(config=True):
            setattr(built, name, value)
    return built
