"""The ``load.py`` that travels with a model's files: ``from load import load; model = load()``. Pure."""

from __future__ import annotations

_SCRIPT = '''"""Loads the model in this folder: ``from load import load``, ``model = load()``.

{class_name}, written as {flavor}.{warning}
"""

from pathlib import Path

HERE = Path(__file__).resolve().parent


def load({arguments}):
    """The model as it was when it was registered."""
{body}
'''

_PICKLED = " Loading it runs code from the file: only load what you trust."

_BODIES = {
    "torch.torchscript": 'import torch\n\nreturn torch.jit.load(str(HERE / "model.torchscript.pt"), map_location="cpu")',
    "statsmodels": 'import statsmodels.api as sm\n\nreturn sm.load(str(HERE / "model.pickle"))',
    "sklearn": 'import joblib\n\nreturn joblib.load(HERE / "model.joblib")',
    "cloudpickle": 'import cloudpickle\n\nwith open(HERE / "model.pkl", "rb") as file:\n    return cloudpickle.load(file)',
    "joblib_cloudpickle": (
        "import pickle\n\nimport joblib  # noqa: F401 - its copy of cloudpickle wrote the file\n\n"
        'with open(HERE / "model.pkl", "rb") as file:\n    return pickle.load(file)'
    ),
    "pickle": 'import pickle\n\nwith open(HERE / "model.pkl", "rb") as file:\n    return pickle.load(file)',
    "mlflow.pyfunc": (
        "import mlflow.pyfunc\n\n"
        "return mlflow.pyfunc.load_model(str(HERE)).unwrap_python_model().model"
    ),
}
_BOOSTER = 'import lightgbm\n\nreturn lightgbm.Booster(model_file=str(HERE / "model.txt"))'
_XGBOOST = 'import xgboost\n\nmodel = xgboost.{name}()\nmodel.load_model(str(HERE / "model.ubj"))\nreturn model'
_STATE_DICT = (
    "import torch\n\n"
    'model.load_state_dict(torch.load(HERE / "state_dict.pt", map_location="cpu"))\nreturn model'
)
#: Wraps what predicts, or a function, for MLflow. It is pickled by value, with nothing around it.
PYTHON_MODEL = '''
class Model(PythonModel):
    """What was registered is ``model``."""

    def __init__(self, model):
        self.model = model

    def predict(self, context, model_input, params=None):
        call = getattr(self.model, "predict", None) or self.model
        return call(model_input)
'''

#: Wraps a Booster of XGBoost's that was trained on categories.
BOOSTER = '''
class Model(PythonModel):
    """What was registered is ``model``: a table goes in, with its categories."""

    def __init__(self, model):
        self.model = model

    def predict(self, context, model_input, params=None):
        import xgboost

        return self.model.predict(xgboost.DMatrix(model_input, enable_categorical=True))
'''
#: Wraps a module that takes or answers with several tensors. Numbers are made what its weights are: numpy's are
#: float64. What is named goes to the arguments of these names; a list or tuple is several arguments.
TORCH_MODEL = '''
class Model(PythonModel):
    """What was registered is ``model``: arrays or tables go in, arrays come out."""

    def __init__(self, model):
        self.model = model

    def predict(self, context, model_input, params=None):
        import torch

        weights = [each for each in self.model.parameters() if each.is_floating_point()]

        def tensor(value):
            if hasattr(value, "to_numpy"):
                value = value.to_numpy(dtype="float32")
            value = torch.as_tensor(value)
            if weights:
                kind = weights[0].dtype if value.is_floating_point() else value.dtype
                value = value.to(weights[0].device, kind)
            return value

        def array(answer):
            if isinstance(answer, dict):
                return {name: array(each) for name, each in answer.items()}
            if isinstance(answer, (list, tuple)):
                return [array(each) for each in answer]
            return answer.cpu().numpy() if isinstance(answer, torch.Tensor) else answer

        self.model.eval()
        with torch.no_grad():
            if isinstance(model_input, dict):
                return array(self.model(**{name: tensor(each) for name, each in model_input.items()}))
            several = isinstance(model_input, (list, tuple))
            return array(self.model(*map(tensor, model_input if several else [model_input])))
'''


def source(
    flavor: str,
    class_name: str,
    files: frozenset[str],
    *,
    backend: str = "",
    compiled: bool = True,
    safe: bool = True,
) -> str:
    """The script for a model of a class that was written as ``flavor`` into ``files``.

    Of a Keras model: its backend; whether what it was compiled with is Keras's own; whether it holds no code.
    """
    name = class_name.rpartition(".")[2]
    arguments = ""
    if flavor == "mlflow.sklearn" and "model.pkl" in files:
        body = _BODIES["cloudpickle"]  # MLflow's file needs no MLflow
    elif flavor == "keras":
        body = _keras(backend, "custom_objects.pkl" in files, compiled, safe)
    elif flavor in _BODIES:
        body = _BODIES[flavor]
    elif flavor.startswith("mlflow."):
        body = f"import {flavor}\n\nreturn {flavor}.load_model(str(HERE))"
    elif flavor == "xgboost":
        body = _XGBOOST.format(name=name)
    elif flavor == "lightgbm":
        body = _BOOSTER if name == "Booster" else _BODIES["sklearn"]
    elif flavor == "torch.state_dict":
        arguments, body = "model", _STATE_DICT
    else:  # torch.cloudpickle and its like
        body = _BODIES[flavor.partition(".")[2]]
    if backend and flavor != "keras":
        body = f"{_backend(backend)}\n{body}"
    risky = ("pickle", "joblib", "sm.load", "mlflow", "safe_mode=False")
    pickled = any(part in body for part in risky)
    return _SCRIPT.format(
        class_name=class_name,
        flavor=flavor,
        warning=_PICKLED if pickled else "",
        arguments=arguments,
        body="\n".join(f"    {line}" if line else "" for line in body.splitlines()),
    )


def _backend(name: str) -> str:
    """Keras takes its backend from the environment when it is imported, and looks for TensorFlow if nothing is said."""
    return f'import os\n\nos.environ.setdefault("KERAS_BACKEND", {name!r})'


def _keras(backend: str, own: bool, compiled: bool, safe: bool) -> str:
    given = [] if compiled else ["compile=False"]
    given += [] if safe else ["safe_mode=False"]
    lines = [_backend(backend), "import keras", ""]
    if own:
        given.insert(0, "custom_objects=own")
        lines += [
            "import cloudpickle",
            "",
            'with open(HERE / "custom_objects.pkl", "rb") as file:',
            "    own = cloudpickle.load(file)",
        ]
    arguments = ", ".join(['str(HERE / "model.keras")', *given])
    return "\n".join([*lines, f"return keras.saving.load_model({arguments})"])
