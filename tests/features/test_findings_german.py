"""Findings in German. That no finding lacks it, the fixture in tests/conftest.py sees to."""

import re

import pytest

from treue.features import rhythm, usability_words, wishes
from treue.features.findings_german import in_german
from treue.features.findings_german_words import SENTENCES, TERMS
from treue.features.report import Finding, Report
from treue.features.words import Words


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("1 row without a value, set aside", "1 Zeile ohne Wert, aussortiert"),
        ("2 values are not whole numbers: '1.5'", "2 Werte sind keine ganzen Zahlen: „1.5“"),
        (
            "1,200 rows of 30 customers not in purchases, kept, they never bought",
            "1.200 Zeilen von 30 Kunden ohne Eintrag in purchases, behalten (ohne Kauf)",
        ),
        (
            "1 row of 1 customer not in customers, kept, without attributes",
            "1 Zeile von einem Kunden ohne Eintrag in customers, behalten (ohne Merkmale)",
        ),
        (
            "51% of its rows are of 1,200 customers not in customers, kept, without attributes",
            "51\xa0% der Zeilen stammen von 1.200 Kunden ohne Eintrag in customers, behalten (ohne "
            "Merkmale)",
        ),
        (
            "no column 'custmer' among 'id', 'customer' and 3 more (did you mean 'customer'?)",
            "keine Spalte „custmer“ unter „id“, „customer“ und 3 weiteren "
            "(meinten Sie „customer“?)",
        ),
        (
            "purchases practically stop around 2024-05-01: 2 rows in the 30 days up to 2025-12-30, "
            "against 1,234 in an average month",
            "um den 01.05.2024 hören die Käufe praktisch auf: 2 Zeilen in den 30 Tagen bis zum "
            "30.12.2025, sonst durchschnittlich 1.234 im Monat",
        ),
        (
            "1 row after the end of observation, 2024-12-31 18:00, not yet known",
            "1 Zeile nach dem Ende der Beobachtung (31.12.2024 um 18:00 Uhr), noch nicht bekannt",
        ),
        (
            "2 rows before 1970 or after 2100: 148108-01-31 00:00:00, 1850-02-01 00:00:00",
            "2 Zeilen vor 1970 oder nach 2100: 31.01.148108 um 00:00 Uhr, 01.02.1850 um 00:00 Uhr",
        ),
        (
            "2 values are not numbers: '2024-05-01', 'it's, 'so''",
            "2 Werte sind keine Zahlen: „2024-05-01“, „it's, 'so'“",
        ),
        (
            "write it as \"utf-8\", \"latin-1\" or \"utf-16\"",
            "möglich sind \"utf-8\", \"latin-1\" oder \"utf-16\"",
        ),
    ],
)  # fmt: skip
def test_numbers_days_and_values_are_written_as_germans_do(english, german):
    assert in_german(english) == german


@pytest.mark.parametrize("name", [*TERMS, "1 row", "1 customer", "2024-05-01", "51%"])
def test_a_name_of_the_users_stays_as_it_is(name):
    assert in_german(f"not used: {name}") == f"nicht verwendet: {name}"
    assert (
        in_german(f"no column '{name}' among '{name}'") == f"keine Spalte „{name}“ unter „{name}“"
    )


def test_what_is_to_be_written_into_the_settings_stays_iso():
    told = in_german(
        "set data.observed_until to the moment up to which everything was recorded, such as "
        '"2024-05-02" (the start of that day)'
    )
    assert '"2024-05-02"' in told


def test_a_finding_is_a_line_of_what_is_wrong_with_whom_and_how_to_mend_it():
    finding = Finding(
        "warning", "purchases", None, 2, ("7", "8"), "2 rows without a value, kept",
        "correct the ids",
    )  # fmt: skip
    assert finding.in_("de") == (
        "purchases: 2 Zeilen ohne Wert, behalten (Kunden 7, 8); die Kennungen berichtigen"
    )
    assert finding.in_("en") == (
        "purchases: 2 rows without a value, kept (customers 7, 8); correct the ids"
    )


def test_a_finding_without_german_fails_the_test_that_provokes_it():
    with pytest.raises(AssertionError, match=r"lacks .*never heard of"):
        Report().add("note", "purchases", None, "a sentence never heard of")


def test_every_german_sentence_has_the_braces_of_the_english_one():
    for english, german in SENTENCES.items():
        assert set(re.findall(r"\{(\w+)\}", german)) <= set(re.findall(r"\{(\w+)\}", english)), (
            english
        )


FILLED = {
    "n": ("2 rows", "2 Zeilen"),
    "customers": ("2 customers", "2 Kunden"),
    "share": ("12%", "12\xa0%"),
    "day": ("2024-05-01", "01.05.2024"),
    "earlier_day": ("2024-05-01", "01.05.2024"),
    "what": ("numbers", "Zahlen"),
}


@pytest.mark.parametrize("english", SENTENCES)
def test_a_sentence_finds_its_own_german(english):
    def filled(sentence, language):
        return re.sub(
            r"\{(\w+)\}", lambda brace: FILLED.get(brace[1], ("12", "12"))[language], sentence
        )

    assert in_german(filled(english, 0)) == filled(SENTENCES[english], 1)


def said():
    """Everything that ``treue check`` can say, English beside German."""
    yield from SENTENCES.items()
    yield from TERMS.items()
    for module in (usability_words, wishes, rhythm):
        for value in vars(module).values():
            for each in value.values() if isinstance(value, dict) else (value,):
                if isinstance(each, Words):
                    yield tuple(each)


SAID = list(said())

OTHER_WORDS = {
    "betrachtet": "gefragt wird",
    "aussortiert": "beiseite",
    "Rückgabe": "Retoure",
    "Auftrag": "Bestellung",
    "Deckungsbeitrag": "Marge",
    "Prognosezeitraum": "Horizont",
    "Stichtag": "Cutoff|Schnittdatum",
    "Zielgröße": "Label",
    "Rückblick": "Lookback",
    "Einflussgröße": "Feature|Gründe|Treiber",
    "Merkmal": "Stammdaten|Attribut",
    "schutzbedürftig": "persönliche|sensible",
    "Dauer der Kundenbeziehung": "Dauer der Beziehung",
    "abgewandert": "Weggang|verlorene Kunden",
    "Empfehlungswert": "Referenzwert",
    "Kulanz": "Goodwill",
}
"""The glossary's words, with others that would mean the same."""


def test_the_words_are_the_glossarys(request):
    glossary = (request.config.rootpath / "docs" / "glossary.md").read_text(encoding="utf-8")
    for word, others in OTHER_WORDS.items():
        assert f"| {word}" in glossary
        assert [german for _, german in SAID if re.search(others, german)] == []


@pytest.mark.parametrize(
    ("english", "german"),
    [
        (r"\bfeatures?\b", "Einflussgröße"),
        (r"(?<!data\.)\battributes?\b(?! (and|or) (in )?sensitive)", "Merkmal"),
        (r"\bmargins?\b", "Deckungsbeitr"),
        (r"\bset aside\b", "aussortiert"),
        (r"\beligible\b", "betrachtet"),
        (r"\btenure\b", "Dauer der Kundenbeziehung"),
    ],
)
def test_one_word_a_term(english, german):
    """The German word stands where the English one does, and nowhere else."""
    apart = [
        pair
        for pair in SAID
        if (re.search(english, pair[0]) is None) != (re.search(german, pair[1]) is None)
    ]
    assert apart == []
