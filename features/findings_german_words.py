"""What findings say: every English sentence of them with the German one.

In braces, what differs. These are written as Germans do: ``{n}`` is a number of rows,
``{customers}`` one of customers, ``{count}`` and ``{others}`` are numbers, ``{share}`` is a share,
``{day}`` and ``{earlier_day}`` are days, ``{values}`` is a list of values, ``{choices}`` are joined
by *or*, and ``{what}`` is one of `TERMS`. Other braces hold what stays as it is.

One meaning a term, as docs/glossary.md has it. German is what a colleague would say.
"""

TERMS = {
    "numbers": "Zahlen",
    "whole numbers": "ganzen Zahlen",
    "amounts of money": "Geldangaben",
    "dates or times": "Datums- oder Zeitangaben",
    "yes/no values": "Ja/Nein-Angaben",
    "identifiers": "Kennungen",
    "texts": "Texten",
    "without attributes": "ohne Merkmale",
    "they never bought": "ohne Kauf",
}
"""What may stand in the brace ``{what}``."""

_TABLES: dict[str, str] = {
    # what is brought
    "the table is missing": "die Tabelle fehlt",
    "bring at least this one": "mindestens diese wird gebraucht",
    "is not a table of Treue": "ist keine Tabelle von Treue",
    "the tables are {tables}": "die Tabellen heißen {tables}",
    "the table is empty": "die Tabelle ist leer",
    "the table is empty, left out": "die Tabelle ist leer und wird weggelassen",
    "no rows are left": "es sind keine Zeilen übrig",
    "no rows are left, left out": "es sind keine Zeilen übrig, die Tabelle wird weggelassen",
    "check path and where": "path und where prüfen",
    "the frame cannot be read ({error})": "die Tabelle lässt sich nicht lesen ({error})",
    "hand in columns that hold one type each": "Spalten übergeben, die je nur einen Typ enthalten",
    "a {kind} is not a table": "{kind} ist keine Tabelle",
    "hand in a pandas, Polars or Arrow table, a DuckDB relation, or use read_tables": (
        "eine Tabelle von pandas, Polars oder Arrow oder eine DuckDB-Relation übergeben oder "
        "read_tables verwenden"
    ),
    "this column is there twice": "diese Spalte ist doppelt vorhanden",
    "rename or drop one": "eine davon umbenennen oder weglassen",
    # attributes and the data section
    "'{zone}' is not a time zone": "„{zone}“ ist keine Zeitzone",
    'write it as "Europe/Berlin"': 'zum Beispiel "Europe/Berlin" schreiben',
    "has no time zone and is read as UTC, while {other} has one": (
        "hat keine Zeitzone und wird als UTC gelesen, {other} dagegen hat eine"
    ),
    'set time_zone = "Europe/Berlin" or the zone that these times are in': (
        'time_zone = "Europe/Berlin" setzen oder die Zone, die für diese Zeiten gilt'
    ),
    "'{moment}' is not a date; write it as 2024-12-31 or 2024-12-31 18:00": (
        "„{moment}“ ist kein Datum; 2024-12-31 oder 2024-12-31 18:00 schreiben"
    ),
    "cannot be an attribute, it has a meaning of its own": (
        "kann kein Merkmal sein, die Spalte hat schon eine eigene Bedeutung"
    ),
    "bring it a second time under another name": "unter anderem Namen ein zweites Mal mitliefern",
    "is named in attributes and in sensitive": "steht in attributes und in sensitive",
    "keep it in sensitive if the model must not see it": (
        "nur in sensitive lassen, wenn das Modell die Spalte nicht sehen darf"
    ),
    "is named in attributes or sensitive, but is not there": (
        "steht in attributes oder sensitive, ist aber nicht vorhanden"
    ),
    "map it or take it off the list": "zuordnen oder von der Liste nehmen",
    "attributes as they stand now serve every cutoff: {names}": (
        "Merkmale gelten mit ihrem heutigen Stand an jedem Stichtag: {names}"
    ),
    "leave out what changes when a customer leaves: it would look too good": (
        "weglassen, was sich erst mit der Abwanderung ändert: das Modell sähe sonst zu gut aus"
    ),
    "{count} different texts among {n}": "{count} verschiedene Texte in {n}",
    "an attribute groups customers; take it off data.attributes": (
        "ein Merkmal fasst Kunden zusammen; aus data.attributes nehmen"
    ),
    "text taken as {count} categories": "Text, mit {count} Ausprägungen verwendet",
    "text taken as {count} categories; it looks like free text, consider leaving it out": (
        "Text, mit {count} Ausprägungen verwendet; das sieht nach Freitext aus und bleibt besser "
        "weg"
    ),
}

