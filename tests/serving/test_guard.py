"""The guard: no internal word reaches a customer, and everyday words are let through."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from treue.features.errors import TreueError
from treue.serving.guard import check_sayable, internal_word, refuse_internal
from treue.serving.quadrants import QUADRANTS

INTERNAL_TEXT = """
Score Scores Scoring Kundenscore Risiko Risiken Risikokunde Abwanderungsrisiko riskant riskiert
risk risks risky riskier at-risk Segment Segmente Segmenten Kundensegment segmentation Quadrant
Quadranten quadrants Rang Rangliste Rangfolge Rangplätze rank ranks ranked Ranking rankings Ränge
Wahrscheinlichkeit Wahrscheinlichkeiten Abwanderungswahrscheinlichkeit probability probabilities
likelihood Abwanderung abwandern abwanderungsgefährdet Absprungrate churn churned churner attrition
Preisjäger Preisjägerin Preisjaeger Preis-Jäger Fokuskunde Fokuskunden Promoter promoters
Deckungsbeitrag Deckungsbeiträge Deckungsbeitrags Marge Margen margin margins CLV CLTV Kundenwert
Perzentil percentile Prozentpunkte A-Kunde C-Kunden B-customer unprofitabel unprofitable haggler
Feilscher worklist Anrufliste Kontrollgruppe hold-out Empfehlungswert Kulanzgrenze
Kündigungsgefahr Dezil Quantil SHAP
"""
INTERNAL = INTERNAL_TEXT.split()
PHRASES = [
    "price hunter",
    "Price-Hunters",
    "focus customer",
    "quiet regular",
    "stille Stammkundin",
    "stiller Stammkunde",
    "gefährdeter Empfehler",
    "gefährdete Kunden",
    "likely to leave",
    "contribution margin",
    "customer lifetime value",
    "silent leaver",
    "percentage points",
    "control group",
    "expected profit",
    "expected_profits",
    "erwarteter Gewinn",
    "des erwarteten Gewinns",
    "Konfidenzintervall",
    "Prognose-Intervalle",
    "Prognoseintervalls",
    "confidence interval",
    "prediction intervals",
    "anders als alle im Training",
    "unlike anyone seen in training",
    "+9 Punkte",
    "−3,5 points",
]
HARMLESS_TEXT = """
Guten Tag Frau Müller wir danken für Ihren Auftrag über Orangen und Margeriten Vorrang hat
der Service im Franken Land arrangieren Fiskus Frisko Deziliter wahrscheinlich kommt die Ware am
Montag unseren Kunden wertvolle Tipps Kundenwertschätzung Strang Drang rangieren Risotto discover
We offer a range of products and ranges thank you for your frank words marginal notes disc ore
Business-Core-Paket underscore prank crank drinks gefährdet Termin Lieferung 3-4 Tage Punkte 50
Preis Jägerzaun fokussiert still Stamm price quiet focus customers promote promotion holding out
"""
HARMLESS = HARMLESS_TEXT.split()


@pytest.mark.parametrize("word", [*INTERNAL, *PHRASES])
def test_an_internal_word_is_refused(word):
    with pytest.raises(TreueError, match="would tell a customer the internal word"):
        check_sayable(f"Guten Tag, {word}. Danke")


@pytest.mark.parametrize(
    "name", [text for name in QUADRANTS.values() for text in (name.de, name.en)]
)
def test_no_name_of_a_quadrant_passes(name):
    assert internal_word(name) is not None


@settings(deadline=None)
@given(st.lists(st.sampled_from(HARMLESS), min_size=1, max_size=12))
def test_everyday_words_pass_in_any_order(words):
    # two of them may still form a name of two words
    assume("focus customers" not in " ".join(words))
    assume("Kunden Preis" not in " ".join(words))
    check_sayable(", ".join(words))


@pytest.mark.parametrize(
    "text",
    [
        "Der Liefertermin ist gefährdet; wir melden uns.",
        "Die Ware kommt wahrscheinlich am Montag.",
        "Bei uns stehen im Fokus Kundenwünsche.",
        "Die Wartung in kürzeren Intervallen ist anders als alle anderen erwartet worden.",
        "Orders at longer intervals than expected; we hope you profit from it.",
        "We offer a wide range of products, whatever your budget.",
        "Sammeln Sie bis Ende Mai 50 Punkte.",
        "Wir geben unseren Kunden wertvolle Hinweise.",
        "Das Core-Paket und das Business-Core-Paket",
        "Tel. 0 5 1 2 / 3 4 5 6",
        "",
    ],
)
def test_a_harmless_sentence_passes(text):
    check_sayable(text)


UNSEEN = ["\u00ad", "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u202e"]
LOOK_ALIKES = {
    "a": "аαａ𝐚á@",
    "e": "еεｅ𝑒é3",
    "i": "іιｉí1",
    "o": "оοｏó0",
    "c": "сｃ",
    "p": "рρ",
    "s": "ѕｓ5",
    "r": "ｒ𝐫",
    "n": "ｎ𝗇",
    "k": "кκ",
    "t": "тτ",
}


@st.composite
def disguised(draw):
    """An internal word between harmless ones, with letters turned, broken up or exchanged."""
    word = draw(st.sampled_from([word for word in INTERNAL if len(word) > 4]))
    letters = []
    for letter in word:
        likes = LOOK_ALIKES.get(letter.lower(), "") if draw(st.booleans()) else ""
        letter = draw(st.sampled_from(likes)) if likes else letter
        letter = letter.upper() if draw(st.booleans()) and letter != "ß" else letter
        letters.append(letter + (draw(st.sampled_from(UNSEEN)) if draw(st.booleans()) else ""))
    before, after = (draw(st.sampled_from(["", "Ihr ", "(", "— "])) for _ in range(2))
    return f"{before}{''.join(letters)} {after}"


@settings(deadline=None)
@given(disguised())
def test_an_internal_word_is_recognised_however_it_is_written(text):
    assert internal_word(text) is not None


@settings(deadline=None)
@given(
    st.sampled_from(["Score", "Risiko", "Segment", "Quadrant", "Ranking"]), st.sampled_from(" .-_·")
)
def test_spaced_letters_are_read_as_a_word(word, gap):
    assert internal_word(f"Ihr {gap.join(word)} heute") is not None


def test_a_word_broken_at_the_end_of_a_line_is_read_as_one():
    assert internal_word("Ihr Ri-\n  siko") == "risiko"


@settings(deadline=None)
@given(st.text())
def test_any_text_is_read_without_failing(text):
    internal_word(text)


@settings(deadline=None)
@given(st.text(), st.sampled_from(INTERNAL), st.text())
def test_what_stands_around_an_internal_word_does_not_hide_it(before, word, after):
    assert internal_word(f"{before} {word}, {after}") is not None


def test_a_proper_name_may_be_said():
    text = "Guten Tag, Segmenta AG!"
    check_sayable(text, names=["Segmenta AG", ""])
    with pytest.raises(TreueError, match="'segment'"):
        check_sayable(text, names=["Sonstige AG"])


def test_a_long_text_is_shown_in_short():
    with pytest.raises(TreueError, match=r"^'Danke.*\.\.\.' would tell a customer") as error:
        check_sayable("Danke! " * 50 + "Score")
    assert len(str(error.value)) < 200


def test_an_export_with_an_internal_column_is_refused():
    refuse_internal(["customer_id", "name", "sentence"])
    with pytest.raises(TreueError, match="has a column 'churn_probability', which tells"):
        refuse_internal(["customer_id", "churn_probability"])
    with pytest.raises(TreueError, match="has a column 'quadrant'"):
        refuse_internal(["quadrant"])


def test_an_export_with_an_internal_text_is_refused_naming_column_and_row():
    rows = [
        {"name": "Risk & Co", "sentence": "Danke", "orders": 3},
        {"name": "Meier", "sentence": "Ihr Score ist gut", "orders": 3},
    ]
    refuse_internal(["name", "sentence"], rows[:1], names=["name"])
    with pytest.raises(TreueError, match="'score' in the column 'sentence', row 2"):
        refuse_internal(["name", "sentence"], rows, names=["name"])
