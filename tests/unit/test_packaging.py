"""What is installed is what is declared."""

from __future__ import annotations

import ast
import json
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
ROOMS = ("server", "iiif_store", "ml_backends")


def project() -> dict[str, Any]:
    declared: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return declared


def requirements(*extras: str) -> dict[str, Requirement]:
    declared = project()
    lines = [
        *declared["dependencies"],
        *(line for extra in extras for line in declared["optional-dependencies"][extra]),
    ]
    return {canonicalize_name(Requirement(line).name): Requirement(line) for line in lines}


def pins() -> dict[str, str]:
    lines = (ROOT / ".ci" / "constraints.txt").read_text().splitlines()
    pairs = (line.split("==") for line in lines if line and not line.startswith("#"))
    return {canonicalize_name(name): version for name, version in pairs}


def imported(room: str) -> Iterator[tuple[str, Path]]:
    for path in (ROOT / room).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            yield from ((name.partition(".")[0], path) for name in names)


@pytest.mark.parametrize("room", ROOMS)
def test_every_package_that_is_imported_is_declared(room: str) -> None:
    ours = {*sys.stdlib_module_names, *ROOMS, "_typeshed"}
    providers = packages_distributions()
    declared = requirements("postgres", "ocr", "testing")
    missing = {
        f"{name} in {path.relative_to(ROOT)}"
        for name, path in imported(room)
        if name not in ours and not {canonicalize_name(dist) for dist in providers.get(name, [name])} & declared.keys()
    }
    assert not missing


def test_every_declared_package_is_pinned_within_its_range() -> None:
    pinned = pins()
    for name, requirement in requirements("postgres", "ocr", "testing", "dev").items():
        if name == "glossator":
            continue
        assert name in pinned, f"{name} is not in .ci/constraints.txt"
        assert requirement.specifier.contains(pinned[name]), f"{requirement} does not allow {pinned[name]}"


def test_the_lock_pins_what_package_json_names_and_nothing_else() -> None:
    wanted = json.loads((ROOT / "static" / "package.json").read_text())["dependencies"]
    packages = json.loads((ROOT / "static" / "package-lock.json").read_text())["packages"]
    locked = {key.removeprefix("node_modules/"): value for key, value in packages.items() if key}
    assert {name: value["version"] for name, value in locked.items()} == wanted
    assert all(value["integrity"].startswith("sha512-") and "resolved" not in value for value in locked.values())


def test_the_makefile_installs_the_torch_that_is_declared() -> None:
    declared = requirements()
    assert f"TORCH := {declared['torch']} {declared['torchvision']}\n" in (ROOT / "Makefile").read_text()
