"""Registering when it goes well, and when it does not: real kernels, and nothing half-done."""

from __future__ import annotations

import asyncio
import errno
import json
import os
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

from jupyterlab_mlops.services import checking

from .conftest import Api, eventually

#: A model without any framework: quick to write, load and compare.
PLAIN = """
import time
import numpy as np

X = np.array([[1.0], [2.0]])

class Scale:
    def __init__(self, factor):
        self.factor = factor

    def fit(self, X):
        return self

    def predict(self, X):
        return X * self.factor

model = Scale(3).fit(X)
"""


def register(api: Api, variable: str = "model", **more: Any) -> Any:
    return api(
        "POST", "register", {"notebook": "work.ipynb", "variable": variable, "model": "m", **more}
    )


async def settled(api: Api, version: str) -> Any:
    """The version once it is decided."""

    async def look() -> Any:
        found = await api("GET", f"models/m/versions/{version}")
        return None if found["status"] == checking.PENDING else found

    return await eventually(look, 90)


def reason(refused: pytest.ExceptionInfo[HTTPClientError]) -> tuple[int, str]:
    error = json.loads(refused.value.response.body)["error"]
    return refused.value.code, error["message"]


async def test_a_version_is_complete_once_its_model_was_loaded_back_elsewhere(
    api: Api, open_notebook: Any
) -> None:
    notebook = await open_notebook("work.ipynb")
    await notebook.run(PLAIN)
    made = await register(api)
    assert made["status"] == "PENDING_REGISTRATION"
    assert made["candidate"]
    complete = await settled(api, made["version"])
    assert complete["status"] == "READY"
    assert not any("not compared" in warning for warning in complete["warnings"])
    paths = {file["path"] for file in complete["artifacts"]}
    assert {"MODEL.json", "load.py", "MLmodel", "MODEL_CARD.md"} <= paths

    async def whole() -> Any:
        found = await api("GET", f"models/m/versions/{made['version']}")
        return {"notebook.ipynb", "environment.txt"} <= {
            file["path"] for file in found["artifacts"]
        }

    await eventually(whole)  # also when it was registered before its notebook run had ended


async def test_a_model_that_predicts_something_else_or_does_not_load_is_never_complete(
    api: Api, open_notebook: Any
) -> None:
    notebook = await open_notebook("work.ipynb")
    await notebook.run(PLAIN)
    await notebook.run(
        "class Forgets(Scale):\n"
        "    def __getstate__(self):\n        return {'factor': 1}\n"
        "def refuse():\n    raise RuntimeError('made for this machine only')\n"
        "class Bound(Scale):\n"
        "    def __reduce__(self):\n        return refuse, ()\n"
        "forgets = Forgets(3).fit(X)\nbound = Bound(3).fit(X)"
    )
    forgets = await settled(api, (await register(api, "forgets"))["version"])
    assert forgets["status"] == "FAILED_REGISTRATION"
    assert any("predicts something else" in warning for warning in forgets["warnings"])
    bound = await settled(api, (await register(api, "bound"))["version"])
    assert bound["status"] == "FAILED_REGISTRATION"
    assert any("made for this machine only" in warning for warning in bound["warnings"])


async def test_a_cell_offers_models_inside_its_objects_and_functions_if_it_has_none(
    api: Api, open_notebook: Any
) -> None:
    notebook = await open_notebook("work.ipynb")
    held = "class Trainer:\n    def run(self):\n        self.net = Scale(2).fit(X)\n"
    await notebook.run_cell("plain", PLAIN)
    await notebook.run_cell("held", f"{held}trainer = Trainer()\ntrainer.run()")
    await notebook.run_cell("priced", "rate = 2\ndef price(rows):\n    return rows * rate")

    async def offered(cell: str) -> list[str]:
        found = await api("GET", "register/proposals", notebook="work.ipynb", cell_id=cell)
        return [each["variable"] for each in found["variables"]]

    async def told() -> bool:  # what the cells bound is told a little later
        held, priced = await offered("held"), await offered("priced")
        return held == ["trainer.net", "model"] and priced == ["price", "trainer.net", "model"]

    await eventually(told)
    made = await register(api, "price", model="prices")
    assert (made["version"], made["candidate"]) == ("1.0.0", None)
    held = await register(api, "trainer.net", model="nets")
    assert held["candidate"]


