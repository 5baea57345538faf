"""The words of the page for the person concerned: plain, without an internal one."""

from __future__ import annotations

from treue.serving.dossier import Text

TABLES: dict[str, Text] = {
    "customers": Text(de="Stammdaten", en="Master data"),
    "purchases": Text(de="Einkäufe", en="Purchases"),
    "negotiations": Text(de="Preisgespräche", en="Price talks"),
    "complaints": Text(de="Reklamationen", en="Complaints"),
    "referrals": Text(
        de="Empfehlungen, von Ihnen und an Sie", en="Recommendations, by you and to you"
    ),
    "payments": Text(de="Rechnungen und Zahlungen", en="Invoices and payments"),
    "contacts": Text(de="Kontakte", en="Contacts"),
    "contracts": Text(de="Verträge", en="Contracts"),
}

SOURCES: dict[str, Text] = {
    "customers": Text(de="Kundenstamm", en="customer records"),
    "purchases": Text(de="Rechnungen und Aufträge", en="invoices and orders"),
    "negotiations": Text(de="Angebote und Preisverhandlungen", en="quotes and price negotiations"),
    "complaints": Text(de="Reklamationen", en="complaints"),
    "referrals": Text(de="Empfehlungen", en="recommendations"),
    "payments": Text(de="Buchhaltung", en="accounts"),
    "contacts": Text(de="Kontaktnotizen", en="notes of contacts"),
    "contracts": Text(de="Vertragsakten", en="contract files"),
}
"""Where the rows come from, as a customer would call it."""

COLUMNS: dict[str, Text] = {
    "since": Text(de="Kunde seit", en="customer since"),
    "acquisition_cost": Text(
        de="unsere Kosten, bis Sie Kunde wurden", en="our cost until you became a customer"
    ),
    "expected_margin_year": Text(
        de="was wir uns zu Beginn erwartet haben", en="what we expected at the start"
    ),
    "purchased_at": Text(de="Zeitpunkt", en="time"),
    "amount": Text(de="Betrag", en="amount"),
    "order_id": Text(de="Auftragsnummer", en="order number"),
    "margin": Text(de="was uns nach Kosten bleibt", en="what is left to us after costs"),
    "quantity": Text(de="Menge", en="quantity"),
    "product_id": Text(de="Artikel", en="product"),
    "category": Text(de="Art", en="category"),
    "list_amount": Text(de="Listenpreis", en="list price"),
    "channel": Text(de="Weg", en="channel"),
    "kind": Text(de="Ware, Dienstleistung oder Vertrag", en="goods, service or contract"),
    "is_return": Text(de="Rückgabe", en="return"),
    "negotiated_at": Text(de="Zeitpunkt", en="time"),
    "list_price": Text(de="Ausgangspreis", en="first price"),
    "asked_price": Text(de="gewünschter Preis", en="price asked for"),
    "agreed_price": Text(de="vereinbarter Preis", en="price agreed"),
    "outcome": Text(de="Ergebnis", en="outcome"),
    "decided_at": Text(de="Zeitpunkt der Entscheidung", en="time of the decision"),
    "rounds": Text(de="Zahl der Angebote", en="number of offers"),
    "competitor_named": Text(
        de="ob ein anderer Anbieter genannt wurde", en="whether another supplier was named"
    ),
    "opened_at": Text(de="Zeitpunkt", en="time"),
    "severity": Text(de="Schwere", en="severity"),
    "caused_by": Text(de="Ursache", en="cause"),
    "resolved_at": Text(de="Zeitpunkt der Lösung", en="time of the solution"),
    "goodwill_amount": Text(de="gewährte Kulanz", en="goodwill granted"),
    "satisfaction": Text(de="Ihre Zufriedenheit", en="your satisfaction"),
    "reopened_at": Text(de="Zeitpunkt der Wiederaufnahme", en="time of reopening"),
    "referrer_id": Text(de="wer empfohlen hat", en="who recommended"),
    "referred_at": Text(de="Zeitpunkt", en="time"),
    "referred_id": Text(de="wem empfohlen wurde", en="to whom"),
    "converted_at": Text(de="ob daraus ein Kunde wurde", en="whether a customer came of it"),
    "due_at": Text(de="Fälligkeit", en="due date"),
    "invoice_id": Text(de="Rechnungsnummer", en="invoice number"),
    "paid_at": Text(de="Zahlungseingang", en="date of payment"),
    "contacted_at": Text(de="Zeitpunkt", en="time"),
    "direction": Text(de="wer sich gemeldet hat", en="who got in touch"),
    "started_at": Text(de="Beginn", en="start"),
    "contract_id": Text(de="Vertragsnummer", en="contract number"),
    "ends_at": Text(de="Ende", en="end"),
    "cancelled_at": Text(de="Kündigung", en="cancellation"),
    "value_year": Text(de="Jahreswert", en="value a year"),
    "recorded_at": Text(de="Zeitpunkt der Erfassung", en="time of entry"),
}
"""Columns that are used; the id, the name and who looks after the customer only find the rows."""

