"""What was recorded ends up in GitLab, once, in the form GitLab takes."""

from __future__ import annotations

from collections.abc import Callable

from jupyterlab_mlops.store import outbox
from jupyterlab_mlops.store.store import Store
from jupyterlab_mlops.sync.worker import Worker
from tests.gitlab_fake import GitLabFake

from .conftest import add_candidate, synced


def test_a_candidate_arrives_whole(
    store: Store, gitlab: GitLabFake, make_worker: Callable[..., Worker]
) -> None:
    id = add_candidate(
        store,
        params={"C": "1.0", "penalty": "l2"},
        points=[("loss", 0.5, 0), ("loss", 0.25, 1), ("accuracy", 0.9, 0)],
        files={"notebook.ipynb": b"{}", "plots/roc.png": b"\x89PNG"},
        tags={"team": "risk"},
        model_class="LogisticRegression",
    )
    report = synced(make_worker(gitlab))
    assert report["done"], report

    (there,) = gitlab.candidates()
    assert there["experiment"] == "churn"
    assert there["name"] == "logistic"
    assert there["status"] == "FINISHED"
    assert (there["start_time"], there["end_time"]) == (1_700_000_000_000, 1_700_000_060_000)
    assert there["params"] == {"C": "1.0", "penalty": "l2"}
    assert {(k, v, s) for k, v, s, _t in there["metrics"]} == {
        ("loss", 0.5, 0),
        ("loss", 0.25, 1),
        ("accuracy", 0.9, 0),
    }
    assert there["tags"]["team"] == "risk"
    assert there["tags"]["mlops.candidate_id"] == id
    assert there["tags"]["mlops.model_class"] == "LogisticRegression"
    assert gitlab.files(there["run_id"]) == {"notebook.ipynb": b"{}", "plots/roc.png": b"\x89PNG"}
    state = store.read_sync(outbox.state_of, "candidate", id)
    assert state["state"] == "synced"
    assert state["url"] == f"{gitlab.url}/group/demo/-/ml/candidates/{there['iid']}"
