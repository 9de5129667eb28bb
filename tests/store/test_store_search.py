"""Search: MLflow's grammar, ours on top of it, and errors that say where."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jupyterlab_mlops.entities import Input, MetricPoint, Param
from jupyterlab_mlops.errors import InvalidValue
from jupyterlab_mlops.store import candidates, experiments, metrics, search
from jupyterlab_mlops.store.search_grammar import All, Comparison, Field, Range, Word, parse
from jupyterlab_mlops.store.search_sql import like_to_glob
from jupyterlab_mlops.store.store import Store


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Six candidates s0 … s5, accuracy rising."""
    store = Store(tmp_path_factory.mktemp("search"))

    def fill(conn):  # type: ignore[no-untyped-def]
        experiment = experiments.create(conn, "e")
        for i in range(6):
            id = candidates.create(
                conn, experiment, origin="training", name=f"s{i}", start_ms=1000 + i,
                notebook=f"nb{i % 2}.ipynb", model_class="SVC" if i < 3 else "Ridge",
            )  # fmt: skip
            values = {
                "acc": i / 10,
                "val loss": 10.0 - i,
                "nan": float("nan") if i % 2 else float(i),
            }
            if i < 2:
                values["inf"] = float("inf") if i else -1.0
            metrics.log(
                conn, id, [MetricPoint(name, value, 0, 1) for name, value in values.items()]
            )
            candidates.set_params(
                conn, id, [Param("lr", str(i / 10)), Param("opt", "Adam" if i % 2 else "sgd")]
            )
            candidates.set_tags(conn, id, {"group": f"g{i % 2}"})
            if i == 5:
                details = {"name": "d", "digest": "x", "context": "train"}
                candidates.add_inputs(
                    conn, id, [Input("dataset:d:x", "", None, "dataset", details)]
                )
                candidates.update(conn, id, status="FINISHED", end_ms=9000)

    store.write_sync(fill)
    return store


def names(store: Store, text: str = "", **options: object) -> list[str]:
    found, _ = store.read_sync(
        search.search_candidates,
        experiment_ids=[1],
        filter=text,
        order_by=options.pop("order_by", ["run_name"]),
        **options,
    )
    return [item.name for item in found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # MLflow's grammar
        ("metrics.acc > 0.3", "45"),
        ("metric.acc >= 0.3 AND metrics.acc < 0.5", "34"),
        ("metrics.acc = 0.3", "3"),
        ("metrics.acc != 0.3", "01245"),
        ("metrics.`val loss` > 8", "01"),
        ('metrics."val loss" <= 6', "45"),
        ("params.opt = 'sgd'", "024"),
        ('param.opt != "sgd"', "135"),
        ("parameters.opt LIKE 'A%'", "135"),
        ("params.opt LIKE 'a%'", ""),
        ("params.opt ILIKE 'a%'", "135"),
        ("tags.group = 'g1'", "135"),
        ("tag.group != 'g1'", "024"),
        ("tags.missing = 'x'", ""),
        ("tags.missing IS NULL", "012345"),
        ("tags.group is not null", "012345"),
        ("status = 'FINISHED'", "5"),
        ("status = 'finished'", ""),
        ("attributes.status != 'RUNNING'", "5"),
        ("run.run_name LIKE 's_'", "012345"),
        ("attributes.`run name` = 's2'", "2"),
        ("start_time > 1003", "45"),
        ("attributes.created <= 1000", "0"),
        ("end_time > 0", "5"),
        ("dataset.name = 'd' and dataset.context = 'train'", "5"),
        ("dataset.digest IN ('x', 'y')", "5"),
        ("tags.mlflow.runName = 's4'", "4"),
        ("tags.`mlflow.source.name` = 'nb1.ipynb'", "135"),
        ("tags.mlops.model_class = 'SVC'", "012"),
        ("metrics.nan < 3", "02"),
        ("metrics.nan != 2", "01345"),
        ("metrics.inf > 5", "1"),
        ("metrics.acc > 0.3 and", "45"),
        # ours
        ("metrics.acc < 0.1 or metrics.acc > 0.4", "05"),
        ("(metrics.acc < 0.1 or metrics.acc > 0.3) and params.opt = 'sgd'", "04"),
        ("params.opt = 'sgd' and metrics.acc < 0.1 or metrics.acc > 0.4", "05"),
        ("metrics.acc = 0.1..0.3", "123"),
        ("metrics.acc in 0.4..", "45"),
        ("metrics.acc = ..0.1", "01"),
        ("metrics.acc != 0.1..0.4", "05"),
        ("params.lr = 0.2..0.3", "23"),
        ("params.lr > 0.3", "45"),
        ("params.opt in ('Adam')", "135"),
        ("status in ('FINISHED', 'FAILED')", "5"),
        ("status not in ('FINISHED')", "01234"),
        ("metrics.acc in (0.1, 0.2)", "12"),
        ("s3", "3"),
        ("S3 or 's4'", "34"),
        ("s params.opt = 'sgd'", "024"),
        ("model_class = 'Ridge' s4", "4"),
        ("notebook = 'nb0.ipynb'", "024"),
        ("", "012345"),
    ],
)
def test_a_filter_finds(filled: Store, text: str, found: str) -> None:
    assert names(filled, text) == [f"s{digit}" for digit in found]


