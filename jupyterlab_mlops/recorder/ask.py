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


#: Requests that only look: a busy kernel can answer them beside the running cell, in a subshell.
LOOKING = frozenset({"models", "status"})


async def ask(
    connection: Mapping[str, Any],
    request: Mapping[str, Any],
    timeout_s: float,
    *,
    busy: bool = False,
) -> dict[str, Any]:
    """Send ``request`` to the agent of a kernel and return its answer.

    The request carries an id and a deadline: a busy kernel that comes to it later does nothing.
    With ``busy``, requests that only look are answered in a subshell where the kernel has them.

    Raises:
        Conflict: no answer in time (the kernel is busy or gone), or no agent in the kernel.
    """
    body = {"id": uuid.uuid4().hex, **request, "deadline": time.time() + timeout_s}
    text = json.dumps(json.dumps(body))
    expression = f"__import__('sys').modules[{AGENT!r}].request({text})"
    reply = await execute(
        connection,
        "",
        timeout_s=timeout_s,
        expressions={"r": expression},
        beside=busy and request.get("do") in LOOKING,
    )
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
    beside: bool = False,
) -> dict[str, Any]:
    """Execute ``code`` silently: no history, no count, no output; returns the reply's content.

    ``beside``: in a subshell of its own, if the kernel has subshells.

    Raises:
        Conflict: no reply in time.
    """
    content = {
        "code": code,
        "silent": True,
        "store_history": False,
        "user_expressions": dict(expressions or {}),
        "allow_stdin": False,
        "stop_on_error": False,
    }
    wires = _Wires(connection)
    try:
        return await asyncio.wait_for(_run(wires, content, beside), timeout_s)
    except asyncio.TimeoutError:
        raise Conflict(
            f"The kernel did not answer within {timeout_s:g} s: it is busy or gone. "
            "Wait for the running cell or interrupt it, then try again."
        ) from None
    finally:
        wires.close()


async def what_it_is(
    connection: Mapping[str, Any], timeout_s: float, *, request_id: str | None = None
) -> dict[str, Any]:
    """What a kernel says of itself (``kernel_info_reply``): its ``implementation``, ``language_info`` and more.

    ``request_id``: of the message that asks, for those who listen to what the kernel publishes of it.

    Raises:
        Conflict: no reply in time.
    """
    wires = _Wires(connection)
    try:
        asked = wires.request("control", "kernel_info_request", {}, request_id=request_id)
        return await asyncio.wait_for(asked, timeout_s)
    except asyncio.TimeoutError:
        raise Conflict(f"The kernel did not say within {timeout_s:g} s what it is.") from None
    finally:
        wires.close()


async def _run(wires: _Wires, content: dict[str, Any], beside: bool) -> dict[str, Any]:
    if not beside:
        return await wires.request("shell", "execute_request", content)
    info = await wires.request("control", "kernel_info_request", {})
    if "kernel subshells" not in info.get("supported_features", ()):
        return await wires.request("shell", "execute_request", content)
    made = await wires.request("control", "create_subshell_request", {})
    subshell = made.get("subshell_id")
    try:
        return await wires.request("shell", "execute_request", content, subshell=subshell)
    finally:
        await wires.request("control", "delete_subshell_request", {"subshell_id": subshell})


class _Wires:
    """Sockets of our own to a kernel's shell and control channels, made when they are first used."""

    def __init__(self, connection: Mapping[str, Any]) -> None:
        self._connection = connection
        self._context = zmq.asyncio.Context()
        self._sockets: dict[str, Any] = {}
        self._session = Session(
            key=connection["key"],
            signature_scheme=connection.get("signature_scheme", "hmac-sha256"),
            username="jupyterlab-mlops",
        )

    async def request(
        self,
        channel: str,
        kind: str,
        content: dict[str, Any],
        *,
        subshell: str | None = None,
        request_id: str | None = None,
    ) -> dict[str, Any]:
        """Send a request and return the content of its reply."""
        if channel not in self._sockets:
            self._sockets[channel] = self._dealer(channel)
        socket = self._sockets[channel]
        header = self._session.msg_header(kind)
        if request_id is not None:
            header["msg_id"] = request_id
        if subshell is not None:
            header["subshell_id"] = subshell
        self._session.send(socket, self._session.msg(kind, content, header=header))
        while True:
            _identities, frames = self._session.feed_identities(await socket.recv_multipart())
            message = self._session.deserialize(frames)
            if message["parent_header"].get("msg_id") == header["msg_id"]:
                answer: dict[str, Any] = message["content"]
                return answer

    def _dealer(self, channel: str) -> Any:
        connection = self._connection
        socket = self._context.socket(zmq.DEALER)
        socket.linger = 0
        socket.reconnect_ivl = 2
        if connection.get("curve_publickey"):
            public, secret = (
                value.encode() if isinstance(value, str) else value
                for value in (connection["curve_publickey"], connection["curve_secretkey"])
            )
            socket.curve_publickey = socket.curve_serverkey = public
            socket.curve_secretkey = secret
        ip, port = connection["ip"], connection[f"{channel}_port"]
        transport = connection.get("transport", "tcp")
        socket.connect(f"tcp://{ip}:{port}" if transport == "tcp" else f"{transport}://{ip}-{port}")
        return socket

    def close(self) -> None:
        """Close the sockets; a reply that comes later is nobody's."""
        for socket in self._sockets.values():
            socket.close(linger=0)
        self._context.term()
