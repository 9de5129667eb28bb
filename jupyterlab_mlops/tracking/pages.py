"""Plain answers outside the JSON protocol: health, version, and where a person is sent."""

from __future__ import annotations

import html

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web

from .base import Endpoint, check_loopback
from .service import PROTOCOL_VERSION

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Experiments</title>
<p>This is a tracking address for MLflow clients. The runs are shown in JupyterLab, in the sidebar
<b>Experiments</b>{link}.</p></html>"""


def text_of(name: str, lab_url: str) -> tuple[str, str]:
    """The answer of ``health``, ``version`` or the root, as (content type, text)."""
    if name == "health":
        return "text/plain; charset=utf-8", "OK"
    if name == "version":
        return "text/plain; charset=utf-8", PROTOCOL_VERSION
    link = f': <a href="{html.escape(lab_url)}">open JupyterLab</a>' if lab_url else ""
    return "text/html; charset=utf-8", _PAGE.format(link=link)


class KernelPage(Endpoint):
    """On the loopback face. Says nothing about this server that needs a token."""

    async def prepare(self) -> None:
        """Only names of this machine."""
        check_loopback(self)

    async def get(self, name: str = "") -> None:
        """Answer."""
        kind, text = text_of(name, self.tracking.lab_url)
        self.set_header("Content-Type", kind)
        self.finish(text)


class ServerPage(Endpoint, APIHandler):
    """On the Jupyter server."""

    auth_resource = "mlops"

    @web.authenticated
    @authorized
    async def get(self, name: str = "") -> None:
        """Answer, or send a person to the Lab."""
        if not name and self.tracking.lab_url:
            self.redirect(self.tracking.lab_url)
            return
        kind, text = text_of(name, self.tracking.lab_url)
        self.set_header("Content-Type", kind)
        self.finish(text)
