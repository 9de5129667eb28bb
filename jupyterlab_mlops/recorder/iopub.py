"""Messages off a kernel's iopub channel: of each only as much is read as the recorder needs.

Most of what a server spends on recording it spends here, so frames are taken one by one (a multipart of
pyzmq costs six times as much), and headers are searched instead of parsed.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from collections.abc import Mapping
from typing import Any

import zmq

from .outputs import PARSE_LIMIT_BYTES, excerpt
from .recording import OUTPUT_TYPES, Message, date_ms

DELIMITER = b"<IDS|MSG>"
#: A number: the enumeration's member costs as much as a frame.
NOBLOCK = int(zmq.NOBLOCK)
WANTED = OUTPUT_TYPES | {"status", "execute_input", "update_display_data"}
#: Fields of a header. A quote inside of a JSON string is escaped, so that no value can look like a key.
_TYPE = re.compile(rb'"msg_type":\s*"(\w+)"')
_DATE = re.compile(rb'"date":\s*"([^"]+)"')
_WANTED = {kind.encode(): kind for kind in WANTED}
#: The content of the status that says nothing new: an execution's input follows it.
_BUSY = (b'{"execution_state": "busy"}', b'{"execution_state":"busy"}')


class Iopub:
    """A SUB socket on the iopub channel of one kernel; ``connection`` as in its connection file.

    Messages whose signature is not the kernel's are passed over: when a kernel has died, anybody on the machine can
    bind its port, and what is recorded is shown to people later.
    """

    def __init__(self, context: zmq.Context[Any], connection: Mapping[str, Any]) -> None:
        self.url = url(connection)
        self.socket: zmq.Socket[bytes] = context.socket(zmq.SUB)
        self.socket.rcvhwm = 0
        self.socket.linger = 0
        # The default of 100 ms can miss the first execution of a fast client.
        self.socket.reconnect_ivl = 2
        if connection.get("curve_publickey"):
            self.socket.curve_serverkey = _bytes(connection["curve_publickey"])
            self.socket.curve_publickey, self.socket.curve_secretkey = zmq.curve_keypair()
        self.socket.subscribe(b"")
        self.socket.connect(self.url)
        self._receive: Any = self.socket.recv
        self._key = _bytes(connection.get("key") or b"")
        scheme = str(connection.get("signature_scheme") or "hmac-sha256")
        self._digest = scheme.removeprefix("hmac-")
        self._parent_frame = b""
        self._parent = ("", "")

    def close(self) -> None:
        """Close the socket."""
        self.socket.close(linger=0)

    def receive(self) -> Message | None:
        """Take one message; None when its type does not matter here.

        Raises:
            zmq.Again: none waits.
            ValueError, KeyError: it is not the kernel's, or cannot be read; the next one may be.
        """
        receive = self._receive
        while receive(NOBLOCK) != DELIMITER:
            pass
        signature = receive(NOBLOCK)
        header = receive(NOBLOCK)
        parent = receive(NOBLOCK)
        metadata = receive(NOBLOCK)
        # Contents may be large: they are copied when it is known that they are wanted.
        frame = receive(NOBLOCK, False)
        rest = frame
        while rest.more:
            rest = receive(NOBLOCK, False)
        found = _TYPE.search(header)
        kind = _WANTED.get(found[1]) if found else None
        if kind is None:
            return None
        size = len(frame)
        content = frame.bytes if size <= PARSE_LIMIT_BYTES else b""
        if kind == "status" and content in _BUSY:
            return None
        if self._key:
            if content:
                signed = hmac.digest(self._key, header + parent + metadata + content, self._digest)
            else:
                pieces = hmac.new(self._key, header + parent + metadata, self._digest)
                pieces.update(frame.buffer)
                signed = pieces.digest()
            if not hmac.compare_digest(signed.hex().encode(), signature):
                raise ValueError(f"a {kind} message is not signed with the kernel's key")
        if parent != self._parent_frame:
            body = json.loads(parent)
            self._parent_frame = parent
            self._parent = (body.get("msg_id", ""), body.get("msg_type", ""))
        if content:
            return Message(kind, *self._parent, _date(kind, header), content)
        view = frame.buffer
        digest = hashlib.sha256(view).digest()
        return Message(kind, *self._parent, _date(kind, header), excerpt(view), size, digest)


def url(connection: Mapping[str, Any]) -> str:
    """The address of the iopub channel in a connection file."""
    ip, port = connection["ip"], connection["iopub_port"]
    transport = connection.get("transport", "tcp")
    return f"{transport}://{ip}:{port}" if transport == "tcp" else f"{transport}://{ip}-{port}"


def _date(kind: str, header: bytes) -> int:
    """When the kernel sent it (ms), where that matters."""
    now = time.time_ns() // 1_000_000
    if kind not in ("status", "execute_input"):
        return now
    found = _DATE.search(header)
    return date_ms(found[1].decode(), now) if found else now


def _bytes(key: str | bytes) -> bytes:
    return key.encode() if isinstance(key, str) else key
