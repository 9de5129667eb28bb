"""A real kernel with the agent in it, shared by the tests of this directory; findings are read from its spool."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

AGENT = "__import__('sys').modules['jupyterlab_mlops.kernel.process'].agent"
FORGET = (
    f"[{AGENT}.capture.measuring.folds.known.clear(),"
    f" {AGENT}.capture.measuring.reporter.new_cell(3600.0),"  # as after a pause: a new notebook run
    f" *(one.values.clear() for one in {AGENT}.capture.candidates.known.values())]"
)
BOOT = "import jupyterlab_mlops.kernel.agent as a; a.start({config!r})"


@dataclass
class Seen:
    """A candidate as its findings tell it."""

    id: str
    model_class: str | None = None
    variable: str | None = None
    origin: str = ""
    name: str | None = None
    parent: str | None = None
    fits: int = 0
    params: dict[str, str] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, list[Any]] = field(default_factory=dict)
    metric_sources: dict[str, str] = field(default_factory=dict)
    inputs: list[str] = field(default_factory=list)
    artifacts: list[str] = field(default_factory=list)
    seeds: dict[str, list[int]] = field(default_factory=dict)
    end: str | None = None
    error: dict[str, str] | None = None


@dataclass
class Story:
    """What a few cells led to."""

    findings: list[dict[str, Any]]
    candidates: dict[str, Seen]
    run: Seen
    outputs: list[str]
    errors: list[str]

    @property
    def models(self) -> list[Seen]:
        """The candidates that are no children, in the order opened."""
        return [one for one in self.candidates.values() if one.parent is None]

    def by_variable(self, variable: str) -> Seen:
        """The latest candidate whose model that variable holds."""
        return [one for one in self.models if one.variable == variable][-1]


def read(findings: list[dict[str, Any]]) -> tuple[dict[str, Seen], Seen]:
    """Findings → candidates by id, and what belongs to the notebook run."""
    found: dict[str, Seen] = {}
    run = Seen("")

    def of(one: dict[str, Any]) -> Seen:
        key = one.get("candidate")
        return run if key is None else found.setdefault(key, Seen(key))

    for one in findings:
        kind = one["kind"]
        if (
            kind == "metrics"
            and one["points"][0][0].startswith("system/")
            and one["candidate"] not in found
        ):
            continue  # of a model of the test before, which a busy machine has taken seconds to fit
        if kind in ("candidate", "update"):
            seen = of(one)
            for key in ("model_class", "variable", "origin", "name", "parent", "fits"):
                if one.get(key) is not None:
                    setattr(seen, key, one[key])
        elif kind == "params":
            of(one).params.update({name: value for name, (value, _) in one["values"].items()})
            of(one).sources.update({name: source for name, (_, source) in one["values"].items()})
        elif kind == "metrics":
            for name, value, _step, _t in one["points"]:
                of(one).metrics.setdefault(name, []).append(value)
                of(one).metric_sources[name] = one["source"]
        elif kind == "inputs":
            of(one).inputs.extend(entry["path"] for entry in one["files"])
        elif kind == "artifact":
            of(one).artifacts.append(one["path"])
        elif kind == "facts":
            of(one).seeds.update(one["values"].get("seeds", {}))
        elif kind == "end":
            of(one).end = one["status"]
            of(one).error = one.get("error")
    return found, run


class Kernel:
    """A kernel with the agent, driven as a notebook drives it."""

    def __init__(self, spool: Path, root: Path, **config: Any) -> None:
        self.spool, self.root = spool, root
        settings = {"kernel_id": "k1", "spool": str(spool), "root": str(root), **config}
        boot = spool.parent / f"{spool.name}.py"
        boot.write_text(BOOT.format(config=settings))
        run_boot = f"--IPKernelApp.exec_lines=exec(open({str(boot)!r}).read(), {{}})"
        self.manager, self.client = _started(root, run_boot)
        self._offset = 0

    def run(self, *cells: str, fresh: bool = True) -> Story:
        """Execute cells (in an empty namespace if ``fresh``); what they led to."""
        if fresh:
            self.execute("%reset -f")
            self.ask(FORGET)  # what another test has measured and named is not told yet
        self._findings()
        outputs: list[str] = []
        errors: list[str] = []
        for cell in cells:
            reply = self.execute(cell, outputs)
            if reply["content"]["status"] != "ok":
                errors.append(reply["content"].get("ename", ""))
        self.ask(f"{AGENT}.capture.files.wait(5)")
        findings = self._findings()
        candidates, run = read(findings)
        return Story(findings, candidates, run, outputs, errors)

    def execute(self, cell: str, outputs: list[str] | None = None) -> dict[str, Any]:
        """Execute one cell; its reply. Text that it shows is added to ``outputs``."""

        def keep(message: dict[str, Any]) -> None:
            content = message["content"]
            text = content.get("text") or content.get("data", {}).get("text/plain")
            if outputs is not None and text and message["msg_type"] != "execute_input":
                outputs.append(text)

        reply: dict[str, Any] = self.client.execute_interactive(cell, timeout=120, output_hook=keep)
        return reply

    def ask(self, expression: str) -> Any:
        """The value of an expression, worked out silently as the server's requests are."""
        self.client.execute(
            "", silent=True, store_history=False, user_expressions={"r": expression}
        )
        answer = self.client.get_shell_msg(timeout=60)["content"]["user_expressions"]["r"]
        assert answer["status"] == "ok", answer
        return ast.literal_eval(answer["data"]["text/plain"])

    def request(self, **asked: Any) -> dict[str, Any]:
        """A request of the server's to the agent."""
        text = json.dumps(asked)
        found: dict[str, Any] = json.loads(
            self.ask(
                f"__import__('sys').modules['jupyterlab_mlops.kernel.agent'].request({text!r})"
            )
        )
        return found

    def _findings(self) -> list[dict[str, Any]]:
        data = (self.spool / "findings.jsonl").read_bytes()
        new, self._offset = data[self._offset :], len(data)
        return [json.loads(line) for line in new.splitlines()]

    def stop(self) -> None:
        """Shut it down."""
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


def _started(root: Path, *arguments: str) -> tuple[KernelManager, BlockingKernelClient]:
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(root), extra_arguments=list(arguments), env=_environment())
    client: BlockingKernelClient = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    return manager, client


def _environment() -> dict[str, str]:
    import os

    root = str(Path(__file__).resolve().parents[2])
    return {
        **os.environ,
        "PYTHONPATH": root,
        "MPLBACKEND": "agg",
        "PYTHONWARNINGS": "ignore",
        "OMP_NUM_THREADS": "1",
    }


@pytest.fixture(scope="session")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """The shared kernel; its working directory is the root."""
    base = tmp_path_factory.mktemp("kernel")
    root = base / "root"
    root.mkdir()
    one = Kernel(base / "spool", root)
    yield one
    one.stop()


@pytest.fixture
def own_kernel(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Kernel]:
    """A kernel of the test's own; indirect parameters are further configuration."""
    root = tmp_path / "root"
    root.mkdir()
    one = Kernel(tmp_path / "spool", root, **getattr(request, "param", {}))
    yield one
    one.stop()


@pytest.fixture(scope="module")
def plain_client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BlockingKernelClient]:
    """A client of a kernel without the agent."""
    manager, client = _started(tmp_path_factory.mktemp("plain"))
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)
