"""What is read off an iopub channel, and what is not believed."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import zmq
from jupyter_client.session import Session

from jupyterlab_mlops.recorder.iopub import Iopub
from jupyterlab_mlops.recorder.outputs import PARSE_LIMIT_BYTES

KEY = b"the kernel's own"


class Kernel:
    """The publishing end of a kernel."""

    def __init__(self) -> None:
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.PUB)
        port = self.socket.bind_to_random_port("tcp://127.0.0.1")
        self.connection = {"ip": "127.0.0.1", "iopub_port": port, "key": KEY.decode()}
        self.channel = Iopub(self.context, self.connection)
        self.session = Session(key=KEY)
        for _ in range(500):  # until the subscription has arrived
            self.say("status", {"execution_state": "idle"})
            time.sleep(0.01)
            if self.next() is not None:
                break
        while self.next() is not None:
            pass

    def say(
        self, kind: str, content: dict[str, Any], session: Session | None = None, **more: Any
    ) -> None:
        parent = {"msg_id": "a", "msg_type": "execute_request"}
        (session or self.session).send(self.socket, kind, content, parent, ident=b"topic", **more)

    def next(self) -> Any:
        try:
            return self.channel.receive()
        except zmq.Again:
            return None

    def wait(self) -> Any:
        assert self.channel.socket.poll(5000)
        return self.channel.receive()


@pytest.fixture
def kernel():
    made = Kernel()
    yield made
    made.channel.close()
    made.socket.close(linger=0)
    made.context.term()


def test_a_message_has_its_parent_and_the_time_of_the_kernel(kernel):
    kernel.say("stream", {"name": "stdout", "text": "x"}, buffers=[b"one", b"two"])
    kernel.say("status", {"execution_state": "idle"})
    printed, idle = kernel.wait(), kernel.wait()
    assert (printed.type, printed.parent_id, printed.parent_type) == (
        "stream",
        "a",
        "execute_request",
    )
    assert json.loads(printed.content) == {"name": "stdout", "text": "x"}
    assert idle.type == "status"
    assert abs(idle.date_ms - time.time() * 1000) < 60_000


def test_what_does_not_matter_is_passed_over(kernel):
    kernel.say("comm_msg", {"comm_id": "1", "data": {"msg_type": "stream"}})
    kernel.say("status", {"execution_state": "busy"})
    kernel.say("status", {"execution_state": "idle"})
    assert [kernel.wait(), kernel.wait()] == [None, None]
    assert kernel.wait().type == "status"


def test_messages_of_others_are_not_believed(kernel):
    kernel.say("stream", {"name": "stdout", "text": "forged"}, session=Session(key=b"another"))
    with pytest.raises(ValueError, match="not signed"):
        kernel.wait()
    kernel.say("stream", {"name": "stdout", "text": "true"})
    assert b"true" in kernel.wait().content


def test_of_a_huge_message_the_ends_the_size_and_the_hash_are_kept(kernel):
    kernel.say("stream", {"name": "stdout", "text": "x" * (PARSE_LIMIT_BYTES + 1) + "end"})
    message = kernel.wait()
    assert message.size > PARSE_LIMIT_BYTES
    assert len(message.content) < 200_000
    assert b"xend" in message.content
    assert len(message.digest) == 32
