"""What the data usability report says, in both languages."""

from treue.features.words import Words

USES = Words("What the tables are good for", "Wozu die Tabellen taugen")
STOCKS = Words("What there is", "Was da ist")
WISHES = Words("What would bring more", "Was mehr bringen würde")
SIGNS = {True: Words("enough", "genug"), False: Words("too little", "zu wenig")}
COMPARED = Words("{what}: {have}, needed {need}", "{what}: {have}, nötig {need}")
STOCK = Words("{table}: {rows} {of_customers}", "{table}: {rows} {of_customers}")
SPAN = Words(", {first} to {last}", ", {first} bis {last}")

MODEL = {
    "churned": Words("a churn model", "ein Modell der Abwanderung"),
    "referred": Words("a referral model", "ein Modell der Empfehlungen"),
}
EXPLANATIONS = {
    "churned": Words("explanations of a churn model", "Erklärungen zur Abwanderung"),
    "referred": Words("explanations of a referral model", "Erklärungen zu Empfehlungen"),
}
ELIGIBLE = Words("customers eligible at the last cutoff", "am letzten Stichtag betrachtete Kunden")
ELIGIBLE_WHY = Words(
    "with fewer, one customer moves every share by more than a point",
    "bei weniger verschiebt ein einziger Kunde jeden Anteil um mehr als einen Prozentpunkt",
)
OF_THEM = Words("of them {outcome}", "davon {outcome}")
OF_THEM_WHY = Words(
    "with 20 the standard error of an AUROC is still 0.06 to 0.07",
    "bei 20 beträgt der Standardfehler einer AUROC noch 0,06 bis 0,07",
)
ROWS = Words("rows {outcome}, all cutoffs together", "Zeilen {outcome}, alle Stichtage zusammen")
ROWS_WHY = Words(
    "with fewer, the order of the features changes from one sample to the next",
    "bei weniger wechselt die Reihenfolge der Einflussgrößen von Stichprobe zu Stichprobe",
)
HAPPENED = {
    "churned": Words("churned", "mit Abwanderung"),
    "referred": Words("referred", "mit Empfehlung"),
}
DID_NOT = {
    "churned": Words("not churned", "ohne Abwanderung"),
    "referred": Words("not referred", "ohne Empfehlung"),
}

ONCE = Words("one comparison on later data", "ein Vergleich mit späteren Daten")
FOUR_TIMES = Words("four comparisons on later data", "vier Vergleiche mit späteren Daten")
HISTORY = Words("days of history", "Tage Vorgeschichte")
ONCE_WHY = Words(
    "a lookback of {lookback} days, a label window of {horizon} to learn from and one to be "
    "judged on",
    "ein Rückblick von {lookback} Tagen, ein Prognosezeitraum von {horizon} Tagen zum Lernen und "
    "ein zweiter zum Prüfen",
)
FOUR_TIMES_WHY = Words(
    "four monthly cutoffs held out: a single one misleads, where the business changes",
    "vier zurückgehaltene Stichtage im Monatsabstand: ein einzelner führt in die Irre, wenn sich "
    "das Geschäft ändert",
)
SEASON = Words("features of the season", "Einflussgrößen der Jahreszeit")
COVERED = Words("days that label windows cover", "Tage mit bekanntem Ausgang")
SEASON_WHY = Words(
    "each season must have been seen once", "jede Jahreszeit muss einmal vorgekommen sein"
)

FAMILY = Words("features of {family}", "Einflussgrößen aus dem Themenbereich {family}")
AT_LEAST_ONE = Words("customers with at least one", "Kunden mit mindestens einem Eintrag")
FAMILY_WHY = Words(
    "a feature that is empty for nearly everyone cannot be learned",
    "aus einer Einflussgröße, die fast überall fehlt, lässt sich nichts lernen",
)
