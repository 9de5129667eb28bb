"""What observed calls mean: fits open candidates, scores and cross-validations measure them, searches have children.

The listener that ``observe`` tells. Everything runs on the kernel's main thread.
"""

from __future__ import annotations

import ast
import sys
from typing import Any, Protocol

from .. import params
from ..candidates import Candidate, Candidates
from ..cells import models
from ..cells.frames import World
from ..cells.observe import LATER, Call, observer
from ..cells.own_fits import own_fits
from ..cells.running import Execution, Running
from ..cells.weak import reference
from ..describing import settings_in
from ..link.journal import Journal
from ..link.output import Output
from ..measures.measuring import Measuring
from ..measures.metrics import real_scalar
from ..measures.reporting import Measured
from ..saving import examples, inputs
from ..source.syntax import base_name
from . import (
    frameworks,
    given_back,
    objectives,
    repeats,
    searches,
    statistics,
    watching,
    written,
)
from .autologging import Autologging
from .descents import KIND as DESCENT
from .descents import Descents
from .results import Results
from .turns import Turns

BEST_OF_SEARCH = 20
_CURVES = ("learning_curve", "validation_curve")


class Watched(Protocol):
    """What is told about the cell that trains."""

    world: World
    candidates: Candidates
    measuring: Measuring
    journal: Journal
    output: Output
    execution: Execution | None
    running: Running | None


