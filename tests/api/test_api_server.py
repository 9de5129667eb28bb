"""The panel's API on a real server."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tornado.httpclient import HTTPClientError

from jupyterlab_mlops.api import candidates as candidate_pages
from jupyterlab_mlops.api.base import PanelHandler
from jupyterlab_mlops.api.candidates import Artifact
from jupyterlab_mlops.api.contract import operations, pattern, specification
from jupyterlab_mlops.api.routes import HANDLERS
from jupyterlab_mlops.store import artifacts, candidates, experiments
from jupyterlab_mlops.store.store import Store

Api = Callable[..., Any]


def fits(operation: str, document: Any) -> None:
    """The answer is what the contract says of this operation."""
    found = operations()[operation]
    answers = specification()["paths"][found.path][found.verb]["responses"]
    good = next(answer for status, answer in answers.items() if status.startswith("2"))
    schema = _nullable(good["content"]["application/json"]["schema"])
    components = _nullable(specification()["components"])
    Draft202012Validator({**schema, "components": components}).validate(document)


def _nullable(node: Any) -> Any:
    """OpenAPI 3.0's ``nullable`` in JSON schema's words."""
    if isinstance(node, list):
        return [_nullable(each) for each in node]
    if not isinstance(node, dict):
        return node
    node = {key: _nullable(value) for key, value in node.items()}
    if node.pop("nullable", False):
        return {"anyOf": [node, {"type": "null"}]}
    return node


async def refused(call: Any) -> tuple[int, dict[str, Any]]:
    with pytest.raises(HTTPClientError) as failure:
        await call
    return failure.value.code, json.loads(failure.value.response.body)["error"]


@pytest.mark.usefixtures("filled")
async def test_an_answer_names_its_request(jp_fetch: Any) -> None:
    answer = await jp_fetch("mlops/api/candidates", headers={"X-Request-ID": "mine-1"})
    assert answer.headers["X-Request-ID"] == "mine-1"
    answer = await jp_fetch("mlops/api/candidates")
    assert re.fullmatch(r"[0-9a-f]{12}", answer.headers["X-Request-ID"])


async def test_candidates_are_listed_newest_first_with_what_was_asked_for(
    api: Api, filled: list[str]
) -> None:
    found = await api("GET", "candidates", experiment="churn", metrics="accuracy", params="C")
    fits("listCandidates", found)
    assert [each["id"] for each in found["candidates"]] == filled[::-1]
    assert found["total"] == 2
    assert found["candidates"][0]["metrics"]["accuracy"]["last"] == 0.9
    assert "loss" not in found["candidates"][0]["metrics"]
    assert found["directions"] == {"accuracy": "max"}
    assert set(found["candidates"][0]["params"]) == {"C"}


async def test_a_line_of_a_list_is_brief_and_a_candidate_otherwise_whole(
    api: Api, filled: list[str]
) -> None:
    (whole, *_) = (await api("GET", "candidates", experiment="churn", order_by="metrics.accuracy"))[
        "candidates"
    ]
    (line, *_) = (
        await api("GET", "candidates", experiment="churn", order_by="metrics.accuracy", form="line")
    )["candidates"]
    detail = await api("GET", f"candidates/{whole['id']}")
    assert whole == {name: detail[name] for name in whole}
    assert {"variable", "cell", "inputs", "artifacts", "git"} <= whole.keys() - line.keys()
    shared = line.keys() - {"params", "metrics", "tags", "sync"}
    assert {name: line[name] for name in shared} == {name: whole[name] for name in shared}
    assert line["metrics"]["accuracy"]["last"] == whole["metrics"]["accuracy"]["last"]
    assert len(filled) == 2


async def test_pages_follow_each_other(api: Api, filled: list[str]) -> None:
    first = await api("GET", "candidates", limit=1, order_by="metrics.accuracy ASC")
    second = await api(
        "GET",
        "candidates",
        limit=1,
        order_by="metrics.accuracy ASC",
        page_token=first["next_page_token"],
    )
    assert [page["candidates"][0]["id"] for page in (first, second)] == filled
    assert second["next_page_token"] is None
    assert first["total"] == second["total"] == 2
    again = await api("GET", "candidates", limit=1, order_by="metrics.accuracy ASC", offset=1)
    assert again["candidates"] == second["candidates"]
    beyond = await api("GET", "candidates", offset=9)
    assert (beyond["candidates"], beyond["total"]) == ([], 2)


@pytest.mark.parametrize(
    ("expression", "count"),
    [
        ("", 2),
        ("metrics.accuracy > 0.85", 1),
        ("params.C in ('0.1', '7') or metrics.accuracy = 0.75..0.85", 2),
        ("lr", 2),
        ("nothing", 0),
    ],
)
async def test_filters(api: Api, filled: list[str], expression: str, count: int) -> None:
    for notebook in ({}, {"notebook": "churn.ipynb"}):
        found = await api("GET", "candidates", filter=expression, **notebook)
        assert found["total"] == count
    assert (await api("GET", "candidates", filter=expression, notebook="other.ipynb"))["total"] == 0


async def test_a_filter_that_cannot_be_read_says_where(api: Api, filled: list[str]) -> None:
    status, error = await refused(
        api("GET", "candidates", filter="metrics.accuracy >", notebook="churn.ipynb")
    )
    assert status == 400
    assert error["code"] == "invalid_value"
    assert isinstance(error["details"]["position"], int)
    typed = await api("GET", "candidates", filter="metrics.accuracy >", lenient="true")
    fits("listCandidates", typed)
    assert typed["problem"] == error | {"message": typed["problem"]["message"]}
    assert typed["candidates"] == []
    unknown = await api("GET", "candidates", filter="attributes.colour = 'red'", lenient="true")
    assert "colour" in unknown["problem"]["message"]


async def test_rows_are_ordered_by_the_value_that_is_shown(api: Api, filled: list[str]) -> None:
    for value in ("last", "min", "max"):
        found = await api("GET", "candidates", order_by="metrics.accuracy ASC", order_value=value)
        assert [each["id"] for each in found["candidates"]] == filled


async def test_the_catalogue_proposes_columns(api: Api, filled: list[str]) -> None:
    found = await api("GET", "keys", experiment="churn")
    fits("listKeys", found)
    assert found["primary_metric"] == {"name": "accuracy", "direction": "max"}
    assert found["automatic"] == {"metrics": ["accuracy", "loss"], "params": ["C"]}
    some = await api("GET", "keys", experiment="churn", search="ACC", limit=1)
    assert [each["name"] for each in some["metrics"]] == ["accuracy"]
    few = await api("GET", "keys", experiment="churn", limit=1)
    assert (len(few["metrics"]), few["totals"]["metrics"]) == (1, 2)


async def test_one_candidate_in_full_renamed_starred_noted(api: Api, filled: list[str]) -> None:
    fits("getCandidate", await api("GET", f"candidates/{filled[0]}"))
    changed = await api(
        "PATCH", f"candidates/{filled[0]}", {"name": "best", "starred": True, "notes": "keep"}
    )
    assert (changed["name"], changed["starred"], changed["notes"]) == ("best", True, "keep")


async def test_tags_are_set_changed_and_removed(api: Api, filled: list[str]) -> None:
    path = f"candidates/{filled[0]}"
    await api("PATCH", path, {"tags": {"team": "vision", "purpose": ""}})
    changed = await api(
        "PATCH", path, {"tags": {"team": "audio"}, "removed_tags": ["purpose", "gone already"]}
    )
    fits("updateCandidate", changed)
    assert changed["tags"] == {"team": "audio"}
    found = await api("GET", "candidates", filter="tags.team = 'audio'")
    assert [each["id"] for each in found["candidates"]] == [filled[0]]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"tags": {"mlops.notebook": "other.ipynb"}}, "'mlops.notebook' is read-only"),
        ({"removed_tags": ["mlflow.note.content"]}, "'mlflow.note.content' is read-only"),
        ({"tags": {" ": "x"}}, "the name ' ' is empty"),
        ({"tags": {"kept": "yes", "long": "x" * 8001}}, "at most 8000 are kept"),
        ({"tags": {"n" * 251: ""}}, "at most 250 are kept"),
        ({"tags": {"team": 1}}, "tags.team"),
    ],
)
async def test_a_tag_that_cannot_be_kept_is_refused_with_the_reason(
    api: Api, filled: list[str], change: dict[str, Any], told: str
) -> None:
    status, error = await refused(api("PATCH", f"candidates/{filled[0]}", change))
    assert (status, error["code"]) == (400, "invalid_value")
    assert told in error["message"]
    assert (await api("GET", f"candidates/{filled[0]}"))["tags"] == {}


async def test_the_tags_of_a_pulled_candidate_are_changed_where_it_was_made(
    api: Api, filled: list[str], server_store: Store
) -> None:
    server_store.write_sync(candidates.update, filled[0], remote="gitlab")
    status, error = await refused(api("PATCH", f"candidates/{filled[0]}", {"tags": {"a": "b"}}))
    assert (status, error["code"]) == (409, "conflict")
    assert "came from gitlab" in error["message"]


async def test_a_deleted_candidate_is_in_the_bin_and_comes_back(
    api: Api, filled: list[str]
) -> None:
    await api("DELETE", f"candidates/{filled[0]}")
    assert (await api("GET", "candidates"))["total"] == 1
    assert (await api("GET", "candidates", view="deleted"))["total"] == 1
    await api("POST", f"candidates/{filled[0]}/restore")
    assert (await api("GET", "candidates"))["total"] == 2


async def test_what_is_deleted_for_good_is_gone(api: Api, filled: list[str]) -> None:
    await api("DELETE", f"candidates/{filled[0]}", permanent="true")
    assert (await api("GET", "candidates", view="all"))["total"] == 1
    status, error = await refused(api("GET", f"candidates/{filled[0]}"))
    assert (status, error["code"]) == (404, "not_found")
    assert error["message"] == f"there is no candidate {filled[0]}"
    assert error["details"] == {"candidate": filled[0]}


async def test_history_and_reduced_series(api: Api, filled: list[str]) -> None:
    history = await api("GET", f"candidates/{filled[0]}/metrics/loss")
    fits("getMetricHistory", history)
    assert len(history["points"]) == 50
    series = await api("GET", "series", ids=",".join(filled), metric="loss", points=10)
    fits("getSeries", series)
    assert all(2 <= len(curve["steps"]) <= 22 for curve in series["series"].values())


async def test_the_order_of_the_whole_list_is_told_with_a_page(
    api: Api, filled: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"limit": 1, "offset": 1, "order_by": "metrics.accuracy DESC", "order": "true"}
    page = await api("GET", "candidates", **asked)
    fits("listCandidates", page)
    assert page["order"] == filled[::-1]
    assert [each["id"] for each in page["candidates"]] == filled[:1]
    assert (page["total"], page["next_page_token"]) == (2, None)
    first = await api("GET", "candidates", **asked | {"offset": 0})
    second = await api(
        "GET",
        "candidates",
        limit=1,
        order_by=asked["order_by"],
        page_token=first["next_page_token"],
    )
    assert second["candidates"] == page["candidates"]
    monkeypatch.setattr(candidate_pages, "MOST_ORDER", 1)
    long = await api("GET", "candidates", **asked)
    assert "order" not in long
    assert long["candidates"] == page["candidates"]


async def test_an_artifact_cannot_run_in_the_page(jp_fetch: Any, filled: list[str]) -> None:
    found = await jp_fetch(
        "mlops", "api", "candidates", filled[0], "artifacts", "figures", "1 plot.svg"
    )
    assert found.body == b"<svg/>"
    assert "sandbox" in found.headers["Content-Security-Policy"]
    assert found.headers["X-Content-Type-Options"] == "nosniff"


async def test_an_artifact_that_the_browser_has_is_not_sent_again(
    jp_fetch: Any, filled: list[str]
) -> None:
    path = f"mlops/api/candidates/{filled[0]}/artifacts/model/model.pkl"
    first = await jp_fetch(path)
    assert first.body == b"weights"
    with pytest.raises(HTTPClientError) as unchanged:
        await jp_fetch(path, headers={"If-None-Match": first.headers["Etag"]})
    assert unchanged.value.code == 304


@pytest.mark.usefixtures("jp_fetch")  # which serves
async def test_who_leaves_during_a_download_is_no_accident(
    jp_serverapp: Any,
    http_server_port: tuple[Any, int],
    server_store: Store,
    filled: list[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    blob = await server_store.in_thread(server_store.blobs.put, bytes(32 << 20))
    owner = artifacts.candidate_owner(filled[0])
    await server_store.write(artifacts.put, owner, "large.bin", *blob)
    over = asyncio.Event()

    async def stream(self: Artifact, next_piece: Callable[[], bytes]) -> None:
        await PanelHandler.stream(self, next_piece)
        over.set()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Artifact, "stream", stream)
        reader, writer = await asyncio.open_connection("127.0.0.1", http_server_port[-1])
        path = f"{jp_serverapp.base_url}mlops/api/candidates/{filled[0]}/artifacts/large.bin"
        token = jp_serverapp.identity_provider.token
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: token {token}\r\n\r\n".encode()
        )
        head = await asyncio.wait_for(reader.readline(), 60)
        assert head.startswith(b"HTTP/1.1 200")
        writer.transport.abort()
        await asyncio.wait_for(over.wait(), 60)
    await asyncio.sleep(0)
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_numbers_that_json_has_not_are_words(
    api: Api, server_store: Store, filled: list[str]
) -> None:
    given = {"parameters": {"lr": float("nan"), "limits": [float("inf"), 1.5]}}
    await server_store.write(candidates.update, filled[0], details={"rerun": given})
    found = await api("GET", f"candidates/{filled[0]}")
    assert found["details"]["rerun"]["parameters"] == {"lr": "NaN", "limits": ["Infinity", 1.5]}


async def test_a_number_means_the_experiment_of_this_id_before_one_of_this_name(
    api: Api, server_store: Store, filled: list[str]
) -> None:
    id = (await api("GET", f"candidates/{filled[0]}"))["experiment_id"]
    await server_store.write(experiments.create, str(id))
    await server_store.write(experiments.create, "2024")
    assert (await api("GET", "candidates", experiment=str(id)))["total"] == 2
    await api("DELETE", "experiments/2024")
    left = (await api("GET", "experiments"))["experiments"]
    assert {each["name"] for each in left} == {"churn", str(id)}


async def test_comparison(api: Api, filled: list[str]) -> None:
    found = await api("GET", "compare", ids=",".join(filled))
    fits("compareCandidates", found)
    by_name = {row["name"]: row for row in found["groups"]["params"]}
    assert by_name["C"]["differs"] is True
    assert by_name["penalty"]["differs"] is False
    status, error = await refused(api("GET", "compare", ids=filled[0]))
    assert status == 400
    assert "2 to 500" in error["message"]


async def test_the_table_of_a_comparison_has_each_value_once(api: Api, filled: list[str]) -> None:
    found = await api("GET", "compare/table", ids=",".join(filled))
    fits("compareTable", found)
    metrics = {row["name"]: row for row in found["groups"]["metrics"]}
    assert metrics["accuracy"]["values"] == [0.8, 0.9]
    assert metrics["loss"]["steps"] == [50, 50]
    assert "steps" not in metrics["accuracy"]
    assert [each["id"] for each in found["candidates"]] == filled
    assert all(each["metrics"] == {} for each in found["candidates"])


async def test_register_and_list(api: Api, filled: list[str]) -> None:
    proposals = await api("GET", "register/proposals", candidate=filled[0])
    fits("getRegisterProposals", proposals)
    assert (proposals["model"], proposals["proposed"]) == ("churn", "1.0.0")
    made = await api("POST", "register", {"candidate": filled[0], "model": "churn"})
    fits("register", made)
    assert made["version"] == "1.0.0"
    assert "model.pkl" in {file["path"] for file in made["artifacts"]}
    models = await api("GET", "models")
    fits("listModels", models)
    assert models["models"][0]["versions"][0]["candidate"] == filled[0]
    status, error = await refused(
        api("POST", "register", {"candidate": filled[1], "model": "churn", "version": "1.0.0"})
    )
    assert (status, error["code"]) == (409, "already_exists")


async def test_status_and_recording(api: Api) -> None:
    fits("getStatus", await api("GET", "status"))
    paused = await api("PUT", "recording", {"paused": True}, notebook="churn.ipynb")
    fits("setRecording", paused)
    assert paused["paused"] is True
    assert (await api("GET", "recording", notebook="churn.ipynb"))["paused"] is True


async def test_remotes_and_queue(api: Api) -> None:
    fits("listRemotes", await api("GET", "remotes"))
    fits("getQueue", await api("GET", "sync/queue"))


@pytest.mark.parametrize("path", sorted(HANDLERS))
async def test_nobody_gets_in_without_a_token(
    path: str, jp_serverapp: Any, http_server_client: Any, jp_base_url: str
) -> None:
    url = f"{jp_base_url}mlops/api{pattern(path)}"
    url = re.sub(r"\(\?P<\w+>[^)]*\)", "x", url)
    for verb in specification()["paths"][path]:
        with pytest.raises(HTTPClientError) as failure:
            await http_server_client.fetch(
                url, method=verb.upper(), body=None, allow_nonstandard_methods=True
            )
        assert failure.value.code == 403
