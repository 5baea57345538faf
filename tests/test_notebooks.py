"""The notebooks run top to bottom, define nothing, and are stored without outputs."""

from __future__ import annotations

import ast
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
PICTURES = {"01_from_tables_to_champion.ipynb": 6, "02_reading_explanations.ipynb": 6}
TOLD = {
    "01_from_tables_to_champion.ipynb": (
        "did you mean 'Kundennr'?",
        "3 rows before opened_at, set aside",
        "complaints_open = 1.0",
        "treue-churn version 1: the first model of its kind becomes champion",
        "False: the champion (version 1) stays",
    ),
    "02_reading_explanations.ipynb": (
        "likely to leave\n- ",
        "Abwanderung zu ",
        "have a category not seen in training (such as 'Raumfahrt')",
        "- complaints_open: missing (numeric in the model)",
    ),
}
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def stored(name: str) -> nbformat.NotebookNode:
    return nbformat.read(NOTEBOOKS / name, as_version=4)


def code_cells(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_every_notebook_is_tested() -> None:
    assert {path.name for path in NOTEBOOKS.glob("*.ipynb")} == set(PICTURES)


@pytest.mark.parametrize("name", PICTURES)
def test_a_notebook_defines_nothing(name: str) -> None:
    for cell in code_cells(stored(name)):
        defined = [node for node in ast.walk(ast.parse(cell.source)) if type(node) in DEFINITIONS]
        assert not defined, cell.source


@pytest.mark.parametrize("name", PICTURES)
def test_a_notebook_is_stored_without_outputs(name: str) -> None:
    for cell in code_cells(stored(name)):
        assert cell.outputs == []
        assert cell.execution_count is None


@pytest.mark.parametrize("name", PICTURES)
def test_a_notebook_runs_top_to_bottom_shows_its_pictures_and_leaves_nothing_behind(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MPLBACKEND", raising=False)  # the kernel draws into the notebook
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
    monkeypatch.setenv("MLFLOW_ALLOW_MODEL_CODE_EXECUTION", "false")
    for folder in ("work", "temporary"):
        (tmp_path / folder).mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))

    notebook = stored(name)
    resources = {"metadata": {"path": str(tmp_path / "work")}}
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources=resources).execute()

    outputs = [output for cell in code_cells(notebook) for output in cell.outputs]
    pictures = [output for output in outputs if "image/png" in output.get("data", {})]
    assert len(pictures) == PICTURES[name]
    text = "".join(output.get("text", "") for output in outputs)
    for told in TOLD[name]:
        assert told in text
    assert list((tmp_path / "work").iterdir()) == []
    assert list((tmp_path / "temporary").iterdir()) == []