_COLUMNS: dict[str, str] = {
    "is not a column of {table}": "ist keine Spalte von {table}",
    "{table} has {columns}": "{table} hat {columns}",
    "name it in data.attributes or data.sensitive": (
        "in data.attributes oder data.sensitive nennen"
    ),
    "no column '{name}' among {values}": "keine Spalte „{name}“ unter {values}",
    "no column '{name}' among {values} and {count} more": (
        "keine Spalte „{name}“ unter {values} und {count} weiteren"
    ),
    "this column is missing among {values}": "diese Spalte fehlt, vorhanden sind {values}",
    "this column is missing among {values} and {count} more": (
        "diese Spalte fehlt, vorhanden sind {values} und {count} weitere"
    ),
    "map it with columns = {mapping} in treue.toml, or rename it in the frame": (
        "in treue.toml mit columns = {mapping} zuordnen oder in der Tabelle umbenennen"
    ),
    "the rows cannot be read: {error}": "die Zeilen lassen sich nicht lesen: {error}",
    "check the file, and the SQL of columns, where and returns": (
        "die Datei und das SQL von columns, where und returns prüfen"
    ),
    "the expression '{sql}' fails: {error}": "der Ausdruck „{sql}“ schlägt fehl: {error}",
    "the condition {which} '{sql}' fails: {error}": (
        "die Bedingung {which} „{sql}“ schlägt fehl: {error}"
    ),
    "correct the SQL": "das SQL berichtigen",
    "not used": "nicht verwendet",
    "not used: {names}": "nicht verwendet: {names}",
    "name columns that describe a customer in data.attributes, personal ones in data.sensitive": (
        "Spalten, die Kunden beschreiben, in data.attributes nennen, schutzbedürftige in "
        "data.sensitive"
    ),
    "rename or map it": "umbenennen oder zuordnen",
    # kinds of values
    "holds {kind} values, not one value a row": (
        "enthält Werte der Art {kind} statt eines einzelnen Werts je Zeile"
    ),
    "bring a column of {what}": "eine Spalte mit {what} angeben",
    "1 value is not a whole number: {values}": "1 Wert ist keine ganze Zahl: {values}",
    "1 value is not yes or no: {values}": "1 Wert ist weder Ja noch Nein: {values}",
    "1 value is not a date or time: {values}": "1 Wert ist weder Datum noch Uhrzeit: {values}",
    "1 value is not a number: {values}": "1 Wert ist keine Zahl: {values}",
    "{count} values are not {what}: {values}": "{count} Werte sind keine {what}: {values}",
    "correct them or map another column": "berichtigen oder eine andere Spalte zuordnen",
    'correct them, map another column, or give decimal = "," where the comma is decimal': (
        'berichtigen, eine andere Spalte zuordnen oder decimal = "," angeben, falls das Komma '
        "Dezimalzeichen ist"
    ),
    "write true or false (yes/no and 1/0 are understood as well)": (
        "true oder false schreiben (auch yes/no und 1/0 werden verstanden)"
    ),
}

