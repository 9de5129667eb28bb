"""The pure core: names, literals, definitions and the candidates behind an expression."""

from __future__ import annotations

import ast

import pytest

from jupyterlab_mlops.kernel.cells.lineage import Lineage
from jupyterlab_mlops.kernel.source.dataflow import definitions, refs_of
from jupyterlab_mlops.kernel.source.literals import literal_of
from jupyterlab_mlops.kernel.source.statements import analyse


@pytest.mark.parametrize(
    ("source", "reads", "binds", "changes"),
    [
        ("a = b + c", {"b", "c"}, {"a"}, set()),
        ("a, (b, *c) = f(d)", {"f", "d"}, {"a", "b", "c"}, set()),
        ("d['k'] = v", {"d", "v"}, set(), {"d"}),
        ("o.attr = v", {"o", "v"}, set(), {"o"}),
        ("x += y", {"x", "y"}, set(), {"x"}),
        ("clf.fit(X, y)", {"clf", "X", "y"}, set(), {"clf"}),
        ("models.append(clf)", {"models", "clf"}, set(), {"models"}),
        ("df.head()", {"df"}, set(), set()),
        ("s = [f(i) for i in xs if i > n]", {"f", "xs", "n"}, {"s"}, set()),
        ("for i, m in enumerate(ms):\n    out[i] = m.predict(X)", {"enumerate", "ms", "out", "i", "m", "X"}, {"i", "m"}, {"out"}),
        ("with open(p) as f:\n    t = f.read()", {"open", "p", "f"}, {"f", "t"}, set()),
        ("import numpy as np, os.path", set(), {"np", "os"}, set()),
        ("if (n := g()) > 3:\n    z = n", {"g", "n"}, {"n", "z"}, set()),
        ("g = lambda q: q + w", {"w"}, {"g"}, set()),
        ("del a", set(), {"a"}, set()),
        ("try:\n    a = f()\nexcept E:\n    a = 0", {"f"}, {"a"}, set()),
    ],
)  # fmt: skip
def test_names_of_a_statement(
    source: str, reads: set[str], binds: set[str], changes: set[str]
) -> None:
    found = analyse(ast.parse(source).body[0])
    assert (found.reads, found.binds, found.changes) == (reads, binds, changes)


def test_a_function_reads_late_what_its_body_reads() -> None:
    found = analyse(ast.parse("def f(a, b=c):\n    k = a\n    return g(k) + w").body[0])
    assert found.late == {"g", "w", "c"}
    assert found.reads == {"c"}


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("1e-3", 1e-3), ("-2", -2), ("2 * 64", 128), ("10 ** -3", 1e-3), ("'adam'", "adam"), ("(3, 4)", (3, 4)),
        ("[1, 'a', True]", [1, "a", True]), ("None", None), ("f(1)", NotImplemented), ("x", NotImplemented),
        ("[[1], [2]]", [[1], [2]]), ("2 ** 99999", NotImplemented), ("1 / 0", NotImplemented),
    ],
)  # fmt: skip
def test_literals(source: str, value: object) -> None:
    assert literal_of(ast.parse(source, mode="eval").body) == value


def test_literals_bound_by_name_and_in_settings() -> None:
    body = "params = {'depth': 3, 'eta': 0.1}"
    assert analyse(ast.parse(body).body[0]).literals == {"params.depth": 3, "params.eta": 0.1}
    assert analyse(ast.parse("a, b, c = [], [[], []], [[1], []]").body[0]).literals == {
        "c": [[1], []]
    }
    columns = "rows = {'a': [1, 2, 3, 4, 5, 6], 'b': [6, 5, 4, 3, 2, 1]}"
    assert analyse(ast.parse(columns).body[0]).literals == {}
    grid = "grid = dict(C=[0.1, 1, 10], gamma=[1, 2, 3])"
    assert analyse(ast.parse(grid).body[0]).literals == {
        "grid.C": [0.1, 1, 10],
        "grid.gamma": [1, 2, 3],
    }
    split = analyse(ast.parse("a, b = train_test_split(X, test_size=0.2, random_state=s)").body[0])
    assert split.literals == {"train_test_split.test_size": 0.2}
    assert [what for what, _ in split.seeds] == ["random_state"]
    folds = analyse(ast.parse("cv = KFold(5, shuffle=True)").body[0])
    assert folds.literals == {"KFold#0": 5, "KFold.shuffle": True}


