"""What a training is found to have given, beside its model: curves, statistics, the attempts of a search, settings."""

from __future__ import annotations

from typing import Any, Protocol

from .. import params
from ..candidates import Candidate, Candidates
from ..cells.frames import World
from ..cells.observe import Call
from ..cells.running import Execution, Running
from ..link.journal import Journal
from ..measures.measuring import Measuring
from ..measures.reporting import Measured
from . import searches, statistics

MAX_PENDING = 2000
"""Statistics of the fits of one statement that are kept until it is over."""


class Kernel(Protocol):
    """Where it is said, and of what."""

    world: World
    candidates: Candidates
    measuring: Measuring
    journal: Journal


class Results:
    """Says what a training has given. One a kernel."""

    def __init__(self, capture: Kernel) -> None:
        self.world = capture.world
        self.candidates = capture.candidates
        self.measuring = capture.measuring
        self.journal = capture.journal

    def statistics(self, candidate: Candidate, result: Any, running: Running) -> None:
        """The statistics of a fit in a loop or function: metrics if they come out, as in a table of every AIC."""
        if len(running.pending) < MAX_PENDING:
            refs = frozenset((candidate.id,))
            running.pending.extend(
                Measured(name, value, ("fit",), refs, "autolog")
                for name, value in statistics.fit_summary(result)
            )

    def series(
        self,
        candidate: Candidate,
        name: str,
        points: list[float],
        steps: list[int] | None,
        execution: Execution,
    ) -> None:
        """The points of a metric that went on with the training, one a step."""
        candidate.metric_names.setdefault(name, ("series",))
        candidate.values.extend((name, value) for value in points[-200:])
        rows: list[tuple[str, float, int | None]] = [
            (name, value, steps[place] if steps is not None else place)
            for place, value in enumerate(points[:20_000])
        ]
        for start in range(0, len(rows), 500):
            self.journal.metrics(
                candidate.id, rows[start : start + 500], execution.msg_id, "autolog"
            )

    def searched(
        self, parent: Candidate, search: searches.Search, execution: Execution, running: Running
    ) -> None:
        """A search was fitted: its best result, and the best of its attempts as children."""
        if search.refitted is not None:
            self.world.registry.put(search.refitted, parent.id)
        if search.best is not None:
            name, value = search.best
            best = Measured(name, value, ("fit",), frozenset((parent.id,)), "autolog")
            self.measuring.reporter.report(best, execution, running)
        chosen = {f"best_{name}": value for name, value in search.params.items()}
        self.set_params(parent.id, chosen, execution)
        for attempt in search.attempts:
            settings = {name: [text, "estimator"] for name, text in attempt.settings.items()}
            child = self.candidates.open_child(
                parent.id, execution, "search", settings, search.model_class
            )
            points: list[tuple[str, float, int | None]] = [
                (name, value, None) for name, value in attempt.points
            ]
            self.journal.metrics(child, points, execution.msg_id, "autolog")
            self.journal.emit("end", execution.msg_id, candidate=child, status="FINISHED")
        details = {"attempts": search.total, "children": len(search.attempts)}
        self.journal.emit("update", execution.msg_id, candidate=parent.id, details=details)

    def curve(self, call: Call, result: Any, candidate: Candidate, execution: Execution) -> None:
        """The mean scores of a learning or validation curve, a point a size or a setting."""
        steps = None
        if call.name == "learning_curve":
            steps = [int(size) for size in result[0]]
            result = result[1:]
        if candidate.origin == "mlflow":
            return
        for part, scores in zip(("train", "test"), result):
            means = [sum(row) / len(row) for row in scores.tolist()]
            self.series(candidate, f"{call.name}_{part}_mean", means, steps, execution)
            self.world.products.put(scores, frozenset((candidate.id,)))

    def set_params(self, candidate: str, values: dict[str, Any], execution: Execution) -> None:
        """Settings that are read off an object, as it has them."""
        texts = {
            name: [text, "estimator"]
            for name, value in values.items()
            if (text := params.text_of(value)) is not None
        }
        self.candidates.describing.set_params(candidate, texts, execution.msg_id)
