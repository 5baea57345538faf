"""Style, types, layers and packaging are part of the one test command."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent


def run(*command: str) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"


def test_the_code_is_linted() -> None:
    run(str(BIN / "ruff"), "check", "--no-cache", ".")


def test_the_code_is_formatted() -> None:
    run(str(BIN / "ruff"), "format", "--check", "--no-cache", ".")


def test_types_hold() -> None:
    run(str(BIN / "mypy"))


def test_each_folder_imports_only_what_stands_below_it() -> None:
    run(str(BIN / "lint-imports"), "--no-cache")


def test_the_lock_file_names_no_mirror() -> None:
    lock = tomllib.loads((ROOT / "uv.lock").read_text())
    registries = {
        package["source"]["registry"]
        for package in lock["package"]
        if "registry" in package["source"]
    }
    assert registries == {"https://pypi.org/simple"}


def test_the_wheel_holds_every_module_and_nothing_else_at_its_top(tmp_path: Path) -> None:
    if not (BIN / "uv").exists() and subprocess.run(["which", "uv"], check=False).returncode:
        pytest.skip("uv is not on the path")
    run("uv", "build", "--wheel", "--out-dir", str(tmp_path), "--quiet")
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    expected = {"treue/py.typed"} | {
        f"treue/{path.relative_to(ROOT)}"
        for folder in ("features", "models", "training", "serving")
        for path in (ROOT / folder).rglob("*.py")
    }
    assert expected <= names
    version = wheel.stem.split("-py3")[0]
    assert {name.split("/")[0] for name in names} == {"treue", f"{version}.dist-info"}
