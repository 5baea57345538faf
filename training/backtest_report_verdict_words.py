"""What the three sentences say, in English and German."""

DID: dict[str, dict[str, str]] = {
    "en": {"churn": "left", "referral": "recommended us", "decline": "spent clearly less"},
    "de": {"churn": "gingen", "referral": "empfahlen uns", "decline": "kauften deutlich weniger"},
}

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "list better": "Yes, for a call list: of the {share} of customers that the model puts "
        "first, {listed} {did}; of those of the simple rule “{rule}” {rule_listed}, of all {base}.",
        "list alone": "Yes, for a call list: of the {share} of customers that the model puts "
        "first, {listed} {did}; of all {base}.",
        "list open": "Yes, for a call list, but a simple rule may do as well: of the {share} of "
        "customers that the model puts first, {listed} {did}; of those of “{rule}” {rule_listed}, "
        "of all {base}.",
        "list worse": "No, not for a short call list, for a simple rule makes a better one: of the "
        "{share} of customers that “{rule}” puts first, {rule_listed} {did}; of those of the model "
        "{listed}, of all {base}.",
        "list chance": "No, not for a call list: that the first places are better than chance is "
        "not shown; of the {share} of customers that the model puts first, {listed} {did}; of all "
        "{base}.",
        "list C": "Do not rely on it (grade C): that it is better than simple rules on the whole "
        "is not shown. Of the {share} of customers that the model puts first, {listed} {did}; of "
        "those of “{rule}” {rule_listed}, of all {base}.",
        "list unknown": "Whether it serves for a call list could not be judged; of the {share} of "
        "customers that the model puts first, {listed} {did}; of all {base}.",
        "beats all": "At all {n} cutoffs it ranked all customers better than the best simple rule, "
        "{sure}",
        "beats some": "At {k} of {n} cutoffs it ranked all customers better than the best simple "
        "rule, {sure}; it did not on {dates}",
        "beats none": "At none of the {n} cutoffs did it rank all customers better than the best "
        "simple rule",
        "beats unknown": "Whether it ranks customers better than the best simple rule could not be "
        "judged, for the outcome was the same for all of them",
        "sure all": "at all of them beyond chance",
        "sure one": "beyond chance",
        "sure some": "at {k} of them beyond chance",
        "sure some, once": "at one of them beyond chance",
        "sure none": "but at none of them beyond chance",
        "worse": "; on {dates} it was worse beyond chance",
        "unranked": "; on {dates} this could not be judged, for the outcome was the same for all "
        "customers",
        "one cutoff": "It was judged at one cutoff only, {date}, and one can mislead: it ranked "
        "all customers there {how}",
        "customers": "It was judged on customers held out, not on later months, so whether it "
        "lasts is not shown: it ranked them {how}",
        "one surely": "better than the best simple rule, beyond chance",
        "one not surely": "better than the best simple rule, but not beyond chance",
        "one not": "no better than the best simple rule",
        "one worse": "worse than the best simple rule, beyond chance",
        "skipped one": "; one more cutoff could not be judged",
        "skipped": "; {n} more cutoffs could not be judged",
        "hold": "Its percentages can be taken at their word: on average they were {error} "
        "percentage points off, at worst {worst} on {date}",
        "hold at some": "Its percentages hold at {k} of {n} cutoffs: on average they were {error} "
        "percentage points off, at worst {worst} on {date}",
        "fail": "Do not take its percentages at their word: on average they were {error} "
        "percentage points off, at worst {worst} on {date}",
        "stated": ", when the model stated {stated} on average and {came} {did}",
        "hold, one": "Its percentages can be taken at their word: on average they were {error} "
        "percentage points off",
        "fail, one": "Do not take its percentages at their word: on average they were {error} "
        "percentage points off",
        "stated, one": "; the model stated {stated} on average and {came} {did}",
        "roughly": "Its percentages hold roughly: on average they were {error} percentage points "
        "off",
        "unproven": "With so few customers its percentages cannot be checked: on average they were "
        "{error} percentage points off, where chance alone allows up to {chance}.",
        "beside base": ", which is much where {base} {did} in all",
        "too low": "; at the last cutoff they were too low ({stated} stated, {came} came)",
        "too high": "; at the last cutoff they were too high ({stated} stated, {came} came)",
        "rare": "; in all, {base} {did}",
        "and": " and ",
        "more": "{n} others",
        "at": "{date}",
    },
    "de": {
        "list better": "Ja, für eine Anrufliste: Von den {share} der Kunden, die das Modell zuerst "
        "nennt, {did} {listed}, bei der einfachen Regel „{rule}“ {rule_listed}, von allen {base}.",
        "list alone": "Ja, für eine Anrufliste: Von den {share} der Kunden, die das Modell zuerst "
        "nennt, {did} {listed}, von allen {base}.",
        "list open": "Ja, für eine Anrufliste, doch eine einfache Regel leistet vielleicht ebenso "
        "viel: Von den {share} der Kunden, die das Modell zuerst nennt, {did} {listed}, bei "
        "„{rule}“ {rule_listed}, von allen {base}.",
        "list worse": "Nein, nicht für eine kurze Anrufliste, denn eine einfache Regel macht eine "
        "bessere: Von den {share} der Kunden, die „{rule}“ zuerst nennt, {did} {rule_listed}, beim "
        "Modell {listed}, von allen {base}.",
        "list chance": "Nein, nicht für eine Anrufliste: Dass die ersten Plätze besser besetzt "
        "sind als durch Zufall, ist nicht gezeigt; von den {share} der Kunden, die das Modell "
        "zuerst nennt, {did} {listed}, von allen {base}.",
        "list C": "Nicht darauf verlassen (Note C): Dass es im Ganzen besser ist als einfache "
        "Regeln, ist nicht gezeigt. Von den {share} der Kunden, die das Modell zuerst nennt, {did} "
        "{listed}, bei „{rule}“ {rule_listed}, von allen {base}.",
        "list unknown": "Ob es für eine Anrufliste taugt, war nicht zu prüfen; von den {share} der "
        "Kunden, die das Modell zuerst nennt, {did} {listed}, von allen {base}.",
        "beats all": "An allen {n} Stichtagen ordnete es alle Kunden besser als die beste einfache "
        "Regel, {sure}",
        "beats some": "An {k} von {n} Stichtagen ordnete es alle Kunden besser als die beste "
        "einfache Regel, {sure}; {dates} nicht",
        "beats none": "An keinem der {n} Stichtage ordnete es alle Kunden besser als die beste "
        "einfache Regel",
        "beats unknown": "Ob es die Kunden besser ordnet als die beste einfache Regel, war nicht "
        "zu prüfen, weil es für alle gleich ausging",
        "sure all": "jedes Mal nachweislich",
        "sure one": "nachweislich",
        "sure some": "{k}-mal davon nachweislich",
        "sure some, once": "einmal davon nachweislich",
        "sure none": "doch nie nachweislich",
        "worse": "; {dates} war es nachweislich schlechter",
        "unranked": "; {dates} war das nicht zu prüfen, weil es für alle Kunden gleich ausging",
        "one cutoff": "Geprüft ist nur ein Stichtag, der {date}, und einer kann täuschen: Das "
        "Modell ordnete alle Kunden dort {how}",
        "customers": "Geprüft ist an zurückgehaltenen Kunden, nicht an späteren Monaten, ob es "
        "hält, ist also nicht gezeigt: Das Modell ordnete diese Kunden {how}",
        "one surely": "nachweislich besser als die beste einfache Regel",
        "one not surely": "besser als die beste einfache Regel, doch nicht nachweislich",
        "one not": "nicht besser als die beste einfache Regel",
        "one worse": "nachweislich schlechter als die beste einfache Regel",
        "skipped one": "; ein weiterer Stichtag war nicht zu prüfen",
        "skipped": "; {n} weitere Stichtage waren nicht zu prüfen",
        "hold": "Die Prozente darf man beim Wort nehmen: Im Mittel lagen sie {error} "
        "Prozentpunkte daneben, höchstens {worst} am {date}",
        "hold at some": "Die Prozente stimmen an {k} von {n} Stichtagen: Im Mittel lagen sie "
        "{error} Prozentpunkte daneben, am weitesten am {date} mit {worst}",
        "fail": "Die Prozente darf man nicht beim Wort nehmen: Im Mittel lagen sie {error} "
        "Prozentpunkte daneben, am weitesten am {date} mit {worst}",
        "stated": ", als das Modell im Schnitt {stated} nannte und {came} {did}",
        "hold, one": "Die Prozente darf man beim Wort nehmen: Im Mittel lagen sie {error} "
        "Prozentpunkte daneben",
        "fail, one": "Die Prozente darf man nicht beim Wort nehmen: Im Mittel lagen sie {error} "
        "Prozentpunkte daneben",
        "stated, one": "; das Modell nannte im Schnitt {stated}, und {came} {did}",
        "roughly": "Die Prozente stimmen ungefähr: Im Mittel lagen sie {error} Prozentpunkte "
        "daneben",
        "unproven": "Ob die Prozente stimmen, ist mit so wenigen Kunden nicht zu prüfen: Im Mittel "
        "lagen sie {error} Prozentpunkte daneben, durch Zufall allein wären bis zu {chance} "
        "möglich.",
        "beside base": ", und das ist viel, wo insgesamt {base} {did}",
        "too low": "; zuletzt waren sie zu niedrig ({stated} genannt, {came} eingetreten)",
        "too high": "; zuletzt waren sie zu hoch ({stated} genannt, {came} eingetreten)",
        "rare": "; insgesamt {did} {base}",
        "and": " und ",
        "more": "an {n} weiteren",
        "at": "am {date}",
    },
}
