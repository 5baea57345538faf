"""Findings in German. That no finding lacks it, the fixture in conftest.py sees to."""

import re

import pytest

from treue.features.findings_german import in_german
from treue.features.findings_german_words import SENTENCES
from treue.features.report import Finding


@pytest.mark.parametrize(
    ("message", "remedy", "german"),
    [
        (
            "1,200 rows of 30 customers not in customers, kept, they never bought",
            "add them to customers or correct the ids",
            "1.200 Zeilen von 30 Kunden, die nicht in customers sind, behalten, sie haben nie "
            "gekauft (Kunden 7, 8); in customers ergänzen oder die Kennungen berichtigen",
        ),
        (
            "no column 'custmer' among 'id', 'customer' and 3 more (did you mean 'customer'?)",
            "",
            "keine Spalte „custmer“ unter 'id', 'customer' und 3 weiteren (ist „customer“ "
            "gemeint?) (Kunden 7, 8)",
        ),
        ("2 values are not whole numbers: '1.5'", "", "2 Werte sind keine ganzen Zahlen: '1.5' "
         "(Kunden 7, 8)"),
    ],
)  # fmt: skip
def test_a_finding_is_told_in_german_with_its_numbers_and_names(message, remedy, german):
    finding = Finding("error", "purchases", None, 2, ("7", "8"), message, remedy)
    assert finding.in_("de") == f"purchases: {german}"
    assert finding.in_("en").startswith(f"purchases: {message} (customers 7, 8)")


def test_every_german_sentence_has_the_braces_of_the_english_one():
    for english, german in SENTENCES.items():
        assert set(re.findall(r"\{(\w+)\}", german)) <= set(re.findall(r"\{(\w+)\}", english)), (
            english
        )


@pytest.mark.parametrize("english", SENTENCES)
def test_a_sentence_finds_its_own_german(english):
    filled = re.sub(r"\{(\w+)\}", lambda brace: {"n": "2 rows"}.get(brace[1], "12"), english)
    with_numbers = re.sub(
        r"\{(\w+)\}", lambda b: {"n": "2 Zeilen"}.get(b[1], "12"), SENTENCES[english]
    )
    assert in_german(filled) == with_numbers
