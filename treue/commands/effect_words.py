"""The measured effect of calling in words, German and English."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from treue.numbers import Numbers

if TYPE_CHECKING:
    from treue.commands.effect import Measured
    from treue.models.intervals import Interval
    from treue.models.uplift import Effect

Language = Literal["de", "en"]

WORDS = {
    "en": {
        "title": "What calling did",
        "counts": "{called} customers drawn to be called, {held} held out at random; their {days} "
        "days are over.",
        "none": "Nobody has been drawn yet whose outcome is known. Make a call list with a "
        "hold-out on the pages, and ask again after {days} days.",
        "left": "Of 100 to be called {called} left, of 100 held out {held}.",
        "kept": "Measured effect: {kept} of 100 customers kept, compared with the hold-out "
        "{interval}.",
        "effect": "That is {effect} of those who would have left {interval}.",
        "bands": "By the likelihood of leaving that was stated:",
        "band": "  {low} to {high}: {kept}",
        "band_kept": "kept {kept} of 100 {interval}",
        "band_few": "too few to say",
        "few": "Too few to tell an effect: {left_called} of {called} called and {left_held} of "
        "{held} held out left; at least {enough} who left and as many who stayed are needed on "
        "either side.",
        "needed": "To tell the stated effect of {effect} from none, about {needed} have to be held "
        "out in all.",
        "qini_yes": "Calling first where most is at risk keeps more customers than calling at "
        "random (Qini {qini} {interval}).",
        "qini_open": "Whether calling first where most is at risk keeps more customers than "
        "calling at random is not clear (Qini {qini} {interval}).",
        "qini_no": "Calling first where most is at risk keeps fewer customers than calling at "
        "random (Qini {qini} {interval}).",
        "no_effect": "No effect can be told from chance.",
        "worse": "More of the called left than of the held out, and not by chance: stop calling "
        "and look at what is said.",
        "agrees": "Stated in treue.toml is {stated} (value.concession_effect); the measurement "
        "does not contradict it.",
        "differs": "Stated in treue.toml is {stated}, which the measurement contradicts. To reckon "
        "with what was measured, write there:"
        "\n\n  [value]\n  concession_effect = {measured}",
        "waiting": "{n} more were drawn; their {days} days are not over.",
        "unknown": "Of {n} drawn it is not known whether they left: they were not eligible in "
        "today's data.",
        "not_drawn": "{n} on plans do not count: nobody was held out there, or they were called "
        "for another reason.",
    },
    "de": {
        "title": "Was Anrufe bewirkt haben",
        "counts": "{called} Kunden zum Anruf ausgelost, {held} zufällig zurückgehalten; ihre "
        "{days} Tage sind um.",
        "none": "Es ist noch niemand ausgelost, von dem man weiß, was daraus wurde. Stellen Sie "
        "auf den Seiten eine Anrufliste mit zurückgehaltenen Kunden zusammen, und fragen Sie nach "
        "{days} Tagen wieder.",
        "left": "Von 100 zum Anruf Ausgelosten gingen {called}, von 100 Zurückgehaltenen {held}.",
        "kept": "Gemessene Wirkung: {kept} von 100 Kunden gehalten, verglichen mit den "
        "Zurückgehaltenen {interval}.",
        "effect": "Das sind {effect} derer, die sonst gegangen wären {interval}.",
        "bands": "Nach der Wahrscheinlichkeit der Abwanderung, wie sie angegeben war:",
        "band": "  {low} bis {high}: {kept}",
        "band_kept": "{kept} von 100 gehalten {interval}",
        "band_few": "zu wenige für eine Aussage",
        "few": "Zu wenige, um eine Wirkung zu nennen: {left_called} von {called} zum Anruf "
        "Ausgelosten und {left_held} von {held} Zurückgehaltenen gingen; auf beiden Seiten müssen "
        "mindestens {enough} gegangen und ebenso viele geblieben sein.",
        "needed": "Um die angenommene Wirkung von {effect} von keiner zu unterscheiden, müssen "
        "insgesamt etwa {needed} zurückgehalten werden.",
        "qini_yes": "Zuerst dort anzurufen, wo am meisten auf dem Spiel steht, hält mehr Kunden "
        "als wahlloses Anrufen (Qini {qini} {interval}).",
        "qini_open": "Ob es mehr Kunden hält, zuerst dort anzurufen, wo am meisten auf dem Spiel "
        "steht, als wahllos anzurufen, ist nicht klar (Qini {qini} {interval}).",
        "qini_no": "Zuerst dort anzurufen, wo am meisten auf dem Spiel steht, hält weniger Kunden "
        "als wahlloses Anrufen (Qini {qini} {interval}).",
        "no_effect": "Eine Wirkung lässt sich vom Zufall nicht unterscheiden.",
        "worse": "Von den Angerufenen gingen mehr als von den Zurückgehaltenen, und das nicht "
        "durch Zufall: Rufen Sie vorerst nicht an, und sehen Sie sich an, was gesagt wird.",
        "agrees": "In treue.toml angenommen sind {stated} (value.concession_effect); die Messung "
        "widerspricht dem nicht.",
        "differs": "In treue.toml angenommen sind {stated}; die Messung widerspricht dem. Um mit "
        "dem Gemessenen zu rechnen, schreiben Sie dort:"
        "\n\n  [value]\n  concession_effect = {measured}",
        "waiting": "{n} weitere sind ausgelost; ihre {days} Tage sind noch nicht um.",
        "unknown": "Von {n} Ausgelosten weiß man nicht, ob sie gegangen sind: In den heutigen "
        "Daten zählen sie nicht zu den betrachteten Kunden.",
        "not_drawn": "{n} auf Anruflisten zählen nicht mit: Dort wurde niemand zurückgehalten, "
        "oder sie wurden aus anderem Grund angerufen.",
    },
}


def told(measured: Measured, *, language: Language, stated: float, days: int) -> str:
    """The effect with its interval, what follows for treue.toml, and who does not count."""
    words, numbers = WORDS[language], Numbers(language)
    found = measured.overall
    if found.held_out == 0:
        lines = [words["none"].format(days=days)]
    else:
        lines = [
            words["title"],
            words["counts"].format(called=found.called, held=found.held_out, days=days),
        ]
        lines += (
            _effect(measured, language, stated)
            if found.enough
            else _too_few(measured, language, stated)
        )
    lines += [
        words[key].format(n=numbers.number(n, 0), days=days)
        for key, n in (
            ("waiting", measured.waiting),
            ("unknown", measured.unknown),
            ("not_drawn", measured.not_drawn),
        )
        if n
    ]
    return "\n".join(lines)


def _effect(measured: Measured, language: Language, stated: float) -> list[str]:
    words, numbers, found = WORDS[language], Numbers(language), measured.overall
    lines = [
        words["left"].format(
            called=numbers.number(100 * found.left_called / found.called, 0),
            held=numbers.number(100 * found.left_held_out / found.held_out, 0),
        ),
        words["kept"].format(
            kept=numbers.number(100 * found.kept.value, 0),
            interval=_of_100(found.kept, numbers),
        ),
        words["effect"].format(
            effect=numbers.share(found.effect.value), interval=_shares(found.effect, numbers)
        ),
    ]
    if len(measured.bands) > 1:
        lines.append(words["bands"])
        lines += [
            words["band"].format(
                low=numbers.share(low), high=numbers.share(high), kept=_band(effect, language)
            )
            for (low, high), effect in measured.bands
        ]
    lines += _qini(measured.qini, language)
    if found.effect.high < 0:
        return [*lines, words["worse"]]
    if found.effect.low <= 0:
        lines.append(words["no_effect"])
    contradicted = not found.effect.low <= stated <= found.effect.high
    measured_share = min(max(found.effect.value, 0.0), 1.0)
    key = "differs" if contradicted else "agrees"
    return [
        *lines,
        words[key].format(stated=numbers.share(stated), measured=f"{measured_share:.2f}"),
    ]


def _too_few(measured: Measured, language: Language, stated: float) -> list[str]:
    from treue.models.uplift import ENOUGH, held_out_needed

    words, numbers, found = WORDS[language], Numbers(language), measured.overall
    lines = [
        words["few"].format(
            left_called=found.left_called,
            called=found.called,
            left_held=found.left_held_out,
            held=found.held_out,
            enough=ENOUGH,
        )
    ]
    needed = held_out_needed(
        stated, left=measured.likelihood, called_each=found.called / found.held_out
    )
    if needed is not None:
        wanted = numbers.number(needed, 0)
        lines.append(words["needed"].format(effect=numbers.share(stated), needed=wanted))
    return lines


def _band(effect: Effect, language: Language) -> str:
    words, numbers = WORDS[language], Numbers(language)
    if not effect.enough:
        return words["band_few"]
    return words["band_kept"].format(
        kept=numbers.number(100 * effect.kept.value, 0),
        interval=_of_100(effect.kept, numbers),
    )


def _qini(found: Interval | None, language: Language) -> list[str]:
    if found is None:
        return []
    if found.reason:
        return [found.reason] if found.value != found.value else []
    words, numbers = WORDS[language], Numbers(language)
    key = "qini_yes" if found.low > 0 else "qini_no" if found.high < 0 else "qini_open"
    told_of = f"[{numbers.exact(found.low, 3)}, {numbers.exact(found.high, 3)}]"
    return [words[key].format(qini=numbers.exact(found.value, 3), interval=told_of)]


def _of_100(one: Interval, numbers: Numbers) -> str:
    return f"[{numbers.number(100 * one.low, 0)}, {numbers.number(100 * one.high, 0)}]"


def _shares(one: Interval, numbers: Numbers) -> str:
    return f"[{numbers.share(one.low)}, {numbers.share(one.high)}]"
