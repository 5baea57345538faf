"""The words of the pages in German and English: headings, labels, buttons, explanations.

Sentences about one customer come with the dossier; here stands what is the same for everyone.
"""

from __future__ import annotations

from treue.features.errors import TreueError
from treue.serving.dossier import Language

WORDS: dict[str, tuple[str, str]] = {
    # frame
    "skip": ("Zum Inhalt springen", "Skip to content"),
    "menu": ("Seiten", "Pages"),
    "worklist": ("Arbeitsliste", "Worklist"),
    "portfolio": ("Portfolio", "Portfolio"),
    "model": ("Modell", "Model"),
    "language": ("Sprache", "Language"),
    "this_computer": ("dieser Rechner", "this computer"),
    "sign_out": ("Abmelden", "Sign out"),
    "internal": (
        "Intern – nicht weitergeben. Einschätzungen sind Wahrscheinlichkeiten, keine Gewissheiten.",
        "Internal – do not pass on. Assessments are likelihoods, not certainties.",
    ),
    "as_of": ("Stand {date}", "As of {date}"),
    "as_table": ("Als Tabelle", "As a table"),
    "weak_churn": (
        "Abwanderung hat Note C: Die Einschätzung ist nicht nachweislich besser als eine einfache "
        "Regel. Lesen Sie sie als Hinweis und entscheiden Sie nicht danach allein.",
        "Leaving has grade C: the assessment is not shown to be better than a simple rule. Take it "
        "as a hint, and do not decide by it alone.",
    ),
    "weak_referral": (
        "Empfehlung hat Note C: Die Einschätzung ist nicht nachweislich besser als eine einfache "
        "Regel. Lesen Sie sie als Hinweis und entscheiden Sie nicht danach allein.",
        "Recommending has grade C: the assessment is not shown to be better than a simple rule. "
        "Take it as a hint, and do not decide by it alone.",
    ),
    "weak_more": ("Mehr dazu", "More on this"),
    "nothing_yet": ("Noch keine Einschätzungen", "No assessments yet"),
    "nothing_yet_text": (
        "Sobald Kunden mit „treue score“ eingeschätzt sind, stehen sie hier.",
        "As soon as customers have been scored with “treue score”, they appear here.",
    ),
    # the questions of the customer page
    "q_churn": ("Wird dieser Kunde gehen?", "Will this customer leave?"),
    "q_referral": ("Wird er uns empfehlen?", "Will they recommend us?"),
    "q_worth": ("Was ist er uns wert?", "What are they worth?"),
    "q_why": ("Warum?", "Why?"),
    "q_changed": ("Was hat sich geändert?", "What has changed?"),
    "q_limit": ("Wie weit darf ich gehen?", "How far may I go?"),
    "q_say": ("Was darf ich sagen?", "What may I say?"),
    "q_do": ("Was ist zu tun?", "What to do?"),
    "glance": ("Auf einen Blick", "At a glance"),
    "answer_yes": ("eher ja", "likely"),
    "answer_quite": ("gut möglich", "quite possible"),
    "answer_possible": ("möglich", "possible"),
    "answer_no": ("eher nein", "unlikely"),
    "usual_gap": (
        "Bestellt sonst etwa alle {days} Tage; das kann auch eine normale Pause sein.",
        "Usually orders about every {days} days; this may be a normal pause as well.",
    ),
    "meaning_focus": (
        "bleibt eher, empfiehlt eher",
        "more likely to stay, more likely to recommend",
    ),
    "meaning_promoter_at_risk": (
        "geht eher, empfiehlt eher",
        "more likely to leave, more likely to recommend",
    ),
    "meaning_quiet": (
        "bleibt eher, empfiehlt eher nicht",
        "more likely to stay, less likely to recommend",
    ),
    "meaning_price_hunter": (
        "geht eher, empfiehlt eher nicht",
        "more likely to leave, less likely to recommend",
    ),
    "group_name": (
        "der Name der Gruppe sagt nichts über den Grund",
        "the name of the group says nothing about the reason",
    ),
    "group_names": (
        "Die Namen der Gruppen sagen nichts über den Grund.",
        "The names of the groups say nothing about the reason.",
    ),
    "of_all": ("typischer Kunde: {share}", "typical customer: {share}"),
    "no_churn_model": (
        "Für Abwanderung gibt es noch kein Modell.",
        "There is no model for leaving yet.",
    ),
    "no_referral_model": (
        "Für Empfehlungen gibt es noch kein Modell.",
        "There is no model for recommending yet.",
    ),
    "grade": ("Modell: Note {grade}", "Model: grade {grade}"),
    "since_date_short": ("bei Abwanderung seit {date}", "in leaving since {date}"),
    "rules_behind": ("Welche Regel dahintersteht", "The rules behind it"),
    "first_score": (
        "Erste Einschätzung dieses Kunden; zum Vergleich fehlt eine frühere.",
        "First assessment of this customer; there is no earlier one to compare with.",
    ),
    "at_risk_in_all": ("Deckungsbeitrag auf dem Spiel", "margin at risk"),
    "ceiling": ("Zugeständnis höchstens", "Concession at most"),
    "margin_year": ("Deckungsbeitrag, 365 Tage", "margin, 365 days"),
    "all_reasons": ("Alle Gründe", "All reasons"),
    "all_changes": ("Alle Änderungen", "All changes"),
    "nothing_to_say": (
        "Zu diesen Gründen gibt es keinen Satz für den Kunden. Fragen Sie offen, wie es läuft.",
        "There is no sentence for the customer about these reasons. Ask openly how things are.",
    ),
    "say_note": (
        "Nur diese Sätze sind für den Kunden gedacht; alles andere auf dieser Seite ist intern.",
        "Only these sentences are meant for the customer; all else on this page is internal.",
    ),
    "customer_since": ("Kunde seit {date}", "Customer since {date}"),
    "looked_after_by": ("betreut von", "looked after by"),
    "older": ("Das ist ein früherer Stand.", "This is an earlier assessment."),
    "newest": ("Zum neuesten Stand", "To the newest one"),
    "print": ("Druckansicht", "Print view"),
    "on_screen": ("Zurück zur Seite", "Back to the page"),
    # sections
    "reasons": ("Gründe", "Reasons"),
    "reasons_churn": ("Abwanderung", "Leaving"),
    "reasons_referral": ("Empfehlung", "Recommending"),
    "reasons_note": (
        "Ein Punkt ist ein Prozentpunkt der Wahrscheinlichkeit. Gründe zeigen, womit sie "
        "zusammenhängt, nicht, was sie verursacht.",
        "A point is one percentage point of likelihood. Reasons show what it goes together with, "
        "not what causes it.",
    ),
    "typical_note": (
        "Der typische Kunde ist die Mitte der Skala des Modells, kein Durchschnitt; mit dem Anteil "
        "der Kunden, die gingen oder empfahlen, lässt er sich nicht vergleichen.",
        "The typical customer is the middle of the model’s scale, nobody’s average; do not compare "
        "it with the share of customers who left or recommended.",
    ),
    "uncertain": ("Richtung unsicher", "direction uncertain"),
    "no_reasons": ("Nichts hebt sich ab.", "Nothing stands out."),
    "start_all": ("Typischer Kunde", "Typical customer"),
    "others": ("Alles Übrige", "Everything else"),
    "this_customer": ("Dieser Kunde", "This customer"),
    "changed": ("Was sich geändert hat", "What has changed"),
    "changed_from_to": (
        "von {before} am {date} auf {now}: {points}",
        "from {before} on {date} to {now}: {points}",
    ),
    "unchanged": ("unverändert", "unchanged"),
    "nothing_essential": (
        "Nichts Wesentliches hat sich geändert.",
        "Nothing essential has changed.",
    ),
    "new_model": ("Neu trainiertes Modell", "Newly trained model"),
    "new_model_note": (
        "So viel hätte allein das neue Modell geändert, bei gleichen Daten.",
        "This much the new model alone would have changed, with the same data.",
    ),
    "when": ("Wann?", "When?"),
    "when_days": ("{n} Tagen", "{n} days"),
    "waterfall": ("Wie die Einschätzung zustande kommt", "How the assessment comes about"),
    "waterfall_note": (
        "Vom typischen Kunden bis zu diesem; jede Gruppe öffnet sich zu ihren Merkmalen.",
        "From a typical customer to this one; each group opens into its features.",
    ),
    "rest_of_family": ("weitere Merkmale", "further features"),
    "timeline": ("Verlauf", "Timeline"),
    "timeline_note": (
        "Was bis zum Stichtag bekannt war, und festgehaltene Gespräche; Neuestes zuerst.",
        "What was known at the cutoff, and recorded conversations; newest first.",
    ),
    "no_timeline": ("Keine Ereignisse bekannt.", "No events known."),
    "older_events": ("{n} ältere Ereignisse", "{n} older events"),
    "events_label": (
        "Ereignisse von {first} bis {last}: {counts}",
        "Events from {first} to {last}: {counts}",
    ),
    "kind_order": ("Aufträge", "Orders"),
    "kind_return": ("Rückgaben", "Returns"),
    "kind_negotiation": ("Verhandlungen", "Negotiations"),
    "kind_complaint": ("Reklamationen", "Complaints"),
    "kind_contact": ("Kontakte", "Contacts"),
    "kind_contract": ("Verträge", "Contracts"),
    "kind_payment": ("Zahlungen", "Payments"),
    "kind_referral": ("Empfehlungen", "Referrals"),
    "one_outcome": ("Gespräch", "Conversation"),
    "one_order": ("Auftrag", "Order"),
    "one_return": ("Rückgabe", "Return"),
    "one_negotiation": ("Verhandlung", "Negotiation"),
    "one_complaint": ("Reklamation", "Complaint"),
    "one_contact": ("Kontakt", "Contact"),
    "one_contract": ("Vertrag", "Contract"),
    "one_payment": ("Zahlung", "Payment"),
    "one_referral": ("Empfehlung", "Referral"),
    "value_card": ("Wertkarte", "Value card"),
    "value_note": (
        "Jede Zeile öffnet sich zu Formel und Zahlen.",
        "Each line opens into its formula and numbers.",
    ),
    "no_card": ("Dafür fehlen die Tabellen.", "The tables for this are missing."),
    "missing": ("fehlt", "missing"),
    "approach": ("Vorgehen", "Approach"),
    "approach_note": (
        "Vorschlag; die Entscheidung liegt bei Ihnen.",
        "A suggestion; the decision is yours.",
    ),
    "no_approach": ("Keine Regel passt; entscheiden Sie frei.", "No rule applies; decide freely."),
    "rule": ("Regel", "Rule"),
    "history": ("Frühere Einschätzungen", "Earlier assessments"),
    "history_none": (
        "Das ist die erste Einschätzung; der Verlauf wächst mit jedem Stichtag.",
        "This is the first assessment; the history grows with each cutoff.",
    ),
    "backfilled": (
        "Ältere Stände wurden nachträglich berechnet; das Modell kann aus der Zeit danach "
        "gelernt haben.",
        "Older assessments were computed later; the model may have learned from the time after "
        "them.",
    ),
    "history_label": (
        "Abwanderung von {first} auf {last}, {n} Stichtage",
        "Leaving from {first} to {last}, {n} cutoffs",
    ),
    "facts": ("Stammdaten", "Master data"),
    "cutoff": ("Stichtag", "Cutoff"),
    # outcome
    "outcomes": ("Gespräch festhalten", "Record a conversation"),
    "outcomes_note": (
        "Was Sie hier festhalten, hilft der nächsten Einschätzung.",
        "What you record here helps the next assessment.",
    ),
    "earlier_outcomes": ("Bisherige Gespräche", "Conversations so far"),
    "outcomes_who": ("Nur intern sichtbar.", "Visible inside the company only."),
    "no_outcomes": ("Noch nichts festgehalten.", "Nothing recorded yet."),
    "saved": ("Gespeichert.", "Saved."),
    "over_ceiling": (
        "Das ist mehr als das höchste Zugeständnis, das sich rechnet ({ceiling}).",
        "This is more than the highest concession that pays ({ceiling}).",
    ),
    "confirm_ceiling": ("Trotzdem festhalten", "Record it nevertheless"),
    "in_the_past": (
        "Dieser Tag ist schon vorbei; bitte einen kommenden angeben.",
        "This day has passed; please give one to come.",
    ),
    "channel": ("Wie", "How"),
    "channel_call": ("angerufen", "called"),
    "channel_visit": ("besucht", "visited"),
    "channel_write": ("geschrieben", "wrote"),
    "channel_other": ("anders", "other"),
    "result": ("Ergebnis", "Result"),
    "result_reached": ("gesprochen", "talked"),
    "result_not_reached": ("nicht erreicht", "not reached"),
    "result_appointment": ("Termin vereinbart", "appointment made"),
    "result_resolved": ("Anliegen gelöst", "matter resolved"),
    "result_no_interest": ("kein Interesse", "no interest"),
    "result_other": ("anderes", "other"),
    "concession": ("Zugeständnis ({currency})", "Concession ({currency})"),
    "next_step": ("Nächster Schritt am", "Next step on"),
    "note": ("Notiz", "Note"),
    "save": ("Festhalten", "Record"),
    # worklist
    "customers_one": ("1 Kunde", "1 customer"),
    "customers_many": ("{n} Kunden", "{n} customers"),
    "tools": ("Filtern und Anrufliste machen", "Filter and make a call list"),
    "search": ("Name oder Nummer", "Name or number"),
    "search_all": ("Name, Nummer oder Betreuung", "Name, number or manager"),
    "on_plan": ("nur meine Anrufliste", "my call list only"),
    "worth": ("nur wo sich ein Kontakt rechnet", "only where a contact pays"),
    "profit_in_all": ("erwarteter Gewinn aller Kontakte", "expected profit of all contacts"),
    "manager": ("Betreuung", "Account manager"),
    "group": ("Gruppe", "Group"),
    "changed_filter": ("Abwanderung", "Leaving"),
    "changed_up": ("gestiegen", "risen"),
    "changed_down": ("gesunken", "fallen"),
    "all": ("alle", "all"),
    "sort": ("Reihenfolge", "Order"),
    "sort_margin_at_risk": ("Auf dem Spiel", "At risk"),
    "sort_churn": ("Abwanderung", "Leaving"),
    "sort_referral": ("Empfehlung", "Recommending"),
    "sort_change": ("Änderung", "Change"),
    "sort_name": ("Name", "Name"),
    "show": ("Anzeigen", "Show"),
    "reset": ("Filter aufheben", "Clear filters"),
    "capacity": ("Ich habe Zeit für", "I have time for"),
    "capacity_calls": ("Anrufe", "calls"),
    "make_list": ("Anrufliste machen", "Make a call list"),
    "hold_out": (
        "dazu jeden Zehnten zufällig auslassen",
        "besides, leave out one in ten at random",
    ),
    "hold_out_why": (
        "So lässt sich später messen, was Anrufe bewirken.",
        "So the effect of calling can be measured later.",
    ),
    "plan_call": ("anrufen", "call"),
    "plan_hold_out": ("Vergleich: nicht anrufen", "comparison: do not call"),
    "plan_made": (
        "Ihre Anrufliste steht: {call} anrufen.",
        "Your call list is ready: {call} to call.",
    ),
    "plan_made_with": (
        "Ihre Anrufliste steht: {call} anrufen, {held} zufällig ausgelassen.",
        "Your call list is ready: {call} to call, {held} left out at random.",
    ),
    "plan_by_margin": (
        "Die Liste beginnt mit dem höchsten Deckungsbeitrag auf dem Spiel.",
        "The list starts with the highest margin at risk.",
    ),
    "plan_by_sort": (
        "Die Liste folgt der gewählten Reihenfolge: {sort}.",
        "The list goes by the chosen order: {sort}.",
    ),
    "plan_replaces": (
        "Sie ersetzt Ihre bisherigen Listen.",
        "It replaces your lists so far.",
    ),
    "plan_replaces_one": (
        "Sie ersetzt Ihre bisherige Liste für {name}; andere bleiben.",
        "It replaces your list so far for {name}; others stay.",
    ),
    "export": ("Ausgeben", "Export"),
    "export_xlsx": ("Excel", "Excel"),
    "export_csv": ("CSV", "CSV"),
    "export_letters": ("Serienbrief", "Letters"),
    "export_letters_why": (
        "Name und ein Satz, den der Kunde lesen darf",
        "Name and one sentence that the customer may read",
    ),
    "customer": ("Kunde", "Customer"),
    "churn": ("Abwanderung", "Leaving"),
    "referral": ("Empfehlung", "Recommending"),
    "main_reason": ("Hauptgrund", "Main reason"),
    "suggestion": ("Vorschlag", "Suggestion"),
    "last_outcome": ("Zuletzt", "Last contact"),
    "nobody": (
        "Kein Kunde passt zu diesem Filter.",
        "No customer matches this filter.",
    ),
    "page_of": ("Seite {page} von {pages}", "Page {page} of {pages}"),
    "previous": ("Zurück", "Previous"),
    "next": ("Weiter", "Next"),
    "pages_label": ("Seitenwahl", "Pagination"),
    # quadrants
    "quadrants_focus": ("Fokuskunden", "Focus customers"),
    "quadrants_promoter_at_risk": ("Gefährdete Empfehler", "Promoters at risk"),
    "quadrants_quiet": ("Stille Stammkunden", "Quiet regulars"),
    "quadrants_price_hunter": ("Preisjäger", "Price hunters"),
    # portfolio
    "portfolio_lead": (
        "Deckungsbeiträge der letzten 365 Tage",
        "margins of the last 365 days",
    ),
    "map": ("Abwanderung und Empfehlung", "Leaving and recommending"),
    "map_note": (
        "Jedes Zeichen ein Kunde; die Gruppen trennen sich bei {churn} (Abwanderung) und "
        "{referral} (Empfehlung).",
        "Each mark a customer; the groups part at {churn} (leaving) and {referral} (recommending).",
    ),
    "map_note_binned": (
        "Je größer das Zeichen, desto mehr Kunden; die Gruppen trennen sich bei {churn} "
        "(Abwanderung) und {referral} (Empfehlung).",
        "The larger the mark, the more customers; the groups part at {churn} (leaving) and "
        "{referral} (recommending).",
    ),
    "axis_churn": ("Wahrscheinlichkeit zu gehen →", "Likelihood of leaving →"),
    "axis_referral": ("↑ Wahrscheinlichkeit zu empfehlen", "↑ Likelihood of recommending"),
    "customers": ("Kunden", "Customers"),
    "margin_365": ("Deckungsbeitrag", "Margin"),
    "risk_by_run": ("Deckungsbeitrag auf dem Spiel je Stichtag", "Margin at risk by cutoff"),
    "calibration": ("Wie oft wir richtig lagen", "How often we were right"),
    "calibration_note": (
        "Auf der gestrichelten Linie stimmen Einschätzung und Wirklichkeit überein.",
        "On the dashed line assessment and outcome agree.",
    ),
    "mean_churn": ("Abwanderung im Mittel", "Leaving on average"),
    "mean_referral": ("Empfehlung im Mittel", "Recommending on average"),
    "of_customers": ("{share} aller Kunden", "{share} of all customers"),
    "risk_note": (
        "Wahrscheinlichkeit zu gehen mal erwarteter Deckungsbeitrag, über alle Kunden.",
        "Likelihood of leaving times expected margin, over all customers.",
    ),
    "cases": ("{n} Fälle", "{n} cases"),
    "said_mean": ("im Mittel", "on average"),
    "said": ("Eingeschätzt", "Put at"),
    "came": ("Eingetreten", "Came true"),
    "rows": ("Fälle", "Cases"),
    "no_calibration": ("Dafür gibt es noch keine Zahlen.", "There are no figures for this yet."),
    # model
    "model_lead": (
        "Wie verlässlich die Einschätzungen sind und woraus sie gelernt wurden",
        "How reliable the assessments are and what they were learned from",
    ),
    "asked": ("Gefragt ist", "What is asked"),
    "grade_a": ("klar besser als einfache Regeln", "clearly better than simple rules"),
    "grade_b": ("besser als einfache Regeln", "better than simple rules"),
    "grade_c": ("nur als Hinweis zu lesen", "to be read as a hint only"),
    "grade_none": ("noch nicht beurteilt", "not judged yet"),
    "measured_later": (
        "Gemessen an einem späteren Zeitraum, den das Modell beim Lernen nicht kannte.",
        "Measured on a later period that the model did not know when it learned.",
    ),
    "measured_others": (
        "Gemessen an Kunden, die das Modell beim Lernen nicht kannte.",
        "Measured on customers the model did not know when it learned.",
    ),
    "never": ("nie", "never"),
    "positives_churn": ("gegangen", "left"),
    "positives_referral": ("empfahlen", "recommended"),
    "held_out": ("zurückgelegte Kunden", "held-out customers"),
    "picture_calibration": ("Gesagt und eingetreten", "What was said and what came"),
    "picture_family_importance": (
        "Einfluss der Gruppen von Merkmalen",
        "Influence of the families",
    ),
    "picture_lift": ("Treffer unter den Obersten", "Hits among the topmost"),
    "pictures_in_figures": ("Dasselbe in Zahlen: Modellkarte", "The same in figures: model card"),
    "more_pictures": ("{n} weitere Bilder", "{n} more pictures"),
    "open_card": ("Modellkarte lesen (englisch)", "Read the model card"),
    "open_usability": ("Bericht lesen", "Read the report"),
    "picture_shap_bar": ("Einfluss der Merkmale im Mittel", "Mean influence of the features"),
    "picture_shap_beeswarm": (
        "Einfluss der Merkmale, jeder Kunde ein Punkt",
        "Influence of the features, each customer a dot",
    ),
    "picture_dependence": ("Einfluss von: {name}", "Influence of: {name}"),
    "figure_auroc": ("Rangfolge (AUROC)", "Ranking (AUROC)"),
    "figure_average_precision": ("Mittlere Präzision", "Average precision"),
    "figure_log_loss": ("Log-Loss ↓", "Log loss ↓"),
    "figure_brier": ("Brier ↓", "Brier ↓"),
    "figure_ece": ("Kalibrierfehler ↓", "Calibration error ↓"),
    "figure_lift_10": ("Lift bei 10 %", "Lift at 10%"),
    "yes": ("ja", "yes"),
    "no": ("nein", "no"),
    "model_churn": ("Abwanderung", "Leaving"),
    "model_referral": ("Empfehlung", "Recommending"),
    "figures": ("Güte je Stichtag", "Figures by cutoff"),
    "pictures": ("Woran sich das Modell orientiert", "What the model goes by"),
    "card": ("Modellkarte", "Model card"),
    "usability": ("Was die Daten hergeben", "What the data bear out"),
    "base": ("Typischer Kunde", "Typical customer"),
    "horizon": ("Zeitraum", "Period"),
    "days": ("{n} Tage", "{n} days"),
    "fingerprint": ("Fassung", "Version"),
}
"""German and English by key; ``{name}`` is filled in."""


def word(key: str, language: Language, **values: object) -> str:
    """The page's word for a key.

    Raises
    ------
    TreueError
        For a key that is not there.

    >>> word("as_of", "en", date="January 1, 2025")
    'As of January 1, 2025'
    """
    if key not in WORDS:
        raise TreueError(f"page_words: there is no {key!r}; add it to WORDS in both languages")
    text = WORDS[key][language == "en"]
    return text.format(**values) if values else text
