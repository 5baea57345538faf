"""What a grade says, in English and German."""

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "A": "Grade A: the model ranks customers better and states better probabilities than the "
        "best simple rules, beyond noise, and its probabilities hold.",
        "B": "Grade B: the model is better than the best simple rules in one respect at least and "
        "worse in none, but not everything that grade A asks for is shown.",
        "C": "Grade C: the model is not shown to be better than simple rules; use “{rule}”.",
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
        "A": "Note A: Das Modell ordnet Kunden besser und nennt bessere Wahrscheinlichkeiten als "
        "die besten einfachen Regeln, mehr als der Zufall erklärt, und seine "
        "Wahrscheinlichkeiten treffen zu.",
        "B": "Note B: Das Modell ist in mindestens einer Hinsicht besser als die besten einfachen "
        "Regeln und in keiner schlechter, doch nicht alles, was Note A verlangt, ist gezeigt.",
        "C": "Note C: Es ist nicht gezeigt, dass das Modell besser ist als einfache Regeln; "
        "verwenden Sie „{rule}“.",
        "auroc": "Rangfolge (AUROC): Modell {model}, beste einfache Regel „{rule}“ {other}; "
        "Vorsprung {value}, 95-%-Intervall {low} bis {high}: {outcome}.",
        "log_loss": "Wahrscheinlichkeiten (Log-Loss, kleiner ist besser): Modell {model}, beste "
        "einfache Regel „{rule}“ {other}; Vorsprung {value}, 95-%-Intervall {low} bis {high}: "
        "{outcome}.",
        "calibration": "Kalibrierung: Die genannten Wahrscheinlichkeiten liegen im Mittel um {ece} "
        "Prozentpunkte daneben (Grenze {limit}; allein durch Zufall bis zu {chance}).",
        "better": "besser, als Zufall erklärt",
        "worse": "schlechter, als Zufall erklärt",
        "open": "nicht zu unterscheiden",
    },
}
