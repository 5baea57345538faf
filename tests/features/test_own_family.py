"""A family of a company's own: the example of the docs, and what is refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
import pandas as pd
import pytest

from treue.features.catalogue import FAMILIES, check_families, describe, load_family
from treue.features.errors import TreueError
from treue.features.family import Family, Feature, Stream
from treue.features.panel import build_panel
from treue.features.tables import Tables

DOCS = Path(__file__).resolve().parents[2] / "docs"
CUTOFF = datetime(2024, 7, 1)

CONTACTED = [
    ("customer_id", "contacted_at", "channel", "direction"),
    ("anna", 10, "newsletter", "in"),
    ("anna", 70, "newsletter", "in"),
    ("anna", 90, "newsletter", "in"),
    ("anna", 20, "newsletter", "out"),  # sent, not clicked
    ("anna", 20, "call", "in"),
    ("anna", -40, "newsletter", "in"),
    ("bert", -1, "newsletter", "in"),
]
FRAMES: dict[str, Any] = {
    "purchases": [
        ("customer_id", "purchased_at", "amount"),
        *(("anna", 5, 1.0), ("anna", 300, 1.0), ("bert", 60, 1.0)),
    ],
    "contacts": CONTACTED,
}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Family:
    page = (DOCS / "adding_a_family.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```python\n(.*?)^```", page, flags=re.DOTALL | re.MULTILINE)
    path = tmp_path_factory.mktemp("families") / "newsletter.py"
    path.write_text(example, encoding="utf-8")
    return load_family(path)


def test_the_family_of_the_docs_is_computed_beside_the_others(
    own: Family, tables_of: Callable[..., Tables]
) -> None:
    panel = build_panel(tables_of(FRAMES), [CUTOFF], families=[*FAMILIES, own], lookback=365)
    panel = panel.set_index("customer_id")
    expected = {
        "newsletter_clicks_90": 2,  # the one exactly 90 days ago is not in it
        "newsletter_clicks_365": 3,
        "days_since_newsletter_click": 10,
        "newsletter_pause_longest_days": 60,  # 90 to 70 is 20, 70 to 10 is 60
        "newsletter_clicks_per_order_365": 1.5,
    }
    assert {feature.name for feature in own.features} == set(expected)
    assert panel.loc["anna", list(expected)].to_dict() == expected
    bert = panel.loc["bert", list(expected)]
    assert bert[:2].tolist() == [0, 0]
    assert bert[2:4].isna().all()
    assert panel.loc["anna", "contacts_in_90"] == 3


@pytest.mark.parametrize("recorded", [None, (9, 70, 89, 15, -2, -40, -1)])
def test_the_family_of_the_docs_obeys_the_truncation_law(
    own: Family, tables_of: Callable[..., Tables], recorded: tuple[int, ...] | None
) -> None:
    rows = CONTACTED
    if recorded:
        late = [(*row, known) for row, known in zip(rows[1:], recorded, strict=True)]
        rows = [(*rows[0], "recorded_at"), *late]
    tables = tables_of({**FRAMES, "contacts": rows})
    families = [FAMILIES[0], own]
    whole = build_panel(tables, [CUTOFF], families=families)
    known = build_panel(tables.known_at(CUTOFF), [CUTOFF], families=families)
    assert whole["newsletter_clicks_365"].sum() == 3
    pd.testing.assert_frame_equal(whole, known, check_exact=True)


def test_without_its_columns_the_family_is_left_out(
    own: Family, tables_of: Callable[..., Tables]
) -> None:
    tables = tables_of({**FRAMES, "contacts": [row[:2] for row in CONTACTED]})
    panel = build_panel(tables, [CUTOFF], families=[own])
    assert set(panel) == {"customer_id", "cutoff", "calendar_sin", "calendar_cos"}


def test_its_phrases_are_found_beside_those_of_the_catalogue(own: Family) -> None:
    feature = describe("newsletter_clicks_90", families=[own])
    assert feature.de == "Klicks im Newsletter in den letzten 90 Tagen"
    assert (feature.family, feature.window_days) == ("newsletter", 90)
    assert describe("orders_90", families=[own]).family == "purchases"


def family_of(*features: Feature, name: str = "own", **options: Any) -> Family:
    stream = Stream(lambda tables: tables["contacts"], ("contacts",), **options)
    return Family(name, "Eigenes", "own", {"events": stream}, features)


def feature(name: str, **options: Any) -> Feature:
    return Feature(name, nw.len(), "", "", "", "", **options)


def test_a_name_that_is_taken_is_refused(own: Family, tables_of: Callable[..., Tables]) -> None:
    for name, message in (
        ("orders_90", "'orders_90' stands in the families 'purchases' and 'own'; rename one"),
        ("gap_sum", "'gap_sum' stands in the families 'purchases' and 'own'"),  # a mere step
        ("calendar_sin", "'calendar_sin' stands in the families 'own' and 'calendar'"),
        ("churned", "'churned' of the family 'own' has the name of a key or a label; rename it"),
    ):
        with pytest.raises(TreueError, match=message):
            check_families([*FAMILIES, family_of(feature(name, stream="events"))])
    with pytest.raises(TreueError, match="family 'contacts' is given twice; rename one"):
        build_panel(
            tables_of(FRAMES), [CUTOFF], families=[*FAMILIES, replace(own, name="contacts")]
        )


def test_a_feature_made_of_one_that_does_not_exist_is_refused() -> None:
    with pytest.raises(TreueError, match="'x' of the family 'own' is made of 'orders_91', which"):
        check_families([family_of(feature("x", of=("orders_90", "orders_91")))])
    made = replace(feature("x", of=("orders_90",)), expr=nw.col("orders_90"))
    check_families([family_of(made)])  # purchases are only left out


def test_a_stream_table_or_column_that_does_not_exist_is_refused() -> None:
    with pytest.raises(TreueError, match="'x' aggregates the stream 'clicks'; there are events"):
        family_of(feature("x", stream="clicks"))
    with pytest.raises(TreueError, match=r"feature 'x' needs 'contacts\.chanel'; contacts has "):
        family_of(feature("x", stream="events", needs=("contacts.chanel",)))
    with pytest.raises(TreueError, match="stream 'events' reads the table 'clicks'; there are cu"):
        family_of(needs=("clicks.at",))
    family_of(feature("x", stream="events", needs=("customers.any_attribute",)))