class Training:
    """Turns observed calls into candidates and what is said of them. One a kernel."""

    def __init__(self, capture: Watched) -> None:
        self.capture = capture
        self.world = capture.world
        self.candidates = capture.candidates
        self.measuring = capture.measuring
        self.results = self._results = Results(capture)
        self._turns = Turns(capture.world)
        self.descents = Descents(self.results)
        self.autologging = Autologging()
        self.sampler: Any = None
        self.fitted_on: dict[int, Any] = {}
        """Model's id → the model and the first rows that it was last fitted on (for signatures)."""
        self._fitting: str | None = None
        """The candidate whose observed fit is running: what steps inside of it is its own."""

    # -- the listener ---------------------------------------------------------------------------------------------

    def before(self, call: Call) -> bool | str | None:
        """See ``observe.Listener``."""
        running, execution = self.capture.running, self.capture.execution
        if running is None or execution is None:
            return None
        if call.kind == "cv":
            estimator = call.args[0] if call.args else call.kwargs.get("estimator")
            estimator = call.owner if call.owner is not None else estimator
            learns = call.owner is not None and models.may_give_model(estimator)
            if estimator is not None and (learns or models.is_model(estimator)):
                call.notes["model"] = estimator
        if call.kind == DESCENT:
            outermost = self.descents.before(call, running, self.capture.output.length())
            return LATER if outermost else False
        if call.kind != "fit":
            return None
        if running.repeats and self._repeats(call, execution, running):
            return None
        model = frameworks.model_of(call)
        if model is None or (frameworks.is_trainer(call.owner) and frameworks.is_over(call.owner)):
            return False
        if not models.is_model(model):
            if hasattr(model, "transform"):
                self._turns.prepares(call, running)
            if not (models.may_become_model(model) or models.may_give_model(model)):
                return None
            call.notes["state"] = given_back.state_of(model)
            call.notes["model"] = call.notes["unfitted"] = model
            return LATER
        if call.name in own_fits(type(model)) and not _given_data(call, model):
            return None
        call.notes["model"] = model
        if models.is_own_model_class(type(model)) and not models.predicts(model):
            call.notes["before"] = len(running.trained)
            return LATER  # a model unless it turns out to train others
        call.notes["last_run"] = self.autologging.last_run()
        may_run = self.autologging.on and self.candidates.current() is None
        if not may_run and not self._caught(call):
            self._train(call, model, execution, running)
        self._fitting = call.notes.get("candidate")
        if call.owner is None:  # LightGBM lets go of the rows when it has trained on them
            call.notes["rows"] = examples.rows_of(call.args, call.kwargs)
        frameworks.listen_in(call)
        return None

    def after(self, call: Call, result: Any) -> None:
        """See ``observe.Listener``."""
        running, execution = self.capture.running, self.capture.execution
        if call.kind == "fit":
            self._fitting = None
            if call.repeats is not None and running is not None:
                if result is None or result is call.owner:
                    self._repeated(call, running)
                    return
            frameworks.let_go(call)
        if running is None or execution is None:
            return
        if "helper" in call.notes:
            self._turns.prepared(call, result, running)
        if call.kind == "fit":
            if "unfitted" in call.notes and not models.is_model(call.notes["unfitted"]):
                if hasattr(call.owner, "get_support"):
                    observer.take_inside()  # what a selector fits to choose columns is its own business
                call.notes["model"] = given_back.trained_by(call, result)
            if call.notes.get("before", len(running.trained)) == len(running.trained):
                self._fitted(call, result, execution, running)
        elif call.kind == "cv":
            self._cross_validated(call, result, execution, running)
        elif call.kind == "gives":
            self._given(call, result, execution, running)
        elif call.kind == "step":
            model = watching.keras_model_of(call.owner, call.frame)
            if model is not None:
                self.stepped(model, call.owner)
        elif call.kind == DESCENT:
            self.descents.after(call, result, execution, running)
        elif call.kind == "written":
            written.tell(call, self.world, self.measuring.reporter, execution, running)
        else:
            self._scored(call, result, execution, running)

    def failed(self, call: Call, error: BaseException) -> None:
        """See ``observe.Listener``."""
        if call.kind == DESCENT:
            self.descents.failed()
        if call.kind == "fit":
            self._fitting = None
            frameworks.let_go(call)
            running = self.capture.running
            if running is not None and call.notes.get("candidate"):
                running.failed_fit = call.notes["candidate"]

    # -- fits -----------------------------------------------------------------------------------------------------

    def _repeats(self, call: Call, execution: Execution, running: Running) -> bool:
        """Whether the fit that begins is one of a loop's, of which all is known (see ``repeats``)."""
        found = repeats.find(running, call, self.world, self.candidates, self._turns)
        if found is None:
            return False
        call.repeats = found
        call.notes = {"model": call.owner, "candidate": found.candidate.id, "node": found.node}
        self._fitting = found.candidate.id
        self._about(found.candidate.id, running)
        self._now_trains(found.candidate.id, execution)
        return True

    def _repeated(self, call: Call, running: Running) -> None:
        found = call.repeats
        self.candidates.fitted(found.candidate, running)
        if not inputs.knows(self.capture, call.owner):
            inputs.remember(self.capture, found.rows, call.owner)
        if found.node is not None:
            self.world.made(found.node, found.candidate.id)
            if isinstance(running.node, (ast.Expr, ast.Assign)):
                running.results[found.node] = call.owner

    def _train(
        self, call: Call, model: Any, execution: Execution, running: Running
    ) -> Candidate | None:
        node = self._node(call)
        variable = ""
        if node is not None and isinstance(node.func, ast.Attribute):
            receiver = node.func.value
            if call.owner is not model:
                if "unfitted" in call.notes:
                    watching.watch_trained(type(model))
            elif isinstance(receiver, ast.Name) and self.world.scope_of(call.frame, node).top:
                variable = receiver.id
            running.record.literals.update(settings_in(receiver))  # `arch_model(y, p=1).fit()`
        if not running.source:
            running.source = ast.unparse(running.node) if len(running.info.reads) < 300 else ""
        site = running.place(call.frame)
        data = call.args[0] if call.args else call.kwargs.get("X")
        turn = call.notes.get("turn")
        if turn is None:
            turn = self._turns.mark(call, params.fingerprint(model), data, running)
            if params.holds_data(model):
                turn += repr(sorted(frameworks.fit_params(call).items()))
        candidate = self.candidates.for_training(
            model,
            execution,
            running,
            site=site,
            method=call.name,
            variable=variable,
            data=data,
            run=self._made_run(call),
            settings=turn,
            searched=objectives.is_searched(call.frame),
        )
        if candidate is None:
            return None
        call.notes["candidate"] = candidate.id
        self._about(candidate.id, running)
        self._now_trains(candidate.id, execution)
        if candidate.fits == 0:
            if node is not None:
                self.world.trained_on(candidate.id, node, call.frame)
            told = {
                **self._turns.settings(turn, data, running),
                **given_back.learners_settings(call, model),
                **frameworks.fit_params(call),
            }
            self._results.set_params(candidate.id, told, execution)
            for first, columns in self._turns.columns(turn, site, model, running).items():
                self._results.set_params(first, {"n_features_in": columns}, execution)
        return candidate

    def _given(self, call: Call, result: Any, execution: Execution, running: Running) -> None:
        """A function of a library has trained a model, which it gives back: what it was told sets it apart from others."""
        if models.is_model(result):
            call.notes["model"] = result
            call.notes["turn"] = repr(sorted(frameworks.fit_params(call).items()))
            self._fitted(call, result, execution, running)
            candidate = self.candidates.get(call.notes.get("candidate"))
            criterion = str(call.kwargs.get("information_criterion", "aic"))
            value = statistics.criterion_of(result, criterion)
            if candidate is not None and value is not None:
                refs = frozenset((candidate.id,))
                best = Measured(criterion, value, ("fit",), refs, "autolog")
                self.measuring.reporter.report(best, execution, running)

    def _made_run(self, call: Call) -> str | None:
        """The MLflow run that autologging has made for this call, once the call has returned."""
        last = self.autologging.last_run()
        return last if "last_run" in call.notes and last != call.notes["last_run"] else None

    def _about(self, candidate: str, running: Running) -> None:
        """What is printed from now on is about this candidate."""
        if not running.marks or running.marks[-1][1] != candidate:
            running.marks.append((self.capture.output.length(), candidate))

    def _now_trains(self, candidate: str, execution: Execution) -> None:
        if self.sampler is not None:
            self.sampler.training(candidate, execution.msg_id)

    def _node(self, call: Call) -> ast.Call | None:
        """Where the call stands; looked up once."""
        notes = call.notes
        if "node" not in notes:
            notes["node"] = self.world.trees.call(call.frame, call.name)
        found: ast.Call | None = notes["node"]
        return found

    def _caught(self, call: Call) -> bool:
        """Whether the call stands in a ``try`` of its own block: it may fail without failing the cell."""
        node = self._node(call)
        index = self.world.trees.index(call.frame.f_code.co_filename)
        if node is None or index is None:
            return False
        return any(
            isinstance(parent, ast.Try) and parent.handlers for parent in index.ancestors(node)
        )

    def _fitted(self, call: Call, result: Any, execution: Execution, running: Running) -> None:
        model = call.notes.get("model")
        if model is None:
            return
        caught = "candidate" not in call.notes
        if caught and self._train(call, model, execution, running) is None:
            return
        candidate = self.candidates.get(call.notes.get("candidate"))
        if candidate is None:
            return
        self.candidates.fitted(candidate, running)
        rows = call.notes.get("rows")
        rows = examples.rows_of(call.args, call.kwargs) if rows is None else rows
        inputs.remember(self.capture, rows, model, result)
        node = call.notes.get("node")
        if node is not None:
            self.world.made(node, candidate.id)
            if isinstance(running.node, (ast.Expr, ast.Assign)):
                running.results[node] = result
        if result is not None and result is not model:
            if models.is_model(result):
                self.world.registry.put(result, candidate.id)
                candidate.model = reference(result)
            else:
                self.world.products.put(result, frozenset((candidate.id,)))
        if call.owner is not None and call.owner is not model:
            self.world.products.put(call.owner, frozenset((candidate.id,)))  # its trainer
        for _name, step in models.steps_of(model):
            self.world.products.put(step, frozenset((candidate.id,)))
        if candidate.origin != "mlflow":
            told = False
            for name, points, steps in frameworks.training_series(call, model, result):
                self._results.series(candidate, name, points, steps, execution)
                told = True
            if not told and not caught and repeats.may_repeat(call, model, result, candidate):
                repeats.keep(running, call, candidate, rows)
        if statistics.is_statsmodels(result) and (
            running.compound or call.frame.f_code.co_name != "<module>"
        ):
            self._results.statistics(candidate, result, running)
        if candidate.origin == "training":
            if isinstance(model, objectives.Minimising):
                model.result = result
            search = searches.search_of(model, BEST_OF_SEARCH)
            search = search or objectives.search_of(model, BEST_OF_SEARCH)
            if search is not None:
                self._results.searched(candidate, search, execution, running)

    # -- predictions and measurements -----------------------------------------------------------------------------

    def predicted(self, call: Call, result: Any) -> None:
        """See ``observe.Listener``."""
        running = self.capture.running
        if running is None:
            return
        self.world.products.put(result, frozenset((call.repeats,)))
        if running.compound and not running.trained:
            running.asked_at.add(running.place(call.frame))
            if not running.asked or running.asked[-1][1] != call.repeats:
                running.asked.append((self.capture.output.length(), call.repeats))
        if not inputs.knows(self.capture, call.owner):
            inputs.remember(self.capture, examples.rows_of(call.args, call.kwargs), call.owner)
        if isinstance(running.node, (ast.Expr, ast.Assign)):
            node = self.world.trees.call(call.frame, call.name)
            if node is not None:
                running.results[node] = result

    def _cross_validated(
        self, call: Call, result: Any, execution: Execution, running: Running
    ) -> None:
        estimator = call.notes.get("model")
        if estimator is None:
            return
        candidate_id = self.candidates.current() or self.world.registry.get(estimator)
        data = call.args[1] if len(call.args) > 1 else call.kwargs.get("X")
        turn = self._turns.mark(call, params.fingerprint(estimator), data, running)
        known = self.candidates.get(candidate_id)
        rows = self._rows_given(call, running)
        anew = (
            known is not None
            and known.msg_id != execution.msg_id
            and known.only_measured_on_other(rows)
        )
        if (
            candidate_id is None
            or anew
            or self.candidates.done_again(self.candidates.get(candidate_id), execution)
            or self.candidates.set_anew(candidate_id, estimator, running, turn)
        ):
            if not self.candidates.automatic:
                return
            _node, scope = self.world.call_of(call.frame, call.name)
            name = next(
                (one for one in running.info.reads if self.world.namespace.get(one) is estimator),
                "",
            )
            opened = self.candidates.for_training(
                estimator,
                execution,
                running,
                site=running.place(call.frame),
                method="cv",
                variable=name if scope.top else "",
                settings=turn,
                searched=objectives.is_searched(call.frame),
                anew=anew,
            )
            if opened is None:
                return
            opened.rows = rows
            if opened.fits == 0:
                told = self._turns.settings(turn, data, running)
                self._results.set_params(opened.id, told, execution)
            candidate_id = opened.id
        call.notes["candidate"] = candidate_id
        execution.touched.add(candidate_id)
        node = self.world.trees.call(call.frame, call.name)
        if node is not None:
            self.world.made(node, candidate_id)
        self._about(candidate_id, running)
        if call.name == "cross_val_predict":
            self.world.products.put(result, frozenset((candidate_id,)))
            return
        candidate = self.candidates.get(candidate_id)
        if call.name in _CURVES and candidate is not None:
            self._results.curve(call, result, candidate, execution)
            return
        self.measuring.called(call, result, execution, running)

    def _rows_given(self, call: Call, running: Running) -> tuple[str, int]:
        """The name of the data that a cross-validation at top level is given, and the order of the statement that has bound it."""
        node = self.world.trees.call(call.frame, call.name)
        if node is None or len(node.args) < 2 or call.frame.f_code.co_name != "<module>":
            return "", 0
        name = base_name(node.args[1]) or ""
        if name in running.info.binds:
            return name, running.record.order
        records = self.candidates.lineage.records.get(name, ())
        return (name, records[0].order) if records else ("", 0)

    def _scored(self, call: Call, result: Any, execution: Execution, running: Running) -> None:
        owner = call.owner
        if owner is not None and frameworks.is_trainer(owner):
            owner = frameworks.model_of(call)
            call.notes["measured"] = frameworks.measured_by(call.owner, result)
            mine = self.world.registry.get(owner)
            if mine is None:
                return  # an untrained model's
            call.notes["candidate"] = mine
        if call.kind == "score" and owner is not None and self.world.registry.get(owner) is None:
            if (
                not models.is_model(owner)
                and models.measured_by_itself(owner)
                and real_scalar(result) is not None
            ):
                candidate = self.candidates.for_training(
                    owner, execution, running, site=None, method="score", variable=""
                )
                if candidate is not None:
                    self.candidates.fitted(candidate, running)
        call.notes.setdefault("labels", frameworks.score_labels(call, result))
        self.measuring.called(call, result, execution, running)
        mark = self.world.registry.get(owner) if owner is not None else None
        if mark:
            self._about(mark, running)

    # -- loops of the user's own ----------------------------------------------------------------------------------

    def stepped(self, model: Any, optimizer: Any) -> None:
        """An optimiser has made a step on this model (see ``watching.on_torch_step``)."""
        running, execution = self.capture.running, self.capture.execution
        if running is None or execution is None:
            return
        inside = self.candidates.get(self._fitting)
        if inside is not None:  # a trainer's step, or one of the user's own ``fit``
            if not inside.optimizer:
                inside.optimizer = True
                self._results.set_params(inside.id, params.optimizer_params(optimizer), execution)
            return
        own = self.candidates.get(self.world.registry.get(model))
        if own is not None and own.id in running.trained:
            return
        if not running.source:
            running.source = ast.unparse(running.node)
        settings = params.optimizer_params(optimizer)
        candidate = self.candidates.for_training(
            model, execution, running, site="loop", method="loop", settings=str(settings)
        )
        if candidate is None:
            return
        if candidate.fits == 0:
            self._results.set_params(candidate.id, settings, execution)
            self._now_trains(candidate.id, execution)
        if not inputs.knows(self.capture, model):
            rows = inputs.fed_in(self.world.trees, sys._getframe(1), model)
            inputs.remember(self.capture, rows, model)
        self.candidates.fitted(candidate, running)
        self._about(candidate.id, running)


def _given_data(call: Call, model: Any) -> bool:
    """Whether a method of a name of its own fits: its object predicts, or it was given arrays or frames."""
    return models.predicts(model) or any(
        hasattr(one, "shape") for one in (*call.args, *call.kwargs.values())
    )
