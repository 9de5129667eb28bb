"""JupyterLab on loopback with the extension and the examples. Arguments are passed on to JupyterLab.

What is recorded is kept in the checkout's `.lab/`, never in the data directory of the person who tries it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
EXAMPLES = CHECKOUT / "examples"
DATA = CHECKOUT / ".lab" / "mlops"


def main() -> None:
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.root_dir={EXAMPLES}",
        f"--MLOpsExtension.data_dir={DATA}",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    os.execv(command[0], [*command, *sys.argv[1:]])


if __name__ == "__main__":
    main()
