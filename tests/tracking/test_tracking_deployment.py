"""Kernels log by the loopback listener however the Jupyter server itself is reached: prefixes, TLS, passwords, sockets."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

#: A server of the given arguments that starts one kernel, lets it log a metric with what is in its environment, and ends.
SERVE = """
import asyncio, json, sys
from jupyter_server.serverapp import ServerApp
from jupyterlab_mlops.extension import MLOpsExtension

start_parts, ready = MLOpsExtension.start_parts, asyncio.Event()
async def start_and_tell(self):
    await start_parts(self)
    ready.set()
MLOpsExtension.start_parts = start_and_tell

CELL = '''
import json, os, urllib.request
def call(path, body):
    request = urllib.request.Request(
        os.environ["MLFLOW_TRACKING_URI"] + "/api/2.0/mlflow/" + path, data=json.dumps(body).encode(),
        headers={"Authorization": "Bearer " + os.environ["MLFLOW_TRACKING_TOKEN"]})
    return json.loads(urllib.request.urlopen(request, timeout=20).read())
run = call("runs/create", {"experiment_id": "0"})["run"]["info"]["run_id"]
call("runs/log-metric", {"run_id": run, "key": "m", "value": 1.5, "timestamp": 1})
print(json.dumps({"uri": os.environ["MLFLOW_TRACKING_URI"], "run": run}))
'''

app = ServerApp()
app.initialize(argv=sys.argv[1:])

async def once():
    manager = app.kernel_manager
    told = []
    try:
        await asyncio.wait_for(ready.wait(), 60)
        kernel_id = await manager.start_kernel(path="")
        client = manager.get_kernel(kernel_id).client()
        client.start_channels()
        await client.wait_for_ready(timeout=60)
        def keep(message):
            if message["msg_type"] in ("stream", "error"):
                told.append(message["content"].get("text") or message["content"]["evalue"])
        await client.execute_interactive(CELL, timeout=60, output_hook=keep)
        client.stop_channels()
        await manager.shutdown_kernel(kernel_id, now=True)
    finally:
        print("TOLD " + json.dumps(told), flush=True)
        app.stop()

app.io_loop.add_callback(lambda: asyncio.ensure_future(once()))
app.start()
"""


def tls(folder: Path) -> list[str]:
    """Arguments for a certificate that no client trusts."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate")
    key, certificate = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    return [f"--ServerApp.certfile={certificate}", f"--ServerApp.keyfile={key}"]


@pytest.mark.parametrize("how", ["hub prefix", "tls", "password only", "unix socket"])
def test_a_kernel_logs(how: str, tmp_path: Path) -> None:
    arguments = [] if how == "unix socket" else ["--port=0"]
    arguments += {
        "hub prefix": lambda: [
            "--ServerApp.base_url=/user/ada@x.org/",
            "--IdentityProvider.token=t",
        ],
        "tls": lambda: ["--IdentityProvider.token=t", *tls(tmp_path)],
        "password only": lambda: [
            "--IdentityProvider.token=",
            "--PasswordIdentityProvider.hashed_password=argon2:x",
        ],
        "unix socket": lambda: [f"--ServerApp.sock={tmp_path}/s", "--ServerApp.sock_mode=0600"],
    }[how]()
    told = subprocess.run(
        [
            sys.executable, "-W", "ignore", "-c", SERVE, "--no-browser", "--allow-root",
            f"--ServerApp.root_dir={tmp_path}", f"--MLOpsExtension.data_dir={tmp_path}/data",
            "--ServerApp.jpserver_extensions={'jupyterlab_mlops': True}", "--log-level=ERROR", *arguments,
        ],
        env={**os.environ, "JUPYTER_RUNTIME_DIR": str(tmp_path / "r"), "JUPYTER_CONFIG_DIR": str(tmp_path / "c")},
        capture_output=True, text=True, timeout=150,
    )  # fmt: skip
    (line,) = [line for line in told.stdout.splitlines() if line.startswith("TOLD ")] or [
        told.stderr
    ]
    said = json.loads("".join(json.loads(line.removeprefix("TOLD "))))
    assert said["uri"].startswith("http://127.0.0.1:")
    assert len(said["run"]) == 32
