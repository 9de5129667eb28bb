"""What kernels are started with: our environment, and the boot file that brings the agent.

Python kernels run the boot file as they initialise, before the first cell of any client, however fast.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

#: What tells HTTP clients to ask a proxy for plain addresses such as the listener's.
_PROXIES = ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")
#: Never in a kernel's environment: what opens GitLab stays in the server.
SECRET_VARIABLES = ("GITLAB_TOKEN", "GITLAB_PRIVATE_TOKEN", "CI_JOB_TOKEN")
#: The trait that runs the boot file. Unlike exec_lines it is hardly ever set by users in their
#: configuration, and what is given on the command line replaces what they have set there.
BOOT_TRAIT = "IPKernelApp.code_to_run"

_BOOT = '''\
# Written by jupyterlab-mlops for one kernel; it holds that kernel's token. Nothing here may fail a kernel.
def _boot(config, package):
    import signal
    import sys

    known = sys.modules.get("jupyterlab_mlops.kernel.process")
    if getattr(known, "agent", None) is not None:
        sys.modules["jupyterlab_mlops.kernel.agent"].start(config)
        return
    interrupt = None
    try:
        import importlib.util
        import os

        try:
            # An interrupt is for cells: half an agent would be none until the kernel is restarted.
            interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)
        except ValueError:
            pass

        class Finder:
            """Serves this server's jupyterlab_mlops, whatever the kernel's environment has."""

            @staticmethod
            def find_spec(name, path=None, target=None):
                if name != "jupyterlab_mlops":
                    return None
                init = os.path.join(package, "__init__.py")
                if not os.path.exists(init):
                    return None
                return importlib.util.spec_from_file_location(
                    name, init, submodule_search_locations=[package]
                )

        sys.meta_path.insert(0, Finder)
        from jupyterlab_mlops.kernel import agent

        agent.start(config)
    except BaseException as problem:
        try:
            with open(os.path.join(config["spool"], "boot-error.txt"), "w") as file:
                file.write(repr(problem))
        except Exception:
            pass
    finally:
        if interrupt is not None:
            signal.signal(signal.SIGINT, interrupt)


_boot(__import__("json").loads({config!r}), {package!r})
del _boot
'''


@dataclass(frozen=True)
class Launch:
    """What a kernel is started with. ``boot``: the boot file, None for kernels that get no agent."""

    env: dict[str, str]
    arguments: list[str]
    boot: Path | None
    notebook: str | None


@dataclass(frozen=True)
class Endpoint:
    """Where kernels find the tracking endpoint, and how each gets its own token."""

    url: str
    issue: Callable[[str], str]
    revoke: Callable[[str], None] = lambda _kernel_id: None


@dataclass(frozen=True)
class Switches:
    """What the agent may do, and its limits."""

    recording: str = "auto"
    files: bool = True
    system: bool = True
    autolog: bool = True
    limits: Mapping[str, int] = field(default_factory=dict)


class Launcher:
    """Decides what kernels are started with and writes their boot files (below ``runtime_dir``)."""

    def __init__(
        self,
        *,
        runtime_dir: Path,
        spool_root: Path,
        root_dir: Path,
        endpoint: Endpoint | None,
        switches: Switches,
        experiment_of: Callable[[str], str] | None = None,
    ) -> None:
        self._runtime_dir = runtime_dir
        self._spool_root = spool_root
        self._root_dir = root_dir
        self.endpoint = endpoint
        self.switches = switches
        self._experiment_of = experiment_of or experiment_name

    def prepare(
        self,
        kernel_id: str,
        *,
        python: bool,
        env: Mapping[str, str] | None,
        spec_env: Mapping[str, str] | None = None,
        notebook: str | None = None,
    ) -> Launch:
        """What to start a kernel with. ``env``: what the caller passes, None for the server's own.

        Raises:
            OSError: the boot file or the spool cannot be written.
        """
        given = dict(os.environ if env is None else env)
        notebook = notebook or self._notebook(given)
        config = self.config(kernel_id, notebook)
        env = environment(
            given, spec_env or {}, config["url"], config["token"], config["experiment"]
        )
        boot = self._write_boot(kernel_id, config) if python else None
        return Launch(env, boot_arguments(boot) if boot else [], boot, notebook)

    def config(self, kernel_id: str, notebook: str | None) -> dict[str, Any]:
        """The configuration of a kernel's agent (docs/contributing/findings.md)."""
        spool = self._spool_root / kernel_id
        (spool / "files").mkdir(parents=True, exist_ok=True, mode=0o700)
        endpoint = self.endpoint
        switches = self.switches
        return {
            "kernel_id": kernel_id,
            "url": endpoint.url if endpoint else None,
            "token": endpoint.issue(kernel_id) if endpoint else None,
            "spool": str(spool),
            "root": str(self._root_dir),
            "notebook": notebook,
            "experiment": self._experiment_of(notebook) if notebook else None,
            "limits": dict(switches.limits),
            "switches": {
                "recording": switches.recording,
                "files": switches.files,
                "system": switches.system,
                "autolog": switches.autolog,
            },
        }

    def boot_path(self, kernel_id: str) -> Path:
        """Where the boot file of a kernel is."""
        return self._runtime_dir / f"mlops-{kernel_id}.py"

    def boot_code(self, kernel_id: str, notebook: str | None) -> str:
        """The boot code itself, for kernels that are running already."""
        return boot_source(self.config(kernel_id, notebook))

    def forget(self, kernel_id: str) -> None:
        """The kernel is gone: its token opens nothing, its boot file is removed."""
        if self.endpoint is not None:
            self.endpoint.revoke(kernel_id)
        self.boot_path(kernel_id).unlink(missing_ok=True)

    def _write_boot(self, kernel_id: str, config: Mapping[str, Any]) -> Path:
        self._runtime_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self.boot_path(kernel_id)
        staging = path.with_suffix(f".{secrets.token_hex(4)}")
        descriptor = os.open(staging, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(boot_source(config))
        staging.replace(path)
        return path

    def _notebook(self, env: Mapping[str, str]) -> str | None:
        """The contents path of a session's notebook, from the variable jupyter_server sets."""
        name = env.get("JPY_SESSION_NAME", "")
        if not name.endswith(".ipynb") or name == os.environ.get("JPY_SESSION_NAME"):
            return None
        try:
            return Path(name).resolve().relative_to(self._root_dir.resolve()).as_posix()
        except ValueError:
            return None


def boot_source(config: Mapping[str, Any]) -> str:
    """The text of a boot file."""
    package = str(Path(__file__).parent.parent)
    text = _BOOT.replace("{config!r}", repr(json.dumps(config)))
    return text.replace("{package!r}", repr(package))


def boot_arguments(boot: Path) -> list[str]:
    """Arguments that make an IPython kernel run the boot file, if it is there, in a namespace of its own."""
    path = repr(str(boot))
    code = (
        f"__import__('os').path.exists({path}) and "
        f"exec(compile(open({path}, encoding='utf-8').read(), {path}, 'exec'), {{}})"
    )
    return [f"--{BOOT_TRAIT}={code}"]


def environment(
    given: Mapping[str, str],
    spec_env: Mapping[str, str],
    url: str | None,
    token: str | None,
    experiment: str | None,
) -> dict[str, str]:
    """A kernel's environment: ``given`` without secrets, and where to track, unless the user says so.

    Our token goes only where our URL goes: a tracking server of the user's own never sees it.
    """
    env = {name: value for name, value in given.items() if name not in SECRET_VARIABLES}
    if url is None or token is None:
        return env
    present = {**env, **spec_env}
    if present.get("MLFLOW_TRACKING_URI"):
        return env
    env["MLFLOW_TRACKING_URI"] = url
    if not present.get("MLFLOW_TRACKING_TOKEN"):
        env["MLFLOW_TRACKING_TOKEN"] = token
    if (
        experiment
        and not present.get("MLFLOW_EXPERIMENT_NAME")
        and not present.get("MLFLOW_EXPERIMENT_ID")
    ):
        env["MLFLOW_EXPERIMENT_NAME"] = experiment
    return env | _past_proxies(present, url)


def _past_proxies(present: Mapping[str, str], url: str) -> dict[str, str]:
    """What lets HTTP clients reach ``url`` themselves where they are told to ask a proxy for every address."""
    if not any(present.get(name) for name in _PROXIES):
        return {}
    excepted = present.get("no_proxy") or present.get("NO_PROXY") or ""
    hosts = [host.strip() for host in excepted.split(",") if host.strip()]
    own = urlsplit(url).hostname or ""
    if own in hosts or "*" in hosts:
        return {}
    return dict.fromkeys(("no_proxy", "NO_PROXY"), ",".join([*hosts, own]))


def experiment_name(notebook: str) -> str:
    """The default experiment of a notebook: its path without suffix."""
    return notebook.removesuffix(".ipynb")


def is_python(spec: Any) -> bool:
    """Whether a kernelspec starts an IPython kernel, which takes our arguments."""
    argv = getattr(spec, "argv", None) or []
    return getattr(spec, "language", "") == "python" and any("ipykernel" in part for part in argv)
