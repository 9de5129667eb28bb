"""Apply findings: exactly once by their numbers, each for itself, so that a bad one never blocks the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ..entities import Failure, Status
from ..errors import InvalidValue, MLOpsError
from ..store import artifacts, candidates, cell_facts, execution_rows, experiments, kernels, runs
from ..store.blobs import Blobs
from ..store.cell_facts import Said
from ..store.store import Connection, all_or_nothing
from . import reading
from .reading import Finding, optional_number, optional_text, sequence, text, time_ms
from .registering import register_staged
from .settle import log_points, settle


def apply(
    conn: Connection,
    blobs: Blobs,
    kernel_id: str,
    findings: Iterable[Finding],
) -> int:
    """Apply a kernel's findings and return the number of the last one applied.

    Findings that were applied before are skipped by their ``seq``. A finding that cannot be
    applied is noted in the diagnostics and passed over. Call :func:`spool.ingest` first.
    """
    done = kernels.applied_seq(conn, kernel_id)
    kernel = kernels.get_kernel(conn, kernel_id) or {}
    scope = _Scope(conn, blobs, kernel_id, kernel.get("notebook"))
    for finding in sorted(findings, key=sequence):
        seq = sequence(finding)
        if seq <= done:
            continue
        done = seq
        try:
            scope.apply(finding)
        except (MLOpsError, KeyError, TypeError, ValueError, AttributeError) as problem:
            kind = str(finding.get("kind"))[:40]
            kernels.diagnose(conn, "findings", f"finding {seq} ({kind}): {problem!r}", kernel_id)
    scope.tell()
    kernels.set_applied_seq(conn, kernel_id, done)
    for run_id in cell_facts.closed_runs_of(conn, scope.executions):
        settle(conn, run_id)
    return done


class _Scope:
    """One kernel's findings within one transaction."""

    def __init__(
        self,
        conn: Connection,
        blobs: Blobs,
        kernel_id: str,
        notebook: str | None,
    ) -> None:
        self.conn = conn
        self.blobs = blobs
        self.kernel_id = kernel_id
        self.notebook = notebook
        self.modes = kernels.mode_history(conn, notebook)
        self.executions: set[str] = set()
        self.said: dict[str, Said] = {}

    def apply(self, finding: Finding) -> None:
        kind = text(finding, "kind")
        handler = _HANDLERS.get(kind)
        if handler is None:
            raise InvalidValue(f"kind {kind!r} is not known")
        mode = self.modes.at(finding["t"] if isinstance(finding.get("t"), int) else None)
        if mode == "off" and kind != "hello":
            return
        msg_id = finding.get("msg_id")
        if isinstance(msg_id, str):
            self.executions.add(msg_id)
        if mode == "manual" and not self._explicit(kind, finding):
            return
        handler(self, finding)

    def _explicit(self, kind: str, finding: Finding) -> bool:
        """In manual mode: whether a finding is about the run itself or about an explicit candidate."""
        if kind == "candidate":
            return finding.get("origin") != "training"
        if kind in ("hello", "cell_start", "cell_end", "aside", "register"):
            return True
        id = finding.get("candidate")
        return isinstance(id, str) and candidates.exists(self.conn, id)

    # -- kinds -------------------------------------------------------------------------------------

    def hello(self, finding: Finding) -> None:
        keys = ("python", "executable", "pid", "agent")
        kernels.set_agent(self.conn, self.kernel_id, {key: finding.get(key) for key in keys})

    def cell_start(self, finding: Finding) -> None:
        id = text(finding, "msg_id")
        self.said[id] = Said(
            id,
            cell_id=optional_text(finding, "cell_id"),
            execution_count=optional_number(finding, "execution_count"),
            started_ms=time_ms(finding),
            source=optional_text(finding, "source"),
        )

    def cell_end(self, finding: Finding) -> None:
        id = text(finding, "msg_id")
        self._ended(
            id,
            finding,
            str(finding.get("status") or ""),
            names=[name for name in finding.get("names") or () if isinstance(name, str)],
            models=[model for model in finding.get("models") or () if isinstance(model, dict)],
        )
        touched = [each for each in finding.get("candidates") or () if isinstance(each, str)]
        if touched:
            cell_facts.touch(self.conn, id, touched)

    def aside(self, finding: Finding) -> None:
        status = "" if finding.get("history", True) else cell_facts.ASIDE
        self._ended(text(finding, "msg_id"), finding, status)

    def _ended(self, id: str, finding: Finding, status: str, **found: Any) -> None:
        said = self.said.get(id) or Said(id)
        self.said[id] = said._replace(status=status, ended_ms=time_ms(finding), **found)

    def tell(self) -> None:
        """Write down what was said of executions: together, most findings are of that kind."""
        cell_facts.say(self.conn, self.kernel_id, self.said.values())
        self.said.clear()

    def candidate(self, finding: Finding) -> None:
        id = text(finding, "candidate")
        msg_id = optional_text(finding, "msg_id")
        experiment = optional_text(finding, "experiment")
        experiment_id = (
            experiments.ensure(self.conn, experiment)
            if experiment
            else kernels.experiment_of(self.conn, self.notebook)
        )
        origin = text(finding, "origin")
        if origin not in ("training", "explicit"):
            raise InvalidValue(f"origin {origin!r} is neither 'training' nor 'explicit'")
        name = optional_text(finding, "name")
        variable = optional_text(finding, "variable")
        model_class = optional_text(finding, "model_class")
        given = name or reading.default_name(model_class, variable)
        candidates.create(
            self.conn,
            experiment_id,
            id=id,
            origin=origin,
            name=given,
            start_ms=time_ms(finding),
            kernel_id=self.kernel_id,
            execution_id=msg_id,
            notebook_run_id=execution_rows.run_of(self.conn, msg_id) if msg_id else None,
            parent_id=optional_text(finding, "parent"),
            relation=optional_text(finding, "relation"),
            model_class=model_class,
            variable=variable,
            cell_id=optional_text(finding, "cell_id"),
            execution_count=optional_number(finding, "execution_count"),
            notebook=self.notebook,
            details={"automatic_name": given} if given and not name else {},
        )
        if msg_id:
            cell_facts.touch(self.conn, msg_id, [id])

    def update(self, finding: Finding) -> None:
        id = text(finding, "candidate")
        columns: dict[str, Any] = {
            key: text(finding, key)
            for key in ("name", "model_class", "variable")
            if finding.get(key) is not None
        }
        if finding.get("fits") is not None:
            columns["fits"] = optional_number(finding, "fits") or 0
        details = finding.get("details")
        if isinstance(details, dict):
            columns["details"] = details
        if {"model_class", "variable"} & columns.keys() and "name" not in columns:
            head = candidates.head(self.conn, id)
            if head.name == head.details.get("automatic_name"):
                name = reading.default_name(
                    columns.get("model_class", head.model_class),
                    columns.get("variable", head.variable),
                )
                columns["name"] = name
                columns["details"] = {**columns.get("details", {}), "automatic_name": name}
        candidates.update(self.conn, id, **columns)

    def params(self, finding: Finding) -> None:
        id = optional_text(finding, "candidate")
        values = finding["values"]
        if id is None:
            self._keep(finding)
            return
        candidates.set_params(self.conn, id, reading.params(values), replace=True)

    def metrics(self, finding: Finding) -> None:
        id = optional_text(finding, "candidate")
        if id is None:
            reading.points(finding)
            self._keep(finding)
            return
        log_points(self.conn, id, finding)

    def tags(self, finding: Finding) -> None:
        values = {
            str(name)[: reading.MAX_NAME]: str(value)[: reading.MAX_TAG]
            for name, value in dict(finding["values"]).items()
        }
        candidates.set_tags(self.conn, text(finding, "candidate"), values)

    def inputs(self, finding: Finding) -> None:
        id = optional_text(finding, "candidate")
        files = reading.inputs(finding["files"])
        if id is None:
            self._keep(finding)
            return
        candidates.add_inputs(self.conn, id, files)

    def artifact(self, finding: Finding) -> None:
        sha256 = text(finding, "sha256")
        if not self.blobs.exists(sha256):
            raise InvalidValue(f"file {finding.get('path')!r} is not in the spool")
        path = artifacts.valid_path(text(finding, "path"))
        id = optional_text(finding, "candidate")
        size = self.blobs.path(sha256).stat().st_size
        if id is None:
            runs.keep_blob(self.conn, sha256, size)
            self._keep({**finding, "size": size})
            return
        candidates.head(self.conn, id)
        media_type = str(finding.get("media_type") or "")
        owner = artifacts.candidate_owner(id)
        artifacts.put(self.conn, owner, path, sha256, size, media_type)

    def facts(self, finding: Finding) -> None:
        id = optional_text(finding, "candidate")
        if id is None:
            self._keep(finding)
            return
        candidates.update(self.conn, id, details=dict(finding["values"]))

    def slice(self, finding: Finding) -> None:
        msg_ids = [id for id in finding["msg_ids"] if isinstance(id, str)]
        candidates.update(self.conn, text(finding, "candidate"), details={"slice": msg_ids})

    def end(self, finding: Finding) -> None:
        status = Status(text(finding, "status"))
        columns: dict[str, Any] = {"status": status.value, "end_ms": time_ms(finding)}
        error = finding.get("error")
        if isinstance(error, dict):
            columns["error"] = Failure(
                str(error.get("name", "")),
                str(error.get("message", ""))[:10_000],
                str(error.get("traceback", ""))[:100_000],
            )
        candidates.update(self.conn, text(finding, "candidate"), **columns)

    def register(self, finding: Finding) -> None:
        self.tell()
        # What is refused leaves no model without versions behind.
        with all_or_nothing(self.conn):
            register_staged(self.conn, self.blobs, self.kernel_id, self.notebook, finding)

    def _keep(self, finding: Finding) -> None:
        body = {
            key: value for key, value in finding.items() if key not in ("seq", "kind", "msg_id")
        }
        msg_id = optional_text(finding, "msg_id")
        cell_facts.add_finding(self.conn, self.kernel_id, msg_id, text(finding, "kind"), body)


_HANDLERS: dict[str, Callable[[_Scope, Finding], None]] = {
    "hello": _Scope.hello,
    "cell_start": _Scope.cell_start,
    "cell_end": _Scope.cell_end,
    "aside": _Scope.aside,
    "candidate": _Scope.candidate,
    "update": _Scope.update,
    "params": _Scope.params,
    "metrics": _Scope.metrics,
    "tags": _Scope.tags,
    "inputs": _Scope.inputs,
    "artifact": _Scope.artifact,
    "facts": _Scope.facts,
    "slice": _Scope.slice,
    "end": _Scope.end,
    "register": _Scope.register,
}
