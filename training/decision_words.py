"""What a training says of champions and of models that were not made, in English and German."""

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "first": "the first model of its kind becomes champion",
        "champion": "the champion (version {version})",
        "cannot score": "{champion} stays: it cannot score the held-out rows, so nothing is shown "
        "({problem}); treue models promote moves by hand",
        "better": "the new model is better than {champion} on the same held-out rows: {figures}",
        "not better": "{champion} stays: the new model is not surely better on the same held-out "
        "rows: {figures}",
        "figures": "log loss {own} against {theirs}, difference {value} [{low}, {high}]",
        "grade C": "the new model has grade C: it is not shown to be better than a simple rule, "
        "so do not rely on it before treue check and treue backtest say more",
        "has seen": "{champion} was trained on labels until {until}, past the first held-out "
        "cutoff {held_out_from}: it has seen part of the answers, so the comparison flatters it",
        "other question": "it answers another question: {settings}",
        "setting": "{key} was {before}, now {now}",
        "remark": "Note",
        "version": "version",
        "judged": "on {rows} held-out rows, {share} positive",
        "no churn model": "no model of churn",
        "no referral model": "no model of recommendations",
        "no referral table": "the data have no table of referrals",
        "no churn column": "[panel] names no column that says who left",
        "no referral column": "[panel] names no column that says who recommended",
        "logged": "Logged to {uri}, run {run}",
    },
    "de": {
        "first": "das erste Modell seiner Art wird Champion",
        "champion": "der Champion (Version {version})",
        "cannot score": "{champion} bleibt: Er kann die zurückgehaltenen Zeilen nicht bewerten, "
        "daher ist nichts gezeigt ({problem}); von Hand wechselt treue models promote",
        "better": "das neue Modell ist auf denselben zurückgehaltenen Zeilen besser als "
        "{champion}: {figures}",
        "not better": "{champion} bleibt: Das neue Modell ist auf denselben zurückgehaltenen "
        "Zeilen nicht sicher besser: {figures}",
        "figures": "Log-Loss {own} gegen {theirs}, Differenz {value} [{low}; {high}]",
        "grade C": "das neue Modell hat Note C: Es ist nicht gezeigt, dass es besser ist als eine "
        "einfache Regel; verlassen Sie sich erst darauf, wenn treue check und treue backtest mehr "
        "sagen",
        "has seen": "{champion} wurde auf Ergebnissen bis {until} trainiert, über den ersten "
        "zurückgehaltenen Stichtag {held_out_from} hinaus: Er kennt einen Teil der Antworten, der "
        "Vergleich schmeichelt ihm also",
        "other question": "er beantwortet eine andere Frage: {settings}",
        "setting": "{key} war {before}, jetzt {now}",
        "remark": "Hinweis",
        "version": "Version",
        "judged": "auf {rows} zurückgehaltenen Zeilen, davon {share} positiv",
        "no churn model": "kein Modell für Abwanderung",
        "no referral model": "kein Modell für Empfehlungen",
        "no referral table": "die Daten enthalten keine Tabelle der Empfehlungen (referrals)",
        "no churn column": "[panel] nennt keine Spalte, die sagt, wer gegangen ist",
        "no referral column": "[panel] nennt keine Spalte, die sagt, wer empfohlen hat",
        "logged": "Protokolliert in {uri}, Lauf {run}",
    },
}
