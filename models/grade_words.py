"""What a grade says, in English and German."""

from collections.abc import Mapping

RULE_NAMES: Mapping[str, Mapping[str, str]] = {
    "en": {},
    "de": {
        "base rate": "Grundrate",
        "recency rule": "Recency-Regel",
        "earlier recommendations": "Regel der früheren Empfehlungen",
        "logistic regression": "logistische Regression",
    },
}
"""Rules that have another name in a language than the one they are given."""

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "A": "Grade A: the model ranks customers better and states better probabilities than the "
        "best simple rules, beyond noise, and its probabilities hold.",
        "B": "Grade B: the model is better than the best simple rules in one respect at least and "
        "worse in none, but not everything that grade A asks for is shown.",
        "C one rule": "Grade C: the model is not shown to be better than simple rules; use "
        "“{rule}”.",
        "C two rules": "Grade C: the model is not shown to be better than simple rules; to rank "
        "customers use “{ranker}”, for probabilities “{rule}”.",
        "C rule ranks": "Grade C: the model is not shown to be better than simple rules; to rank "
        "customers use “{ranker}”, for probabilities no better rule is known.",
        "C rule states": "Grade C: the model is not shown to be better than simple rules; to rank "
        "customers no better rule is known, for probabilities use “{rule}”.",
        "C no better rule": "Grade C: the model is not shown to be better than simple rules, but "
        "no better rule is known.",
        "C no ranker": "Grade C: the model is not shown to be better than simple rules, nor does "
        "any simple rule rank better than chance: do not rank customers by these data yet; see "
        "treue check. For probabilities alone use “{rule}”.",
        "C ranks better": "Grade C: the model ranks customers better than simple rules but states "
        "worse probabilities; for probabilities use “{rule}”.",
        "C states better": "Grade C: the model states better probabilities than simple rules but "
        "ranks customers worse; to rank customers use “{ranker}”.",
        "C states better, no ranker": "Grade C: the model states better probabilities than simple "
        "rules but ranks customers worse, and no simple rule ranks better than chance: do not rank "
        "customers by these data yet; see treue check.",
        "auroc": "Ranking (AUROC): model {model}, best simple rule “{rule}” {other}; advantage "
        "{value}, 95 % interval {low} to {high}: {outcome}.",
        "log_loss": "Probabilities (log loss, lower is better): model {model}, best simple rule "
        "“{rule}” {other}; advantage {value}, 95 % interval {low} to {high}: {outcome}.",
        "calibration": "Calibration: stated probabilities are off by {ece} percentage points on "
        "average (limit {limit}; by chance alone up to {chance}).",
        "better": "better beyond noise",
        "worse": "worse beyond noise",
        "open": "not told apart",
    },
    "de": {
        "A": "Note A: Das Modell ordnet Kunden nachweislich besser und nennt nachweislich bessere "
        "Wahrscheinlichkeiten als die besten einfachen Regeln, und seine Wahrscheinlichkeiten "
        "treffen zu.",
        "B": "Note B: Das Modell ist in mindestens einer Hinsicht besser als die besten einfachen "
        "Regeln und in keiner schlechter, doch nicht alles, was Note A verlangt, ist gezeigt.",
        "C one rule": "Note C: Es ist nicht gezeigt, dass das Modell besser ist als einfache "
        "Regeln; verwenden Sie „{rule}“.",
        "C two rules": "Note C: Es ist nicht gezeigt, dass das Modell besser ist als einfache "
        "Regeln; verwenden Sie für die Rangfolge „{ranker}“, für Wahrscheinlichkeiten „{rule}“.",
        "C rule ranks": "Note C: Es ist nicht gezeigt, dass das Modell besser ist als einfache "
        "Regeln; verwenden Sie für die Rangfolge „{ranker}“, für Wahrscheinlichkeiten ist keine "
        "bessere Regel bekannt.",
        "C rule states": "Note C: Es ist nicht gezeigt, dass das Modell besser ist als einfache "
        "Regeln; für die Rangfolge ist keine bessere Regel bekannt, für Wahrscheinlichkeiten "
        "verwenden Sie „{rule}“.",
        "C no better rule": "Note C: Es ist nicht gezeigt, dass das Modell besser ist als einfache "
        "Regeln, doch ist keine bessere Regel bekannt.",
        "C no ranker": "Note C: Es ist nicht gezeigt, dass das Modell besser ist als einfache "
        "Regeln, und auch keine einfache Regel ordnet Kunden besser als der Zufall: Bringen Sie "
        "Kunden anhand dieser Daten noch nicht in eine Rangfolge; siehe treue check. Allein für "
        "Wahrscheinlichkeiten verwenden Sie „{rule}“.",
        "C ranks better": "Note C: Das Modell ordnet Kunden besser als einfache Regeln, nennt aber "
        "schlechtere Wahrscheinlichkeiten; verwenden Sie für Wahrscheinlichkeiten „{rule}“.",
        "C states better": "Note C: Das Modell nennt bessere Wahrscheinlichkeiten als einfache "
        "Regeln, ordnet Kunden aber schlechter; verwenden Sie für die Rangfolge „{ranker}“.",
        "C states better, no ranker": "Note C: Das Modell nennt bessere Wahrscheinlichkeiten als "
        "einfache Regeln, ordnet Kunden aber schlechter, und keine einfache Regel ordnet sie "
        "besser als der Zufall: Bringen Sie Kunden anhand dieser Daten noch nicht in eine "
        "Rangfolge; siehe treue check.",
        "auroc": "Rangfolge (AUROC): Modell {model}, beste einfache Regel „{rule}“ {other}; "
        "Vorsprung {value}, 95-%-Intervall {low} bis {high}: {outcome}.",
        "log_loss": "Wahrscheinlichkeiten (Log-Loss, kleiner ist besser): Modell {model}, beste "
        "einfache Regel „{rule}“ {other}; Vorsprung {value}, 95-%-Intervall {low} bis {high}: "
        "{outcome}.",
        "calibration": "Kalibrierung: Die genannten Wahrscheinlichkeiten liegen im Mittel um {ece} "
        "Prozentpunkte daneben (Grenze {limit}; allein durch Zufall bis zu {chance}).",
        "better": "nachweislich besser",
        "worse": "nachweislich schlechter",
        "open": "nicht zu unterscheiden",
    },
}
