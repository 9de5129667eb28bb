"""Open a candidate as it ran, restore a copy of its notebook, run it again."""

from __future__ import annotations

from http import HTTPStatus

from jupyter_server.auth.decorator import authorized
from tornado import web

from .base import PanelHandler


class Executed(PanelHandler):
    @web.authenticated
    @authorized
    async def get(self, id: str) -> None:
        self.answer(await self.panel.reproducing.executed(id))


class Copy(PanelHandler):
    @web.authenticated
    @authorized
    async def post(self, id: str) -> None:
        asked = self.document("restoreCopy")
        path = await self.panel.reproducing.restore(id, as_it_ran=bool(asked.get("as_it_ran")))
        self.answer({"path": path}, HTTPStatus.CREATED)


class Reproduce(PanelHandler):
    @web.authenticated
    @authorized
    async def get(self, id: str) -> None:
        self.answer(await self.panel.reproducing.state(id))

    @web.authenticated
    @authorized
    async def post(self, id: str) -> None:
        request = self.document("reproduce")
        self.answer(await self.panel.reproducing.begin(id, request), HTTPStatus.ACCEPTED)

    @web.authenticated
    @authorized
    async def delete(self, id: str) -> None:
        self.answer(await self.panel.reproducing.cancel(id))