@pytest.mark.parametrize(
    ("text", "position", "says"),
    [
        ("metrics.acc >", 13, "value"),
        ("metrics.acc > 'high'", 0, "numeric"),
        ("(metrics.acc > 1", 16, "expected"),
        ("metrics.acc > 1 metrics.acc < 2", 16, "metrics.acc"),
        ("params.opt = sgd", 13, "quote"),
        ("params.opt > 'a'", 0, "comparator"),
        ("s and colour = 'red'", 6, "colour"),
        ("foo.bar = 'x'", 0, "foo"),
        ("status = 'x", 9, "closed"),
        ("metrics.acc IS NULL", 0, "IS NULL"),
        ("dataset.size = 'x'", 0, "size"),
        ("status = 0.1..0.3", 0, "range"),
        ("metrics.acc in (1, 2", 20, "expected"),
        ("or", 0, "expected"),
        ("metrics.acc ~ 1", 12, "comparison"),
    ],
)
def test_an_error_says_where_and_why(filled: Store, text: str, position: int, says: str) -> None:
    with pytest.raises(InvalidValue, match=says) as caught:
        names(filled, text)
    assert caught.value.details["position"] == position


@pytest.mark.parametrize(
    ("order", "found"),
    [
        (["metrics.acc DESC"], "543210"),
        (["metrics.nan DESC"], "420531"),  # NaN after all numbers, in either direction
        (["metrics.nan"], "024531"),
        (["metrics.inf DESC"], "105432"),  # and what is missing after that
        (["params.opt", "metrics.acc DESC"], "531420"),
        (["tags.group DESC", "start_time ASC"], "135024"),
        (["attributes.start_time"], "012345"),
        ([], "543210"),
        (["tags.mlflow.runName DESC"], "543210"),
        (["duration"], "543210"),
    ],
)
def test_an_order_puts_what_is_missing_last(filled: Store, order: list[str], found: str) -> None:
    assert names(filled, order_by=order) == [f"s{digit}" for digit in found]


def test_pages_follow_each_other(filled: Store) -> None:
    token, pages = None, []
    while True:
        found, token = filled.read_sync(
            search.search_candidates, experiment_ids=[1], max_results=4, page_token=token
        )
        pages.append([item.name for item in found])
        if token is None:
            break
    assert pages == [["s5", "s4", "s3", "s2"], ["s1", "s0"]]
    with pytest.raises(InvalidValue, match="token"):
        names(filled, page_token="garbage")


def test_a_page_is_filled(filled: Store) -> None:
    found, _ = filled.read_sync(search.search_candidates, experiment_ids=None, filter="s5")
    assert found[0].metrics["acc"].value == 0.5
    assert found[0].params["opt"].value == "Adam"
    assert found[0].tags == {"group": "g1"}
    assert found[0].inputs[0].details["name"] == "d"
    assert filled.read_sync(search.count_candidates, experiment_ids=[1], filter="s") == 6


def test_a_value_is_never_part_of_the_statement(filled: Store) -> None:
    assert names(filled, "params.opt = '''; DROP TABLE params; --'") == []
    assert names(filled, "tags.`mlops.cell` = ''' OR 1=1'") == []
    assert len(names(filled)) == 6


@given(st.text(max_size=40))
@example("metrics.a > 1e400")
@example("((((((((((")
@example("a.`b")
def test_any_text_is_read_or_refused_with_a_position(text: str) -> None:
    with contextlib.suppress(InvalidValue):
        parse(text)
        return
    with pytest.raises(InvalidValue) as caught:
        parse(text)
    assert 0 <= caught.value.details["position"] <= len(text)


@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_characters="`"), min_size=1),
)
def test_a_comparison_is_read_as_it_was_written(value: float, key: str) -> None:
    tree = parse(f"metrics.`{key}` <= {value!r}")
    assert tree == Comparison(Field("metric", key), "<=", value, 0)


def test_words_ranges_and_names_with_dots() -> None:
    assert parse("lr 0.1→0.03") == All((Word("lr"), Word("0.1→0.03")))
    assert parse("metrics.f1:y_test = -1..2") == Comparison(
        Field("metric", "f1:y_test"), "=", Range(-1.0, 2.0), 0
    )


@pytest.mark.parametrize(
    ("pattern", "glob"), [("a%", "a*"), ("_b", "?b"), ("*[x]?", "[*][[]x][?]"), ("", "")]
)
def test_like_is_case_sensitive_by_glob(pattern: str, glob: str) -> None:
    assert like_to_glob(pattern) == glob
