"""Load a written model back and look whether it predicts what it predicted in the notebook.

The kernel that writes a model uses :func:`expectation`; a fresh process of the same interpreter runs this file as a
script, ``python loading.py FILES RESULT [FOLDER]``, and so it imports nothing of the package. ``FOLDER`` (the
notebook's) is searched for modules only if the model cannot be loaded without it.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import io
import json
import math
import random
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

#: More numbers than this are not kept as an example or a prediction.
MOST_NUMBERS = 100_000
#: How far a prediction may be from the expected one: float32, and sums in another order.
RELATIVE, ABSOLUTE = 1e-4, 1e-6


class UnkeptError(ValueError):
    """A value that cannot be written as JSON and made again from it."""


# -- in the kernel ----------------------------------------------------------------------------------


def expectation(model: Any, example: Any) -> dict[str, Any] | None:
    """What the model predicts for ``example``: ``{"input", "method", "output"}``; None if that cannot be kept.

    The prediction is made for the input as it is made again from its JSON, twice: what changes from call to call
    proves nothing. Random number generators are left as they were.
    """
    if example is None:
        return None
    try:
        with undisturbed():
            kept = described(example)
            json.dumps(kept, allow_nan=False)
            found = predict(model, built(kept))
            if found is None:
                return None
            method, output = found
            again = predict(model, built(kept))
        if again is None or difference(output, again[1]) is not None:
            return None
    except Exception:  # the user's model and data; without an example only loading is checked
        return None
    return {"input": kept, "method": method, "output": output}


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Nothing is printed or warned of, and random number generators are put back."""
    python = random.getstate()
    numpy = sys.modules.get("numpy")
    torch = sys.modules.get("torch")
    drawn = numpy.random.get_state() if numpy is not None else None
    torched = torch.get_rng_state() if torch is not None else None
    quiet = io.StringIO()
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(quiet):
            warnings.simplefilter("ignore")
            with contextlib.redirect_stderr(quiet):
                yield
    finally:
        random.setstate(python)
        if numpy is not None:
            numpy.random.set_state(drawn)
        if torch is not None:
            torch.set_rng_state(torched)


# -- inputs -----------------------------------------------------------------------------------------


def described(data: Any) -> dict[str, Any]:
    """A few rows of input (or a number of steps) as JSON, from which :func:`built` makes the same kind of object.

    Raises:
        UnkeptError: a kind of data, or a value in it, that is not known here.
    """
    if type(data) is int:
        return {"kind": "steps", "steps": data}
    if hasattr(data, "columns") and hasattr(data, "dtypes"):
        if type(data).__module__.partition(".")[0] != "pandas":
            raise UnkeptError(type(data).__name__)
        return {
            "kind": "frame",
            "columns": [
                {"name": _scalar(name), **_column(data.iloc[:, place])}
                for place, name in enumerate(data.columns)
            ],
        }
    if hasattr(data, "iloc") and hasattr(data, "name"):
        return {"kind": "series", "name": _scalar(data.name), **_column(data)}
    if hasattr(data, "toarray"):
        return {"kind": "sparse", **_array(data.toarray())}
    module = type(data).__module__.partition(".")[0]
    if module == "torch" and hasattr(data, "detach"):
        return {"kind": "tensor", **_array(data.detach().cpu().numpy())}
    if module == "numpy" and hasattr(data, "tolist"):
        return {"kind": "array", **_array(data)}
    if isinstance(data, tuple):
        return {"kind": "arguments", "values": [described(each) for each in data]}
    if isinstance(data, list):
        return {"kind": "list", "values": _nested(data)}
    raise UnkeptError(type(data).__name__)


