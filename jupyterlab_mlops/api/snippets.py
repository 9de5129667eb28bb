"""PURE: how to load a version, ready to be pasted into a fresh process."""

from __future__ import annotations

import urllib.parse
from collections.abc import Collection
from dataclasses import dataclass

from ..entities import ModelVersion

#: The files that are needed to load a model are not these: they are for people.
FOR_PEOPLE = frozenset({"MODEL_CARD.md", "notebook.ipynb", "inputs.json", "environment.txt"})


@dataclass(frozen=True, slots=True)
class InGitLab:
    """Where a version is in GitLab: the instance, the project (id or path), and the version's database id there."""

    url: str
    project: str
    version_id: str

    @property
    def api(self) -> str:
        """The project in GitLab's REST API."""
        return f"{self.url.rstrip('/')}/api/v4/projects/{urllib.parse.quote(self.project, safe='')}"


def snippets(
    version: ModelVersion, files: Collection[str], gitlab: InGitLab | None
) -> dict[str, str]:
    """Snippets by the tool that loads. ``files``: paths of the version's files."""
    found = {}
    folder = f"{version.model}-{version.version}"
    run_it = f'model = runpy.run_path("{folder}/load.py")["load"]()\n'
    if "load.py" in files:
        found["Python"] = (
            f"# First, in a terminal: jupyter mlops download {version.model} {version.version}\n"
            "# (or unpack what Download all gives). It needs the packages in environment.txt.\n"
            f"import runpy\n\n{run_it}"
        )
    needs = _set_environment(version)
    if "MLmodel" in files:
        found["MLflow, in a notebook here"] = (
            ("import os\n\n" if needs else "")
            + "import mlflow\n\n"
            + needs
            + f'model = mlflow.pyfunc.load_model("models:/{version.model}/{version.number}")\n'
        )
    if gitlab is not None and "load.py" in files:
        found["Python, from GitLab"] = _from_gitlab(gitlab, folder, sorted(files), run_it)
    if gitlab is not None and "MLmodel" in files:
        found["MLflow, from GitLab"] = (
            "# GITLAB_TOKEN: an access token that may read the API.\n"
            "import os\n\nimport mlflow\n\n"
            f'os.environ["MLFLOW_TRACKING_URI"] = "{gitlab.api}/ml/mlflow"\n'
            'os.environ["MLFLOW_TRACKING_TOKEN"] = os.environ["GITLAB_TOKEN"]\n'
            + needs
            + f'model = mlflow.pyfunc.load_model("models:/{version.model}@{version.version}")\n'
        )
    return found


def _set_environment(version: ModelVersion) -> str:
    """Lines that set what the model's framework reads from the environment when it is imported."""
    wanted = version.details.get("environment")
    if not isinstance(wanted, dict):
        return ""
    return "".join(
        f"os.environ.setdefault({str(name)!r}, {str(value)!r})\n" for name, value in wanted.items()
    )


def _from_gitlab(gitlab: InGitLab, folder: str, files: list[str], run_it: str) -> str:
    names = "\n".join(f"    {name!r}," for name in files if name not in FOR_PEOPLE)
    return f"""# GITLAB_TOKEN: an access token that may read the API.
import os
import pathlib
import runpy
import shutil
import urllib.parse
import urllib.request

files = "{gitlab.api}/packages/ml_models/{gitlab.version_id}/files/"
for name in [
{names}
]:
    request = urllib.request.Request(files + urllib.parse.quote(name))
    request.add_unredirected_header("Authorization", "Bearer " + os.environ["GITLAB_TOKEN"])
    target = pathlib.Path("{folder}", name)
    target.parent.mkdir(parents=True, exist_ok=True)
    with urllib.request.urlopen(request) as answer, target.open("wb") as file:
        shutil.copyfileobj(answer, file)
{run_it}"""