async def test_what_cannot_be_pickled_is_refused_with_the_reason(
    api: Api, open_notebook: Any, extension: Any
) -> None:
    notebook = await open_notebook("work.ipynb")
    await notebook.run(PLAIN)
    await notebook.run("import threading\nmodel.lock = threading.Lock()")
    with pytest.raises(HTTPClientError) as refused:
        await register(api)
    code, message = reason(refused)
    assert code == 409
    assert "cannot pickle" in message
    assert (await api("GET", "models"))["models"] == []
    assert list((extension.store.data_dir / "staging").iterdir()) == []


async def test_a_kernel_that_dies_while_it_writes_leaves_nothing(
    api: Api, open_notebook: Any, jp_serverapp: Any, extension: Any
) -> None:
    notebook = await open_notebook("work.ipynb")
    await notebook.run(PLAIN)
    await notebook.run(
        "class Slow(Scale):\n"
        "    def __getstate__(self):\n        time.sleep(120); return self.__dict__\n"
        "slow = Slow(2).fit(X)"
    )
    asked = asyncio.ensure_future(register(api, "slow"))
    staging = extension.store.data_dir / "staging"

    async def writing() -> bool:
        return staging.exists() and any(staging.iterdir())

    await eventually(writing)
    await asyncio.sleep(0.5)
    kernel = jp_serverapp.kernel_manager.get_kernel(notebook.kernel_id)
    kernel.provisioner.process.kill()
    with pytest.raises(HTTPClientError) as refused:
        await asyncio.wait_for(asked, 60)
    code, message = reason(refused)
    assert code == 409
    assert "the kernel died" in message
    assert (await api("GET", "models"))["models"] == []
    assert list(staging.iterdir()) == []