_DATES: dict[str, str] = {
    'correct them, or give date_format = "..." as for strptime (for example "%d.%m.%Y")': (
        'berichtigen oder date_format = "..." wie für strptime angeben (zum Beispiel "%d.%m.%Y")'
    ),
    'date_format = "{given}" is set, 1 value does not fit: {values}': (
        'date_format = "{given}" ist gesetzt, 1 Wert passt nicht dazu: {values}'
    ),
    'date_format = "{given}" is set, {count} values do not fit: {values}': (
        'date_format = "{given}" ist gesetzt, {count} Werte passen nicht dazu: {values}'
    ),
    "correct them, or write another date_format": (
        "berichtigen oder ein anderes date_format angeben"
    ),
    "all values are ISO 8601: take date_format out": (
        "alle Werte entsprechen ISO 8601: date_format weglassen"
    ),
    "all values fit {choices}": "alle Werte passen zu {choices}",
    "mixes {count} times with a time zone and {others} without": (
        "enthält {count} Zeiten mit Zeitzone und {others} ohne"
    ),
    "write all of them with a zone, or all without": (
        "entweder alle mit Zeitzone schreiben oder alle ohne"
    ),
    "{count} texts read as dates of the form {form}, the only one that fits them all": (
        "{count} Texte als Datum der Form {form} gelesen, der einzigen, die zu allen passt"
    ),
    'say so with date_format = "{form}"': 'mit date_format = "{form}" festlegen',
    "dates such as '{value}' can be read day first or month first": (
        "bei einem Datum wie „{value}“ kann der Tag oder der Monat vorn stehen"
    ),
    "say which with {choices}": "mit {choices} festlegen, was gilt",
    "date_format '{given}' is not understood ({error})": (
        "date_format „{given}“ ist nicht verständlich ({error})"
    ),
    "write it as for strptime, for example %d.%m.%Y %H:%M": (
        "wie für strptime schreiben, zum Beispiel %d.%m.%Y %H:%M"
    ),
    "{n} before {first} or after {last}: {values}": "{n} vor {first} oder nach {last}: {values}",
    "correct them; a date that stands for 'never' or 'unknown' can be emptied: {sql}": (
        "berichtigen; ein Datum, das für „nie“ oder „unbekannt“ steht, lässt sich leeren: {sql}"
    ),
    "{count} of {others} rows before {earlier}": "{count} von {others} Zeilen liegen vor {earlier}",
    "the two columns are probably swapped, or one of them is another date": (
        "wahrscheinlich sind die beiden Spalten vertauscht, oder eine enthält ein anderes Datum"
    ),
    "{n} before {earlier}, set aside": "{n} vor {earlier}, aussortiert",
    "correct them or map another column in treue.toml": (
        "berichtigen oder in treue.toml eine andere Spalte zuordnen"
    ),
    "{n} without {clock}, taken as known from {since}": (
        "{n} ohne {clock}, als bekannt seit {since} gewertet"
    ),
    "bring {clock}: a value known too early makes a model look too good": (
        "{clock} mitliefern: ein zu früh bekannter Wert lässt ein Modell zu gut aussehen"
    ),
    "{n} with a value but no {clock}, never taken as known": (
        "{n} mit Wert, aber ohne {clock}, nie als bekannt gewertet"
    ),
    "fill in {clock}": "{clock} ausfüllen",
    "{n} before {earlier}, counted from {since}": "{n} vor {earlier}, gezählt ab {since}",
    "{n} before the customer's since, kept": "{n} vor customers.since, behalten",
    "correct customers.since or these dates": (
        "customers.since oder diese Datumsangaben berichtigen"
    ),
    "since is probably when a record was made: leave it unmapped": (
        "since ist vermutlich der Tag, an dem der Datensatz angelegt wurde: nicht zuordnen"
    ),
    "the latest purchase, {day}, is taken as the end of observation": (
        "der letzte Kauf ({day}) gilt als Ende der Beobachtung"
    ),
    "set observed_until to the moment up to which everything was recorded": (
        "observed_until auf den Zeitpunkt setzen, bis zu dem alles erfasst ist"
    ),
    "{n} up to {day}, all others end more than a year earlier, by {earlier_day}": (
        "{n} bis zum {day}, alle anderen über ein Jahr früher, bis zum {earlier_day}"
    ),
    "correct the date, or set observed_until to the last day that was recorded": (
        "das Datum berichtigen oder observed_until auf den letzten erfassten Tag setzen"
    ),
    "purchases practically stop around {earlier_day}: {n} in the 30 days up to {day}, against "
    "{count} in an average month": (
        "um den {earlier_day} hören die Käufe praktisch auf: {n} in den 30 Tagen bis zum {day}, "
        "sonst durchschnittlich {count} im Monat"
    ),
    "set data.observed_until to the moment up to which everything was recorded, such as {written} "
    "(the start of that day)": (
        "data.observed_until auf den Zeitpunkt setzen, bis zu dem alles erfasst ist, etwa "
        "{written} (den Beginn dieses Tages)"
    ),
    "{n} after the end of observation, {day}, set aside": (
        "{n} nach dem Ende der Beobachtung ({day}), aussortiert"
    ),
    "{n} after the end of observation, {day}, not yet known": (
        "{n} nach dem Ende der Beobachtung ({day}), noch nicht bekannt"
    ),
    "correct them or set observed_until later (a date means the start of that day)": (
        "berichtigen oder observed_until später setzen (ein Datum steht für den Beginn des Tages)"
    ),
}

