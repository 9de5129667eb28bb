"""The server of the browser tests: real kernels, our extension, examples, a GitLab double.

Never use it elsewhere: it takes away every protection of the server.
"""

# ruff: noqa: F821 - traitlets gives `c`
import os
import shutil
import tempfile
from pathlib import Path

from jupyterlab.galata import configure_jupyter_server

configure_jupyter_server(c)

work = Path(tempfile.mkdtemp(prefix="mlops-ui-"))
examples = Path(__file__).parent.parent / "examples"
shutil.copytree(examples, work / "root", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))

c.ServerApp.ip = "127.0.0.1"
c.ServerApp.port = int(os.environ.get("MLOPS_UI_PORT", "8888"))
c.ServerApp.root_dir = str(work / "root")
c.ServerApp.allow_root = True
c.ServerApp.log_level = "WARN"
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.MLOpsExtension.data_dir = str(work / "mlops")
