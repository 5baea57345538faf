"""Functions compiled once a machine, or, where nothing can be written, once a process."""

from __future__ import annotations

import logging

import pytest
from numba.core.caching import _CacheLocator

from treue.models.treeshap import compiled


def test_a_machine_with_no_folder_to_keep_compiled_functions_in_works(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(self: _CacheLocator) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(_CacheLocator, "ensure_cache_path", refuse)
    monkeypatch.setattr(compiled, "_told", [])

    def double(x: float) -> float:
        return 2.0 * x

    def half(x: float) -> float:
        return 0.5 * x

    with caplog.at_level(logging.WARNING):
        assert compiled.compiled()(double)(4.0) == 8.0
        assert compiled.compiled()(half)(4.0) == 2.0
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "set NUMBA_CACHE_DIR to a folder that can be written" in caplog.text


def test_compiled_functions_are_kept_where_that_is_possible() -> None:
    from treue.models.treeshap.kernels_codes import encode

    assert type(encode._cache).__name__ == "FunctionCache"
