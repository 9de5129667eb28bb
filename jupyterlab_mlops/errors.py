"""The errors of the domain. Each face (api/, tracking/, cli) maps them once to its own form.

Messages are shown to people: they name the field, the value and what to do, and never hold a token.
"""

from __future__ import annotations

from typing import Any


class MLOpsError(Exception):
    """Something this package can name. ``details`` is JSON-compatible and shown by the panel."""

    code = "error"

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class NotFound(MLOpsError):
    """The thing asked for does not exist."""

    code = "not_found"


class NoCandidate(NotFound):
    """There is no candidate of this id."""

    def __init__(self, id: str) -> None:
        super().__init__(f"there is no candidate {id}", candidate=id)


class AlreadyExists(MLOpsError):
    """A thing of this name or id exists."""

    code = "already_exists"


class InvalidValue(MLOpsError):
    """A value cannot be used; the message names the field and what would be accepted."""

    code = "invalid_value"


class Conflict(MLOpsError):
    """The request does not fit the present state (for example: the kernel is gone)."""

    code = "conflict"


class PermissionDenied(MLOpsError):
    """The caller may not do this."""

    code = "permission_denied"


class RemoteUnavailable(MLOpsError):
    """The remote cannot be reached or asks us to wait. ``retry_after`` is in seconds."""

    code = "remote_unavailable"

    def __init__(self, message: str, retry_after: float | None = None, **details: Any) -> None:
        super().__init__(message, **details)
        self.retry_after = retry_after


class RemoteRejected(MLOpsError):
    """The remote refused; trying again without a change would be refused again."""

    code = "remote_rejected"
