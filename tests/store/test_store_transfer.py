"""Rows of one store brought into another that has things of the same names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyterlab_mlops.store import models, transfer
from jupyterlab_mlops.store.store import Connection, Store


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Store]:
    """The store that is exported."""
    with Store(tmp_path / "there") as opened:
        yield opened


def exported(store: Store) -> dict[str, list[dict[str, Any]]]:
    return store.read_sync(
        lambda conn: {table: list(transfer.rows(conn, table)) for table in transfer.TABLES}
    )


def register(store: Store, *versions: str) -> None:
    def write(conn: Connection) -> None:
        models.ensure_model(conn, "iris")
        for version in versions:
            models.create_version(conn, "iris", version=version, tags={"made": version})

    store.write_sync(write)


def numbers(store: Store) -> dict[str, int]:
    found = store.read_sync(models.versions, "iris")
    return {version.version: version.number for version in found}


def test_a_version_whose_number_is_taken_gets_the_next_and_its_aliases_follow(
    store: Store, there: Store
) -> None:
    register(store, "1.0.0", "1.1.0")
    register(there, "1.1.0", "2.0.0", "3.0.0")
    there.write_sync(models.set_alias, "iris", "old", 1)
    there.write_sync(models.set_alias, "iris", "champion", 2)

    added = store.write_sync(transfer.bring_in, exported(there))

    assert added["model_versions"] == 2
    assert numbers(store) == {"1.0.0": 1, "1.1.0": 2, "2.0.0": 3, "3.0.0": 4}
    aliases = store.read_sync(models.get_model, "iris").aliases
    assert aliases == {"old": 2, "champion": 3}
    assert store.read_sync(models.get_version, "iris", version="2.0.0").tags == {"made": "2.0.0"}
    assert "model_versions" not in store.write_sync(transfer.bring_in, exported(there))


def test_the_next_version_after_an_import_has_a_number_of_its_own(
    store: Store, there: Store
) -> None:
    register(store, "1.0.0")
    register(there, "1.0.0", "1.1.0", "1.2.0")
    store.write_sync(transfer.bring_in, exported(there))
    register(store, "1.3.0")
    assert numbers(store) == {"1.0.0": 1, "1.1.0": 2, "1.2.0": 3, "1.3.0": 4}
