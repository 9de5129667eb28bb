"""What can be registered, under which name and version, and what speaks against it: the proposals of the dialog."""

from __future__ import annotations

import asyncio
import json
from pathlib import PurePosixPath
from typing import Any

from ..entities import Candidate
from ..errors import Conflict, InvalidValue, NotFound
from ..registry import highest, propose
from ..store import candidates, cell_facts, execution_rows, models, overview
from ..store.store import Connection, Store
from ..sync.secrets import Scanner
from ..versioning import slug
from .kernels import Kernels
from .register_checks import checks_of

#: How long a busy kernel is waited for when its models are listed (s).
LIST_TIMEOUT_S = 3.0
#: How long a candidate may be on its way from the kernel (s).
ARRIVAL_S = 5.0
#: How long its code may be (s): while its cell runs it is not known.
CODE_S = 2.0


async def arrived(store: Store, candidate_id: str) -> None:
    """Wait a moment for a candidate that the kernel knows and has not told of yet, and for the code behind it: the
    kernel tells in batches, and what ran is written down a little later."""
    for _ in range(round(ARRIVAL_S / 0.1)):
        if await store.read(candidates.exists, candidate_id):
            break
        await asyncio.sleep(0.1)
    for _ in range(round(CODE_S / 0.1)):
        if await store.read(_has_code, candidate_id):
            break
        await asyncio.sleep(0.1)


def _has_code(conn: Connection, candidate_id: str) -> bool:
    """Whether the executions that a candidate depends on are known, and here; or there is no such candidate."""
    try:
        wanted = candidates.head(conn, candidate_id).details.get("slice") or ()
    except NotFound:
        return True
    return bool(wanted) and all(execution_rows.find(conn, id) is not None for id in wanted)


class Proposing:
    """Proposals for a cell, a notebook or a candidate."""

    def __init__(self, store: Store, kernels: Kernels, scanner: Scanner) -> None:
        self._store = store
        self._kernels = kernels
        self._scanner = scanner

    async def proposals(self, query: dict[str, Any]) -> dict[str, Any]:
        """What can be registered from ``notebook`` (and ``cell_id``) or from ``candidate``; versions and checks are
        those of ``variable``, else of the most likely one."""
        candidate_id, notebook = query.get("candidate"), query.get("notebook")
        if not candidate_id and not notebook:
            raise InvalidValue("notebook or candidate: one of them is needed")
        busy = False
        signature: Any = None
        if candidate_id:
            candidate = await self._store.read(candidates.get, candidate_id)
            notebook = candidate.notebook
            variables = (
                [_variable(candidate)] if candidate.variable or candidate.model_class else []
            )
            signature = (candidate.details.get("model") or {}).get("signature")
            if candidate.kernel_id and self._kernels.alive(candidate.kernel_id):
                offered, busy = await self._asked(candidate.kernel_id)
                mine = (each for each in offered if each.get("candidate") == candidate_id)
                signature = next(mine, {}).get("signature") or signature
        else:
            assert notebook is not None
            variables, busy = await self._variables(notebook, query.get("cell_id"))
            named = (each for each in variables if each["variable"] == query.get("variable"))
            chosen = next(named, variables[0] if variables else {})
            candidate_id, signature = chosen.get("candidate"), chosen.get("signature")
            if candidate_id:
                await arrived(self._store, candidate_id)
        return await self._store.read(
            self._propose,
            notebook or "",
            query.get("model"),
            candidate_id,
            json.dumps(signature) if signature else None,
            [{k: v for k, v in each.items() if k != "signature"} for each in variables],
            busy,
        )

    async def _asked(self, kernel_id: str) -> tuple[list[dict[str, Any]], bool]:
        """The model variables that a kernel names; whether it is too busy (or has no agent) to say."""
        try:
            answer = await self._kernels.ask(kernel_id, {"do": "models"}, LIST_TIMEOUT_S)
        except Conflict:
            return [], True
        return list(answer.get("models", [])), False

    async def _variables(
        self, notebook: str, cell_id: str | None
    ) -> tuple[list[dict[str, Any]], bool]:
        """The model variables of a notebook's kernel, those of the cell first; whether it is busy."""
        kernel_id = await self._kernels.kernel_of(notebook)
        if kernel_id is not None:
            offered, busy = await self._asked(kernel_id)
            if not busy:
                return await self._store.read(_ranked, offered, kernel_id, cell_id), False
            return await self._store.read(_recorded_variables, notebook, cell_id), True
        return await self._store.read(_recorded_variables, notebook, cell_id), False

    def _propose(
        self,
        conn: Connection,
        notebook: str,
        model: str | None,
        candidate_id: str | None,
        signature: str | None,
        variables: list[dict[str, Any]],
        busy: bool,
    ) -> dict[str, Any]:
        names = overview.names(conn, [v["candidate"] for v in variables if v.get("candidate")])
        for variable in variables:
            variable["candidate_name"] = names.get(variable.get("candidate") or "")
        if candidate_id and candidate_id not in names:
            try:
                candidates.head(conn, candidate_id)
            except NotFound:
                candidate_id = None
        known = [each.name for each in models.list_models(conn)]
        name = model or overview.last_model_of(conn, notebook) or slug(PurePosixPath(notebook).stem)
        offered = propose(conn, name, candidate_id, signature)
        current = highest(conn, name)
        return {
            "variables": variables,
            "candidate": candidate_id,
            "model": name,
            "models": known,
            "versions": [
                {"version": each.version, "bump": each.bump, "reason": each.reason}
                for each in offered
            ],
            "proposed": offered[0].version,
            "current": current.version if current else None,
            "checks": checks_of(conn, candidate_id, current, self._scanner),
            "busy": busy,
        }


