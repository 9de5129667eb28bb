"""A page of runs as JSON text: heads from the store, the rest spliced in as text that SQLite wrote."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ..store import candidate_rows, experiments, logged_models, run_texts
from ..store.store import Connection
from .wire import OVERRIDABLE_TAGS, column_tags, run_info, run_inputs, run_outputs


def page_text(conn: Connection, ids: Sequence[str], next_token: str | None) -> bytes:
    """The answer of ``runs/search`` for these runs, in this order."""
    found = candidate_rows.heads(conn, ids)
    candidate_rows.fill_inputs(conn, found)
    roots = experiments.locations(conn)
    params, metrics = run_texts.params(conn, ids), run_texts.metrics(conn, ids)
    tags, sources = run_texts.tags(conn, ids), run_texts.sources(conn, ids)
    overridden = run_texts.set_names(conn, ids, OVERRIDABLE_TAGS)
    outputs = logged_models.outputs_of(conn, ids)
    runs = []
    for run in found:
        id = run.id
        hidden = overridden.get(id, ())
        shown = {key: value for key, value in column_tags(run).items() if key not in hidden}
        shown |= {f"mlops.source.{name}": source for name, source in sources.get(id, {}).items()}
        texts = [f'{{"key":{_text(key)},"value":{_text(value)}}}' for key, value in shown.items()]
        if id in tags:
            texts.append(tags[id])
        made = f',"outputs":{_text(run_outputs(outputs[id]))}' if id in outputs else ""
        runs.append(
            f'{{"info":{_text(run_info(run, roots.get(run.experiment_id)))},'
            f'"data":{{"metrics":[{metrics.get(id, "")}],"params":[{params.get(id, "")}],'
            f'"tags":[{",".join(texts)}]}},"inputs":{_text(run_inputs(run))}{made}}}'
        )
    following = f',"next_page_token":{_text(next_token)}' if next_token else ""
    return f'{{"runs":[{",".join(runs)}]{following}}}'.encode()


_text = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
