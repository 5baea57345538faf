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
    "us": Text(de="unser Unternehmen", en="our company"),
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
    "database": Text(de="Datenbank", en="database"),
    "own_records": Text(de="eigene Unterlagen", en="our own records"),
    "sensitive": Text(
        de="In die Schätzung gehen nicht ein: {names}. Damit prüfen wir nur, ob das Programm "
        "jemanden benachteiligt.",
        en="Not part of the estimate: {names}. Such data only serve to check that the program puts "
        "nobody at a disadvantage.",
    ),
    "logic": Text(de="Wie das Programm rechnet", en="How the program works"),
    "logic_text": Text(
        de="Das Programm hat frühere Verläufe verglichen: Was war bei Kunden zu sehen, die später "
        "weiter eingekauft oder uns empfohlen haben, und was bei anderen? Daraus sind viele "
        "einfache Vergleiche entstanden, zum Beispiel: Liegt der letzte Auftrag länger zurück als "
        "sonst? Zusammen ergeben sie die Schätzung.",
        en="The program has compared what happened before: what was seen with customers who later "
        "went on buying or recommended us, and what with others? This led to many simple "
        "comparisons, such as: was the last order longer ago than usual? Together they make the "
        "estimate.",
    ),
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