async def test_a_full_disk_is_said_and_leaves_nothing(
    api: Api, open_notebook: Any, extension: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = await open_notebook("work.ipynb")
    await notebook.run(PLAIN)

    def full(*_args: object, **_kwargs: object) -> Any:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(type(extension.store.blobs), "put_file", full)
        with pytest.raises(HTTPClientError) as refused:
            await register(api)
    code, message = reason(refused)
    assert code == 409
    assert "the disk is full" in message
    assert (await api("GET", "models"))["models"] == []
    assert (await register(api))["version"] == "1.0.0"


async def test_twenty_at_once_are_twenty_versions_and_a_taken_version_is_refused_early(
    api: Api, open_notebook: Any
) -> None:
    # They are not waited for until they are complete: the server ends in the middle of checking them.
    notebook = await open_notebook("work.ipynb")
    await notebook.run(PLAIN)
    made = await asyncio.gather(*(register(api) for _ in range(20)))
    assert len({version["version"] for version in made}) == 20
    assert sorted(version["number"] for version in made) == list(range(1, 21))
    with pytest.raises(HTTPClientError) as refused:
        await register(api, version=made[0]["version"])
    code, message = reason(refused)
    assert code == 409
    assert "already" in message


async def test_a_registration_that_waits_is_seen_and_cancelled_and_leaves_nothing(
    api: Api, open_notebook: Any, extension: Any
) -> None:
    notebook = await open_notebook("work.ipynb")
    await notebook.run(PLAIN)
    busy = asyncio.ensure_future(notebook.run("time.sleep(5)"))
    await asyncio.sleep(0.5)
    asked = asyncio.ensure_future(register(api, id="a-registration", version="1.0.0"))

    async def waiting() -> Any:
        return (await api("GET", "registrations"))["registrations"]

    (entry,) = await eventually(waiting)
    assert (entry["id"], entry["state"], entry["model"]) == ("a-registration", "queued", "m")
    assert (entry["notebook"], entry["variable"]) == ("work.ipynb", "model")
    await api("DELETE", "registrations/a-registration")
    with pytest.raises(HTTPClientError) as refused:
        await asked
    assert reason(refused) == (409, "the registration was cancelled: nothing was registered")
    assert await waiting() == []
    with pytest.raises(HTTPClientError) as gone:
        await api("DELETE", "registrations/a-registration")
    assert gone.value.code == 404
    await busy
    await notebook.run("1")  # the kernel has come to the request, and found nobody waiting
    assert (await api("GET", "models"))["models"] == []
    assert list((extension.store.data_dir / "staging").iterdir()) == []
    assert (await register(api))["version"] == "1.0.0"


async def test_the_proposed_version_follows_what_changed(api: Api, open_notebook: Any) -> None:
    notebook = await open_notebook("work.ipynb")
    await notebook.run(PLAIN)
    await register(api)

    async def proposed() -> tuple[str, str]:
        offered = await api("GET", "register/proposals", notebook="work.ipynb")
        return offered["proposed"], offered["versions"][0]["reason"]

    await notebook.run("model = Scale(4).fit(X)")
    await notebook.run("model = Scale(5).fit(X)")
    await register(api, version="1.0.1")
    await notebook.run("model = Scale(7).fit(X)")
    version, why = await proposed()
    assert (version, "only params" in why or "nothing" in why) == ("1.0.2", True), why
    await notebook.run("model = Scale(7).fit(np.hstack([X, X]))")
    version, why = await proposed()
    assert version == "2.0.0"
    assert why == "the input signature changed: 2 columns, there were 1"
    # What was proposed and is taken meanwhile gives way; what was typed does not.
    await register(api, version="2.0.0")
    assert (await register(api, version="2.0.0", or_next=True))["version"] == "2.0.1"
    with pytest.raises(HTTPClientError) as refused:
        await register(api, version="2.0.0")
    assert refused.value.code == 409


async def test_a_secret_in_the_code_is_seen_before_registering(
    api: Api, open_notebook: Any
) -> None:
    notebook = await open_notebook("secret.ipynb")
    await notebook.run('token = "glpat-AbCdEfGhIjKlMnOpQrSt"\n' + PLAIN)
    offered = await api("GET", "register/proposals", notebook="secret.ipynb")
    (check,) = [each for each in offered["checks"] if each["name"] == "secrets"]
    assert check["status"] == "warning"
    assert "cell [1]" in check["message"]
    assert "AbCdEfGhIjKlMnOpQrSt" not in check["message"]


async def test_a_refused_version_is_checked_again_when_asked(
    api: Api, open_notebook: Any, jp_root_dir: Any
) -> None:
    notebook = await open_notebook("work.ipynb")
    await notebook.run(PLAIN)
    await notebook.run(
        "from pathlib import Path\nhere = Path('there')\nhere.touch()\nplace = str(here.resolve())"
    )
    await notebook.run(
        "def opened(place):\n    open(place).close()\n    return Scale(3)\n"
        "class Needy(Scale):\n    def __reduce__(self):\n        return opened, (place,)\n"
        "needy = Needy(3).fit(X)\nhere.unlink()"
    )
    made = await register(api, "needy")
    refused = await settled(api, made["version"])
    assert refused["status"] == "FAILED_REGISTRATION"
    assert any("could not be loaded back" in warning for warning in refused["warnings"])
    (jp_root_dir / "there").touch()
    await api("POST", f"models/m/versions/{made['version']}/check")
    mended = await settled(api, made["version"])
    assert mended["status"] == "READY"
    assert not any("could not be loaded back" in warning for warning in mended["warnings"])
    with pytest.raises(HTTPClientError) as ready:
        await api("POST", f"models/m/versions/{made['version']}/check")
    assert ready.value.code == 409


async def test_what_a_dead_server_left_unchecked_is_checked_by_the_next(
    api: Api, open_notebook: Any, extension: Any
) -> None:
    notebook = await open_notebook("work.ipynb")
    await notebook.run(PLAIN)
    await extension.recording_half.checking.stop()
    made = await register(api)
    await asyncio.sleep(0.5)
    assert (await api("GET", f"models/m/versions/{made['version']}"))["status"] == checking.PENDING
    await extension.recording_half.checking.start()
    assert (await settled(api, made["version"]))["status"] == "READY"


@pytest.mark.parametrize(
    ("found", "status", "words"),
    [
        ({"loaded": True, "compared": True, "notes": []}, "READY", ""),
        ({"loaded": True, "compared": True, "notes": ["needs x"]}, "READY", "needs x"),
        ({"loaded": True, "compared": False}, "READY", "not compared"),
        ({"problem": "it predicts something else"}, "FAILED_REGISTRATION", "something else"),
        (None, "READY", "not loaded back"),
    ],
)
def test_verdicts(found: Any, status: str, words: str) -> None:
    result = checking.verdict(found, "why")
    assert result.status == status
    assert words in " ".join(result.warnings)


def test_a_model_s_code_gets_no_tokens() -> None:
    secret = ("GITLAB_TOKEN", "JPY_API_TOKEN", "OPENAI_API_KEY", "AWS_ACCESS_KEY_ID", "DB_PASSWD")
    given = {"PATH": "/bin", "MLFLOW_TRACKING_URI": "u", **dict.fromkeys(secret, "t")}
    assert checking._environment(given) == {"PATH": "/bin"}


def test_nothing_is_complete_without_a_way_to_load_it() -> None:
    assert checking.checkable(frozenset({"MODEL.json", "load.py", "model.pkl"}))
    assert not checking.checkable(frozenset({"MLmodel"}))
