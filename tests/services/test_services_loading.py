"""What a version's page says about loading it, pasted into a fresh process: it gives the model that was registered."""

from __future__ import annotations

import asyncio
import io
import json
import os
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.gitlab_fake import GitLabFake

from .conftest import Api, eventually

FIT = """
import numpy as np, pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

rng = np.random.default_rng(0)
data = pd.DataFrame({"size": rng.normal(size=60), "city": rng.choice(["Bonn", "Kiel"], 60)})
wanted = (data["size"] > 0).astype(int)
prepared = make_column_transformer(
    (FunctionTransformer(lambda column: column ** 2), ["size"]),
    (OneHotEncoder(), ["city"]),
)
models = {"rf": make_pipeline(prepared, RandomForestClassifier(5, random_state=0))}
models["rf"].fit(data[["size", "city"]], wanted)
told = models["rf"].predict(data[["size", "city"]]).tolist()
"""
ASK = """
import json
import numpy as np, pandas as pd
rng = np.random.default_rng(0)
data = pd.DataFrame({"size": rng.normal(size=60), "city": rng.choice(["Bonn", "Kiel"], 60)})
print("ANSWER", json.dumps([int(x) for x in model.predict(data[["size", "city"]])]))
"""


@pytest.fixture
def gitlab(monkeypatch: pytest.MonkeyPatch) -> Iterator[GitLabFake]:
    for name in ("GITLAB_URL", "GITLAB_TOKEN", "GITLAB_PROJECT", "CI_JOB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with GitLabFake() as fake:
        yield fake


@pytest.fixture
def jp_server_config(jp_server_config: dict[str, Any]) -> dict[str, Any]:
    config = dict(jp_server_config)
    config["MLOpsExtension"] = {**config["MLOpsExtension"], "sync": "auto"}
    return config


async def answer(snippet: str, folder: Path, **environment: str) -> list[int]:
    """What a model that was loaded by a snippet predicts, in a fresh process with nothing of ours."""
    folder.mkdir(exist_ok=True)
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        snippet + ASK,
        cwd=folder,
        env={**kept, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, said = await asyncio.wait_for(process.communicate(), 120)
    line = next((x for x in out.decode().splitlines() if x.startswith("ANSWER")), None)
    assert line, said.decode()[-2000:]
    found: list[int] = json.loads(line.partition(" ")[2])
    return found


async def test_every_snippet_loads_the_registered_model_in_a_clean_process(
    api: Api, open_notebook: Any, jp_fetch: Any, gitlab: GitLabFake, extension: Any, tmp_path: Path
) -> None:
    await api(
        "POST",
        "remotes",
        {
            "name": "default",
            "url": gitlab.url,
            "project": gitlab.project,
            "token": gitlab.token,
        },
    )
    notebook = await open_notebook("work.ipynb")
    await notebook.run(FIT)
    offered = await api("GET", "register/proposals", notebook="work.ipynb")
    assert [each["variable"] for each in offered["variables"]] == ["models['rf']"]
    await api(
        "POST",
        "register",
        {"notebook": "work.ipynb", "variable": "models['rf']", "model": "cities"},
    )

    async def synced() -> Any:
        found = await api("GET", "models/cities/versions/1.0.0")
        return found if found["sync"]["state"] == "synced" else None

    version = await eventually(synced, 90)
    assert version["status"] == "READY"
    assert not any("not compared" in warning for warning in version["warnings"])
    assert version["lineage"]["notebook"] == "work.ipynb"
    assert version["lineage"]["model_class"] == "Pipeline"
    assert version["lineage"]["candidate"]["id"] == version["candidate"]
    expected = await answer("model = None\n" + FIT + "model = models['rf']\n", tmp_path / "itself")

    snippets = version["snippets"]
    assert set(snippets) == {
        "Python",
        "MLflow, in a notebook here",
        "Python, from GitLab",
        "MLflow, from GitLab",
    }
    place = tmp_path / "python"
    archive = await jp_fetch("mlops", "api", "models", "cities", "versions", "1.0.0", "archive")
    with zipfile.ZipFile(io.BytesIO(archive.body)) as files:
        assert files.testzip() is None
        files.extractall(place)
    given = {"GITLAB_TOKEN": gitlab.token}
    answers = await asyncio.gather(
        answer(snippets["Python"], place),
        answer(snippets["Python, from GitLab"], tmp_path / "lab", **given),
        answer(snippets["MLflow, from GitLab"], tmp_path / "lab with mlflow", **given),
    )
    assert answers == [expected] * 3
    code = snippets["MLflow, in a notebook here"] + (
        "assert model.predict(data[['size', 'city']]).tolist() == told\n"
    )
    assert (await notebook.run(code))["status"] == "ok"