NOT_USED = ("customer_id", "name", "account_manager")

QUESTIONS: dict[str, Text] = {
    "inactivity": Text(
        de="ob Sie in den nächsten {days} Tagen wieder bei uns einkaufen",
        en="whether you will buy from us again in the next {days} days",
    ),
    "contract": Text(
        de="ob Ihr Vertrag in den nächsten {days} Tagen weiterläuft",
        en="whether your contract will go on in the next {days} days",
    ),
    "decline": Text(
        de="ob Sie in den nächsten {days} Tagen ähnlich viel bei uns einkaufen wie zuvor",
        en="whether you will buy about as much from us in the next {days} days as before",
    ),
    "made": Text(
        de="ob Sie uns in den nächsten {days} Tagen weiterempfehlen",
        en="whether you will recommend us in the next {days} days",
    ),
    "converted": Text(
        de="ob in den nächsten {days} Tagen durch Ihre Empfehlung jemand zu uns kommt",
        en="whether somebody will come to us through your recommendation in the next {days} days",
    ),
    "churn": Text(de="ob Sie uns als Kunde treu bleiben", en="whether you will stay with us"),
    "referral": Text(de="ob Sie uns weiterempfehlen", en="whether you will recommend us"),
}
"""What is estimated, always asked for the good end; ready panels only know the target."""

HIDDEN = {
    "margin": Text(
        de="was uns von Ihren Einkäufen nach unseren Kosten bleibt",
        en="what is left to us of your purchases after our costs",
    ),
    "acquisition": Text(
        de="was wir zu Beginn unserer Zusammenarbeit erwartet haben",
        en="what we expected when we began to work together",
    ),
    "reference_customers": Text(
        de="Kunden, die durch Ihre Empfehlung zu uns kamen",
        en="customers who came to us through your recommendation",
    ),
    "circle": Text(
        de="Kunden, durch deren Empfehlung Sie zu uns kamen",
        en="customers through whose recommendation you came to us",
    ),
}
"""Topics told without a number: our own calculation, and what concerns other people."""