_ROWS: dict[str, str] = {
    "{n} without a value, set aside": "{n} ohne Wert, aussortiert",
    "fill it in at the source if these rows matter": (
        "in der Quelle ergänzen, falls diese Zeilen gebraucht werden"
    ),
    "{n} equal to another row in every column, counted once, set aside": (
        "{n} in jeder Spalte gleich einer anderen Zeile, nur einmal gezählt, aussortiert"
    ),
    "if they are meant, bring the column that tells them apart (a line number)": (
        "falls sie so gemeint sind, die Spalte mitliefern, die sie unterscheidet (eine "
        "Positionsnummer)"
    ),
    "{n} other than {allowed}: {values}": "{n} mit anderen Werten als {allowed}: {values}",
    "translate them, for example with {sql}": "übersetzen, zum Beispiel mit {sql}",
    "{n} below zero, kept as they are": "{n} unter null, unverändert behalten",
    "correct them if that is not meant": "berichtigen, falls das nicht so gemeint ist",
    "{n} outside {low} to {high}: {values}": "{n} außerhalb von {low} bis {high}: {values}",
    "{n} outside 0 or more: {values}": "{n} unter null: {values}",
    "bring it on that scale with {sql = ...}": "mit {sql = ...} auf diese Skala umrechnen",
    "{n} share this key with another row of different values": (
        "{n} mit gleichem Schlüssel, aber verschiedenen Werten"
    ),
    "{n} share this key with another row of different values, each counted": (
        "{n} mit gleichem Schlüssel, aber verschiedenen Werten, alle gezählt"
    ),
    "keep one row a customer, for example with where = ...": (
        "eine Zeile je Kunde behalten, zum Beispiel mit where = ..."
    ),
    "keep one row a contract, for example with where = ...": (
        "eine Zeile je Vertrag behalten, zum Beispiel mit where = ..."
    ),
    "check that they are part payments": "prüfen, ob es Teilzahlungen sind",
    "keep the first referral of each pair": "je Paar die erste Empfehlung behalten",
    # returns
    "{n} below zero, taken as returns": "{n} unter null, als Rückgabe gewertet",
    'say which rows are returns with returns = "..." or a column is_return': (
        'mit returns = "..." oder einer Spalte is_return angeben, welche Zeilen Rückgaben sind'
    ),
    "{n} above zero in returns, sign turned": "{n} über null bei Rückgaben, Vorzeichen umgekehrt",
    "write the amounts of returns below zero": "Beträge von Rückgaben negativ schreiben",
    "{n} below zero outside returns, kept": "{n} unter null außerhalb der Rückgaben, behalten",
    "check the sign, or what is marked as a return": (
        "das Vorzeichen prüfen, oder was als Rückgabe gekennzeichnet ist"
    ),
    "{n} of zero, kept as purchases": "{n} mit Betrag null, als Kauf behalten",
    'leave them out with where = "..." if nothing was bought': (
        'mit where = "..." weglassen, falls nichts gekauft wurde'
    ),
    "{n} without a value, kept": "{n} ohne Wert, behalten",
    "they count as orders of unknown amount; fill it in if you can": (
        "solche Zeilen zählen als Aufträge mit unbekanntem Betrag; nach Möglichkeit ergänzen"
    ),
    # customers of one table in another
    "none of its {count} customers is in {base}: '{here}' here, '{there}' there": (
        "keiner der {count} Kunden steht in {base}: hier „{here}“, dort „{there}“"
    ),
    "write the ids the same way in both": "die Kennungen in beiden Tabellen gleich schreiben",
    "{n} of {customers} not in {base}, kept, {what}": (
        "{n} von {customers} ohne Eintrag in {base}, behalten ({what})"
    ),
    "{share} of its rows are of {customers} not in {base}, kept, {what}": (
        "{share} der Zeilen stammen von {customers} ohne Eintrag in {base}, behalten ({what})"
    ),
    "a join may be missing: see that the ids are those of {base}": (
        "vielleicht fehlt eine Verknüpfung: prüfen, ob es die Kennungen aus {base} sind"
    ),
    "add them to {base} or correct the ids": "in {base} ergänzen oder die Kennungen berichtigen",
    "{n} in which customers refer themselves, set aside": (
        "{n} mit einer Empfehlung an sich selbst, aussortiert"
    ),
    "correct the ids": "die Kennungen berichtigen",
    "{n} between customers who refer each other, kept": (
        "{n} mit gegenseitiger Empfehlung, behalten"
    ),
    "nothing to do: margins are counted once": (
        "nichts zu tun: Deckungsbeiträge werden nur einmal gezählt"
    ),
}

