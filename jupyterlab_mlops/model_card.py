"""The model card of a version: Markdown from recorded facts, with a place for what only people know. Pure."""

from __future__ import annotations

import math

from .entities import Candidate

#: More rows of a table than this are summed up in a line.
MOST_ROWS = 40


def write_card(
    *,
    model: str,
    version: str,
    candidate: Candidate | None,
    previous: Candidate | None = None,
    previous_version: str | None = None,
    description: str = "",
    flavor: str = "",
) -> str:
    """The card of ``model`` ``version``, metrics beside those of the previous version."""
    parts = [
        f"# {model} {version}",
        description or "_Purpose: what this model is for, and what it is not for._",
    ]
    if candidate is None:
        parts.append("What this version was made from was not recorded.")
        return "\n\n".join(parts) + "\n"
    facts = [
        ("Model", candidate.model_class),
        ("Format", flavor or None),
        ("Notebook", candidate.notebook),
        ("Candidate", f"{candidate.name} (`{candidate.id}`)"),
        ("Status", candidate.status.value),
        ("Commit", _commit(candidate)),
    ]
    parts.append("\n".join(f"- **{name}:** {value}" for name, value in facts if value))
    parts.append("## Metrics\n\n" + _metrics(candidate, previous, previous_version))
    parts.append("## Params\n\n" + _params(candidate))
    parts.append(
        "## Data\n\n"
        + _table(
            ["input", "bytes", "sha256"],
            [
                [item.path, "" if item.size is None else str(item.size), f"`{item.sha256[:16]}`"]
                for item in candidate.inputs
            ],
        )
    )
    if candidate.score is not None:
        parts.append("## Reproducibility\n\n" + _score(candidate))
    return "\n\n".join(parts) + "\n"


def _params(candidate: Candidate) -> str:
    """What somebody chose; what nobody set is folded away (GitLab and JupyterLab both render ``details``)."""
    unset = frozenset(candidate.details.get("defaults") or ())
    rows = {name: [name, _shorten(param.value)] for name, param in sorted(candidate.params.items())}
    head = ["param", "value"]
    chosen = _table(head, [row for name, row in rows.items() if name not in unset])
    defaults = [row for name, row in rows.items() if name in unset]
    if not defaults:
        return chosen
    summary = f"<summary>{len(defaults)} more at their defaults</summary>"
    return f"{chosen}\n\n<details>{summary}\n\n{_table(head, defaults)}\n\n</details>"


def _score(candidate: Candidate) -> str:
    reasons = [
        f"- {reason.get('message')} ({reason.get('points')}/{reason.get('of')})"
        for reason in candidate.details.get("score_reasons") or ()
        if isinstance(reason, dict)
    ]
    return "\n\n".join([f"{candidate.score} of 100.", "\n".join(reasons)]).rstrip()


def _metrics(candidate: Candidate, previous: Candidate | None, previous_version: str | None) -> str:
    if previous is None or previous_version is None:
        return _table(
            ["metric", "value"],
            [[name, _number(metric.value)] for name, metric in sorted(candidate.metrics.items())],
        )
    rows = []
    for name in sorted(candidate.metrics.keys() | previous.metrics.keys()):
        now, before = candidate.metrics.get(name), previous.metrics.get(name)
        delta = ""
        if now and before and math.isfinite(now.value) and math.isfinite(before.value):
            delta = f"{now.value - before.value:+.4g}"
        rows.append(
            [
                name,
                _number(now.value) if now else "–",
                _number(before.value) if before else "–",
                delta,
            ]
        )
    return _table(["metric", "value", previous_version, "change"], rows)


def _table(head: list[str], rows: list[list[str]]) -> str:
    if not rows:
        return "_None recorded._"
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in rows[:MOST_ROWS]]
    if len(rows) > MOST_ROWS:
        lines.append(f"\n… and {len(rows) - MOST_ROWS} more.")
    return "\n".join(lines)


def _cell(value: str) -> str:
    return value.replace("|", "\\|").replace("\n", " ")


def _shorten(value: str, most: int = 120) -> str:
    return value if len(value) <= most else value[: most - 1] + "…"


def _number(value: float) -> str:
    return f"{value:.6g}"


def _commit(candidate: Candidate) -> str | None:
    git = candidate.details.get("git") or {}
    commit = git.get("commit")
    if not commit:
        return None
    return f"`{commit[:12]}`" + (" with uncommitted changes" if git.get("dirty") else "")
