"""The kernel API: ``import jupyterlab_mlops as mlops``; ``mlops.log_metric("acc", 0.93)``.

Everything returns at once: a finding is on disk when the call returns, and is sent in the background. Where no
agent runs (a plain script), the calls warn once and do nothing.
"""

from __future__ import annotations

import io
import json
import os
import sys
import tempfile
import urllib.parse
import urllib.request
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from . import process
from .candidates import error_of
from .measures.metrics import real_scalar
from .params import text_of
from .tables import CandidateList, Comparison

_warned = False


def _running() -> Any:
    """The agent, or None (with one warning) where there is none."""
    global _warned  # noqa: PLW0603 - once a process
    one = process.agent
    if one is None and not _warned:
        _warned = True
        warnings.warn(
            "jupyterlab-mlops is not recording here: start this kernel from JupyterLab with the extension",
            stacklevel=3,
        )
    return one


def _place(one: Any) -> tuple[str | None, str | None]:
    """(candidate, msg_id) that what is logged now belongs to."""
    capture = one.capture
    execution = capture.execution
    msg_id = execution.msg_id if execution is not None else None
    explicit = capture.candidates.explicit
    if explicit:
        return explicit[-1], msg_id
    running = capture.running
    if running is not None and running.trained:
        return (running.marks[-1][1] if running.marks else running.trained[-1]), msg_id
    return None, msg_id


def _owner(one: Any, called: str) -> tuple[str | None, str | None]:
    """The same; outside of a training statement the arguments' data flow decides, once per call in the code."""
    candidate, msg_id = _place(one)
    running = one.capture.running
    if candidate is not None or running is None:
        return candidate, msg_id
    frame = sys._getframe(2)
    key = ("api", frame.f_code, frame.f_lasti)
    if key in running.keys:
        return running.keys[key] or None, msg_id
    found = one.capture.owner_of_values(frame, called)
    running.keys[key] = found or ""
    return found, msg_id


def log_metric(name: str, value: float, step: int | None = None) -> None:
    """Log one metric value; ``step`` defaults to the next of its series."""
    one = _running()
    if one is None:
        return
    candidate, msg_id = _owner(one, "log_metric")
    one.journal.metrics(candidate, [(str(name), _number(name, value), step)], msg_id)


def log_metrics(values: Mapping[str, float], step: int | None = None) -> None:
    """Log several metric values at one step."""
    one = _running()
    if one is None:
        return
    candidate, msg_id = _owner(one, "log_metrics")
    points = [
        (
            name if type(name) is str else str(name),
            value if type(value) is float else _number(name, value),
            step,
        )
        for name, value in values.items()
    ]
    one.journal.metrics(candidate, points, msg_id)


def _number(name: str, value: Any) -> float:
    number = real_scalar(value)
    if number is None:
        try:
            return float(value)
        except (TypeError, ValueError):
            raise TypeError(
                f"metric {name!r}: expected a number, got {type(value).__name__}"
            ) from None
    return number


def log_param(name: str, value: Any) -> None:
    """Log one param."""
    log_params({name: value})


def log_params(values: Mapping[str, Any]) -> None:
    """Log several params. Values are kept as text, whole."""
    one = _running()
    if one is None:
        return
    candidate, msg_id = _place(one)
    texts = {
        str(name): [value if isinstance(value, str) else (text_of(value) or str(value)), "logged"]
        for name, value in values.items()
    }
    one.journal.emit("params", msg_id, candidate=candidate, values=texts)


def set_tag(name: str, value: Any) -> None:
    """Set a tag on the current candidate (else on the notebook run's)."""
    one = _running()
    if one is not None:
        candidate, msg_id = _place(one)
        one.journal.emit("tags", msg_id, candidate=candidate, values={str(name): str(value)})


def log_artifact(path: str | os.PathLike[str], artifact_path: str | None = None) -> None:
    """Keep a file, or every file below a directory, as it is now; ``artifact_path`` is the directory it goes to."""
    one = _running()
    if one is None:
        return
    source = Path(path)
    if not source.exists():
        raise FileNotFoundError(f"log_artifact: {os.fspath(path)!r} does not exist")
    candidate, msg_id = _place(one)
    files = (
        [source]
        if source.is_file()
        else sorted(item for item in source.rglob("*") if item.is_file())
    )
    for file in files:
        name = file.name if source.is_file() else file.relative_to(source.parent).as_posix()
        _keep(
            one,
            candidate,
            msg_id,
            f"{artifact_path.strip('/')}/{name}" if artifact_path else name,
            file,
        )