def built(kept: dict[str, Any]) -> Any:
    """The input that :func:`described` was given."""
    kind = kept["kind"]
    if kind == "steps":
        return kept["steps"]
    if kind == "list":
        return kept["values"]
    if kind == "arguments":
        return tuple(built(each) for each in kept["values"])
    if kind in ("frame", "series"):
        import pandas

        if kind == "series":
            return _series(pandas, kept)
        columns = [_series(pandas, column) for column in kept["columns"]]
        frame = pandas.concat(columns, axis=1)
        frame.columns = pandas.Index([column["name"] for column in kept["columns"]])
        return frame
    import numpy

    values = numpy.array(kept["values"], dtype=kept["dtype"])
    if kind == "sparse":
        sparse: Any = importlib.import_module("scipy.sparse")
        return sparse.csr_matrix(values)
    if kind == "tensor":
        import torch

        return torch.from_numpy(values)
    return values


def _column(series: Any) -> dict[str, Any]:
    values = [_scalar(value) for value in series.tolist()]
    kept: dict[str, Any] = {"dtype": str(series.dtype), "values": values}
    categories = getattr(series.dtype, "categories", None)
    if categories is not None:
        kept["categories"] = [_scalar(value) for value in categories.tolist()]
        kept["ordered"] = bool(series.dtype.ordered)
    return kept


def _series(pandas: Any, kept: dict[str, Any]) -> Any:
    dtype: Any = kept["dtype"]
    if "categories" in kept:
        dtype = pandas.CategoricalDtype(kept["categories"], ordered=kept["ordered"])
    return pandas.Series(kept["values"], name=kept.get("name"), dtype=object).astype(dtype)


def _array(values: Any) -> dict[str, Any]:
    if values.size > MOST_NUMBERS:
        raise UnkeptError(f"{values.size} numbers")
    return {"dtype": str(values.dtype), "values": _nested(values.tolist())}


def _nested(value: Any) -> Any:
    return [_nested(item) for item in value] if isinstance(value, (list, tuple)) else _scalar(value)


def _scalar(value: Any) -> Any:
    """A value as JSON has it; what pandas and numpy read back from text is text."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return value if math.isfinite(value) else str(value)
    if type(value).__name__ in ("Timestamp", "Timedelta", "datetime", "date"):
        return str(value)
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    if type(value).__module__ == "numpy" and hasattr(value, "item"):
        return _scalar(value.item())
    raise UnkeptError(type(value).__name__)


# -- predictions ------------------------------------------------------------------------------------


def predict(model: Any, data: Any) -> tuple[str, Any] | None:
    """(method, prediction as JSON) of a model for an input; None if it has no way to predict.

    Raises:
        UnkeptError: the prediction is nothing that can be compared.
    """
    if hasattr(model, "state_dict") and hasattr(model, "eval"):
        return "forward", _plain(answer_of(model, data))
    if type(model).__module__.startswith("xgboost.") and type(model).__name__ == "Booster":
        data = importlib.import_module("xgboost").DMatrix(data)
    if type(data) is int:  # of a time series, which is continued
        return "forecast", _plain(model.forecast(data))
    for method in ("predict", "decision_function", "transform", "score_samples"):
        call = getattr(model, method, None)
        if callable(call):
            return method, _plain(call(data))
    return ("__call__", _plain(model(data))) if callable(model) else None


def answer_of(model: Any, data: Any) -> Any:
    """A torch module's answer as in use, without a trace of it in the module. A tuple is several arguments."""
    import torch

    training = [part for part in model.modules() if part.training]
    model.eval()
    try:
        with torch.no_grad():
            place = next(iter(model.parameters()), None)
            given = data if isinstance(data, tuple) else (data,)
            if place is not None:
                given = tuple(
                    each.to(place.device) if hasattr(each, "to") else each for each in given
                )
            return model(*given)
    finally:
        for part in training:
            part.training = True


def _plain(value: Any) -> Any:
    if hasattr(value, "toarray"):
        value = value.toarray()
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    if hasattr(value, "to_numpy"):
        value = value.to_numpy()
    if hasattr(value, "tolist"):
        if getattr(value, "size", 0) > MOST_NUMBERS:
            raise UnkeptError("too many numbers")
        return _nested(value.tolist())
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return _scalar(value)


