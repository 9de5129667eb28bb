"""The agent: wires capture into IPython and answers the server's requests.

``start(config)`` is called once by the kernel's boot file; see docs/contributing/findings.md for ``config``.
Without ``url`` the agent only writes its journal.
"""

from __future__ import annotations

import ast
import atexit
import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from . import magics, process
from .capture import Capture
from .cells.observe import observer
from .cells.unseen import unseen
from .fits import drawn, watching
from .link import diagnostics, interrupts
from .link.diagnostics import guarded
from .link.interrupts import undisturbed
from .link.journal import Journal
from .link.output import Output
from .link.sender import Sender

VERSION = 1
MAX_SOURCE = 50_000
"""Longest source of a cell that is written down (characters)."""


class Agent:
    """The capture of one kernel, attached to its IPython shell."""

    def __init__(self, config: dict[str, Any], shell: Any) -> None:
        self.config = config
        self.shell = shell
        self.switches: dict[str, Any] = {
            "recording": "auto", "files": True, "system": True, "autolog": True, **(config.get("switches") or {}),
        }  # fmt: skip
        self.journal = Journal(Path(config["spool"]))
        self.output = Output()
        self.capture = Capture(self.journal, shell.user_ns, self.output)
        self.sender: Sender | None = None
        self._busy = False
        self._original_run_code: Any = None
        self._original_transform: Any = None
        self._answered: dict[str, str] = {}
        self.paused = False

    # -- life -----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Attach to the shell, begin to send."""
        from .cells import files
        from .fits import system

        config = self.config
        self.capture.candidates.automatic = self.switches["recording"] == "auto"
        observer.listener = self.capture.training
        observer.user = self.capture.world.user
        observer.candidate_of = self.capture.world.registry.get
        observer.thread = threading.get_ident()
        self.capture.files = files.Files(self.capture, config, enabled=bool(self.switches["files"]))
        self.capture.candidates.describing.file_user = self.capture.files.used
        self.capture.training.sampler = system.Sampler(
            self.journal, enabled=bool(self.switches["system"])
        )
        watching.on_torch_step(self.capture.training.stepped)
        drawn.on_drawn(self.capture)
        self._introduce()
        if self.switches["recording"] != "off":
            self.attach()
        atexit.register(self.close)

    def _introduce(self) -> None:
        """Say hello, and send to who is there."""
        config = self.config
        if config.get("url"):
            self.sender = Sender(
                self.journal, config["url"], config.get("token") or "", config["kernel_id"]
            )
            self.sender.start()
        self.journal.emit(
            "hello",
            None,
            python=sys.version.split()[0],
            executable=sys.executable,
            pid=os.getpid(),
            agent=VERSION,
        )

    def move(self, config: dict[str, Any]) -> None:
        """Another server has taken the kernel over, under an id of its own: speak to that one from now on."""
        if self.sender is not None:
            self.sender.close()
            self.sender = None
        if os.environ.get("MLFLOW_TRACKING_URI") == self.config.get("url") and config.get("url"):
            os.environ["MLFLOW_TRACKING_URI"] = config["url"]
            os.environ["MLFLOW_TRACKING_TOKEN"] = config.get("token") or ""
        self.config = config
        self.journal.move(Path(config["spool"]))
        self._introduce()

    def attach(self) -> None:
        """Hook into the shell."""
        shell = self.shell
        watching.install()
        shell.events.register("pre_run_cell", self.pre_run_cell)
        shell.events.register("post_run_cell", self.post_run_cell)
        self._original_transform = shell.transform_ast
        shell.transform_ast = self.transform_ast
        self._original_run_code = shell.run_code
        shell.run_code = self.run_code

    def close(self) -> None:
        """The kernel ends: send what is left, for at most two seconds."""
        if self.capture.files is not None:
            self.capture.files.wait(1.0)
        self.journal.release()
        if self.sender is not None:
            self.sender.close()

    def status(self) -> dict[str, Any]:
        """What ``%mlops status`` shows."""
        return {
            "recording": self.switches["recording"],
            "spool": str(self.journal.spool),
            "seq": self.journal.seq,
            "sender": self.sender.state if self.sender is not None else "journal only",
            "applied_seq": self.sender.applied_seq if self.sender is not None else None,
            "candidates": len(self.capture.candidates.known),
            "failures": diagnostics.total,
            "diagnostics": list(diagnostics.ring)[-10:],
        }

    # -- hooks ----------------------------------------------------------------------------------------------------

    @undisturbed
    @guarded
    def pre_run_cell(self, info: Any) -> None:
        """IPython is about to run a cell."""
        interrupts.clear()
        if getattr(info, "silent", False) or self._busy:
            return
        msg_id, cell_id = self._parent()
        history = bool(getattr(info, "store_history", True))
        if self.paused or not history:
            if msg_id is not None:
                self.journal.emit("aside", msg_id, history=history)
            return
        self._busy = True
        self.capture.begin_cell(
            msg_id,
            getattr(info, "cell_id", None) or cell_id,
            self.shell.execution_count,
            str(getattr(info, "raw_cell", "") or "")[:MAX_SOURCE],
        )
        observer.thread = threading.get_ident()
        observer.depth = 0
        observer.active = True
        self.output.install()
        self.capture.files.begin_cell()

    def transform_ast(self, node: ast.AST) -> ast.AST:
        """Stands for ``shell.transform_ast``: the same, with a look at the tree that is about to run."""
        found: ast.AST = self._original_transform(node)
        self.tree(found)
        return found

    @undisturbed
    @guarded
    def tree(self, node: ast.AST) -> None:
        """A tree that IPython is about to run."""
        if self._busy:
            self.capture.tree(node)

    @unseen
    async def run_code(self, code_obj: Any, result: Any = None, *, async_: bool = False) -> Any:
        """Stands for ``shell.run_code``: the same, with a look before and after each top-level statement."""
        run = self._original_run_code
        if (
            not self._busy
            or self.capture.running is not None
            or threading.get_ident() != observer.thread
        ):
            if interrupts.take():
                return await run(interrupts.INTERRUPTED, result)
            return await run(code_obj, result, async_=async_)
        _begin(self.capture, code_obj)
        try:
            if interrupts.take():
                return await run(interrupts.INTERRUPTED, result)
            return await run(code_obj, result, async_=async_)
        finally:
            error = getattr(result, "error_in_exec", None) if result is not None else None
            _end(self.capture, error, getattr(result, "result", None))

    @undisturbed
    @guarded
    def post_run_cell(self, result: Any) -> None:
        """IPython has run a cell."""
        if not self._busy or not getattr(result.info, "store_history", True):
            return
        self._busy = False
        observer.active = False
        self.output.remove()
        error = result.error_before_exec or result.error_in_exec
        guarded(self.capture.files.end_cell)()
        self.capture.end_cell(error)
        if self.sender is not None:
            self.sender.flush()

    def _parent(self) -> tuple[str | None, str | None]:
        """(msg_id, cell id) of the execute request under way."""
        kernel = getattr(self.shell, "kernel", None)
        if kernel is None:
            return None, None
        try:
            parent = kernel.get_parent("shell")
        except Exception:  # older ipykernels
            parent = getattr(kernel, "_parent_header", {})
        message = (parent or {}).get("header", {}).get("msg_id")
        metadata = (parent or {}).get("metadata") or {}
        return message, metadata.get("cellId")