def _keep(
    one: Any, candidate: str | None, msg_id: str | None, name: str, source: Path | bytes
) -> None:
    import mimetypes

    kept = (
        one.journal.keep_bytes(source)
        if isinstance(source, bytes)
        else one.journal.keep_file(source)
    )
    media = mimetypes.guess_type(name)[0] or "application/octet-stream"
    one.journal.emit(
        "artifact",
        msg_id,
        candidate=candidate,
        path=name,
        sha256=kept[0],
        size=kept[1],
        media_type=media,
    )


def log_figure(figure: Any, path: str = "figure.png") -> None:
    """Keep a matplotlib figure or axes, a plotly figure or an Altair chart as an image, HTML or JSON file."""
    one = _running()
    if one is None:
        return
    candidate, msg_id = _place(one)
    suffix = Path(path).suffix.lower()
    figure = (
        getattr(figure, "figure", figure)
        if hasattr(getattr(figure, "figure", None), "savefig")
        else figure
    )
    if hasattr(figure, "savefig"):
        buffer = io.BytesIO()
        figure.savefig(buffer, format=suffix.lstrip(".") or "png", bbox_inches="tight")
        data = buffer.getvalue()
    elif hasattr(figure, "to_html") and suffix in (".html", ".htm"):
        data = figure.to_html().encode()
    elif hasattr(figure, "to_json"):
        text = figure.to_json()
        path = path if suffix == ".json" else str(Path(path).with_suffix(".json"))
        data = (text if isinstance(text, str) else json.dumps(text)).encode()
    else:
        raise TypeError(
            f"log_figure: expected a matplotlib, plotly or Altair figure, got {type(figure).__name__}"
        )
    _keep(one, candidate, msg_id, path, data)


class _Explicit:
    """What ``with mlops.candidate(…) as run`` gives: the same calls, bound to that candidate."""

    def __init__(self, one: Any, candidate_id: str, name: str | None) -> None:
        self._one = one
        self.id = candidate_id
        self.name = name

    log_metric = staticmethod(log_metric)
    log_metrics = staticmethod(log_metrics)
    log_param = staticmethod(log_param)
    log_params = staticmethod(log_params)
    log_artifact = staticmethod(log_artifact)
    log_figure = staticmethod(log_figure)
    set_tag = staticmethod(set_tag)

    def __repr__(self) -> str:
        return f"<candidate {self.name or self.id}>"


@contextmanager
def candidate(
    name: str | None = None, *, experiment: str | None = None, live: bool = False
) -> Iterator[Any]:
    """An explicit candidate: everything trained, measured and logged inside belongs to it.

    It ends with the block: FAILED if that raises, KILLED if it is interrupted. With ``live`` its metrics are shown
    below the cell as they come, as a widget where ipywidgets is installed, else as text.
    """
    one = _running()
    if one is None:
        yield _Explicit(None, "", name)
        return
    capture = one.capture
    candidate_id = capture.candidates.open_explicit(name, capture.execution, experiment)
    if capture.running is not None and capture.execution is not None:
        literals = {
            key: [text, "variable"]
            for key, value in capture.candidates.describing.literals(capture.running).items()
            if (text := text_of(value)) is not None
        }
        capture.candidates.describing.set_params(candidate_id, literals, capture.execution.msg_id)
        capture.candidates.describing.trace(candidate_id, capture.running, capture.execution.msg_id)
    status = "FINISHED"
    with _shown(one, candidate_id, name) if live else nullcontext() as progress:
        try:
            yield _Explicit(one, candidate_id, name)
        except BaseException as error:
            status = "KILLED" if isinstance(error, KeyboardInterrupt) else "FAILED"
            capture.candidates.close_explicit(candidate_id, status, _msg_id(one), error_of(error))
            raise
        finally:
            if progress is not None:
                progress.draw(status.lower())
    capture.candidates.close_explicit(candidate_id, "FINISHED", _msg_id(one))


def _shown(one: Any, candidate_id: str, name: str | None) -> Any:
    from . import live

    return live.shown(one.journal, candidate_id, name or candidate_id[:8])


def _msg_id(one: Any) -> str | None:
    execution = one.capture.execution
    return execution.msg_id if execution is not None else None


