"""What a server says of itself, findings of agents, and the answers to what is not served here."""

from __future__ import annotations

import re

from ..errors import InvalidValue, NotFound, PermissionDenied
from .base import Answer, Call, NotOffered

#: The version of MLflow's protocol that this endpoint follows.
PROTOCOL_VERSION = "3.18.0"


async def server_info(_: Call) -> Answer:
    """``GET /api/3.0/mlflow/server-info``: clients ask before the first artifact or trace."""
    return {
        "store_type": "SqlStore",
        "workspaces_enabled": False,
        "trace_archival_enabled": False,
        "multipart_uploads_enabled": False,
        "multipart_downloads_enabled": False,
        "artifact_serving_enabled": True,
        "features_enabled": {"gateway": False},
    }


async def findings(call: Call) -> Answer:
    """``POST mlops/findings``: what the agent of a kernel saw, applied exactly once and in order.

    Raises:
        PermissionDenied: the caller is not a kernel, or speaks for another one.
    """
    if call.kernel_id is None or call.tracking.apply_findings is None:
        raise PermissionDenied("Findings are taken from kernels with their own token only.")
    named = call.fields.text("kernel_id")
    if named is not None and named != call.kernel_id:
        raise PermissionDenied("A kernel's token speaks for that kernel only.")
    entries = call.fields.items("findings")
    for entry in entries:
        if not isinstance(entry.get("seq"), int):
            raise InvalidValue("Every finding has a 'seq' of its kernel, an integer from 1.")
    return {"applied_seq": await call.tracking.apply_findings(call.kernel_id, entries)}


async def gateway_endpoints(call: Call) -> Answer:
    """``GET gateway-proxy``: there is no AI gateway, so it has no endpoints."""
    path = _gateway_path(call)
    if path.strip("/") != "api/2.0/endpoints":
        raise InvalidValue(f"Invalid gateway_path: {path} for method: GET")
    return {"endpoints": []}


async def ask_gateway(call: Call) -> Answer:
    """``POST gateway-proxy``: there is no AI gateway to ask.

    Raises:
        NotFound: always, where the path is one of a gateway.
    """
    path = _gateway_path(call)
    if not re.fullmatch("gateway/[^/]+/invocations", path.strip("/")):
        raise InvalidValue(f"Invalid gateway_path: {path} for method: POST")
    raise NotFound("There is no AI gateway here.")


def _gateway_path(call: Call) -> str:
    path = call.fields.text("gateway_path")
    if not path:
        raise InvalidValue("Deployments proxy request must specify a gateway_path.")
    return path


async def no_multipart(_: Call) -> Answer:
    """Multipart uploads: not offered, files are streamed in one request of any size.

    Raises:
        NotOffered: always, in the words after which clients upload in one piece.
    """
    raise NotOffered("Multipart upload is not supported for the current artifact repository.")


async def no_webhooks(_: Call) -> Answer:
    """``GET webhooks``: there are none, and none can be made."""
    return {"webhooks": []}


async def not_served(_: Call) -> Answer:
    """Assessments, webhooks and the like: said at once, so that clients go on without.

    Raises:
        NotFound: always.
    """
    raise NotFound("This part of MLflow's protocol is not served by jupyterlab-mlops.")
