"""What users can set, run or call is documented; links between pages lead somewhere."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

import pytest

import jupyterlab_mlops
from jupyterlab_mlops.api.contract import operations
from jupyterlab_mlops.cli.grammar import parser
from jupyterlab_mlops.settings import MLOpsSettings

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]


def page(name: str) -> str:
    return (DOCS / "reference" / name).read_text("utf-8")


@pytest.mark.parametrize("trait", sorted(MLOpsSettings.class_own_traits(config=True)))
def test_every_trait_is_documented(trait: str) -> None:
    assert f"`{trait}`" in page("configuration.md")


def commands() -> list[str]:
    actions = parser()._actions
    found = next(each for each in actions if isinstance(each, argparse._SubParsersAction))
    return sorted(found.choices)


@pytest.mark.parametrize("command", commands())
def test_every_command_of_the_command_line_is_documented(command: str) -> None:
    assert re.search(rf"`{command}\b", page("cli.md"))


@pytest.mark.parametrize("name", sorted(set(jupyterlab_mlops.__all__) - {"__version__"}))
def test_every_function_of_the_kernel_api_is_documented(name: str) -> None:
    assert re.search(rf"`{name}\(", page("kernel-api.md"))


@pytest.mark.parametrize("operation", sorted(operations()))
def test_every_route_is_documented(operation: str) -> None:
    found = operations()[operation]
    assert f"`{found.verb.upper()} {found.path}`" in page("http-api.md")


def lab_commands() -> list[str]:
    source = (ROOT / "src" / "commands.ts").read_text("utf-8")
    return sorted(set(re.findall(r"'(mlops:[a-z-]+)'", source)))


@pytest.mark.parametrize("command", lab_commands())
def test_every_command_of_the_palette_is_documented(command: str) -> None:
    assert f"`{command}`" in page("commands.md")


def test_no_command_is_documented_that_is_not_there() -> None:
    assert set(re.findall(r"`(mlops:[a-z-]+)`", page("commands.md"))) == set(lab_commands())


def settings() -> list[tuple[str, str]]:
    found = []
    for path in sorted((ROOT / "schema").glob("*.json")):
        schema = json.loads(path.read_text("utf-8"))
        found += [(path.stem, name) for name in schema.get("properties", {})]
    return found


@pytest.mark.parametrize(("plugin", "setting"), settings() or [("none", "")])
def test_every_setting_is_documented(plugin: str, setting: str) -> None:
    assert not setting or f"`{setting}`" in page("commands.md")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text("utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), f"{path.name} links to {target}"


def test_every_picture_is_shown_somewhere() -> None:
    shown = {
        name for path in PAGES for name in re.findall(r"images/([\w.-]+)", path.read_text("utf-8"))
    }
    assert {picture.name for picture in (DOCS / "images").iterdir()} == shown
