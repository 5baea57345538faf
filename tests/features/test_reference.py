"""docs/features.md is generated from the catalogue: `python -m treue.features.reference`."""

from __future__ import annotations

from pathlib import Path

import pytest

from treue.features.catalogue import CATALOGUE, FAMILIES, FAMILY_PHRASES, describe, load_family
from treue.features.errors import TreueError
from treue.features.reference import reference

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_generated_reference_is_up_to_date() -> None:
    assert (DOCS / "features.md").read_text(encoding="utf-8") == reference()


def test_every_feature_has_unit_meaning_and_both_phrases() -> None:
    incomplete = [
        feature.name
        for feature in CATALOGUE.values()
        if not (feature.unit and feature.meaning and feature.de and feature.en and feature.family)
    ]
    assert incomplete == []


def test_german_and_english_phrases_differ_and_none_stands_twice() -> None:
    shown = [f for f in CATALOGUE.values() if f.family != "calendar"]
    for language in ("de", "en"):
        phrases = [getattr(feature, language) for feature in shown]
        assert sorted({p for p in phrases if phrases.count(p) > 1}) == []
    assert [f.name for f in shown if f.de == f.en] == []


def test_every_family_has_a_name_in_both_languages() -> None:
    assert set(FAMILY_PHRASES) == {family.name for family in FAMILIES} | {"calendar"}


def test_an_unknown_column_is_described_by_its_own_name() -> None:
    assert describe("ratings_2020").en == "ratings_2020"


def test_a_feature_name_used_twice_is_refused() -> None:
    with pytest.raises(TreueError, match="'orders_30' stands in the families 'purchases' and"):
        describe("x", families=[FAMILIES[0], FAMILIES[0]])


def test_a_family_file_that_is_absent_or_broken_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TreueError, match="no file"):
        load_family(tmp_path / "none.py")
    (tmp_path / "broken.py").write_text("1 / 0")
    with pytest.raises(TreueError, match="does not run: ZeroDivisionError"):
        load_family(tmp_path / "broken.py")
    (tmp_path / "empty.py").write_text("x = 1")
    with pytest.raises(TreueError, match="defines no FAMILY"):
        load_family(tmp_path / "empty.py")
