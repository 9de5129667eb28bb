"""Lines that differ in their numbers only are read by what the first of them have taught: to the same points."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jupyterlab_mlops.kernel.measures import series, shapes

INTEGERS = st.integers(0, 1200).map(str)
DECIMALS = st.one_of(
    st.floats(-5, 100).map("{:.4f}".format),
    st.floats(1e-9, 1e9).map("{:.3g}".format),
    st.sampled_from(["nan", "inf", "1e-3", "-0.5", "3.", ".25", "0"]),
)
LINES = [
    "epoch {i} loss={f} acc={f}",
    "Epoch {i}/10 - 3s - loss: {f} - val_acc: {f}",
    "Epoch [{i}/5], Step [{i}/600], Loss: {f}",
    "step {i} | loss {f} | lr {f}",
    "[{i}]\ttrain-rmse:{f}\tvalid-rmse:{f}",
    "{i} loss {f}, f1 {f}, R2 {f}",
    "accuracy for class: {i} is {f} %",
    "top {i} accuracy: {f}%",
    "top-{i} acc: {f}",
    "Got {i} / {i} correct ({f})",
    "Accuracy = {i} / {i} = {f}",
    "Test loss: {f} at 12:{i}:30 on 2026-11-{i}",
    "{{'loss': {f}, 'epoch': {f}}}",
    "loss: {f}s, took {i}ms, error {f}",
    "train loss    {f}   test loss     {f}",
    "auc ({i}): {f}",
    "AUC of {i}: {f}",
    "iteration {f}: cost = {f}",
]


@st.composite
def texts(draw: st.DrawFn) -> str:
    lines = []
    for form in draw(st.lists(st.sampled_from(LINES), min_size=1, max_size=3)):
        for _ in range(draw(st.integers(1, 9))):
            line = form
            while "{i}" in line or "{f}" in line:
                at = min(found for name in ("{i}", "{f}") if (found := line.find(name)) >= 0)
                number = draw(INTEGERS if line[at + 1] == "i" else DECIMALS)
                line = f"{line[:at]}{number}{line[at + 3 :]}"
            lines.append(line.replace("{{", "{").replace("}}", "}"))
    return "\n".join(lines)


def in_full(text: str) -> list[str]:
    sure, shapes._SURE = shapes._SURE, 10**9
    try:
        return [repr(one) for one in series.parse(text)]
    finally:
        shapes._SURE = sure


@given(texts())
def test_what_is_read_by_its_shape_is_what_is_read_in_full(text: str) -> None:
    assert [repr(one) for one in series.parse(text)] == in_full(text)


def test_a_loops_lines_are_read_in_full_a_few_times_only() -> None:
    asked = []

    def read(line: str, number: int) -> list[shapes.Point]:
        asked.append(line)
        return series._line(line, number)

    known = shapes.Shapes(read)
    lines = [f"epoch {n} loss={1 / (n + 1):.4f} f1={n / (n + 1):.3f}" for n in range(200)]
    points = [one for number, line in enumerate(lines) for one in known.points(line, number)]
    assert len(asked) < 10
    assert points == [
        one for number, line in enumerate(lines) for one in series._line(line, number)
    ]


def test_a_number_that_is_part_of_a_name_is_never_taken_for_another() -> None:
    lines = [
        f"Accuracy for class: {label} is {0.1 * n:.3f} %" for label in (3, 4) for n in range(6)
    ]
    names = {one.name for one in series.parse("\n".join(lines))}
    assert names == {"accuracy_for_class_3", "accuracy_for_class_4"}
