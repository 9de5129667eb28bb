"""A page of runs as JSON text: what the store has as text is spliced in, no entity is built on the way."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ..store import experiments, logged_models, run_texts
from ..store.run_texts import Head
from ..store.store import Connection
from .wire import OVERRIDABLE_TAGS, artifact_root, column_tags, run_inputs, run_outputs


def page_text(conn: Connection, ids: Sequence[str], next_token: str | None) -> bytes:
    """The answer of ``runs/search`` for these runs, in this order."""
    heads = run_texts.heads(conn, ids)
    captured = frozenset(head.id for head in heads if head.origin != "mlflow")
    metrics, sources = run_texts.metrics(conn, ids, captured)
    params, tags = run_texts.params(conn, ids), run_texts.tags(conn, ids)
    inputs, outputs = run_texts.inputs(conn, ids), logged_models.outputs_of(conn, ids)
    locations = experiments.locations(conn)
    roots: dict[int, str] = {}
    told = [head.id for head in heads if head[10:] != _NOTHING]
    overridden = run_texts.set_names(conn, told, OVERRIDABLE_TAGS) if told else {}
    runs = []
    for head in heads:
        id = head.id
        root = roots.get(head.experiment_id)
        if root is None:
            location = artifact_root(head.experiment_id, locations.get(head.experiment_id))
            root = roots[head.experiment_id] = _text(location.rstrip("/"))[1:-1]
        name = _text(head.name)
        texts = [f'{{"key":"mlflow.runName","value":{name}}}']
        if head.parent_id is not None:
            texts.append(f'{{"key":"mlflow.parentRunId","value":{_text(head.parent_id)}}}')
        if head[10:] != _NOTHING or id in sources:
            texts += _facts(head, sources.get(id, {}), overridden.get(id, set()))
        if id in tags:
            texts.append(tags[id])
        read = _text(run_inputs(inputs[id])) if id in inputs else "{}"
        made = f',"outputs":{_text(run_outputs(outputs[id]))}' if id in outputs else ""
        runs.append(
            f'{{"info":{_info(head, name, root)},'
            f'"data":{{"metrics":[{metrics[id]}],"params":[{params.get(id, "")}],'
            f'"tags":[{",".join(texts)}]}},"inputs":{read}{made}}}'
        )
    following = f',"next_page_token":{_text(next_token)}' if next_token else ""
    return f'{{"runs":[{",".join(runs)}]{following}}}'.encode()


_text = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
#: The facts of a head that no notebook and no capture has touched.
_NOTHING = (None,) * 6


def _info(head: Head, name: str, root: str) -> str:
    """``name`` and ``root`` (of the experiment's artifacts) are JSON already."""
    end = "" if head.end_ms is None else f',"end_time":{head.end_ms}'
    return (
        f'{{"run_id":"{head.id}","run_uuid":"{head.id}","run_name":{name},'
        f'"experiment_id":"{head.experiment_id}","user_id":{_text(head.user_id)},'
        f'"status":"{head.status}","start_time":{head.start_ms or 0},'
        f'"artifact_uri":"{root}/{head.id}/artifacts",'
        f'"lifecycle_stage":"{head.lifecycle_stage}"{end}}}'
    )


def _facts(head: Head, sources: dict[str, str], overridden: set[str]) -> list[str]:
    shown = column_tags(head) | {f"mlops.source.{name}": seen for name, seen in sources.items()}
    return [
        f'{{"key":{_text(key)},"value":{_text(value)}}}'
        for key, value in shown.items()
        if key not in overridden
    ]
