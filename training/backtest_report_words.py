"""Headings, notes and column names of the report, in English and German."""

from typing import Literal

Language = Literal["de", "en"]

WORDS: dict[str, tuple[str, str]] = {
    # key: (German, English)
    "title_churn": ("Rückrechnung: Abwanderung", "Backtest: leaving"),
    "title_referral": ("Rückrechnung: Empfehlungen", "Backtest: recommendations"),
    "training_title_churn": ("Prüfung des Modells: Abwanderung", "Check of the model: leaving"),
    "training_title_referral": (
        "Prüfung des Modells: Empfehlungen",
        "Check of the model: recommendations",
    ),
    "skip": ("Zum Inhalt springen", "Skip to content"),
    "asked": ("Gefragt ist,", "The question is"),
    "question_panel": (
        "ob in der Spalte {column} des Panels Ja steht",
        "whether column {column} of the panel says yes",
    ),
    "question_inactivity": (
        "ob ein Kunde, der in den {lookback} Tagen vor dem Stichtag gekauft hat, in den {horizon} "
        "Tagen danach nichts kauft",
        "whether a customer who bought in the {lookback} days before the cutoff buys nothing in "
        "the {horizon} days after it",
    ),
    "question_contract": (
        "ob ein Kunde mit laufendem Vertrag in den {horizon} Tagen nach dem Stichtag den letzten "
        "Vertrag beendet",
        "whether a customer with a running contract ends the last one in the {horizon} days after "
        "the cutoff",
    ),
    "question_decline": (
        "ob ein Kunde in den {horizon} Tagen nach dem Stichtag weniger als {share} dessen ausgibt, "
        "was er in den {horizon} Tagen davor ausgab",
        "whether a customer spends in the {horizon} days after the cutoff less than {share} of "
        "what was spent in the {horizon} days before it",
    ),
    "question_referral": (
        "ob ein Kunde uns in den {horizon} Tagen nach dem Stichtag weiterempfiehlt",
        "whether a customer recommends us in the {horizon} days after the cutoff",
    ),
    "question_converted": (
        "ob eine Empfehlung, die ein Kunde in den {horizon} Tagen nach dem Stichtag ausspricht, "
        "einen neuen Kunden bringt",
        "whether a recommendation that a customer makes in the {horizon} days after the cutoff "
        "brings a new customer",
    ),
    "judged_on": (
        "Geprüft an {n} Stichtagen ({first} bis {last}), {rows} Zeilen von {customers} Kunden.",
        "Judged at {n} cutoffs ({first} to {last}), {rows} rows of {customers} customers.",
    ),
    "judged_on_one": (
        "Geprüft am Stichtag {first}, {customers} Kunden.",
        "Judged at the cutoff {first}, {customers} customers.",
    ),
    "judged_on_customers": (
        "Geprüft an {customers} zurückgehaltenen Kunden.",
        "Judged on {customers} customers held out.",
    ),
    "trust": ("Kann man dem Modell trauen?", "Can the model be trusted?"),
    "grade": ("Note", "Grade"),
    "grades": ("Note je Stichtag", "Grade at each cutoff"),
    "grade_meaning": (
        "A: ordnet nachweislich besser und nennt nachweislich bessere Wahrscheinlichkeiten als die "
        "beste einfache Regel, und sie treffen zu. B: nachweislich besser in einem, schlechter in "
        "keinem. C: sonst.",
        "A: ranks better and states better probabilities than the best simple rule, beyond chance, "
        "and they hold. B: better in one respect beyond chance, worse in none. C: otherwise.",
    ),
    "tile_list": ("Treffer auf der Anrufliste", "Hits on the call list"),
    "tile_list_under": (
        "in den oberen {share}; bei „{rule}“ {value}, von allen {base}",
        "in the first {share}; {value} for “{rule}”, {base} of all",
    ),
    "tile_auroc": ("Rangfolge (AUROC)", "Ranking (AUROC)"),
    "tile_log_loss": ("Wahrscheinlich\u00adkeiten (Log-Loss)", "Probabilities (log loss)"),
    "tile_rule_under": ("beste einfache Regel {value}", "best simple rule {value}"),
    "tile_ece": ("Abstand der Prozente", "Percentages off by"),
    "tile_ece_under": (
        "Prozentpunkte im Mittel; bis {limit} gilt als genau",
        "percentage points on average; up to {limit} counts as right",
    ),
    "interval": ("95 %: {low} bis {high}", "95%: {low} to {high}"),
    "over": ("Über die Stichtage", "Over the cutoffs"),
    "over_one": ("Am Stichtag", "At the cutoff"),
    "over_customers": ("An zurückgehaltenen Kunden", "On customers held out"),
    "ahead_of_best": ("vor der besten einfachen Regel", "ahead of the best simple rule"),
    "ahead_of_logistic": ("vor der logistischen Regression", "ahead of logistic regression"),
    "over_note": (
        "Jeder Stichtag ist geprüft, als wäre er heute gewesen: Das Modell kannte nur, was bis "
        "dahin vergangen war. Striche: 95-%-Intervalle, Kunden neu gezogen.",
        "Each cutoff is judged as if it had been today: the model knew only what had passed by "
        "then. Bars: 95% intervals, customers drawn anew.",
    ),
    "over_auroc": ("Rangfolge: AUROC, höher ist besser", "Ranking: AUROC, higher is better"),
    "over_log_loss": (
        "Wahrscheinlichkeiten: Log-Loss, kleiner ist besser",
        "Probabilities: log loss, lower is better",
    ),
    "over_advantage_auroc": (
        "Vorsprung im AUROC: vor der besten einfachen Regel und der logistischen Regression",
        "Ahead in AUROC: of the best simple rule and of logistic regression",
    ),
    "over_advantage_log_loss": (
        "Vorsprung im Log-Loss: vor der besten einfachen Regel und der logistischen Regression",
        "Ahead in log loss: of the best simple rule and of logistic regression",
    ),
    "advantage_note": (
        "Über 0 ist das Modell besser; liegt der ganze Strich darüber, nachweislich.",
        "Above 0 the model is better; beyond chance where the whole bar lies above.",
    ),
    "model": ("Modell", "model"),
    "who": ("Verfahren", "method"),
    "cutoff": ("Stichtag", "cutoff"),
    "held_out": ("zurückgehalten", "held out"),
    "rows": ("Zeilen", "rows"),
    "customers": ("Kunden", "customers"),
    "positives_churn": ("gegangen", "left"),
    "positives_referral": ("empfohlen", "recommended"),
    "as_table": ("Als Tabelle", "As a table"),
    "advantage_auroc": ("Vorsprung AUROC", "ahead in AUROC"),
    "advantage_log_loss": ("Vorsprung Log-Loss", "ahead in log loss"),
    "best_rule": ("vor", "ahead of"),
    "means": ("Im Mittel über die Stichtage", "On average over the cutoffs"),
    "means_one": ("Alle Verfahren nebeneinander", "All methods side by side"),
    "means_note": (
        "Die beste einfache Regel ist hier eine für alle Stichtage, nicht an jedem eine andere.",
        "The best simple rule is one for all cutoffs here, not another one at each.",
    ),
    "metric_auroc": ("AUROC ↑", "AUROC ↑"),
    "metric_average_precision": ("Average Precision ↑", "average precision ↑"),
    "metric_log_loss": ("Log-Loss ↓", "log loss ↓"),
    "metric_brier": ("Brier ↓", "Brier ↓"),
    "metric_ece": ("Kalibrierfehler ↓", "calibration error ↓"),
    "metric_lift_10": ("Lift bei 10 % ↑", "lift at 10% ↑"),
    "percentages": ("Stimmen die Prozente?", "Do the percentages hold?"),
    "calibration": ("Genannt und eingetreten", "Stated and came"),
    "calibration_note": (
        "Alle Stichtage zusammen, in Gruppen gleicher Größe. Auf der gestrichelten Linie träfe "
        "alles zu; darüber kam mehr, als genannt war.",
        "All cutoffs together, in groups of equal size. On the dashed line everything would hold; "
        "above it more came than was stated.",
    ),
    "stated": ("genannt", "stated"),
    "came": ("eingetreten", "came"),
    "base_rate": ("Grundrate über die Zeit", "Base rate over time"),
    "base_rate_note": (
        "Der Anteil, der eintrat, neben dem, den das Modell im Schnitt nannte, und dem in seinen "
        "Trainingsdaten. Laufen sie auseinander, haben sich die Zeiten geändert.",
        "The share that came, beside the one that the model stated on average and the one in its "
        "training data. Where they part, times have changed.",
    ),
    "training": ("im Training", "in training"),
    "ece": ("Kalibrierfehler, Punkte", "calibration error, points"),
    "ece_mean": (
        "Kalibrierfehler, Mittel über die Stichtage, Punkte",
        "calibration error, mean over the cutoffs, points",
    ),
    "ece_by_chance": ("durch Zufall bis", "by chance up to"),
    "list": ("Was eine Anrufliste findet", "What a call list finds"),
    "list_note": (
        "Wer die Kunden in der Reihenfolge des Modells durchgeht, findet mit dem ersten Teil der "
        "Kunden so viel von allem, was eintrat. Gestrichelt: ohne Rangfolge. Senkrecht: die "
        "oberen {share}.",
        "Going through the customers in the order of the model, the first part of them holds so "
        "much of all that came. Dashed: without any order. Upright: the first {share}.",
    ),
    "list_gain": ("Wie viel sie findet", "How much it finds"),
    "list_hits": ("Wie lang die Liste sein darf", "How long the list may be"),
    "list_hits_note": (
        "Anteil der Treffer unter den zuerst genannten Kunden, je nach Länge der Liste. "
        "Gestrichelt: der Anteil unter allen.",
        "Share of hits among the customers put first, by the length of the list. Dashed: the share "
        "among all.",
    ),
    "axis_found": ("gefundener Anteil", "share found"),
    "axis_hits": ("Treffer auf der Liste", "hits on the list"),
    "axis_called": ("Länge der Liste", "length of the list"),
    "from_nothing": ("von fast nichts", "from next to nothing"),
    "profit": ("Was die Anrufliste bringt", "What the call list brings"),
    "profit_note": (
        "Auf die Liste kommt, bei wem ein Anruf mehr bringt, als er kostet. {assumed}, mit dem "
        "Deckungsbeitrag von {days} Tagen.",
        "On the list is whom calling brings more than it costs. {assumed}, with the margin of "
        "{days} days.",
    ),
    "assumed_stated": (
        "Angenommen ist, wie in treue.toml: Ein Kontakt kostet {contact} {currency}, ein "
        "Zugeständnis {concession} {currency}, und es hält {effect} derer, die sonst gingen",
        "Assumed, as in treue.toml: a contact costs {contact} {currency}, a concession "
        "{concession} {currency}, and it keeps {effect} of those who would leave",
    ),
    "assumed_partly": (
        "Angenommen ist, zum Teil als Vorgabe des Programms, von Ihnen nicht bestätigt: Ein "
        "Kontakt kostet {contact} {currency}, ein Zugeständnis {concession} {currency}, und es "
        "hält {effect} derer, die sonst gingen",
        "Assumed, in part by default of the program and not confirmed by you: a contact costs "
        "{contact} {currency}, a concession {concession} {currency}, and it keeps {effect} of "
        "those who would leave",
    ),
    "assumed_default": (
        "Vorgabe des Programms, von Ihnen nicht bestätigt: Ein Kontakt kostet {contact} "
        "{currency}, ein Zugeständnis {concession} {currency}, und es hält {effect} derer, die "
        "sonst gingen",
        "Default of the program, not confirmed by you: a contact costs {contact} {currency}, a "
        "concession {concession} {currency}, and it keeps {effect} of those who would leave",
    ),
    "money": (
        "Nachgerechnet hätte die Anrufliste ({when}) {realised} {currency} gebracht, {compared}. "
        "{assumed}; ob ein Kontakt so viele hält, ist nicht gemessen.",
        "In hindsight the call list ({when}) would have brought {realised} {currency}, {compared}. "
        "{assumed}; whether a contact keeps so many has not been measured.",
    ),
    "money_everybody": (
        "{more} gegenüber Anrufen bei allen",
        "{more} beside calling everybody",
    ),
    "money_recency_rule": (
        "{more} gegenüber der Liste der Recency-Regel",
        "{more} beside the list of the recency rule",
    ),
    "money_empty": (
        "Unter den Annahmen lohnte sich kein Anruf ({when}). {assumed}; ob ein Kontakt so viele "
        "hält, ist nicht gemessen.",
        "Under the assumptions no call would have paid ({when}). {assumed}; whether a contact "
        "keeps so many has not been measured.",
    ),
    "money_and": (" und ", " and "),
    "profit_unknown": (
        "Von {share} der Kunden ist kein Deckungsbeitrag bekannt; sie zählen {value} {currency}.",
        "The margin of {share} of the customers is not known; each counts {value} {currency}.",
    ),
    "profit_over": (
        "Erwarteter und nachgerechneter Gewinn, {currency}",
        "Profit expected and in hindsight, {currency}",
    ),
    "profit_over_note": (
        "Nachgerechnet heißt: mit dem, was eintrat, unter denselben Annahmen; angerufen wurde "
        "niemand. 95-%-Intervalle.",
        "In hindsight: with what came, under the same assumptions; nobody was called. 95% "
        "intervals.",
    ),
    "profit_curve": (
        "Gewinn nach Länge der Liste am {date}, {currency}",
        "Profit by length of the list on {date}, {currency}",
    ),
    "profit_curve_note": (
        "Wer am meisten verspricht, zuerst. Senkrecht: das Ende der gewählten Liste.",
        "Whoever promises most comes first. Upright: the end of the chosen list.",
    ),
    "contacted": ("auf der Liste", "on the list"),
    "contacted_share": ("Anteil auf der Liste", "share on the list"),
    "expected": ("erwartet", "expected"),
    "realised": ("nachgerechnet", "in hindsight"),
    "more_than_by_probability": (
        "mehr als ebenso viele, nur nach Wahrscheinlichkeit",
        "more than as many by probability alone",
    ),
    "more_than_recency_rule": ("mehr als mit der Recency-Regel", "more than by the recency rule"),
    "more_than_everybody": ("mehr als alle anzurufen", "more than calling everybody"),
    "segments": ("Nach Segmenten", "By segment"),
    "segments_note": (
        "Alle Stichtage zusammen. Segmente mit weniger als {smallest} Zeilen haben nur Anzahlen.",
        "All cutoffs together. Segments of fewer than {smallest} rows have counts only.",
    ),
    "level": ("Ausprägung", "level"),
    "missing": ("fehlt", "missing"),
    "other": ("andere", "other"),
    "range": ("{low} bis {high}", "{low} to {high}"),
    "fairness": ("Werden Gruppen gleich behandelt?", "Are groups treated alike?"),
    "fairness_note": (
        "Jede Gruppe gegen alle anderen, mit 95-%-Intervall; keine dieser Angaben geht in das "
        "Modell ein. Hervorgehoben ist, was nicht Zufall sein muss: das Intervall liegt ganz auf "
        "einer Seite. Von 20 Vergleichen tut das im Schnitt einer auch ohne Grund.",
        "Each group against all others, with 95% intervals; none of these columns is used by the "
        "model. Marked is what need not be chance: the whole interval lies on one side. Of 20 "
        "comparisons one does so on average without a reason.",
    ),
    "fairness_none": (
        "In treue.toml ist keine Spalte als schützenswert genannt (data.sensitive); ob das Modell "
        "Gruppen gleich behandelt, ist also nicht geprüft.",
        "treue.toml names no sensitive column (data.sensitive), so whether the model treats groups "
        "alike has not been checked.",
    ),
    "gap_auroc": ("Rangfolge (AUROC)", "ranking (AUROC)"),
    "gap_calibration": ("eingetreten − genannt", "came − stated"),
    "gap_selection": ("auf der Anrufliste", "on the call list"),
    "gap_auroc_note": (
        "unter 0: das Modell ordnet diese Gruppe schlechter als die anderen",
        "below 0: the model ranks this group worse than the others",
    ),
    "gap_calibration_note": (
        "über 0: die Prozente sind für diese Gruppe zu niedrig, verglichen mit den anderen",
        "above 0: the percentages are too low for this group, compared with the others",
    ),
    "gap_selection_note": (
        "über 0: die Gruppe kommt öfter auf die Liste der oberen {share}; das ist in Ordnung, wo "
        "sie auch öfter betroffen ist",
        "above 0: the group comes to the list of the first {share} more often; which is right "
        "where it is concerned more often too",
    ),
    "gap": ("Abstand", "gap"),
    "group": ("Gruppe", "group"),
    "others": ("andere", "others"),
    "drift": ("Was sich an den Daten verschoben hat", "What has moved in the data"),
    "drift_note": (
        "Stabilitätsindex (PSI) jedes Merkmals am letzten Stichtag gegen die Trainingsdaten: ab "
        "{some} einen Blick wert, ab {large} groß. Verschoben ist nicht falsch: Alter und "
        "Auftragszahl wachsen mit den Jahren. Am {date} waren {n} von {all} Merkmalen merklich "
        "verschoben.",
        "Stability index (PSI) of each feature at the last cutoff against the training data: from "
        "{some} worth a look, from {large} large. Moved is not wrong: tenure and orders grow with "
        "the years. On {date}, {n} of {all} features had moved noticeably.",
    ),
    "drift_note_customers": (
        "Stabilitätsindex (PSI) jedes Merkmals der zurückgehaltenen Kunden gegen die "
        "Trainingsdaten: {n} von {all} waren merklich verschoben (ab {some}; ab {large} groß).",
        "Stability index (PSI) of each feature of the customers held out against the training "
        "data: {n} of {all} had moved noticeably (from {some}; from {large} large).",
    ),
    "feature": ("Merkmal", "feature"),
    "psi": ("PSI", "PSI"),
    "before": ("im Training", "in training"),
    "now": ("am Stichtag", "at the cutoff"),
    "drifted": ("verschobene Merkmale", "features moved"),
    "median": ("Median", "median"),
    "share_of": ("Anteil „{level}“", "share of “{level}”"),
    "none_missing": ("{share} fehlen", "{share} missing"),
    "decisions": ("Was eingeschaltet war", "What was switched on"),
    "decisions_note": (
        "Für jedes Modell nur an seinen Trainingsdaten entschieden.",
        "Decided for each model on its training data only.",
    ),
    "decision": ("Schritt", "step"),
    "chosen": ("gewählt", "chosen"),
    "reason": ("Grund", "reason"),
    "reason_english": ("Begründung (englisch)", "Reason"),
    "coverage": ("Wie sicher sind die Prozente?", "How sure are the percentages?"),
    "coverage_note": (
        "Zu jeder Wahrscheinlichkeit gehört ein Bereich, im Mittel {width} Prozentpunkte "
        "breit{wide}. Zugesagt ist, dass er für {level} der "
        "Gruppen von {size} ähnlichen Kunden den Anteil enthält, der eintritt; gehalten hat er bei "
        "{held} von {groups} Gruppen.",
        "Each probability comes with a range, {width} percentage points wide on average{wide}. "
        "Promised is that for {level} of the groups of {size} "
        "like customers it holds the share that comes; it held for {held} of {groups} groups.",
    ),
    "coverage_wide": (
        ", so breit, dass er wenig sagt",
        ", so wide that it tells little",
    ),
    "coverage_over": ("Zugesagt und gehalten", "Promised and held"),
    "promised": ("zugesagt", "promised"),
    "held": ("gehalten", "held"),
    "alike": ("Gruppen", "groups"),
    "width": ("mittlere Breite, Punkte", "mean width, points"),
    "unlike": ("ganz anders als alle zuvor", "unlike anyone seen"),
    "when": ("Wann, nicht nur ob", "When, not only whether"),
    "when_note_churn_inactivity": (
        "Anteil der Kunden, die innerhalb so vieler Tage wieder kaufen, alle Stichtage zusammen.",
        "Share of customers who buy again within so many days, all cutoffs together.",
    ),
    "when_note_churn_contract": (
        "Anteil der Kunden, die nach so vielen Tagen keinen laufenden Vertrag mehr haben, alle "
        "Stichtage zusammen.",
        "Share of customers without a running contract after so many days, all cutoffs together.",
    ),
    "when_note_referral": (
        "Anteil der Kunden, die uns innerhalb so vieler Tage empfehlen, alle Stichtage zusammen.",
        "Share of customers who recommend us within so many days, all cutoffs together.",
    ),
    "within": ("innerhalb von", "within"),
    "days": ("{n} Tagen", "{n} days"),
    "how": ("Wie gerechnet wurde", "How this was computed"),
    "how_time": (
        "Zeitlich vorwärts: Für jeden Stichtag wurde das Modell neu angepasst, nur auf Stichtagen, "
        "deren Prognosezeitraum bis dahin abgelaufen war.",
        "Forward in time: for each cutoff the model was fitted anew, only on cutoffs whose horizon "
        "had passed by then.",
    ),
    "how_customers": (
        "Nicht zeitlich vorwärts: Das Panel hat keine Stichtage, also wurden Kunden "
        "zurückgehalten. Ob das Modell über die Zeit hält, zeigt das nicht.",
        "Not forward in time: the panel has no cutoffs, so customers were held out. Whether the "
        "model lasts over time is not shown.",
    ),
    "how_interval": (
        "Intervalle: {n} Ziehungen von Kunden mit allen ihren Zeilen; Vorsprünge gepaart auf "
        "denselben Ziehungen.",
        "Intervals: {n} draws of customers with all their rows; advantages are paired on the same "
        "draws.",
    ),
    "how_rules": (
        "Einfache Regeln, auf denselben Zeilen angepasst: {rules}.",
        "Simple rules, fitted on the same rows: {rules}.",
    ),
    "rule_base_rate": ("Grundrate (alle gleich)", "base rate (all alike)"),
    "rule_recency_rule": (
        "Recency-Regel (Tage seit dem letzten Auftrag)",
        "recency rule (days since the last order)",
    ),
    "rule_bg_nbd": (
        "BG/NBD (Kaufmodell aus Zahl und Abstand der Aufträge)",
        "BG/NBD (a model of buying from number and spacing of orders)",
    ),
    "rule_referral_rule": (
        "Regel der früheren Empfehlungen (wer schon empfohlen hat)",
        "earlier recommendations (who has recommended before)",
    ),
    "how_logistic": (
        "Die logistische Regression steht daneben, zählt aber nicht als einfache Regel.",
        "Logistic regression stands beside them but does not count as a simple rule.",
    ),
    "how_best": (
        "Welche einfache Regel die beste ist, wird erst hinterher festgestellt; das begünstigt die "
        "Regeln, nicht das Modell.",
        "Which simple rule is the best is found out afterwards; that favours the rules, not the "
        "model.",
    ),
    "left_out": ("„{rule}“ fehlt:", "“{rule}” is missing:"),
    "skipped": ("{date} wurde nicht geprüft:", "{date} was not judged:"),
    "foot": (
        "Nur für den internen Gebrauch. Diese Datei enthält keine Kundendaten, braucht kein Netz "
        "und führt nichts aus.",
        "For internal use. This file holds no customer data, needs no network and runs nothing.",
    ),
}


def word(key: str, language: Language, **values: object) -> str:
    """The words for a key, with `values` filled in."""
    text = WORDS[key][0 if language == "de" else 1]
    return text.format(**values) if values else text
