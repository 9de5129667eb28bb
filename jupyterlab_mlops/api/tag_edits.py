"""What a person may do to the tags of a candidate in the panel. :func:`checked` is pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ..entities import Candidate
from ..errors import Conflict, InvalidValue
from ..store import candidates
from ..store.store import Connection

#: Tags under these are ours and MLflow's: other things stand on them.
RESERVED = ("mlops.", "mlflow.")
#: What MLflow's own store accepts, in characters.
MOST_NAME, MOST_VALUE = 250, 8_000


def apply(conn: Connection, id: str, changed: Mapping[str, str], removed: Collection[str]) -> None:
    """Set tags and remove others, all or nothing; what is gone already may be removed again.

    Raises:
        NotFound: there is no such candidate.
        Conflict: it came from a remote, where its tags are kept.
        InvalidValue: a name or value cannot be used; nothing is changed.
    """
    candidate = candidates.get(conn, id)
    checked(candidate, changed, removed)
    for name in removed:
        if name in candidate.tags:
            candidates.delete_tag(conn, id, name)
    candidates.set_tags(conn, id, changed)


def checked(candidate: Candidate, changed: Mapping[str, str], removed: Collection[str]) -> None:
    """Refuse what must not be done.

    Raises:
        Conflict, InvalidValue: as :func:`apply`.
    """
    if candidate.remote:
        raise Conflict(
            f"{candidate.name} came from {candidate.remote}: its tags are changed where it was made."
        )
    for name in (*changed, *removed):
        if name.startswith(RESERVED):
            raise InvalidValue(
                f"tags: {name!r} is read-only; names under mlops. and mlflow. are kept by the programs.",
                field="tags",
            )
    for name, value in changed.items():
        if not name.strip() or name != name.strip() or not name.isprintable():
            raise InvalidValue(
                f"tags: the name {name!r} is empty, begins or ends with a space, or cannot be printed.",
                field="tags",
            )
        for what, length, most in (
            ("name", len(name), MOST_NAME),
            ("value", len(value), MOST_VALUE),
        ):
            if length > most:
                raise InvalidValue(
                    f"tags: the {what} of {name[:40]!r} has {length} characters; at most {most} are kept.",
                    field="tags",
                )