_SOURCES: dict[str, str] = {
    "there is no file {path}": "die Datei {path} gibt es nicht",
    "correct path; it is relative to treue.toml": (
        "path berichtigen; die Angabe gilt vom Ordner der treue.toml aus"
    ),
    "{path} holds CSV and Parquet files": "{path} enthält CSV- und Parquet-Dateien",
    "name one kind, for example folder/*.parquet": (
        "nur eine Art angeben, zum Beispiel ordner/*.parquet"
    ),
    "{path} holds neither CSV nor Parquet files ({kinds})": (
        "{path} enthält weder CSV- noch Parquet-Dateien ({kinds})"
    ),
    "export them as CSV or Parquet, or hand in a data frame": (
        "als CSV oder Parquet exportieren oder einen DataFrame übergeben"
    ),
    "{file} is empty": "{file} ist leer",
    "export it again": "noch einmal exportieren",
    "the query cannot be read: {error}": "die Abfrage lässt sich nicht ausführen: {error}",
    "correct the SQL; its paths are relative to treue.toml": (
        "das SQL berichtigen; Pfade darin gelten vom Ordner der treue.toml aus"
    ),
    "{file} cannot be read: {error}": "{file} lässt sich nicht lesen: {error}",
    "check that the file is whole and is a Parquet file": (
        "prüfen, ob die Datei vollständig und eine Parquet-Datei ist"
    ),
    'each line needs as many columns as the first; Excel may need encoding = "cp1252"': (
        "jede Zeile braucht so viele Spalten wie die erste; bei Dateien aus Excel hilft oft "
        'encoding = "cp1252"'
    ),
    "encoding '{given}' is not known": "encoding „{given}“ ist nicht bekannt",
    "write it as {choices}": "möglich sind {choices}",
    "{file} is not in {encoding}: {error}": "{file} ist nicht in {encoding}: {error}",
    "write its encoding as {choices}": "encoding angeben, möglich sind {choices}",
    "the environment variable {name} is not set": "die Umgebungsvariable {name} ist nicht gesetzt",
    "set it, or write ${{name}:-a value to use without it}": (
        "setzen oder ${{name}:-Ersatzwert} schreiben"
    ),
    # databases
    "the url is not that of a database": "url ist nicht die Adresse einer Datenbank",
    "write it as sqlite:///shop.db or postgresql://user:${PASSWORD}@host/shop": (
        "als sqlite:///shop.db oder postgresql://user:${PASSWORD}@host/shop schreiben"
    ),
    "correct url": "url berichtigen",
    "SQLAlchemy knows no database '{name}'": "SQLAlchemy kennt keine Datenbank „{name}“",
    "check the beginning of url, or install the package that brings it": (
        "den Anfang von url prüfen oder das Paket dafür installieren"
    ),
    "{url} needs the package {package}": "{url} braucht das Paket {package}",
    "install it with {command}": "installieren mit {command}",
    "{url} cannot be reached: {error}": "{url} ist nicht erreichbar: {error}",
    "check host, port, user and password": "Server, Port, Benutzer und Passwort prüfen",
    "the query on {url} fails: {error}": "die Abfrage an {url} schlägt fehl: {error}",
    "correct the query": "die Abfrage berichtigen",
}

SENTENCES = {**_SOURCES, **_TABLES, **_COLUMNS, **_DATES, **_ROWS}
"""English -> German; where several fit, the one with most words of its own counts."""
