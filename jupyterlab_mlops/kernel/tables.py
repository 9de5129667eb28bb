"""Candidates and comparisons as small tables: text, HTML, and a DataFrame where pandas is there. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any


class CandidateList:
    """Rows ``{"id", "name", "status", "start_time", "params", "metrics"}``, newest first."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows

    @classmethod
    def from_runs(cls, runs: Sequence[Mapping[str, Any]]) -> CandidateList:
        """From the runs of an MLflow search."""
        rows = []
        for run in runs:
            info, data = run.get("info", {}), run.get("data", {})
            rows.append(
                {
                    "id": info.get("run_id", ""),
                    "name": info.get("run_name", ""),
                    "status": info.get("status", ""),
                    "start_time": info.get("start_time"),
                    "params": {one["key"]: one.get("value", "") for one in data.get("params", [])},
                    "metrics": {one["key"]: one.get("value") for one in data.get("metrics", [])},
                }
            )
        return cls(rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.rows)

    def __getitem__(self, place: int) -> dict[str, Any]:
        return self.rows[place]

    def to_df(self) -> Any:
        """A pandas DataFrame: one row a candidate, columns ``metrics.…`` and ``params.…``."""
        import pandas

        return pandas.DataFrame(
            [
                {
                    **{key: row[key] for key in ("id", "name", "status", "start_time")},
                    **{f"metrics.{key}": value for key, value in row["metrics"].items()},
                    **{f"params.{key}": value for key, value in row["params"].items()},
                }
                for row in self.rows
            ]
        )

    def _cells(self) -> tuple[list[str], list[list[str]]]:
        metrics = list(
            dict.fromkeys(
                key for row in self.rows for key in row["metrics"] if not key.startswith("system/")
            )
        )
        head = ["name", "status", *metrics[:6]]
        body = [
            [
                str(row["name"]),
                str(row["status"]),
                *(shown(row["metrics"].get(key)) for key in metrics[:6]),
            ]
            for row in self.rows
        ]
        return head, body

    def __repr__(self) -> str:
        return text_table(*self._cells()) if self.rows else "no candidates"

    def _repr_html_(self) -> str:
        return html_table(*self._cells()) if self.rows else "<em>no candidates</em>"


class Comparison:
    """What differs between some candidates."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = rows

    def differences(self, *, only: bool = True) -> list[tuple[str, str, list[str]]]:
        """(group, name, a value a candidate): metrics, then params; equal ones left out if ``only``."""
        found = []
        for group in ("metrics", "params"):
            for key in dict.fromkeys(key for row in self.rows for key in row[group]):
                values = [shown(row[group].get(key)) for row in self.rows]
                if not only or len(set(values)) > 1:
                    found.append((group, key, values))
        return found

    def _cells(self) -> tuple[list[str], list[list[str]]]:
        head = ["", *(str(row["name"]) for row in self.rows)]
        return head, [[f"{group[:-1]} {key}", *values] for group, key, values in self.differences()]

    def __repr__(self) -> str:
        return text_table(*self._cells()) if self.rows else "nothing to compare"

    def _repr_html_(self) -> str:
        return html_table(*self._cells()) if self.rows else "<em>nothing to compare</em>"


def shown(value: Any) -> str:
    """A value as a cell shows it; '–' where there is none."""
    if value is None:
        return "–"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def text_table(head: list[str], body: list[list[str]]) -> str:
    """A table in plain text."""
    widths = [max(len(row[place]) for row in (head, *body)) for place in range(len(head))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
        for row in (head, *body)
    ]
    lines.insert(1, "  ".join("─" * width for width in widths))
    return "\n".join(lines)


def html_table(head: list[str], body: list[list[str]]) -> str:
    """A table in HTML, every cell escaped."""
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in body
    )
    return f"<table><thead><tr>{top}</tr></thead><tbody>{rows}</tbody></table>"
