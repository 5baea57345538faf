"""What holds in every test: whatever is found in a company's data is found in German, too."""

from collections.abc import Iterator
from typing import Any

import pytest

from treue.features.findings_german import in_german
from treue.features.report import Level, Report


@pytest.fixture(scope="session", autouse=True)
def every_finding_has_german() -> Iterator[None]:
    """Whatever finding a test provokes, the catalogue must have its German."""
    add = Report.add

    def adding(
        self: Report, level: Level, table: str, column: str | None, message: str,
        remedy: str = "", **more: Any
    ) -> None:  # fmt: skip
        lacking = [said for said in (message, remedy) if in_german(said) is None]
        assert not lacking, f"features/findings_german_words.py lacks {lacking}"
        add(self, level, table, column, message, remedy, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Report, "add", adding)
        yield
