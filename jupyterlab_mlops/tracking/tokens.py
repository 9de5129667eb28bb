"""Tokens of kernels: each opens the tracking endpoint for one kernel, in memory only, until revoked."""

from __future__ import annotations

import hmac
import secrets


class KernelTokens:
    """Issues and recognises the tokens that kernels carry in ``MLFLOW_TRACKING_TOKEN``.

    A token opens nothing but the tracking endpoint and dies with its kernel or with this process.
    """

    def __init__(self) -> None:
        self._tokens: dict[str, str] = {}  # kernel id -> token

    def issue(self, kernel_id: str) -> str:
        """The token of a kernel; the same one until it is revoked (a restart keeps its environment)."""
        return self._tokens.setdefault(kernel_id, secrets.token_urlsafe(32))

    def kernel_of(self, token: str) -> str | None:
        """The kernel that a token was issued to. Every token is compared, each in constant time."""
        presented = token.encode("utf-8", "surrogateescape")
        found = None
        for kernel_id, issued in self._tokens.items():
            if hmac.compare_digest(issued.encode(), presented):
                found = kernel_id
        return found

    def revoke(self, kernel_id: str) -> None:
        """Forget a kernel's token (the kernel is gone)."""
        self._tokens.pop(kernel_id, None)
