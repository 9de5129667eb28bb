"""Ask a kernel's agent: silent requests on sockets of our own that no client sees."""

from __future__ import annotations

import ast
import asyncio
import json
import time
import uuid
from collections.abc import Mapping
from typing import Any

import zmq
import zmq.asyncio
from jupyter_client.session import Session

from ..errors import Conflict

AGENT = "jupyterlab_mlops.kernel.agent"


async def ask(
    connection: Mapping[str, Any], request: Mapping[str, Any], timeout_s: float
) -> dict[str, Any]:
    """Send ``request`` to the agent of a kernel and return its answer.

    The request carries an id and a deadline: a busy kernel that comes to it later does nothing.

    Raises:
        Conflict: no answer in time (the kernel is busy or gone), or no agent in the kernel.
    """
    body = {"id": uuid.uuid4().hex, **request, "deadline": time.time() + timeout_s}
    text = json.dumps(json.dumps(body))
    expression = f"__import__('sys').modules[{AGENT!r}].request({text})"
    reply = await execute(connection, "", timeout_s=timeout_s, expressions={"r": expression})
    result = (reply.get("user_expressions") or {}).get("r") or {}
    if result.get("status") != "ok":
        what = f"{result.get('ename', 'no answer')}: {result.get('evalue', reply.get('status'))}"
        if result.get("ename") == "KeyError":
            what = "it has no agent; restart it"
        raise Conflict(f"The kernel could not be asked: {what}.")
    answer = json.loads(ast.literal_eval(result["data"]["text/plain"]))
    if not isinstance(answer, dict):
        raise Conflict("The kernel's agent gave an answer that is not understood.")
    return answer


async def execute(
    connection: Mapping[str, Any],
    code: str,
    *,
    timeout_s: float,
    expressions: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Execute ``code`` silently: no history, no count, no output; returns the reply's content.

    Raises:
        Conflict: no reply in time.
    """
    session = Session(
        key=connection["key"],
        signature_scheme=connection.get("signature_scheme", "hmac-sha256"),
        username="jupyterlab-mlops",
    )
    content = {
        "code": code,
        "silent": True,
        "store_history": False,
        "user_expressions": dict(expressions or {}),
        "allow_stdin": False,
        "stop_on_error": False,
    }
    with zmq.asyncio.Context() as context:
        socket = _dealer(context, connection)
        try:
            sent = session.send(socket, "execute_request", content)
            assert sent is not None
            return await asyncio.wait_for(
                _reply(session, socket, sent["header"]["msg_id"]), timeout_s
            )
        except asyncio.TimeoutError:
            raise Conflict(
                f"The kernel did not answer within {timeout_s:g} s: it is busy or gone. "
                "Wait for the running cell or interrupt it, then try again."
            ) from None
        finally:
            socket.close(linger=0)


async def _reply(session: Session, socket: Any, msg_id: str) -> dict[str, Any]:
    while True:
        frames = await socket.recv_multipart()
        _identities, frames = session.feed_identities(frames)
        message = session.deserialize(frames)
        if message["parent_header"].get("msg_id") == msg_id:
            content: dict[str, Any] = message["content"]
            return content


def _dealer(context: Any, connection: Mapping[str, Any]) -> Any:
    socket = context.socket(zmq.DEALER)
    socket.linger = 0
    socket.reconnect_ivl = 2
    if connection.get("curve_publickey"):
        public, secret = (
            value.encode() if isinstance(value, str) else value
            for value in (connection["curve_publickey"], connection["curve_secretkey"])
        )
        socket.curve_publickey = socket.curve_serverkey = public
        socket.curve_secretkey = secret
    ip, port = connection["ip"], connection["shell_port"]
    transport = connection.get("transport", "tcp")
    socket.connect(f"tcp://{ip}:{port}" if transport == "tcp" else f"{transport}://{ip}-{port}")
    return socket