WORDS: dict[str, Text] = {
    "title": Text(de="Wie wir Ihre Kundendaten auswerten", en="How we evaluate your customer data"),
    "lead": Text(
        de="Auskunft nach Artikel 15 der Datenschutz-Grundverordnung (DSGVO)",
        en="Information under Article 15 of the General Data Protection Regulation (GDPR)",
    ),
    "for": Text(de="Für", en="For"),
    "number": Text(de="Kundennummer", en="Customer number"),
    "as_of": Text(de="Stand der Daten", en="Data as of"),
    "by": Text(de="Verantwortlich", en="Controller"),
    "privacy": Text(de="Datenschutz", en="Data protection"),
    "issued": Text(de="Ausgestellt am", en="Date of issue"),
    "fill_in_company": Text(
        de="____________________ (bitte Namen und Anschrift eintragen)",
        en="____________________ (please fill in name and address)",
    ),
    "fill_in_contact": Text(
        de="____________________ (bitte Kontakt eintragen)",
        en="____________________ (please fill in the contact)",
    ),
    "purpose": Text(de="Worum es geht", en="What this is about"),
    "purpose_text": Text(
        de="Wir möchten früh merken, wenn etwas nicht passt, und uns zur rechten Zeit bei Ihnen "
        "melden. Dafür wertet ein Rechenprogramm Daten aus unserer Geschäftsbeziehung aus und "
        "schätzt,",
        en="We would like to notice early when something is not right, and to be in touch at the "
        "right time. For this a program evaluates data from our business relationship and "
        "estimates",
    ),
    "basis": Text(
        de="Rechtsgrundlage ist unser berechtigtes Interesse daran, unsere Kunden gut zu betreuen "
        "(Art. 6 Abs. 1 Buchst. f DSGVO).",
        en="The legal basis is our legitimate interest in looking after our customers well "
        "(Art. 6(1)(f) GDPR).",
    ),
    "data": Text(de="Welche Daten verwendet wurden", en="Which data were used"),
    "data_text": Text(
        de="Nur Daten aus unserer Geschäftsbeziehung, die bis zum Stand der Daten bekannt waren.",
        en="Only data from our business relationship that were known by the date above.",
    ),
    "ready": Text(
        de="Für die Auswertung lag eine fertige Zusammenstellung vor. Daraus wurden diese Angaben "
        "verwendet:",
        en="A ready summary was evaluated. These items of it were used:",
    ),
    "sort": Text(de="Daten", en="Data"),
    "columns": Text(de="Angaben", en="Items"),
    "period": Text(de="Zeitraum", en="Period"),
    "rows": Text(de="Einträge", en="Entries"),
    "source": Text(de="Herkunft", en="Source"),
    "field": Text(de="„{name}“", en="“{name}”"),
    "sensitive": Text(
        de="In die Schätzung geht nicht ein, was in diesen Datenfeldern steht: {names}. Damit "
        "prüfen wir nur, ob das Programm jemanden benachteiligt.",
        en="Not part of the estimate is what these data fields hold: {names}. Such data only serve "
        "to check that the program puts nobody at a disadvantage.",
    ),
    "kept": Text(de="Was wir sonst über Sie speichern", en="What else we keep about you"),
    "kept_text": Text(
        de="Neben den Daten, aus denen geschätzt wird, entstehen bei der Arbeit mit dem Programm "
        "weitere Einträge. Auf Wunsch erhalten Sie eine Kopie (Art. 15 Abs. 3 DSGVO).",
        en="Besides the data that are evaluated, working with the program makes further entries. "
        "You get a copy on request (Art. 15(3) GDPR).",
    ),
    "not_counted": Text(
        de="Wie viele es bei Ihnen sind, ist hier nicht aufgeführt; wir teilen es Ihnen auf Wunsch "
        "mit.",
        en="How many there are about you is not listed here; we tell you on request.",
    ),
    "kept_outcomes": Text(
        de="Notizen zu Gesprächen mit Ihnen und deren Ergebnisse",
        en="Notes of conversations with you, and what came of them",
    ),
    "kept_planned": Text(
        de="Vorgesehene Anrufe bei Ihnen; einzelne Kunden werden dabei zufällig ausgelassen, um "
        "den Nutzen der Anrufe zu messen",
        en="Planned calls to you; some customers are left out at random, to measure what calls are "
        "good for",
    ),
    "kept_held_out": Text(de="Davon zufällig ausgelassen", en="Of these left out at random"),
    "kept_estimates": Text(
        de="Fertige Schätzungen mit Stichtag, ihre Gründe und unsere Kalkulation dazu",
        en="Finished estimates by date, with their reasons and our calculation",
    ),
    "kept_approaches": Text(
        de="Dazu ein Vorschlag, wie wir auf Sie zugehen",
        en="With them, a suggestion of how to approach you",
    ),
    "kept_views": Text(
        de="Protokoll, wer bei uns Ihre Daten angesehen hat",
        en="Log of who among our staff looked at your data",
    ),
    "absent": Text(de="Zurzeit keine Schätzung", en="No estimate at present"),
    "absent_text": Text(
        de="Zu Ihnen wird zurzeit nichts geschätzt. {why} Das kann sich mit einem neuen "
        "Einkauf oder Vertrag ändern.",
        en="Nothing is estimated about you at present. {why} A new purchase or contract may "
        "change this.",
    ),
    "absent_never": Text(
        de="Uns liegt kein Einkauf von Ihnen vor, und geschätzt wird nur für Kunden, die bei uns "
        "eingekauft haben.",
        en="We know of no purchase of yours, and estimates are made of buyers only.",
    ),
    "absent_contract": Text(
        de="Zum Stand der Daten lief kein Vertrag mit Ihnen, und geschätzt wird nur für Kunden mit "
        "laufendem Vertrag.",
        en="No contract with you was running at the date above, and estimates are made only of "
        "customers with a running contract.",
    ),
    "absent_ago": Text(
        de="Ihr letzter Einkauf war am {last}, und geschätzt wird nur für Kunden, die in den "
        "letzten {days} Tagen eingekauft haben.",
        en="Your last purchase was on {last}, and estimates are made only of customers who bought "
        "in the last {days} days.",
    ),
    "absent_nothing": Text(
        de="Ihre Einkäufe der letzten {days} Tage heben sich mit Rückgaben oder Gutschriften auf, "
        "und geschätzt wird nur für Kunden mit Umsatz in dieser Zeit.",
        en="Your purchases of the last {days} days are balanced by returns or credits, and "
        "estimates are made only of customers who spent something in that time.",
    ),
    "absent_purpose": Text(
        de="Wir möchten früh merken, wenn etwas nicht passt, und uns zur rechten Zeit bei unseren "
        "Kunden melden. Dafür wertet ein Rechenprogramm Daten aus unseren Geschäftsbeziehungen "
        "aus.",
        en="We would like to notice early when something is not right, and to be in touch with our "
        "customers at the right time. For this a program evaluates data from our business "
        "relationships.",
    ),
    "absent_data": Text(de="Welche Daten wir von Ihnen haben", en="Which data we have of you"),
    "absent_data_text": Text(
        de="Daten aus unserer Geschäftsbeziehung, die bis zum Stand der Daten bekannt waren.",
        en="Data from our business relationship that were known by the date above.",
    ),
    "logic": Text(de="Wie das Programm rechnet", en="How the program works"),
    "logic_text": Text(
        de="Das Programm hat frühere Verläufe verglichen: Was war bei Kunden zu sehen, die später "
        "{done} haben, und was bei anderen? Daraus sind viele einfache Vergleiche entstanden, zum "
        "Beispiel: Liegt der letzte Auftrag länger zurück als sonst? Zusammen ergeben sie die "
        "Schätzung.",
        en="The program has compared what happened before: what was seen with customers who later "
        "{done}, and what with others? This led to many simple "
        "comparisons, such as: was the last order longer ago than usual? Together they make the "
        "estimate.",
    ),
    "done_churn": Text(de="weiter eingekauft", en="went on buying"),
    "done_referral": Text(de="uns empfohlen", en="recommended us"),
    "or": Text(de=" oder ", en=" or "),
    "limits": Text(
        de="Die Schätzung kann falsch sein. Sie zeigt, was häufig zusammen vorkommt, nicht warum.",
        en="The estimate may be wrong. It shows what often comes together, not why.",
    ),
    "result_churn": Text(
        de="Ergebnis: ob Sie bei uns bleiben", en="Result: whether you stay with us"
    ),
    "result_referral": Text(
        de="Ergebnis: ob Sie uns empfehlen", en="Result: whether you recommend us"
    ),
    "about": Text(de="Geschätzt wurde, {question}.", en="It was estimated {question}."),
    "share": Text(
        de="Bei Kunden mit ähnlichen Angaben trifft das erfahrungsgemäß in etwa {count} von {all} "
        "Fällen zu.",
        en="With customers of similar data this comes true in about {count} of {all} cases.",
    ),
    "other_times": Text(
        de="Dieselbe Schätzung für andere Zeiträume:", en="The same estimate for other periods:"
    ),
    "other_time": Text(
        de="{days} Tage: in etwa {count} von {all} Fällen",
        en="{days} days: in about {count} of {all} cases",
    ),
    "factors": Text(
        de="Am meisten gezählt haben diese Angaben; „dafür“ heißt, dass es bei Kunden mit einer "
        "solchen Angabe öfter zutraf:",
        en="These items counted most; “for it” means that it came true more often with customers "
        "of such data:",
    ),
    "item": Text(de="Angabe", en="Item"),
    "yours": Text(de="Bei Ihnen", en="Yours"),
    "speaks": Text(de="Spricht", en="Speaks"),
    "for_much": Text(de="deutlich dafür", en="clearly for it"),
    "for_little": Text(de="etwas dafür", en="somewhat for it"),
    "against_much": Text(de="deutlich dagegen", en="clearly against it"),
    "against_little": Text(de="etwas dagegen", en="somewhat against it"),
    "unclear": Text(de="nicht eindeutig", en="neither way clearly"),
    "not_shown": Text(de="nicht angegeben*", en="not stated*"),
    "why_not_shown": Text(
        de="* Betriebsinterne Kalkulation oder Angaben über andere Personen.",
        en="* Our internal calculation, or data about other persons.",
    ),
    "consequences": Text(de="Was daraus folgt", en="What follows from it"),
    "consequences_text": Text(
        de="Die Schätzung ist ein Hinweis für unsere Mitarbeiterinnen und Mitarbeiter. Sie "
        "entscheiden selbst, ob und wie wir uns bei Ihnen melden, was wir Ihnen vorschlagen und "
        "wie weit wir Ihnen über unsere Pflichten hinaus entgegenkommen. Ihre Rechte als Kunde und "
        "unser Umgang mit Ihnen hängen nicht davon ab. Keine Entscheidung mit rechtlicher oder "
        "ähnlich erheblicher Wirkung fällt allein durch das Programm (Art. 22 DSGVO).",
        en="The estimate is a hint for our staff. They decide themselves whether and how we are in "
        "touch, what we propose to you and how far we meet you beyond our duties. Your rights as "
        "a customer and the way we treat you do not depend on it. No decision with legal or "
        "similarly significant effect is made by the program alone (Art. 22 GDPR).",
    ),
    "objection": Text(de="Ihr Recht auf Widerspruch", en="Your right to object"),
    "objection_text": Text(
        de="Sie können dieser Auswertung jederzeit aus Gründen widersprechen, die sich aus Ihrer "
        "besonderen Situation ergeben (Art. 21 Abs. 1 DSGVO). Soweit sie der Direktwerbung dient, "
        "können Sie jederzeit ohne Angabe von Gründen widersprechen (Art. 21 Abs. 2 DSGVO). Eine "
        "formlose Nachricht genügt: {contact}.",
        en="You may object to this evaluation at any time, on grounds relating to your particular "
        "situation (Art. 21(1) GDPR). As far as it serves direct marketing, you may object at any "
        "time without giving reasons (Art. 21(2) GDPR). An informal message is enough: {contact}.",
    ),
    "contact": Text(
        de="an Ihre Ansprechperson bei uns oder an die Stelle, die unsere Datenschutzerklärung "
        "nennt",
        en="to your contact person here or to the office named in our privacy notice",
    ),
    "rights": Text(de="Ihre weiteren Rechte", en="Your further rights"),
    "access": Text(
        de="Auskunft und eine Kopie der Daten (Art. 15 DSGVO)",
        en="access to the data and a copy of them (Art. 15 GDPR)",
    ),
    "rectification": Text(
        de="Berichtigung falscher Daten (Art. 16 DSGVO)",
        en="correction of wrong data (Art. 16 GDPR)",
    ),
    "erasure": Text(
        de="Löschung und Einschränkung der Verarbeitung (Art. 17 und 18 DSGVO)",
        en="erasure and restriction of processing (Art. 17 and 18 GDPR)",
    ),
    "complaint": Text(
        de="Beschwerde bei einer Datenschutz-Aufsichtsbehörde (Art. 77 DSGVO)",
        en="a complaint to a data protection authority (Art. 77 GDPR)",
    ),
    "end": Text(
        de="Diese Auskunft ergänzt unsere Datenschutzerklärung; dort stehen auch Speicherdauer und "
        "Empfänger.",
        en="This information supplements our privacy notice, which also states how long data are "
        "kept and who receives them.",
    ),
}