def _ranked(
    conn: Connection, offered: list[dict[str, Any]], kernel_id: str, cell_id: str | None
) -> list[dict[str, Any]]:
    """Model variables, most likely first: bound by the cell, trained by it, touched by it, then the newest. A cell
    that has to do with no model is asked for the functions that it defined: these are first then."""
    bound, touched = overview.cell_models(conn, kernel_id, cell_id) if cell_id else ({}, set())
    trained = overview.training_cells(conn, [v["candidate"] for v in offered if v.get("candidate")])

    def near(each: dict[str, Any]) -> tuple[bool, bool, bool]:
        candidate = each.get("candidate") or ""
        return (
            bound.get(each["variable"], False),
            cell_id is not None and trained.get(candidate, (None, 0))[0] == cell_id,
            candidate in touched or each["variable"] in bound,
        )

    def likely(each: dict[str, Any]) -> tuple[bool, bool, bool, int, str]:
        _cell, age = trained.get(each.get("candidate") or "", (None, 0))
        binds, trains, touches = near(each)
        return not binds, not trains, not touches, -age, each["variable"]

    functions = [each for each in offered if each.pop("callable", False)]
    ranked = sorted((each for each in offered if each not in functions), key=likely)
    if cell_id and not any(any(near(each)) for each in ranked):
        names = cell_facts.names_of_cell(conn, kernel_id, cell_id)
        ranked = [each for each in functions if each["variable"] in names] + ranked
    for each in ranked:
        each["bound"] = each["variable"] in bound
    return ranked


def _recorded_variables(
    conn: Connection, notebook: str, cell_id: str | None
) -> list[dict[str, Any]]:
    """The models of a notebook's newest candidates, for a kernel that is busy or gone."""
    ids = [overview.latest(conn, notebook=notebook, cell_id=cell_id)] if cell_id else []
    ids = [id for id in ids if id]
    if not ids:
        newest = overview.latest(conn, notebook=notebook)
        ids = [newest] if newest else []
    found = [candidates.head(conn, id) for id in ids if id]
    return [_variable(candidate) for candidate in found if candidate.model_class]


def _variable(candidate: Candidate) -> dict[str, Any]:
    return {
        "variable": candidate.variable or candidate.name,
        "class": candidate.model_class or "",
        "candidate": candidate.id,
        "bound": True,
    }
