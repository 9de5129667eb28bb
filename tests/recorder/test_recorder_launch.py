"""What kernels are started with."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from jupyterlab_mlops.recorder.launch import (
    Endpoint,
    Launcher,
    Switches,
    boot_arguments,
    boot_source,
    environment,
)

URL, TOKEN = "http://127.0.0.1:1/mlops/mlflow", "kernel-token"
OURS = {
    "MLFLOW_TRACKING_URI": URL,
    "MLFLOW_TRACKING_TOKEN": TOKEN,
    "MLFLOW_EXPERIMENT_NAME": "work/a",
}


@pytest.mark.parametrize(
    ("given", "spec", "added"),
    [
        ({}, {}, OURS),
        ({"MLFLOW_TRACKING_URI": "https://theirs"}, {}, {}),
        ({}, {"MLFLOW_TRACKING_URI": "https://theirs"}, {}),
        (
            {"MLFLOW_EXPERIMENT_NAME": "mine"},
            {},
            {key: OURS[key] for key in ("MLFLOW_TRACKING_URI", "MLFLOW_TRACKING_TOKEN")},
        ),
        (
            {"MLFLOW_EXPERIMENT_ID": "7"},
            {},
            {key: OURS[key] for key in ("MLFLOW_TRACKING_URI", "MLFLOW_TRACKING_TOKEN")},
        ),
    ],
)
def test_tracking_is_set_only_where_the_user_has_not(given, spec, added):
    env = environment({"PATH": "/bin", **given}, spec, URL, TOKEN, "work/a")
    assert env == {"PATH": "/bin", **given, **added}


@pytest.mark.parametrize(
    ("given", "excepted"),
    [
        ({"HTTP_PROXY": "http://proxy:3128"}, "127.0.0.1"),
        ({"all_proxy": "socks5://p", "no_proxy": "a.org, b.org"}, "a.org,b.org,127.0.0.1"),
        ({"http_proxy": "http://p", "NO_PROXY": "127.0.0.1"}, None),
        ({"http_proxy": "http://p", "no_proxy": "*"}, None),
        ({"https_proxy": "http://p"}, None),
    ],
)
def test_a_proxy_is_not_asked_for_the_listener(given, excepted):
    env = environment(given, {}, URL, TOKEN, None)
    told = {} if excepted is None else {"no_proxy": excepted, "NO_PROXY": excepted}
    assert env.items() >= told.items()
    assert {name for name in env if name.lower() == "no_proxy"} == (
        told.keys() or {name for name in given if name.lower() == "no_proxy"}
    )


def test_what_opens_gitlab_never_enters_a_kernel():
    given = {
        "GITLAB_TOKEN": "x",
        "GITLAB_PRIVATE_TOKEN": "x",
        "CI_JOB_TOKEN": "x",
        "GITLAB_URL": "u",
    }
    assert environment(given, {}, None, None, None) == {"GITLAB_URL": "u"}


def launcher(tmp_path: Path) -> Launcher:
    return Launcher(
        runtime_dir=tmp_path / "runtime",
        spool_root=tmp_path / "spool",
        root_dir=tmp_path,
        endpoint=Endpoint(URL, lambda _id: TOKEN),
        switches=Switches(recording="manual", limits={"max_output_kb": 5}),
    )


def test_the_agents_configuration_is_that_of_the_protocol(tmp_path):
    name = str(tmp_path / "work" / "a.ipynb")
    launch = launcher(tmp_path).prepare("k1", python=True, env={"JPY_SESSION_NAME": name})
    assert launch.notebook == "work/a.ipynb"
    config = launcher(tmp_path).config("k1", "work/a.ipynb")
    assert config == {
        "kernel_id": "k1",
        "url": URL,
        "token": TOKEN,
        "spool": str(tmp_path / "spool" / "k1"),
        "root": str(tmp_path),
        "notebook": "work/a.ipynb",
        "experiment": "work/a",
        "limits": {"max_output_kb": 5},
        "switches": {"recording": "manual", "files": True, "system": True, "autolog": True},
    }
    assert launch.boot is not None
    assert launch.boot.stat().st_mode & 0o777 == 0o600
    assert TOKEN not in " ".join(launch.arguments)


def test_other_kernels_get_no_boot_file(tmp_path):
    launch = launcher(tmp_path).prepare("k1", python=False, env={})
    assert (launch.boot, launch.arguments) == (None, [])
    assert launch.env["MLFLOW_TRACKING_URI"] == URL


@pytest.mark.parametrize("spool", ["writable", "missing"])
def test_a_boot_file_never_fails_its_kernel(tmp_path, spool):
    directory = tmp_path / "spool"
    if spool == "writable":
        directory.mkdir()
    source = boot_source({"spool": str(directory)})
    source = source.replace(
        "jupyterlab_mlops.kernel import agent", "jupyterlab_mlops.nothing import x"
    )
    boot = tmp_path / "it's a boot file.py"
    boot.write_text(source)
    code = boot_arguments(boot)[0].partition("=")[2]
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nprint(sorted(set(globals()) - {{'__builtins__'}}))"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "_boot" not in done.stdout
    assert done.stderr == ""
    assert (directory / "boot-error.txt").exists() is (spool == "writable")


def test_a_boot_file_that_is_gone_does_nothing(tmp_path):
    code = boot_arguments(tmp_path / "gone.py")[0].partition("=")[2]
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_servers_package_is_served_to_interpreters_without_it(tmp_path):
    config = json.dumps({"spool": str(tmp_path)})
    source = boot_source(json.loads(config)).replace("agent.start(config)", "print(agent.__file__)")
    source = source.replace(
        "from jupyterlab_mlops.kernel import agent", "import jupyterlab_mlops as agent"
    )
    boot = tmp_path / "boot.py"
    boot.write_text(source)
    done = subprocess.run(
        [sys.executable, "-S", "-I", str(boot)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip().endswith("jupyterlab_mlops/__init__.py")