def difference(expected: Any, found: Any, where: str = "") -> str | None:
    """The first place at which two predictions differ, in words; None if they are the same."""
    if isinstance(expected, dict) and isinstance(found, dict):
        if expected.keys() != found.keys():
            return f"{where or 'the prediction'} has other names than before"
        pairs: Any = [(f"{where}[{key!r}]", expected[key], found[key]) for key in expected]
    elif isinstance(expected, list) and isinstance(found, list):
        if len(expected) != len(found):
            return f"{where or 'the prediction'} has {len(found)} items, it had {len(expected)}"
        pairs = [(f"{where}[{place}]", a, b) for place, (a, b) in enumerate(zip(expected, found))]
    else:
        if _same(expected, found):
            return None
        return f"{where or 'the prediction'} is {found!r}, it was {expected!r}"
    return next((text for text in (difference(a, b, at) for at, a, b in pairs) if text), None)


def _same(expected: Any, found: Any) -> bool:
    numbers = (int, float)
    if isinstance(expected, numbers) and isinstance(found, numbers):
        return math.isclose(expected, found, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
    return bool(expected == found)


# -- the fresh process ------------------------------------------------------------------------------


def check(files: Path, folder: str = "") -> dict[str, Any]:
    """Load the model of a directory of files and compare what it predicts.

    Returns ``{"loaded", "compared", "problem"?, "notes"}``; ``compared`` is None where a client of MLflow wrote the
    model: what it predicted then is not known.
    """
    notes: list[str] = []
    ours = (files / "MODEL.json").is_file()
    load = _load if ours else _load_mlflow
    try:
        model = load(files)
    except ModuleNotFoundError as missing:
        if not folder:
            return _failed(missing, notes)
        sys.path.append(folder)
        try:
            model = load(files)
        except Exception as error:  # whatever loading raises is the result
            return _failed(error, notes)
        notes.append(f"it needs the module {missing.name!r} from the folder of its notebook")
    except Exception as error:
        return _failed(error, notes)
    if not ours:
        return _tried(model, notes)
    expected = json.loads((files / "MODEL.json").read_text("utf-8")).get("expected")
    if not expected:
        return {"loaded": True, "compared": False, "notes": notes}
    try:
        with undisturbed():
            found = predict(model, built(expected["input"]))
    except Exception as error:
        return _mute(error, notes)
    told = difference(expected["output"], found[1] if found else None)
    result = {"loaded": True, "compared": True, "notes": notes}
    if told is not None:
        result["problem"] = f"loaded back, it predicts something else: {told}"[:500]
    return result


def _load(files: Path) -> Any:
    spec = importlib.util.spec_from_file_location("load", files / "load.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["load"] = module
    spec.loader.exec_module(module)
    return module.load()


def _load_mlflow(files: Path) -> Any:
    """As MLflow's clients load any model."""
    return importlib.import_module("mlflow.pyfunc").load_model(str(files))


def _tried(model: Any, notes: list[str]) -> dict[str, Any]:
    """Whether a model of MLflow predicts for the input example that was saved with it."""
    try:
        with undisturbed():
            example = getattr(model, "input_example", None)
            if example is not None:
                model.predict(example)
    except Exception as error:
        return _mute(error, notes)
    return {"loaded": True, "compared": None, "notes": notes}


def _mute(error: Exception, notes: list[str]) -> dict[str, Any]:
    problem = f"it was loaded back but does not predict: {type(error).__name__}: {error}"[:500]
    return {"loaded": True, "compared": False, "problem": problem, "notes": notes}


def _failed(error: Exception, notes: list[str]) -> dict[str, Any]:
    problem = f"it could not be loaded back: {type(error).__name__}: {error}"[:500]
    return {"loaded": False, "compared": False, "problem": problem, "notes": notes}


def main(arguments: list[str]) -> int:
    """Check ``arguments[0]`` and write what was found, as JSON, to ``arguments[1]``."""
    sys.path[:] = [
        entry for entry in sys.path if entry and Path(entry) != Path(__file__).parent
    ]  # our own modules' names are not the user's
    result = check(Path(arguments[0]), arguments[2] if len(arguments) > 2 else "")
    Path(arguments[1]).write_text(json.dumps(result), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