@undisturbed
@guarded
def _begin(capture: Capture, code: Any) -> None:
    capture.begin_statement(code)


@undisturbed
@guarded
def _end(capture: Capture, error: BaseException | None, result: Any) -> None:
    capture.end_statement(error, result)


def start(config: dict[str, Any]) -> None:
    """Start the agent in this kernel, or move it to the server that calls. A failure is noted, never raised.

    ``config`` needs ``kernel_id`` and ``spool``; everything else has defaults (findings.md).
    """
    try:
        known = process.agent
        if known is not None:
            if any(config.get(key) != known.config.get(key) for key in ("kernel_id", "url")):
                known.move(config)
            return
        from IPython import get_ipython

        shell = get_ipython()
        if shell is None:
            return
        made = Agent(config, shell)
        made.start()
        process.agent = made
        magics.load(shell)
    except Exception as error:  # the kernel must start, whatever happens here
        diagnostics.note("start", error)


def request(text: str) -> str:
    """Answer a request of the server's (JSON in, JSON out; findings.md). Never raises."""
    try:
        asked = json.loads(text)
        agent: Agent | None = process.agent
        if agent is None:
            return json.dumps({"error": "the agent is not running"})
        if asked.get("deadline") is not None and time.time() > float(asked["deadline"]):
            return json.dumps({"error": "too late"})
        known = agent._answered.get(asked.get("id", ""))
        if known is not None:
            return known
        answer = json.dumps(_answer(agent, asked), default=str)
        if asked.get("id"):
            agent._answered[asked["id"]] = answer
            while len(agent._answered) > 50:
                del agent._answered[next(iter(agent._answered))]
        return answer
    except Exception as error:  # the answer carries it
        diagnostics.note("request", error)
        return json.dumps({"error": f"{type(error).__name__}: {error}"})


def _answer(one: Agent, asked: dict[str, Any]) -> dict[str, Any]:
    do = asked.get("do")
    if do == "models":
        from .saving import offering

        return {"models": offering.offered(one.capture)}
    if do == "stage":
        from .saving import flavors

        return flavors.stage(one.capture, asked)
    if do == "status":
        return one.status()
    return {"error": f"unknown request {do!r}: expected 'models', 'stage' or 'status'"}
