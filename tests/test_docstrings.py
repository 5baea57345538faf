"""Examples in docstrings are run."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import treue


def test_every_example_in_a_docstring_holds() -> None:
    attempted = 0
    names = [m.name for m in pkgutil.walk_packages(treue.__path__, "treue.")]
    for name in names:
        if name == "treue.__main__":
            continue
        outcome = doctest.testmod(importlib.import_module(name))
        assert outcome.failed == 0, name
        attempted += outcome.attempted
    assert attempted > 10