@pytest.mark.parametrize(
    ("source", "own"),
    [
        ("for i in xs:\n    m = M(i)\n    m.fit(X)\n    say(m, i)", {"i", "m"}),
        ("for i in xs:\n    m.fit(X)\n    m = M(i)", {"i"}),
        ("for i in xs:\n    n += i\n    say(n)", {"i"}),
        ("for i in xs:\n    if i:\n        m = M(i)\n    say(m)", {"i"}),
        ("if a:\n    m = M()\nelse:\n    m = N()\nm", set()),
        ("with f() as g:\n    x = g.read()\n    say(x)", {"g", "x"}),
        ("while a:\n    b = a\n    a = b - 1", {"b"}),
        ("try:\n    m = M()\nexcept E:\n    m.fit(X)", set()),
        ("for a in xs:\n    for b in a:\n        loss = f(b)\n    say(loss)", {"a", "b", "loss"}),
        ("m = M(m)", set()),
        ("for i in xs:\n    t = [i for m in xs]\n    say(m)\n    m = t", {"i", "t"}),
    ],
)  # fmt: skip
def test_names_that_a_block_binds_before_it_reads_them(source: str, own: set[str]) -> None:
    assert analyse(ast.parse(source).body[0]).own == own


class Flat:
    """A scope in which some names are models and others derive from them."""

    def __init__(self, models: dict[str, str], refs: dict[str, set[str]]) -> None:
        self.models, self.refs = models, refs

    def name(self, name: str) -> frozenset[str]:
        return frozenset({self.models[name]} if name in self.models else self.refs.get(name, ()))

    def model(self, node: ast.AST) -> str | None:
        return self.models.get(node.id) if isinstance(node, ast.Name) else None

    def made(self, node: ast.AST, gathered: bool = False) -> frozenset[str] | None:
        return None

    def exact(self, node: ast.AST) -> frozenset[str] | None:
        return None

    def nearest(self, refs: frozenset[str]) -> frozenset[str]:
        return refs - {"Z"} if len(refs) > 1 else refs  # everything was trained on what Z gave

    def entry(self, name: str, key: str, attribute: bool = False) -> frozenset[str] | None:
        return None


@pytest.mark.parametrize(
    ("source", "behind"),
    [
        ("clf.predict(X_of_b)", {"A"}),
        ("net(x)", {"B"}),
        ("pred > 0.5", {"A"}),
        ("np.argmax(pred, axis=1)[mask]", {"A"}),
        ("(pred + clf2.predict(X)) / 2", {"A", "C"}),
        ("[p == t for p, t in zip(pred, y)]", {"A"}),
        ("{'a': pred}['a']", {"A"}),
        ("sorted(pred, key=lambda v: -v)", {"A"}),
        ("f'{x}'", set()),
        ("evaluate(clf, X, y)", {"A"}),
        ("pred == y_of_z", {"A"}),
        ("np.mean((pred - y_of_z) ** 2)", {"A"}),
        ("[pred, y_of_z]", {"A", "Z"}),
    ],
)
def test_candidates_behind_an_expression(source: str, behind: set[str]) -> None:
    scope = Flat(
        {"clf": "A", "net": "B", "clf2": "C"},
        {"pred": {"A"}, "X_of_b": {"B"}, "y_of_z": {"Z"}},
    )
    assert refs_of(ast.parse(source, mode="eval").body, scope) == behind


def test_definitions_pair_targets_with_their_values() -> None:
    found = definitions(
        ast.parse(
            "a, b = f(x), g(y)\nfor i, (m, n) in enumerate(zip(ms, ns)):\n    out[i] = m"
        ).body
    )
    assert [(one.names, ast.unparse(one.value), one.weak) for one in found] == [
        (("a",), "f(x)", False),
        (("b",), "g(y)", False),
        (("m",), "ms", False),
        (("n",), "ns", False),
        (("i",), "0", False),
        (("out",), "m", True),
    ]


def run(lineage: Lineage, *sources: str) -> list[str | None]:
    """Execute statements by name only; the msg_ids (their numbers) the last one depends on."""
    record = None
    for number, source in enumerate(sources):
        statement = analyse(ast.parse(source).body[0])
        record = lineage.begin(statement, str(number))
        lineage.end(record, statement, {})
    assert record is not None
    return [one.msg_id for one in lineage.closure(record)]


def test_the_closure_is_what_the_last_statement_depends_on() -> None:
    needed = run(
        Lineage(), "n = 3", "unused = 4", "X = load()", "X['z'] = n", "m = Model(n)", "m.fit(X)"
    )
    assert needed == ["0", "2", "3", "4", "5"]


def test_a_rebound_name_forgets_its_past() -> None:
    assert run(Lineage(), "n = 3", "n = 5", "m = f(n)") == ["1", "2"]


def test_a_called_function_brings_the_names_of_its_body() -> None:
    assert run(Lineage(), "k = 1", "def f():\n    return k", "k = 2", "m = f()") == ["1", "2", "3"]


def test_a_long_chain_is_bounded() -> None:
    lineage = Lineage()
    assert len(run(lineage, "x = 0", *["x = x + 1"] * 8000)) <= 5001
