"""Connection, remotes and the queue."""

from __future__ import annotations

import urllib.parse
from http import HTTPStatus
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado import web

from ..sync.credentials import Secret
from .base import PanelHandler


class _TakesToken(PanelHandler):
    def request_of(self, operation: str) -> dict[str, Any]:
        """The body of a request that may have a token in it: one that shows nowhere."""
        request = self.document(operation)
        if "token" in request:
            request["token"] = Secret(request["token"])
        return request


class _TellsStatus(PanelHandler):
    async def status(self) -> dict[str, Any]:
        """Connection, queue and recorder in one document."""
        shared = await self.panel.sharing.status()
        return shared | {
            "recorder": await self.panel.recording.status(),
            "version": self.panel.version,
            "data_dir": str(self.store.data_dir),
        }


class Status(_TellsStatus):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        self.answer(await self.status())


class Remotes(_TakesToken):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        self.answer(await self.panel.sharing.remotes())

    @web.authenticated
    @authorized
    async def post(self) -> None:
        remote = await self.panel.sharing.connect(self.request_of("connectRemote"))
        self.answer(remote, HTTPStatus.CREATED)


class CheckRemote(_TakesToken):
    @web.authenticated
    @authorized
    async def post(self) -> None:
        self.answer(await self.panel.sharing.check(self.request_of("checkRemote")))


class OneRemote(PanelHandler):
    @web.authenticated
    @authorized
    async def delete(self, name: str) -> None:
        await self.panel.sharing.disconnect(urllib.parse.unquote(name))
        self.done()


class Push(_TellsStatus):
    @web.authenticated
    @authorized
    async def post(self) -> None:
        await self.panel.sharing.push()
        self.answer(await self.status(), HTTPStatus.ACCEPTED)


class Queue(PanelHandler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        self.answer({"items": await self.panel.sharing.queue()})


class ControlQueue(PanelHandler):
    @web.authenticated
    @authorized
    async def post(self, action: str) -> None:
        self.answer(await self.panel.sharing.control(action, self.document("controlQueue")))
