"""``%mlops`` and ``%%candidate NAME``."""

from __future__ import annotations

import ast
import sys
from contextlib import nullcontext
from typing import Any

from . import process

_HELP = """%mlops status        recording, queue, failures of capture
%mlops candidates    this notebook's candidates (a filter may follow)
%mlops compare       what differs between the newest candidates (ids may follow)
%mlops pause | resume    stop and continue recording in this kernel
%%candidate NAME     everything the cell trains and measures is one candidate; --live NAME shows its metrics as they come"""


def load(shell: Any) -> None:
    """Register the magics with an IPython shell."""
    shell.register_magic_function(mlops, "line", "mlops")
    shell.register_magic_function(candidate, "cell", "candidate")


def mlops(line: str = "") -> Any:
    """``%mlops status | candidates [FILTER] | compare [ID …] | pause | resume``."""
    from . import api

    word, _, rest = line.strip().partition(" ")
    one = process.agent
    if word in ("", "help"):
        return _say(_HELP)
    if word == "status":
        return _say(_status(one))
    if word == "candidates":
        return api.candidates(rest.strip())
    if word == "compare":
        return api.compare(*rest.split())
    if word in ("pause", "resume"):
        if one is None:
            return _say("jupyterlab-mlops is not recording in this kernel")
        one.capture.candidates.automatic = word == "resume"
        one.paused = word == "pause"
        return _say("recording is paused in this kernel" if word == "pause" else "recording")
    return _say(f"unknown: {word!r}\n{_HELP}")


def candidate(line: str, cell: str) -> None:
    """``%%candidate [--live] NAME``: run the cell as one explicit candidate."""
    from . import api

    name = line.strip()
    live = name == "--live" or name.startswith("--live ")
    name = name[len("--live") :].strip() if live else name
    with api.candidate(name.strip("'\"") or None, live=live):
        _run(_shell(), cell)


def _run(shell: Any, cell: str) -> None:
    """Run a cell's body statement by statement in the user's namespace, watched like any other cell."""
    source = shell.transform_cell(cell)
    name = shell.compile.cache(source, shell.execution_count, raw_code=cell)
    tree = shell.transform_ast(shell.compile.ast_parse(source, filename=name))
    one = process.agent
    with one.capture.inside(tree) if one is not None else nullcontext():
        for place, node in enumerate(tree.body):
            last = place == len(tree.body) - 1 and isinstance(node, ast.Expr)
            module = ast.Interactive([node]) if last else ast.Module([node], [])
            code = shell.compile(module, name, "single" if last else "exec")
            if one is not None:
                one.capture.begin_statement(code)
            error: BaseException | None = None
            try:
                exec(code, shell.user_global_ns, shell.user_ns)  # noqa: S102 - the user's own cell
            except BaseException as raised:
                error = raised
                raise
            finally:
                if one is not None:
                    one.capture.end_statement(error, None)


def _shell() -> Any:
    from IPython import get_ipython

    return get_ipython()


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def _status(one: Any) -> str:
    if one is None:
        return "jupyterlab-mlops is not recording in this kernel"
    found = one.status()
    lines = [
        f"recording: {'paused' if one.paused else found['recording']}",
        f"server: {found['sender']}",
        f"findings: {found['seq']} written, {found['applied_seq'] or 0} applied",
        f"candidates of this kernel: {found['candidates']}",
        f"failures of capture: {found['failures']}",
    ]
    lines.extend(f"  {entry['where']}: {entry['message']}" for entry in found["diagnostics"])
    return "\n".join(lines)
