"""JupyterLab in a browser, for benchmarks: a server of its own directories, and what ``_browser.mjs`` measures of it."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from _server import JupyterServer

NAME = "jupyterlab-mlops"


@dataclass
class Lab(JupyterServer):
    """A server whose pages can be asked from outside, see :func:`lab`."""

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"


def lab(home: Path, *, extension: bool = True, labextensions: Path | None = None) -> Lab:
    """A server below ``home``, not yet started; without the extension neither of its halves is loaded.

    Args:
        labextensions: a directory whose build of the extension is taken instead of the installed one.
    """
    config = home / "config"
    (config / "labconfig").mkdir(parents=True, exist_ok=True)
    (config / "labconfig" / "page_config.json").write_text(
        json.dumps({"disabledExtensions": {} if extension else {NAME: True}})
    )
    settings: dict[str, Any] = {
        "expose_app_in_browser": True,
        "news_url": None,
        "check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
    }
    if labextensions is not None:
        settings["extra_labextensions_path"] = [str(labextensions.resolve())]
    (config / "jupyter_lab_config.json").write_text(json.dumps({"LabApp": settings}))
    return Lab(home, extension)


def browser(scenario: str, *, timeout_s: float = 900, **arguments: Any) -> Any:
    """What ``_browser.mjs`` answers."""
    done = subprocess.run(
        [
            "node",
            str(Path(__file__).with_name("_browser.mjs")),
            json.dumps({"do": scenario, **arguments}),
        ],
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)
