"""Interrupts that arrive while a hook of the agent's runs: the hook ends, the cell is stopped, nobody sees our code."""

from __future__ import annotations

import signal

import pytest

from jupyterlab_mlops.kernel.link import interrupts

HOOK = """
import signal as s_, sys as s__
_agent = s__.modules["jupyterlab_mlops.kernel.process"].agent
_before = _agent.capture.{hook}
def _interrupted(*args):
    _agent.capture.{hook} = _before
    s_.raise_signal(s_.SIGINT)
    return _before(*args)
_agent.capture.{hook} = _interrupted
"""


@pytest.fixture
def handler():
    """Python's own handler, as a kernel has it; a shell that starts the tests in the background has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield signal.default_int_handler
    signal.signal(signal.SIGINT, before)


def test_a_hook_runs_to_its_end_and_the_interrupt_is_kept(handler) -> None:
    ended = []

    @interrupts.undisturbed
    def hook() -> None:
        signal.raise_signal(signal.SIGINT)
        ended.append(True)

    hook()
    assert ended == [True]
    assert signal.getsignal(signal.SIGINT) is handler
    assert (interrupts.take(), interrupts.take()) == (True, False)


@pytest.mark.parametrize("hook", ["begin_cell", "tree", "begin_statement"])
def test_the_cell_that_was_about_to_run_is_stopped(own_kernel, hook) -> None:
    own_kernel.execute(HOOK.format(hook=hook))
    outputs: list[str] = []
    reply = own_kernel.execute("reached = 1", outputs)
    assert reply["content"]["ename"] == "KeyboardInterrupt"
    assert "interrupts.py" not in "".join(outputs)
    assert own_kernel.ask("'reached' in globals()") is False
    assert own_kernel.execute("reached = 2")["content"]["status"] == "ok"


@pytest.mark.parametrize("hook", ["end_statement", "end_cell"])
def test_a_cell_that_has_done_its_work_stays_done(own_kernel, hook) -> None:
    own_kernel.execute("first = 1")
    own_kernel.ask(f"exec({HOOK.format(hook=hook)!r}, {{}})")
    assert own_kernel.execute("reached = 1")["content"]["status"] == "ok"
    assert own_kernel.execute("reached += 1")["content"]["status"] == "ok"
    assert own_kernel.ask("reached") == 2
