"""What a model takes is known, or found, so that what it predicts can be compared when it is loaded back."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from jupyterlab_mlops.kernel.cells.frames import Trees
from jupyterlab_mlops.kernel.saving import (
    flavors,
    inputs,
    load_script,
    loading,
    means,
    offering,
    requirements,
)

FRAME = pd.DataFrame(
    {
        "y": [1.0, 2.0, 2.5, 4.0, 5.5, 5.0],
        "age": [20.0, 30.0, 35.0, 50.0, 66.0, 61.0],
        "city": list("abcabc"),
        "when": pd.date_range("2024-01-01", periods=6),
        "wage in €": [1.0, 1.5, 1.0, 2.0, 2.5, 2.0],
    }
)


def kernel(source: str = "", **namespace: Any) -> Any:
    """A capture with as much as is looked at: the names, and the cells that ran."""
    trees = Trees()
    trees.add("<cell>", ast.parse(source))
    world = SimpleNamespace(namespace=namespace, trees=trees)
    return SimpleNamespace(world=world, training=SimpleNamespace(fitted_on={}))


def loaded_back(model: Any, directory: Path, data: Any) -> dict[str, Any]:
    """Written and loaded back as a version is."""
    flavors.write(model, directory, data=data)
    return loading.check(directory)


def test_a_formula_is_compared_on_the_columns_it_names(tmp_path: Path) -> None:
    formulas = pytest.importorskip("statsmodels.formula.api")
    result = formulas.ols('y ~ np.log(age) + C(city) + Q("wage in €")', data=FRAME).fit()
    rows = inputs.input_of(kernel(), result)
    assert list(rows.columns) == ["age", "city", "wage in €"]
    assert loaded_back(result, tmp_path, rows) == {"loaded": True, "compared": True, "notes": []}
    told = json.loads((tmp_path / "MODEL.json").read_text("utf-8"))
    assert [each["name"] for each in told["signature"]["inputs"]] == list(rows.columns)


def test_a_time_series_is_compared_by_how_it_goes_on(tmp_path: Path) -> None:
    arima = pytest.importorskip("statsmodels.tsa.arima.model")
    steps = np.cumsum(np.sin(np.arange(40.0)))
    result = arima.ARIMA(steps, order=(1, 0, 0)).fit()
    assert inputs.input_of(kernel(), result) is None
    assert loaded_back(result, tmp_path, None)["compared"]
    assert json.loads((tmp_path / "MODEL.json").read_text("utf-8"))["expected"]["input"] == {
        "kind": "steps",
        "steps": 5,
    }


def test_boosters_are_compared_even_if_their_rows_are_gone(tmp_path: Path) -> None:
    lightgbm = pytest.importorskip("lightgbm")
    rows = FRAME[["age", "wage in €"]].rename(columns={"wage in €": "wage"})
    settings = {"min_data_in_leaf": 1, "min_data_in_bin": 1, "verbose": -1}
    booster = lightgbm.train(settings, lightgbm.Dataset(rows, FRAME["y"]), num_boost_round=2)
    assert loaded_back(booster, tmp_path, None)["compared"]
    # It is no example of its data, and is not shown as one.
    assert json.loads((tmp_path / "MODEL.json").read_text("utf-8"))["input_example"] is None


def double(numbers: Any) -> Any:
    return numbers * 2


@pytest.mark.parametrize(
    ("source", "given"),
    [
        ("answer = double(values)", [0.0, 1.0, 2.0, 3.0, 4.0]),
        ("error = abs(double(values) - 1)", [0.0, 1.0, 2.0, 3.0, 4.0]),
        ("double(held['values'])", [0.0, 1.0, 2.0, 3.0, 4.0]),
        ("double(values[picked])", [0.0, 1.0, 2.0, 3.0, 4.0]),
        ("double(frame[['age']])", [[20.0], [30.0], [35.0], [50.0], [66.0]]),
        ("double(make())", None),
        ("other(values)", None),
        ("double()", None),
    ],
)
def test_what_a_function_was_given_is_found_by_its_place_in_the_code(
    source: str, given: Any
) -> None:
    values = np.arange(8.0)
    capture = kernel(
        source,
        double=double,
        other=len,
        values=values,
        held={"values": values},
        picked=values > 1,
        frame=FRAME,
        make=pytest.fail,
    )
    found = inputs.input_of(capture, double)
    assert (None if found is None else np.asarray(found).tolist()) == given


def test_what_a_search_found_best_takes_what_the_search_took() -> None:
    class Search:
        best_estimator_: Any = None

    search = Search()
    search.best_estimator_ = best = Search()
    capture = kernel()
    inputs.remember(capture, [[1.0]], search)
    assert inputs.input_of(capture, best) == [[1.0]]
    assert inputs.input_of(capture, print) is None


def test_a_keras_model_is_loaded_with_its_backend_and_the_notebook_s_own_layers() -> None:
    script = load_script.source(
        "keras",
        "keras.Sequential",
        frozenset({"model.keras", "custom_objects.pkl"}),
        backend="torch",
        compiled=False,
        safe=True,
    )
    compile(script, "load.py", "exec")
    assert script.index("setdefault(\"KERAS_BACKEND\", 'torch')") < script.index("import keras")
    assert 'load_model(str(HERE / "model.keras"), custom_objects=own, compile=False)' in script
    assert "only load what you trust" in script
    plain = load_script.source("keras", "keras.Sequential", frozenset(), backend="jax")
    assert 'load_model(str(HERE / "model.keras"))' in plain
    assert "trust" not in plain


def test_a_module_s_distribution_may_have_another_name(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"xgboost": ["xgboost-cpu"], "cv2": ["opencv-python-headless"]}
    monkeypatch.setattr(requirements.metadata, "packages_distributions", lambda: found)
    versions = {
        "numpy": "2.0.1",
        "xgboost-cpu": "3.2.0",
        "scikit-learn": "1.9.1",
        "torch": "2.1+cpu",
    }

    def version(name: str) -> str:
        if name not in versions:
            raise requirements.metadata.PackageNotFoundError(name)
        return versions[name]

    monkeypatch.setattr(requirements.metadata, "version", version)
    assert requirements.distribution_of("xgboost") == "xgboost-cpu"
    assert requirements.distribution_of("cv2") == "opencv-python-headless"
    assert requirements.distribution_of("json") is None
    assert requirements.distribution_of("__main__") is None
    monkeypatch.setattr(requirements, "_ALSO", frozenset())
    assert requirements.pinned({"sklearn", "xgboost", "torch", "nobody"}) == [
        "numpy==2.0.1",
        "scikit-learn==1.9.1",
        "torch==2.1",
        "xgboost-cpu==3.2.0",
    ]


@pytest.mark.parametrize("kind", ["frame", "categories", "array"])
def test_a_booster_takes_by_pyfunc_what_was_put_into_its_matrix(tmp_path: Path, kind: str) -> None:
    xgboost = pytest.importorskip("xgboost")
    pyfunc = pytest.importorskip("mlflow.pyfunc")
    pytest.importorskip("mlflow.xgboost")
    frame = pd.DataFrame({"a": np.arange(20.0), "n": np.arange(20) % 3, "b": np.arange(20) > 9})
    if kind == "categories":
        frame["n"] = frame["n"].map({0: "x", 1: "y", 2: "z"}).astype("category")
    own: Any = frame.to_numpy("float32") if kind == "array" else frame
    matrix = xgboost.DMatrix(own, frame.a, enable_categorical=True)
    booster = xgboost.train({"max_depth": 2}, matrix, 3)
    back = loaded_back(booster, tmp_path, matrix)
    assert (back["compared"], "problem" in back) == (True, False)
    found = pyfunc.load_model(str(tmp_path)).predict(own)
    assert np.allclose(found, booster.predict(matrix))


@pytest.mark.parametrize("named", [False, True])
def test_a_keras_model_with_two_outputs_gives_both_by_pyfunc(tmp_path: Path, named: bool) -> None:
    keras = pytest.importorskip("keras")
    pyfunc = pytest.importorskip("mlflow.pyfunc")
    taken = keras.Input((3,))
    outputs = {"a": keras.layers.Dense(1)(taken), "b": keras.layers.Dense(2)(taken)}
    model = keras.Model(taken, outputs if named else list(outputs.values()))
    model.compile(loss="mse")
    rows = np.arange(6.0, dtype="float32").reshape(2, 3)
    back = loaded_back(model, tmp_path, rows)
    assert (back["compared"], "problem" in back) == (True, False)
    found = pyfunc.load_model(str(tmp_path)).predict(rows)
    assert [each.shape for each in (found.values() if named else found)] == [(2, 1), (2, 2)]


@pytest.mark.parametrize("answer", ["dict", "tuple"])
def test_a_torch_module_that_answers_with_several_does_so_by_pyfunc(
    tmp_path: Path, answer: str
) -> None:
    torch: Any = pytest.importorskip("torch")
    pyfunc = pytest.importorskip("mlflow.pyfunc")

    class Heads(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.one, self.two = torch.nn.Linear(3, 1), torch.nn.Linear(3, 2)

        def forward(self, rows: Any) -> Any:
            found = {
                "one": self.one(rows),
                "two": self.two(torch.dropout(rows, 0.5, self.training)),
            }
            return found if answer == "dict" else tuple(found.values())

    model = Heads()
    rows = torch.arange(6.0).reshape(2, 3)
    back = loaded_back(model, tmp_path, rows)
    assert (back["compared"], "problem" in back) == (True, False)
    # Its weights are float32, numpy's numbers float64.
    found = pyfunc.load_model(str(tmp_path)).predict(rows.numpy().astype("float64"))
    with torch.no_grad():
        wanted = model.eval()(rows)
    both = [found, wanted] if answer == "tuple" else [found.values(), wanted.values()]
    assert all(np.allclose(a, b) for a, b in zip(*both, strict=True))


def test_a_torch_module_with_two_inputs_takes_them_by_name_or_in_order(tmp_path: Path) -> None:
    torch: Any = pytest.importorskip("torch")
    pyfunc = pytest.importorskip("mlflow.pyfunc")

    class Pair(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = torch.nn.Linear(3, 2), torch.nn.Linear(1, 2)

        def forward(self, left: Any, right: Any) -> Any:
            return self.a(left) + self.b(right)

    model = Pair()
    left, right = torch.arange(6.0).reshape(2, 3), torch.ones(2, 1)
    both = torch.cat([left, right], 1)
    world = kernel("model(both[:, :3], both[:, 3:])", model=model, both=both)
    back = loaded_back(model, tmp_path, inputs.input_of(world, model))
    assert (back["compared"], "problem" in back) == (True, False)
    loaded = pyfunc.load_model(str(tmp_path))
    wanted = model(left, right).detach().numpy()
    assert np.allclose(loaded.predict({"left": left.numpy(), "right": right.numpy()}), wanted)
    assert np.allclose(loaded.predict([left.numpy(), right.numpy()]), wanted)


@pytest.mark.parametrize("mlflow", [True, False])
def test_an_objective_of_the_notebook_s_goes_into_the_file(
    tmp_path: Path, mlflow: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    lightgbm = pytest.importorskip("lightgbm")
    if mlflow:
        pytest.importorskip("mlflow.lightgbm")
    else:
        monkeypatch.setattr(means, "ALL", (means._by_native, means._by_joblib, means._by_pickle))
    scope: dict[str, Any] = {"__name__": "__main__", "np": np}
    exec("def squares(y, found):\n    return found - y, np.ones_like(y)", scope)
    settings = {"min_child_samples": 1, "min_data_in_bin": 1, "verbose": -1}
    model = lightgbm.LGBMRegressor(n_estimators=2, objective=scope["squares"], **settings)
    model.fit(FRAME[["age"]], FRAME["y"])
    flavors.write(model, tmp_path, data=FRAME[["age"]])
    command = [sys.executable, loading.__file__, str(tmp_path), str(tmp_path / "found.json")]
    subprocess.run(command, check=True)  # where no `squares` is
    back = json.loads((tmp_path / "found.json").read_text("utf-8"))
    assert (back["compared"], back.get("problem")) == (True, None)


def test_a_model_is_found_inside_objects_and_containers_of_the_notebook() -> None:
    class Trainer:
        def __init__(self) -> None:
            self.parts = {"net": [object()]}

    Trainer.__module__ = "__main__"
    trainer = Trainer()
    places = offering._places({"trainer": trainer, "_hidden": Trainer()})
    assert places[id(trainer.parts["net"][0])] == "trainer.parts['net'][0]"
    endless: list[Any] = []
    endless.append(endless)
    assert offering._places({"endless": endless}) == {id(endless): "endless[0]"}


def test_a_pickled_keras_model_is_loaded_with_its_backend() -> None:
    script = load_script.source(
        "mlflow.pyfunc", "keras.Model", frozenset({"python_model.pkl"}), backend="torch"
    )
    compile(script, "load.py", "exec")
    assert script.index("setdefault(\"KERAS_BACKEND\", 'torch')") < script.index("import mlflow")