def register(
    model: Any, name: str | None = None, *, bump: str | None = None, version: str | None = None
) -> None:
    """Register a model: written now, by the best means at hand; the version appears in the panel.

    ``model`` is the object or the name of the variable that holds it; ``name`` defaults to the one last used in
    the notebook; ``bump`` is ``patch``, ``minor`` or ``major``; ``version`` sets it outright (``2.1.0``).
    """
    from .saving import flavors, inputs

    one = _running()
    if one is None:
        return
    if bump not in (None, "patch", "minor", "major"):
        raise ValueError(f"bump: expected 'patch', 'minor' or 'major', got {bump!r}")
    capture = one.capture
    if isinstance(model, str):
        model, variable, candidate_id = flavors.find(capture, model, None)
    else:
        candidate_id = capture.world.registry.get(model)
        variable = next(
            (
                key
                for key, value in list(capture.world.namespace.items())
                if value is model and not key.startswith("_")
            ),
            "",
        )
    current, msg_id = _place(one)
    with tempfile.TemporaryDirectory(dir=one.journal.spool) as scratch:
        directory = Path(scratch)
        staged = flavors.write(model, directory, data=inputs.input_of(capture, model))
        for entry in staged["files"]:
            one.journal.keep_file(directory / entry["path"])
    staged["variable"] = variable
    fields = {key: value for key, value in (("version", version), ("bump", bump)) if value}
    one.journal.emit(
        "register", msg_id, candidate=candidate_id or current, model=name, staged=staged, **fields
    )
    if one.sender is not None:
        one.sender.flush()


# -- looking back -------------------------------------------------------------------------------------------------


def _ask(one: Any, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
    url = one.config["url"].rstrip("/") + path
    request = urllib.request.Request(  # noqa: S310 - the loopback address the server gave us
        url,
        data=json.dumps(body).encode(),
        headers={
            "Authorization": f"Bearer {one.config.get('token') or ''}",
            "Content-Type": "application/json",
        },
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=10) as response:
        found: dict[str, Any] = json.loads(response.read())
    return found


def candidates(filter: str = "", *, max_results: int = 100) -> CandidateList:  # noqa: A002 - the name users know from MLflow
    """The candidates of this notebook's experiment, newest first; ``filter`` in MLflow's grammar."""
    one = _running()
    if one is None or not one.config.get("url"):
        return CandidateList([])
    if one.sender is not None:
        one.sender.deliver()
    name = one.config.get("experiment") or os.environ.get("MLFLOW_EXPERIMENT_NAME")
    ids: list[str] = []
    if name:
        query = urllib.parse.quote(name, safe="")
        ids = [_experiment_id(one, query)]
        if not ids[0]:
            return CandidateList([])
    body: dict[str, Any] = {"experiment_ids": ids, "filter": filter, "max_results": max_results}
    found = _ask(one, "/api/2.0/mlflow/runs/search", body)
    return CandidateList.from_runs(found.get("runs", []))


def _experiment_id(one: Any, quoted: str) -> str:
    import urllib.error

    url = (
        one.config["url"].rstrip("/")
        + f"/api/2.0/mlflow/experiments/get-by-name?experiment_name={quoted}"
    )
    request = urllib.request.Request(  # noqa: S310 - the loopback address the server gave us
        url, headers={"Authorization": f"Bearer {one.config.get('token') or ''}"}
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=10) as response:
            return str(json.loads(response.read())["experiment"]["experiment_id"])
    except urllib.error.HTTPError:
        return ""


def compare(*chosen: Any, filter: str = "") -> Any:  # noqa: A002 - as in candidates()
    """What differs between candidates: given by id or name, or those of ``filter``; the newest five by default.

    Shown as a widget where ipywidgets is installed, else as a table.
    """
    found = candidates(filter)
    if chosen:
        wanted = [str(getattr(item, "id", item)) for item in chosen]
        rows = [
            row
            for row in found.rows
            if row["id"] in wanted
            or row["name"] in wanted
            or any(row["id"].startswith(w) for w in wanted if len(w) >= 6)
        ]
        rows.sort(
            key=lambda row: next(
                (i for i, w in enumerate(wanted) if w in (row["id"], row["name"])), 99
            )
        )
    else:
        rows = found.rows[:5]
    comparison = Comparison(rows)
    from . import widgets

    return widgets.comparison(comparison) or comparison
